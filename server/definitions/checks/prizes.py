"""Whether a reward policy pays what it says to whom it says (B60, B61)."""

from __future__ import annotations

from itertools import pairwise

from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.rewards import one_reward_problems, range_problems
from server.definitions.checks.world import World
from server.definitions.diagnostics import Problem
from server.definitions.models.reward import RangeModel
from server.definitions.models.reward_policy import PLACES_MAX, PrizeEntryModel, PrizeTierModel, RewardPolicyModel
from server.definitions.source import Path

_OWN = {"top_n": ("to",), "top_percent": ("percent", "max_places")}
_NEEDED = {"top_n": "to", "top_percent": "percent"}
_SPELLED = {"currency": ("currencyKey", "amount"), "item": ("itemKey", "quantity")}


def policy_problems(path: Path, policy: RewardPolicyModel, world: World) -> Problems:
    """Tell what is wrong with a reward policy, wherever it is written."""
    tiers = policy.parameters.tiers
    here = (*path, "parameters", "tiers")
    for index, tier in enumerate(tiers):
        yield from _reach_problems((*here, index), tier, policy.type)
        yield from _prize_problems((*here, index), tier, world)
    for index, (better, worse) in enumerate(pairwise(tiers), 1):
        yield from _order_problems((*here, index), better, worse)
    seen: dict[str, int] = {}
    for index, tier in enumerate(tiers):
        if seen.setdefault(tier.key, index) != index:
            yield Problem(
                (*here, index, "key"), f"the tier {tier.key!r} is there already", "give each tier its own key"
            )
    if policy.auto_claim and policy.claim_expiry_sec is not None:
        message = "with auto_claim no prize waits for a claim, so none expires"
        yield warning((*path, "claim_expiry_sec"), message, "leave out one of the two")


def _reach_problems(path: Path, tier: PrizeTierModel, kind: str) -> Problems:
    needed = _NEEDED[kind]
    if getattr(tier, needed) is None:
        example = 'add "to": the last place that wins it' if kind == "top_n" else 'add "percent": 10 for ten percent'
        yield Problem(path, f"a tier of a {kind} policy needs {needed}", example)
    for other, options in _OWN.items():
        for option in options if other != kind else ():
            if getattr(tier, option) is not None:
                mend = f"write {needed}, or type: {other}"
                yield Problem((*path, option), f"{option} says nothing to a {kind} policy", mend)
    if tier.percent is not None and kind == "top_percent" and tier.percent < 1:
        message = f"this is less than one percent: {tier.percent} of a hundred"
        yield warning((*path, "percent"), message, "write 10 for ten percent; 1 or more, if it is not meant")


def _order_problems(path: Path, better: PrizeTierModel, worse: PrizeTierModel) -> Problems:
    if better.to is not None and worse.to is not None and worse.to <= better.to:
        yield Problem(
            (*path, "to"),
            f"to is {worse.to}, and the tier before reaches down to {better.to} already: nobody could win this one",
            "let to grow from tier to tier",
        )
    if better.percent is None or worse.percent is None:
        return
    most, more = better.max_places or PLACES_MAX, worse.max_places or PLACES_MAX
    if worse.percent < better.percent or more < most or (worse.percent == better.percent and more == most):
        yield Problem(
            (*path, "percent"),
            "this tier reaches no further down than the one before: there are segments in which nobody could win it",
            "let percent grow from tier to tier, and max_places too",
        )


def _prize_problems(path: Path, tier: PrizeTierModel, world: World) -> Problems:
    if tier.entries is not None and tier.reward is not None:
        yield Problem((*path, "reward"), "entries and reward say the same thing twice", "keep one of them")
    elif tier.entries is None and tier.reward is None:
        yield Problem(path, "nothing says what is won", "add entries; an empty list wins nothing")
    if tier.reward is not None:
        yield from one_reward_problems((*path, "reward"), tier.reward, world.items)
    won: set[tuple[str, str]] = set()
    for index, entry in enumerate(tier.entries or []):
        here = (*path, "entries", index)
        yield from _entry_problems(here, entry)
        key_option, amount_option = _SPELLED[entry.type]
        key = getattr(entry, key_option)
        if key is None:
            continue
        if (entry.type, key) in won:
            yield Problem((*here, key_option), f"{key!r} is won twice in this tier", "add them up in one entry")
        won.add((entry.type, key))
        if entry.type == "item" and world.items.lacks(key):
            mend = world.items.like(key) or "add it to a file in config/items"
            yield Problem((*here, key_option), f"there is no item {key!r}", mend)
        amount = getattr(entry, amount_option)
        if isinstance(amount, RangeModel):
            yield from range_problems((*here, amount_option), amount)


def _entry_problems(path: Path, entry: PrizeEntryModel) -> Problems:
    for kind, options in _SPELLED.items():
        for option in options:
            is_given = getattr(entry, option) is not None
            if kind == entry.type and not is_given:
                yield Problem(path, f"an entry of type {kind} needs {option}", f'add "{option}": ...')
            elif kind != entry.type and is_given:
                mend = f"write {' and '.join(_SPELLED[entry.type])}, or type: {kind}"
                yield Problem((*path, option), f"{option} says nothing to an entry of type {entry.type}", mend)
