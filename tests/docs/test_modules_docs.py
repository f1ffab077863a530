"""docs/MODULES.md says what the code says: every hook, every name that modules may use, and examples that load (M1, M2, M7)."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from server import modules_api
from server.api.pb import (
    event_leaderboard_service_pb2,
    leaderboard_service_pb2,
    module_service_pb2,
    reward_service_pb2,
    session_service_pb2,
)
from server.hooks.loader import load_modules
from server.hooks.registry import combined
from server.hooks.specs import ALL_SPECS, PLAYER_CALLS, HookSpec, player_call, snake_case
from server.testing import CallFailed, Game

DOCS = Path(__file__).parents[2] / "docs" / "MODULES.md"
TEXT = DOCS.read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
MODULES = [code for code in PYTHON if "def register(" in code]
TESTS = [code for code in PYTHON if "\ndef test_" in code]
API = TEXT[TEXT.index("\n## server.modules_api") : TEXT.index("\n## Coming from")]
ROWS = dict(re.findall(r"^\| `(\w+)[^`]*` \| (.*) \|$", API, re.MULTILINE))
PLAYERS_SERVICES = (
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"],
    event_leaderboard_service_pb2.DESCRIPTOR.services_by_name["EventLeaderboardService"],
    leaderboard_service_pb2.DESCRIPTOR.services_by_name["LeaderboardService"],
    reward_service_pb2.DESCRIPTOR.services_by_name["RewardService"],
    module_service_pb2.DESCRIPTOR.services_by_name["ModuleService"],
)
ANSWERS = ("SharedCohort", "NewCohort", "JoinCohort", "Refusal")
SAID_IN_WORDS = (*ANSWERS, "DomainError", "InsufficientFunds", "VersionConflict", "messages")
FOR_THE_SERVER = {"Registry": {"hooks", "functions", "jobs"}}


def around(spec: HookSpec) -> tuple[str, str]:
    """Return `before` or `after` and the call, for a hook around one; else two empty texts."""
    when, _, call = spec.name.partition("_")
    if when not in ("before", "after"):
        return "", ""
    return when, next(one for one in PLAYER_CALLS if snake_case(one) == call)


def entry_of(spec: HookSpec) -> str:
    """Return under which name a hook is described: one entry tells of all calls."""
    when, _ = around(spec)
    return f"{when}_<call>" if when else spec.name


@pytest.mark.parametrize("spec", ALL_SPECS, ids=lambda spec: spec.name)
def test_every_hook_has_its_entry(spec: HookSpec) -> None:
    """With its arguments, how several modules combine, its time limit, and the description of the code."""
    description = spec.description
    when, call = around(spec)
    if when:
        description = description.replace(call, "the call")
        assert f"| `{call}` | `before_{snake_case(call)}` | `after_{snake_case(call)}` |" in TEXT
    seconds = spec.time_limit.total_seconds()
    limit = f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"
    combining = {"first": "first that answers"}.get(spec.combining.value, spec.combining.value)
    (entry,) = re.findall(rf"^#### `{entry_of(spec)}\((.*?)\)`\n\n(.*?)\n\n(.*?)\n\n", TEXT, re.MULTILINE | re.DOTALL)
    arguments, facts, text = (" ".join(part.split()) for part in entry)
    assert arguments == ", ".join(spec.arguments)
    assert facts.split(" · ")[1:] == [combining, limit]
    assert text == description


def test_no_hook_is_described_that_there_is_not() -> None:
    described = set(re.findall(r"^#### `([\w<>]+)\(", TEXT, re.MULTILINE))
    assert described == {entry_of(spec) for spec in ALL_SPECS}


def test_all_calls_of_services_for_players_have_a_before_and_an_after() -> None:
    calls = [
        player_call(service.name, one.name)
        for service in PLAYERS_SERVICES
        for one in service.methods
        if not one.server_streaming
    ]
    assert sorted(PLAYER_CALLS) == sorted(calls)


@pytest.mark.parametrize("name", modules_api.__all__)
def test_every_name_of_the_surface_has_its_row(name: str) -> None:
    """With the fields and methods that it has, and no others."""
    told = set(re.findall(r"`(\w+)[^`]*`", ROWS[name]))
    if name not in SAID_IN_WORDS:
        thing = getattr(modules_api, name)
        assert told == {one for one in dir(thing) if not one.startswith("_")} - FOR_THE_SERVER.get(name, set())


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_told_with_their_arguments(name: str) -> None:
    arguments = inspect.signature(getattr(modules_api, name)).parameters
    assert f"`{name}({', '.join(arguments)})`" in API


def test_nothing_has_a_row_that_is_not_there() -> None:
    assert sorted(ROWS) == sorted(modules_api.__all__)


def test_the_examples_load_together(tmp_path: Path) -> None:
    for number, code in enumerate(MODULES):
        (tmp_path / f"example_{number}.py").write_text(code)
    assert len(combined(load_modules(tmp_path)).modules) == len(MODULES) > 3


@pytest.mark.parametrize("code", PYTHON)
def test_the_examples_import_nothing_but_what_they_may(code: str) -> None:
    imported = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    allowed = {"server.modules_api", "server.testing", "pathlib"}
    assert {node.module for node in imported} <= allowed


EVENTS = {"weekly": {"reset_schedule": "0 0 * * 1", "cohort_size": 5, "score_max": 100}}


def example(folder: Path, word: str) -> Path:
    """Write the example that has this word into a folder of modules."""
    (code,) = [code for code in MODULES if word in code]
    (folder / "modules").mkdir()
    (folder / "modules" / "example.py").write_text(code)
    return folder / "modules"


def test_the_example_of_a_test_passes_with_the_module_that_it_is_about(tmp_path: Path) -> None:
    modules = example(tmp_path, "limit_attempts")
    (code,) = TESTS
    names: dict[str, object] = {"__file__": str(modules / "tests" / "test_example.py")}
    exec(compile(code, str(DOCS), "exec"), names)
    (test,) = [thing for name, thing in names.items() if name.startswith("test_")]
    assert callable(test)
    test()


def test_the_example_of_calls_knows_regions_and_bans(tmp_path: Path) -> None:
    with Game(modules=example(tmp_path, "bring_region"), events=EVENTS) as game:
        game.store("players", "profile", {"banned": True}, owner="bob")
        assert game.player("ann").roll("weekly").event_leaderboard.cohort_id
        with pytest.raises(CallFailed) as refused:
            game.player("bob").roll("weekly")
        assert (refused.value.code, refused.value.reason) == ("PERMISSION_DENIED", "BANNED")


def test_the_example_of_a_shop_takes_once_and_gives_once(tmp_path: Path) -> None:
    modules = example(tmp_path, "shop.buy_ticket")
    (modules / "gift.py").write_text(
        "from server.modules_api import *\n\n"
        "def register(registry):\n    registry.function('gift', gift)\n\n"
        "async def gift(ctx):\n"
        "    await ctx.wallet.grant(ctx.caller.player_id, Reward(currencies={'coins': 150}), 'gift')\n"
    )
    with Game(modules=modules, events=EVENTS, items={"ticket": {"name": "Ticket"}}) as game:
        ann = game.player("ann")
        ann.function("gift")
        assert [ann.function("shop.buy_ticket", {"order": "1"}) for _ in range(2)] == [{"ticket": 1}] * 2
        assert ann.wallet() == {"coins": 50}
        with pytest.raises(CallFailed) as refused:
            ann.function("shop.buy_ticket", {"order": "2"})
        assert refused.value.reason == "INSUFFICIENT_FUNDS"


def test_the_example_of_a_podium_pays_the_first_three(tmp_path: Path) -> None:
    names = ["ann", "bob", "cid", "dan"]
    with Game(modules=example(tmp_path, "pay_the_podium"), events=EVENTS) as game:
        for place, name in enumerate(names):
            game.player(name).roll("weekly")
            game.player(name).submit("weekly", 100 - place)
        game.advance(days=7)
        assert [game.player(name).wallet().get("gems", 0) for name in names] == [5, 5, 5, 0]


def test_the_example_of_newcomers_lets_them_play_among_themselves(tmp_path: Path) -> None:
    with Game(modules=example(tmp_path, "newcomers_first"), events=EVENTS) as game:
        old, new = game.player("old"), game.player("new")
        old.roll("weekly")
        old.submit("weekly", 1)
        game.advance(days=7)
        assert old.roll("weekly", claim_reward=True).event_leaderboard.count == 1
        assert [player.roll("weekly").event_leaderboard.count for player in (new, game.player("newer"))] == [1, 2]
