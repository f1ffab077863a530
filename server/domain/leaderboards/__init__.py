"""Leaderboards: ranked boards that outlive one event, fed by what players do (B1 to B63)."""
