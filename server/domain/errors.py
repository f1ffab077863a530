"""Refusals: what a player or studio cannot do now, and why.

A class is named for the fact, its `reason` says the same in capitals and never changes (clients switch on it), and its
docstring is the message that people read. What a client may want to know besides stands in `details`. Which status code
and which documentation go with a reason stands in one table, `server/api/status.py`.
"""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import ClassVar


class DomainError(Exception):
    """The call cannot be done."""

    reason: ClassVar[str] = ""

    def __init__(self, message: str = "", *, retry_at: datetime | None = None, **details: object) -> None:
        super().__init__(message or inspect.cleandoc(self.__doc__ or "").split("\n\n")[0])
        self.retry_at = retry_at
        self.details = details

    @property
    def message(self) -> str:
        """What people read."""
        return str(self.args[0])

    @property
    def said_reason(self) -> str:
        """What clients switch on."""
        return self.reason


class EventNotFound(DomainError):
    """There is no event leaderboard of that id."""

    reason = "EVENT_NOT_FOUND"


class LeaderboardNotFound(DomainError):
    """There is no leaderboard of that key."""

    reason = "LEADERBOARD_NOT_FOUND"


class RescoreRefused(DomainError):
    """The leaderboard cannot be computed again from what is kept."""

    reason = "RESCORE_REFUSED"


class PeriodNotFound(DomainError):
    """The leaderboard has no such period; ListPeriods shows those that it has."""

    reason = "PERIOD_NOT_FOUND"


class NoPeriodRunning(DomainError):
    """No period of the leaderboard runs now; name one that has been, or wait for the next."""

    reason = "NO_PERIOD_RUNNING"


class SegmentRequired(DomainError):
    """The leaderboard is split into segments; name the one to read."""

    reason = "SEGMENT_REQUIRED"


class SegmentNotFound(DomainError):
    """The leaderboard has no such segment."""

    reason = "SEGMENT_NOT_FOUND"


class RankIndexNeeded(DomainError):
    """The board is too large to be ranked without a rank index; give the server a Redis (`laurel serve --redis URL`)."""

    reason = "RANK_INDEX_NEEDED"


class EventNotActive(DomainError):
    """The event is not running now; its view tells when the next phase starts."""

    reason = "EVENT_NOT_ACTIVE"


class RollsClosed(DomainError):
    """The phase ends so soon that nobody may join a cohort any more."""

    reason = "ROLLS_CLOSED"


class AccountTooYoung(DomainError):
    """The account must be older to take part in this event."""

    reason = "ACCOUNT_TOO_YOUNG"


class CohortNotComplete(DomainError):
    """The player is still competing in a cohort; it must be complete for him first."""

    reason = "COHORT_NOT_COMPLETE"


class RewardUnclaimed(DomainError):
    """The reward of the last cohort must be claimed first; `claim_reward` does both in one call."""

    reason = "REWARD_UNCLAIMED"


class NoRollsLeft(DomainError):
    """All rolls of this phase are used."""

    reason = "NO_ROLLS_LEFT"


class RollCooldownActive(DomainError):
    """The player must wait before rolling into a new cohort."""

    reason = "ROLL_COOLDOWN_ACTIVE"


class CohortNotJoined(DomainError):
    """The player has not joined a cohort of this event; roll first."""

    reason = "COHORT_NOT_JOINED"


class CohortComplete(DomainError):
    """The cohort is complete for the player; it takes no more scores from him."""

    reason = "COHORT_COMPLETE"


class TimeLimitOver(DomainError):
    """The player's own time to submit scores in this cohort is over."""

    reason = "TIME_LIMIT_OVER"


class AttemptsUsedUp(DomainError):
    """The player has used all his submissions in this cohort."""

    reason = "ATTEMPTS_USED_UP"


class AuthoritativeEvent(DomainError):
    """Only the studio's own servers submit scores to this event."""

    reason = "AUTHORITATIVE_EVENT"


class OperatorOverrideForbidden(DomainError):
    """This event does not let players choose the score operator."""

    reason = "OPERATOR_OVERRIDE_FORBIDDEN"


class ScoreOutOfBounds(DomainError):
    """The score lies outside what this event accepts in one submission."""

    reason = "SCORE_OUT_OF_BOUNDS"


