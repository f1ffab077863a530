"""Definitions of leaderboards in a real server: checked, put in force, and refused under their entries (B2, B3, E1)."""

import json

from tests.acceptance.process import ServerProcess
from tests.world import WEEKLY

BOARD = {"scoring": {"aggregation": "best", "contribution_max": 100}}
SUBMIT = "LeaderboardService/SubmitScore"


async def test_b3_operators_see_what_is_in_force_and_what_an_edit_may_not_change(server: ServerProcess) -> None:
    server.configure({"weekly": WEEKLY}, boards={"hall": BOARD, "days": {**BOARD, "timeframe": {"type": "daily"}}})
    assert (await server.operator.call("AdminService/Reload")).reloaded
    catalogue = await server.operator.call("AdminService/GetCatalogue")
    days, hall = catalogue.leaderboards
    assert (days.key, hall.key, hall.window_key) == ("days", "hall", "all")
    assert days.definition_hash == days.period_definition_hash
    assert days.period_end_time.seconds - days.period_start_time.seconds <= 86_400
    assert not hall.HasField("period_end_time")

    await (await server.player("ann")).call(SUBMIT, key="hall", score=5)
    server.configure({"weekly": WEEKLY}, boards={"hall": {**BOARD, "ranking": {"decimals": 0}}})
    refused = await server.operator.call("AdminService/Reload")
    assert not refused.reloaded
    (diagnostic,) = [one for one in refused.diagnostics if "decimals" in one.path]
    assert "laurel leaderboards restart hall" in diagnostic.mend

    server.configure({"weekly": WEEKLY}, boards={"hall": BOARD})
    taken = await server.operator.call("AdminService/Reload")
    assert taken.reloaded
    assert [one.path for one in taken.diagnostics if "gone from the files" in one.message] == ["/leaderboards/days"]
    (days, _) = (await server.operator.call("AdminService/GetCatalogue")).leaderboards
    assert days.is_archived


async def test_e1_texts_of_leaderboards_are_checked_beside_what_is_in_force(server: ServerProcess) -> None:
    text = {"weeks": {"timeframe": {"type": "event", "event_leaderboard": "weekly"}, "reward_policy": "podum"}}
    policy = {"type": "top_n", "parameters": {"tiers": [{"to": 1, "key": "gold", "entries": []}]}}
    checked = await server.operator.call(
        "AdminService/ValidateDefinitions",
        leaderboards=[{"name": "x.json", "text": json.dumps({"leaderboards": text})}],
        reward_policies=[{"name": "y.json", "text": json.dumps({"reward_policies": {"podium": policy}})}],
    )
    assert not checked.valid
    errors = [one for one in checked.diagnostics if "no reward policy" in one.message]
    assert [(one.file, one.mend) for one in errors] == [("x.json", "did you mean 'podium'?")]
