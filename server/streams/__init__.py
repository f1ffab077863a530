"""Adapters of the broker: how watchers hear of what has changed, within a process and between several (L23)."""
