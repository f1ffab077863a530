"""Processes that must not outlive the one that started them."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Callable

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def dying_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before it becomes another program, so that it gets this signal when its parent is gone."""

    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, number)

    return prepare
