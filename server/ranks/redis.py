"""The rank index in Redis, shared by any number of processes (docs/decisions/0013).

Each question is one script on the five keys of a segment (redis_scripts/segment.lua), so its answer is of one moment. Orders
are never trusted for longer than the life of the server that has seen all their changes: see `redis_server.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from secrets import token_hex
from typing import Any

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.ranking import tie_length
from server.ports.rank_index import Change, LogMark, Mark, Place, RankIndex, SegmentNotHeld, Totals
from server.ranks import redis_scripts as scripts
from server.ranks.redis_answers import mark_from, places_from, rows_from
from server.ranks.redis_keys import arguments_of, bound_of, keys_of, mark_key
from server.ranks.redis_links import RedisLinks
from server.ranks.redis_scripts import Script

LIFETIME_MS = 3_600_000
"""So long a segment stays that nobody asks about, and what a server has left behind that was restarted."""
LEASE_MS = 10_000
_BATCH = 250
"""Changes for one script. Redis does nothing else meanwhile: some milliseconds."""


class RedisRankIndex(RankIndex):
    """Keeps the open segments of all processes that share a database and a Redis.

    `owner` tells apart what several databases keep in one Redis. `lease`: after how many milliseconds without a record a
    loader is taken for dead.
    """

    def __init__(self, links: RedisLinks, owner: str, lease: int = LEASE_MS) -> None:
        self._links = links
        self._owner = owner
        self._lease = lease
        self._tokens: dict[SegmentId, bytes] = {}

    @property
    def trouble(self) -> str:
        """Why Redis does not answer."""
        return self._links.trouble

    async def open(self, segment: SegmentId, ranking: Ranking) -> str | None:
        """Begin an order, go on with one that this process is loading, or take over one whose loader is dead."""
        style, before, new = ranking.rank_style.value.encode(), self._tokens.get(segment, b""), token_hex(8).encode()
        token: bytes = await self._run(scripts.OPEN, segment, self._lease, tie_length(ranking), style, before, new)
        if not token:
            return None
        self._tokens[segment] = token
        return token.decode()

    async def loaded(self, segment: SegmentId, token: str) -> None:
        """Let questions be answered, if it is still the order that the token is for."""
        await self._asked(scripts.LOADED, segment, token.encode())
        self._tokens.pop(segment, None)

    async def is_loaded(self, segment: SegmentId) -> bool:
        """Tell whether questions are answered."""
        state = await self._run(scripts.STATE, segment)
        return state is not None and state[0] == 1

    async def close(self, segment: SegmentId) -> None:
        """Forget the segment, for all processes."""
        self._tokens.pop(segment, None)
        await self._run(scripts.CLOSE, segment)

    async def is_open(self, segment: SegmentId) -> bool:
        """Tell whether changes are taken."""
        return await self._run(scripts.STATE, segment) is not None

    async def record(self, segment: SegmentId, changes: Iterable[Change]) -> int:
        """Apply the changes that are news, some hundreds at a time."""
        token = self._tokens.get(segment, b"")
        news = 0
        for batch in _batches(changes):
            arguments = [argument for change in batch for argument in arguments_of(change)]
            news += await self._asked(scripts.RECORD, segment, self._lease, token, *arguments)
        return news

    async def totals(self, segment: SegmentId) -> Totals:
        """Return how many stand in the order."""
        is_loaded, ranked, others, revision, epoch = await self._asked(scripts.STATE, segment)
        if not is_loaded:
            raise SegmentNotHeld(segment)
        return Totals(ranked, ranked - others, int(revision), epoch.decode())

    async def places_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Return the places of the players, the best first."""
        players = [player_id.encode() for player_id in dict.fromkeys(player_ids)]
        return places_from(await self._asked(scripts.PLACES, segment, *players))

    async def page(self, segment: SegmentId, after: Mark | None, limit: int) -> list[Place]:
        """Return the places after the mark."""
        return rows_from(await self._asked(scripts.PAGE, segment, bound_of(after), limit))

    async def around(self, segment: SegmentId, player_id: PlayerId, limit: int) -> list[Place]:
        """Return the places around the player."""
        return rows_from(await self._asked(scripts.AROUND, segment, player_id.encode(), limit))

    async def mark(self) -> LogMark | None:
        """Return the mark that all processes share."""
        return mark_from(await self._links.get(lambda life: [mark_key(self._prefix(life))]))

    async def advance(self, number: int) -> None:
        """Move it on."""
        arguments = (LIFETIME_MS, number, token_hex(8).encode())
        await self._links.run(scripts.ADVANCE, lambda life: [mark_key(self._prefix(life))], arguments)

    async def _asked(self, script: Script, segment: SegmentId, *arguments: bytes | int) -> Any:
        answer = await self._run(script, segment, *arguments)
        if answer is None:
            raise SegmentNotHeld(segment)
        return answer

    async def _run(self, script: Script, segment: SegmentId, *arguments: bytes | int) -> Any:
        return await self._links.run(
            script, lambda life: keys_of(self._prefix(life), segment), (LIFETIME_MS, *arguments)
        )

    def _prefix(self, life: str) -> str:
        return f"laurel:ranks:{self._owner}:{life}"


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    rest = iter(changes)
    while batch := list(islice(rest, _BATCH)):
        yield batch
