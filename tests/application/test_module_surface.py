"""What modules may use and change, through the real server: submissions, objects, wallets, functions, calls around (M1, M2)."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.backends import StartRefused
from server.testing import CallFailed, Game
from tests.world import WEEKLY

SUBMIT = """
from dataclasses import replace
from server.modules_api import DomainError, InsufficientFunds, Refusal

seen = []

def register(registry):
    registry.validate_submission(look)

async def look(ctx, board, player, submission):
    seen.append((board.kind, board.id, player.id, submission.score, ctx.caller.kind, submission.request_id))
    {then}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modules").mkdir()
    return tmp_path / "modules"


def a_game(folder: Path, code: str, **options: Any) -> Game:
    (folder / "mine.py").write_text(code)
    return Game(folder, events={"weekly": WEEKLY, **options.pop("events", {})}, **options)


def seen(game: Game) -> list[tuple[Any, ...]]:
    hooks: Any = game._running().world.hooks
    found: list[tuple[Any, ...]] = hooks._in_force.hooks["validate_submission"][0].function.__globals__["seen"]
    return found


def reason(call: Any, *arguments: Any, **fields: Any) -> str:
    with pytest.raises(CallFailed) as caught:
        call(*arguments, **fields)
    return caught.value.reason


# validate_submission


def test_m1_a_submission_is_what_modules_make_of_it(folder: Path) -> None:
    changed = "return replace(submission, score=submission.score * 2, metadata={'seen': True}, operator='best')"
    with a_game(folder, SUBMIT.format(then=changed)) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        assert ann.submit("weekly", 7, request_id="r").score == 14
        assert seen(game) == [("event_leaderboard", "weekly", "ann", 7, "player", "r")]


@pytest.mark.parametrize(
    "metadata", ['{"name": "' + "\u6f22" * 300 + '"}', '{"far": 1e999}', '{"list": [' + ",".join(["1e15"] * 180) + "]}"]
)
def test_e33_metadata_that_clients_may_send_come_through_a_module_as_they_were(folder: Path, metadata: str) -> None:
    with a_game(folder, SUBMIT.format(then="return submission")) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        ann.submit("weekly", 1, metadata=metadata)
        shown = ann.call("EventLeaderboardService/GetEventLeaderboard", id="weekly", view=2).event_leaderboard
        assert [score.metadata for score in shown.scores] == [metadata]


def test_e33_metadata_that_a_module_changes_may_be_as_large_as_clients_in_any_language(folder: Path) -> None:
    changed = "return replace(submission, metadata={'name': '\u6f22' * 300})"
    with a_game(folder, SUBMIT.format(then=changed)) as game:
        game.player("ann").roll("weekly")
        assert game.player("ann").submit("weekly", 1).score == 1


def test_e35_a_repeated_submission_is_not_shown_again_and_answered_alike(folder: Path) -> None:
    """A daily cap must not count a call twice, nor refuse the repeat of one that it let through."""
    with a_game(folder, SUBMIT.format(then="return replace(submission, score=len(seen))")) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        first = ann.submit("weekly", 50, request_id="once")
        again = ann.submit("weekly", 50, request_id="once")
        assert (first.score, again.score, len(seen(game))) == (1, 1, 1)
        assert reason(ann.submit, "weekly", 51, request_id="once") == "REQUEST_ID_REUSED"


