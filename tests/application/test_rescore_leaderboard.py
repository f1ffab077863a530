"""A running period, computed again from what is kept (B42)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from server.application.board_submissions import BoardSubmission
from server.application.game_events import ReportedEvent
from server.application.rescore_leaderboard import NewDefinition, Rescored
from server.definitions.config import load_configuration
from server.domain import errors
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.ranking import score_of_key
from server.ports.contribution_store import Source
from server.ports.store import Transaction
from tests.application.boards import entry_of
from tests.builders import DAY, MINUTE, MONDAY, WEEK
from tests.world import WEEKLY, Game, game

RULE = {"event_type": "match", "points_expression": "attrs.kills"}
BOARD: dict[str, Any] = {"scoring": {"rules": [RULE]}, "ranking": {"decimals": 0}, "authoritative": False}
KEY = LeaderboardKey("board")


async def kill(playing: Game, player: str, kills: int, one: str, **options: Any) -> None:
    event = ReportedEvent(one, "match", PlayerId(player), attrs={"kills": kills}, **options)
    await playing.use.ingest_game_events("server", [event])


async def submit(playing: Game, player: str, score: object, **options: Any) -> None:
    await playing.use.submit_leaderboard_score(
        BoardSubmission(PlayerId(player), KEY, "server:one", str(score), is_trusted=True, **options)
    )


async def rescore(playing: Game, board: dict[str, Any] | None = None, *, applies: bool = False) -> Rescored:
    """Rescore under a definition, which the files get; nobody has loaded it."""
    folder = playing.folder / "config"
    if board is not None:
        (folder / "leaderboards" / "all.json").write_text(json.dumps({"leaderboards": {"board": board}}))
    configuration = load_configuration(folder)
    new = NewDefinition(configuration.boards[KEY], configuration.board_contents[KEY])
    return await playing.use.rescore_leaderboard(KEY, new, applies=applies)


async def scores(playing: Game, *players: str) -> list[int | None]:
    found = [await entry_of(playing.store, player) for player in players]
    return [None if one is None else one.aggregate.score for one in found]


async def test_under_the_same_definition_nothing_changes(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await kill(playing, "ann", 3, "e1")
        await submit(playing, "ann", 4)
        rescored = await rescore(playing)
        assert (rescored.entries, rescored.differences, rescored.is_applied) == (1, [], False)


async def test_other_rules_are_applied_to_what_has_happened(tmp_path: Path) -> None:
    """Also to game events that counted for nothing."""
    async with game(
        tmp_path, {}, leaderboards={"board": {**BOARD, "scope": {"filters": {"attrs.kills": {"gt": 1}}}}}
    ) as playing:
        await kill(playing, "ann", 3, "e1")
        await kill(playing, "bob", 1, "e2")
        await submit(playing, "ann", 4)
        doubled = {**BOARD, "scoring": {"rules": [{**RULE, "points_expression": "attrs.kills * 2"}]}}
        shown = await rescore(playing, doubled)
        assert [(one.player_id, one.after and one.after.aggregate.score) for one in shown.differences] == [
            ("ann", 10),
            ("bob", 2),
        ]
        assert await scores(playing, "ann", "bob") == [7, None]
        await rescore(playing, applies=True)
        assert await scores(playing, "ann", "bob") == [10, 2]


async def test_what_cannot_change_under_entries_changes_with_them(tmp_path: Path) -> None:
    """B3: the files are refused, the rescore takes them, and then they are loaded."""
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        await submit(playing, "ann", 6)
        lowest = {**BOARD, "ranking": {"decimals": 2, "method": "score_asc"}, "scoring": {"aggregation": "best"}}
        rescored = await rescore(playing, lowest, applies=True)
        (entry,) = (one.after for one in rescored.differences)
        assert entry is not None
        assert (entry.aggregate.score, entry.version) == (400, 3)
        await playing.catalog.reload(playing.store, playing.clock.now())
        board = playing.catalog.board_of(KEY)
        assert board.present.ranking.is_ascending
        assert entry.order_key is not None
        assert score_of_key(entry.order_key, board.present.ranking) == 400
        await submit(playing, "ann", "3.5")
        assert await scores(playing, "ann") == [350]


async def test_what_no_contribution_accounts_for_is_taken_away(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        await submit(playing, "bob", 5)
        rescored = await rescore(
            playing, {**BOARD, "scoring": {**BOARD["scoring"], "contribution_max": 4}}, applies=True
        )
        assert [(one.player_id, one.after) for one in rescored.differences] == [("bob", None)]
        assert await scores(playing, "ann", "bob") == [4, None]


async def test_each_change_is_noted_for_those_who_keep_order(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        await rescore(playing, {**BOARD, "ranking": {"decimals": 1}}, applies=True)
        lines = await playing.store.read(lambda view: view.contributions_after(0, 10))
        assert [(one.entry.player_id, one.source) for one in lines] == [
            ("ann", Source.DIRECT),
            ("ann", Source.OPERATOR),
        ]
        assert (await rescore(playing)).differences == []


async def test_b42_it_is_refused_when_the_log_does_not_reach_back(tmp_path: Path) -> None:
    options = {"dedupe": timedelta(days=2), "log_kept": timedelta(days=3)}
    async with game(tmp_path, {}, leaderboards={"board": BOARD}, **options) as playing:
        await submit(playing, "ann", 4)
        playing.clock.advance(5 * DAY)
        await playing.use.forget_game_events()
        with pytest.raises(errors.RescoreRefused, match="log reaches back"):
            await rescore(playing)


async def test_b42_another_timeframe_is_refused(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        with pytest.raises(errors.RescoreRefused, match="timeframe"):
            await rescore(playing, {**BOARD, "timeframe": {"type": "daily"}})


async def test_b42_differences_of_events_are_not_turned_into_totals(tmp_path: Path) -> None:
    bound = {"weekly": {**WEEKLY, "operator": "incr", "contributes_to": ["board"]}}
    async with game(tmp_path, bound, leaderboards={"board": BOARD}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 4)
        await playing.submit("ann", 4)
        assert (await rescore(playing)).differences == []
        with pytest.raises(errors.RescoreRefused, match="aggregation"):
            await rescore(playing, {**BOARD, "scoring": {"aggregation": "max"}})


async def test_a_hidden_entry_stays_hidden(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        shown = await entry_of(playing.store)
        assert shown is not None
        hidden = replace(shown, is_hidden=True, order_key=None, version=2)

        async def hide(tx: Transaction) -> None:
            await tx.entries_of([hidden.key])
            await tx.record_entries([hidden])

        await playing.store.transact(hide)
        await rescore(playing, {**BOARD, "ranking": {"decimals": 1}}, applies=True)
        entry = await entry_of(playing.store)
        assert entry is not None
        assert (entry.aggregate.score, entry.is_hidden, entry.order_key) == (40, True, None)


async def test_what_arrived_while_the_board_was_inactive_stays_out(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": {**BOARD, "status": "inactive"}}) as playing:
        await kill(playing, "ann", 3, "e1")
        await submit(playing, "ann", 3)
        playing.clock.advance(MINUTE)
        await playing.configure({}, leaderboards={"board": BOARD})
        await kill(playing, "ann", 4, "e2")
        assert (await rescore(playing)).differences == []
        assert await scores(playing, "ann") == [4]


async def test_m1_what_modules_made_of_a_game_event_holds_while_the_rules_do(tmp_path: Path) -> None:
    code = """
