"""Leaderboards in the live catalogue: what is written into history, and what follows from it (B2, B3, B11, B33)."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from server.definitions.catalog import LiveCatalog
from server.definitions.diagnostics import DefinitionsInvalid, Severity
from server.domain.errors import LeaderboardNotFound
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate, Stamp
from server.domain.leaderboards.definition import Aggregation, RankStyle, Status, TimeframeType
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Period
from server.hooks.calls import HookCaller
from server.hooks.live import LiveHooks
from server.operations import LiveOperations
from server.ports.board_store import EntryKey, StoredEntry, StoredPeriod
from server.ports.errors import CatalogBehind
from server.ports.store import Store, Transaction
from server.storage.postgres.store import PostgresStore
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from server.telemetry.metrics import Metrics
from tests.builders import DAY, HOUR, MONDAY, WEEK
from tests.definitions.boards import KEY
from tests.postgres import DATABASES, NEWEST
from tests.world import WEEKLY, ManualClock

RULE = {"event_type": "match.completed", "points_expression": "attrs.score"}
WEEKS = {"timeframe": {"type": "weekly", "reset_day": "monday"}, "authoritative": True}
TUESDAY = MONDAY + DAY
BREAK = timedelta(hours=36)


class Studio:
    """A folder of definitions, and the catalogue of a server that reads it."""

    def __init__(self, folder: Path, store: Store, held: AsyncExitStack) -> None:
        self.folder = folder / "config"
        self.store = store
        self.clock = ManualClock()
        self.catalog = LiveCatalog(self.folder)
        calls = HookCaller(Metrics())
        held.callback(calls.close)
        self._hooks = LiveHooks(folder / "modules", {}, calls)

    def write(self, events: Mapping[str, Any], leaderboards: Mapping[str, Any]) -> None:
        for kind, data in (("event_leaderboards", events), ("leaderboards", leaderboards)):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            (self.folder / kind / "all.json").write_text(json.dumps({kind: data}))

    async def configure(self, leaderboards: Mapping[str, Any], events: Mapping[str, Any] | None = None) -> None:
        self.write(events or {}, leaderboards)
        await self.catalog.reload(self.store, self.clock.now())

    def operations(self) -> LiveOperations:
        return LiveOperations(self.catalog, self._hooks, self.store, self.clock, Metrics(), self.folder)


@asynccontextmanager
async def studio(
    folder: Path,
    leaderboards: Mapping[str, Any],
    events: Mapping[str, Any] | None = None,
    opened: Callable[[], Awaitable[Store]] = lambda: SqliteStore.open(EPHEMERAL),
) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as held:
        store = await opened()
        held.push_async_callback(store.close)
        made = Studio(folder, store, held)
        await made.configure(leaderboards, events)
        yield made


async def postgres() -> Store:
    return await PostgresStore.open(await DATABASES.fresh(NEWEST))


def playing(folder: Path, board: dict[str, Any], *more: Any) -> AbstractAsyncContextManager[Studio]:
    return studio(folder, {KEY: board}, *more)


async def pinned(here: Studio, key: LeaderboardKey = KEY) -> Period:
    """Write the running period down, as a first contribution would."""
    period = here.catalog.period_at(key, here.clock.now())
    assert period is not None
    name = here.catalog.window_key_of(key, period)
    stored = StoredPeriod(PeriodId(key, period.start), period.end, name, period.definition.hash, period.seals_at)
    await here.store.transact(lambda tx: tx.pin_period(stored))
    here.catalog.pin_period(key, period)
    return period


async def entered(here: Studio, period: Period, key: LeaderboardKey = KEY) -> None:
    await here.store.transact(lambda tx: add_entry(tx, here, period, key))


async def add_entry(tx: Transaction, here: Studio, period: Period, key: LeaderboardKey) -> None:
    now = here.clock.now()
    entry_key = EntryKey(PeriodId(key, period.start), PlayerId("ann"))
    await tx.entries_of([entry_key])
    await tx.record_entries([StoredEntry(entry_key, "", Aggregate(5, 1, 5, now, Stamp(now, "1"), now), 1, b"key", now)])


async def stored(here: Studio) -> list[StoredPeriod]:
    return await here.store.read(lambda view: view.unsettled_periods(4))


async def test_a_board_has_periods_from_its_first_activation(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        period = here.catalog.period_at(KEY, TUESDAY)
        assert period is not None
        assert (period.start, period.end) == (MONDAY, MONDAY + WEEK)
        assert here.catalog.window_key_of(KEY, period) == "2026-11-02"
        assert here.catalog.board_of(KEY).present.timeframe.type is TimeframeType.WEEKLY
        with pytest.raises(LeaderboardNotFound):
            here.catalog.board_of(LeaderboardKey("other"))


async def test_b3_an_edit_takes_over_with_the_next_period_and_shows_its_name_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path, {**WEEKS, "name": "Old"}) as here:
        here.clock.advance(DAY)
        await here.configure({KEY: {**WEEKS, "name": "New", "scoring": {"aggregation": "max"}}})
        now, later = (here.catalog.period_at(KEY, moment) for moment in (TUESDAY, MONDAY + WEEK))
        assert now is not None
        assert later is not None
        board = here.catalog.board_of(KEY)
        assert (now.definition.aggregation, later.definition.aggregation) == (Aggregation.SUM, Aggregation.MAX)
        assert board.in_force(now).name == "New"
        assert board.in_force(now).aggregation is Aggregation.SUM


async def test_b3_what_says_nothing_new_writes_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        revision = here.catalog.current().revision
        await here.configure({KEY: WEEKS})
        assert here.catalog.current().revision == revision


async def test_b2_an_archived_board_ends_its_period_at_that_instant_and_begins_a_new_one_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, WEEKS) as here:
        await pinned(here)
        here.clock.advance(DAY)
        await here.configure({KEY: {**WEEKS, "status": "archived"}})
        assert [(one.period.start, one.end, one.seals_at) for one in await stored(here)] == [(MONDAY, TUESDAY, TUESDAY)]
        assert here.catalog.period_at(KEY, TUESDAY) is None
        here.clock.advance(DAY)
        await here.configure({KEY: WEEKS})
        again = here.catalog.period_at(KEY, here.clock.now())
        assert again is not None
        assert (again.start, again.end) == (TUESDAY + DAY, MONDAY + WEEK)


async def test_b3_a_board_gone_from_the_files_is_archived_with_a_warning(tmp_path: Path) -> None:
    async with playing(tmp_path, {**WEEKS, "name": "Gone"}) as here:
        await pinned(here)
        here.clock.advance(DAY)
        here.write({}, {})
        result = await here.operations().reload()
        assert result.is_taken
        (warning,) = result.findings
        assert "gone from the files" in warning.message
        assert not warning.is_error
        board = here.catalog.board_of(KEY)
        assert (board.present.status, board.present.name) == (Status.ARCHIVED, "Gone")
        assert [one.end for one in await stored(here)] == [TUESDAY]
        assert (await here.operations().reload()).findings == [], "said once"


async def test_b3_a_board_without_end_keeps_the_meaning_of_its_entries(tmp_path: Path) -> None:
    async with playing(tmp_path, {"scoring": {"aggregation": "sum"}}) as here:
        await entered(here, await pinned(here))
        changed = {
            "scoring": {"aggregation": "max"},
            "ranking": {"method": "score_asc", "decimals": 0},
            "segmentation": {"key": "league"},
        }
        here.write({}, {KEY: changed})
        with pytest.raises(DefinitionsInvalid) as refused:
            await here.catalog.reload(here.store, here.clock.now())
        told = [one for one in refused.value.diagnostics if one.severity is Severity.ERROR]
        assert [one.path for one in told] == [
            "/leaderboards/board/scoring/aggregation",
            "/leaderboards/board/ranking/method",
            "/leaderboards/board/ranking/decimals",
            "/leaderboards/board/segmentation/key",
        ]
        assert all(one.file.endswith("all.json") and one.place.column > 1 for one in told)
        assert "`laurel rescore board --apply`" in told[0].mend
        assert "`laurel leaderboards restart board`" in told[0].mend
        result = await here.operations().reload()
        assert not result.is_taken
        assert len(result.findings) >= 4
        assert here.catalog.board_of(KEY).present.aggregation is Aggregation.SUM


async def test_b3_scope_rules_bounds_and_min_score_of_a_board_without_end_may_change(tmp_path: Path) -> None:
    async with playing(tmp_path, {}) as here:
        await entered(here, await pinned(here))
        changed = {"scoring": {"rules": [RULE], "contribution_max": 5}, "ranking": {"min_score": 1}}
        await here.configure({KEY: changed})
        period = here.catalog.period_at(KEY, here.clock.now())
        assert period is not None
        board = here.catalog.board_of(KEY).in_force(period)
        assert (len(board.rules), board.contribution_max, board.ranking.min_score) == (1, 5000, 1000)


@pytest.mark.parametrize("is_pinned", [False, True])
async def test_b3_a_board_without_end_and_without_entries_takes_any_meaning(tmp_path: Path, is_pinned: bool) -> None:
    async with playing(tmp_path, {}) as here:
        if is_pinned:
            await pinned(here)
        here.clock.advance(DAY)
        await here.configure({KEY: {"scoring": {"aggregation": "min"}, "ranking": {"rank_style": "ordinal"}}})
        period = here.catalog.period_at(KEY, here.clock.now())
        assert period is not None
        assert (period.start, period.definition.aggregation) == (MONDAY, Aggregation.MIN)
        assert period.definition.ranking.rank_style is RankStyle.ORDINAL
        assert here.catalog.window_key_of(KEY, period) == "all"


async def test_b3_a_board_without_end_gets_a_timeframe_only_while_it_has_no_entries(tmp_path: Path) -> None:
    async with playing(tmp_path, {}) as here:
        here.clock.advance(DAY)
        await here.configure({KEY: WEEKS})
        period = here.catalog.period_at(KEY, here.clock.now())
        assert period is not None
        assert (period.start, period.end) == (TUESDAY, MONDAY + WEEK)
    async with playing(tmp_path, {}) as here:
        await entered(here, await pinned(here))
        here.write({}, {KEY: WEEKS})
        with pytest.raises(DefinitionsInvalid, match="1 error"):
            await here.catalog.reload(here.store, here.clock.now())


async def test_b3_what_would_wait_for_ever_for_the_next_period_is_warned_of(tmp_path: Path) -> None:
    async with playing(tmp_path, {"authoritative": True}) as here:
        await entered(here, await pinned(here))
        here.write({}, {KEY: {"authoritative": True, "ranking": {"rank_style": "ordinal"}}})
        (finding,) = (await here.operations().reload()).findings
        assert finding.path == "/leaderboards/board/ranking"
        assert "never ends" in finding.message
        period = here.catalog.period_at(KEY, here.clock.now())
        assert period is not None
        assert period.definition.ranking.rank_style is RankStyle.DENSE


async def test_b10_the_periods_of_an_event_board_are_its_phases_and_follow_its_edits(tmp_path: Path) -> None:
    board = {"timeframe": {"type": "event", "event_leaderboard": "race"}, "authoritative": True}
    async with playing(tmp_path, board, {"race": {**WEEKLY, "duration": 86400}}) as here:
        period = here.catalog.period_at(KEY, MONDAY)
        assert period is not None
        assert (period.start, period.end) == (MONDAY, TUESDAY)
        assert here.catalog.period_at(KEY, TUESDAY) is None
        await here.configure({KEY: board}, {"race": {**WEEKLY, "duration": 172800}})
        following = here.catalog.period_at(KEY, MONDAY + WEEK + BREAK)
        assert following is not None
        assert following.end == MONDAY + WEEK + timedelta(days=2)


async def test_a_pinned_period_is_known_by_its_name_and_raises_the_revision_by_one(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        period = here.catalog.period_at(KEY, MONDAY)
        assert period is not None
        assert not here.catalog.is_period_pinned(KEY, period)
        await pinned(here)
        assert here.catalog.is_period_pinned(KEY, period)
        bulletin = await here.store.read(lambda view: view.bulletin())
        assert here.catalog.current().revision == bulletin.catalog_revision


async def test_a_definition_is_found_by_its_hash_or_another_process_has_activated_it(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        board = here.catalog.board_of(KEY).present
        assert here.catalog.board_defined_as(KEY, board.hash).timeframe == board.timeframe
        with pytest.raises(CatalogBehind):
            here.catalog.board_defined_as(KEY, DefinitionHash("unheard of"))


async def test_b33_game_events_find_the_boards_and_events_of_their_type(tmp_path: Path) -> None:
    rule = {"event_type": "race.won", "points_expression": "1"}
    boards: dict[str, Any] = {
        "a": {"scoring": {"rules": [RULE, {**RULE, "event_type": "*"}]}},
        "b": {"scoring": {"rules": [RULE]}},
        "c": {"status": "archived", "scoring": {"rules": [RULE]}},
        "d": {"authoritative": True},
    }
    events = {"race": {**WEEKLY, "scoring": {"rules": [rule]}}, "plain": WEEKLY}
    async with studio(tmp_path, boards, events) as here:
        snapshot = here.catalog.current()
        assert snapshot.board_routes.boards_for("match.completed") == ("a", "b")
        assert snapshot.board_routes.boards_for("anything") == ("a",)
        assert snapshot.event_routes.boards_for("race.won") == ("race",)
        here.clock.advance(DAY)
        await here.configure({"d": boards["d"]}, {"plain": WEEKLY})
        assert here.catalog.current().board_routes.boards_for("match.completed") == ()
        assert here.catalog.current().event_routes.boards_for("race.won") == ("race",), "its phase still runs"


async def test_b3_game_events_of_a_type_that_an_edit_took_away_score_until_the_period_ends(tmp_path: Path) -> None:
    async with playing(tmp_path, {**WEEKS, "scoring": {"rules": [RULE]}}) as here:
        here.clock.advance(DAY)
        await here.configure({KEY: {**WEEKS, "scoring": {"rules": [{**RULE, "event_type": "x"}]}}})
        routes = here.catalog.current().board_routes
        assert routes.boards_for("match.completed") == routes.boards_for("x") == (KEY,)
        here.clock.advance(WEEK)
        await here.configure({KEY: {**WEEKS, "scoring": {"rules": [{**RULE, "event_type": "y"}]}}})
        assert here.catalog.current().board_routes.boards_for("match.completed") == ()


async def test_another_process_catches_up_and_makes_anew_only_what_has_changed(tmp_path: Path) -> None:
    boards = {"a": WEEKS, "b": WEEKS}
    async with studio(tmp_path, boards, {"race": WEEKLY}) as here:
        other = LiveCatalog(tmp_path / "config")
        await other.reload(here.store, here.clock.now())
        before = other.current()
        await pinned(here, LeaderboardKey("a"))
        await other.catch_up(here.store, before.revision)
        after = other.current()
        assert after.boards[LeaderboardKey("b")] is before.boards[LeaderboardKey("b")]
        assert after.timelines[EventId("race")] is before.timelines[EventId("race")]
        period = other.period_at(LeaderboardKey("a"), MONDAY)
        assert period is not None
        assert other.is_period_pinned(LeaderboardKey("a"), period)


async def test_files_that_say_other_boards_than_the_store_are_told_apart(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        configuration = await here.catalog.reload(here.store, here.clock.now())
        assert await here.catalog.says_as_much_as(configuration, here.store)
        await here.configure({KEY: {**WEEKS, "name": "Other"}})
        assert not await here.catalog.says_as_much_as(configuration, here.store)
        await here.configure({})
        assert not await here.catalog.says_as_much_as(configuration, here.store)


async def test_late_contributions_push_nobody_out_of_the_present(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        present, past = MONDAY + WEEK + HOUR, MONDAY + HOUR
        first = here.catalog.period_at(KEY, present)
        late = here.catalog.period_at(KEY, past)
        assert late is not None
        assert late.start == MONDAY
        assert here.catalog.period_at(KEY, present) is first


async def test_asking_for_the_present_period_and_its_name_costs_next_to_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path, WEEKS) as here:
        period, now = await pinned(here), here.clock.now()
        assert _seconds_each(here, now) < 5e-6, "half a microsecond where nothing else runs"
        assert here.catalog.window_key_of(KEY, period) == "2026-11-02"


def _seconds_each(here: Studio, now: datetime, times: int = 2000) -> float:
    best = 1.0
    for _ in range(5):
        begin = perf_counter()
        for _ in range(times):
            here.catalog.period_at(KEY, now)
        best = min(best, (perf_counter() - begin) / times)
    return best


async def test_postgresql_keeps_the_history_of_boards_alike(tmp_path: Path) -> None:
    async with studio(tmp_path, {KEY: {"authoritative": True}}, {}, postgres) as here:
        await entered(here, await pinned(here))
        here.write({}, {KEY: {"authoritative": True, "scoring": {"aggregation": "max"}}})
        with pytest.raises(DefinitionsInvalid, match="1 error"):
            await here.catalog.reload(here.store, here.clock.now())
        here.clock.advance(DAY)
        here.write({}, {KEY: {"authoritative": True, "ranking": {"rank_style": "ordinal", "size": 5}}})
        assert [one.path for one in (await here.operations().reload()).findings] == ["/leaderboards/board/ranking"]
        period = here.catalog.period_at(KEY, here.clock.now())
        assert period is not None
        shown = here.catalog.board_of(KEY).in_force(period).ranking
        assert (shown.rank_style, shown.size) == (RankStyle.DENSE, 5)
        here.clock.advance(DAY)
        await here.configure({})
        assert [(one.period.start, one.end) for one in await stored(here)] == [(MONDAY, MONDAY + 2 * DAY)]
        assert here.catalog.board_of(KEY).present.status is Status.ARCHIVED


async def test_b3_a_contribution_on_its_way_is_an_entry_that_an_edit_must_respect(tmp_path: Path) -> None:
    async with studio(tmp_path, {KEY: {"authoritative": True}}, {}, postgres) as here:
        period = await pinned(here)
        here.write({}, {KEY: {"authoritative": True, "scoring": {"aggregation": "max"}}})
        reloads: list[asyncio.Task[object]] = []

        async def contribute(tx: Transaction) -> None:
            await tx.stored_periods([PeriodId(KEY, period.start)])
            reloads.append(asyncio.create_task(here.catalog.reload(here.store, here.clock.now())))
            await asyncio.wait(reloads, timeout=0.5)  # were it not to wait, it would be done by then
            await add_entry(tx, here, period, KEY)

        await here.store.transact(contribute)
        with pytest.raises(DefinitionsInvalid, match="1 error"):
            await asyncio.wait_for(reloads[-1], timeout=10)


async def test_b3_bots_come_to_a_board_that_never_ends_with_its_next_run(tmp_path: Path) -> None:
    """As long as it has no entries they come at once; then whoever adds them is told what to do."""
    idle = {"behavior": {"type": "single", "block": "idle"}}
    with_bots = {"authoritative": True, "bots": {"which": ["idle"], "fill": {"to": 3}, "kinds": {"idle": idle}}}
    for has_entries in (False, True):
        async with playing(tmp_path, {"authoritative": True}) as here:
            where = await pinned(here)
            if has_entries:
                await entered(here, where)
            here.write({}, {KEY: with_bots})
            findings = (await here.operations().reload()).findings
            assert [one.path for one in findings] == (["/leaderboards/board/bots"] if has_entries else [])
            period = here.catalog.period_at(KEY, here.clock.now())
            assert period is not None
            assert (period.definition.bots is None) is has_entries
