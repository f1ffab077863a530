"""Who plays."""

from __future__ import annotations

from datetime import datetime

from server.domain.ids import PlayerId
from server.domain.values import value


@value
class Player:
    """A player's account. `created_at` is game time: what `min_account_age_sec` counts from."""

    player_id: PlayerId
    created_at: datetime
    name: str = ""
    avatar_url: str = ""