from dataclasses import replace
from server.modules_api import Refusal
def register(registry):
    registry.validate_submission(look)
async def look(submission):
    if submission.score > 10:
        raise Refusal("NO", "No.")
    return replace(submission, score=submission.score + 1)
"""
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        playing.module("look", code)
        await kill(playing, "ann", 3, "e1")
        await kill(playing, "ann", 11, "e2")
        assert await scores(playing, "ann") == [4]
        assert (await rescore(playing)).differences == []


async def test_b3_a_sealed_period_is_left_alone(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await submit(playing, "ann", 4)
        await playing.store.transact(lambda tx: tx.seal_period(PeriodId(KEY, MONDAY)))
        with pytest.raises(errors.RescoreRefused, match="settled"):
            await rescore(playing, applies=True)


async def test_b42_where_the_log_knows_no_profile_that_of_now_speaks(tmp_path: Path) -> None:
    """A board that is split anew, and a game event that counted for nothing before."""
    split = {**BOARD, "segmentation": {"key": "land", "source": "trusted"}}
    split["scoring"] = {"rules": [RULE, {"event_type": "duel", "points_expression": "7"}]}
    async with game(tmp_path, {}, leaderboards={"board": BOARD}) as playing:
        await playing.use.set_player_properties(PlayerId("ann"), {"land": "fr"}, "server:one")
        await submit(playing, "ann", 1)
        await kill(playing, "bob", 1, "e1")
        await playing.use.ingest_game_events("server", [ReportedEvent("e2", "duel", PlayerId("ann"))])
        found = await rescore(playing, split, applies=True)
        assert [(one.player_id, one.after and one.after.segment) for one in found.differences] == [
            ("ann", "fr"),
            ("bob", None),
        ]
        assert await scores(playing, "ann") == [8]


@pytest.mark.parametrize("aggregation", ["sum", "count", "max", "min", "avg", "best", "latest"])
@pytest.mark.parametrize("segmented", [False, True])
async def test_b21_a_board_is_the_same_after_a_rescore(tmp_path: Path, aggregation: str, segmented: bool) -> None:
    """Whatever came in by whichever way, in bounds or not, with a segment or without."""
    board = {
        **BOARD,
        "timeframe": {"type": "weekly", "reset_day": "monday"},
        "scoring": {"rules": [RULE], "aggregation": aggregation},
    }
    board["scoring"] |= {"avg": {"min_samples": 2}, "count": {}}.get(aggregation, {"contribution_max": 9})
    if segmented:
        change = {"segmentation": {"key": "land", "source": "trusted", "change": "move", "max_segments": 2}}
        board |= change
    bound = {"weekly": {**WEEKLY, "operator": "set", "contributes_to": ["board"]}}
    dice = Random(aggregation)
    async with game(tmp_path, bound, leaderboards={"board": board}) as playing:
        for player in "abc":
            await playing.roll(player, context={"land": dice.choice(["fr", "de"])}, is_trusted=True)
        for number in range(60):
            player, land = dice.choice("abc"), dice.choice(["fr", "de", "it", "pl"])
            match dice.randrange(3):
                case 0:
                    said = {"land": land} if dice.randrange(2) else {}
                    await submit(playing, player, dice.randrange(12), context=said, metadata='{"n":1}')
                case 1:
                    await playing.submit(player, dice.randrange(12))
                case 2:
                    earlier = playing.clock.now() - timedelta(seconds=dice.randrange(100))
                    await kill(
                        playing,
                        player,
                        dice.randrange(12),
                        f"e{number}",
                        context={"land": land} if dice.randrange(2) else {},
                        occurred_at=max(earlier, MONDAY),
                    )
            if dice.randrange(6) == 0:
                changes = {"land": dice.choice(["fr", "de", "it", None])}
                await playing.use.set_player_properties(PlayerId(player), changes, "server:one")
            playing.clock.advance(timedelta(seconds=dice.randrange(100)))
        assert (await rescore(playing)).differences == []
        playing.clock.advance(WEEK)
        assert (await rescore(playing)).entries == 0
