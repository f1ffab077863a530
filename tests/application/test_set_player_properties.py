"""What a studio says of a player for good, and the segments that follow from it (B23)."""

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributed
from server.application.game_events import ReportedEvent
from server.domain.errors import TooManyProperties
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Segmentation, SegmentSource
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim
from server.ports.player_store import PropertyKey
from server.ports.store import Transaction
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.application.boards import BoardCatalog, contributing, outcomes
from tests.application.test_submit_leaderboard_score import submit
from tests.builders import DAY, MONDAY
from tests.domain.leaderboards.boards import board
from tests.world import WEEKLY, Game, game

LEAGUES: dict[str, Any] = {
    "timeframe": {"type": "daily"},
    "scoring": {"aggregation": "sum", "rules": [{"event_type": "match", "points_expression": "attrs.kills"}]},
    "ranking": {"decimals": 0},
    "segmentation": {"key": "league", "source": "trusted"},
    "authoritative": False,
}
BOARDS = {"leagues": LEAGUES}
OPEN = Segmentation("league")
NOTHING_SAID, BY_CLIENT = Claim(is_trusted=True), Claim(from_client="gold")


async def say(playing: Game, player: str, **changes: Any) -> dict[str, Any]:
    return await playing.use.set_player_properties(PlayerId(player), changes, "server:tests")


async def kill(playing: Game, player: str, one: str, **context: Any) -> Contributed:
    event = ReportedEvent(one, "match", PlayerId(player), attrs={"kills": 1}, context=context)
    ((answer,),) = [told.contributions for told in await playing.use.ingest_game_events("server", [event])]
    return answer


def segment(one: Contributed) -> str | Outcome:
    return one.outcome if one.entry is None else one.entry.segment


async def test_b23_what_is_said_stays_until_it_is_said_otherwise(tmp_path: Path) -> None:
    async with game(tmp_path, {}) as playing:
        assert await say(playing, "ann", league="gold", level=3) == {"league": "gold", "level": 3}
        assert await say(playing, "ann", level=None, vip=True) == {"league": "gold", "vip": True}
        assert await say(playing, "ann") == {"league": "gold", "vip": True}
        found = await playing.use.look_up_player(PlayerId("ann"))
        assert (found.player.created_at, found.properties) == (MONDAY, {"league": "gold", "vip": True})


async def test_b23_the_same_again_changes_nothing_and_each_change_stands_in_the_log(tmp_path: Path) -> None:
    async with game(tmp_path, {}) as playing:
        with capture_logs() as lines:
            for said in (1, 1, True):
                await say(playing, "ann", level=said)
        told = [(one["player_id"], one["caller"], one["properties"]) for one in lines]
        assert told == [("ann", "server:tests", ["level"])] * 2
        assert (await say(playing, "ann"))["level"] is True


async def test_b23_too_many_properties_change_nothing_and_make_no_account(tmp_path: Path) -> None:
    async with game(tmp_path, {}) as playing:
        with pytest.raises(TooManyProperties):
            await say(playing, "ann", **{f"p{number}": 1 for number in range(65)})
        assert await playing.store.read(lambda view: view.player_of(PlayerId("ann"))) is None


async def test_b23_a_score_without_a_segment_counts_in_that_of_the_profile(tmp_path: Path) -> None:
    """By each of the three ways in (B20): directly, from an event, and as a game event."""
    events = {"weekly": {**WEEKLY, "contributes_to": ["leagues"]}}
    async with game(tmp_path, events, leaderboards=BOARDS) as playing:
        assert segment((await submit(playing, "ann", 1, "leagues")).contributed) is Outcome.SEGMENT_MISSING
        await say(playing, "ann", league="gold")
        await say(playing, "bob", league="iron")
        assert segment((await submit(playing, "ann", 1, "leagues")).contributed) == "gold"
        assert segment(await kill(playing, "bob", "e1")) == "iron"
        await say(playing, "cid", league="lead")
        await playing.roll("cid")
        (one,) = (await playing.submit("cid", 5)).contributions
        assert segment(one) == "lead"
        found = await playing.use.explain_game_event(ReportedEvent("e2", "match", PlayerId("ann"), attrs={"kills": 1}))
        assert [(one.outcome, one.segment) for one in found.boards] == [(Outcome.APPLIED, "gold")]


