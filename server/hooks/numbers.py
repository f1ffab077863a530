"""Numbers of modules for `/metrics`: few names, and never a label of the module's own making (M2)."""

from __future__ import annotations

import re

import structlog

from server.telemetry.metrics import Metrics

NAMES_MAX = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

log = structlog.get_logger(__name__)


class ModuleNumbers:
    """Answers `ctx.metrics` for one module. A name too many is logged once, and not counted."""

    def __init__(self, module: str, metrics: Metrics) -> None:
        self._module = module
        self._metrics = metrics
        self._names: set[str] = set()
        self._refused: set[str] = set()

    def count(self, name: str, amount: float = 1.0) -> None:
        """Add to a counter."""
        if self._is_known(name) and amount >= 0:
            self._metrics.module_count.labels(self._module, name).inc(amount)

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        if self._is_known(name):
            self._metrics.module_gauge.labels(self._module, name).set(value)

    def observe(self, name: str, seconds: float) -> None:
        """Note a duration."""
        if self._is_known(name):
            self._metrics.module_seconds.labels(self._module, name).observe(seconds)

    def _is_known(self, name: str) -> bool:
        if name in self._names:
            return True
        if len(self._names) < NAMES_MAX and isinstance(name, str) and _NAME.fullmatch(name):
            self._names.add(name)
            return True
        if len(self._refused) < NAMES_MAX and str(name) not in self._refused:
            self._refused.add(str(name))
            log.warning("module_metric_refused", module=self._module, name=str(name)[:64], names_max=NAMES_MAX)
        return False
