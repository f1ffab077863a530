"""What the application asks of a studio's modules (4-modules). `caller` is always the name of who made the call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.event_leaderboards.matching import Choice
from server.domain.event_leaderboards.outcomes import Outcome
from server.domain.event_leaderboards.submissions import Submission
from server.domain.grants import Grant
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.players import Player
from server.domain.rewards import Reward
from server.domain.schedule import Ticks
from server.domain.values import value
from server.ports.board_store import StoredPeriod
from server.ports.module_store import JobKey, Notice

TIER_CHANGED = "tier_changed"
COHORT_COMPLETED = "cohort_completed"
PHASE_STARTED = "phase_started"
PHASE_ENDED = "phase_ended"
GRANT_CREATED = "grant_created"
PERIOD_FINALIZED = "period_finalized"


@value
class OfferedCohort:
    """An open cohort, with what a module needs to choose: who is in it, and its properties."""

    cohort: Cohort
    player_ids: tuple[PlayerId, ...]


@value
class SelectionQuestion:
    """Where should this player go? `properties` holds what client and server sent (M5)."""

    definition: Definition
    player: Player
    tier: int
    properties: Mapping[str, Mapping[str, Any]]
    candidates: Sequence[OfferedCohort]
    caller: str


@value
class RewardQuestion:
    """What does this player get? `reward` is what the dice said."""

    definition: Definition
    player: Player
    outcome: Outcome
    cohort: Cohort
    reward: Reward
    caller: str


@value
class SubmissionQuestion:
    """Does this score count, and how? `request_id` may be empty."""

    definition: Definition
    player: Player
    submission: Submission
    request_id: str
    caller: str


@value
class ContributionQuestion:
    """Does this score count on this leaderboard, and how? `points` is a decimal. `request_id` may be empty.

    Of a game event it is the event's own id.
    """

    board: Leaderboard
    player: Player
    points: Decimal
    metadata: str | None
    is_trusted: bool
    request_id: str
    caller: str


@value
class ContributionAnswer:
    """A score for a leaderboard as modules have left it."""

    points: Decimal
    metadata: str | None


@value
class TierChanged:
    """A player has rolled from a cohort of one tier into one of another."""

    definition: Definition
    player: Player
    from_tier: int
    cohort: Cohort


@value
class CohortCompleted:
    """A cohort is over for everybody."""

    definition: Definition
    cohort: Cohort


@value
class PhaseStarted:
    """A phase has begun."""

    phase: Phase


@value
class PhaseEnded:
    """The active part of a phase is over."""

    phase: Phase


@value
class GrantCreated:
    """A player was given something."""

    player: Player
    grant: Grant


@value
class PeriodFinalized:
    """A leaderboard's period is over, its places and prizes are final. `board` is what held in it."""

    board: Leaderboard
    period: StoredPeriod


News = TierChanged | CohortCompleted | PhaseStarted | PhaseEnded | GrantCreated | PeriodFinalized


class RegisteredJob(NamedTuple):
    """A job of a module, and when it is to be done."""

    key: JobKey
    ticks: Ticks


class Asked(NamedTuple):
    """A request as modules have left it, and what they want the roll to know about it (M5)."""

    request: Any
    server_properties: str


class NobodyListens(Exception):
    """The module that a notice is for is not there any more, or listens to such notices no more."""


class Hooks(ABC):
    """Calls hooks with their time limits and failure rules."""

    @abstractmethod
    def has(self, hook: str) -> bool:
        """Tell whether any module has registered this hook; without one nothing is prepared for it."""

    @abstractmethod
    def asks(self, hook: str, definition: Definition | Leaderboard) -> bool:
        """Tell whether any module wants this hook called for an event or a leaderboard that is defined so."""

    @abstractmethod
    def listeners(self, kind: str) -> Sequence[str]:
        """Return the modules that are to be told notices of a kind."""

    @abstractmethod
    async def select_cohort(self, question: SelectionQuestion) -> Choice | None:
        """Return the first module's answer, or None for the default. A failing module counts as None (M4)."""

    @abstractmethod
    async def change_reward(self, question: RewardQuestion) -> Reward:
        """Return the reward after all modules have seen it.

        :raises HookFailed: if a module failed; the call fails with it
        :raises Refusal: if a module said no
        """

    @abstractmethod
    async def validate_submission(self, question: SubmissionQuestion) -> Submission:
        """Return the submission after all modules have seen it.

        :raises HookFailed, Refusal: as above
        """

    @abstractmethod
    async def validate_contribution(self, question: ContributionQuestion) -> ContributionAnswer:
        """Return a score for a leaderboard after all modules have seen it, by the same hook.

        :raises HookFailed, Refusal: as above
        """

    @abstractmethod
    async def before(self, hook: str, caller: str, request: Any) -> Asked:
        """Return a request after all modules have seen it.

        :raises HookFailed, Refusal: as above
        """

    @abstractmethod
    async def after(self, hook: str, caller: str, request: Any, response: Any) -> None:
        """Show all modules a call that has succeeded; their failures are logged."""

    @abstractmethod
    async def tell(self, news: News, notice: Notice) -> None:
        """Tell the module that a notice is for.

        :raises NobodyListens: if it is not there any more
        :raises HookFailed, Refusal: if it failed or said no, which is the same here: it is told again
        """

    @abstractmethod
    async def call_function(self, name: str, caller: str, payload: str, *, is_trusted: bool) -> str:
        """Call a custom function with a JSON text, and return its answer as one.

        :raises FunctionNotFound: if no module offers it
        :raises FunctionForServers: if it is not for players
        :raises HookFailed, Refusal: as above
        """

    @abstractmethod
    def jobs(self) -> Sequence[RegisteredJob]:
        """Return all jobs."""

    @abstractmethod
    async def run_job(self, job: JobKey) -> None:
        """Run a job, if it is still there.

        :raises HookFailed, Refusal: if it failed
        """
