"""What a hook may use beside its arguments: the promises behind `ctx` (M2). All of it may be called from any hook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from server.domain.player_properties import PropertyValue
from server.hooks.api import (
    Caller,
    Candidate,
    Cohort,
    Counted,
    Grant,
    LeaderboardRow,
    PastCohort,
    Period,
    Reward,
    StandingRow,
    StoredObject,
)

T = TypeVar("T")


class Log(Protocol):
    """A logger bound to module and hook. Keywords become fields of the line."""

    def debug(self, event: str, **fields: Any) -> None:
        """Log what only developers want to see."""

    def info(self, event: str, **fields: Any) -> None:
        """Log what happened."""

    def warning(self, event: str, **fields: Any) -> None:
        """Log what somebody should look at."""

    def error(self, event: str, **fields: Any) -> None:
        """Log what went wrong."""


class EventLeaderboards(Protocol):
    """The server's own use cases of events. What they refuse (an id that does not exist) reaches the caller, if uncaught."""

    async def past_cohorts(self, player_id: str, event_id: str, limit: int = 10) -> Sequence[PastCohort]:
        """Return the cohorts that the player has finished, the latest first, at most 100."""

    async def open_cohorts(
        self, event_id: str, player_id: str, tier: int, where: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Candidate]:
        """Return open cohorts of the running phase that the player was never in, reserved ones included.

        `where` gives properties that a cohort must have, with these values. At most 1,000 cohorts are looked at.
        """

    async def cohort(self, cohort_id: str) -> Cohort | None:
        """Return a cohort, or None."""

    async def standings(self, cohort_id: str, limit: int = 100) -> Sequence[StandingRow]:
        """Return the first rows of a cohort's standings, by rank, at most 1,000; none where there is no such cohort."""

    async def submit_score(self, event_id: str, player_id: str, score: int, *, subscore: int = 0) -> int:
        """Submit a score as a trusted server would, and return the player's rank. Modules do not validate it."""

    async def roll_cohort(self, event_id: str, player_id: str, *, tier: int | None = None) -> str:
        """Put a player into a cohort by the default choice, and return its id. Modules are not asked where."""


class Leaderboards(Protocol):
    """The server's own use cases of leaderboards. What they refuse (an unknown key) reaches the caller, if uncaught.

    `segment` names one where the leaderboard is split into them, `window_key` a period; empty: the running one.
    """

    async def submit_score(
        self,
        key: str,
        player_id: str,
        score: int | float | Decimal,
        *,
        context: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        request_id: str = "",
    ) -> Counted:
        """Submit a score as a trusted server would, and return what became of it. Modules do not validate it.

        `context` says what the player's segment is found in. Under a `request_id` of yours the same score counts once.
        """

    async def entries(
        self,
        key: str,
        *,
        segment: str = "",
        window_key: str = "",
        after: LeaderboardRow | None = None,
        limit: int = 100,
    ) -> Sequence[LeaderboardRow]:
        """Return rows from the top, or from behind `after`, at most 1,000, and none beyond the leaderboard's `size`."""

    async def around(
        self, key: str, player_id: str, *, segment: str = "", window_key: str = "", limit: int = 11
    ) -> Sequence[LeaderboardRow]:
        """Return the rows around a player, himself in the middle, shifted at the ends; none where he has no rank."""

    async def ranks(
        self, key: str, player_ids: Sequence[str], *, segment: str = "", window_key: str = ""
    ) -> Sequence[LeaderboardRow]:
        """Return the rows of those of the players who have a rank, at most 100, in order."""

    async def periods(self, key: str, limit: int = 10) -> Sequence[Period]:
        """Return periods in which anybody took part, the newest first, and the running one; at most 100."""


class Players(Protocol):
    """What the studio says of players for good: texts of at most 256 bytes, numbers and truth values by key, at most 64 each.

    A leaderboard that is split by a key finds the player's segment there. Players cannot change them.
    """

    async def properties(self, player_id: str) -> Mapping[str, PropertyValue]:
        """Return all properties of a player; none where there is no such player."""

    async def set_properties(
        self, player_id: str, changes: Mapping[str, PropertyValue | None]
    ) -> Mapping[str, PropertyValue]:
        """Set what is named, remove what is named None, and return all that he has then; the rest stays.

        :raises ValueError: for a key or value that cannot be one
        """


