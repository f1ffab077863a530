import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import leaderboard_pb2 as _leaderboard_pb2
from server.api.pb import reward_pb2 as _reward_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_BEST: _ClassVar[Operator]
    OPERATOR_SET: _ClassVar[Operator]
    OPERATOR_INCREMENT: _ClassVar[Operator]
    OPERATOR_DECREMENT: _ClassVar[Operator]

class StandingsView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STANDINGS_VIEW_UNSPECIFIED: _ClassVar[StandingsView]
    STANDINGS_VIEW_NONE: _ClassVar[StandingsView]
    STANDINGS_VIEW_AROUND: _ClassVar[StandingsView]
    STANDINGS_VIEW_COHORT: _ClassVar[StandingsView]
OPERATOR_UNSPECIFIED: Operator
OPERATOR_BEST: Operator
OPERATOR_SET: Operator
OPERATOR_INCREMENT: Operator
OPERATOR_DECREMENT: Operator
STANDINGS_VIEW_UNSPECIFIED: StandingsView
STANDINGS_VIEW_NONE: StandingsView
STANDINGS_VIEW_AROUND: StandingsView
STANDINGS_VIEW_COHORT: StandingsView

class EventLeaderboard(_message.Message):
    __slots__ = ("id", "name", "description", "category", "ascending", "operator", "additional_properties", "tier", "tiers", "pending_tier_change", "start_time", "end_time", "expiry_time", "next_start_time", "current_time", "is_active", "can_update", "can_claim", "can_roll", "can_roll_with_claim", "cohort_id", "count", "max_count", "revision", "completion_time", "matchmaker_properties", "standing", "scores", "claim_time", "max_num_score", "score_target", "score_target_players", "score_time_limit", "score_time_limit_end_time", "tier_delta_per_phase", "rolls", "max_rolls", "roll_cooldown", "roll_cooldown_end_time", "reroll_count_freeze", "best_rank", "definition_hash", "reward_tiers", "change_zones", "available_rewards")
    class AdditionalPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class RewardTiersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: RewardTiers
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[RewardTiers, _Mapping]] = ...) -> None: ...
    class ChangeZonesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: ChangeZone
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[ChangeZone, _Mapping]] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    ASCENDING_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    PENDING_TIER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_START_TIME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CAN_UPDATE_FIELD_NUMBER: _ClassVar[int]
    CAN_CLAIM_FIELD_NUMBER: _ClassVar[int]
    CAN_ROLL_FIELD_NUMBER: _ClassVar[int]
    CAN_ROLL_WITH_CLAIM_FIELD_NUMBER: _ClassVar[int]
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TIME_FIELD_NUMBER: _ClassVar[int]
    MATCHMAKER_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_NUM_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_TARGET_FIELD_NUMBER: _ClassVar[int]
    SCORE_TARGET_PLAYERS_FIELD_NUMBER: _ClassVar[int]
    SCORE_TIME_LIMIT_FIELD_NUMBER: _ClassVar[int]
    SCORE_TIME_LIMIT_END_TIME_FIELD_NUMBER: _ClassVar[int]
    TIER_DELTA_PER_PHASE_FIELD_NUMBER: _ClassVar[int]
    ROLLS_FIELD_NUMBER: _ClassVar[int]
    MAX_ROLLS_FIELD_NUMBER: _ClassVar[int]
    ROLL_COOLDOWN_FIELD_NUMBER: _ClassVar[int]
    ROLL_COOLDOWN_END_TIME_FIELD_NUMBER: _ClassVar[int]
    REROLL_COUNT_FREEZE_FIELD_NUMBER: _ClassVar[int]
    BEST_RANK_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    REWARD_TIERS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_ZONES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_REWARDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    category: str
    ascending: bool
    operator: Operator
    additional_properties: _containers.ScalarMap[str, str]
    tier: int
    tiers: int
    pending_tier_change: int
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    expiry_time: _timestamp_pb2.Timestamp
    next_start_time: _timestamp_pb2.Timestamp
    current_time: _timestamp_pb2.Timestamp
    is_active: bool
    can_update: bool
    can_claim: bool
    can_roll: bool
    can_roll_with_claim: bool
    cohort_id: str
    count: int
    max_count: int
    revision: int
    completion_time: _timestamp_pb2.Timestamp
    matchmaker_properties: _struct_pb2.Struct
    standing: Standing
    scores: _containers.RepeatedCompositeFieldContainer[Standing]
    claim_time: _timestamp_pb2.Timestamp
    max_num_score: int
    score_target: int
    score_target_players: int
    score_time_limit: _duration_pb2.Duration
    score_time_limit_end_time: _timestamp_pb2.Timestamp
    tier_delta_per_phase: int
    rolls: int
    max_rolls: int
    roll_cooldown: _duration_pb2.Duration
    roll_cooldown_end_time: _timestamp_pb2.Timestamp
    reroll_count_freeze: bool
    best_rank: int
    definition_hash: str
    reward_tiers: _containers.MessageMap[int, RewardTiers]
    change_zones: _containers.MessageMap[int, ChangeZone]
    available_rewards: _reward_pb2.AvailableRewards
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., category: _Optional[str] = ..., ascending: _Optional[bool] = ..., operator: _Optional[_Union[Operator, str]] = ..., additional_properties: _Optional[_Mapping[str, str]] = ..., tier: _Optional[int] = ..., tiers: _Optional[int] = ..., pending_tier_change: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_active: _Optional[bool] = ..., can_update: _Optional[bool] = ..., can_claim: _Optional[bool] = ..., can_roll: _Optional[bool] = ..., can_roll_with_claim: _Optional[bool] = ..., cohort_id: _Optional[str] = ..., count: _Optional[int] = ..., max_count: _Optional[int] = ..., revision: _Optional[int] = ..., completion_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., matchmaker_properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., standing: _Optional[_Union[Standing, _Mapping]] = ..., scores: _Optional[_Iterable[_Union[Standing, _Mapping]]] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_num_score: _Optional[int] = ..., score_target: _Optional[int] = ..., score_target_players: _Optional[int] = ..., score_time_limit: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., score_time_limit_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tier_delta_per_phase: _Optional[int] = ..., rolls: _Optional[int] = ..., max_rolls: _Optional[int] = ..., roll_cooldown: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., roll_cooldown_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reroll_count_freeze: _Optional[bool] = ..., best_rank: _Optional[int] = ..., definition_hash: _Optional[str] = ..., reward_tiers: _Optional[_Mapping[int, RewardTiers]] = ..., change_zones: _Optional[_Mapping[int, ChangeZone]] = ..., available_rewards: _Optional[_Union[_reward_pb2.AvailableRewards, _Mapping]] = ...) -> None: ...

