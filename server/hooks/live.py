"""The modules in force: loaded, called, and swapped whole (M1, M4 to M6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from server.domain import rewards
from server.domain.event_leaderboards import matching
from server.domain.event_leaderboards.definition import Definition
from server.domain.ids import CohortId
from server.domain.players import Player
from server.hooks import api
from server.hooks.calls import HookCaller
from server.hooks.context import ModuleContext, candidate
from server.hooks.loader import load_modules
from server.hooks.registry import Hook, Registry, combined
from server.ports.clock import Clock
from server.ports.errors import HookFailed
from server.ports.hooks import Hooks, RewardQuestion, SelectionQuestion

log = structlog.get_logger(__name__)

PROPERTIES_MAX = 1024
"""Bytes of JSON that the properties of a cohort may take."""


class LiveHooks(Hooks):
    """Calls the modules of a folder. Has none until `put_in_force`."""

    def __init__(
        self, folder: Path, settings: Mapping[str, Mapping[str, Any]], clock: Clock, calls: HookCaller
    ) -> None:
        self._folder = folder
        self._settings = {module: _frozen(section) for module, section in settings.items()}
        self._clock = clock
        self._calls = calls
        self._hooks: dict[str, tuple[Hook, ...]] = {}
        self._events: api.EventLeaderboards | None = None
        self._modules: tuple[str, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the modules in force."""
        return self._modules

    def serve(self, events: api.EventLeaderboards) -> None:
        """Give modules the server's knowledge of events; hooks are made before the use cases that they may ask."""
        self._events = events

    def load(self) -> dict[str, Registry]:
        """Load the folder without putting it in force.

        :raises ModuleInvalid: for a module that cannot be used
        """
        return load_modules(self._folder)

    def put_in_force(self, registries: Mapping[str, Registry]) -> None:
        """Swap modules in, whole. Calls that run end on those they began with."""
        self._hooks = combined(registries)
        self._modules = tuple(sorted(registries))

    @property
    def selects_cohorts(self) -> bool:
        """Whether any module wants to be asked where players go."""
        return bool(self._hooks.get("cohort_selection"))

    @property
    def changes_rewards(self) -> bool:
        """Whether any module wants to see rewards."""
        return bool(self._hooks.get("reward"))

    async def select_cohort(self, question: SelectionQuestion) -> matching.Choice | None:
        """Return the first module's answer, or None for the default."""
        for hook in self._hooks.get("cohort_selection", ()):
            arguments = {
                "ctx": self._context(hook),
                "event": _event(question.definition),
                "player": _player(question.player),
                "tier": question.tier,
                "properties": json.loads(json.dumps(question.properties)),
                "candidates": [candidate(one.cohort, one.player_ids) for one in question.candidates],
            }
            try:
                choice = self._choice(hook, await self._calls.call(hook, arguments))
            except HookFailed:  # is logged; the default takes over where no other module answers
                continue
            except api.Refusal as refusal:
                log.warning("selection_cannot_refuse", module=hook.module, reason=refusal.own_reason)
                continue
            if choice is not None:
                return choice
        return None

    async def change_reward(self, question: RewardQuestion) -> rewards.Reward:
        """Return the reward after all modules have seen it."""
        reward = question.reward
        for hook in self._hooks.get("reward", ()):
            arguments = {
                "ctx": self._context(hook),
                "event": _event(question.definition),
                "player": _player(question.player),
                "standing": _standing(question),
                "reward": _shown(reward),
            }
            reward = self._changed(hook, await self._calls.call(hook, arguments), reward)
        return reward

    def _context(self, hook: Hook) -> ModuleContext:
        assert self._events is not None
        settings = self._settings.get(hook.module, {})
        return ModuleContext(hook.module, hook.spec.name, settings, self._clock, self._events)

    def _choice(self, hook: Hook, answer: object) -> matching.Choice | None:
        match answer:
            case None:
                return None
            case str(cohort_id) | api.JoinCohort(cohort_id=str(cohort_id)):
                if not _can_be_written(cohort_id):
                    raise self._calls.failed(hook, "named a cohort with half a character")
                return matching.JoinCohort(CohortId(cohort_id))
            case api.SharedCohort(properties=properties):
                return matching.SharedCohort(self._properties(hook, properties))
            case api.NewCohort(tier=None | int() as tier, properties=properties, reserved=bool() as reserved):
                return matching.NewCohort(tier, self._properties(hook, properties), reserved)
        raise self._calls.failed(hook, f"answered {type(answer).__name__}, where a cohort or None is expected")

    def _properties(self, hook: Hook, properties: object) -> str:
        try:
            text = json.dumps(properties, separators=(",", ":"), allow_nan=False, sort_keys=True)
        except Exception as error:  # a module's own type may raise whatever it likes
            raise self._calls.failed(hook, "gave properties that are no JSON", error) from error
        if not text.startswith("{") or len(text.encode()) > PROPERTIES_MAX:
            raise self._calls.failed(hook, f"gave properties that are no JSON object of {PROPERTIES_MAX} bytes at most")
        return text

    def _changed(self, hook: Hook, answer: object, before: rewards.Reward) -> rewards.Reward:
        """Take over a module's reward; what modules do not see (modifiers, instances, expiry) stays as it was rolled."""
        if (
            not isinstance(answer, api.Reward)
            or not isinstance(answer.message, str)
            or not _can_be_written(answer.message)
        ):
            raise self._calls.failed(hook, "answered no Reward")
        return rewards.Reward(
            items=self._counts(hook, answer.items),
            currencies=self._counts(hook, answer.currencies),
            energies=self._counts(hook, answer.energies),
            energy_modifiers=before.energy_modifiers,
            reward_modifiers=before.reward_modifiers,
            item_instances=before.item_instances,
            to_mailbox_expiry_sec=before.to_mailbox_expiry_sec,
            message=answer.message,
        )

    def _counts(self, hook: Hook, answer: object) -> dict[str, int]:
        """Return counts as plain values of our own; 0 is left out."""
        try:
            counts = list(answer.items()) if isinstance(answer, dict) else [("", None)]
        except Exception as error:  # a module's own type may raise whatever it likes
            raise self._calls.failed(hook, "answered counts that cannot be read", error) from error
        if not all(_is_count(key, count) for key, count in counts):
            raise self._calls.failed(hook, "answered no counts of 0 or more by name")
        return {str(key): int(count) for key, count in counts if count}


def _is_count(key: object, count: object) -> bool:
    is_key = isinstance(key, str) and _can_be_written(key)
    return is_key and isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**63


def _can_be_written(text: str) -> bool:
    """Tell whether a text can leave Python: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _frozen(value: Any) -> Any:
    """Return settings as a module may read them, and not change them for itself or others."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(one) for key, one in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _event(definition: Definition) -> api.Event:
    return api.Event(
        id=definition.event_id,
        name=definition.name,
        category=definition.category,
        tiers=definition.tiers,
        cohort_sizes=tuple(rules.cohort_size for rules in definition.tier_rules),
        additional_properties=dict(definition.additional_properties),
    )


def _player(player: Player) -> api.Player:
    return api.Player(player.player_id, player.name, player.avatar_url, player.created_at)


def _standing(question: RewardQuestion) -> api.Standing:
    outcome, cohort = question.outcome, question.cohort
    return api.Standing(cohort.cohort_id, cohort.tier, outcome.rank, outcome.count, outcome.tier_change)


def _shown(reward: rewards.Reward) -> api.Reward:
    return api.Reward(dict(reward.items), dict(reward.currencies), dict(reward.energies), reward.message)
