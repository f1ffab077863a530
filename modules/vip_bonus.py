"""VIP players get more of the currencies that they win.

What it decides. Whoever is VIP when his reward is granted gets `bonus_percent` more of each currency, rounded down; items
stay as they are. Players become VIP by buying it or by a grant of the studio's servers, and may ask until when they are.

How an event opts in: `"additional_properties": { "vip_bonus": "on" }`.

Functions, through ModuleService.CallFunction:
  vip.status  {}                                   for players; a server adds "player_id"
  vip.buy     {"purchase": 3}                      for players: `purchases` of the status and one
  vip.grant   {"player_id": "ann", "days": 7}      for servers: VIP for at least so many days from now
All answer `{"is_vip": true, "until": "2026-02-01T00:00:00+00:00", "purchases": 3}`; `until` is null for who never was.

What it promises. Each may be sent again until it is answered. A purchase has a number, so it is paid once and adds its days
once, whatever breaks in between; the wallet remembers what was paid for 48 hours. A repeated grant adds nothing.

Refusals: VIP_PAYLOAD_INVALID (INVALID_ARGUMENT), VIP_PURCHASE_OUT_OF_TURN (FAILED_PRECONDITION: ask for the status),
VIP_IS_FOR_PLAYERS (PERMISSION_DENIED: a server cannot buy), and INSUFFICIENT_FUNDS from the wallet.

Settings, `[modules.vip_bonus]`:
  bonus_percent = 50
  price = { gems = 50 }   of one purchase
  days = 30               that it adds
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from server.modules_api import Context, Event, Player, Refusal, Registry, Reward

COLLECTION = "vip_bonus"
KEY = "vip"
NEVER: Mapping[str, Any] = {"until": None, "purchases": 0}
GRANT_DAYS_MAX = 366


def register(registry: Registry) -> None:
    """Tell the server which hooks and functions this module has."""
    registry.reward(add_bonus, opt_in="vip_bonus")
    registry.function("vip.status", status)
    registry.function("vip.buy", buy)
    registry.function("vip.grant", grant, trusted_only=True)


async def add_bonus(ctx: Context, event: Event, player: Player, reward: Reward) -> Reward:
    """Give a VIP player more."""
    if event.additional_properties.get("vip_bonus") != "on" or not reward.currencies:
        return reward
    if not is_vip(await _record_of(ctx, player.id), ctx.now()):
        return reward
    percent = 100 + int(ctx.settings.get("bonus_percent", 50))
    return replace(reward, currencies={name: amount * percent // 100 for name, amount in reward.currencies.items()})


async def status(ctx: Context, payload: Any) -> Mapping[str, Any]:
    """Tell until when a player is VIP."""
    player_id = ctx.caller.player_id or _player_in(payload)
    return _shown(await _record_of(ctx, player_id), ctx.now())


async def buy(ctx: Context, payload: Any) -> Mapping[str, Any]:
    """Take the price, and then add the days: what breaks in between is mended by asking again."""
    player_id, number = ctx.caller.player_id, _whole(payload, "purchase", 1, 1_000_000)
    if not player_id:
        raise Refusal("VIP_IS_FOR_PLAYERS", "Only a player can buy it, for himself.", "PERMISSION_DENIED")
    purchases = (await _record_of(ctx, player_id))["purchases"]
    if not purchases <= number <= purchases + 1:
        raise Refusal("VIP_PURCHASE_OUT_OF_TURN", f"The next purchase is number {purchases + 1}.")
    if number > purchases:
        key = sha256(f"{player_id}/{number}".encode()).hexdigest()  # keys are the module's, not the player's, and short
        await ctx.wallet.spend(player_id, ctx.settings.get("price", {"gems": 50}), key)
    add = partial(with_purchase, number=number, days=int(ctx.settings.get("days", 30)), now=ctx.now())
    return _shown(await ctx.storage.update(COLLECTION, KEY, add, player_id, default=NEVER), ctx.now())


async def grant(ctx: Context, payload: Any) -> Mapping[str, Any]:
    """Make a player VIP for some days."""
    player_id, days = _player_in(payload), _whole(payload, "days", 1, GRANT_DAYS_MAX)
    add = partial(with_grant, until=ctx.now() + timedelta(days=days))
    return _shown(await ctx.storage.update(COLLECTION, KEY, add, player_id, default=NEVER), ctx.now())


def is_vip(record: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a player is VIP: until the end, and not at it."""
    return record["until"] is not None and now < datetime.fromisoformat(record["until"])


def with_purchase(record: Mapping[str, Any], number: int, days: int, now: datetime) -> Mapping[str, Any]:
    """Return a player's record with a purchase in it, once: behind what he has, or from now."""
    if number <= record["purchases"]:
        return record
    start = datetime.fromisoformat(record["until"]) if is_vip(record, now) else now
    return {"until": (start + timedelta(days=days)).isoformat(), "purchases": number}


def with_grant(record: Mapping[str, Any], until: datetime) -> Mapping[str, Any]:
    """Return a player's record with an end that is at least this."""
    return record if is_vip(record, until) else {**record, "until": until.isoformat()}


async def _record_of(ctx: Context, player_id: str) -> Mapping[str, Any]:
    found = await ctx.storage.get(COLLECTION, KEY, player_id)
    return NEVER if found is None else found.value


def _shown(record: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    return {"is_vip": is_vip(record, now), **record}


def _player_in(payload: Any) -> str:
    name = payload.get("player_id") if isinstance(payload, dict) else None
    if not (isinstance(name, str) and 0 < len(name) <= 128 and name.isprintable()):
        raise Refusal("VIP_PAYLOAD_INVALID", "player_id must be a player's id.", "INVALID_ARGUMENT")
    return name


def _whole(payload: Any, name: str, least: int, most: int) -> int:
    number = payload.get(name) if isinstance(payload, dict) else None
    if not (type(number) is int and least <= number <= most):
        raise Refusal(
            "VIP_PAYLOAD_INVALID", f"{name} must be a whole number from {least} to {most}.", "INVALID_ARGUMENT"
        )
    return number