def test_m1_what_is_refused_anyway_is_not_shown(folder: Path) -> None:
    with a_game(folder, SUBMIT.format(then="return submission")) as game:
        assert reason(game.player("ann").submit, "weekly", 1) == "COHORT_NOT_JOINED"
        assert reason(game.player("ann").submit, "nothing", 1) == "EVENT_NOT_FOUND"
        assert seen(game) == []


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("raise Refusal('CHEAT', 'No.', 'PERMISSION_DENIED')", "CHEAT"),
        ("return 1 / 0", "HOOK_FAILED"),
        ("raise DomainError('no')", "HOOK_FAILED"),
        ("raise type('Own', (DomainError,), {'reason': 'OWN'})", "HOOK_FAILED"),
        ("raise InsufficientFunds", "INSUFFICIENT_FUNDS"),
        ("raise InsufficientFunds(retry_at='soon')", "INTERNAL"),
        ("return None", "HOOK_FAILED"),
        ("return replace(submission, score=2**63)", "HOOK_FAILED"),
        ("return replace(submission, score=True)", "HOOK_FAILED"),
        ("return replace(submission, operator=['best'])", "HOOK_FAILED"),
        ("return replace(submission, metadata={'x': float('nan')})", "HOOK_FAILED"),
        ("return replace(submission, metadata={'x': 'y' * 2000})", "HOOK_FAILED"),
        ("return replace(submission, operator='decrement')", "OPERATOR_OVERRIDE_FORBIDDEN"),
    ],
)
def test_m4_a_submission_that_is_refused_or_nonsense_changes_nothing(folder: Path, then: str, expected: str) -> None:
    with a_game(folder, SUBMIT.format(then=then)) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        assert reason(ann.submit, "weekly", 3) == expected
        shown = ann.call("EventLeaderboardService/GetEventLeaderboard", id="weekly", view=2).event_leaderboard
        assert [score.num_scores for score in shown.scores] == [0]


def test_m1_scores_of_a_server_are_judged_one_by_one(folder: Path) -> None:
    then = "if submission.score > 9: raise Refusal('CHEAT', 'No.')\n    return submission"
    with a_game(folder, SUBMIT.format(then=then)) as game:
        for player in ("ann", "bob"):
            game.player(player).roll("weekly")
        scores = [{"id": "weekly", "player_id": name, "score": score} for name, score in (("ann", 99), ("bob", 5))]
        answer = game.server.call("ServerService/SubmitScores", submissions=scores)
        assert [(one.applied, one.reason) for one in answer.results] == [(False, "CHEAT"), (True, "")]
        assert {one[4] for one in seen(game)} == {"server"}


def submit_both(game: Game, event: str, score: int) -> Any:
    """A server sends a good score of ann's, and another."""
    good = {"id": "weekly", "player_id": "ann", "score": 1}
    return game.server.call("ServerService/SubmitScores", submissions=[good, {**good, "id": event, "score": score}])


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INTERNAL", "NOT_FOUND"])
def test_m4_whatever_the_code_a_refusal_is_of_one_score_alone(folder: Path, code: str) -> None:
    """What failed as a whole after others were applied would be sent again, and count twice."""
    then = f"if submission.score > 9: raise Refusal('CHEAT', 'No.', '{code}')\n    return submission"
    with a_game(folder, SUBMIT.format(then=then)) as game:
        game.player("ann").roll("weekly")
        results = submit_both(game, "weekly", 99).results
        assert [(one.applied, one.reason) for one in results] == [(True, ""), (False, "CHEAT")]


def test_m1_a_score_for_an_event_that_there_is_not_refuses_no_other(folder: Path) -> None:
    with a_game(folder, SUBMIT.format(then="return submission")) as game:
        game.player("ann").roll("weekly")
        results = submit_both(game, "nothing", 1).results
        assert [(one.applied, one.reason) for one in results] == [(True, ""), (False, "EVENT_NOT_FOUND")]


def test_m4_a_hook_that_fails_over_one_score_of_a_call_leaves_all_unchanged(folder: Path) -> None:
    with a_game(folder, SUBMIT.format(then="return submission if submission.score < 9 else None")) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        assert reason(submit_both, game, "weekly", 99) == "HOOK_FAILED"
        shown = ann.call("EventLeaderboardService/GetEventLeaderboard", id="weekly", view=2).event_leaderboard
        assert [score.num_scores for score in shown.scores] == [0]


# before and after


AROUND = """
from server.modules_api import Refusal

seen = []

def register(registry):
    registry.before("RollCohort", before)
    registry.after("RollCohort", after)
    registry.validate_submission(look)
    registry.cohort_selection(select)

async def before(ctx, request):
    {before}

async def after(ctx, request, response):
    {after}

def look(submission):
    return submission

async def select(properties):
    seen.append(properties)
"""


