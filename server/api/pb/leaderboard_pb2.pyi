import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import reward_pb2 as _reward_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LeaderboardStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEADERBOARD_STATUS_UNSPECIFIED: _ClassVar[LeaderboardStatus]
    LEADERBOARD_STATUS_ACTIVE: _ClassVar[LeaderboardStatus]
    LEADERBOARD_STATUS_INACTIVE: _ClassVar[LeaderboardStatus]
    LEADERBOARD_STATUS_ARCHIVED: _ClassVar[LeaderboardStatus]

class Timeframe(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMEFRAME_UNSPECIFIED: _ClassVar[Timeframe]
    TIMEFRAME_NEVER: _ClassVar[Timeframe]
    TIMEFRAME_HOURLY: _ClassVar[Timeframe]
    TIMEFRAME_DAILY: _ClassVar[Timeframe]
    TIMEFRAME_WEEKLY: _ClassVar[Timeframe]
    TIMEFRAME_MONTHLY: _ClassVar[Timeframe]
    TIMEFRAME_CUSTOM: _ClassVar[Timeframe]
    TIMEFRAME_CRON: _ClassVar[Timeframe]
    TIMEFRAME_EVENT: _ClassVar[Timeframe]

class Aggregation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGREGATION_UNSPECIFIED: _ClassVar[Aggregation]
    AGGREGATION_SUM: _ClassVar[Aggregation]
    AGGREGATION_COUNT: _ClassVar[Aggregation]
    AGGREGATION_MAX: _ClassVar[Aggregation]
    AGGREGATION_MIN: _ClassVar[Aggregation]
    AGGREGATION_AVG: _ClassVar[Aggregation]
    AGGREGATION_BEST: _ClassVar[Aggregation]
    AGGREGATION_LATEST: _ClassVar[Aggregation]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_DESCENDING: _ClassVar[Direction]
    DIRECTION_ASCENDING: _ClassVar[Direction]

class RankStyle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RANK_STYLE_UNSPECIFIED: _ClassVar[RankStyle]
    RANK_STYLE_DENSE: _ClassVar[RankStyle]
    RANK_STYLE_COMPETITION: _ClassVar[RankStyle]
    RANK_STYLE_ORDINAL: _ClassVar[RankStyle]

class PeriodState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERIOD_STATE_UNSPECIFIED: _ClassVar[PeriodState]
    PERIOD_STATE_RUNNING: _ClassVar[PeriodState]
    PERIOD_STATE_CLOSING: _ClassVar[PeriodState]
    PERIOD_STATE_SETTLING: _ClassVar[PeriodState]
    PERIOD_STATE_FINAL: _ClassVar[PeriodState]

class ContributionOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTRIBUTION_OUTCOME_UNSPECIFIED: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_APPLIED: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_INACTIVE: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_ARCHIVED: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_NO_PERIOD: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_OUT_OF_SCOPE: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_NO_RULE: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_EXPRESSION_FAILED: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_SEGMENT_MISSING: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_SEGMENT_UNKNOWN: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_SEGMENT_FIXED: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_SEGMENT_LIMIT: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_OUT_OF_BOUNDS: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_OVERFLOW: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_LATE: _ClassVar[ContributionOutcome]
    CONTRIBUTION_OUTCOME_REFUSED: _ClassVar[ContributionOutcome]

class PlayerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAYER_KIND_UNSPECIFIED: _ClassVar[PlayerKind]
    PLAYER_KIND_PLAYER: _ClassVar[PlayerKind]
    PLAYER_KIND_BOT: _ClassVar[PlayerKind]

class PrizesBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIZES_BY_UNSPECIFIED: _ClassVar[PrizesBy]
    PRIZES_BY_POSITION: _ClassVar[PrizesBy]
    PRIZES_BY_RANK: _ClassVar[PrizesBy]
LEADERBOARD_STATUS_UNSPECIFIED: LeaderboardStatus
LEADERBOARD_STATUS_ACTIVE: LeaderboardStatus
LEADERBOARD_STATUS_INACTIVE: LeaderboardStatus
LEADERBOARD_STATUS_ARCHIVED: LeaderboardStatus
TIMEFRAME_UNSPECIFIED: Timeframe
TIMEFRAME_NEVER: Timeframe
TIMEFRAME_HOURLY: Timeframe
TIMEFRAME_DAILY: Timeframe
TIMEFRAME_WEEKLY: Timeframe
TIMEFRAME_MONTHLY: Timeframe
TIMEFRAME_CUSTOM: Timeframe
TIMEFRAME_CRON: Timeframe
TIMEFRAME_EVENT: Timeframe
AGGREGATION_UNSPECIFIED: Aggregation
AGGREGATION_SUM: Aggregation
AGGREGATION_COUNT: Aggregation
AGGREGATION_MAX: Aggregation
AGGREGATION_MIN: Aggregation
AGGREGATION_AVG: Aggregation
AGGREGATION_BEST: Aggregation
AGGREGATION_LATEST: Aggregation
DIRECTION_UNSPECIFIED: Direction
DIRECTION_DESCENDING: Direction
DIRECTION_ASCENDING: Direction
RANK_STYLE_UNSPECIFIED: RankStyle
RANK_STYLE_DENSE: RankStyle
RANK_STYLE_COMPETITION: RankStyle
RANK_STYLE_ORDINAL: RankStyle
PERIOD_STATE_UNSPECIFIED: PeriodState
PERIOD_STATE_RUNNING: PeriodState
PERIOD_STATE_CLOSING: PeriodState
PERIOD_STATE_SETTLING: PeriodState
PERIOD_STATE_FINAL: PeriodState
CONTRIBUTION_OUTCOME_UNSPECIFIED: ContributionOutcome
CONTRIBUTION_OUTCOME_APPLIED: ContributionOutcome
CONTRIBUTION_OUTCOME_INACTIVE: ContributionOutcome
CONTRIBUTION_OUTCOME_ARCHIVED: ContributionOutcome
CONTRIBUTION_OUTCOME_NO_PERIOD: ContributionOutcome
CONTRIBUTION_OUTCOME_OUT_OF_SCOPE: ContributionOutcome
CONTRIBUTION_OUTCOME_NO_RULE: ContributionOutcome
CONTRIBUTION_OUTCOME_EXPRESSION_FAILED: ContributionOutcome
CONTRIBUTION_OUTCOME_SEGMENT_MISSING: ContributionOutcome
CONTRIBUTION_OUTCOME_SEGMENT_UNKNOWN: ContributionOutcome
CONTRIBUTION_OUTCOME_SEGMENT_FIXED: ContributionOutcome
CONTRIBUTION_OUTCOME_SEGMENT_LIMIT: ContributionOutcome
CONTRIBUTION_OUTCOME_OUT_OF_BOUNDS: ContributionOutcome
CONTRIBUTION_OUTCOME_OVERFLOW: ContributionOutcome
CONTRIBUTION_OUTCOME_LATE: ContributionOutcome
CONTRIBUTION_OUTCOME_REFUSED: ContributionOutcome
PLAYER_KIND_UNSPECIFIED: PlayerKind
PLAYER_KIND_PLAYER: PlayerKind
PLAYER_KIND_BOT: PlayerKind
PRIZES_BY_UNSPECIFIED: PrizesBy
PRIZES_BY_POSITION: PrizesBy
PRIZES_BY_RANK: PrizesBy

class Leaderboard(_message.Message):
    __slots__ = ("key", "name", "description", "additional_properties", "status", "timeframe", "timezone", "aggregation", "direction", "rank_style", "ties_by_time", "decimals", "size", "min_score", "min_samples", "authoritative", "segmentation", "reward_config", "period", "definition_hash", "next_start_time")
    class AdditionalPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KEY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    AGGREGATION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    RANK_STYLE_FIELD_NUMBER: _ClassVar[int]
    TIES_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    MIN_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    AUTHORITATIVE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_FIELD_NUMBER: _ClassVar[int]
    REWARD_CONFIG_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    NEXT_START_TIME_FIELD_NUMBER: _ClassVar[int]
    key: str
    name: str
    description: str
    additional_properties: _containers.ScalarMap[str, str]
    status: LeaderboardStatus
    timeframe: Timeframe
    timezone: str
    aggregation: Aggregation
    direction: Direction
    rank_style: RankStyle
    ties_by_time: bool
    decimals: int
    size: int
    min_score: float
    min_samples: int
    authoritative: bool
    segmentation: Segmentation
    reward_config: RewardPolicy
    period: LeaderboardPeriod
    definition_hash: str
    next_start_time: _timestamp_pb2.Timestamp
    def __init__(self, key: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., additional_properties: _Optional[_Mapping[str, str]] = ..., status: _Optional[_Union[LeaderboardStatus, str]] = ..., timeframe: _Optional[_Union[Timeframe, str]] = ..., timezone: _Optional[str] = ..., aggregation: _Optional[_Union[Aggregation, str]] = ..., direction: _Optional[_Union[Direction, str]] = ..., rank_style: _Optional[_Union[RankStyle, str]] = ..., ties_by_time: _Optional[bool] = ..., decimals: _Optional[int] = ..., size: _Optional[int] = ..., min_score: _Optional[float] = ..., min_samples: _Optional[int] = ..., authoritative: _Optional[bool] = ..., segmentation: _Optional[_Union[Segmentation, _Mapping]] = ..., reward_config: _Optional[_Union[RewardPolicy, _Mapping]] = ..., period: _Optional[_Union[LeaderboardPeriod, _Mapping]] = ..., definition_hash: _Optional[str] = ..., next_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Segmentation(_message.Message):
    __slots__ = ("key", "buckets", "from_clients")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    FROM_CLIENTS_FIELD_NUMBER: _ClassVar[int]
    key: str
    buckets: _containers.RepeatedScalarFieldContainer[str]
    from_clients: bool
    def __init__(self, key: _Optional[str] = ..., buckets: _Optional[_Iterable[str]] = ..., from_clients: _Optional[bool] = ...) -> None: ...

class LeaderboardPeriod(_message.Message):
    __slots__ = ("window_key", "start_time", "end_time", "state", "entries")
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    window_key: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    state: PeriodState
    entries: int
    def __init__(self, window_key: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[PeriodState, str]] = ..., entries: _Optional[int] = ...) -> None: ...

class RewardPolicy(_message.Message):
    __slots__ = ("tiers", "by", "min_entries", "bots_take_prizes", "auto_claim", "claim_expiry", "hold", "bots_count")
    TIERS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    MIN_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    BOTS_TAKE_PRIZES_FIELD_NUMBER: _ClassVar[int]
    AUTO_CLAIM_FIELD_NUMBER: _ClassVar[int]
    CLAIM_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    BOTS_COUNT_FIELD_NUMBER: _ClassVar[int]
    tiers: _containers.RepeatedCompositeFieldContainer[PrizeTier]
    by: PrizesBy
    min_entries: int
    bots_take_prizes: bool
    auto_claim: bool
    claim_expiry: _duration_pb2.Duration
    hold: _duration_pb2.Duration
    bots_count: bool
    def __init__(self, tiers: _Optional[_Iterable[_Union[PrizeTier, _Mapping]]] = ..., by: _Optional[_Union[PrizesBy, str]] = ..., min_entries: _Optional[int] = ..., bots_take_prizes: _Optional[bool] = ..., auto_claim: _Optional[bool] = ..., claim_expiry: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., hold: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., bots_count: _Optional[bool] = ...) -> None: ...

class PrizeTier(_message.Message):
    __slots__ = ("key", "to", "percent", "max_places", "rewards")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAX_PLACES_FIELD_NUMBER: _ClassVar[int]
    REWARDS_FIELD_NUMBER: _ClassVar[int]
    key: str
    to: int
    percent: float
    max_places: int
    rewards: _reward_pb2.AvailableRewards
    def __init__(self, key: _Optional[str] = ..., to: _Optional[int] = ..., percent: _Optional[float] = ..., max_places: _Optional[int] = ..., rewards: _Optional[_Union[_reward_pb2.AvailableRewards, _Mapping]] = ...) -> None: ...

class LeaderboardEntry(_message.Message):
    __slots__ = ("player_id", "name", "avatar_url", "score", "rank", "position", "prize_position", "prize_tier", "num_scores", "reached_time", "update_time", "metadata", "is_self", "is_hidden", "kind")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PRIZE_POSITION_FIELD_NUMBER: _ClassVar[int]
    PRIZE_TIER_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    REACHED_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    IS_SELF_FIELD_NUMBER: _ClassVar[int]
    IS_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    name: str
    avatar_url: str
    score: float
    rank: int
    position: int
    prize_position: int
    prize_tier: str
    num_scores: int
    reached_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    metadata: str
    is_self: bool
    is_hidden: bool
    kind: PlayerKind
    def __init__(self, player_id: _Optional[str] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ..., score: _Optional[float] = ..., rank: _Optional[int] = ..., position: _Optional[int] = ..., prize_position: _Optional[int] = ..., prize_tier: _Optional[str] = ..., num_scores: _Optional[int] = ..., reached_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[str] = ..., is_self: _Optional[bool] = ..., is_hidden: _Optional[bool] = ..., kind: _Optional[_Union[PlayerKind, str]] = ...) -> None: ...

class LeaderboardPage(_message.Message):
    __slots__ = ("leaderboard", "aggregation", "direction", "decimals", "segment", "period", "total", "reward_config", "revision", "entries", "self")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    AGGREGATION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    REWARD_CONFIG_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    leaderboard: str
    aggregation: Aggregation
    direction: Direction
    decimals: int
    segment: str
    period: LeaderboardPeriod
    total: int
    reward_config: RewardPolicy
    revision: str
    entries: _containers.RepeatedCompositeFieldContainer[LeaderboardEntry]
    self: LeaderboardEntry
    def __init__(self_, leaderboard: _Optional[str] = ..., aggregation: _Optional[_Union[Aggregation, str]] = ..., direction: _Optional[_Union[Direction, str]] = ..., decimals: _Optional[int] = ..., segment: _Optional[str] = ..., period: _Optional[_Union[LeaderboardPeriod, _Mapping]] = ..., total: _Optional[int] = ..., reward_config: _Optional[_Union[RewardPolicy, _Mapping]] = ..., revision: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[LeaderboardEntry, _Mapping]]] = ..., self: _Optional[_Union[LeaderboardEntry, _Mapping]] = ...) -> None: ...

class LeaderboardContribution(_message.Message):
    __slots__ = ("leaderboard", "applied", "outcome", "detail", "points", "period_start_time", "segment", "previous_score", "score", "num_scores")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    leaderboard: str
    applied: bool
    outcome: ContributionOutcome
    detail: str
    points: str
    period_start_time: _timestamp_pb2.Timestamp
    segment: str
    previous_score: float
    score: float
    num_scores: int
    def __init__(self, leaderboard: _Optional[str] = ..., applied: _Optional[bool] = ..., outcome: _Optional[_Union[ContributionOutcome, str]] = ..., detail: _Optional[str] = ..., points: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., previous_score: _Optional[float] = ..., score: _Optional[float] = ..., num_scores: _Optional[int] = ...) -> None: ...