class Storage(Protocol):
    """JSON values by collection, key and owner. Collections are shared by all modules; name yours after your module.

    `owner` is a player's id, or empty for what is nobody's. Collection, key and owner have 1 to 128 characters that can be
    seen (owner may be empty), a value at most 64 KiB of JSON.
    """

    async def get(self, collection: str, key: str, owner: str = "") -> StoredObject | None:
        """Return an object, or None."""

    async def put(self, collection: str, key: str, value: Any, owner: str = "", version: str | None = None) -> str:
        """Write an object and return its version.

        `version` None: whatever is there. Empty: only if nothing is there. Else: only if that is there.

        :raises VersionConflict: if something else is there; nothing is changed
        """

    async def update(
        self, collection: str, key: str, change: Callable[[Any], Any], owner: str = "", default: Any = None
    ) -> Any:
        """Write what `change` makes of the value (`default` where there is none), and return it.

        `change` is a plain function. If others write meanwhile, it is called again with what they wrote.

        :raises VersionConflict: if others keep writing
        """

    async def delete(self, collection: str, key: str, owner: str = "", version: str | None = None) -> None:
        """Remove an object, if it is there.

        :raises VersionConflict: if a version was given and something else is there
        """

    async def list(
        self, collection: str, owner: str | None = None, after: StoredObject | None = None, limit: int = 100
    ) -> Sequence[StoredObject]:
        """Return objects of a collection, by owner and key, from behind `after`: one owner's, or all. At most 1,000."""


class Wallet(Protocol):
    """What players own. Every change has a ledger row, and a key under which it happens once.

    Keys are the module's, not the player's: put his id into the key. They have 1 to 256 characters that can be seen.
    """

    async def currencies(self, player_id: str) -> Mapping[str, int]:
        """Return the player's balances."""

    async def items(self, player_id: str) -> Mapping[str, int]:
        """Return the player's items."""

    async def grant(self, player_id: str, reward: Reward, key: str) -> Grant:
        """Give currencies and items, once for this key of the module; again, the first grant is returned."""

    async def spend(self, player_id: str, currencies: Mapping[str, int], key: str) -> None:
        """Take currencies, all or none; a key that was used in the last 48 hours takes nothing again.

        :raises InsufficientFunds: if the player has too little; uncaught, it reaches the caller
        """


class ModuleMetrics(Protocol):
    """Numbers for `/metrics`, labelled with the module. At most 50 names a module, of a-z, 0-9 and `_`."""

    def count(self, name: str, amount: float = 1.0) -> None:
        """Add to a counter, `laurel_module_count_total`."""

    def gauge(self, name: str, value: float) -> None:
        """Set `laurel_module_gauge`."""

    def observe(self, name: str, seconds: float) -> None:
        """Note a duration in `laurel_module_seconds`."""


class Context(Protocol):
    """What a hook may use."""

    @property
    def caller(self) -> Caller:
        """Who makes the call in which the hook runs."""

    @property
    def log(self) -> Log:
        """A logger bound to module and hook."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The module's own section of the settings: `[modules.<name>]`."""

    @property
    def event_leaderboards(self) -> EventLeaderboards:
        """The server's own use cases of events."""

    @property
    def leaderboards(self) -> Leaderboards:
        """The server's own use cases of leaderboards."""

    @property
    def players(self) -> Players:
        """What the studio says of players."""

    @property
    def storage(self) -> Storage:
        """What modules keep."""

    @property
    def wallet(self) -> Wallet:
        """What players own."""

    @property
    def metrics(self) -> ModuleMetrics:
        """Numbers for `/metrics`."""

    @property
    def server_properties(self) -> dict[str, Any]:
        """In `before_roll_cohort`: what `cohort_selection` will see as `properties["server"]`; put it in here."""

    def now(self) -> datetime:
        """Return the game time."""

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Return what an awaitable of this context brings: for plain functions, which run in a thread and cannot await."""
