"""What operators do to a running server: read its definitions and modules again, and ask what is in force."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from server.domain.values import value


@value
class Finding:
    """Something wrong in a file that a studio wrote. Line and column count from 1."""

    is_error: bool
    file: str
    line: int
    column: int
    path: str
    message: str
    mend: str


@value
class ReloadResult:
    """What a reload did, and when (real time). If it took nothing, everything is as it was."""

    is_taken: bool
    findings: Sequence[Finding]
    at: datetime


@value
class NamedText:
    """A file that need not exist."""

    name: str
    text: str


class Operations(ABC):
    """The operator's side of a server."""

    @abstractmethod
    async def reload(self, *, announces: bool = False) -> ReloadResult:
        """Read definitions and modules again; take all of them, or none (M6).

        `announces`: other processes on the same store are to do the same.
        """

    @abstractmethod
    async def follow(self, reloads: int) -> None:
        """Reload, if more reloads have been announced than this process has followed.

        Files that say something else than the store are not taken: this process goes on with what it has.
        """

    @abstractmethod
    def last_reload(self) -> ReloadResult:
        """Return what the last reload did, the start included."""

    @abstractmethod
    def modules(self) -> Sequence[str]:
        """Return the names of the modules in force."""

    @abstractmethod
    def validate(
        self,
        events: Sequence[NamedText],
        items: Sequence[NamedText],
        leaderboards: Sequence[NamedText] = (),
        reward_policies: Sequence[NamedText] = (),
    ) -> Sequence[Finding]:
        """Check texts without putting them in force; of a kind of which none are given, those in force are known."""
