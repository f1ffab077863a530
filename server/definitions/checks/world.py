"""What else is defined: what a definition names must be there, and some of it must fit (E1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from server.definitions.explain import nearest
from server.definitions.models import BotModel, EventLeaderboardModel, ItemModel, LeaderboardModel, RewardPolicyModel
from server.definitions.models.base import Model

M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Shelf(Generic[M]):
    """All definitions of one kind.

    `names` are those that files hold, refused ones included: nobody is told that what he names is not there because
    something is wrong with it. `is_whole`: every file could be read. `is_sound`: nothing was refused, either.
    """

    models: dict[str, M] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    is_whole: bool = True
    is_sound: bool = True

    def lacks(self, name: str) -> bool:
        """Tell whether there is certainly nothing of that name."""
        return self.is_whole and name not in self.names

    def like(self, name: str) -> str:
        """Return a hint at the name that was probably meant, or an empty text."""
        return nearest(name, sorted(self.names))

    def add(self, models: Mapping[str, M], names: Iterable[str]) -> None:
        """Take what a file holds."""
        self.models |= models
        self.names |= set(names)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is defined."""

    events: Shelf[EventLeaderboardModel] = field(default_factory=Shelf)
    items: Shelf[ItemModel] = field(default_factory=Shelf)
    leaderboards: Shelf[LeaderboardModel] = field(default_factory=Shelf)
    reward_policies: Shelf[RewardPolicyModel] = field(default_factory=Shelf)
    bots: Shelf[BotModel] = field(default_factory=Shelf)
