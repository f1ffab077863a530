"""A season by the rules alone: thousands of players, week after week, and every invariant checked after each.

Only `server.domain` plays here, no store and no I/O, so a season of 10,000 players takes seconds. The invariants are counted
again from what lies there afterwards, with fractions and sorting, and not with the functions that they check.

    python -m tests.simulation.season --players 10000 --phases 12 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import floor

from server.domain.dice import Dice
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.bot_courses import Competitor, SeenScores
from server.domain.event_leaderboards.bot_sightings import newly_seen
from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.cohort_bots import CohortBot
from server.domain.event_leaderboards.company import Company, Humans, abreast, second_due, with_room
from server.domain.event_leaderboards.definition import ChangeZone, Definition, Phase, RewardTier
from server.domain.event_leaderboards.joining import Joining, joined, new_cohort
from server.domain.event_leaderboards.matching import CANDIDATES_COMPARED, Candidate, preferred
from server.domain.event_leaderboards.outcomes import Outcome, outcome_of
from server.domain.event_leaderboards.rolls import participation_after_roll
from server.domain.event_leaderboards.situation import (
    Situation,
    claim_refusal,
    roll_refusal,
    roll_tier,
    submission_refusal,
)
from server.domain.event_leaderboards.standings import key_of, ranked
from server.domain.event_leaderboards.submissions import Submission, apply_submission
from server.domain.grants import Grant, cohort_grant_key, credits_of, new_grant
from server.domain.ids import CohortId, GrantId, PlayerId
from server.domain.rewards import EMPTY_REWARD, Range, RewardConfig, RewardContents, roll_reward
from tests.builders import DAY, HOUR, MONDAY, SECOND, WEEK, definition, timeline, zone

ROUNDS = 4
"""So often in a week a player has the chance to submit, and to move on to another cohort."""


def _prize(low: int, high: int) -> RewardConfig:
    return RewardConfig(guaranteed=RewardContents(currencies={"coins": Range(low, high)}))


def _brackets(tier: int) -> tuple[RewardTier, ...]:
    """Three prizes; in tier 3 the brackets move the tier too, in tier 2 the best three roll again for free."""
    moves = (1, 0, -1) if tier == 3 else (0, 0, 0)
    return (
        RewardTier(1, 3, reward=_prize(50, 99), tier_change=moves[0], reroll_count_freeze=tier == 2),
        RewardTier(4, 25, reward=_prize(5, 20), tier_change=moves[1]),
        RewardTier(40, 50, reward=_prize(1, 1), tier_change=moves[2]),
    )


LADDER = definition(
    event_id="season",
    tiers=5,
    start_tier=1,
    cohort_size=50,
    min_cohort_size=3,
    max_rolls=2,
    max_num_score=ROUNDS,
    score_target=850,
    score_target_players=10,
    max_idle_tier_drop=2,
    zones={
        0: zone("0.2", promotion_reroll_count_freeze=True),
        1: zone("0.29", "0.1", demote_idle=True),
        2: zone("0.25", "0.29", demote_idle=True),
        3: ChangeZone(nochange_reroll_count_freeze=True),  # freezes only: the reward tiers rule (E71)
        4: zone(None, "0.3", demote_idle=True, use_max_cohort_size=True),
    },
    reward_tiers={tier: _brackets(tier) for tier in range(5)},
    overrides={4: {"tier_delta_per_phase": -1}},
)
"""Five tiers with all that moves players: shares, idle drops, brackets, a crown that has to be won again every week."""


@dataclass(eq=False)
class Board:
    """A cohort and who is in it. `joins` keeps every joining, so that a second one of the same player shows."""

    cohort: Cohort
    participants: dict[PlayerId, Participant] = field(default_factory=dict)
    joins: list[PlayerId] = field(default_factory=list)
    ranks: dict[PlayerId, int] = field(default_factory=dict)
    """Made when asked for, dropped with every change."""
    bots: tuple[CohortBot, ...] = ()
    """Those that keep the participants company, where the rules bind any, and those that had to go."""
    seen: SeenScores = field(default_factory=dict)

    def rank_of(self, player_id: PlayerId, rules: Definition) -> int:
        if not self.ranks:
            order = ranked(rules, list(self.participants.values()))
            self.ranks = {one.player_id: rank for rank, one in enumerate(order, 1)}
        return self.ranks[player_id]

    def look(self, phase: Phase, now: datetime, secret: bytes) -> None:
        """Somebody looks at the bots, which moves them."""
        second = second_due(self.cohort, phase, now)
        if second is None:
            return
        order = sorted(self.participants.values(), key=lambda one: key_of(phase.definition, one))
        humans = Humans(tuple(order))
        competing = partial(Competitor, cohort=self.cohort, phase=phase, secret=secret)
        company = abreast(Company(self.cohort, phase, self.bots), humans, second, secret, self.seen, competing)
        for lookout, one in newly_seen(company, humans, second, self.seen).items():
            self.seen[lookout] = (*self.seen.get(lookout, ()), one)
        self.cohort, self.bots = company.cohort, company.bots

    def make_room(self, phase: Phase, now: datetime) -> None:
        """Let bots go whose places have been taken."""
        if phase.definition.bots is not None:
            company = with_room(Company(self.cohort, phase, self.bots), now)
            self.cohort, self.bots = company.cohort, company.bots

    def put(self, cohort: Cohort, participant: Participant) -> None:
        self.cohort = cohort
        self.participants[participant.player_id] = participant
        self.ranks = {}


@dataclass(frozen=True)
class Verdict:
    """An outcome as it was read. `at_expiry` tells how an idle participant was judged."""

    board: Board
    player_id: PlayerId
    outcome: Outcome
    at_expiry: bool


@dataclass(frozen=True)
class Roll:
    """A roll, with where the player came from: `left` is the outcome of the cohort before, if there was one."""

    player_id: PlayerId
    tier: int
    rolls_used: int
    joined_at: datetime
    left: Verdict | None = None
    left_tier: int = 0
    left_at: datetime | None = None
    """When the cohort before was complete for him."""
    rolls_used_before: int = 0
    played_tier_change: int | None = None
    weeks_missed: int | None = None
    """Weeks between the two without a roll; None: a reroll in the same week."""


@dataclass
class Report:
    """All that a week leaves behind, for the invariants to look at."""

    rules: Definition
    phase: Phase
    boards: list[Board]
    rolls: list[Roll] = field(default_factory=list)
    read: list[Verdict] = field(default_factory=list)
    """Outcomes that somebody has acted upon, while others played on or later."""
    final: list[Verdict] = field(default_factory=list)
    """Outcomes of everybody, at the week's end."""
    grants: list[Grant] = field(default_factory=list)
    """Of the whole season."""
    wallets: dict[PlayerId, int] = field(default_factory=dict)
    claims_of: dict[CohortId, set[PlayerId]] = field(default_factory=dict)

    def rolls_by_player(self) -> dict[PlayerId, list[Roll]]:
        found: dict[PlayerId, list[Roll]] = defaultdict(list)
        for roll in self.rolls:
            found[roll.player_id].append(roll)
        return found

    def moves(self) -> Iterator[tuple[Roll, Verdict]]:
        """The rolls that have a cohort before them."""
        for roll in self.rolls:
            if roll.left is not None:
                yield roll, roll.left


