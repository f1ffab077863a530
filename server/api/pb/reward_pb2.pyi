import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GrantState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GRANT_STATE_UNSPECIFIED: _ClassVar[GrantState]
    GRANT_STATE_PENDING: _ClassVar[GrantState]
    GRANT_STATE_CLAIMED: _ClassVar[GrantState]
    GRANT_STATE_EXPIRED: _ClassVar[GrantState]
    GRANT_STATE_REVOKED: _ClassVar[GrantState]
GRANT_STATE_UNSPECIFIED: GrantState
GRANT_STATE_PENDING: GrantState
GRANT_STATE_CLAIMED: GrantState
GRANT_STATE_EXPIRED: GrantState
GRANT_STATE_REVOKED: GrantState

class Reward(_message.Message):
    __slots__ = ("items", "currencies", "energies", "energy_modifiers", "reward_modifiers", "item_instances", "message")
    class ItemsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class CurrenciesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class EnergiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    ENERGIES_FIELD_NUMBER: _ClassVar[int]
    ENERGY_MODIFIERS_FIELD_NUMBER: _ClassVar[int]
    REWARD_MODIFIERS_FIELD_NUMBER: _ClassVar[int]
    ITEM_INSTANCES_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.ScalarMap[str, int]
    currencies: _containers.ScalarMap[str, int]
    energies: _containers.ScalarMap[str, int]
    energy_modifiers: _containers.RepeatedCompositeFieldContainer[RewardEnergyModifier]
    reward_modifiers: _containers.RepeatedCompositeFieldContainer[RewardModifier]
    item_instances: _containers.RepeatedCompositeFieldContainer[RewardItemInstance]
    message: str
    def __init__(self, items: _Optional[_Mapping[str, int]] = ..., currencies: _Optional[_Mapping[str, int]] = ..., energies: _Optional[_Mapping[str, int]] = ..., energy_modifiers: _Optional[_Iterable[_Union[RewardEnergyModifier, _Mapping]]] = ..., reward_modifiers: _Optional[_Iterable[_Union[RewardModifier, _Mapping]]] = ..., item_instances: _Optional[_Iterable[_Union[RewardItemInstance, _Mapping]]] = ..., message: _Optional[str] = ...) -> None: ...

class RewardEnergyModifier(_message.Message):
    __slots__ = ("id", "operator", "value", "duration")
    ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    id: str
    operator: str
    value: int
    duration: _duration_pb2.Duration
    def __init__(self, id: _Optional[str] = ..., operator: _Optional[str] = ..., value: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RewardModifier(_message.Message):
    __slots__ = ("id", "type", "operator", "value", "duration")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: str
    operator: str
    value: int
    duration: _duration_pb2.Duration
    def __init__(self, id: _Optional[str] = ..., type: _Optional[str] = ..., operator: _Optional[str] = ..., value: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RewardItemInstance(_message.Message):
    __slots__ = ("item_id", "count", "string_properties", "numeric_properties")
    class StringPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class NumericPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    STRING_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    NUMERIC_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    count: int
    string_properties: _containers.ScalarMap[str, str]
    numeric_properties: _containers.ScalarMap[str, float]
    def __init__(self, item_id: _Optional[str] = ..., count: _Optional[int] = ..., string_properties: _Optional[_Mapping[str, str]] = ..., numeric_properties: _Optional[_Mapping[str, float]] = ...) -> None: ...

class AvailableRewards(_message.Message):
    __slots__ = ("guaranteed", "weighted", "max_rolls", "max_repeat_rolls", "total_weight", "mailbox_expiry", "message")
    GUARANTEED_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_FIELD_NUMBER: _ClassVar[int]
    MAX_ROLLS_FIELD_NUMBER: _ClassVar[int]
    MAX_REPEAT_ROLLS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    MAILBOX_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    guaranteed: AvailableRewardContents
    weighted: _containers.RepeatedCompositeFieldContainer[AvailableRewardContents]
    max_rolls: int
    max_repeat_rolls: int
    total_weight: int
    mailbox_expiry: _duration_pb2.Duration
    message: str
    def __init__(self, guaranteed: _Optional[_Union[AvailableRewardContents, _Mapping]] = ..., weighted: _Optional[_Iterable[_Union[AvailableRewardContents, _Mapping]]] = ..., max_rolls: _Optional[int] = ..., max_repeat_rolls: _Optional[int] = ..., total_weight: _Optional[int] = ..., mailbox_expiry: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., message: _Optional[str] = ...) -> None: ...

class AvailableRewardContents(_message.Message):
    __slots__ = ("items", "item_sets", "currencies", "energies", "energy_modifiers", "reward_modifiers", "weight")
    class ItemsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AvailableRewardRange
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AvailableRewardRange, _Mapping]] = ...) -> None: ...
    class CurrenciesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AvailableRewardRange
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AvailableRewardRange, _Mapping]] = ...) -> None: ...
    class EnergiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AvailableRewardRange
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AvailableRewardRange, _Mapping]] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ITEM_SETS_FIELD_NUMBER: _ClassVar[int]
    CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    ENERGIES_FIELD_NUMBER: _ClassVar[int]
    ENERGY_MODIFIERS_FIELD_NUMBER: _ClassVar[int]
    REWARD_MODIFIERS_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.MessageMap[str, AvailableRewardRange]
    item_sets: _containers.RepeatedCompositeFieldContainer[AvailableRewardItemSet]
    currencies: _containers.MessageMap[str, AvailableRewardRange]
    energies: _containers.MessageMap[str, AvailableRewardRange]
    energy_modifiers: _containers.RepeatedCompositeFieldContainer[AvailableRewardEnergyModifier]
    reward_modifiers: _containers.RepeatedCompositeFieldContainer[AvailableRewardModifier]
    weight: int
    def __init__(self, items: _Optional[_Mapping[str, AvailableRewardRange]] = ..., item_sets: _Optional[_Iterable[_Union[AvailableRewardItemSet, _Mapping]]] = ..., currencies: _Optional[_Mapping[str, AvailableRewardRange]] = ..., energies: _Optional[_Mapping[str, AvailableRewardRange]] = ..., energy_modifiers: _Optional[_Iterable[_Union[AvailableRewardEnergyModifier, _Mapping]]] = ..., reward_modifiers: _Optional[_Iterable[_Union[AvailableRewardModifier, _Mapping]]] = ..., weight: _Optional[int] = ...) -> None: ...

