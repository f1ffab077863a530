"""The rank index: who stands where, however many there are (B50 to B53).

The store keeps entries; the index keeps their order, so that a rank or a page costs the same on a board of a hundred and of
millions. It is made from the store and can be made again: whoever writes an entry tells the index after the commit, and what
is told late or twice changes nothing, because every change carries the version of its entry.

Several processes may share an index. So a segment is *open* once one of them has begun it, and *loaded* once that one has
said that all of its entries are recorded. Changes are taken from its opening on, by whomever they are told; questions are
answered from its loading on, for a part of an order ranks wrongly. What is to be loaded is read from the store after `open`
has answered: what was committed before is then read, and what is committed later finds the segment open.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import SegmentId


class Change(NamedTuple):
    """Where an entry stands from this version on. `order_key` None: it has no rank any more (hidden, removed, moved away).

    `version` grows with every change of the entry; of one player the greatest holds, in whatever order they arrive.
    """

    player_id: PlayerId
    version: int
    order_key: bytes | None
    takes_prizes: bool = True


class Place(NamedTuple):
    """Where a player stands. `prize_position` counts only those who can win; None: he cannot (B60)."""

    player_id: PlayerId
    order_key: bytes
    position: int
    rank: int
    prize_position: int | None


class Mark(NamedTuple):
    """A point in the order, by the row that stands there or once stood there: what a page token holds (B52)."""

    order_key: bytes
    player_id: PlayerId


class LogMark(NamedTuple):
    """Up to which number of the log of contributions everything is recorded.

    `life` is what the index calls the time since it began with nothing: another one, and all orders of before are gone.
    """

    number: int
    life: str


class Totals(NamedTuple):
    """How many have a rank, how many of them can win, and how often the order has changed since the index began to keep it.

    Two totals with one epoch and revision are of the same order, whichever process asked: an epoch is one life of an order,
    from its opening to its end.
    """

    ranked: int
    contenders: int
    revision: int
    epoch: str = ""


class SegmentNotHeld(LookupError):
    """The index keeps no order for this segment, or not yet all of it; open it and record its entries first.

    Whoever finds it so may open it: `open` says who is to load it.
    """


class RankIndex(ABC):
    """Keeps the order of every segment that is open, and answers in the board's own style of ranks.

    An answer is of one moment: all rows of a page were there together. Two answers may be of two moments. Rank and page cost
    O(log n + page). Every adapter agrees with `server.domain.leaderboards.ranking.ranked`.

    :raises RanksUnavailable: from every call, if what keeps the order is out of reach; it heals itself
    """

    can_miss_changes: ClassVar[bool] = True
    """Whether it lives on where who should have told it of a change has died, so that the log must be looked at again."""

    @property
    def trouble(self) -> str:
        """Why it does not answer just now, for operators; empty: it does."""
        return ""

    @abstractmethod
    async def open(self, segment: SegmentId, ranking: Ranking) -> str | None:
        """Begin to keep an order for a segment; one that is open already stays as it is.

        A token: the caller is to load it, from the first entry on, and then say `loaded`. None: it is loaded, or another
        process is loading it. One that records nothing for ten seconds is taken for dead, and the next who opens the segment
        takes over. Who is loading it already is given the same token again.
        """

    @abstractmethod
    async def loaded(self, segment: SegmentId, token: str) -> None:
        """Say that all entries have been recorded since `open` gave the token: questions are answered from now on.

        :raises SegmentNotHeld: if that order is gone, or another process has taken over, though there may be a new one under
            the name, in which what was recorded first is missing; nothing is lost by opening it again
        """

    @abstractmethod
    async def is_loaded(self, segment: SegmentId) -> bool:
        """Tell whether questions about the segment are answered."""

    @abstractmethod
    async def close(self, segment: SegmentId) -> None:
        """Forget a segment, open or not."""

    @abstractmethod
    async def is_open(self, segment: SegmentId) -> bool:
        """Tell whether changes of the segment are taken."""

    @abstractmethod
    async def record(self, segment: SegmentId, changes: Iterable[Change]) -> int:
        """Put, move and take out entries, and return how many changes were news.

        One whose version is not above the one known does nothing.

        Loading is no other thing than recording everything: a live change that came in between has the greater version.

        :raises SegmentNotHeld: if it is not open
        """

    @abstractmethod
    async def totals(self, segment: SegmentId) -> Totals:
        """Return how many have a rank and can win, and the revision.

        :raises SegmentNotHeld: if it is not loaded
        """

    @abstractmethod
    async def places_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Return the places of those of the players who have one, in order of position.

        :raises SegmentNotHeld: if it is not loaded
        """

    @abstractmethod
    async def page(self, segment: SegmentId, after: Mark | None, limit: int) -> list[Place]:
        """Return up to `limit` places from the top, or those that come after the mark, whether or not its row is still there.

        So no row that does not move is skipped or shown twice.

        :raises SegmentNotHeld: if it is not loaded
        """

    @abstractmethod
    async def around(self, segment: SegmentId, player_id: PlayerId, limit: int) -> list[Place]:
        """Return up to `limit` places with the player in the middle, shifted at the ends; none where he has no place.

        :raises SegmentNotHeld: if it is not loaded
        """

    @abstractmethod
    async def mark(self) -> LogMark | None:
        """Return up to which number of the log everything is known to be recorded, and in which life; None: nobody has said.

        Several processes share the mark as they share the order: one that dies between a commit and its `record` leaves an
        entry that the next one finds behind the mark. Whoever finds None says `advance` before it opens a segment.
        """

    @abstractmethod
    async def advance(self, number: int) -> None:
        """Say that everything in the log up to this number is recorded; a mark never goes back. Without one a life begins."""
