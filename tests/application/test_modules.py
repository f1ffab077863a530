"""Hostile modules: whatever they do, nobody is in two cohorts, none overflows, and nothing is paid twice (E21, E63, M4, M5)."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.domain import errors
from server.domain.grants import BALANCE_MAX
from server.domain.ids import CohortId, EventId, PlayerId
from server.hooks.event_leaderboards import ModuleEventLeaderboards
from server.ports.errors import HookFailed
from server.storage.postgres.store import PostgresStore
from tests.builders import DAY, HOUR, WEEK
from tests.postgres import NEWEST, Databases
from tests.world import WEEKLY, Game, game

API = "import asyncio\nfrom server.modules_api import *\n"
SELECT = API + "def register(registry):\n    registry.cohort_selection(hook)\n\n"
CHANGE = API + "def register(registry):\n    registry.reward(hook)\n\n"
COINS = {"guaranteed": {"currencies": {"coins": {"min": 10}}}}
PRIZED = {**WEEKLY, "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 5, "reward": COINS}]}}
SIZE = 5


def state_of(playing: Game, hook: str = "cohort_selection") -> dict[str, Any]:
    """The globals of the module in force, for what a test and its module tell each other."""
    state: dict[str, Any] = playing.hooks._in_force.hooks[hook][0].function.__globals__
    return state


async def wallet(playing: Game, player: str) -> dict[str, int]:
    return await playing.use.get_wallet(PlayerId(player))


async def won(playing: Game, *names: str) -> None:
    """Everybody rolls and plays, and the week is over."""
    for name in names:
        await playing.roll(name)
        await playing.submit(name, 1)
    playing.clock.advance(WEEK)


FAILING = {
    "raises": "def hook():\n    raise ValueError('secret')\n",
    "raises on the loop": "async def hook():\n    raise ValueError('secret')\n",
    "is late": "async def hook():\n    await asyncio.sleep(9)\n",
    "is nonsense": "def hook():\n    return 42\n",
    "cancels": "async def hook():\n    raise asyncio.CancelledError\n",
    "is unknown": "def hook():\n    return 'no such cohort'\n",
    "is empty": "def hook():\n    return ''\n",
    "is injected": 'def hook():\n    return "\' OR 1=1 --"\n',
    "is half a character": "def hook():\n    return '\\ud800'\n",
    "is a null character": "def hook():\n    return '\\0'\n",
    "is long": "def hook():\n    return 'x' * 1_000_000\n",
    "has no such tier": "def hook():\n    return NewCohort(tier=1)\n",
    "has a negative tier": "def hook():\n    return NewCohort(tier=-1)\n",
    "has a huge tier": "def hook():\n    return NewCohort(tier=2 ** 70)\n",
    "has huge properties": "def hook():\n    return NewCohort(properties={'x': 'y' * 2000})\n",
}


@pytest.mark.parametrize("code", FAILING.values(), ids=FAILING.keys())
async def test_m4_a_selection_that_fails_or_cannot_be_followed_is_logged_and_the_default_takes_over(
    tmp_path: Path, code: str
) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing, asyncio.timeout(10):
        playing.module("mine", SELECT + code)
        with capture_logs() as lines:
            await asyncio.gather(*(playing.roll(name) for name in ("ann", "bob")))
        assert sorted(await playing.order("ann")) == ["ann", "bob"]
        assert Counter(line["event"] for line in lines) in ({"hook_failed": 2}, {"selection_refused": 2})


async def test_e21_a_hook_that_always_names_one_cohort_cannot_overfill_it(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        first = await playing.roll("first")
        playing.module("mine", SELECT + f"def hook():\n    return {first.cohort_id!r}\n")
        rolled = await asyncio.gather(*(playing.roll(f"p{number}") for number in range(3 * SIZE)))
        sizes = Counter(one.cohort_id for one in (first, *rolled))
        assert sizes[first.cohort_id] == SIZE
        assert max(sizes.values()) <= SIZE
        assert sum(sizes.values()) == 3 * SIZE + 1


async def test_e21_a_hook_cannot_put_a_player_into_a_cohort_twice(tmp_path: Path) -> None:
    event = {**WEEKLY, "operator": "incr", "score_target": 10, "score_target_players": 2, "max_rolls": -1}
    async with game(tmp_path, {"weekly": event}) as playing:
        first = await playing.roll("ann")
        await playing.submit("ann", 10)
        playing.module("mine", SELECT + f"def hook():\n    return {first.cohort_id!r}\n")
        with capture_logs() as lines:
            second = await playing.roll("ann", claim_reward=True)
        assert second.cohort_id != first.cohort_id
        assert [line["event"] for line in lines] == ["selection_refused"]


async def test_m5_a_cohort_of_another_event_phase_or_tier_is_refused(tmp_path: Path) -> None:
    tiered = {**WEEKLY, "tiers": 2}
    async with game(tmp_path, {"weekly": tiered, "other": WEEKLY}) as playing:
        past = await playing.roll("zoe")
        playing.clock.advance(WEEK)
        foreign = await playing.roll("ann", "other")
        higher = await playing.roll("bob", tier=1, is_trusted=True)
        for number, named in enumerate((past, foreign, higher)):
            playing.module("mine", SELECT + f"def hook():\n    return {named.cohort_id!r}\n")
            with capture_logs() as lines:
                rolled = await playing.roll(f"p{number}")
            assert rolled.cohort_id not in (past.cohort_id, foreign.cohort_id, higher.cohort_id)
            assert [line["event"] for line in lines] == ["selection_refused"]


async def test_m5_a_trusted_roll_may_name_a_cohort_of_another_tier(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "tiers": 2}}) as playing:
        higher = await playing.roll("bob", tier=1, is_trusted=True)
        playing.module("mine", SELECT + f"def hook():\n    return {higher.cohort_id!r}\n")
        rolled = await playing.roll("ann", is_trusted=True)
        assert rolled.cohort_id == higher.cohort_id
        assert (await playing.view("ann")).tier == 1


async def test_m5_a_new_cohort_of_a_tier_moves_the_player_there_and_a_reserved_one_waits_for_its_name(
    tmp_path: Path,
) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "tiers": 3}}) as playing:
        playing.module("mine", SELECT + "def hook():\n    return NewCohort(2, {'club': 'x'}, reserved=True)\n")
        reserved = await playing.roll("ann")
        assert (await playing.view("ann")).tier == 2
        (playing.folder / "modules" / "mine.py").unlink()
        playing.module("none", "def register(registry):\n    pass\n")
        passed_by = await playing.roll("bob", tier=2, is_trusted=True)
        assert passed_by.cohort_id != reserved.cohort_id
        code = "async def hook(ctx, event, player):\n"
        code += "    (one,) = await ctx.event_leaderboards.open_cohorts(event.id, player.id, 2, {'club': 'x'})\n"
        playing.module("by_name", SELECT + code + "    return JoinCohort(one.cohort_id)\n")
        named = await playing.roll("cid", tier=2, is_trusted=True)
        assert named.cohort_id == reserved.cohort_id


WAITING = (
    SELECT
    + """