def test_m5_before_a_roll_a_module_says_what_the_selection_shall_know(folder: Path) -> None:
    before = "ctx.server_properties['party'] = request.properties['team']; return request"
    with a_game(folder, AROUND.format(before=before, after="pass")) as game:
        game.player("ann").roll("weekly", properties={"team": "red"})
        assert seen(game) == [{"client": {"team": "red"}, "server": {"party": "red"}}]


def test_e35_a_roll_is_repeated_though_a_module_says_something_else_before_it(folder: Path) -> None:
    before = "ctx.server_properties['rating'] = len(seen); return request"
    with a_game(folder, AROUND.format(before=before, after="pass")) as game:
        first, again = (game.player("ann").roll("weekly", request_id="once") for _ in range(2))
        assert len(seen(game)) == 1
        assert first.event_leaderboard.cohort_id == again.event_leaderboard.cohort_id


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("raise Refusal('CLOSED', 'Not today.', 'UNAVAILABLE')", "CLOSED"),
        ("return None", "HOOK_FAILED"),
        ("return 'request'", "HOOK_FAILED"),
        ("ctx.server_properties['x'] = object(); return request", "HOOK_FAILED"),
        ("request.id = 'nothing'; return request", "EVENT_NOT_FOUND"),
    ],
)
def test_m4_before_a_call_a_module_may_change_or_refuse_it(folder: Path, before: str, expected: str) -> None:
    with a_game(folder, AROUND.format(before=before, after="pass")) as game:
        assert reason(game.player("ann").roll, "weekly") == expected


def test_m4_after_a_call_nothing_a_module_does_changes_the_answer(folder: Path) -> None:
    after = "seen.append(request.id); response.cohort_id = request.id = 'stolen'; raise Refusal('NO', 'no')"
    with a_game(folder, AROUND.format(before="return request", after=after)) as game:
        assert len(game.player("ann").roll("weekly").cohort_id) == 16
        assert seen(game)[1:] == ["weekly"]


# Functions


FUNCTIONS = """
import threading

from server.modules_api import InsufficientFunds, Refusal, Reward, VersionConflict

def register(registry):
    for name, function in list(globals().items()):
        if name.startswith("do_"):
            registry.function(name[3:], function)
    registry.function("for_servers", do_echo, trusted_only=True)

async def do_echo(ctx, payload):
    return {"kind": ctx.caller.kind, "player": ctx.caller.player_id, "payload": payload, "trusted": ctx.caller.is_trusted}

async def do_nonsense(ctx):
    return object()

async def do_refuse(ctx):
    raise Refusal("NOT_NOW", "Later.", "UNAVAILABLE")

def do_where(ctx):
    return ctx.wait(ctx.storage.update("c", "thread", lambda _: threading.current_thread().name))

def do_plain(ctx, payload):
    ctx.wait(ctx.storage.put("c", "k", payload))
    return ctx.wait(ctx.storage.get("c", "k")).value

async def do_count(ctx):
    return await ctx.storage.update("counters", "visits", lambda n: n + 1, default=0)

async def do_versions(ctx):
    said = []
    first = await ctx.storage.put("v", "k", 1, version="")
    try:
        await ctx.storage.put("v", "k", 2, version="")
    except VersionConflict:
        said.append("is there")
    second = await ctx.storage.put("v", "k", 2, version=first)
    try:
        await ctx.storage.delete("v", "k", version=first)
    except VersionConflict:
        said.append("is another")
    await ctx.storage.delete("v", "k", version=second)
    again = await ctx.storage.put("v", "k", 1, version="")
    return [*said, len({first, second, again}), await ctx.storage.get("v", "gone")]

async def do_list(ctx):
    for owner in ("ann", "bob", ""):
        for key in "abc":
            await ctx.storage.put("l", key, {"of": owner}, owner)
    everything, after = [], None
    while page := await ctx.storage.list("l", after=after, limit=4):
        everything += [one.owner + one.key for one in page]
        after = page[-1]
    return everything, [one.key for one in await ctx.storage.list("l", owner="bob", limit=2)]

async def do_earn(ctx, payload):
    grant = await ctx.wallet.grant(ctx.caller.player_id, Reward(currencies={"coins": payload}, items={"hat": 1}), "welcome")
    return [grant.id, grant.source_kind, grant.state, dict(await ctx.wallet.currencies(ctx.caller.player_id))]

async def do_spend(ctx, payload):
    await ctx.wallet.spend(ctx.caller.player_id, {"coins": payload["coins"]}, payload["key"])
    return dict(await ctx.wallet.currencies(ctx.caller.player_id))

async def do_bad_name(ctx):
    await ctx.storage.put("", "k", 1)

async def do_too_large(ctx):
    await ctx.storage.put("c", "k", "x" * 70_000)

async def do_submit(ctx, payload):
    return await ctx.event_leaderboards.submit_score("weekly", ctx.caller.player_id, payload)

async def do_roll(ctx):
    cohort = await ctx.event_leaderboards.roll_cohort("weekly", ctx.caller.player_id)
    rows = await ctx.event_leaderboards.standings(cohort)
    return (await ctx.event_leaderboards.cohort(cohort)).count, [row.player_id for row in rows]

async def do_measure(ctx):
    ctx.metrics.count("purchases", 2)
    ctx.metrics.gauge("queue", 3)
    ctx.metrics.observe("seconds", 0.5)
    ctx.metrics.count("Not A Name")
    for number in range(60):
        ctx.metrics.count(f"name_{number}")
"""