@dataclass(eq=False)
class Player:
    """Somebody with a skill and moods; away until `back_in` (a number of a week)."""

    player_id: PlayerId
    skill: int
    back_in: int = 0
    participation: Participation | None = None
    board: Board | None = None


class Season:
    """Plays one week after the other."""

    def __init__(self, players: int, seed: int, rules: Definition = LADDER) -> None:
        self.rules = rules
        self.timeline = timeline(rules)
        self.luck = random.Random(seed)
        self.players = [Player(PlayerId(f"p{i:05}"), self.luck.randrange(500)) for i in range(players)]
        self.now = MONDAY
        self.week = 0
        self.grants: list[Grant] = []
        self.wallets: dict[PlayerId, int] = {}
        self.claims_of: dict[CohortId, set[PlayerId]] = defaultdict(set)
        self._secret = b"season %d" % seed
        self._cohorts = 0
        self._looks = random.Random(seed)
        """Who looks at bots, and when: no luck of the players."""

    def play_week(self) -> Report:
        """Play a week to its last second, and return what it came to."""
        self._open: dict[int, list[Board]] = defaultdict(list)
        self._met: dict[PlayerId, list[Board]] = defaultdict(list)
        start = MONDAY + self.week * WEEK
        self.now = start + HOUR
        self.phase = self._phase_at(start)
        self.report = Report(self.rules, self.phase, [])
        playing = self._who_comes()
        for player in playing:
            self._roll(player)
        for _ in range(ROUNDS):
            self.now += DAY
            self._round(playing)
        self.now = self.phase.expiry - SECOND
        self._finish(playing)
        self.week += 1
        return self.report

    def tiers(self) -> list[int]:
        """How many players were last in each tier."""
        counts = Counter(one.board.cohort.tier for one in self.players if one.board is not None)
        return [counts[tier] for tier in range(self.rules.tiers)]

    # --- A week

    def _phase_at(self, moment: datetime) -> Phase:
        phase = self.timeline.phase_at(moment)
        assert phase is not None
        return phase

    def _who_comes(self) -> list[Player]:
        """Everybody but those who are away; some of these leave now, for one to four weeks."""
        for player in self.players:
            if player.back_in <= self.week and self.luck.random() < 0.08:
                player.back_in = self.week + self.luck.randint(1, 4)
        coming = [player for player in self.players if player.back_in <= self.week]
        self.luck.shuffle(coming)
        return coming

    def _round(self, playing: Sequence[Player]) -> None:
        """Most submit, some forget to all week long; who is done may roll again, with a claim on the way."""
        for board in self.report.boards:
            if self._looks.random() < 0.3:
                board.look(self.phase, self.now, self._secret)
        for player in playing:
            if int(player.player_id[1:]) % 10 == self.week % 10:  # every tenth is idle for a week
                continue
            if self.luck.random() < 0.6:
                self._submit(player)
        self.now += HOUR
        for player in playing:
            if self.luck.random() < 0.5 and roll_refusal(self._situation(player), claims=True) is None:
                self._roll(player)

    def _finish(self, playing: Sequence[Player]) -> None:
        """The week is over when its last second is: half claim then, the others with their next roll or never."""
        self.now = self.phase.expiry
        for board in self.report.boards:
            board.look(self.phase, self.now, self._secret)
            board.cohort = completion.sealed(board.cohort, self.phase, self.now)
            for player_id, participant in board.participants.items():
                rank = board.rank_of(player_id, self.rules)
                outcome = outcome_of(participant, board.cohort, self.phase, rank, at_expiry=True)
                self.report.final.append(Verdict(board, player_id, outcome, at_expiry=True))
        for player in playing:
            situation = self._situation(player)
            if self.luck.random() < 0.5 and claim_refusal(situation) is None:
                self._claim(player, situation)
        self.report.grants, self.report.wallets, self.report.claims_of = self.grants, self.wallets, self.claims_of

    # --- What a player does

    def _situation(self, player: Player) -> Situation:
        phase = self.phase if self.now < self.phase.expiry else None
        one, board = player.participation, player.board
        if one is None or board is None:
            return Situation(self.now, self.timeline, phase)
        one = replace(one, cohort=board.cohort, participant=board.participants[player.player_id])
        held = self.phase if one.phase_start == self.phase.start else self._phase_at(one.phase_start)
        situation = Situation(self.now, self.timeline, phase, one, held)
        if not situation.is_complete:
            return situation
        return situation.with_participation(one, held, board.rank_of(player.player_id, self.rules))

    def _roll(self, player: Player) -> None:
        situation = self._situation(player)
        refusal = roll_refusal(situation, claims=True)
        assert refusal is None, refusal
        tier = roll_tier(situation)
        if claim_refusal(situation) is None:
            self._claim(player, situation)
            situation = self._situation(player)
        board = self._board_for(player, tier, is_reroll=situation.is_reroll)
        if board.participants:
            board.look(self.phase, self.now, self._secret)
        cohort, participant = joined(board.cohort, Joining(player.player_id, "", ""), self.phase, self.now)
        board.put(cohort, participant)
        board.make_room(self.phase, self.now)
        cohort = board.cohort
        board.joins.append(player.player_id)
        participation = participation_after_roll(situation, cohort, participant, self.now)
        self.report.rolls.append(self._noted(player, situation, participation))
        player.participation, player.board = participation, board
        self._met[player.player_id].append(board)

    def _noted(self, player: Player, situation: Situation, after: Participation) -> Roll:
        one, held, board = situation.participation, situation.held, player.board
        roll = Roll(player.player_id, after.cohort.tier, after.rolls_used, after.participant.joined_at)
        if one is None or held is None or board is None:
            return roll
        at_expiry = not situation.is_reroll
        verdict = Verdict(board, player.player_id, situation.outcome(at_expiry=at_expiry), at_expiry)
        self.report.read.append(verdict)
        return replace(
            roll,
            left=verdict,
            left_tier=one.cohort.tier,
            left_at=completion.completed_for_at(one.participant, one.cohort, held),
            rolls_used_before=one.rolls_used,
            played_tier_change=one.played_tier_change,
            weeks_missed=(self.phase.start - held.start) // WEEK - 1 if at_expiry else None,
        )

    def _board_for(self, player: Player, tier: int, *, is_reroll: bool) -> Board:
        """Choose by the default of E22, as a store would: among open cohorts that he was never in."""
        boards = self._open[tier] = [
            one for one in self._open[tier] if completion.is_open(one.cohort, self.phase, self.now)
        ]
        mine = self._met[player.player_id] if is_reroll else []
        met = {other for board in mine for other in board.participants} - {player.player_id}
        allowed = [one for one in boards if player.player_id not in one.participants][:CANDIDATES_COMPARED]
        choice = preferred([Candidate(one.cohort, not met.isdisjoint(one.participants)) for one in allowed])
        for board in allowed:
            if board.cohort is choice:
                return board
        self._cohorts += 1
        board = Board(new_cohort(CohortId(f"c{self._cohorts:07}"), self.phase, tier, self.now))
        boards.append(board)
        self.report.boards.append(board)
        return board

    def _submit(self, player: Player) -> None:
        if submission_refusal(self._situation(player)) is not None:
            return
        board = player.board
        assert board is not None
        submission = Submission(player.skill + self.luck.randrange(540), self.luck.randrange(3))
        participant = board.participants[player.player_id]
        applied = apply_submission(board.cohort, participant, self.phase, submission, self.now)
        board.put(applied.cohort, applied.participant)

    def _claim(self, player: Player, situation: Situation) -> None:
        one, board = situation.participation, player.board
        assert one is not None
        assert board is not None
        outcome = situation.outcome()
        self.report.read.append(Verdict(board, player.player_id, outcome, at_expiry=False))
        config = None if outcome.reward_tier is None else outcome.reward_tier.reward
        key = cohort_grant_key(self.rules.event_id, board.cohort.cohort_id, player.player_id)
        reward = EMPTY_REWARD if config is None else roll_reward(config, Dice(self._secret, key), {}, {})
        grant_id = GrantId(f"g{len(self.grants)}")
        self.grants.append(new_grant(grant_id, key, player.player_id, self.rules.event_id, reward, self.now))
        owned = self.wallets.get(player.player_id, 0)
        paid = sum(one.amount for one in credits_of(reward, {"coins": owned}, {}, {}))
        self.wallets[player.player_id] = owned + paid
        self.claims_of[board.cohort.cohort_id].add(player.player_id)
        board.participants[player.player_id] = replace(one.participant, claimed_at=self.now)


