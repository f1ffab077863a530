import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import event_leaderboard_pb2 as _event_leaderboard_pb2
from server.api.pb import event_leaderboard_service_pb2 as _event_leaderboard_service_pb2
from server.api.pb import leaderboard_pb2 as _leaderboard_pb2
from server.api.pb import reward_pb2 as _reward_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubmitScoresRequest(_message.Message):
    __slots__ = ("submissions", "leaderboard_submissions")
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    LEADERBOARD_SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    submissions: _containers.RepeatedCompositeFieldContainer[ScoreSubmission]
    leaderboard_submissions: _containers.RepeatedCompositeFieldContainer[LeaderboardSubmission]
    def __init__(self, submissions: _Optional[_Iterable[_Union[ScoreSubmission, _Mapping]]] = ..., leaderboard_submissions: _Optional[_Iterable[_Union[LeaderboardSubmission, _Mapping]]] = ...) -> None: ...

class ScoreSubmission(_message.Message):
    __slots__ = ("player_id", "id", "score", "subscore", "metadata", "conditional_metadata_update", "operator", "request_id", "metrics", "metrics_mode")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONDITIONAL_METADATA_UPDATE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    METRICS_MODE_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    id: str
    score: int
    subscore: int
    metadata: str
    conditional_metadata_update: bool
    operator: _event_leaderboard_pb2.Operator
    request_id: str
    metrics: _containers.ScalarMap[str, float]
    metrics_mode: _event_leaderboard_service_pb2.MetricsMode
    def __init__(self, player_id: _Optional[str] = ..., id: _Optional[str] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., metadata: _Optional[str] = ..., conditional_metadata_update: _Optional[bool] = ..., operator: _Optional[_Union[_event_leaderboard_pb2.Operator, str]] = ..., request_id: _Optional[str] = ..., metrics: _Optional[_Mapping[str, float]] = ..., metrics_mode: _Optional[_Union[_event_leaderboard_service_pb2.MetricsMode, str]] = ...) -> None: ...

class LeaderboardSubmission(_message.Message):
    __slots__ = ("player_id", "key", "score", "context", "metadata", "request_id")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    key: str
    score: float
    context: _struct_pb2.Struct
    metadata: str
    request_id: str
    def __init__(self, player_id: _Optional[str] = ..., key: _Optional[str] = ..., score: _Optional[float] = ..., context: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., metadata: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SubmitScoresResponse(_message.Message):
    __slots__ = ("results", "current_time", "leaderboard_results")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    LEADERBOARD_RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ScoreResult]
    current_time: _timestamp_pb2.Timestamp
    leaderboard_results: _containers.RepeatedCompositeFieldContainer[LeaderboardScoreResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ScoreResult, _Mapping]]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., leaderboard_results: _Optional[_Iterable[_Union[LeaderboardScoreResult, _Mapping]]] = ...) -> None: ...

class ScoreResult(_message.Message):
    __slots__ = ("applied", "reason", "message", "improved", "previous_score", "previous_subscore", "score", "subscore", "rank", "cohort_id", "revision", "contributions", "prize_rank")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IMPROVED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SCORE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    PRIZE_RANK_FIELD_NUMBER: _ClassVar[int]
    applied: bool
    reason: str
    message: str
    improved: bool
    previous_score: int
    previous_subscore: int
    score: int
    subscore: int
    rank: int
    cohort_id: str
    revision: int
    contributions: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.LeaderboardContribution]
    prize_rank: int
    def __init__(self, applied: _Optional[bool] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., improved: _Optional[bool] = ..., previous_score: _Optional[int] = ..., previous_subscore: _Optional[int] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., rank: _Optional[int] = ..., cohort_id: _Optional[str] = ..., revision: _Optional[int] = ..., contributions: _Optional[_Iterable[_Union[_leaderboard_pb2.LeaderboardContribution, _Mapping]]] = ..., prize_rank: _Optional[int] = ...) -> None: ...

class LeaderboardScoreResult(_message.Message):
    __slots__ = ("applied", "outcome", "reason", "message", "improved", "previous_score", "score", "rank", "position", "num_scores", "segment", "period_start_time")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IMPROVED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    applied: bool
    outcome: _leaderboard_pb2.ContributionOutcome
    reason: str
    message: str
    improved: bool
    previous_score: float
    score: float
    rank: int
    position: int
    num_scores: int
    segment: str
    period_start_time: _timestamp_pb2.Timestamp
    def __init__(self, applied: _Optional[bool] = ..., outcome: _Optional[_Union[_leaderboard_pb2.ContributionOutcome, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., improved: _Optional[bool] = ..., previous_score: _Optional[float] = ..., score: _Optional[float] = ..., rank: _Optional[int] = ..., position: _Optional[int] = ..., num_scores: _Optional[int] = ..., segment: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ServerServiceRollCohortRequest(_message.Message):
    __slots__ = ("player_id", "id", "claim_reward", "metadata", "properties", "tier", "request_id", "name", "avatar_url", "view", "with_definition", "minimal", "context")
    class ContextEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CLAIM_REWARD_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    WITH_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    MINIMAL_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    id: str
    claim_reward: bool
    metadata: str
    properties: _struct_pb2.Struct
    tier: int
    request_id: str
    name: str
    avatar_url: str
    view: _event_leaderboard_pb2.StandingsView
    with_definition: bool
    minimal: bool
    context: _containers.ScalarMap[str, str]
    def __init__(self, player_id: _Optional[str] = ..., id: _Optional[str] = ..., claim_reward: _Optional[bool] = ..., metadata: _Optional[str] = ..., properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., tier: _Optional[int] = ..., request_id: _Optional[str] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ..., view: _Optional[_Union[_event_leaderboard_pb2.StandingsView, str]] = ..., with_definition: _Optional[bool] = ..., minimal: _Optional[bool] = ..., context: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ServerServiceRollCohortResponse(_message.Message):
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

class SetPlayerPropertiesRequest(_message.Message):
    __slots__ = ("player_id", "properties")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    properties: _struct_pb2.Struct
    def __init__(self, player_id: _Optional[str] = ..., properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class SetPlayerPropertiesResponse(_message.Message):
    __slots__ = ("properties", "current_time")
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    properties: _struct_pb2.Struct
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