inside, go, asked = asyncio.Event(), asyncio.Event(), []

async def hook(player, candidates):
    if player.id != "ann":
        return None
    asked.append([one.cohort_id for one in candidates])
    inside.set()
    await go.wait()
    return candidates[0].cohort_id if candidates else None
"""
)


async def test_m5_a_candidate_that_filled_while_the_hook_thought_is_asked_about_again(tmp_path: Path) -> None:
    """The module answered rightly about what it was shown; it gets to choose anew, rather than the default for it."""
    async with game(tmp_path, {"weekly": {**WEEKLY, "cohort_size": 2}}) as playing, asyncio.timeout(5):
        filled = await playing.roll("bob")
        playing.module("mine", WAITING)
        state = state_of(playing)
        rolling = asyncio.ensure_future(playing.roll("ann"))
        await state["inside"].wait()
        assert (await playing.roll("cid")).cohort_id == filled.cohort_id
        state["go"].set()
        assert (await rolling).cohort_id != filled.cohort_id
        assert state["asked"] == [[filled.cohort_id], []]


async def test_m5_a_named_cohort_that_fills_between_answer_and_joining_is_asked_about_twice_again(
    tmp_path: Path,
) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "cohort_size": 2}}) as playing:
        for number in range(4):
            playing.module("alone", SELECT + "def hook():\n    return NewCohort()\n")
            await playing.roll(f"host{number}")
        (playing.folder / "modules" / "alone.py").unlink()
        code = "asked = []\n\nasync def hook(player, candidates):\n    asked.append(player.id)\n"
        playing.module("mine", SELECT + code + "    return candidates[0].cohort_id if candidates else None\n")
        rolled = await asyncio.gather(*(playing.roll(f"p{number}") for number in range(8)))
        sizes = Counter(one.cohort_id for one in rolled)
        assert max(sizes.values()) <= 2
        assert max(Counter(state_of(playing)["asked"]).values()) <= 3


async def test_e35_a_repeated_roll_gets_the_same_answer_where_modules_choose(tmp_path: Path) -> None:
    """The answer to a lost response; the module must not be in its way."""
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        playing.module("mine", SELECT + "def hook():\n    return None\n")
        first = await playing.roll("ann", request_id="r1")
        assert (await playing.roll("ann", request_id="r1")).cohort_id == first.cohort_id


async def test_e35_a_repeated_roll_with_a_claim_gets_the_same_answer_where_modules_change_rewards(
    tmp_path: Path,
) -> None:
    async with game(tmp_path, {"weekly": PRIZED}) as playing:
        playing.module("mine", CHANGE + "def hook(reward):\n    return reward.plus(coins=1)\n")
        await won(playing, "ann")
        first = await playing.roll("ann", claim_reward=True, request_id="r1")
        again = await playing.roll("ann", claim_reward=True, request_id="r1")
        assert (again.cohort_id, again.grant) == (first.cohort_id, first.grant)
        assert await wallet(playing, "ann") == {"coins": 11}


async def test_m5_modules_are_not_asked_about_a_roll_that_is_refused(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "duration": 3600}}) as playing:
        playing.module("mine", SELECT + "asked = []\n\ndef hook(player):\n    asked.append(player.id)\n")
        await playing.roll("ann")
        with pytest.raises(errors.CohortNotComplete):
            await playing.roll("ann")
        playing.clock.advance(HOUR)
        with pytest.raises(errors.EventNotActive):
            await playing.roll("bob")
        assert state_of(playing)["asked"] == ["ann"]


async def test_e21_a_player_who_rolls_twice_while_a_hook_thinks_is_in_one_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        code = "async def hook():\n    await asyncio.sleep(0.01)\n    return NewCohort()\n"
        playing.module("mine", SELECT + code)
        answers = await asyncio.gather(*(playing.roll("ann") for _ in range(20)), return_exceptions=True)
        refused = [one for one in answers if isinstance(one, BaseException)]
        assert {type(one) for one in refused} == {errors.CohortNotComplete}
        assert len(refused) == 19


async def test_m5_a_definition_with_fewer_tiers_while_a_hook_thinks_does_not_break_the_roll(tmp_path: Path) -> None:
    """The first roll of a phase pins it; a reload between question and roll may have changed what there is to choose."""
    async with game(tmp_path, {"weekly": {**WEEKLY, "tiers": 3}}) as playing, asyncio.timeout(5):
        code = "inside, go = asyncio.Event(), asyncio.Event()\n\nasync def hook():\n    inside.set()\n"
        playing.module("mine", SELECT + code + "    await go.wait()\n    return NewCohort(tier=2)\n")
        state = state_of(playing)
        playing.clock.advance(WEEK)
        rolling = asyncio.ensure_future(playing.roll("ann"))
        await state["inside"].wait()
        await playing.configure({"weekly": WEEKLY})
        state["go"].set()
        rolled = await rolling
        assert rolled.situation.held is not None
        assert (await playing.view("ann")).tier < rolled.situation.held.definition.tiers


UNSOUND = {
    "raises": "def hook():\n    raise ValueError('secret')\n",
    "is late": "async def hook():\n    await asyncio.sleep(9)\n",
    "is nothing": "def hook():\n    return None\n",
    "is negative": "def hook(reward):\n    return reward.plus(coins=-11)\n",
    "overflows": "def hook():\n    return Reward(currencies={'coins': 2 ** 63})\n",
    "is a fraction": "def hook():\n    return Reward(currencies={'coins': 0.5})\n",
    "is half a character": "def hook():\n    return Reward(message='\\ud800')\n",
    "pays half a character": "def hook():\n    return Reward(currencies={'\\ud800': 1})\n",
    "cancels": "async def hook():\n    raise asyncio.CancelledError\n",
}


@pytest.mark.parametrize("code", UNSOUND.values(), ids=UNSOUND.keys())
async def test_m4_a_reward_hook_that_fails_changes_nothing_and_the_claim_may_be_tried_again(
    tmp_path: Path, code: str
) -> None:
    async with game(tmp_path, {"weekly": PRIZED}) as playing, asyncio.timeout(10):
        await won(playing, "ann")
        playing.module("mine", CHANGE + code)
        for call in (lambda: playing.claim("ann"), lambda: playing.roll("ann", claim_reward=True)):
            with pytest.raises(HookFailed) as caught:
                await call()
            assert "secret" not in str(caught.value)
        assert (await wallet(playing, "ann"), (await playing.view("ann")).flags.can_claim) == ({}, True)
        playing.module("mine", CHANGE + "def hook(reward):\n    return reward\n")
        assert (await playing.claim("ann")).grant.reward.currencies == {"coins": 10}


async def test_m4_settlement_tries_again_after_a_failing_reward_hook_and_pays_each_once(tmp_path: Path) -> None:
    """One player's failure neither keeps the others from their reward nor pays them twice."""
    async with game(tmp_path, {"weekly": {**PRIZED, "auto_claim": True}}) as playing:
        await won(playing, "ann", "bob", "cid")
        playing.module("mine", CHANGE + "def hook(player, reward):\n    return 1 / (player.id != 'bob') and reward\n")
        await playing.settle()
        assert [await wallet(playing, name) for name in ("ann", "bob", "cid")] == [{"coins": 10}, {}, {"coins": 10}]
        playing.module("mine", CHANGE + "def hook(reward):\n    return reward.plus(coins=1)\n")
        playing.clock.advance(DAY)
        await playing.settle()
        paid = [await wallet(playing, name) for name in ("ann", "bob", "cid")]
        assert paid == [{"coins": 10}, {"coins": 11}, {"coins": 10}]


