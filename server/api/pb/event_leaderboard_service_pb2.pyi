import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import event_leaderboard_pb2 as _event_leaderboard_pb2
from server.api.pb import leaderboard_pb2 as _leaderboard_pb2
from server.api.pb import live_pb2 as _live_pb2
from server.api.pb import reward_pb2 as _reward_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MetricsMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METRICS_MODE_UNSPECIFIED: _ClassVar[MetricsMode]
    METRICS_MODE_SET: _ClassVar[MetricsMode]
    METRICS_MODE_INCREMENT: _ClassVar[MetricsMode]
METRICS_MODE_UNSPECIFIED: MetricsMode
METRICS_MODE_SET: MetricsMode
METRICS_MODE_INCREMENT: MetricsMode

class ListEventLeaderboardsRequest(_message.Message):
    __slots__ = ("categories", "view", "with_definition", "page_size", "page_token")
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WITH_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    categories: _containers.RepeatedScalarFieldContainer[str]
    view: _event_leaderboard_pb2.StandingsView
    with_definition: bool
    page_size: int
    page_token: str
    def __init__(self, categories: _Optional[_Iterable[str]] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., with_definition: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEventLeaderboardsResponse(_message.Message):
    __slots__ = ("event_leaderboards", "next_page_token", "current_time")
    EVENT_LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    event_leaderboards: _containers.RepeatedCompositeFieldContainer[_event_leaderboard_pb2.EventLeaderboard]
    next_page_token: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, event_leaderboards: _Optional[_Iterable[_Union[_event_leaderboard_pb2.EventLeaderboard, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetEventLeaderboardRequest(_message.Message):
    __slots__ = ("id", "view", "with_definition")
    ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WITH_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    id: str
    view: _event_leaderboard_pb2.StandingsView
    with_definition: bool
    def __init__(self, id: _Optional[str] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., with_definition: _Optional[bool] = ...) -> None: ...

class GetEventLeaderboardResponse(_message.Message):
    __slots__ = ("event_leaderboard",)
    EVENT_LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    event_leaderboard: _event_leaderboard_pb2.EventLeaderboard
    def __init__(self, event_leaderboard: _Optional[_Union[_event_leaderboard_pb2.EventLeaderboard, _Mapping]] = ...) -> None: ...

class RollCohortRequest(_message.Message):
    __slots__ = ("id", "claim_reward", "metadata", "properties", "request_id", "view", "with_definition", "minimal", "context")
    class ContextEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    CLAIM_REWARD_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WITH_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    MINIMAL_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    id: str
    claim_reward: bool
    metadata: str
    properties: _struct_pb2.Struct
    request_id: str
    view: _event_leaderboard_pb2.StandingsView
    with_definition: bool
    minimal: bool
    context: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., claim_reward: _Optional[bool] = ..., metadata: _Optional[str] = ..., properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., request_id: _Optional[str] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., with_definition: _Optional[bool] = ..., minimal: _Optional[bool] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RollCohortResponse(_message.Message):
    __slots__ = ("cohort_id", "grant", "event_leaderboard", "current_time")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    grant: _reward_pb2.Grant
    event_leaderboard: _event_leaderboard_pb2.EventLeaderboard
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, cohort_id: _Optional[str] = ..., grant: _Optional[_Union[_reward_pb2.Grant, _Mapping]] = ..., event_leaderboard: _Optional[_Union[_event_leaderboard_pb2.EventLeaderboard, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SubmitScoreRequest(_message.Message):
    __slots__ = ("id", "score", "subscore", "metadata", "conditional_metadata_update", "operator", "request_id", "view", "metrics", "metrics_mode")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONDITIONAL_METADATA_UPDATE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    METRICS_MODE_FIELD_NUMBER: _ClassVar[int]
    id: str
    score: int
    subscore: int
    metadata: str
    conditional_metadata_update: bool
    operator: _event_leaderboard_pb2.Operator
    request_id: str
    view: _event_leaderboard_pb2.StandingsView
    metrics: _containers.ScalarMap[str, float]
    metrics_mode: MetricsMode
    def __init__(self, id: _Optional[str] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., metadata: _Optional[str] = ..., conditional_metadata_update: _Optional[bool] = ..., operator: _Optional[_Union[_event_leaderboard_pb2.Operator, str]] = ..., request_id: _Optional[str] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., metrics: _Optional[_Mapping[str, float]] = ..., metrics_mode: _Optional[_Union[MetricsMode, str]] = ...) -> None: ...

class SubmitScoreResponse(_message.Message):
    __slots__ = ("applied", "improved", "previous_score", "previous_subscore", "score", "subscore", "rank", "count", "num_scores", "cohort_id", "revision", "is_active", "can_update", "can_claim", "can_roll", "can_roll_with_claim", "scores", "current_time", "contributions", "prize_rank")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    IMPROVED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SCORE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CAN_UPDATE_FIELD_NUMBER: _ClassVar[int]
    CAN_CLAIM_FIELD_NUMBER: _ClassVar[int]
    CAN_ROLL_FIELD_NUMBER: _ClassVar[int]
    CAN_ROLL_WITH_CLAIM_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    PRIZE_RANK_FIELD_NUMBER: _ClassVar[int]
    applied: bool
    improved: bool
    previous_score: int
    previous_subscore: int
    score: int
    subscore: int
    rank: int
    count: int
    num_scores: int
    cohort_id: str
    revision: int
    is_active: bool
    can_update: bool
    can_claim: bool
    can_roll: bool
    can_roll_with_claim: bool
    scores: _containers.RepeatedCompositeFieldContainer[_event_leaderboard_pb2.Standing]
    current_time: _timestamp_pb2.Timestamp
    contributions: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.LeaderboardContribution]
    prize_rank: int
    def __init__(self, applied: _Optional[bool] = ..., improved: _Optional[bool] = ..., previous_score: _Optional[int] = ..., previous_subscore: _Optional[int] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., rank: _Optional[int] = ..., count: _Optional[int] = ..., num_scores: _Optional[int] = ..., cohort_id: _Optional[str] = ..., revision: _Optional[int] = ..., is_active: _Optional[bool] = ..., can_update: _Optional[bool] = ..., can_claim: _Optional[bool] = ..., can_roll: _Optional[bool] = ..., can_roll_with_claim: _Optional[bool] = ..., scores: _Optional[_Iterable[_Union[_event_leaderboard_pb2.Standing, _Mapping]]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contributions: _Optional[_Iterable[_Union[_leaderboard_pb2.LeaderboardContribution, _Mapping]]] = ..., prize_rank: _Optional[int] = ...) -> None: ...

class ClaimRewardRequest(_message.Message):
    __slots__ = ("id", "request_id", "view", "with_definition", "minimal")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WITH_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    MINIMAL_FIELD_NUMBER: _ClassVar[int]
    id: str
    request_id: str
    view: _event_leaderboard_pb2.StandingsView
    with_definition: bool
    minimal: bool
    def __init__(self, id: _Optional[str] = ..., request_id: _Optional[str] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., with_definition: _Optional[bool] = ..., minimal: _Optional[bool] = ...) -> None: ...

class ClaimRewardResponse(_message.Message):
    __slots__ = ("grant", "event_leaderboard", "current_time")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    grant: _reward_pb2.Grant
    event_leaderboard: _event_leaderboard_pb2.EventLeaderboard
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, grant: _Optional[_Union[_reward_pb2.Grant, _Mapping]] = ..., event_leaderboard: _Optional[_Union[_event_leaderboard_pb2.EventLeaderboard, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListStandingsRequest(_message.Message):
    __slots__ = ("cohort_id", "page_size", "page_token")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    page_size: int
    page_token: str
    def __init__(self, cohort_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStandingsResponse(_message.Message):
    __slots__ = ("scores", "next_page_token", "count", "revision", "current_time")
    SCORES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    scores: _containers.RepeatedCompositeFieldContainer[_event_leaderboard_pb2.Standing]
    next_page_token: str
    count: int
    revision: int
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, scores: _Optional[_Iterable[_Union[_event_leaderboard_pb2.Standing, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., count: _Optional[int] = ..., revision: _Optional[int] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListPastCohortsRequest(_message.Message):
    __slots__ = ("id", "page_size", "page_token")
    ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    id: str
    page_size: int
    page_token: str
    def __init__(self, id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPastCohortsResponse(_message.Message):
    __slots__ = ("past_cohorts", "next_page_token", "current_time")
    PAST_COHORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    past_cohorts: _containers.RepeatedCompositeFieldContainer[_event_leaderboard_pb2.PastCohort]
    next_page_token: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, past_cohorts: _Optional[_Iterable[_Union[_event_leaderboard_pb2.PastCohort, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WatchCohortRequest(_message.Message):
    __slots__ = ("cohort_id", "limit", "resume_revision")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    RESUME_REVISION_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    limit: int
    resume_revision: str
    def __init__(self, cohort_id: _Optional[str] = ..., limit: _Optional[int] = ..., resume_revision: _Optional[str] = ...) -> None: ...

class WatchCohortResponse(_message.Message):
    __slots__ = ("revision", "ready", "score_update", "finalized", "closed", "heartbeat")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    SCORE_UPDATE_FIELD_NUMBER: _ClassVar[int]
    FINALIZED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    revision: str
    ready: CohortReady
    score_update: CohortScoreUpdate
    finalized: CohortFinalized
    closed: _live_pb2.WatchClosed
    heartbeat: _live_pb2.WatchHeartbeat
    def __init__(self, revision: _Optional[str] = ..., ready: _Optional[_Union[CohortReady, _Mapping]] = ..., score_update: _Optional[_Union[CohortScoreUpdate, _Mapping]] = ..., finalized: _Optional[_Union[CohortFinalized, _Mapping]] = ..., closed: _Optional[_Union[_live_pb2.WatchClosed, _Mapping]] = ..., heartbeat: _Optional[_Union[_live_pb2.WatchHeartbeat, _Mapping]] = ...) -> None: ...

class LiveStanding(_message.Message):
    __slots__ = ("player_id", "name", "avatar_url", "score", "subscore", "rank")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    name: str
    avatar_url: str
    score: int
    subscore: int
    rank: int
    def __init__(self, player_id: _Optional[str] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., rank: _Optional[int] = ...) -> None: ...

class CohortReady(_message.Message):
    __slots__ = ("cohort_id", "event_leaderboard_id", "standings", "total", "self", "end_time")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_LEADERBOARD_ID_FIELD_NUMBER: _ClassVar[int]
    STANDINGS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    event_leaderboard_id: str
    standings: _containers.RepeatedCompositeFieldContainer[LiveStanding]
    total: int
    self: LiveStanding
    end_time: _timestamp_pb2.Timestamp
    def __init__(self_, cohort_id: _Optional[str] = ..., event_leaderboard_id: _Optional[str] = ..., standings: _Optional[_Iterable[_Union[LiveStanding, _Mapping]]] = ..., total: _Optional[int] = ..., self: _Optional[_Union[LiveStanding, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CohortScoreUpdate(_message.Message):
    __slots__ = ("updates", "left")
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    updates: _containers.RepeatedCompositeFieldContainer[LiveStanding]
    left: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, updates: _Optional[_Iterable[_Union[LiveStanding, _Mapping]]] = ..., left: _Optional[_Iterable[str]] = ...) -> None: ...

class CohortFinalized(_message.Message):
    __slots__ = ("reason", "standings", "total", "self")
    REASON_FIELD_NUMBER: _ClassVar[int]
    STANDINGS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    reason: _live_pb2.FinalizedReason
    standings: _containers.RepeatedCompositeFieldContainer[LiveStanding]
    total: int
    self: LiveStanding
    def __init__(self_, reason: _Optional[_Union[_live_pb2.FinalizedReason, str]] = ..., standings: _Optional[_Iterable[_Union[LiveStanding, _Mapping]]] = ..., total: _Optional[int] = ..., self: _Optional[_Union[LiveStanding, _Mapping]] = ...) -> None: ...
