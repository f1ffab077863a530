"""A leaderboard as plain lists and sorting: slow, naive, and written from the rules alone (B20 to B24, B50, B51, B60).

It knows nothing of aggregates, indexes or order keys. Only the lot that decides between equals is the server's own (B50): no
rule says what it is, just that it is drawn from period and player.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.ranking import lot_of


class Scored(NamedTuple):
    """A contribution that counts: whole steps of the board's decimals."""

    player: str
    points: int
    at: datetime
    contribution: str


class Line(NamedTuple):
    """What everybody should see of an entry."""

    player: str
    score: int
    samples: int
    position: int
    rank: int
    prize: str


@dataclass
class Rules:
    """What the oracle must know of a definition; the names are those of the JSON."""

    aggregation: str = "sum"
    method: str = "score_desc"
    rank_style: str = "dense"
    tie_break: str = "none"
    decimals: int = 3
    min_score: Decimal | None = None
    min_samples: int = 1
    contribution_min: Decimal | None = None
    contribution_max: Decimal | None = None
    buckets: tuple[str, ...] | None = None
    may_move: bool = False
    tiers: tuple[dict[str, Any], ...] = ()
    by_rank: bool = False
    min_entries: int = 1

    @property
    def step(self) -> int:
        return 10**self.decimals

    @property
    def is_ascending(self) -> bool:
        return self.method == "score_asc"

    @property
    def ranks_time(self) -> bool:
        return self.method == "time_asc" or self.tie_break == "reached_at"


@dataclass
class OraclePeriod:
    """One run of a board."""

    rules: Rules
    board: str
    start: datetime
    scored: list[Scored] = field(default_factory=list)
    segment_of: dict[str, str] = field(default_factory=dict)

    def contribute(
        self,
        player: str,
        points: Decimal,
        at: datetime,
        contribution: str,
        segment: str | None,
        profile: str | None = None,
    ) -> str:
        """Take a contribution of a trusted caller and return the outcome, in the words of B2.

        `profile` is the player's property: it stands in where nothing is said, for good only where entries may move.
        """
        rules = self.rules
        if segment is None and profile is not None:
            segment = profile if rules.may_move else self.segment_of.get(player, profile)
        if rules.buckets is not None:
            if segment is None:
                return "segment_missing"
            if segment not in rules.buckets:
                return "segment_unknown"
            if self.segment_of.get(player, segment) != segment and not rules.may_move:
                return "segment_fixed"
        if rules.aggregation != "count":
            scaled = int((points * rules.step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
            if rules.contribution_min is not None and scaled < rules.contribution_min * rules.step:
                return "out_of_bounds"
            if rules.contribution_max is not None and scaled > rules.contribution_max * rules.step:
                return "out_of_bounds"
        else:
            scaled = rules.step
        self.segment_of[player] = segment if rules.buckets is not None and segment is not None else ""
        self.scored.append(Scored(player, scaled, at, contribution))
        return "applied"

    def lines(self, segment: str = "") -> list[Line]:
        """Return the ranked lines of a segment, the best first."""
        rules = self.rules
        members = [player for player, stands in self.segment_of.items() if stands == segment]
        rows = []
        for player in members:
            own = [one for one in self.scored if one.player == player]
            score, reached = self._worth(own)
            if len(own) < rules.min_samples or self._falls_short(score):
                continue
            lot = lot_of(PeriodId(LeaderboardKey(self.board), self.start), PlayerId(player))
            rows.append((score if rules.is_ascending else -score, reached, lot, player, score, len(own)))
        rows.sort()
        lines: list[Line] = []
        for position, (_, reached, _, player, score, samples) in enumerate(rows, 1):
            tie = (score, reached) if rules.ranks_time else (score,)
            before = [(row[4], row[1]) if rules.ranks_time else (row[4],) for row in rows[: position - 1]]
            if rules.rank_style == "ordinal":
                rank = position
            elif rules.rank_style == "dense":
                rank = len(set(before) - {tie}) + 1
            else:
                rank = before.index(tie) + 1 if tie in before else position
            lines.append(Line(player, score, samples, position, rank, ""))
        return [line._replace(prize=self._prize(line, len(lines))) for line in lines]

    def _worth(self, own: list[Scored]) -> tuple[int, datetime]:
        points = [one.points for one in own]
        match self.rules.aggregation:
            case "sum":
                moves = [one.at for one in own if one.points]
                return sum(points), max(moves) if moves else min(one.at for one in own)
            case "count":
                return len(own) * self.rules.step, max(one.at for one in own)
            case "avg":
                mean = (Decimal(sum(points)) / len(own)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
                return int(mean), max(one.at for one in own)
            case "latest":
                last = max(own, key=lambda one: (one.at, one.contribution))
                return last.points, last.at
            case "max":
                best = max(points)
            case "min":
                best = min(points)
            case _:
                best = min(points) if self.rules.is_ascending else max(points)
        return best, min(one.at for one in own if one.points == best)

    def _falls_short(self, score: int) -> bool:
        if self.rules.min_score is None:
            return False
        bound = self.rules.min_score * self.rules.step
        return score > bound if self.rules.is_ascending else score < bound

    def _prize(self, line: Line, contenders: int) -> str:
        if contenders < self.rules.min_entries:
            return ""
        place = line.rank if self.rules.by_rank else line.position
        for tier in self.rules.tiers:
            if "percent" in tier:
                last = ceil(contenders * Fraction(tier["percent"], 100))
                last = min(last, tier.get("max_places", last))
            else:
                last = tier["to"]
            if place <= last:
                return str(tier["key"])
        return ""