# --- The invariants: one function a rule


def check_joins(report: Report) -> None:
    """E21: no cohort above its size, nobody twice in one, nobody in two that are both incomplete for him."""
    for board in report.boards:
        name, count = board.cohort.cohort_id, len(board.joins)
        assert count <= board.cohort.size, f"E21: {count} participants in cohort {name} of size {board.cohort.size}"
        assert len(set(board.joins)) == count, f"E21: somebody joined cohort {name} twice"
        assert board.cohort.tally.participant_count == count, f"E21: cohort {name} has miscounted its participants"
    for roll, _ in report.moves():
        is_apart = roll.left_at is not None and roll.left_at <= roll.joined_at
        assert is_apart, f"E21: {roll.player_id} joined while his last cohort was incomplete for him"


def check_rolls_used(report: Report) -> None:
    """E25: the first roll of a week counts 1, a later one nothing if its outcome frees it, else 1; idle frees never."""
    for player_id, rolls in report.rolls_by_player().items():
        used = 0
        for roll in rolls:
            is_free = used > 0 and roll.left is not None and _frees(report.rules, roll.left, roll.left_tier)
            expected = used if is_free else used + 1
            assert roll.rolls_used == expected, f"E25: {player_id} has used {roll.rolls_used} rolls, not {expected}"
            most = report.rules.max_rolls
            assert is_free or most is None or used < most, f"E25: {player_id} rolled with no rolls left"
            used = roll.rolls_used