@pytest.fixture
def playing(folder: Path) -> Iterator[Game]:
    with a_game(folder, FUNCTIONS) as game:
        yield game


def test_m1_a_function_takes_and_gives_json_exactly(playing: Game) -> None:
    payload = {"text": "\u0000é", "int": 2**63 + 1, "list": [None, True, 1.5]}
    told = playing.player("ann").function("echo", payload)
    assert told == {"kind": "player", "player": "ann", "payload": payload, "trusted": False}
    assert playing.server.function("for_servers")["kind"] == "server"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unknown", "FUNCTION_NOT_FOUND"),
        ("for_servers", "FUNCTION_FOR_SERVERS"),
        ("nonsense", "HOOK_FAILED"),
        ("refuse", "NOT_NOW"),
        ("bad_name", "HOOK_FAILED"),
        ("too_large", "HOOK_FAILED"),
        ("x" * 65, "INVALID_FIELD"),
    ],
)
def test_m1_a_call_that_cannot_be_answered_says_why(playing: Game, name: str, expected: str) -> None:
    assert reason(playing.player("ann").function, name) == expected


def test_a4_a_payload_that_is_no_json_is_refused(playing: Game) -> None:
    for payload in ("{", "NaN", "[1e999]", "[" * 100_000, '"' + "x" * 70_000 + '"'):
        assert reason(playing.player("ann").call, "ModuleService/CallFunction", name="echo", payload=payload) == (
            "INVALID_FIELD"
        )
    empty = playing.player("ann").call("ModuleService/CallFunction", name="echo")
    assert json.loads(empty.payload)["payload"] is None


def test_m1_a_plain_function_waits_for_what_it_cannot_await(playing: Game) -> None:
    assert playing.player("ann").function("plain", [1, 2]) == [1, 2]


def test_m8_what_a_plain_function_updates_with_runs_in_its_thread(playing: Game) -> None:
    """On the loop it would hold all calls, where no watchdog looks for a plain function."""
    assert playing.player("ann").function("where").startswith("module")


def test_m2_updates_at_once_all_count(playing: Game) -> None:
    async def many() -> None:
        hooks = playing._running().world.hooks
        await asyncio.gather(*(hooks.call_function("count", "player:ann", "null", is_trusted=False) for _ in range(15)))

    playing._run(many())
    stored = playing.stored("counters", "visits")
    assert stored is not None
    assert stored.value == 15


