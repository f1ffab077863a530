"""A thread that watches the loop: which hook holds it, when one does (M8).

It knocks at the loop and waits. If nobody answers in time, it looks at what the loop's thread is running; where that is a
hook, it says so, and a hook that would never let go is stopped.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from types import CodeType, FrameType

import structlog

from server.hooks.registry import Hook
from server.hooks.stopping import stop_in_thread

log = structlog.get_logger(__name__)

HELD_SECONDS = 0.1
"""A loop that has not answered for so long is held."""
KNOCK_SECONDS = 0.025
STUCK_SECONDS = 5.0
"""A hook that holds the loop for so long is stopped."""


class Watchdog:
    """Watches the loop in which it is started. `on_held` is called there, with the hook, after each time one held it."""

    def __init__(
        self, runs_hooks: CodeType, on_held: Callable[[Hook], None], stuck_seconds: float = STUCK_SECONDS
    ) -> None:
        self._runs_hooks = runs_hooks
        """The code of the frame that runs a hook; its local `hook` is which."""
        self._on_held = on_held
        self._stuck_seconds = stuck_seconds
        self._stopping = threading.Event()
        self._answered = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0

    def start(self) -> None:
        """Begin to watch the running loop; once is enough."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop_thread = threading.get_ident()
            threading.Thread(target=self._watch, args=(self._loop,), name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.wait(KNOCK_SECONDS):
            self._answered.clear()
            try:
                loop.call_soon_threadsafe(self._answered.set)
                if not self._answered.wait(HELD_SECONDS):
                    self._look(loop)
            except RuntimeError:  # the loop has ended
                return

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """See who holds the loop, and wait until it is let go."""
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way
        hook = self._hook_of(frame)
        if hook is None or frame is None:
            self._answered.wait()
            return
        stack = "".join(traceback.format_stack(frame)[-6:])
        del frame  # it would keep all that the hook holds
        log.error(
            "hook_holds_the_loop",
            module=hook.module,
            hook=hook.label,
            stack=stack,
            mend="await, or be a plain function",
        )
        if not self._answered.wait(self._stuck_seconds - HELD_SECONDS) and self._is_still_in(hook):
            stop_in_thread(self._loop_thread)
            log.error("hook_stopped", module=hook.module, hook=hook.label, held_seconds=self._stuck_seconds)
        self._answered.wait()
        loop.call_soon_threadsafe(self._on_held, hook)

    def _is_still_in(self, hook: Hook) -> bool:
        return self._hook_of(sys._current_frames().get(self._loop_thread)) is hook  # noqa: SLF001 - as above

    def _hook_of(self, frame: FrameType | None) -> Hook | None:
        while frame is not None:
            if frame.f_code is self._runs_hooks:
                hook = frame.f_locals.get("hook")
                return hook if isinstance(hook, Hook) else None
            frame = frame.f_back
        return None
