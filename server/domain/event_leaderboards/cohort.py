"""Who plays together: the cohort, its participants, and where a player stands in an event.

A cohort counts what completion needs, so that nothing is ever scanned (E50), and carries a revision that every accepted
change raises (E36). *Earlier* always means the lower revision. Time stamps follow the revisions: within one cohort they
grow strictly, whichever process wrote them, so that the two can never disagree.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.values import value

_TICK = timedelta(microseconds=1)


@value
class Tally:
    """What changes in a cohort while it lives. One revision is one accepted change."""

    revision: int
    changed_at: datetime
    participant_count: int = 0
    finisher_count: int = 0
    """Participants who reached the score target."""
    done_count: int = 0
    """Participants who can submit no more, by attempts or by target."""
    last_open_joined_at: datetime | None = None
    """When the last participant joined who is not done: his time limit ends last. `completion.scheduled` follows a change."""
    last_done_at: datetime | None = None
    filled_at: datetime | None = None
    min_reached_at: datetime | None = None
    """When the cohort reached the definition's `min_cohort_size`."""
    saturated_at: datetime | None = None
    """When `score_target_players` had reached the target."""
    sealed_at: datetime | None = None
    completed_at: datetime | None = None
    """Written by the seal: the instant at which the cohort was complete for all."""
    settle_at: datetime | None = None
    """When settlement next has something to do here; None once there is nothing left."""
    bot_count: int = 0
    """Bots that keep the participants company; they are none of them (L7)."""
    bots_at: datetime | None = None
    """The second at which the bots stand where they are; None: nobody has looked yet (L8)."""
    bots_due_at: datetime | None = None
    """When the bots move next though nobody looks; None: they need not (L4)."""


@value
class Cohort:
    """Participants on one board, in one tier, for one phase. `size` is the tier's effective cohort size."""

    cohort_id: CohortId
    event_id: EventId
    phase_start: datetime
    tier: int
    size: int
    created_at: datetime
    tally: Tally
    is_reserved: bool = False
    properties: str = "{}"
    """JSON object, given by the module that made the cohort (M5)."""

    @property
    def shown_count(self) -> int:
        """How many stand in the cohort, as everybody sees it: participants and bots."""
        return self.tally.participant_count + self.tally.bot_count

    @property
    def has_room(self) -> bool:
        """Tell whether anybody may join, as far as changes decide it: a free place, not locked, not sealed (E51)."""
        tally = self.tally
        return tally.participant_count < self.size and tally.saturated_at is None and tally.sealed_at is None

    def stamp(self, now: datetime) -> datetime:
        """Return the time to write beside the next change: now, but never before the change before it (E36)."""
        return max(now, self.tally.changed_at + _TICK) if self.tally.revision else now

    def with_tally(self, tally: Tally) -> Cohort:
        """Return the cohort after a change."""
        return Cohort(
            self.cohort_id,
            self.event_id,
            self.phase_start,
            self.tier,
            self.size,
            self.created_at,
            tally,
            self.is_reserved,
            self.properties,
        )


@value
class Result:
    """What a participant has scored. Revisions are 0 until the thing has happened."""

    score: int = 0
    subscore: int = 0
    submission_count: int = 0
    updated_at: datetime | None = None
    reached_at: datetime | None = None
    reached_revision: int = 0
    """The change that made the present pair of score and subscore (E32)."""
    finished_at: datetime | None = None
    finished_revision: int = 0
    """The change that reached the score target (E50); it stays, whatever the score does later."""
    metadata: str = "{}"
    metrics: str = "{}"
    """What the game has reported of him, as JSON, where the event makes scores of metrics (B34)."""


NO_RESULT = Result()


@value
class Participant:
    """A player in one cohort. Attempts, time limit, score and metadata are his in this cohort alone (E24)."""

    cohort_id: CohortId
    player_id: PlayerId
    name: str
    avatar_url: str
    joined_at: datetime
    joined_revision: int
    result: Result = NO_RESULT
    claimed_at: datetime | None = None
    context: str = "{}"
    """What his roll said of him, as JSON: segments of leaderboards are found there (B34)."""
    final_at: datetime | None = None
    """When his final score went on to the leaderboards that take it (B20); it goes once."""

    @property
    def is_idle(self) -> bool:
        """Tell whether he joined and never submitted (E73)."""
        return self.result.submission_count == 0

    def has_only_scored(self, since: Participant) -> bool:
        """Tell whether submissions have changed nothing of him but his score, its count and its times, as most do."""
        result, before = self.result, since.result
        return (
            result.metadata == before.metadata
            and result.metrics == before.metrics
            and result.finished_revision == before.finished_revision
            and self.final_at == since.final_at
        )

    def with_result(self, result: Result) -> Participant:
        """Return the participant with another result."""
        return Participant(
            self.cohort_id,
            self.player_id,
            self.name,
            self.avatar_url,
            self.joined_at,
            self.joined_revision,
            result,
            self.claimed_at,
            self.context,
            self.final_at,
        )

    def with_final(self, at: datetime) -> Participant:
        """Return the participant once his final score has gone on to leaderboards."""
        return Participant(
            self.cohort_id,
            self.player_id,
            self.name,
            self.avatar_url,
            self.joined_at,
            self.joined_revision,
            self.result,
            self.claimed_at,
            self.context,
            at,
        )

    def claimed(self, at: datetime) -> Participant:
        """Return the participant once he has claimed what he won."""
        return Participant(
            self.cohort_id,
            self.player_id,
            self.name,
            self.avatar_url,
            self.joined_at,
            self.joined_revision,
            self.result,
            at,
            self.context,
            self.final_at,
        )


@value
class Participation:
    """A player's way through one event: his last cohort, and what he did with his rolls in its phase."""

    player_id: PlayerId
    event_id: EventId
    cohort: Cohort
    participant: Participant
    rolls_used: int
    rolled_at: datetime
    best_rank: int | None = None
    """The best rank in the cohorts of this phase that he has left."""
    played_tier_change: int | None = None
    """The tier change of the last cohort of this phase that he played in and left; None if there is none (E73, E75)."""

    @property
    def phase_start(self) -> datetime:
        """Key of the phase of his last roll."""
        return self.cohort.phase_start

    def with_both(self, cohort: Cohort, participant: Participant) -> Participation:
        """Return the participation after a change of its cohort or participant."""
        return Participation(
            self.player_id,
            self.event_id,
            cohort,
            participant,
            self.rolls_used,
            self.rolled_at,
            self.best_rank,
            self.played_tier_change,
        )
