"""`modules/vip_bonus.py` does what its docstring promises, as the file that ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.vip_bonus import NEVER, is_vip, with_grant, with_purchase
from server.hooks.storage import ModuleStorage
from server.testing import CallFailed, Game, Player, Server

MODULES = Path(__file__).parents[2] / "modules"
MODULE = "vip_bonus"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
REWARD = {"guaranteed": {"currencies": {"coins": {"min": 101}}, "items": {"rocket": {"min": 1}}}}
GEMS = {"guaranteed": {"currencies": {"gems": {"min": 120}}}}


def daily(reward: dict[str, Any] = REWARD, **fields: Any) -> dict[str, Any]:
    tier = {"name": "All", "rank_min": 1, "rank_max": 10, "reward": reward}
    return {
        "reset_schedule": "@daily",
        "cohort_size": 10,
        "reward_tiers": {"0": [tier]},
        "additional_properties": {"vip_bonus": "on"},
        **fields,
    }


@contextmanager
def playing(settings: dict[str, Any] | None = None, **events: Any) -> Iterator[Game]:
    events = {"daily": daily(), "mine": daily(GEMS, additional_properties={}), **events}
    with Game(MODULES, events=events, items={"rocket": {"name": "Rocket"}}, settings={MODULE: settings or {}}) as game:
        yield game


def day_of(player: Player, game: Game, event: str = "daily") -> None:
    """Play a day and claim."""
    player.roll(event)
    player.submit(event, 1)
    game.advance(days=1)
    player.claim(event)


def rich(game: Game, player: str = "ann") -> Player:
    """Return a player with 120 gems."""
    one = game.player(player)
    day_of(one, game, "mine")
    return one


def refused(caller: Player | Server, name: str, payload: Any = None) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        caller.function(name, payload)
    return caught.value


def test_a_vip_gets_more_currencies_rounded_down_and_items_as_they_are() -> None:
    with playing() as game:
        game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        for name, coins in (("ann", 151), ("bob", 101)):
            player = game.player(name)
            day_of(player, game)
            assert player.wallet() == {"coins": coins}
            assert player.inventory() == {"rocket": 1}


def test_the_bonus_is_what_the_settings_say() -> None:
    with playing({"bonus_percent": 200}) as game:
        game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        ann = game.player("ann")
        day_of(ann, game)
        assert ann.wallet() == {"coins": 303}


def test_an_event_that_does_not_opt_in_pays_vips_as_others() -> None:
    with playing() as game:
        game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        assert rich(game).wallet() == {"gems": 120}


def test_settlement_pays_the_bonus_too() -> None:
    with playing(auto=daily(auto_claim=True)) as game:
        game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        ann = game.player("ann")
        ann.roll("auto")
        ann.submit("auto", 1)
        game.advance(days=1)
        assert ann.wallet() == {"coins": 151}


def test_who_is_vip_no_more_when_he_claims_gets_no_bonus() -> None:
    with playing() as game:
        ann = game.player("ann")
        game.server.function("vip.grant", {"player_id": "ann", "days": 1})
        day_of(ann, game)
        assert ann.wallet() == {"coins": 101}


def test_the_status_tells_until_when_and_the_end_itself_is_over() -> None:
    with playing() as game:
        ann = game.player("ann")
        assert ann.function("vip.status") == {"is_vip": False, "until": None, "purchases": 0}
        until = "2026-01-12T00:00:00+00:00"
        granted = game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        assert granted == ann.function("vip.status") == {"is_vip": True, "until": until, "purchases": 0}
        game.advance(days=6, hours=23, minutes=59, seconds=59)
        assert ann.function("vip.status")["is_vip"]
        game.advance(seconds=1)
        assert ann.function("vip.status") == {"is_vip": False, "until": until, "purchases": 0}
        assert game.server.function("vip.status", {"player_id": "ann"}) == ann.function("vip.status")


def test_a_player_asks_for_himself_whatever_he_says() -> None:
    with playing() as game:
        game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        assert not game.player("bob").function("vip.status", {"player_id": "ann"})["is_vip"]


def test_a_purchase_takes_the_price_and_adds_its_days_behind_those_there_are() -> None:
    with playing() as game:
        ann = rich(game)
        game.server.function("vip.grant", {"player_id": "ann", "days": 1})
        bought = ann.function("vip.buy", {"purchase": 1})
        assert bought == {"is_vip": True, "until": (NOW + timedelta(days=1 + 1 + 30)).isoformat(), "purchases": 1}
        assert ann.wallet() == {"gems": 70}
        assert ann.function("vip.buy", {"purchase": 2})["until"] == (NOW + timedelta(days=2 + 60)).isoformat()
        assert ann.wallet() == {"gems": 20}


def test_a_purchase_that_is_sent_again_is_paid_once_and_adds_once() -> None:
    with playing() as game:
        ann = rich(game)
        first = ann.function("vip.buy", {"purchase": 1})
        game.advance(days=3)  # the wallet has forgotten the payment; the number still stands
        assert ann.function("vip.buy", {"purchase": 1}) == first
        assert ann.wallet() == {"gems": 70}


def test_two_purchases_of_one_number_at_once_are_one() -> None:
    with playing() as game:
        ann = rich(game)
        first, second = game.at_once(*[lambda: ann.function("vip.buy", {"purchase": 1})] * 2)
        assert first == second
        assert ann.wallet() == {"gems": 70}


def test_a_purchase_that_broke_off_after_the_payment_is_mended_by_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("the store has gone away")

    with playing() as game:
        ann = rich(game)
        with monkeypatch.context() as patch:
            patch.setattr(ModuleStorage, "put", fail)
            assert refused(ann, "vip.buy", {"purchase": 1}).reason == "HOOK_FAILED"
        assert not ann.function("vip.status")["is_vip"]
        assert ann.function("vip.buy", {"purchase": 1})["is_vip"]
        assert ann.wallet() == {"gems": 70}


def test_players_with_the_same_number_pay_each_for_himself() -> None:
    with playing() as game:
        players = [rich(game, name) for name in ("ann", "bob")]
        for one in players:
            assert one.function("vip.buy", {"purchase": 1})["is_vip"]
            assert one.wallet() == {"gems": 70}


def test_who_has_too_little_is_told_so_and_is_no_vip() -> None:
    with playing({"price": {"gems": 121}}) as game:
        ann = rich(game)
        refusal = refused(ann, "vip.buy", {"purchase": 1})
        assert (refusal.code, refusal.reason) == ("FAILED_PRECONDITION", "INSUFFICIENT_FUNDS")
        assert ann.wallet() == {"gems": 120}
        assert ann.function("vip.status")["purchases"] == 0


@pytest.mark.parametrize("number", [1, 4])
def test_a_purchase_out_of_turn_is_refused_and_costs_nothing(number: int) -> None:
    with playing({"price": {"gems": 1}}) as game:
        ann = rich(game)
        for purchase in (1, 2):
            ann.function("vip.buy", {"purchase": purchase})
        refusal = refused(ann, "vip.buy", {"purchase": number})
        assert (refusal.code, refusal.reason) == ("FAILED_PRECONDITION", "VIP_PURCHASE_OUT_OF_TURN")
        assert ann.wallet() == {"gems": 118}


def test_a_server_cannot_buy_and_a_player_cannot_grant() -> None:
    with playing() as game:
        refusal = refused(game.server, "vip.buy", {"purchase": 1})
        assert (refusal.code, refusal.reason) == ("PERMISSION_DENIED", "VIP_IS_FOR_PLAYERS")
        refusal = refused(game.player("ann"), "vip.grant", {"player_id": "ann", "days": 7})
        assert refusal.reason == "FUNCTION_FOR_SERVERS"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("vip.grant", None),
        ("vip.grant", []),
        ("vip.grant", {"days": 7}),
        ("vip.grant", {"player_id": "", "days": 7}),
        ("vip.grant", {"player_id": "a" * 129, "days": 7}),
        ("vip.grant", {"player_id": "a\n", "days": 7}),
        ("vip.grant", {"player_id": 7, "days": 7}),
        ("vip.grant", {"player_id": "ann"}),
        ("vip.grant", {"player_id": "ann", "days": 0}),
        ("vip.grant", {"player_id": "ann", "days": 367}),
        ("vip.grant", {"player_id": "ann", "days": 1.5}),
        ("vip.grant", {"player_id": "ann", "days": True}),
        ("vip.grant", {"player_id": "ann", "days": "7"}),
        ("vip.status", None),
        ("vip.buy", {}),
        ("vip.buy", {"purchase": 0}),
        ("vip.buy", "1"),
    ],
)
def test_a_payload_that_says_nothing_sensible_is_refused(name: str, payload: Any) -> None:
    with playing() as game:
        refusal = refused(game.server, name, payload)
        assert (refusal.code, refusal.reason) == ("INVALID_ARGUMENT", "VIP_PAYLOAD_INVALID")


def test_a_grant_that_is_repeated_adds_nothing_and_a_shorter_one_takes_nothing() -> None:
    with playing() as game:
        first = game.server.function("vip.grant", {"player_id": "ann", "days": 7})
        for days in (7, 3):
            assert game.server.function("vip.grant", {"player_id": "ann", "days": days}) == first


@given(st.lists(st.tuples(st.sampled_from(["buy", "grant"]), st.integers(1, 400), st.integers(0, 400))))
def test_whatever_is_bought_and_granted_the_end_never_moves_back(steps: list[tuple[str, int, int]]) -> None:
    record, now, number = dict(NEVER), NOW, 0
    for kind, days, waited in steps:
        now += timedelta(days=waited)
        before = datetime.fromisoformat(record["until"]) if record["until"] else now
        if kind == "buy":
            number += 1
            record = dict(with_purchase(record, number, days, now))
            assert with_purchase(record, number, days, now) == record
            assert record["until"] == (max(before, now) + timedelta(days=days)).isoformat()
        else:
            record = dict(with_grant(record, now + timedelta(days=days)))
        assert is_vip(record, max(before, now) - timedelta(seconds=1))
        assert is_vip(record, now)
