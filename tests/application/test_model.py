"""The use cases on a real store against a naive model of the rules, in random games (E20 to E81).

After every step both must tell the same story: the order of every cohort, ranks, scores, tiers, flags, wallets. A store joins
by one more entry in STORES.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import event as note
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server.application.standing_pages import Standings
from server.application.submitting import Submitted
from server.domain.errors import DomainError
from server.domain.event_leaderboards.definition import Operator
from server.domain.event_leaderboards.view import EventView, Flags
from server.domain.ids import CohortId, EventId, PlayerId
from server.ports.store import Store
from server.storage.postgres.store import PostgresStore
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.application.model import Board, Entry, Member, Model
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK
from tests.postgres import DATABASES, NEWEST
from tests.world import Game, ManualClock, game

T = TypeVar("T")

StoreOpener = Callable[[], Awaitable[Store]]
"""Opens a store that nobody has played on."""


async def postgres_store() -> Store:
    """An empty database on the newest PostgreSQL."""
    return await PostgresStore.open(await DATABASES.fresh(NEWEST))


STORES: dict[str, StoreOpener] = {
    "sqlite": lambda: SqliteStore.open(EPHEMERAL),
    "forgetful-sqlite": lambda: SqliteStore.open(EPHEMERAL, remembered=1),
    "postgres": postgres_store,
}

PLAYERS = ("ann", "bob", "cid", "dan", "eve", "fay")
EVENTS = ("ladder", "race")
OPERATORS = {"best": Operator.BEST, "set": Operator.SET, "incr": Operator.INCREMENT, "decr": Operator.DECREMENT}


def coins(rank_min: int, rank_max: int, amount: int, **options: Any) -> dict[str, Any]:
    """A bracket whose reward is certain, so that the model need not throw dice."""
    reward = {"guaranteed": {"currencies": {"coins": {"min": amount}}}}
    return {"rank_min": rank_min, "rank_max": rank_max, "reward": reward, **options}


LADDER: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "duration": 5 * 86400,
    "roll_closes_sec": 3600,
    "claim_expiry_sec": 3 * 86400,
    "cohort_size": 4,
    "min_cohort_size": 2,
    "tiers": 4,
    "start_tier": 2,
    "max_idle_tier_drop": 1,
    "tier_overrides": {"3": {"cohort_size": 2, "tier_delta_per_phase": -1}},
    "change_zones": {
        "0": {"promotion": 0.34},
        "1": {"promotion": 0.29, "demotion": 0.2, "demote_idle": True},
        "2": {"promotion": 0.34, "demotion": 0.5, "demote_idle": True, "use_max_cohort_size": True},
    },
    "reward_tiers": {
        "0": [coins(1, 1, 3)],
        "1": [coins(1, 1, 10), coins(3, 4, 1)],
        "2": [coins(1, 2, 100)],
        "3": [coins(1, 1, 1000), {"rank_min": 2, "rank_max": 2, "tier_change": -2}],
    },
    "allow_operator_override": True,
    "score_max": 6,
}

RACE: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "cohort_size": 3,
    "tiers": 3,
    "max_num_score": 3,
    "score_target_players": 2,
    "score_time_limit_sec": 1800,
    "roll_cooldown_sec": 900,
    "change_zones": {
        "0": {"promotion": 0.5, "promotion_reroll_count_freeze": True},
        "1": {"promotion": 0.3, "demotion": 0.5, "nochange_reroll_count_freeze": True},
        "2": {"demotion_reroll_count_freeze": True},
    },
    "reward_tiers": {
        "0": [coins(1, 1, 20, roll_cooldown_sec=0), coins(2, 3, 2)],
        "1": [coins(1, 2, 30, reroll_count_freeze=True)],
        "2": [coins(1, 1, 50, roll_cooldown_sec=60), {"rank_min": 3, "rank_max": 3, "tier_change": -1}],
    },
}

COURSES: tuple[dict[str, Any], ...] = (
    {"operator": "INCR", "score_target": 8},
    {"operator": "decrement", "ascending": True, "score_target": -6},
    {"operator": "set", "score_target": 5, "allow_operator_override": True},
    {"operator": "best", "ascending": True, "subscore_ascending": False, "score_target": -2},
)
"""Ways to run the race; the model reads the short operator names only."""

SPANS = (SECOND, 7 * MINUTE + SECOND, 31 * MINUTE + SECOND, 5 * HOUR + SECOND, DAY + SECOND, WEEK + SECOND)
"""Odd seconds, so that no time limit ends in the microseconds by which the server orders changes of one instant."""

TURNS = st.lists(
    st.none() | st.tuples(st.integers(-3, 6), st.integers(0, 1)), min_size=len(PLAYERS), max_size=len(PLAYERS)
)
"""What each player submits in a round: score and subscore, or nothing."""


@dataclass(frozen=True)
class Sent:
    """An accepted call that may be sent again, and what it answered."""

    player: str
    event: str
    request_id: str
    arguments: dict[str, Any]
    answer: Any
    at: Any


class World:
    """A game that lives in one task of its own loop, so that it ends in the task in which it began."""

    def __init__(self, open_store: StoreOpener, events: dict[str, Any]) -> None:
        self.clock = ManualClock(MONDAY)
        self._folder = TemporaryDirectory(prefix="laurel-model-")
        self._runner = asyncio.Runner()
        self._over = asyncio.Event()
        try:
            self.game = self.run(self._begin(open_store, events))
        except BaseException:
            self._runner.close()
            self._folder.cleanup()
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.get_loop().run_until_complete(work)  # without the signal handling that `run` does each time

    async def _begin(self, open_store: StoreOpener, events: dict[str, Any]) -> Game:
        begun: asyncio.Future[Game] = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live(open_store, events, begun))
        self._life.add_done_callback(lambda life: _pass_on(life, begun))
        return await begun

    async def _live(self, open_store: StoreOpener, events: dict[str, Any], begun: asyncio.Future[Game]) -> None:
        store = await open_store()
        try:
            async with game(Path(self._folder.name), events, store=store, clock=self.clock) as playing:
                begun.set_result(playing)
                await self._over.wait()
        finally:
            await store.close()

    async def _end(self) -> None:
        self._over.set()
        await self._life

    def close(self) -> None:
        try:
            self.run(self._end())
        finally:
            self._runner.close()
            self._folder.cleanup()


def _pass_on(life: asyncio.Task[None], begun: asyncio.Future[Game]) -> None:
    """Tell who waits for the game that it ended before it began."""
    if not begun.done():
        begun.set_exception(life.exception() or EOFError("the game is over"))


class Play(RuleBasedStateMachine):
    """Six players, a ladder and a race; every call is foretold by the model."""

    open_store: ClassVar[StoreOpener]

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.changed: set[str] = set()
        self.submissions: list[Sent] = []
        self.rolls: list[Sent] = []
        self.claims: list[Sent] = []
        self.ids = 0

    def teardown(self) -> None:
        if self.world is not None:
            self.world.close()

    @initialize(
        course=st.sampled_from(COURSES), max_rolls=st.sampled_from([2, -1]), flags=st.tuples(*[st.booleans()] * 2)
    )
    def begin(self, course: dict[str, Any], max_rolls: int, flags: tuple[bool, bool]) -> None:
        auto_claim, moves = flags
        race = {**RACE, **course, "max_rolls": max_rolls, "auto_claim": auto_claim, "tier_change_on_reroll": moves}
        self.world = World(type(self).open_store, {"ladder": LADDER, "race": race})
        short = {"INCR": "incr", "decrement": "decr"}
        plain = {**race, "operator": short.get(race["operator"], race["operator"])}
        self.model = Model({"ladder": LADDER, "race": plain}, MONDAY)

    # --- What can happen

    @rule(player=st.sampled_from(PLAYERS), event=st.sampled_from(EVENTS), claims=st.booleans())
    def roll(self, player: str, event: str, claims: bool) -> None:
        expected = self.model.roll_refusal(player, event, claims=claims)
        best = self.model.best_boards(player, event) if expected is None else set()
        metadata = f'{{"by":"{player}"}}'
        options = {"claim_reward": claims, "metadata": metadata}
        request_id = self._request_id()
        rolled = self._call(expected, self.playing.roll(player, event, request_id=request_id, **options))
        if rolled is None:
            return
        if best:
            assert rolled.cohort_id in best, "E22: another open cohort is preferred"
        else:
            assert rolled.cohort_id not in self.model.boards, "E51: the cohort takes nobody"
        self.model.roll(player, event, rolled.cohort_id, metadata, claims=claims)
        self.rolls.append(Sent(player, event, request_id, options, rolled.cohort_id, self.model.now))
        self._touch(player, event)

    @rule(
        player=st.sampled_from(PLAYERS),
        event=st.sampled_from(EVENTS),
        score=st.integers(-3, 7),
        subscore=st.integers(0, 1),
        operator=st.sampled_from([None, None, None, *OPERATORS]),
        metadata=st.sampled_from([None, '{"lap":1}', '{"lap":2}']),
        conditional=st.booleans(),
    )
    def submit(
        self,
        player: str,
        event: str,
        score: int,
        subscore: int,
        operator: str | None = None,
        metadata: str | None = None,
        conditional: bool = False,
    ) -> None:
        expected = self.model.submit_refusal(player, event) or self.model.score_refusal(event, score, operator)
        options = {
            "subscore": subscore,
            "operator": None if operator is None else OPERATORS[operator],
            "metadata": metadata,
            "conditional_metadata_update": conditional,
        }
        request_id = self._request_id()
        submitted = self._call(expected, self.playing.submit(player, score, event, request_id=request_id, **options))
        if submitted is None:
            return
        told = self.model.submit(player, event, score, subscore, operator, metadata, conditional=conditional)
        assert answer_of(submitted) == (
            told.improved,
            told.previous,
            told.score,
            told.subscore,
            told.submissions,
            told.rank,
        )
        assert flags_of(submitted.flags) == self._flags(player, event)
        self.submissions.append(Sent(player, event, request_id, {"score": score, **options}, submitted, self.model.now))
        self._touch(player, event)

    @rule(event=st.sampled_from(EVENTS), turns=TURNS, span=st.sampled_from(SPANS[:3]), order=st.permutations(PLAYERS))
    def a_round(self, event: str, turns: list[tuple[int, int] | None], span: timedelta, order: list[str]) -> None:
        """Whoever may, rolls and submits: what needs many calls in the right order is reached in a few steps."""
        for player, turn in zip(order, turns, strict=True):
            self.roll(player, event, True)
            if turn is not None:
                self.submit(player, event, *turn)
                self.submit(player, event, *turn, None, '{"lap":3}', conditional=True)
        self.advance(span)

    @rule(turns=TURNS, weeks=st.integers(1, 3))
    def weeks_on_the_ladder(self, turns: list[tuple[int, int] | None], weeks: int) -> None:
        """A week is played to its end, and some more are missed: what moves tiers."""
        self.a_round("ladder", turns, SECOND, list(PLAYERS))
        self.advance_to_the_end("ladder", False, True)
        self.advance((weeks - 1) * WEEK + SECOND)

    def claim(self, player: str, event: str) -> None:
        expected = self.model.claim_refusal(player, event)
        request_id = self._request_id()
        claimed = self._call(expected, self.playing.claim(player, event, request_id))
        if claimed is None:
            return
        won = self.model.claim(player, event)
        assert claimed.grant.reward.currencies == ({"coins": won} if won else {})
        self.claims.append(Sent(player, event, request_id, {}, claimed.grant, self.model.now))

    @rule(player=st.sampled_from(PLAYERS), event=st.sampled_from(EVENTS))
    def claim_twice(self, player: str, event: str) -> None:
        for _ in range(2):
            self.claim(player, event)

    @rule()
    def everybody_claims(self) -> None:
        for event in EVENTS:
            for player in PLAYERS:
                self.claim(player, event)

    @rule()
    def settle(self) -> None:
        for _ in range(100):
            if not self._run(self.playing.use.settle_cohorts()):
                break
        else:
            raise AssertionError("settlement finds the same work again and again")
        self.model.settle()
        self.changed |= {name for name, board in self.model.boards.items() if board.week >= self.model.week() - 1}

    @rule(player=st.sampled_from(PLAYERS), event=st.sampled_from(EVENTS))
    def unenrol(self, player: str, event: str) -> None:
        expected = self.model.unenrol_refusal(player, event)
        self._touch(player, event)
        self._call(expected, self.playing.use.unenrol_player(PlayerId(player), EventId(event)))
        if expected is None:
            self.model.unenrol(player, event)

    @rule(span=st.sampled_from(SPANS))
    def advance(self, span: timedelta) -> None:
        self.playing.clock.advance(span)
        self.model.now += span

    @rule(event=st.sampled_from(EVENTS), early=st.booleans(), expiry=st.booleans())
    def advance_to_the_end(self, event: str, early: bool, expiry: bool) -> None:
        """Go to a bound itself, for intervals are half-open (E11), or so close before it that stamps still have room (E36)."""
        week = self.model.week()
        end = MONDAY + (week + 1) * WEEK if expiry else self.model.active_end(event, week)
        span = end - self.model.now - early * timedelta(milliseconds=1)
        if span > timedelta():
            self.advance(span)

    # --- What is sent again (E35)

    @precondition(lambda self: self.submissions)
    @rule(data=st.data(), again=st.booleans())
    def repeat_a_submission(self, data: st.DataObject, again: bool) -> None:
        """Those of the last ten minutes are remembered for sure; another body is refused."""
        sent = self._drawn(data, self.submissions, 10 * MINUTE)
        if sent is None:
            return
        arguments = sent.arguments if again else {**sent.arguments, "score": sent.arguments["score"] + 1}
        work = self.playing.submit(sent.player, event=sent.event, request_id=sent.request_id, **arguments)
        submitted = self._call(None if again else "REQUEST_ID_REUSED", work)
        if submitted is not None:
            assert submitted.is_repeat
            assert answer_of(submitted) == answer_of(sent.answer)
            assert (submitted.revision, submitted.cohort_id) == (sent.answer.revision, sent.answer.cohort_id)

    @precondition(lambda self: self.rolls)
    @rule(data=st.data(), again=st.booleans())
    def repeat_a_roll(self, data: st.DataObject, again: bool) -> None:
        sent = self._drawn(data, self.rolls, DAY)
        if sent is None:
            return
        arguments = sent.arguments if again else {**sent.arguments, "metadata": '{"other":1}'}
        work = self.playing.roll(sent.player, sent.event, request_id=sent.request_id, **arguments)
        rolled = self._call(None if again else "REQUEST_ID_REUSED", work)
        assert rolled is None or rolled.cohort_id == sent.answer

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def repeat_a_claim(self, data: st.DataObject) -> None:
        sent = self._drawn(data, self.claims, DAY)
        if sent is not None:
            claimed = self._call(None, self.playing.claim(sent.player, sent.event, sent.request_id))
            assert claimed is not None
            assert claimed.grant == sent.answer

    # --- What must hold after every step

    @invariant()
    def server_and_model_agree(self) -> None:
        self._run(self._compare_all())

    async def _compare_all(self) -> None:
        """In one turn of the loop: there are a dozen views to look at after each step."""
        for event in EVENTS:
            for player in PLAYERS:
                await self._compare(player, event)
        for cohort_id in self.changed:
            await self._compare_board(cohort_id, self.model.boards[cohort_id])
        self.changed.clear()
        for player in PLAYERS:
            wallet = await self.playing.use.get_wallet(PlayerId(player))
            assert wallet.get("coins", 0) == self.model.wallets.get(player, 0), f"E63: wallet of {player}"

    async def _compare(self, player: str, event: str) -> None:
        shown = await self.playing.use.get_event_leaderboard(PlayerId(player), EventId(event), Standings.COHORT)
        view, entry = shown.view, self.model.entries.get((player, event))
        assert flags_of(view.flags) == self._flags(player, event), f"E80: flags of {player} in {event}"
        assert (view.tier, view.pending_tier_change) == self._tiers(player, event), f"E81: tier of {player} in {event}"
        self._compare_week(view, entry)
        if view.own is None or entry is None:
            assert shown.rows == []
            return
        assert view.own.rank == self.model.rank(entry.board, entry.member)
        endings = [
            (place, one.player, self.model.ending(entry.board, one, at_expiry=True).change)
            for place, one in enumerate(self.model.order(entry.board), 1)
        ]
        assert [(row.rank, row.participant.player_id, row.tier_delta) for row in shown.rows] == endings, "E40, E41"

    def _compare_week(self, view: EventView, entry: Entry | None) -> None:
        """What a player has done in the running week; it begins with nothing (E25)."""
        if entry is None or entry.board.week != self.model.week():
            assert (view.rolls_used, view.best_rank, view.is_reroll_free) == (0, None, False)
            return
        is_complete = self.model.is_complete_for(entry)
        free = is_complete and self.model.ending(entry.board, entry.member, at_expiry=False).free
        expected = (entry.rolls_used, self.model.best_rank(entry), free)
        assert (view.rolls_used, view.best_rank, view.is_reroll_free) == expected, "E25: rolls of the week"

    async def _compare_board(self, cohort_id: str, board: Board) -> None:
        standings = await self.playing.store.read(lambda view: view.standings_of(CohortId(cohort_id), 1, 100))
        cohort = await self.playing.store.read(lambda view: view.cohort_of(CohortId(cohort_id)))
        assert cohort is not None
        assert (cohort.tier, cohort.size) == (board.tier, self.model.size(board))
        assert (cohort.tally.sealed_at is not None) == board.sealed, "E52: the seal"
        assert cohort.tally.participant_count == len(standings) <= cohort.size, "E21"
        rows = [
            (
                one.player_id,
                one.result.score,
                one.result.subscore,
                one.result.submission_count,
                one.result.metadata,
                one.result.finished_at is not None,
                one.claimed_at is not None,
            )
            for one in standings
        ]
        assert rows == [row_of(one) for one in self.model.order(board)], "E40: the order of a cohort"

    def _flags(self, player: str, event: str) -> tuple[bool, ...]:
        """The flags are true exactly when the calls would succeed (E80)."""
        model = self.model
        return (
            model.is_active(event),
            model.submit_refusal(player, event) is None,
            model.claim_refusal(player, event) is None,
            model.roll_refusal(player, event, claims=False) is None,
            model.roll_refusal(player, event, claims=True) is None,
        )

    def _tiers(self, player: str, event: str) -> tuple[int, int]:
        """The tier of his cohort while it is incomplete for him or unclaimed, and what a roll would add to it (E81)."""
        model, entry = self.model, self.model.entries.get((player, event))
        if entry is None:
            return model.roll_tier(player, event), 0
        if not model.is_complete_for(entry):
            return entry.board.tier, 0
        after = model.roll_tier(player, event)
        if model.claim_refusal(player, event) is None:
            return entry.board.tier, after - entry.board.tier
        return after, 0

    # --- Small words

    @property
    def playing(self) -> Game:
        assert self.world is not None
        return self.world.game

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        assert self.world is not None
        return self.world.run(work)

    def _call(self, expected: str | None, work: Coroutine[Any, Any, T]) -> T | None:
        """Do what the model has judged: it must be refused for that reason, or succeed."""
        note(f"{getattr(work, '__name__', '')}: {expected or 'done'}")
        try:
            answer = self._run(work)
        except DomainError as refusal:
            assert refusal.reason == expected, f"refused for {refusal.reason}, expected {expected or 'success'}"
            return None
        assert expected is None, f"succeeded, expected {expected}"
        return answer

    def _touch(self, player: str, event: str) -> None:
        entry = self.model.entries.get((player, event))
        self.changed |= {name for name, board in self.model.boards.items() if entry and board is entry.board}

    def _request_id(self) -> str:
        self.ids += 1
        return f"r{self.ids}"

    def _drawn(self, data: st.DataObject, sent: list[Sent], kept_for: timedelta) -> Sent | None:
        young = [one for one in sent if self.model.now - one.at < kept_for]
        return data.draw(st.sampled_from(young)) if young else None


def row_of(member: Member) -> tuple[object, ...]:
    return (
        member.player,
        member.score,
        member.subscore,
        member.submissions,
        member.metadata,
        member.finished > 0,
        member.claimed,
    )


def answer_of(told: Submitted) -> tuple[object, ...]:
    return (told.is_improved, told.previous_score, told.score, told.subscore, told.submission_count, told.rank)


def flags_of(flags: Flags) -> tuple[bool, ...]:
    return (flags.is_active, flags.can_update, flags.can_claim, flags.can_roll, flags.can_roll_with_claim)


@pytest.mark.parametrize("store", STORES)
def test_e80_the_server_tells_the_same_story_as_the_naive_model(store: str) -> None:
    machine = type("Play", (Play,), {"open_store": staticmethod(STORES[store])})
    games = 10 if store == "postgres" else 32  # a game there takes ten times as long
    run_state_machine_as_test(machine, settings=settings(max_examples=games, stateful_step_count=40))