class ScoreOverflow(DomainError):
    """The sum would leave the range of 64-bit whole numbers; the score stays as it was."""

    reason = "SCORE_OVERFLOW"


class MetricsNotTaken(DomainError):
    """This event makes no scores of metrics; submit a score."""

    reason = "METRICS_NOT_TAKEN"


class MetricUnknown(DomainError):
    """The event has no metric of that name."""

    reason = "METRIC_UNKNOWN"


class MetricOverflow(DomainError):
    """The metric would leave the range in which numbers are exact; it stays as it was."""

    reason = "METRIC_OVERFLOW"


class ScoreExpressionFailed(DomainError):
    """The event's score expression has no value for these metrics; nothing was changed."""

    reason = "SCORE_EXPRESSION_FAILED"


class AuthoritativeLeaderboard(DomainError):
    """Only the studio's own servers submit scores to this leaderboard."""

    reason = "AUTHORITATIVE_LEADERBOARD"


class GameEventTooOld(DomainError):
    """The game event happened so long ago that nobody could tell whether it has been reported before."""

    reason = "GAME_EVENT_TOO_OLD"


class GameEventFromTheFuture(DomainError):
    """The game event happened more than five minutes from now; look at the clock of whoever reports it."""

    reason = "GAME_EVENT_FROM_THE_FUTURE"


class AlreadyClaimed(DomainError):
    """The reward has been claimed already."""

    reason = "ALREADY_CLAIMED"


class NothingToClaim(DomainError):
    """Without a submission there is no reward."""

    reason = "NOTHING_TO_CLAIM"


class ClaimExpired(DomainError):
    """The time to claim this reward is over."""

    reason = "CLAIM_EXPIRED"


class RequestIdReused(DomainError):
    """This request_id was used before for a call that asked for something else."""

    reason = "REQUEST_ID_REUSED"


class CohortNotFound(DomainError):
    """There is no cohort of that id that the caller may see."""

    reason = "COHORT_NOT_FOUND"


class PlayerNotFound(DomainError):
    """There is no player of that id."""

    reason = "PLAYER_NOT_FOUND"


class AccountNotFound(DomainError):
    """There is no account for these credentials, and the call did not ask for a new one."""

    reason = "ACCOUNT_NOT_FOUND"


class AccountCreationClosed(DomainError):
    """This server creates no new accounts at sign-in."""

    reason = "ACCOUNT_CREATION_CLOSED"


class GrantNotFound(DomainError):
    """There is no grant of that id for this player."""

    reason = "GRANT_NOT_FOUND"


class GrantExpired(DomainError):
    """The time to take this grant is over."""

    reason = "GRANT_EXPIRED"


class GrantHeld(DomainError):
    """This grant is held back until the results have been looked at; it can be taken later."""

    reason = "GRANT_HELD"


class TierNotFound(DomainError):
    """The event has no such tier."""

    reason = "TIER_NOT_FOUND"


class InsufficientFunds(DomainError):
    """The player has too little of a currency."""

    reason = "INSUFFICIENT_FUNDS"


class FunctionNotFound(DomainError):
    """No module offers a function of that name."""

    reason = "FUNCTION_NOT_FOUND"


class FunctionForServers(DomainError):
    """This function is for the studio's own servers."""

    reason = "FUNCTION_FOR_SERVERS"


class TooManyProperties(DomainError):
    """The player would have more properties than one may; remove some first."""

    reason = "TOO_MANY_PROPERTIES"


class NoticeNotFound(DomainError):
    """No notice of that id was given up."""

    reason = "NOTICE_NOT_FOUND"


class ClockOnlyMovesForward(DomainError):
    """The game clock can be moved forward only."""

    reason = "CLOCK_ONLY_MOVES_FORWARD"


class Refusal(DomainError):
    """A module said no; reason, message and code are the studio's own and reach the client as they are (M4)."""

    def __init__(self, reason: str, message: str, code: str = "FAILED_PRECONDITION") -> None:
        super().__init__(message)
        self.own_reason = reason
        self.code = code

    @property
    def said_reason(self) -> str:
        """What clients switch on: the studio's own word."""
        return self.own_reason