def check_order(report: Report) -> None:
    """E40: finishers as they finished, then by score, subscore and earlier pair, the idle last; ranks are 1..n."""
    for board in report.boards:
        by_rank = sorted(board.participants.values(), key=lambda one: board.rank_of(one.player_id, report.rules))
        ranks = [board.rank_of(one.player_id, report.rules) for one in by_rank]
        name = board.cohort.cohort_id
        assert ranks == list(range(1, len(ranks) + 1)), f"E40: the ranks of cohort {name} are not 1..{len(ranks)}"
        for better, worse in pairwise(by_rank):
            assert _place(better) < _place(worse), f"E40: {worse.player_id} belongs before {better.player_id} in {name}"


def check_outcomes_are_fixed(report: Report) -> None:
    """E53: what was read of an outcome stands; n is the cohort's size if others played on, else who is in it."""
    for verdict in report.read:
        board, player_id = verdict.board, verdict.player_id
        phase = report.phase if board.cohort.phase_start == report.phase.start else _earlier(report, board)
        rank = board.rank_of(player_id, report.rules)
        participant = board.participants[player_id]
        now = outcome_of(participant, board.cohort, phase, rank, at_expiry=verdict.at_expiry)
        assert now == verdict.outcome, f"E53: the outcome of {player_id} moved from {verdict.outcome} to {now}"
    for verdict in (*report.read, *report.final):
        expected = _n(report, verdict)
        told = f"E53: n is {verdict.outcome.count} for {verdict.player_id}, not {expected}"
        assert verdict.outcome.count == expected, told