class AvailableRewardRange(_message.Message):
    __slots__ = ("min", "max", "multiple")
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    MULTIPLE_FIELD_NUMBER: _ClassVar[int]
    min: int
    max: int
    multiple: int
    def __init__(self, min: _Optional[int] = ..., max: _Optional[int] = ..., multiple: _Optional[int] = ...) -> None: ...

class AvailableRewardItemSet(_message.Message):
    __slots__ = ("sets", "count", "max_repeats")
    SETS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_REPEATS_FIELD_NUMBER: _ClassVar[int]
    sets: _containers.RepeatedScalarFieldContainer[str]
    count: AvailableRewardRange
    max_repeats: int
    def __init__(self, sets: _Optional[_Iterable[str]] = ..., count: _Optional[_Union[AvailableRewardRange, _Mapping]] = ..., max_repeats: _Optional[int] = ...) -> None: ...

class AvailableRewardEnergyModifier(_message.Message):
    __slots__ = ("id", "operator", "value", "duration_seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    operator: str
    value: AvailableRewardRange
    duration_seconds: AvailableRewardRange
    def __init__(self, id: _Optional[str] = ..., operator: _Optional[str] = ..., value: _Optional[_Union[AvailableRewardRange, _Mapping]] = ..., duration_seconds: _Optional[_Union[AvailableRewardRange, _Mapping]] = ...) -> None: ...

class AvailableRewardModifier(_message.Message):
    __slots__ = ("id", "type", "operator", "value", "duration_seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: str
    operator: str
    value: AvailableRewardRange
    duration_seconds: AvailableRewardRange
    def __init__(self, id: _Optional[str] = ..., type: _Optional[str] = ..., operator: _Optional[str] = ..., value: _Optional[_Union[AvailableRewardRange, _Mapping]] = ..., duration_seconds: _Optional[_Union[AvailableRewardRange, _Mapping]] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("id", "key", "source_kind", "source_id", "reward", "state", "create_time", "claim_time", "expiry_time", "claimable_time", "period")
    ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIMABLE_TIME_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    id: str
    key: str
    source_kind: str
    source_id: str
    reward: Reward
    state: GrantState
    create_time: _timestamp_pb2.Timestamp
    claim_time: _timestamp_pb2.Timestamp
    expiry_time: _timestamp_pb2.Timestamp
    claimable_time: _timestamp_pb2.Timestamp
    period: GrantPeriod
    def __init__(self, id: _Optional[str] = ..., key: _Optional[str] = ..., source_kind: _Optional[str] = ..., source_id: _Optional[str] = ..., reward: _Optional[_Union[Reward, _Mapping]] = ..., state: _Optional[_Union[GrantState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claimable_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period: _Optional[_Union[GrantPeriod, _Mapping]] = ...) -> None: ...

class GrantPeriod(_message.Message):
    __slots__ = ("leaderboard", "start_time", "segment", "prize_tier")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PRIZE_TIER_FIELD_NUMBER: _ClassVar[int]
    leaderboard: str
    start_time: _timestamp_pb2.Timestamp
    segment: str
    prize_tier: str
    def __init__(self, leaderboard: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., prize_tier: _Optional[str] = ...) -> None: ...
