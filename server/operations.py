"""The operator's side of a running server: reloading, and what is in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog

from server.application.unbroken import unbroken
from server.definitions.catalog import LiveCatalog
from server.definitions.config import Files, check_configuration, load_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.reading import SourceFile
from server.hooks.live import LiveHooks
from server.hooks.registry import ModuleInvalid
from server.ports.clock import Clock
from server.ports.errors import WorldError
from server.ports.operations import Finding, NamedText, Operations, ReloadResult
from server.ports.store import Store
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class LiveOperations(Operations):
    """Reloads definitions and modules together: all of them are valid, or nothing changes (M6)."""

    def __init__(
        self, catalog: LiveCatalog, hooks: LiveHooks, store: Store, clock: Clock, metrics: Metrics, config_folder: Path
    ) -> None:
        self._catalog = catalog
        self._hooks = hooks
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._config_folder = config_folder
        self._turn = asyncio.Lock()
        self._last = ReloadResult(is_taken=False, findings=(), at=clock.wall())
        self._followed: int | None = None

    async def reload(self, *, announces: bool = False) -> ReloadResult:
        """Read definitions and modules again; take all of them, or none."""
        result = await unbroken(self._in_turn(follows=False))
        if announces and result.is_taken:
            await self._announce()
        return result

    async def follow(self, reloads: int) -> None:
        """Reload, if another process has announced that it did."""
        if self._followed is None:  # this process has just read the files
            self._followed = reloads
        if reloads > self._followed:
            self._followed = reloads
            await unbroken(self._in_turn(follows=True))

    async def _announce(self) -> None:
        try:
            announced = await self._store.transact(lambda tx: tx.announce_reload())
        except WorldError as error:
            log.error("reload_not_announced", error=str(error), mend="reload again")  # noqa: TRY400
            return
        if self._followed in (None, announced - 1):
            self._followed = announced

    async def _in_turn(self, *, follows: bool) -> ReloadResult:
        async with self._turn:
            self._last = await self._reloaded_or_refused(self._clock.wall(), follows=follows)
        self._metrics.reloads.labels("all", "taken" if self._last.is_taken else "refused").inc()
        for finding in self._last.findings:
            say = log.error if finding.is_error else log.warning
            say(
                "definition",
                place=f"{finding.file}:{finding.line}:{finding.column}",
                path=finding.path,
                message=finding.message,
            )
        if not self._last.is_taken:
            log.error(
                "reload_refused",
                errors=sum(one.is_error for one in self._last.findings),
                consequence="all stays as it was",
            )
        return self._last

    def last_reload(self) -> ReloadResult:
        """Return what the last reload did."""
        return self._last

    def modules(self) -> Sequence[str]:
        """Return the names of the modules in force."""
        return self._hooks.modules

    def validate(
        self,
        events: Sequence[NamedText],
        items: Sequence[NamedText],
        leaderboards: Sequence[NamedText] = (),
        reward_policies: Sequence[NamedText] = (),
    ) -> Sequence[Finding]:
        """Check texts without putting them in force."""
        files = Files(*(_sources(texts) or None for texts in (events, items, leaderboards, reward_policies)))
        try:
            return _findings(check_configuration(files, known=self._catalog.models).warnings)
        except DefinitionsInvalid as invalid:
            return _findings(invalid.diagnostics)

    async def _reloaded_or_refused(self, at: datetime, *, follows: bool) -> ReloadResult:
        """Reload; whatever goes wrong, the server goes on with what it has."""
        try:
            return await self._reloaded(at, follows=follows)
        except WorldError as error:
            log.error("reload_failed", error=str(error))  # noqa: TRY400 - the world failed, not the code
            what = "the store did not take the definitions; try again"
        except Exception:
            log.exception("reload_failed")
            what = "something unexpected went wrong; the log says what"
        return ReloadResult(is_taken=False, findings=(self._of_all_files(what, ""),), at=at)

    def _of_all_files(self, message: str, mend: str) -> Finding:
        folder = str(self._config_folder)
        return Finding(is_error=True, file=folder, line=1, column=1, path="", message=message, mend=mend)

    async def _reloaded(self, at: datetime, *, follows: bool) -> ReloadResult:
        findings: list[Finding] = []
        configuration = None
        try:
            configuration = load_configuration(self._config_folder)
            findings += _findings(configuration.warnings)
        except DefinitionsInvalid as invalid:
            findings += _findings(invalid.diagnostics)
        try:
            hooks = self._hooks.load()
        except ModuleInvalid as invalid:
            findings.append(
                Finding(
                    is_error=True,
                    file=invalid.file,
                    line=invalid.line,
                    column=1,
                    path="",
                    message=invalid.what,
                    mend="",
                )
            )
            return ReloadResult(is_taken=False, findings=findings, at=at)
        if configuration is None:
            return ReloadResult(is_taken=False, findings=findings, at=at)
        if follows and not await self._catalog.says_as_much_as(configuration, self._store):
            differs = self._of_all_files(
                "another process has put other definitions in force than these files say",
                "give this process the same files and reload it; until then it goes on with its items and modules",
            )
            return ReloadResult(is_taken=False, findings=[*findings, differs], at=at)
        try:
            findings += _findings(await self._catalog.put_in_force(configuration, self._store, self._clock.now()))
        except DefinitionsInvalid as invalid:  # what they say cannot be, with the entries that there are (B3)
            return ReloadResult(is_taken=False, findings=[*findings, *_findings(invalid.diagnostics)], at=at)
        self._hooks.put_in_force(hooks)
        log.info(
            "reloaded",
            event_leaderboards=len(configuration.definitions),
            leaderboards=len(configuration.boards),
            modules=list(self._hooks.modules),
        )
        return ReloadResult(is_taken=True, findings=findings, at=at)


def _sources(files: Sequence[NamedText]) -> list[SourceFile]:
    return [SourceFile(one.name, one.text) for one in files]


def _findings(diagnostics: Sequence[Diagnostic]) -> list[Finding]:
    return [
        Finding(
            is_error=one.severity is Severity.ERROR,
            file=one.file,
            line=one.place.line,
            column=one.place.column,
            path=one.path,
            message=one.message,
            mend=one.mend,
        )
        for one in diagnostics
    ]
