"""The modules in force: how several combine, what an answer may be, and what a swap does to calls that run (M1, M4 to M6)."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.domain.errors import Refusal
from server.domain.event_leaderboards.matching import Choice, JoinCohort, NewCohort
from server.domain.event_leaderboards.outcomes import Outcome
from server.domain.ids import CohortId, PlayerId
from server.domain.players import Player
from server.domain.rewards import Reward, RolledEnergyModifier
from server.hooks.answers import JSON_MAX
from server.hooks.calls import HookCaller
from server.hooks.context import Facilities
from server.hooks.live import LiveHooks
from server.hooks.registry import ModuleInvalid
from server.ports.errors import HookFailed
from server.ports.hooks import CohortCompleted, OfferedCohort, RewardQuestion, SelectionQuestion
from server.ports.module_store import Lane, Notice
from server.telemetry.metrics import Metrics
from tests.builders import MONDAY, Table, definition
from tests.world import ManualClock

ANN = Player(PlayerId("ann"), MONDAY, "Ann", "ann.png")
API = "from server.modules_api import *\n"
SELECT = API + "def register(registry):\n    registry.cohort_selection(hook)\n\n"
CHANGE = API + "def register(registry):\n    registry.reward(hook)\n\n"


class NoBackstage:
    """Modules that use the server are tested with a store."""

    def facilities(self, module: str, settings: Mapping[str, Any]) -> Facilities:
        nothing: Any = None
        home = asyncio.get_running_loop()
        return Facilities(
            module, settings, ManualClock(), nothing, nothing, nothing, nothing, nothing, nothing, nothing, home
        )


class Studio:
    """Writes modules, and asks them."""

    def __init__(self, folder: Path, calls: HookCaller) -> None:
        self.folder = folder
        self.hooks = LiveHooks(folder, {"mine": {"bonus": 3}}, calls)
        self.hooks.serve(NoBackstage())  # type: ignore[arg-type] # as far as modules look

    def module(self, name: str, code: str) -> None:
        (self.folder / f"{name}.py").write_text(code)
        self.hooks.put_in_force(self.hooks.load())

    async def select(self, question: SelectionQuestion | None = None) -> Choice | None:
        async with asyncio.timeout(5):
            return await self.hooks.select_cohort(question or selection())

    async def change(self, reward: Reward) -> Reward:
        async with asyncio.timeout(5):
            return await self.hooks.change_reward(claim(reward))


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    calls = HookCaller(Metrics())
    yield Studio(tmp_path, calls)
    calls.close()


def selection(client: Mapping[str, Any] | None = None) -> SelectionQuestion:
    """Ann may go to a cohort with Bob in it."""
    table = Table(definition()).join("bob")
    offered = OfferedCohort(table.cohort, (PlayerId("bob"),))
    return SelectionQuestion(table.definition, ANN, 0, {"client": client or {}, "server": {}}, [offered], "player:ann")


def claim(reward: Reward) -> RewardQuestion:
    """Ann came second of two."""
    table = Table(definition()).join("bob", "ann")
    outcome = Outcome(2, 2, False, 0, None, False, timedelta())
    return RewardQuestion(table.definition, ANN, outcome, table.cohort, reward, "player:ann")


async def test_m1_without_modules_nobody_is_asked_and_nothing_changes(studio: Studio) -> None:
    reward = Reward(currencies={"coins": 1})
    assert [studio.hooks.has(one) for one in ("cohort_selection", "reward")] == [False, False]
    assert await studio.select() is None
    assert await studio.change(reward) is reward


async def test_m1_a_hook_is_given_what_the_docs_say(studio: Studio) -> None:
    code = SELECT + (
        "def hook(ctx, event, player, tier, properties, candidates):\n"
        "    (one,) = candidates\n"
        "    seen = [event.id, event.tiers, list(event.cohort_sizes), player.id, player.name, tier, properties,\n"
        "            one.count, one.size, list(one.player_ids), ctx.settings['bonus'], ctx.now().isoformat()]\n"
        "    return NewCohort(properties={'seen': seen})\n"
    )
    studio.module("mine", code)
    with capture_logs() as lines:
        chosen = await studio.select(selection({"car": 1}))
    assert lines == []
    seen = '["weekly",1,[5],"ann","Ann",0,{"client":{"car":1},"server":{}},1,5,["bob"],3,"2026-11-02T00:00:00+00:00"]'
    assert chosen == NewCohort(None, f'{{"seen":{seen}}}', is_reserved=False)


async def test_m1_the_first_module_that_answers_decides(studio: Studio) -> None:
    studio.module("a_silent", SELECT + "def hook():\n    return None\n")
    studio.module("b_first", SELECT + "async def hook():\n    return 'first'\n")
    studio.module("c_second", SELECT + "def hook():\n    raise AssertionError('asked in vain')\n")
    with capture_logs() as lines:
        assert await studio.select() == JoinCohort(CohortId("first"))
    assert lines == []


async def test_m4_a_module_that_fails_leaves_the_word_to_the_next(studio: Studio) -> None:
    studio.module("a_broken", SELECT + "def hook():\n    return 1 / 0\n")
    studio.module("b_nonsense", SELECT + "def hook():\n    return 3\n")
    studio.module("c_refuses", SELECT + "def hook():\n    raise Refusal('NO', 'no')\n")
    studio.module("d_sound", SELECT + "def hook():\n    return JoinCohort('chosen')\n")
    with capture_logs() as lines:
        assert await studio.select() == JoinCohort(CohortId("chosen"))
    assert [line["module"] for line in lines if line["event"] == "hook_failed"] == ["a_broken", "b_nonsense"]
    assert [line["module"] for line in lines if line["event"] == "selection_cannot_refuse"] == ["c_refuses"]


NONSENSE = [
    "3",
    "True",
    "object()",
    "['id']",
    "b'id'",
    "JoinCohort",
    "JoinCohort(3)",
    "JoinCohort(None)",
    "NewCohort(tier='0')",
    "NewCohort(tier=0.0)",
    "NewCohort(reserved='yes')",
    "NewCohort(reserved=None)",
    "NewCohort(properties=None)",
    "NewCohort(properties=[1])",
    "NewCohort(properties='{}')",
    "NewCohort(properties={'x': object()})",
    "NewCohort(properties={'x': float('nan')})",
    "NewCohort(properties={'x': float('inf')})",
    "NewCohort(properties={(1, 2): 3})",
    "NewCohort(properties={'x': 'y' * 1100})",
    "NewCohort(properties={'x': 10 ** 5000})",
    "NewCohort(properties=circle())",
    "NewCohort(properties=deep())",
    "NewCohort(properties=Raising(x=1))",
]
ODD_VALUES = """
def circle():
    circle = {}
    circle['x'] = circle
    return circle

