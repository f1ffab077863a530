"""What `server.testing` gives studios (M7): calls at the same time, and what modules have counted."""

from pathlib import Path
from typing import Any

import pytest

from server.testing import CallFailed, Game

MODULE = """
import asyncio
from server.modules_api import Refusal

inside = []

def register(registry):
    registry.function("meet", meet, seconds=5)

async def meet(ctx, payload):
    inside.append(payload)
    for _ in range(400):
        await asyncio.sleep(0.001)
        if len(inside) >= 2:
            ctx.metrics.count("met")
            if payload == "late":
                raise Refusal("LATE", "Come earlier.")
            return sorted(inside)
    return "alone"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "meeting.py").write_text(MODULE)
    return tmp_path


def meet(game: Game, name: str) -> Any:
    return game.player(name).function("meet", name)


def test_m7_calls_at_once_are_served_together_and_each_has_its_answer(folder: Path) -> None:
    with Game(modules=folder) as game:
        first, second = game.at_once(lambda: meet(game, "ann"), lambda: meet(game, "late"))
        assert first == ["ann", "late"]
        assert isinstance(second, CallFailed)
        assert second.reason == "LATE"
        assert game.counted("meeting", "met") == 2
        assert game.counted("meeting", "never") == 0


def test_m7_after_calls_at_once_others_go_on_one_by_one(folder: Path) -> None:
    with Game(modules=folder) as game:
        assert game.at_once(lambda: meet(game, "ann")) == ["alone"]
        assert game.at_once() == []
        assert meet(game, "bob") == ["ann", "bob"]


def test_m7_what_breaks_in_a_test_itself_is_raised(folder: Path) -> None:
    with Game(modules=folder) as game, pytest.raises(ZeroDivisionError):
        game.at_once(lambda: meet(game, "ann"), lambda: 1 / 0)
