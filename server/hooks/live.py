"""The modules in force: loaded, called, and swapped whole (M1, M4 to M6)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any, TypeVar

import structlog

from server.domain import rewards
from server.domain.errors import DomainError, FunctionForServers, FunctionNotFound
from server.domain.event_leaderboards import matching
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.submissions import Submission
from server.domain.leaderboards.definition import Leaderboard
from server.hooks import answers, shown
from server.hooks.answers import Nonsense
from server.hooks.calls import HookCaller
from server.hooks.context import Backstage, Facilities, ModuleContext
from server.hooks.loader import load_modules
from server.hooks.registry import Hook, Registered, combined
from server.hooks.specs import OUTSIDE
from server.ports.errors import HookFailed
from server.ports.hooks import (
    Asked,
    CohortCompleted,
    ContributionAnswer,
    ContributionQuestion,
    GrantCreated,
    Hooks,
    News,
    NobodyListens,
    PeriodFinalized,
    PhaseEnded,
    PhaseStarted,
    RegisteredJob,
    RewardQuestion,
    SelectionQuestion,
    SubmissionQuestion,
    TierChanged,
)
from server.ports.module_store import JobKey, Notice

log = structlog.get_logger(__name__)

ANSWER_MAX = 256 * 1024
"""Bytes of JSON that a function may answer."""
TOLD_WITHIN = OUTSIDE + timedelta(seconds=1)
"""All functions of a module share this time for a notice: its lane is leased for little longer."""
_NOBODY = "laurel"
"""Who calls where no call is made."""

T = TypeVar("T")


class LiveHooks(Hooks):
    """Calls the modules of a folder. Has none until `put_in_force`."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, Any]], calls: HookCaller) -> None:
        self._folder = folder
        self._settings = {module: _frozen(section) for module, section in settings.items()}
        self._calls = calls
        self._backstage: Backstage | None = None
        self._in_force = Registered()
        self._jobs: tuple[RegisteredJob, ...] = ()
        self._listeners: dict[str, tuple[str, ...]] = {}
        self._facilities: dict[str, Facilities] = {}

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the modules in force."""
        return self._in_force.modules

    def serve(self, backstage: Backstage) -> None:
        """Give modules what they may use; hooks are made before the use cases that they may ask."""
        self._backstage = backstage

    def load(self) -> Registered:
        """Load the folder without putting it in force.

        :raises ModuleInvalid: for a module that cannot be used
        """
        return combined(load_modules(self._folder))

    def put_in_force(self, registered: Registered) -> None:
        """Swap modules in, whole. Calls that run end on those they began with."""
        self._calls.forgive()
        self._in_force = registered
        self._jobs = tuple(RegisteredJob(JobKey(job.hook.module, job.name), job.ticks) for job in registered.jobs)
        self._listeners = {
            name: tuple(dict.fromkeys(hook.module for hook in hooks)) for name, hooks in registered.hooks.items()
        }
        self._facilities = {}
        if registered.modules:
            self._calls.watch()

    def has(self, hook: str) -> bool:
        """Tell whether any module has registered this hook."""
        return hook in self._in_force.hooks

    def asks(self, hook: str, definition: Definition | Leaderboard) -> bool:
        """Tell whether any module wants this hook called for an event or a leaderboard that is defined so."""
        return any(one.is_for(definition.additional_properties) for one in self._hooks(hook))

    def listeners(self, kind: str) -> Sequence[str]:
        """Return the modules that are to be told notices of a kind."""
        return self._listeners.get(kind, ())

    async def select_cohort(self, question: SelectionQuestion) -> matching.Choice | None:
        """Return the first module's answer, or None for the default."""
        for hook in self._hooks_for("cohort_selection", question.definition):
            arguments = {
                "ctx": self._context(hook, question.caller),
                "event": shown.event(question.definition),
                "player": shown.player(question.player),
                "tier": question.tier,
                "properties": json.loads(json.dumps(question.properties)),
                "candidates": [shown.candidate(one.cohort, one.player_ids) for one in question.candidates],
            }
            try:
                choice = await self._taken(hook, arguments, answers.choice)
            except HookFailed:  # is logged; the default takes over where no other module answers
                continue
            except DomainError as refusal:
                log.warning("selection_cannot_refuse", module=hook.module, reason=refusal.said_reason)
                continue
            if choice is not None:
                return choice
        return None

    async def change_reward(self, question: RewardQuestion) -> rewards.Reward:
        """Return the reward after all modules have seen it."""
        reward = question.reward
        for hook in self._hooks_for("reward", question.definition):
            arguments = {
                "ctx": self._context(hook, question.caller),
                "event": shown.event(question.definition),
                "player": shown.player(question.player),
                "standing": shown.standing(question),
                "reward": shown.reward(reward),
            }
            reward = await self._taken(hook, arguments, partial(answers.reward, before=reward))
        return reward

    async def validate_submission(self, question: SubmissionQuestion) -> Submission:
        """Return the submission after all modules have seen it."""
        submission = question.submission
        for hook in self._hooks_for("validate_submission", question.definition):
            arguments = {
                "ctx": self._context(hook, question.caller),
                "board": shown.board(question.definition),
                "player": shown.player(question.player),
                "submission": shown.submission(question, submission),
            }
            submission = await self._taken(
                hook, arguments, lambda answer: answers.submission(answer, question.submission)
            )
        return submission

    async def validate_contribution(self, question: ContributionQuestion) -> ContributionAnswer:
        """Return a score for a leaderboard after all modules have seen it."""
        answer = ContributionAnswer(question.points, question.metadata)
        for hook in self._hooks_for("validate_submission", question.board):
            arguments = {
                "ctx": self._context(hook, question.caller),
                "board": shown.board_of(question.board),
                "player": shown.player(question.player),
                "submission": shown.contribution(question, answer),
            }
            answer = await self._taken(hook, arguments, partial(answers.contribution, before=answer))
        return answer

    async def before(self, hook: str, caller: str, request: Any) -> Asked:
        """Return a request after all modules have seen it, each a copy of its own."""
        properties: dict[str, Any] = {}
        hooks = self._hooks(hook)
        for one in hooks:
            context = self._context(one, caller)
            context.server_properties.update(properties)
            arguments = {"ctx": context, "request": copy.deepcopy(request)}
            request = copy.deepcopy(await self._taken(one, arguments, partial(_of_kind, kind=type(request))))
            properties = context.server_properties
        if not properties:
            return Asked(request, "{}")
        try:
            return Asked(request, answers.json_object(properties, "server_properties"))
        except Nonsense as nonsense:
            raise self._calls.failed(hooks[-1], str(nonsense), nonsense) from nonsense

    async def after(self, hook: str, caller: str, request: Any, response: Any) -> None:
        """Show all modules a call that has succeeded."""
        for one in self._hooks(hook):
            arguments = {
                "ctx": self._context(one, caller),
                "request": copy.deepcopy(request),
                "response": copy.deepcopy(response),
            }
            try:
                await self._calls.call(one, arguments)
            except HookFailed:
                continue  # is logged, and the answer goes out as it is
            except DomainError as refusal:
                log.warning("after_cannot_refuse", module=one.module, hook=hook, reason=refusal.said_reason)

    async def tell(self, news: News, notice: Notice) -> None:
        """Tell the module that a notice is for; several functions of it are told one after the other."""
        listening = [hook for hook in self._hooks(notice.kind) if hook.module == notice.lane.module]
        if not listening:
            raise NobodyListens
        ends_at = monotonic() + TOLD_WITHIN.total_seconds()
        for hook in listening:
            arguments = {"ctx": self._context(hook, _NOBODY), "notice": shown.notice(notice)}
            left = timedelta(seconds=max(ends_at - monotonic(), 0.0))
            limited = hook if hook.time_limit <= left else replace(hook, time_limit=left)
            await self._calls.call(limited, arguments | _told(news))

    async def call_function(self, name: str, caller: str, payload: str, *, is_trusted: bool) -> str:
        """Call a custom function."""
        function = self._in_force.functions.get(name)
        if function is None:
            raise FunctionNotFound
        if function.is_trusted_only and not is_trusted:
            raise FunctionForServers
        arguments = {"ctx": self._context(function.hook, caller), "payload": json.loads(payload)}
        return await self._taken(
            function.hook, arguments, lambda answer: answers.json_text(answer, "an answer", ANSWER_MAX)
        )

    def jobs(self) -> Sequence[RegisteredJob]:
        """Return all jobs."""
        return self._jobs

    async def run_job(self, job: JobKey) -> None:
        """Run a job, if it is still there."""
        for one in self._in_force.jobs:
            if (one.hook.module, one.name) == job:
                await self._calls.call(one.hook, {"ctx": self._context(one.hook, _NOBODY)})

    async def _taken(self, hook: Hook, arguments: Mapping[str, Any], take: Callable[[object], T]) -> T:
        """Call a hook and take its answer over; nonsense is a failure like any other."""
        answer = await self._calls.call(hook, arguments)
        try:
            return take(answer)
        except Nonsense as nonsense:
            raise self._calls.failed(hook, str(nonsense), nonsense.__cause__) from nonsense

    def _hooks(self, name: str) -> tuple[Hook, ...]:
        return self._in_force.hooks.get(name, ())

    def _hooks_for(self, name: str, definition: Definition | Leaderboard) -> list[Hook]:
        return [hook for hook in self._hooks(name) if hook.is_for(definition.additional_properties)]

    def _context(self, hook: Hook, caller: str) -> ModuleContext:
        facilities = self._facilities.get(hook.module)
        if facilities is None:
            assert self._backstage is not None
            facilities = self._backstage.facilities(hook.module, self._settings.get(hook.module, {}))
            self._facilities[hook.module] = facilities
        return ModuleContext(facilities, hook.label, caller)


def _told(news: News) -> dict[str, Any]:
    """Return what a notice is about by the names of the hook's arguments."""
    match news:
        case TierChanged():
            return {
                "event": shown.event(news.definition),
                "player": shown.player(news.player),
                "change": shown.tier_change(news),
            }
        case CohortCompleted():
            return {"event": shown.event(news.definition), "cohort": shown.cohort(news.cohort)}
        case PhaseStarted() | PhaseEnded():
            return {"event": shown.event(news.phase.definition), "phase": shown.phase(news.phase)}
        case GrantCreated():
            return {"player": shown.player(news.player), "grant": shown.grant(news.grant)}
        case PeriodFinalized():
            return {"leaderboard": shown.leaderboard(news.board), "period": shown.final_period(news.period)}


def _of_kind(answer: object, kind: type[Any]) -> Any:
    if type(answer) is not kind:
        raise Nonsense(
            f"answered {type(answer).__name__}, where the request is expected; return the one you were given"
        )
    return answer


def _frozen(value: Any) -> Any:
    """Return settings as a module may read them, and not change them for itself or others."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(one) for key, one in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