def deep():
    deep = {}
    for _ in range(100_000):
        deep = {'x': deep}
    return deep

class Raising(dict):
    def items(self):
        raise LookupError('no items today')

"""


@pytest.mark.parametrize("answer", NONSENSE)
async def test_m4_a_nonsense_selection_counts_as_none_and_is_logged(studio: Studio, answer: str) -> None:
    studio.module("mine", SELECT + ODD_VALUES + f"def hook():\n    return {answer}\n")
    with capture_logs() as lines:
        assert await studio.select() is None
    assert [line["event"] for line in lines] == ["hook_failed"]


async def test_m5_properties_of_exactly_the_most_bytes_are_taken(studio: Studio) -> None:
    text = "y" * (JSON_MAX - len('{"x":""}'))
    studio.module("mine", SELECT + f"def hook():\n    return NewCohort(tier=2, properties={{'x': '{text}'}})\n")
    assert await studio.select() == NewCohort(2, f'{{"x":"{text}"}}')


async def test_m5_changing_what_was_given_changes_nothing_for_the_next_module(studio: Studio) -> None:
    code = SELECT + (
        "def hook(event, properties, candidates):\n"
        "    event.additional_properties['spoilt'] = 'yes'\n"
        "    properties['client'].clear()\n"
        "    candidates[0].properties['spoilt'] = True\n"
        "    candidates.clear()\n"
    )
    told = "[event.additional_properties, properties['client'], len(candidates), candidates[0].properties]"
    studio.module("a_spoils", code)
    studio.module(
        "b_tells",
        SELECT + f"def hook(event, properties, candidates):\n    return NewCohort(properties={{'x': {told}}})\n",
    )
    question = selection({"car": 1})
    assert await studio.select(question) == NewCohort(None, '{"x":[{},{"car":1},1,{}]}')
    assert question.properties["client"] == {"car": 1}


async def test_m2_settings_that_a_module_changes_are_as_before_at_the_next_call(studio: Studio) -> None:
    """Settings are read at the start; one call's scribble must not be another's rule."""
    code = SELECT + "def hook(ctx):\n    before = ctx.settings['bonus']\n    try:\n        ctx.settings['bonus'] = 99\n"
    studio.module("mine", code + "    except TypeError:\n        pass\n    return str(before)\n")
    assert [await studio.select() for _ in range(2)] == [JoinCohort(CohortId("3"))] * 2


async def test_m1_rewards_pass_from_module_to_module(studio: Studio) -> None:
    studio.module("a_adds", CHANGE + "async def hook(reward):\n    return reward.plus(coins=10, gems=1)\n")
    studio.module("b_doubles", CHANGE + "def hook(reward):\n    return reward.plus(**reward.currencies)\n")
    changed = await studio.change(Reward(currencies={"coins": 1}))
    assert changed.currencies == {"coins": 22, "gems": 2}


async def test_m4_a_reward_hook_that_fails_stops_the_chain(studio: Studio) -> None:
    studio.module("a_broken", CHANGE + "def hook():\n    return 1 / 0\n")
    studio.module("b_asked", CHANGE + "def hook(reward):\n    raise Refusal('ASKED', 'in vain')\n")
    with pytest.raises(HookFailed) as caught:
        await studio.change(Reward())
    assert (caught.value.module, caught.value.hook) == ("a_broken", "reward")


async def test_m4_a_refusal_of_a_reward_hook_passes_as_it_is(studio: Studio) -> None:
    studio.module("mine", CHANGE + "def hook():\n    raise Refusal('NOT_TODAY', 'Come back.', 'PERMISSION_DENIED')\n")
    with pytest.raises(Refusal) as caught:
        await studio.change(Reward())
    assert (caught.value.own_reason, caught.value.message, caught.value.code) == (
        "NOT_TODAY",
        "Come back.",
        "PERMISSION_DENIED",
    )


UNSOUND = [
    "None",
    "{}",
    "{'coins': 3}",
    "Reward",
    "Reward(currencies=None)",
    "Reward(currencies=[('coins', 1)])",
    "Reward(currencies={'coins': -1})",
    "Reward(items={'hat': -1})",
    "Reward(energies={'fuel': -1})",
    "Reward(currencies={'coins': 2 ** 63})",
    "Reward(items={'hat': 2 ** 64})",
    "Reward(currencies={'coins': 1.0})",
    "Reward(currencies={'coins': float('nan')})",
    "Reward(currencies={'coins': True})",
    "Reward(currencies={'coins': '1'})",
    "Reward(currencies={'coins': None})",
    "Reward(currencies={1: 1})",
    "Reward(currencies={None: 1})",
    "Reward(message=None)",
    "Reward(message=b'x')",
    "Reward(message='\\ud800')",
    "Reward(currencies={'\\ud800': 1})",
    "Reward(items={'\\ud800': 1})",
    "Reward(energies={'\\ud800': 1})",
    "Reward(currencies=Raising(x=1))",
]


@pytest.mark.parametrize("answer", UNSOUND)
async def test_m4_an_unsound_reward_fails_the_call(studio: Studio, answer: str) -> None:
    """Half a character (a lone surrogate) is no text that can be stored or sent, so it is refused before anything is."""
    studio.module("mine", CHANGE + ODD_VALUES + f"def hook():\n    return {answer}\n")
    with capture_logs() as lines, pytest.raises(HookFailed):
        await studio.change(Reward(currencies={"coins": 1}))
    assert [line["event"] for line in lines] == ["hook_failed"]


async def test_b70_the_largest_reward_is_sound(studio: Studio) -> None:
    studio.module("mine", CHANGE + "def hook():\n    return Reward(currencies={'coins': 2 ** 63 - 1, 'none': 0})\n")
    assert (await studio.change(Reward())).currencies == {"coins": 2**63 - 1}


async def test_m4_what_modules_do_not_see_stays_as_it_was_rolled(studio: Studio) -> None:
    modifier = RolledEnergyModifier("fuel", "infinite", 0, 60)
    rolled = Reward(currencies={"coins": 1}, energy_modifiers=(modifier,), to_mailbox_expiry_sec=60)
    studio.module("mine", CHANGE + "def hook():\n    return Reward(items={'hat': 1}, message='well played')\n")
    changed = await studio.change(rolled)
    assert changed == replace(rolled, currencies={}, items={"hat": 1}, message="well played")


async def test_m4_a_reward_that_a_failing_module_scribbled_on_is_as_before(studio: Studio) -> None:
    studio.module("mine", CHANGE + "def hook(reward):\n    reward.currencies['coins'] = 99\n    return 1 / 0\n")
    rolled = Reward(currencies={"coins": 1})
    with pytest.raises(HookFailed):
        await studio.change(rolled)
    assert rolled.currencies == {"coins": 1}


async def test_m4_a_reward_changed_after_the_answer_is_what_was_answered(studio: Studio) -> None:
    """A module that keeps its dict, and fills it later, has given what it gave."""
    studio.module(
        "mine",
        CHANGE
        + "kept = {'coins': 1}\n\ndef hook():\n    return Reward(currencies=kept)\n\ndef later():\n    kept['coins'] = 99\n",
    )
    changed = await studio.change(Reward())
    studio.hooks._in_force.hooks["reward"][0].function.__globals__["later"]()
    assert changed.currencies == {"coins": 1}


async def test_m4_all_functions_of_a_module_share_the_time_of_a_notice(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the lane's lease would end while it is told, and another process tell it, too."""
    monkeypatch.setattr("server.hooks.live.TOLD_WITHIN", timedelta(seconds=0.3))
    studio.module(
        "a",
        "import asyncio\n\ndef register(registry):\n    for seconds in (0.2, 5):\n"
        "        registry.cohort_completed(lambda seconds=seconds: asyncio.sleep(seconds))\n",
    )
    table = Table(definition()).join("bob")
    notice = Notice(1, Lane("a", "cohort c"), "cohort_completed", "{}", MONDAY, 0, "")
    async with asyncio.timeout(2):
        with pytest.raises(HookFailed):
            await studio.hooks.tell(CohortCompleted(table.definition, table.cohort), notice)


