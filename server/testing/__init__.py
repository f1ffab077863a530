"""A whole server in memory, for tests of modules: no port, no file, no sleeping (M7).

from server.testing import Game

def test_a_winner_is_paid() -> None:
    with Game(modules="modules", events={"weekly": {"reset_schedule": "0 0 * * 1", "cohort_size": 5}}) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        ann.submit("weekly", 10)
        game.advance(days=7)
        ann.claim("weekly")
"""

from server.client import CallFailed
from server.testing.clock import ManualClock
from server.testing.game import Game, Player, Server

__all__ = ["CallFailed", "Game", "ManualClock", "Player", "Server"]