@pytest.mark.parametrize("host", ["server", "player", "node"])
async def test_m2_settlement_calls_as_the_server_itself_whatever_its_host_is_called(tmp_path: Path, host: str) -> None:
    events = {"weekly": {**PRIZED, "auto_claim": True}}
    async with game(tmp_path, events, worker=f"{host}:1:c0ffee") as playing:
        await won(playing, "ann")
        code = "callers = []\ndef hook(ctx, reward):\n    callers.append(ctx.caller)\n    return reward\n"
        playing.module("mine", CHANGE + code)
        await playing.settle()
        (caller,) = state_of(playing, "reward")["callers"]
        assert (caller.kind, caller.player_id, caller.is_trusted) == ("laurel", "", True)


async def test_m4_a_module_that_cancels_does_not_stop_settlement(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**PRIZED, "auto_claim": True}}) as playing, asyncio.timeout(5):
        await won(playing, "ann", "bob")
        code = "async def hook(player, reward):\n    if player.id == 'ann':\n        raise asyncio.CancelledError\n"
        playing.module("mine", CHANGE + code + "    return reward\n")
        await playing.settle()
        assert await wallet(playing, "bob") == {"coins": 10}


async def test_e63_claims_at_once_grant_once_whatever_the_hook_answers(tmp_path: Path) -> None:
    """A hook that answers differently each time is asked by each claim; one answer is granted and credited."""
    async with game(tmp_path, {"weekly": PRIZED}) as playing:
        await won(playing, "ann")
        code = "calls = []\n\nasync def hook(reward):\n    calls.append(1)\n    await asyncio.sleep(0.01)\n"
        playing.module("mine", CHANGE + code + "    return reward.plus(coins=len(calls))\n")
        calls = [
            *(playing.claim("ann") for _ in range(20)),
            *(playing.roll("ann", claim_reward=True) for _ in range(5)),
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        refused = {type(one) for one in answers if isinstance(one, BaseException)}
        assert refused <= {errors.AlreadyClaimed, errors.CohortNotComplete}
        grants = (await playing.use.list_grants(PlayerId("ann"), None, 10)).grants
        assert len(grants) == 1
        assert await wallet(playing, "ann") == grants[0].reward.currencies


async def test_e35_a_claim_repeated_while_the_hook_thinks_gets_the_same_answer(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": PRIZED}) as playing:
        await won(playing, "ann")
        code = (
            "calls = []\n\nasync def hook(reward):\n    calls.append(1)\n    await asyncio.sleep(0.01 * len(calls))\n"
        )
        playing.module("mine", CHANGE + code + "    return reward.plus(coins=len(calls))\n")
        answers = await asyncio.gather(*(playing.claim("ann", request_id="r1") for _ in range(5)))
        assert len({one.grant.grant_id for one in answers}) == 1


async def test_b70_a_balance_never_leaves_the_range_however_much_a_module_gives(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": PRIZED}) as playing:
        playing.module("mine", CHANGE + "def hook():\n    return Reward(currencies={'coins': 2 ** 63 - 1})\n")
        for _ in range(2):
            await won(playing, "ann")
            await playing.claim("ann")
        assert await wallet(playing, "ann") == {"coins": BALANCE_MAX}


async def test_m5_what_a_module_changes_in_what_it_was_given_has_no_effect(tmp_path: Path) -> None:
    event = {**PRIZED, "additional_properties": {"cohorts": "any"}}
    async with game(tmp_path, {"weekly": event}) as playing:
        first = await playing.roll("bob")
        code = (
            "def hook(event, candidates):\n    event.additional_properties.clear()\n"
            "    for one in list(candidates):\n        object.__setattr__(one, 'count', -99)\n"
            "        one.properties['mine'] = True\n    candidates.clear()\n"
        )
        playing.module("mine", SELECT + code)
        assert (await playing.roll("ann")).cohort_id == first.cohort_id
        cohort = await playing.store.read(lambda view: view.cohort_of(CohortId(first.cohort_id)))
        assert cohort is not None
        assert (cohort.tally.participant_count, cohort.properties) == (2, "{}")
        current = playing.catalog.timeline_of(EventId("weekly")).current
        assert current is not None
        assert dict(current.additional_properties) == {"cohorts": "any"}


async def test_m1_a_roll_claims_what_modules_must_see_though_the_event_has_opted_out_since(tmp_path: Path) -> None:
    """The cohort keeps the definition of its phase, and with it who wants to see its rewards."""
    code = (
        CHANGE.replace("(hook)", "(hook, opt_in='vip')") + "async def hook(reward):\n    return reward.plus(coins=1)\n"
    )
    async with game(tmp_path, {"weekly": {**PRIZED, "additional_properties": {"vip": "yes"}}}) as playing:
        playing.module("mine", code)
        await won(playing, "ann")
        await playing.configure({"weekly": PRIZED})
        playing.clock.advance(WEEK)
        assert (await playing.roll("ann", claim_reward=True)).grant is not None
        assert await wallet(playing, "ann") == {"coins": 11}


async def test_m8_what_a_module_asks_with_nonsense_fails_nobody_elses_call(
    tmp_path: Path, databases: Databases
) -> None:
    """Calls share transactions: what the database refuses would be refused of all of them."""
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with game(tmp_path, {"weekly": WEEKLY}, store=store) as playing:
        await playing.roll("ann")
        ask = ModuleEventLeaderboards("mine", playing.store, playing.catalog, playing.clock, playing.use)
        wrong: list[Any] = ["a\0nn", "\ud800", 7, None, "", "x" * 129]
        asked = [ask.submit_score("weekly", who, 1) for who in wrong] + [ask.submit_score("weekly", "ann", 0)]
        answers = await asyncio.gather(*asked, playing.submit("ann", 3), return_exceptions=True)
        assert [type(one) for one in answers[: len(wrong)]] == [ValueError] * len(wrong)
        rolls: list[Any] = [ask.roll_cohort("weekly", who) for who in wrong]
        tier: Any = 0.0
        rolls.append(ask.roll_cohort("weekly", "bob", tier=tier))
        rolled = await asyncio.gather(*rolls, playing.roll("cid"), return_exceptions=True)
        assert [type(one) for one in rolled[:-1]] == [ValueError] * len(rolls)
        assert not [one for one in (*answers[len(wrong) :], rolled[-1]) if isinstance(one, BaseException)]
    await store.close()


async def test_m5_a_selection_that_no_database_can_look_for_leaves_it_to_the_default(
    tmp_path: Path, databases: Databases
) -> None:
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with game(tmp_path, {"weekly": WEEKLY}, store=store) as playing:
        for name in ("is half a character", "is a null character"):
            playing.module("mine", SELECT + FAILING[name])
            assert (await playing.roll(name)).cohort_id
    await store.close()