class Standing(_message.Message):
    __slots__ = ("player_id", "name", "avatar_url", "rank", "score", "subscore", "num_scores", "metadata", "create_time", "update_time", "reached_time", "tier_delta", "is_self", "prize_rank", "kind")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REACHED_TIME_FIELD_NUMBER: _ClassVar[int]
    TIER_DELTA_FIELD_NUMBER: _ClassVar[int]
    IS_SELF_FIELD_NUMBER: _ClassVar[int]
    PRIZE_RANK_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    name: str
    avatar_url: str
    rank: int
    score: int
    subscore: int
    num_scores: int
    metadata: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    reached_time: _timestamp_pb2.Timestamp
    tier_delta: int
    is_self: bool
    prize_rank: int
    kind: _leaderboard_pb2.PlayerKind
    def __init__(self, player_id: _Optional[str] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ..., rank: _Optional[int] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., num_scores: _Optional[int] = ..., metadata: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reached_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tier_delta: _Optional[int] = ..., is_self: _Optional[bool] = ..., prize_rank: _Optional[int] = ..., kind: _Optional[_Union[_leaderboard_pb2.PlayerKind, str]] = ...) -> None: ...

class RewardTiers(_message.Message):
    __slots__ = ("reward_tiers",)
    REWARD_TIERS_FIELD_NUMBER: _ClassVar[int]
    reward_tiers: _containers.RepeatedCompositeFieldContainer[RewardTier]
    def __init__(self, reward_tiers: _Optional[_Iterable[_Union[RewardTier, _Mapping]]] = ...) -> None: ...