def test_m2_an_object_is_changed_only_as_it_was_read(playing: Game) -> None:
    assert playing.player("ann").function("versions") == ["is there", "is another", 3, None]


def test_m2_lists_go_through_all_owners_or_one(playing: Game) -> None:
    everything, of_bob = playing.player("ann").function("list")
    assert everything == ["a", "b", "c", "anna", "annb", "annc", "boba", "bobb", "bobc"]
    assert of_bob == ["a", "b"]


def test_b71_a_module_gives_once_for_a_key(playing: Game) -> None:
    ann = playing.player("ann")
    first = ann.function("earn", 10)
    assert first[1:] == ["module", "claimed", {"coins": 10}]
    assert ann.function("earn", 99) == first
    assert (ann.wallet(), ann.inventory()) == ({"coins": 10}, {"hat": 1})
    grants = ann.call("RewardService/ListGrants").grants
    assert [one.id for one in grants] == [first[0]]


def test_b71_spending_takes_all_or_nothing_and_once_for_a_key(playing: Game) -> None:
    ann = playing.player("ann")
    ann.function("earn", 10)
    assert ann.function("spend", {"coins": 4, "key": "a"}) == {"coins": 6}
    assert ann.function("spend", {"coins": 4, "key": "a"}) == {"coins": 6}
    assert reason(ann.function, "spend", {"coins": 5, "key": "a"}) == "REQUEST_ID_REUSED"
    assert reason(ann.function, "spend", {"coins": 7, "key": "b"}) == "INSUFFICIENT_FUNDS"
    assert reason(ann.function, "spend", {"coins": -7, "key": "c"}) == "HOOK_FAILED"
    assert ann.wallet() == {"coins": 6}


def test_m2_modules_use_the_servers_own_use_cases(playing: Game) -> None:
    ann = playing.player("ann")
    assert reason(ann.function, "submit", 5) == "COHORT_NOT_JOINED"
    assert ann.function("roll") == [1, ["ann"]]
    assert ann.function("submit", 5) == 1


def test_m2_numbers_are_labelled_with_the_module_and_few(playing: Game) -> None:
    playing.player("ann").function("measure")
    shown = playing._running().metrics.exposition().decode()
    assert 'laurel_module_count_total{module="mine",name="purchases"} 2.0' in shown
    assert 'laurel_module_gauge{module="mine",name="queue"} 3.0' in shown
    assert 'laurel_module_seconds_count{module="mine",name="seconds"} 1.0' in shown
    assert shown.count('laurel_module_count_total{module="mine"') == 48
    assert "Not A Name" not in shown


# Opting in


OPTED = """
seen = []

def register(registry):
    registry.validate_submission(look, opt_in="watched")
    registry.cohort_selection(select, opt_in="watched")
    registry.reward(change, opt_in="watched")

async def look(board, submission):
    seen.append(("look", board.id))
    return submission

async def select(event):
    seen.append(("select", event.id))

async def change(event, reward):
    seen.append(("change", event.id))
    return reward.plus(coins=1)
"""


def test_m1_a_hook_with_opt_in_is_asked_about_no_other_event(folder: Path) -> None:
    watched = {**WEEKLY, "additional_properties": {"watched": "yes"}}
    with a_game(folder, OPTED, events={"watched": watched}) as game:
        ann = game.player("ann")
        for event in ("weekly", "watched"):
            ann.roll(event)
            ann.submit(event, 1)
        game.advance(days=7)
        for event in ("weekly", "watched"):
            ann.claim(event)
        assert seen(game) == [("select", "watched"), ("look", "watched"), ("change", "watched")]
        assert ann.wallet() == {"coins": 1}


def test_m3_opt_in_is_refused_where_no_event_is_asked_about(folder: Path) -> None:
    code = "def register(registry):\n    registry.on('before_roll_cohort', f, opt_in='x')\n\nasync def f(): ...\n"
    with pytest.raises(StartRefused, match="before_roll_cohort is not asked about an event"), a_game(folder, code):
        pass
