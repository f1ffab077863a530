"""Stopping a studio's code from outside: an exception that appears in a thread wherever it is (M8).

It ends loops of Python that would never end. What sleeps in the operating system cannot be reached until it wakes.
"""

from __future__ import annotations

import ctypes


class HookStopped(BaseException):
    """The server stopped this code, since it was far over its time. No `except Exception` keeps it."""


def stop_in_thread(thread_id: int) -> None:
    """Raise HookStopped in a thread, as soon as it runs Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(HookStopped))