def check_grants(report: Report) -> None:
    """E63: a grant a key, and wallets hold what was granted; who claimed has one, who did not has none."""
    keys = Counter(grant.key for grant in report.grants)
    twice = [key for key, count in keys.items() if count > 1]
    assert not twice, f"E63: granted twice: {twice[0]}"
    owed: Counter[PlayerId] = Counter()
    for grant in report.grants:
        owed[grant.player_id] += grant.reward.currencies.get("coins", 0)
    for player_id, amount in report.wallets.items():
        assert amount == owed[player_id], f"E63: {player_id} has {amount} coins and was granted {owed[player_id]}"
    for board in report.boards:
        claimed = {one.player_id for one in board.participants.values() if one.claimed_at is not None}
        name = board.cohort.cohort_id
        granted = report.claims_of.get(name, set())
        assert claimed == granted, f"E63: claims and grants of cohort {name} differ by {claimed ^ granted}"


def check_tiers(report: Report) -> None:
    """E70: tiers stay within bounds, and each is what outcome, idle drop and delta come to, clamped at every step."""
    for roll in report.rolls:
        assert 0 <= roll.tier < report.rules.tiers, f"E70: {roll.player_id} is in tier {roll.tier}"
    for roll, _ in report.moves():
        if roll.weeks_missed is not None:
            expected = _after_missed(report.rules, _after_week(report.rules, roll), roll.weeks_missed)
            assert roll.tier == expected, f"E70: {roll.player_id} rolled in tier {roll.tier}, not {expected}"


