"""What the server should do, said a second time and as plainly as possible: lists, dicts, sorting, counting again.

Nothing here is shared with `server`: no rule, no type, no constant. Events are the JSON that a designer writes, read where
it is needed; everything is recounted on every question, where the server counts as it goes. If both agree after every
step of a random game, a fault would have to be made twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

WEEK = timedelta(days=7)


@dataclass(eq=False)
class Member:
    """A player in a cohort. `joined`, `reached` and `finished` are numbers in the order of all changes; 0: not yet."""

    player: str
    joined: int
    joined_at: datetime
    metadata: str = "{}"
    score: int = 0
    subscore: int = 0
    submissions: int = 0
    reached: int = 0
    finished: int = 0
    ended_all: bool = False
    """His finish was the end for all: nobody played on after it (E53)."""
    claimed: bool = False


@dataclass(eq=False)
class Board:
    """A cohort. `number` counts cohorts in the order of their making."""

    event: str
    week: int
    tier: int
    created_at: datetime
    members: list[Member] = field(default_factory=list)
    sealed: bool = False
    paid: dict[str, int] = field(default_factory=dict)
    """Coins that players got from it: each once, also if he was taken out and came back (E63, E82)."""


@dataclass(eq=False)
class Entry:
    """What an event remembers of a player: his last cohort and his rolls in that week."""

    board: Board
    member: Member
    rolls_used: int
    rolled_at: datetime
    best_rank: int | None = None
    played_change: int | None = None


@dataclass(frozen=True)
class Ending:
    """What a cohort comes to for one member."""

    change: int
    coins: int
    free: bool
    cooldown: timedelta


@dataclass(frozen=True)
class Told:
    """What a submission answers."""

    improved: bool
    previous: int
    score: int
    subscore: int
    submissions: int
    rank: int


class Model:
    """Events that begin every Monday from `start` on, and everybody who plays in them."""

    def __init__(self, events: Mapping[str, Mapping[str, Any]], start: datetime) -> None:
        self.events = events
        self.start = start
        self.now = start
        self.boards: dict[str, Board] = {}
        self.entries: dict[tuple[str, str], Entry] = {}
        self.wallets: dict[str, int] = {}
        self._changes = 0

    # --- The calendar (E10)

    def week(self) -> int:
        return (self.now - self.start) // WEEK

    def active_end(self, event: str, week: int) -> datetime:
        return self.start + week * WEEK + timedelta(seconds=self.events[event].get("duration", 7 * 86400))

    def is_active(self, event: str) -> bool:
        return self.now < self.active_end(event, self.week())

    # --- What designers wrote

    def size(self, board: Board) -> int:
        return self._override(board, "cohort_size", 100)

    def _override(self, board: Board, key: str, default: int) -> int:
        event = self.events[board.event]
        own = event.get("tier_overrides", {}).get(str(board.tier), {})
        return int(own.get(key, event.get(key, default)))

    def _zone(self, event: str, tier: int) -> Mapping[str, Any]:
        zone: Mapping[str, Any] = self.events[event].get("change_zones", {}).get(str(tier), {})
        return zone

    def _delta(self, event: str, tier: int) -> int:
        own = self.events[event].get("tier_overrides", {}).get(str(tier), {})
        return int(own.get("tier_delta_per_phase", self.events[event].get("tier_delta_per_phase", 0)))

    def _bracket(self, board: Board, rank: int) -> Mapping[str, Any]:
        brackets = self.events[board.event].get("reward_tiers", {}).get(str(board.tier), [])
        return next((one for one in brackets if one["rank_min"] <= rank <= one["rank_max"]), {})

    def _clamped(self, event: str, tier: int) -> int:
        return max(0, min(tier, int(self.events[event].get("tiers", 1)) - 1))

    # --- Order (E40)

    def order(self, board: Board) -> list[Member]:
        """Finishers as they finished, then the others who submitted, then the idle as they came."""
        finished = sorted((one for one in board.members if one.finished), key=lambda one: one.finished)
        playing = [one for one in board.members if one.submissions and not one.finished]
        idle = sorted((one for one in board.members if not one.submissions), key=lambda one: one.joined)
        return finished + sorted(playing, key=lambda one: self._place(board.event, one)) + idle

    def rank(self, board: Board, member: Member) -> int:
        return self.order(board).index(member) + 1

    def _place(self, event: str, member: Member) -> tuple[int, int, int]:
        score, subscore = self._signs(event)
        return score * member.score, subscore * member.subscore, member.reached

    def _signs(self, event: str) -> tuple[int, int]:
        """By what to multiply, so that less is better."""
        ascending = self.events[event].get("ascending", False)
        subscore_ascending = self.events[event].get("subscore_ascending", ascending)
        return (1 if ascending else -1), (1 if subscore_ascending else -1)

    # --- Completion (E50)

    def is_complete(self, board: Board) -> bool:
        if board.sealed or self.now >= self.active_end(board.event, board.week):
            return True
        return self._is_decided(board) or self._is_spent(board)

    def is_complete_for(self, entry: Entry) -> bool:
        return entry.member.finished > 0 or self.is_complete(entry.board)

    def _is_decided(self, board: Board) -> bool:
        event = self.events[board.event]
        wanted = event.get("score_target_players", 1)
        return bool(event.get("score_target")) and sum(one.finished > 0 for one in board.members) >= wanted

    def _is_spent(self, board: Board) -> bool:
        is_full = len(board.members) >= self.size(board)
        return is_full and all(
            one.finished or self._is_late(board, one) or self._is_used_up(board, one) for one in board.members
        )

    def _is_late(self, board: Board, member: Member) -> bool:
        limit = self.events[board.event].get("score_time_limit_sec", 0)
        return limit > 0 and self.now >= member.joined_at + timedelta(seconds=limit)

    def _is_used_up(self, board: Board, member: Member) -> bool:
        return 0 < int(self.events[board.event].get("max_num_score", 0)) <= member.submissions

    # --- Outcomes (E25, E26, E53, E61, E70 to E73)

    def ending(self, board: Board, member: Member, *, at_expiry: bool) -> Ending:
        rank, idle = self.rank(board, member), member.submissions == 0
        moved = self._clamped(board.event, board.tier + self._ruling(board, member, rank, at_expiry=at_expiry))
        change = moved - board.tier
        bracket = {} if idle else self._bracket(board, rank)
        cooldown = bracket.get("roll_cooldown_sec", self.events[board.event].get("roll_cooldown_sec", 0))
        word = {1: "promotion", 0: "nochange", -1: "demotion"}[(change > 0) - (change < 0)]
        frozen = self._zone(board.event, board.tier).get(f"{word}_reroll_count_freeze", False)
        return Ending(
            change=change,
            coins=bracket.get("reward", {}).get("guaranteed", {}).get("currencies", {}).get("coins", {}).get("min", 0),
            free=not idle and bool(bracket.get("reroll_count_freeze", False) or frozen),
            cooldown=timedelta(seconds=cooldown),
        )

    def _ruling(self, board: Board, member: Member, rank: int, *, at_expiry: bool) -> int:
        if len(board.members) < self.events[board.event].get("min_cohort_size", 0):
            return 0
        zone, idle = self._zone(board.event, board.tier), member.submissions == 0
        if not {"promotion", "demotion", "demote_idle"} & set(zone):
            change = int(self._bracket(board, rank).get("tier_change", 0))
            return min(change, 0) if idle else change
        n = self._n(board, member)
        up, down = self._zone_sizes(board, n)
        if rank <= up:
            return -1 if idle and at_expiry and zone.get("demote_idle") else 0 if idle else 1
        if rank > n - down:
            return -1
        return -1 if idle and at_expiry and zone.get("demote_idle") else 0

    def _n(self, board: Board, member: Member) -> int:
        others_play_on = member.finished and not member.ended_all
        if others_play_on or self._zone(board.event, board.tier).get("use_max_cohort_size"):
            return self.size(board)
        return len(board.members)

    def _zone_sizes(self, board: Board, n: int) -> tuple[int, int]:
        zone = self._zone(board.event, board.tier)
        promotion, demotion = Fraction(str(zone.get("promotion", 0))), Fraction(str(zone.get("demotion", 0)))
        up, down = floor(n * promotion), floor(n * demotion)
        if promotion:
            up = max(up, 1)
        if demotion and n == len(board.members) >= 3 and not zone.get("use_max_cohort_size"):
            down = max(down, 1)
        return up, down

    # --- Tiers (E70 to E75)

    def roll_tier(self, player: str, event: str) -> int:
        entry = self.entries.get((player, event))
        if entry is None:
            return int(self.events[event].get("start_tier", 0))
        tier = entry.board.tier
        if entry.board.week == self.week():
            moves = self.events[event].get("tier_change_on_reroll", True)
            return tier + (self.ending(entry.board, entry.member, at_expiry=False).change if moves else 0)
        after = self._clamped(event, tier + self._change_of_week(entry))
        after = self._clamped(event, after + self._delta(event, tier))
        return self._after_missed(event, after, self.week() - entry.board.week - 1)

    def _change_of_week(self, entry: Entry) -> int:
        if entry.member.submissions == 0 and entry.played_change is not None:
            moves = self.events[entry.board.event].get("tier_change_on_reroll", True)
            return 0 if moves else entry.played_change
        return self.ending(entry.board, entry.member, at_expiry=True).change

    def _after_missed(self, event: str, tier: int, weeks: int) -> int:
        left = self.events[event].get("max_idle_tier_drop", 10**6)
        for _ in range(weeks):
            for step in (-int(self._zone(event, tier).get("demote_idle", False)), self._delta(event, tier)):
                after = self._clamped(event, tier + max(step, -left))
                left -= max(tier - after, 0)
                tier = after
        return tier

    # --- What is refused (E20, E30, E60), by the reason's name

    def roll_refusal(self, player: str, event: str, *, claims: bool) -> str | None:
        entry, config = self.entries.get((player, event)), self.events[event]
        if not self.is_active(event):
            return "EVENT_NOT_ACTIVE"
        closes = timedelta(seconds=config.get("roll_closes_sec", 0))
        if self.now >= self.active_end(event, self.week()) - closes:
            return "ROLLS_CLOSED"
        if entry is None:
            return None
        if not self.is_complete_for(entry):
            return "COHORT_NOT_COMPLETE"
        if not (claims or config.get("auto_claim")) and self.claim_refusal(player, event) is None:
            return "REWARD_UNCLAIMED"
        return self._reroll_refusal(entry) if entry.board.week == self.week() else None

    def _reroll_refusal(self, entry: Entry) -> str | None:
        ending = self.ending(entry.board, entry.member, at_expiry=False)
        max_rolls = self.events[entry.board.event].get("max_rolls", 0)
        if max_rolls >= 0 and entry.rolls_used >= max(max_rolls, 1) and not ending.free:
            return "NO_ROLLS_LEFT"
        return "ROLL_COOLDOWN_ACTIVE" if self.now < entry.rolled_at + ending.cooldown else None

    def claim_refusal(self, player: str, event: str) -> str | None:
        entry = self.entries.get((player, event))
        if entry is None:
            return "COHORT_NOT_JOINED"
        if not self.is_complete_for(entry):
            return "COHORT_NOT_COMPLETE"
        if entry.member.claimed:
            return "ALREADY_CLAIMED"
        if entry.member.submissions == 0:
            return "NOTHING_TO_CLAIM"
        expiry = self.events[event].get("claim_expiry_sec")
        expired_at = self.start + (entry.board.week + 1) * WEEK + timedelta(seconds=expiry or 0)
        return "CLAIM_EXPIRED" if expiry is not None and self.now >= expired_at else None

    def submit_refusal(self, player: str, event: str) -> str | None:
        entry = self.entries.get((player, event))
        if entry is None:
            return "COHORT_NOT_JOINED"
        if self.is_complete_for(entry):
            return "COHORT_COMPLETE"
        if self._is_late(entry.board, entry.member):
            return "TIME_LIMIT_OVER"
        return "ATTEMPTS_USED_UP" if self._is_used_up(entry.board, entry.member) else None

    def score_refusal(self, event: str, score: int, operator: str | None) -> str | None:
        config = self.events[event]
        own = config.get("operator", "best").lower()
        if operator not in (None, own) and not config.get("allow_operator_override"):
            return "OPERATOR_OVERRIDE_FORBIDDEN"
        least = 0 if (operator or own) in ("incr", "decr") else -(10**9)
        return None if least <= score <= config.get("score_max", 10**9) else "SCORE_OUT_OF_BOUNDS"

    def unenrol_refusal(self, player: str, event: str) -> str | None:
        entry = self.entries.get((player, event))
        if entry is None:
            return "COHORT_NOT_JOINED"
        return "COHORT_COMPLETE" if entry.board.sealed else None

    # --- What players do

    def best_boards(self, player: str, event: str) -> set[str]:
        """Ids of the cohorts that a roll may go to, all equally good (E22); none: it makes a new one."""
        tier, entry = self.roll_tier(player, event), self.entries.get((player, event))
        is_reroll = entry is not None and entry.board.week == self.week()
        met = self._met(player, event) if is_reroll else set()
        wishes = {
            cohort_id: (
                any(one.player in met for one in board.members),
                any(one.finished for one in board.members),
                -len(board.members),
                board.created_at,
            )
            for cohort_id, board in self.boards.items()
            if (board.event, board.week, board.tier) == (event, self.week(), tier) and self._takes(board, player)
        }
        return {cohort_id for cohort_id, wish in wishes.items() if wish == min(wishes.values())}

    def _takes(self, board: Board, player: str) -> bool:
        has_place = len(board.members) < self.size(board) and not self.is_complete(board)
        return has_place and all(one.player != player for one in board.members)

    def _met(self, player: str, event: str) -> set[str]:
        shared = [
            {one.player for one in board.members}
            for board in self.boards.values()
            if (board.event, board.week) == (event, self.week())
        ]
        return set().union(*(names for names in shared if player in names)) - {player}

    def roll(self, player: str, event: str, cohort_id: str, metadata: str, *, claims: bool) -> None:
        """Join the cohort of that id, which is a new one if nobody has heard of it."""
        tier, entry = self.roll_tier(player, event), self.entries.get((player, event))
        rolls_used, best_rank, played = self._carried(entry)
        if entry is not None:
            self._seal(entry.board)
            if (claims or self.events[event].get("auto_claim")) and self.claim_refusal(player, event) is None:
                self.claim(player, event)
        board = self.boards.setdefault(cohort_id, Board(event, self.week(), tier, self.now))
        member = Member(player, self._change(), self.now, metadata)
        board.members.append(member)
        self.entries[player, event] = Entry(board, member, rolls_used, self.now, best_rank, played)

    def _carried(self, entry: Entry | None) -> tuple[int, int | None, int | None]:
        """What of the last cohort lives on in this week: rolls used with this one, best rank, tier change played for."""
        if entry is None or entry.board.week != self.week():
            return 1, None, None
        ending = self.ending(entry.board, entry.member, at_expiry=False)
        rolls_used = entry.rolls_used + (not ending.free)
        if entry.member.submissions == 0:
            return rolls_used, entry.best_rank, entry.played_change
        return rolls_used, self.best_rank(entry), ending.change

    def best_rank(self, entry: Entry) -> int | None:
        ranks = [] if entry.best_rank is None else [entry.best_rank]
        if entry.member.submissions:
            ranks.append(self.rank(entry.board, entry.member))
        return min(ranks, default=None)

    def submit(
        self,
        player: str,
        event: str,
        score: int,
        subscore: int,
        operator: str | None,
        metadata: str | None,
        *,
        conditional: bool,
    ) -> Told:
        entry = self.entries[player, event]
        member, change = entry.member, self._change()
        before = (member.score, member.subscore)
        first = member.submissions == 0
        pair = self._combined(event, member, (score, subscore), operator)
        improved = first or self._worth(event, pair) < self._worth(event, before)
        member.score, member.subscore = pair
        member.submissions += 1
        if first or pair != before:
            member.reached = change
        if metadata is not None and (first or pair != before or not conditional):
            member.metadata = metadata
        if not member.finished and self._reaches_target(event, pair[0]):
            member.finished = change
            member.ended_all = self.is_complete(entry.board)
        rank = self.rank(entry.board, member)
        return Told(improved, before[0], member.score, member.subscore, member.submissions, rank)

    def _worth(self, event: str, pair: tuple[int, int]) -> tuple[int, int]:
        score, subscore = self._signs(event)
        return score * pair[0], subscore * pair[1]

    def _combined(self, event: str, member: Member, pair: tuple[int, int], operator: str | None) -> tuple[int, int]:
        here = (member.score, member.subscore)
        match operator or self.events[event].get("operator", "best").lower():
            case "incr":
                return here[0] + pair[0], here[1] + pair[1]
            case "decr":
                return here[0] - pair[0], here[1] - pair[1]
            case "set":
                return pair
        if member.submissions == 0:
            return pair
        return min(here, pair, key=lambda one: self._worth(event, one))

    def _reaches_target(self, event: str, score: int) -> bool:
        config = self.events[event]
        target = config.get("score_target", 0)
        return bool(target) and bool(score <= target if config.get("ascending") else score >= target)

    def claim(self, player: str, event: str) -> int:
        """Take the reward, and return how many coins it was."""
        entry = self.entries[player, event]
        self._seal(entry.board)
        entry.member.claimed = True
        if player not in entry.board.paid:
            coins = entry.board.paid[player] = self.ending(entry.board, entry.member, at_expiry=False).coins
            self.wallets[player] = self.wallets.get(player, 0) + coins
        return entry.board.paid[player]

    def settle(self) -> None:
        """Seal what is over, and pay who need not claim himself."""
        for player, event in self.entries:
            if self.events[event].get("auto_claim") and self.claim_refusal(player, event) is None:
                self.claim(player, event)
        for board in self.boards.values():
            self._seal(board)

    def unenrol(self, player: str, event: str) -> None:
        """Leave, as if he had never joined: a finish that ended the race may then be one that others play on after."""
        entry = self.entries.pop((player, event))
        board = entry.board
        board.members.remove(entry.member)
        for one in board.members:
            one.ended_all = one.ended_all and self._is_decided(board)

    def _seal(self, board: Board) -> None:
        board.sealed = board.sealed or self.is_complete(board)

    def _change(self) -> int:
        self._changes += 1
        return self._changes
