"""An order of byte strings that knows positions and ties.

Members lie sorted in blocks of some hundreds, so that adding one moves a few kilobytes at most. Beside each block stand its
*leads*: a byte for each member, 1 where it begins a tie, that is, where the member before it has another front. Numbers of
members and of leads in the blocks before are prefix sums, so a position is one sum and a bisection, and a dense rank is one
sum and a count of bytes. That costs nine bytes a member besides the member itself. Nothing is ever put off: no question and
no change has to make up for those before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import ne

from server.domain.leaderboards.definition import Ranking, RankStyle
from server.domain.leaderboards.ranking import tie_length
from server.ranks.sums import Sums

_TARGET = 512
_LARGEST = 2 * _TARGET
_SMALLEST = _TARGET // 4


class Order:
    """A sorted set of byte strings. Two tie where their first `tie_length` bytes are alike."""

    __slots__ = ("_blocks", "_count", "_lasts", "_lead_counts", "_leads", "_sizes", "_style", "_tie_length")

    def __init__(self, ranking: Ranking, members: Iterable[bytes] = ()) -> None:
        self._style = ranking.rank_style
        self._tie_length = tie_length(ranking)
        self._blocks: list[list[bytes]] = []
        self._leads: list[bytearray] = []
        self._lasts: list[bytes] = []
        self._sizes, self._lead_counts, self._count = Sums(), Sums(), 0
        self._fill(sorted(members))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            yield from block

    def add(self, member: bytes) -> None:
        """Put in a member that is not there."""
        if not self._blocks:
            self._fill([member])
            return
        at, index = self._place(member)
        if at == len(self._blocks):
            at -= 1
            index = len(self._blocks[at])
        block = self._blocks[at]
        block.insert(index, member)
        self._lasts[at] = block[-1]
        self._count += 1
        is_lead = self._begins_tie(at, index)
        self._leads[at].insert(index, is_lead)
        self._tally(at, 1, int(is_lead))
        self._judge_again(at, index + 1)
        if len(block) > _LARGEST:
            self._cut(at, at + 1)

    def extend(self, members: list[bytes]) -> None:
        """Put in sorted members that all belong behind those that are there."""
        length, before = self._tie_length, self._lasts[-1][: self._tie_length] if self._lasts else None
        size = len(members) if len(members) <= _LARGEST else _TARGET
        for start in range(0, len(members), size or 1):
            block = members[start : start + size]
            fronts = [member[:length] for member in block]
            leads = bytearray(map(ne, fronts, [before, *fronts]))
            end = len(self._blocks)
            self._blocks.append(block)
            self._lasts.append(block[-1])
            self._leads.append(leads)
            self._sizes.splice(end, end, [len(block)])
            self._lead_counts.splice(end, end, [leads.count(1)])
            before = fronts[-1]
            if end and len(block) < _SMALLEST:  # or the last of it that is removed would leave an empty block
                self._cut(end - 1, end + 1)
        self._count += len(members)

    def remove(self, member: bytes) -> None:
        """Take out a member.

        :raises KeyError: if it is not there
        """
        at, index = self._place(member)
        if at == len(self._blocks) or self._blocks[at][index] != member:
            raise KeyError(member)
        block = self._blocks[at]
        del block[index]
        self._count -= 1
        self._tally(at, -1, -self._leads[at].pop(index))
        if not block:  # the only one: others are put together before they are empty
            self._fill([])
            return
        self._lasts[at] = block[-1]
        self._judge_again(at, index)
        if len(block) < _SMALLEST and len(self._blocks) > 1:
            self._cut(max(at - 1, 0), max(at, 1) + 1)

    def count_before(self, bound: bytes) -> int:
        """Count the members below the bound, itself a member or not."""
        at, index = self._place(bound)
        return self._sizes.before(at) + index

    def following(self, bound: bytes) -> int:
        """Count the members at and below the bound: the position of the last of them."""
        at = bisect_right(self._lasts, bound)
        index = bisect_right(self._blocks[at], bound) if at < len(self._blocks) else 0
        return self._sizes.before(at) + index

    def rows(self, start: int, limit: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield member, position and rank from the index `start` on, at most `limit` of them."""
        stop = min(start + limit, self._count)
        if start >= stop:
            return
        at, index = self._sizes.find(start)
        rank = self._rank_at(at, index, start + 1)
        position = start + 1
        yield self._blocks[at][index], position, rank
        while position < stop:
            position += 1
            index += 1
            if index == len(self._blocks[at]):
                at, index = at + 1, 0
            if self._style is RankStyle.ORDINAL:
                rank = position
            elif self._leads[at][index]:
                rank = rank + 1 if self._style is RankStyle.DENSE else position
            yield self._blocks[at][index], position, rank

    def _rank_at(self, at: int, index: int, position: int) -> int:
        match self._style:
            case RankStyle.ORDINAL:
                return position
            case RankStyle.DENSE:
                return self._lead_counts.before(at) + self._leads[at].count(1, 0, index + 1)
            case RankStyle.COMPETITION:
                return self.count_before(self._blocks[at][index][: self._tie_length]) + 1

    def _place(self, bound: bytes) -> tuple[int, int]:
        """Return block and index of the first member that is not below the bound."""
        at = bisect_left(self._lasts, bound)
        return at, bisect_left(self._blocks[at], bound) if at < len(self._blocks) else 0

    def _begins_tie(self, at: int, index: int) -> bool:
        before = self._blocks[at][index - 1] if index else self._lasts[at - 1] if at else None
        length = self._tie_length
        return before is None or self._blocks[at][index][:length] != before[:length]

    def _judge_again(self, at: int, index: int) -> None:
        """See whether the member there begins a tie, now that another stands before it."""
        if at < len(self._blocks) and index == len(self._blocks[at]):
            at, index = at + 1, 0
        if at >= len(self._blocks):
            return
        is_lead = int(self._begins_tie(at, index))
        self._tally(at, 0, is_lead - self._leads[at][index])
        self._leads[at][index] = is_lead

    def _fill(self, members: list[bytes]) -> None:
        self._blocks, self._lasts, self._leads = [], [], []
        self._sizes, self._lead_counts, self._count = Sums(), Sums(), 0
        for start in range(0, len(members), _TARGET):
            self.extend(members[start : start + _TARGET])

    def _cut(self, start: int, stop: int) -> None:
        """Cut the members of the blocks [start, stop) anew, into as many blocks as they need."""
        members = [member for block in self._blocks[start:stop] for member in block]
        leads = bytearray().join(self._leads[start:stop])
        size = len(members) if len(members) <= _TARGET else -(-len(members) // 2)
        cuts = range(0, len(members), size)
        self._blocks[start:stop] = [members[at : at + size] for at in cuts]
        self._leads[start:stop] = [leads[at : at + size] for at in cuts]
        self._lasts[start:stop] = [members[min(at + size, len(members)) - 1] for at in cuts]
        self._sizes.splice(start, stop, [min(size, len(members) - at) for at in cuts])
        self._lead_counts.splice(start, stop, [leads.count(1, at, at + size) for at in cuts])

    def _tally(self, at: int, size: int, leads: int) -> None:
        if size:
            self._sizes.add(at, size)
        if leads:
            self._lead_counts.add(at, leads)