def check_who_rules(report: Report) -> None:
    """E71: a zone with a ruling key moves by one at most; without one the bracket of the rank rules, down only if idle."""
    for verdict in (*report.read, *report.final):
        change, tier = verdict.outcome.tier_change, verdict.board.cohort.tier
        rules = report.rules.rules_of(tier)
        if _is_below_min(report, verdict) or (rules.change_zone is not None and rules.change_zone.rules):
            least = 0 if _is_below_min(report, verdict) else 1
            assert abs(change) <= least, f"E71: the zone moved {verdict.player_id} by {change}"
            continue
        bracket = next(
            (one for one in rules.reward_tiers if one.rank_min <= verdict.outcome.rank <= one.rank_max), None
        )
        ruling = 0 if bracket is None else bracket.tier_change
        ruling = min(ruling, 0) if verdict.outcome.is_idle else ruling
        expected = _clamped(report.rules, tier + ruling) - tier
        assert change == expected, f"E71: the bracket moves {verdict.player_id} by {expected}, not by {change}"


def check_zones(report: Report) -> None:
    """E72: the shares, rounded down in exact decimals and at least one, move exactly their ranks among who submitted."""
    for verdict in (*report.read, *report.final):
        found = report.rules.rules_of(verdict.board.cohort.tier).change_zone
        if verdict.outcome.is_idle or found is None or not found.rules or _is_below_min(report, verdict):
            continue
        up, down = _zone_sizes(found, verdict)
        rank, count, tier = verdict.outcome.rank, verdict.outcome.count, verdict.board.cohort.tier
        ruling = 1 if rank <= up else -1 if rank > count - down else 0
        expected = _clamped(report.rules, tier + ruling) - tier
        told = f"E72: rank {rank} of {count} in tier {tier} moves by {expected}, not by {verdict.outcome.tier_change}"
        assert verdict.outcome.tier_change == expected, told


def check_idle(report: Report) -> None:
    """E73: the idle win nothing, never rise, and fall by rank or by `demote_idle`, by one and never by both."""
    for verdict in (*report.read, *report.final):
        idle = verdict.board.participants[verdict.player_id].result.submission_count == 0
        who, outcome = verdict.player_id, verdict.outcome
        assert outcome.is_idle == idle, f"E73: {who} is taken for {'idle' if outcome.is_idle else 'a player'}"
        if not idle:
            continue
        assert outcome.reward_tier is None, f"E73: {who} wins without playing"
        assert outcome.tier_change <= 0, f"E73: {who} rises without playing"
        expected = _idle_change(report, verdict)
        assert expected is None or outcome.tier_change == expected, f"E73: {who} moves by {outcome.tier_change} idle"
    for roll, verdict in report.moves():
        if roll.weeks_missed == 0 and verdict.outcome.is_idle and roll.played_tier_change is not None:
            stays = _clamped(report.rules, roll.left_tier + report.rules.rules_of(roll.left_tier).tier_delta_per_phase)
            assert roll.tier == stays, f"E73: {roll.player_id} moved by an idle cohort after a played one"


