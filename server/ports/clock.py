"""Time, handed in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta


class Clock(ABC):
    """Tells two times. Game time can be moved forward for testing (E82); real time cannot."""

    @abstractmethod
    def now(self) -> datetime:
        """Return game time: what phases, cooldowns and time limits live by."""

    @abstractmethod
    def wall(self) -> datetime:
        """Return real time: what tokens, leases and limits live by."""


class MovableClock(Clock):
    """A clock whose game time runs ahead of real time by an offset that the store keeps."""

    @property
    @abstractmethod
    def offset(self) -> timedelta:
        """By how much game time is ahead."""

    @abstractmethod
    def move_to_offset(self, offset: timedelta) -> None:
        """Set by how much game time is ahead."""
