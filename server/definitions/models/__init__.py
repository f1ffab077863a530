"""What may be written in a configuration file: one model for each kind, the single source of checks and JSON Schema."""

from server.definitions.models.bot import BotModel, BotsFile
from server.definitions.models.event_leaderboard import EventLeaderboardModel, EventLeaderboardsFile
from server.definitions.models.item import ItemModel, ItemsFile
from server.definitions.models.leaderboard import LeaderboardModel, LeaderboardsFile
from server.definitions.models.reward_policy import RewardPoliciesFile, RewardPolicyModel

__all__ = [
    "BotModel",
    "BotsFile",
    "EventLeaderboardModel",
    "EventLeaderboardsFile",
    "ItemModel",
    "ItemsFile",
    "LeaderboardModel",
    "LeaderboardsFile",
    "RewardPoliciesFile",
    "RewardPolicyModel",
]