def check_missed_weeks(report: Report) -> None:
    """E74: one delta for each expired week, that of the tier held; missed weeks cost `max_idle_tier_drop` at most."""
    for roll, _ in report.moves():
        if roll.weeks_missed is None:
            continue
        after_played = _after_week(report.rules, roll)
        cap = report.rules.max_idle_tier_drop
        drop = after_played - roll.tier
        if roll.weeks_missed == 0:
            assert drop == 0, (
                f"E74: {roll.player_id} came to tier {roll.tier} without a missed week, not {after_played}"
            )
        assert cap is None or drop <= cap, f"E74: missed weeks cost {roll.player_id} {drop} tiers, {cap} at most"


def check_rerolls(report: Report) -> None:
    """E75: a reroll moves by zone or bracket alone: no delta, and no idle drop besides the demotion by rank."""
    for roll, verdict in report.moves():
        if roll.weeks_missed is not None:
            continue
        assert not verdict.at_expiry, f"E75: the reroll of {roll.player_id} was judged as at a week's end"
        moves = report.rules.tier_change_on_reroll
        expected = _clamped(report.rules, roll.left_tier + (verdict.outcome.tier_change if moves else 0))
        assert roll.tier == expected, f"E75: {roll.player_id} rerolled into tier {roll.tier}, not {expected}"


INVARIANTS: tuple[Callable[[Report], None], ...] = (
    check_joins,
    check_rolls_used,
    check_order,
    check_outcomes_are_fixed,
    check_grants,
    check_tiers,
    check_who_rules,
    check_zones,
    check_idle,
    check_missed_weeks,
    check_rerolls,
)


def check(report: Report) -> None:
    """Check every invariant.

    :raises AssertionError: naming the rule, and who or what broke it
    """
    for invariant in INVARIANTS:
        invariant(report)


# --- The rules once more, as plainly as can be


def _clamped(rules: Definition, tier: int) -> int:
    return sorted((0, tier, rules.tiers - 1))[1]


def _place(one: Participant) -> tuple[int, ...]:
    result = one.result
    if result.finished_at is not None:
        return (0, result.finished_revision)
    if result.submission_count == 0:
        return (2, one.joined_revision)
    return (1, -result.score, -result.subscore, result.reached_revision)


def _frees(rules: Definition, verdict: Verdict, tier: int) -> bool:
    outcome, found = verdict.outcome, rules.rules_of(tier).change_zone
    if outcome.is_idle:
        return False
    if outcome.reward_tier is not None and outcome.reward_tier.reroll_count_freeze:
        return True
    if found is None:
        return False
    if outcome.tier_change == 0:
        return found.nochange_reroll_count_freeze
    return found.promotion_reroll_count_freeze if outcome.tier_change > 0 else found.demotion_reroll_count_freeze


def _is_below_min(report: Report, verdict: Verdict) -> bool:
    return len(verdict.board.joins) < report.rules.min_cohort_size


def _n(report: Report, verdict: Verdict) -> int:
    """All places if the zone says so, or if he finished and somebody came, played or could have played after that."""
    board = verdict.board
    found = report.rules.rules_of(board.cohort.tier).change_zone
    finished = board.participants[verdict.player_id].result.finished_revision
    if found is not None and found.use_max_cohort_size:
        return board.cohort.size
    if finished and not _is_below_min(report, verdict) and _plays_on_after(report, board, finished):
        return board.cohort.size
    return len(board.joins)


def _plays_on_after(report: Report, board: Board, revision: int) -> bool:
    """Tell whether the cohort was still open for others once this change was made."""
    rules = report.rules.rules_of(board.cohort.tier)
    results = [one.result for one in board.participants.values()]
    finishers = sum(0 < one.finished_revision <= revision for one in results)
    if finishers >= rules.score_target_players:
        return False
    is_full = len(board.joins) == board.cohort.size
    is_last = all(0 < one.finished_revision <= revision or _is_spent(one.submission_count) for one in results)
    is_last = is_last and board.cohort.tally.last_done_at == _stamp_of(board, revision)
    return not (is_full and is_last)