async def test_m6_a_call_that_runs_ends_on_the_modules_it_began_with(studio: Studio) -> None:
    """The whole chain, not only the hook that is running: rules of two versions are never mixed in one reward."""
    waiting = CHANGE + (
        "import asyncio\ninside, go = asyncio.Event(), asyncio.Event()\n\n"
        "async def hook(reward):\n    inside.set()\n    await go.wait()\n    return reward.plus(old=1)\n"
    )
    studio.module("a", waiting)
    studio.module("b", CHANGE + "def hook(reward):\n    return reward.plus(old=1)\n")
    held = studio.hooks._in_force.hooks["reward"][0].function.__globals__
    running = asyncio.ensure_future(studio.change(Reward()))
    async with asyncio.timeout(2):
        await held["inside"].wait()
    for name in ("a", "b"):
        studio.module(name, CHANGE + "def hook(reward):\n    return reward.plus(new=1)\n")
    assert (await studio.change(Reward())).currencies == {"new": 2}
    held["go"].set()
    assert (await running).currencies == {"old": 2}


async def test_m6_what_a_module_said_before_a_roll_stands_though_it_was_removed_meanwhile(studio: Studio) -> None:
    studio.module(
        "a",
        "import asyncio\ninside, go = asyncio.Event(), asyncio.Event()\n\n"
        "def register(registry):\n    registry.before('RollCohort', hook)\n\n"
        "async def hook(ctx, request):\n    inside.set()\n    await go.wait()\n"
        "    ctx.server_properties['party'] = 'red'\n    return request\n",
    )
    held = studio.hooks._in_force.hooks["before_roll_cohort"][0].function.__globals__
    running = asyncio.ensure_future(studio.hooks.before("before_roll_cohort", "player:ann", "request"))
    async with asyncio.timeout(2):
        await held["inside"].wait()
    (studio.folder / "a.py").unlink()
    studio.hooks.put_in_force(studio.hooks.load())
    held["go"].set()
    assert (await running).server_properties == '{"party":"red"}'


async def test_m6_a_failed_load_keeps_all_of_the_old(studio: Studio) -> None:
    studio.module("a", SELECT + "def hook():\n    return 'old'\n")
    (studio.folder / "a.py").write_text(SELECT + "def hook():\n    return 'new'\n")
    with pytest.raises(ModuleInvalid):
        studio.module("b", "1 / 0\n")
    assert studio.hooks.modules == ("a",)
    assert await studio.select() == JoinCohort(CohortId("old"))


async def test_m6_a_module_that_was_removed_is_asked_no_more(studio: Studio) -> None:
    studio.module("a", SELECT + "def hook():\n    return 'old'\n")
    (studio.folder / "a.py").unlink()
    studio.hooks.put_in_force(studio.hooks.load())
    assert (studio.hooks.modules, studio.hooks.has("cohort_selection")) == ((), False)
    assert await studio.select() is None


def test_properties_are_bounded_by_what_m5_allows_clients() -> None:
    assert math.log2(JSON_MAX) == 10
