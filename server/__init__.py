"""Laurel: a game server for competitive events.

The floors, from the street up: `doors` and `workers` call `api` and `application`, these call the pure
rules in `domain` and ask the world through `ports`; `storage`, `definitions` and `hooks` answer the ports.
`core` is the only place that knows them all. docs/ARCHITECTURE.md shows the house.
"""

__version__ = "0.1.0"
