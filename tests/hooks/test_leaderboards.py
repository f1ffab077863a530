"""What modules may do with leaderboards: report scores, and read who stands where (M2)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import DomainError
from server.ports.errors import HookFailed
from tests.application.board_world import Boards, boards
from tests.application.test_settle_periods import daily, end_of_day, tier

CODE = """
from decimal import Decimal

def register(registry):
    registry.function("run", run)

async def run(ctx, payload):
    scope = {"boards": ctx.leaderboards, "players": ctx.players, "Decimal": Decimal}
    exec("async def answer():\\n    return " + payload, scope)
    return await scope["answer"]()
"""


class Module:
    """A module that does what a test says."""

    def __init__(self, playing: Boards) -> None:
        self.playing = playing

    async def run(self, code: str) -> Any:
        """Return what an expression over `boards` and `players` comes to."""
        call = self.playing.playing.hooks.call_function
        return json.loads(await call("run", "server:test", json.dumps(code), is_trusted=True))


@pytest.fixture
async def module(tmp_path: Path) -> AsyncIterator[Module]:
    definition = daily(tier(1, "gold"), segmentation={"key": "league", "source": "trusted"}, ranking={"decimals": 2})
    async with boards(tmp_path, definition, {"whole": daily()}) as playing:
        playing.playing.module("mine", CODE)
        yield Module(playing)


ROWS = "[(row.player_id, str(row.score), row.rank, row.prize_tier, row.scores) for row in await boards.{}]"


async def test_m2_a_score_counts_as_from_a_trusted_server(module: Module) -> None:
    said = await module.run(
        "[(one.outcome, one.is_applied, str(one.score), one.rank) for one in ["
        "await boards.submit_score('board', 'ann', Decimal('1.25'), context={'league': 'gold'}, metadata={'a': 1}), "
        "await boards.submit_score('board', 'bob', 2.5, context={'league': 'gold'}), "
        "await boards.submit_score('board', 'cid', 3)]]"
    )
    assert said == [
        ["applied", True, "1.25", 1],
        ["applied", True, "2.50", 1],
        ["segment_missing", False, "None", None],
    ]
    assert await module.run(ROWS.format("entries('board', segment='gold')")) == [
        ["bob", "2.50", 1, "gold", 1],
        ["ann", "1.25", 2, "", 1],
    ]
    assert await module.run("(await boards.ranks('board', ['ann', 'nobody'], segment='gold'))[0].metadata") == {"a": 1}


async def test_m2_under_one_request_id_a_score_counts_once(module: Module) -> None:
    for _ in range(3):
        await module.run("(await boards.submit_score('whole', 'ann', 5, request_id='once')).outcome")
    assert await module.run(ROWS.format("entries('whole')")) == [["ann", "5", 1, "", 1]]


async def test_m2_rows_are_read_page_by_page_and_around_somebody(module: Module) -> None:
    for number in range(7):
        await module.run(f"(await boards.submit_score('whole', 'p{number}', {number})).rank")
    first = "(await boards.entries('whole', limit=3))"
    assert [row[0] for row in await module.run(ROWS.format("entries('whole', limit=3)"))] == ["p6", "p5", "p4"]
    more = await module.run(ROWS.format(f"entries('whole', after={first}[-1], limit=3)"))
    assert [row[0] for row in more] == ["p3", "p2", "p1"]
    near = await module.run(ROWS.format("around('whole', 'p3', limit=3)"))
    assert [row[0] for row in near] == ["p4", "p3", "p2"]


async def test_m2_periods_that_are_over_are_read_by_their_name(module: Module) -> None:
    await module.playing.write({"ann": 5, "bob": 4}, "gold")
    await end_of_day(module.playing)
    periods = await module.run("[(one.window_key, one.state, one.entries) for one in await boards.periods('board')]")
    assert periods == [["2026-11-03", "running", 0], ["2026-11-02", "final", 2]]
    rows = await module.run(ROWS.format("entries('board', segment='gold', window_key='2026-11-02')"))
    assert rows == [["ann", "5.00", 1, "gold", 1], ["bob", "4.00", 2, "", 1]]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("await boards.entries('nothing')", "LEADERBOARD_NOT_FOUND"),
        ("await boards.entries('board')", "SEGMENT_REQUIRED"),
        ("await boards.entries('whole', window_key='someday')", "PERIOD_NOT_FOUND"),
        ("await boards.submit_score('nothing', 'ann', 1)", "LEADERBOARD_NOT_FOUND"),
    ],
)
async def test_m2_what_the_server_refuses_reaches_the_caller(module: Module, code: str, reason: str) -> None:
    with pytest.raises(DomainError) as refused:
        await module.run(code)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "code",
    [
        "await boards.submit_score('whole', 'ann', float('nan'))",
        "await boards.submit_score('whole', 'ann', True)",
        "await boards.submit_score('whole', 'ann\\0', 1)",
        "await boards.submit_score('whole', 'ann', 1, request_id='\\0')",
        "await boards.submit_score('whole', 'ann', 1, metadata={'a': object()})",
        "await boards.ranks('whole', ['p'] * 101)",
    ],
)
async def test_m4_nonsense_fails_for_the_module_alone(module: Module, code: str) -> None:
    with pytest.raises(HookFailed):
        await module.run(code)
    assert await module.run("(await boards.submit_score('whole', 'bob', 1)).outcome") == "applied"


async def test_m2_properties_of_players_are_set_and_read(module: Module) -> None:
    said = await module.run(
        "[dict(await players.set_properties('ann', {'league': 'gold', 'old': 1})), "
        "dict(await players.set_properties('ann', {'old': None})), dict(await players.properties('bob'))]"
    )
    assert said == [{"league": "gold", "old": 1}, {"league": "gold"}, {}]
    assert await module.run("(await boards.submit_score('board', 'ann', 1)).outcome") == "applied"


@pytest.mark.parametrize("changes", ["{'League': 1}", "{'league': [1]}", "{'league': 'x' * 257}", "{7: 1}"])
async def test_m2_what_is_no_property_says_so(module: Module, changes: str) -> None:
    with pytest.raises(HookFailed) as failed:
        await module.run(f"await players.set_properties('ann', {changes})")
    assert isinstance(failed.value.__cause__, ValueError)