class RewardTier(_message.Message):
    __slots__ = ("name", "rank_min", "rank_max", "rewards", "tier_change", "roll_cooldown", "reroll_count_freeze")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RANK_MIN_FIELD_NUMBER: _ClassVar[int]
    RANK_MAX_FIELD_NUMBER: _ClassVar[int]
    REWARDS_FIELD_NUMBER: _ClassVar[int]
    TIER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    ROLL_COOLDOWN_FIELD_NUMBER: _ClassVar[int]
    REROLL_COUNT_FREEZE_FIELD_NUMBER: _ClassVar[int]
    name: str
    rank_min: int
    rank_max: int
    rewards: _reward_pb2.AvailableRewards
    tier_change: int
    roll_cooldown: _duration_pb2.Duration
    reroll_count_freeze: bool
    def __init__(self, name: _Optional[str] = ..., rank_min: _Optional[int] = ..., rank_max: _Optional[int] = ..., rewards: _Optional[_Union[_reward_pb2.AvailableRewards, _Mapping]] = ..., tier_change: _Optional[int] = ..., roll_cooldown: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reroll_count_freeze: _Optional[bool] = ...) -> None: ...

class ChangeZone(_message.Message):
    __slots__ = ("promotion", "demotion", "demote_idle", "use_max_cohort_size", "promotion_reroll_count_freeze", "demotion_reroll_count_freeze", "nochange_reroll_count_freeze")
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    DEMOTION_FIELD_NUMBER: _ClassVar[int]
    DEMOTE_IDLE_FIELD_NUMBER: _ClassVar[int]
    USE_MAX_COHORT_SIZE_FIELD_NUMBER: _ClassVar[int]
    PROMOTION_REROLL_COUNT_FREEZE_FIELD_NUMBER: _ClassVar[int]
    DEMOTION_REROLL_COUNT_FREEZE_FIELD_NUMBER: _ClassVar[int]
    NOCHANGE_REROLL_COUNT_FREEZE_FIELD_NUMBER: _ClassVar[int]
    promotion: float
    demotion: float
    demote_idle: bool
    use_max_cohort_size: bool
    promotion_reroll_count_freeze: bool
    demotion_reroll_count_freeze: bool
    nochange_reroll_count_freeze: bool
    def __init__(self, promotion: _Optional[float] = ..., demotion: _Optional[float] = ..., demote_idle: _Optional[bool] = ..., use_max_cohort_size: _Optional[bool] = ..., promotion_reroll_count_freeze: _Optional[bool] = ..., demotion_reroll_count_freeze: _Optional[bool] = ..., nochange_reroll_count_freeze: _Optional[bool] = ...) -> None: ...

class PastCohort(_message.Message):
    __slots__ = ("cohort_id", "phase_start_time", "tier", "completion_time", "rank", "count", "tier_change", "score", "subscore", "num_scores", "reward_tier_name", "claim_time", "grant", "prize_rank")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_START_TIME_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TIME_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    TIER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    REWARD_TIER_NAME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    PRIZE_RANK_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    phase_start_time: _timestamp_pb2.Timestamp
    tier: int
    completion_time: _timestamp_pb2.Timestamp
    rank: int
    count: int
    tier_change: int
    score: int
    subscore: int
    num_scores: int
    reward_tier_name: str
    claim_time: _timestamp_pb2.Timestamp
    grant: _reward_pb2.Grant
    prize_rank: int
    def __init__(self, cohort_id: _Optional[str] = ..., phase_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tier: _Optional[int] = ..., completion_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rank: _Optional[int] = ..., count: _Optional[int] = ..., tier_change: _Optional[int] = ..., score: _Optional[int] = ..., subscore: _Optional[int] = ..., num_scores: _Optional[int] = ..., reward_tier_name: _Optional[str] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grant: _Optional[_Union[_reward_pb2.Grant, _Mapping]] = ..., prize_rank: _Optional[int] = ...) -> None: ...
