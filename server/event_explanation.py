"""`laurel check --event FILE`: what a game event would do under the definitions in the files (B42). No store is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table

from server.application.explain_game_event import Explained, ExplainGameEvent
from server.application.game_events import ReportedEvent
from server.application.store_in_step import StoreInStep
from server.definitions.catalog import LiveCatalog
from server.domain.errors import DomainError
from server.domain.ids import PlayerId, is_identifier
from server.storage.database import database_at
from server.system_clock import SystemClock
from server.terminal import fail, out, print_table

_MEMORY = "sqlite::memory:"
_NAMES = ("event_id", "type", "actor", "attrs", "context", "occurred_at")


async def explain_file(folder: Path, file: Path) -> None:
    """Print a table of what each leaderboard and event would make of the game event in a file."""
    reported = event_from_json(file)
    store = await database_at(_MEMORY).open()
    try:
        catalog, clock = LiveCatalog(folder), SystemClock(timedelta())
        in_step = StoreInStep(store, catalog)
        await catalog.reload(in_step, clock.now())
        _print(await ExplainGameEvent(in_step, catalog, clock)(reported))
    except DomainError as refusal:
        fail(refusal.message)
    finally:
        await store.close()


def event_from_json(file: Path) -> ReportedEvent:
    """Read a game event as it is sent to the server; numbers are the decimals that they are written as."""
    try:
        data = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        fail(f"{file} cannot be read: {error}")
    if not isinstance(data, dict):
        fail(f"{file} holds no JSON object")
    unknown = sorted(set(data) - set(_NAMES))
    if unknown:
        fail(f"{file}: {unknown[0]!r} is not known; there are {', '.join(_NAMES)}")
    actor = _tree(data, "actor")
    if not isinstance(data.get("type"), str) or not is_identifier(str(actor.get("id", ""))):
        fail(f'{file} names no type, or no actor; it begins like {{"type": "match_won", "actor": {{"id": "ann"}}')
    return ReportedEvent(
        event_id=str(data.get("event_id", "")),
        type=data["type"],
        actor_id=PlayerId(str(actor["id"])),
        occurred_at=_moment(data.get("occurred_at")),
        actor_metadata=_tree(actor, "metadata"),
        attrs=_tree(data, "attrs"),
        context=_tree(data, "context"),
    )


def _tree(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        fail(f"{name} is no JSON object")
    return found


def _moment(said: object) -> datetime | None:
    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        fail(f"occurred_at is no time like 2025-11-18T12:00:00Z: {said!r}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _print(explained: Explained) -> None:
    if not explained.boards and not explained.events:
        out.print("no leaderboard and no event has a rule for this type of game event")
        return
    table = Table("board", "outcome", "rule", "points", "segment", "period", "detail")
    for one in explained.boards:
        rule = "" if one.rule is None else str(one.rule + 1)
        row = (one.leaderboard, one.outcome.value, rule, one.points, one.segment, one.window_key, one.detail)
        table.add_row(*row)
    for event in explained.events:
        rule = "" if event.rule is None else str(event.rule + 1)
        points = "" if event.score is None else str(event.score)
        table.add_row(f"{event.event_id} (event)", event.outcome.value, rule, points, "", "", event.detail)
    print_table(table)
