"""Bots in the cohorts of a whole server: they come, move, make way, and look like players (L2 to L8)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.api.codec import event_leaderboards as encode
from server.api.pb import leaderboard_pb2 as boards
from server.application import tick_cohorts
from server.application.callers import Caller
from server.application.company_moves import CompanyMoves
from server.application.standing_pages import Standings
from server.application.store_beside_bots import StoreBesideBots
from server.domain.event_leaderboards.bot_courses import Competitor
from server.domain.event_leaderboards.cohort_bots import CohortBot, second_of
from server.domain.event_leaderboards.view import telling_of
from server.domain.ids import CohortId, EventId, PlayerId
from server.hooks.event_leaderboards import ModuleEventLeaderboards
from server.ports.store import Store, Transaction
from tests.application.cohort_bots import (
    SHADOW,
    Make,
    both_stores,
    bots,
    company,
    dump,
    event,
    going_to,
    postgres,
    revision,
    rows,
    sqlite,
    without_bots,
)
from tests.builders import HOUR, MINUTE, SECOND
from tests.postgres import Databases
from tests.world import Game, ManualClock, game


@both_stores
async def test_l2_bots_come_move_and_make_way(make: Make, tmp_path: Path, databases: Databases) -> None:
    async with AsyncExitStack() as held:
        store = await (await make(tmp_path, databases))()
        held.push_async_callback(store.close)
        drip = bots({"to": 4, "after_seconds": 10, "every_seconds": 10})
        playing = await held.enter_async_context(game(tmp_path, {"weekly": event(bots=drip)}, store=store))
        await playing.roll("ann")
        assert len(await rows(playing, "ann")) == 1
        playing.clock.advance(10 * SECOND)
        assert len(await rows(playing, "ann")) == 2
        playing.clock.advance(5 * MINUTE)
        full = await rows(playing, "ann")
        assert len(full) == 4
        assert [row.rank for row in full] == [1, 2, 3, 4]
        assert full[-1].participant.player_id == "ann"
        assert full[-1].prize_rank == 1
        view = await playing.view("ann")
        assert view.cohort is not None
        assert (view.cohort.shown_count, view.cohort.tally.participant_count) == (4, 1)
        for player in ("bob", "cid", "dan", "eve"):
            await playing.roll(player)
            there = await rows(playing, player)
            assert len(there) <= 5
        assert not any(row.is_bot for row in there)
        assert {row.participant.player_id for row in there} == {"ann", "bob", "cid", "dan", "eve"}
        fay = await playing.roll("fay")
        assert fay.cohort_id != view.cohort.cohort_id


@both_stores
async def test_l7_a_submission_is_ranked_among_all_and_for_prizes(
    make: Make, tmp_path: Path, databases: Databases
) -> None:
    async with AsyncExitStack() as held:
        store = await (await make(tmp_path, databases))()
        held.push_async_callback(store.close)
        playing = await held.enter_async_context(game(tmp_path, {"weekly": event()}, store=store))
        await playing.roll("ann")
        playing.clock.advance(300 * SECOND)
        first = await playing.submit("ann", 3, request_id="once")
        assert (first.rank, first.prize_rank, first.participant_count) == (5, 1, 5)
        again = await playing.submit("ann", 3, request_id="once")
        assert (again.rank, again.prize_rank, again.is_repeat) == (5, 1, True)
        best = await playing.submit("ann", 899)
        assert (best.rank, best.prize_rank) == (1, 1)
        page = await playing.use.list_standings(Caller("ann", PlayerId("ann")), best.cohort_id, b"", 2)
        assert [row.rank for row in page.rows] == [1, 2]
        assert page.next_key is not None
        after = await playing.use.list_standings(Caller("ann", PlayerId("ann")), best.cohort_id, page.next_key, 9)
        assert [row.rank for row in after.rows] == [3, 4, 5]
        assert after.rows[0].prize_rank == 2


async def test_l7_who_is_a_bot_is_told_to_those_who_may_know(tmp_path: Path) -> None:
    hidden, revealed = event(), event(reveal_bots=True)
    async with game(tmp_path, {"weekly": hidden, "open": revealed}) as playing:
        for name in ("weekly", "open"):
            await playing.roll("ann", name)
            found = await rows(playing, "ann", name)
            definition = (await playing.view("ann", name)).definition
            for is_trusted in (False, True):
                told = encode.standings(found, PlayerId("ann"), telling_of(definition, is_trusted=is_trusted))
                tells = is_trusted or name == "open"
                assert {one.kind for one in told} == (
                    {boards.PLAYER_KIND_PLAYER, boards.PLAYER_KIND_BOT} if tells else {boards.PLAYER_KIND_UNSPECIFIED}
                )
                assert [one.prize_rank for one in told if one.is_self] == [1]
                assert all(one.prize_rank == 0 for one in told if not one.is_self) is not tells
                assert {one.metadata for one in told} == {"{}"}
                assert len({len(one.player_id) for one in told if not one.is_self}) == 1


async def test_l8_bots_move_each_second_while_somebody_reads_and_then_rest(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": event()}) as playing:
        cohort = (await playing.roll("ann")).cohort_id
        playing.clock.advance(MINUTE)
        await playing.use.tick_cohorts()
        assert await company(playing.store, cohort) == []  # nobody has looked
        await rows(playing, "ann")
        scores, revisions = [], []
        for _ in range(4):
            playing.clock.advance(SECOND)
            await playing.use.tick_cohorts()
            scores.append([one.score for one in await company(playing.store, cohort)])
            revisions.append(await revision(playing, cohort))
            await playing.use.tick_cohorts()  # of one second there is one tick
            assert await revision(playing, cohort) == revisions[-1]
        assert scores == sorted(scores)
        assert scores[0] < scores[-1]
        assert revisions == sorted(set(revisions))


async def test_e82_made_up_players_take_bots_places_and_who_is_taken_out_leaves_his_to_another(
    tmp_path: Path,
) -> None:
    async with game(tmp_path, {"weekly": event()}) as playing:
        cohort = (await playing.roll("ann")).cohort_id
        await playing.roll("bob")
        assert sum(row.is_bot for row in await rows(playing, "ann")) == 3
        assert await playing.use.fill_cohort(PlayerId("ann"), EventId("weekly"), 4) == 2
        assert [sum(row.is_bot is kind for row in await rows(playing, "ann")) for kind in (False, True)] == [4, 1]
        await playing.use.unenrol_player(PlayerId("bob"), EventId("weekly"))
        playing.clock.advance(5 * SECOND)
        assert [sum(row.is_bot is kind for row in await rows(playing, "ann")) for kind in (False, True)] == [3, 2]
        everyone = await company(playing.store, cohort)
        assert len({one.player_id for one in everyone}) == len(everyone)
        assert max(one.generation for one in everyone) == 1


async def test_l4_bots_that_look_at_others_are_moved_once_a_minute_though_nobody_looks(tmp_path: Path) -> None:
    shadowed = bots(kinds={"runner": going_to(900, 600), "shadow": SHADOW})
    async with game(tmp_path, {"weekly": event(reset_schedule="@hourly", bots=shadowed)}) as playing:
        cohort = (await playing.roll("ann")).cohort_id
        seconds = []
        for _ in range(240):
            playing.clock.advance(SECOND)
            await playing.use.tick_cohorts()
            found = await playing.store.read(lambda view: view.cohort_of(cohort))
            assert found is not None
            assert found.tally.bots_at is not None
            seconds.append(second_of(found.tally.bots_at))
        assert len(set(seconds)) == 4
        seen = (await playing.store.read(lambda view: view.cohort_sightings_of([cohort])))[cohort]
        (leader,) = seen.values()
        assert [one.second for one in leader] == sorted({one.second for one in leader})
        assert len(leader) == 4


async def test_one_cohort_that_cannot_be_moved_keeps_no_other_from_moving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick_cohorts, "COHORTS_AT_ONCE", 1)
    async with game(tmp_path, {"weekly": event(), "other": event()}) as playing:
        cohorts = [(await playing.roll("ann", name)).cohort_id for name in ("weekly", "other")]
        for name in ("weekly", "other"):
            await rows(playing, "ann", name)
        moves = CompanyMoves.move

        async def failing(self: CompanyMoves, tx: Transaction, cohort_ids: Sequence[CohortId], now: datetime) -> Any:
            if cohorts[0] in cohort_ids:
                raise RuntimeError("a bug")
            return await moves(self, tx, cohort_ids, now)

        monkeypatch.setattr(CompanyMoves, "move", failing)
        before = [await company(playing.store, one) for one in cohorts]
        playing.clock.advance(30 * SECOND)
        await playing.use.tick_cohorts()
        assert [await company(playing.store, one) == was for one, was in zip(cohorts, before, strict=True)] == [
            True,
            False,
        ]


def visible(bots_: Sequence[CohortBot]) -> list[CohortBot]:
    """Bots but for what depends on who looked: who was seen first, and numbers of changes."""
    return [replace(one, has_led=False, joined_revision=0, standing_key=b"") for one in bots_]


@both_stores
async def test_l3_a_restart_changes_nothing_and_bots_go_on_as_if_there_was_none(
    make: Make, tmp_path: Path, databases: Databases
) -> None:
    open_store = await make(tmp_path, databases)
    shadowed = bots(kinds={"runner": going_to(900, 600), "shadow": SHADOW})
    clock = ManualClock()
    dumps = []
    for number in range(3):
        store = await open_store()
        async with game(tmp_path, {"weekly": event(bots=shadowed)}, store=store, clock=clock) as playing:
            if not number:
                cohort = (await playing.roll("ann")).cohort_id
                playing.clock.advance(100 * SECOND)
                await playing.submit("ann", 40)
                await rows(playing, "ann")
            else:
                assert await dump(store, cohort) == dumps[-1]
                await rows(playing, "ann")
                assert await dump(store, cohort) == dumps[-1]
                playing.clock.advance(50 * SECOND)
                await rows(playing, "ann")
            dumps.append(await dump(store, cohort))
        await store.close()
    assert len({str(one) for one in dumps}) == 3
    cohort_now, bots_now, _, seen = dumps[-1]
    assert cohort_now is not None
    await replay(open_store, tmp_path, clock, cohort, bots_now, seen[cohort])


async def replay(
    open_store: Callable[[], Awaitable[Store]],
    folder: Path,
    clock: ManualClock,
    cohort_id: CohortId,
    stored: Sequence[CohortBot],
    seen: Any,
) -> None:
    """Work out from what was seen alone where bots stand: as they stand in the store (L4)."""
    store = await open_store()
    chosen = event(bots=bots(kinds={"runner": going_to(900, 600), "shadow": SHADOW}))
    async with game(folder, {"weekly": chosen}, store=store, clock=clock) as playing:
        cohort = await store.read(lambda view: view.cohort_of(cohort_id))
        assert cohort is not None
        assert cohort.tally.bots_at is not None
        phase = playing.catalog.phase_starting(cohort.event_id, cohort.phase_start)
        secret = await store.installation_secret()
        for bot in stored:
            fresh = replace(bot, score=0, changed_at=None, submission_count=0, finished_at=None)
            competitor = Competitor(bot, cohort, phase, secret)
            again = competitor.at(fresh, bot.joined_second - 1, second_of(cohort.tally.bots_at), seen)
            assert (again.score, again.changed_at, again.submission_count) == (
                bot.score,
                bot.changed_at,
                bot.submission_count,
            )
    await store.close()


async def move(playing: Game, cohort_id: CohortId) -> None:
    store = playing.use.store
    assert isinstance(store, StoreBesideBots)
    await store.move([cohort_id], playing.clock.now())


async def with_the_secret_of(store: Store, other: Store) -> None:
    """Let two installations have one secret, so that their bots are the same."""
    secret = await other.installation_secret()

    async def work(tx: Transaction) -> None:
        await tx._run("set_installation_value", name="secret", value=secret)  # type: ignore[attr-defined]

    await store.transact(work)


async def test_l3_two_stores_that_tick_at_other_seconds_agree_at_those_that_both_have(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so do they if one is SQLite and the other PostgreSQL. Ids are made alike, for seeds are made of them."""
    monkeypatch.setattr("server.identities.secrets.randbits", lambda _: 5)
    async with AsyncExitStack() as held:
        clock = ManualClock()
        stores: list[Store] = []
        games: list[Game] = []
        for number, make in enumerate((sqlite, postgres)):
            folder = tmp_path / str(number)
            folder.mkdir()
            store = await (await make(folder, databases))()
            held.push_async_callback(store.close)
            if stores:
                await with_the_secret_of(store, stores[0])
            stores.append(store)
            chosen = event(cohort_size=9, bots=bots({"to": 8, "after_seconds": 3, "every_seconds": 9}))
            games.append(await held.enter_async_context(game(folder, {"weekly": chosen}, store=store, clock=clock)))
        cohorts = [(await one.roll("ann")).cohort_id for one in games]
        compared = 0
        for second in range(1, 90):
            clock.advance(SECOND)
            if second == 40:
                for one in games:
                    await one.submit("ann", 33)
            for every, one, cohort in zip((2, 3), games, cohorts, strict=True):
                if not second % every:
                    await move(one, cohort)
            if not second % 6:
                found = [visible(await company(store, cohort)) for store, cohort in zip(stores, cohorts, strict=True)]
                assert found[0] == found[1]
                assert len(found[0]) == min(1 + (second - 3) // 9, 7)
                compared += len(found[0])
        assert compared > 50


@both_stores
async def test_l2_many_who_roll_at_once_find_room_beside_bots(make: Make, tmp_path: Path, databases: Databases) -> None:
    """E21, E23: bots make no cohort fuller, and no place is given twice."""
    async with AsyncExitStack() as held:
        store = await (await make(tmp_path, databases))()
        held.push_async_callback(store.close)
        chosen = {"weekly": event(cohort_size=10, bots=bots({"to": 10}))}
        playing = await held.enter_async_context(game(tmp_path, chosen, store=store))
        for wave in range(4):
            players = [f"p{wave}-{number}" for number in range(12)]
            await asyncio.gather(*(playing.roll(player) for player in players))
            await asyncio.gather(*(rows(playing, player) for player in players))
            playing.clock.advance(700 * timedelta(milliseconds=1))
        cohorts: dict[str, set[str]] = {}
        for wave in range(4):
            for number in range(12):
                view = await playing.view(f"p{wave}-{number}")
                assert view.cohort is not None
                cohorts.setdefault(view.cohort.cohort_id, set()).add(f"p{wave}-{number}")
                assert view.cohort.shown_count <= 10
        assert sum(map(len, cohorts.values())) == 48
        if make is sqlite:  # on PostgreSQL a cohort more is better than a player who waits
            assert len(cohorts) <= 5 + 1


async def test_e80_all_events_are_listed_with_their_bots_at_once(tmp_path: Path) -> None:
    """However many of them are behind."""
    names = [f"event{number:02}" for number in range(20)]
    async with game(tmp_path, {name: event() for name in names}) as playing:
        for name in names:
            await playing.roll("ann", name)
        playing.clock.advance(HOUR)
        page = await playing.use.list_event_leaderboards(PlayerId("ann"), (), Standings.COHORT, "", 50)
        assert [len(one.rows) for one in page.events] == [5] * 20


async def test_m2_modules_see_bots_and_that_they_are(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": event()}) as playing:
        cohort = (await playing.roll("ann")).cohort_id
        events = ModuleEventLeaderboards("probe", playing.use.store, playing.catalog, playing.clock, playing.use)
        found = await events.standings(cohort)
        assert [(one.is_bot, one.rank) for one in found if one.player_id == "ann"] == [(False, 1)]
        assert sum(one.is_bot for one in found) == 4
        assert {one.prize_rank for one in found if one.is_bot} == {2}
        seen = await events.cohort(cohort)
        assert seen is not None
        assert seen.count == 1


async def test_events_without_bots_ask_the_store_nothing_more(tmp_path: Path) -> None:
    """The hot path does not pay for what an event has not."""
    plain = without_bots(event())
    async with game(tmp_path, {"weekly": plain}) as playing:
        assert not playing.catalog.current().has_event_bots
        await playing.roll("ann")
        assert await playing.use.tick_cohorts() == 0
        submitted = await playing.submit("ann", 5)
        assert (submitted.rank, submitted.prize_rank) == (1, 1)
