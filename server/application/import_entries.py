"""Scores that another system has kept so far, brought in once (B42): a contribution for each, at the time that it says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from server.application.accounts import add_unknown
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_effects import ContributionEffects
from server.application.contributions import Contributed, Contributing
from server.application.receipts import receipt_for
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.segments import Claim
from server.domain.players import Player
from server.domain.values import value
from server.ports.clock import Clock
from server.ports.contribution_store import Source
from server.ports.receipt_store import SubmissionReceiptKey
from server.ports.store import Store, Transaction

AT_ONCE = 500
"""Lines that share a transaction."""
_CALLER = "laurel:import"


@value
class ImportedLine:
    """A score of another system. `score` is a decimal as text, `segment` empty where there is none.

    `is_dated`: the line itself says when the score was reached; otherwise that is when it is read, which is not a part of it.
    """

    leaderboard: LeaderboardKey
    player_id: PlayerId
    score: str
    reached_at: datetime
    segment: str = ""
    is_dated: bool = True

    @property
    def contribution_id(self) -> str:
        """By what it is known: the same line again is the same score."""
        when = self.reached_at.isoformat() if self.is_dated else ""
        said = (self.leaderboard, self.player_id, self.score, when, self.segment)
        return "import:" + hashlib.blake2b("\0".join(said).encode(), digest_size=16).hexdigest()

    @property
    def receipt_key(self) -> SubmissionReceiptKey:
        """Under which key it is noted that it was brought in; for ever, for no player submits under such a name."""
        return SubmissionReceiptKey(
            self.player_id, EventId(f"import:{self.leaderboard}"), _CALLER, self.contribution_id
        )

    def contributing(self) -> Contributing:
        """Return it as a contribution."""
        claim = Claim(from_trusted=self.segment or None, is_trusted=True)
        return Contributing(
            self.leaderboard,
            self.player_id,
            self.score,
            self.reached_at,
            self.contribution_id,
            Source.DIRECT,
            claim,
        )


class ImportEntries:
    """Bring in some lines."""

    def __init__(self, store: Store, clock: Clock, effects: ContributionEffects) -> None:
        self._store = store
        self._clock = clock
        self._effects = effects

    async def __call__(self, lines: Sequence[ImportedLine]) -> list[Contributed | None]:
        """Import up to 500 lines in one transaction; None stands for one that was there before, in this file or earlier.

        :raises LeaderboardNotFound: if a line names a leaderboard that there is not
        """
        now, wall = self._clock.now(), self._clock.wall()

        async def work(tx: Transaction) -> tuple[list[Contributed | None], ContributionBatch]:
            batch = self._effects.batch(tx, now)
            fresh = await _fresh(tx, lines)
            answers = dict(zip(fresh, await batch.apply([one.contributing() for one in fresh.values()]), strict=True))
            done = [one for key, one in fresh.items() if answers[key].is_applied]
            await add_unknown(tx, (Player(one.player_id, now) for one in done))
            noted = receipt_for(b"", {}, wall)
            await tx.record_submission_receipts([(one.receipt_key, noted) for one in done])
            return [answers.pop(line.receipt_key, None) for line in lines], batch

        told, batch = await self._store.transact(work)
        await self._effects.committed(batch)
        return told


async def _fresh(tx: Transaction, lines: Sequence[ImportedLine]) -> dict[SubmissionReceiptKey, ImportedLine]:
    """Return the lines that nobody has brought in, each once."""
    unique = {line.receipt_key: line for line in lines}
    known = await tx.submission_receipts_of(list(unique))
    return {key: line for (key, line), receipt in zip(unique.items(), known, strict=True) if receipt is None}
