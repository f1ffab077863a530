"""What may be written in a configuration file: one model for each kind, the single source of checks and JSON Schema."""

from server.definitions.models.event_leaderboard import EventLeaderboardModel, EventLeaderboardsFile
from server.definitions.models.item import ItemModel, ItemsFile

__all__ = ["EventLeaderboardModel", "EventLeaderboardsFile", "ItemModel", "ItemsFile"]