def _is_spent(submissions: int) -> bool:
    return submissions >= ROUNDS


def _stamp_of(board: Board, revision: int) -> datetime | None:
    return next(
        one.result.finished_at for one in board.participants.values() if one.result.finished_revision == revision
    )


def _earlier(report: Report, board: Board) -> Phase:
    """The phase of a cohort of an earlier week; all weeks are alike."""
    back = report.phase.start - board.cohort.phase_start
    phase = report.phase
    return replace(phase, start=phase.start - back, active_end=phase.active_end - back, expiry=phase.expiry - back)


def _zone_sizes(found: ChangeZone, verdict: Verdict) -> tuple[int, int]:
    promotion, demotion = Fraction(found.promotion or Decimal(0)), Fraction(found.demotion or Decimal(0))
    count = verdict.outcome.count
    up, down = floor(count * promotion), floor(count * demotion)
    if promotion:
        up = max(up, 1)
    if demotion and count == len(verdict.board.joins) >= 3 and not found.use_max_cohort_size:
        down = max(down, 1)
    return up, down


def _idle_change(report: Report, verdict: Verdict) -> int | None:
    """What happens to an idle one in a tier whose zone rules; None where a bracket does (E71)."""
    tier = verdict.board.cohort.tier
    found = report.rules.rules_of(tier).change_zone
    if _is_below_min(report, verdict):
        return 0
    if found is None or not found.rules:
        return None
    up, down = _zone_sizes(found, verdict)
    falls = verdict.outcome.rank > max(up, verdict.outcome.count - down)
    falls = falls or (verdict.at_expiry and bool(found.demote_idle))
    return -1 if falls and tier > 0 else 0


def _after_week(rules: Definition, roll: Roll) -> int:
    """The tier once the last played week is over: outcome, then the delta of the tier that was held."""
    assert roll.left is not None
    change = roll.left.outcome.tier_change
    if roll.left.outcome.is_idle and roll.played_tier_change is not None:
        change = 0 if rules.tier_change_on_reroll else roll.played_tier_change
    tier = _clamped(rules, roll.left_tier + change)
    return _clamped(rules, tier + rules.rules_of(roll.left_tier).tier_delta_per_phase)


def _after_missed(rules: Definition, tier: int, weeks: int) -> int:
    left = rules.max_idle_tier_drop
    for _ in range(weeks):
        here = rules.rules_of(tier)
        falls = here.change_zone is not None and bool(here.change_zone.demote_idle)
        for step in (-int(falls), here.tier_delta_per_phase):
            after = _clamped(rules, tier + (step if left is None else max(step, -left)))
            left = None if left is None else left - max(tier - after, 0)
            tier = after
    return tier


# --- The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Play a season and tell of it, a line a week; return 1 if a rule was broken."""
    parser = argparse.ArgumentParser(
        description="Simulate a season by the rules alone, and check them after each week."
    )
    parser.add_argument("--players", type=int, default=10_000)
    parser.add_argument("--phases", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    season = Season(chosen.players, chosen.seed)
    for number in range(1, chosen.phases + 1):
        report = season.play_week()
        sys.stdout.write(f"{line_of(number, season, report)}\n")
        try:
            check(report)
        except AssertionError as violation:
            sys.stderr.write(f"phase {number}, seed {chosen.seed}: {violation}\n")
            return 1
    return 0


def line_of(number: int, season: Season, report: Report) -> str:
    """Say what a week came to, in a line."""
    players = len(report.rolls_by_player())
    histogram = " ".join(f"{count:5}" for count in season.tiers())
    return (
        f"phase {number:2}: {players:6} players, {len(report.rolls) - players:5} rerolls, {len(report.boards):4} cohorts, "
        f"tiers {histogram}, {sum(season.wallets.values()):8} coins paid"
    )


if __name__ == "__main__":
    sys.exit(main())
