"""Scores that are submitted to leaderboards directly (B20): what is asked, what is answered, and the transaction between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from server.application.accounts import add_unknown
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_receipts import contributed_effect, contributed_from
from server.application.contributions import Contributed, Contributing
from server.application.receipts import SUBMISSIONS_KEPT, SUBMISSIONS_KEPT_FOR, digest_of, receipt_for, repeated
from server.domain.errors import RequestIdReused
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.periods import Period
from server.domain.leaderboards.segments import Claim
from server.domain.players import Player
from server.domain.values import value
from server.ports.contribution_store import Source
from server.ports.rank_index import Place
from server.ports.receipt_store import Receipt, SubmissionReceiptKey
from server.ports.store import Transaction

_FORGET_EVERY = 16
"""Old receipts of a player are dropped with every so many of his submissions."""


@value
class BoardSubmission:
    """Whose score for which leaderboard. `score` is a decimal as text; `request_id` may be empty.

    `context` is what the caller says of the player: his segment is looked for in it.
    """

    player_id: PlayerId
    leaderboard: LeaderboardKey
    caller: str
    score: str
    context: Mapping[str, object] = field(default_factory=dict, hash=False)
    metadata: str | None = None
    is_trusted: bool = False
    request_id: str = ""
    asks_modules: bool = True

    @property
    def receipt_key(self) -> SubmissionReceiptKey:
        """Under which key a repeat is recognised; no event's id has a colon in it."""
        event_id = EventId(f"leaderboard:{self.leaderboard}")
        return SubmissionReceiptKey(self.player_id, event_id, self.caller, self.request_id)

    @property
    def digest(self) -> bytes:
        """What a repeat must ask for to be one."""
        context = json.dumps(self.context, sort_keys=True, default=str)
        return digest_of("submit to leaderboard", self.score, context, self.metadata, self.is_trusted)

    def contributing(self, board: Leaderboard, now: datetime) -> Contributing:
        """Return the score as a contribution: the server's time, and the segment that the caller names (B20, B23)."""
        claim = Claim(is_trusted=self.is_trusted)
        if board.segmentation is not None:
            said = self.context.get(board.segmentation.key)
            claim = Claim(None, said, is_trusted=True) if self.is_trusted else Claim(said)
        return Contributing(
            self.leaderboard,
            self.player_id,
            self.score,
            now,
            self.request_id,
            Source.DIRECT,
            claim,
            self.metadata,
            arrived_at=now,
        )


@dataclass(slots=True)
class BoardSubmitted:
    """What a submission did (E34). `board` is what holds in the period, None where no period runs.

    `place` is where the player stands after the commit: None where the score does not count, where he has no rank, or where
    ranks cannot be told just now. `total` counts those who have a rank. `revision` is empty where places are not known.
    """

    contributed: Contributed
    now: datetime
    period: Period | None = None
    board: Leaderboard | None = None
    place: Place | None = None
    total: int = 0
    revision: str = ""
    is_repeat: bool = False

    @property
    def is_improved(self) -> bool:
        """Whether the player stands better than before."""
        before, entry = self.contributed.before, self.contributed.entry
        if entry is None or self.board is None:
            return False
        if before is None:
            return True
        old, new = before.aggregate.score, entry.aggregate.score
        return new < old if self.board.ranking.is_ascending else new > old


class BoardSubmissionBatch:
    """Submissions that share a transaction. What one of them changes, the next one sees."""

    def __init__(self, tx: Transaction, contributions: ContributionBatch, wall: datetime) -> None:
        self._tx = tx
        self._contributions = contributions
        self._wall = wall

    async def apply(self, requests: Sequence[_Asked]) -> list[_Told | Exception]:
        """Return for each what became of it and whether an earlier call did it; or that its request_id was used before."""
        noted = await self._noted([request for request, _ in requests])
        first: dict[_Wish, _Asked] = {}
        for number, asked in enumerate(requests):
            wish = _wish(asked[0], number)
            if noted.get(wish) is None:
                first.setdefault(wish, asked)
        done = dict(zip(first, await self._contributions.apply([one for _, one in first.values()]), strict=True))
        await self._keep([(request, done[wish]) for wish, (request, _) in first.items()])
        return [
            _told(asked, noted.get(wish := _wish(asked[0], number)), first.get(wish), done.get(wish))
            for number, asked in enumerate(requests)
        ]

    async def _noted(self, requests: Sequence[BoardSubmission]) -> dict[_Wish, Receipt | None]:
        keys = [request.receipt_key for request in requests if request.request_id]
        return dict(zip(keys, await self._tx.submission_receipts_of(keys), strict=True)) if keys else {}

    async def _keep(self, done: Sequence[tuple[BoardSubmission, Contributed]]) -> None:
        """Make accounts for players whom nobody knew, note the answers that may be asked for again, and drop old notes."""
        new = [Player(one.entry.key.player_id, one.entry.updated_at) for _, one in done if one.entry and not one.before]
        await add_unknown(self._tx, new)
        named = [(request, one) for request, one in done if request.request_id]
        if not named:
            return
        await self._tx.record_submission_receipts(
            [
                (request.receipt_key, receipt_for(request.digest, contributed_effect(one), self._wall))
                for request, one in named
            ]
        )
        for request, one in named:
            if one.entry is not None and one.entry.aggregate.samples % _FORGET_EVERY == 0:
                key, before = request.receipt_key, self._wall - SUBMISSIONS_KEPT_FOR
                await self._tx.forget_submission_receipts(key.player_id, key.event_id, SUBMISSIONS_KEPT, before)


_Asked: TypeAlias = tuple[BoardSubmission, Contributing]
_Told: TypeAlias = tuple[Contributed, bool]
_Wish: TypeAlias = SubmissionReceiptKey | int
"""What is one wish, however often it is sent: a request_id, or else a place in the batch."""


def _wish(request: BoardSubmission, number: int) -> _Wish:
    return request.receipt_key if request.request_id else number


def _told(asked: _Asked, receipt: Receipt | None, first: _Asked | None, done: Contributed | None) -> _Told | Exception:
    """Return the answer of the call that did it first: before this batch, or in it."""
    try:
        effect = repeated(receipt, asked[0].digest)
    except RequestIdReused as reused:
        return reused
    if effect is not None:
        return contributed_from(effect), True
    assert first is not None
    assert done is not None
    is_repeat = first is not asked
    if is_repeat and first[0].digest != asked[0].digest:
        return RequestIdReused()
    return done, is_repeat