async def test_b23_who_says_more_of_this_very_score_goes_before_the_profile(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        await say(playing, "ann", league="gold")
        await say(playing, "bob", league="gold")
        said = await submit(playing, "ann", 1, "leagues", context={"league": "iron"}, is_trusted=True)
        assert segment(said.contributed) == "iron"
        assert segment(await kill(playing, "bob", "e1", league="iron")) == "iron"


async def test_b23_a_player_may_choose_only_where_his_profile_says_nothing(tmp_path: Path) -> None:
    boards = {"leagues": {**LEAGUES, "segmentation": {"key": "league", "source": "client"}}}
    async with game(tmp_path, {}, leaderboards=boards) as playing:
        await say(playing, "ann", league="gold")
        for name, expected in (("ann", "gold"), ("bob", "iron")):
            told = await submit(playing, name, 1, "leagues", context={"league": "iron"})
            assert segment(told.contributed) == expected


@pytest.mark.parametrize(("change", "today"), [("keep", "iron"), ("move", "gold")])
async def test_b23_a_new_profile_holds_from_the_next_period_or_moves_the_entry(
    tmp_path: Path, change: str, today: str
) -> None:
    boards = {"leagues": {**LEAGUES, "segmentation": {**LEAGUES["segmentation"], "change": change}}}
    async with game(tmp_path, {}, leaderboards=boards) as playing:
        await say(playing, "ann", league="iron")
        await submit(playing, "ann", 1, "leagues")
        await say(playing, "ann", league="gold")
        told = (await submit(playing, "ann", 1, "leagues")).contributed
        assert (segment(told), told.entry and told.entry.aggregate.score) == (today, 2)
        playing.clock.advance(DAY)
        assert segment((await submit(playing, "ann", 1, "leagues")).contributed) == "gold"


async def test_b23_profiles_are_asked_for_once_a_batch_and_only_where_they_can_decide() -> None:
    """A board without segments asks nothing, nor a player's word for the segment that he cannot leave."""
    asked: list[list[PropertyKey]] = []
    trusted = Segmentation("league", source=SegmentSource.TRUSTED)
    catalog = BoardCatalog([board(), board(key="trusted", segmentation=trusted), board(key="open", segmentation=OPEN)])

    async def work(tx: Transaction) -> None:
        ask = tx.property_values_of

        async def noted(keys: Any) -> Any:
            asked.append(list(keys))
            return await ask(keys)

        tx.property_values_of = noted  # type: ignore[method-assign]
        await tx.record_properties(PlayerId("ann"), {"league": "gold"})
        batch = ContributionBatch(tx, catalog, MONDAY)
        plain = contributing(1)
        profiled = [contributing(1, name, "trusted", claim=NOTHING_SAID, one=one) for one, name in enumerate("aab", 1)]
        named = contributing(1, "cid", "trusted", said="iron")
        players = contributing(1, "dan", "open", claim=BY_CLIENT)
        told = await batch.apply([plain, *profiled, named, players])
        assert outcomes(told) == ["applied", *["segment_missing"] * 3, "applied", "applied"]
        await batch.apply([contributing(1, "dan", "open", claim=BY_CLIENT, one="again"), plain])

    store = await SqliteStore.open(EPHEMERAL)
    await store.transact(work)
    await store.close()
    assert asked == [
        [
            PropertyKey(PlayerId("a"), "league"),
            PropertyKey(PlayerId("b"), "league"),
            PropertyKey(PlayerId("dan"), "league"),
        ]
    ]
