"""Files of scores, line by line: CSV with a line of names, or a JSON object on each line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from server.application.import_entries import ImportedLine
from server.domain.ids import LeaderboardKey, PlayerId, is_identifier

NAMES = ("player", "score", "segment", "reached_at", "leaderboard")


class LineInvalid(ValueError):
    """A line that is no score; `number` counts from 1."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"line {number}: {what}")
        self.number = number


def lines_of(text: Iterable[str], board: LeaderboardKey, now: datetime) -> Iterator[ImportedLine]:
    """Read a file. `board` is for lines that name no leaderboard, `now` for those that tell no time.

    :raises LineInvalid: at the first line that is no score
    """
    for number, fields in _fields_of(_told(text)):
        unknown = sorted(set(fields) - set(NAMES))
        if unknown:
            raise LineInvalid(number, f"{unknown[0]!r} is not known; there are {', '.join(NAMES)}")
        yield _line(number, fields, board, now)


def _told(text: Iterable[str]) -> Iterator[str]:
    """Yield the lines, and tell which one is not text."""
    number = 1
    try:
        for line in text:
            yield line
            number += 1
    except UnicodeDecodeError as error:
        raise LineInvalid(number, "it, or one soon after it, is not UTF-8; save the file as UTF-8") from error


def _fields_of(text: Iterable[str]) -> Iterator[tuple[int, dict[str, object]]]:
    lines = iter(text)
    first = next(lines, "")
    if first.lstrip().startswith("{"):
        for number, line in enumerate(_with(first, lines), 1):
            if line.strip():
                yield number, _object(number, line)
        return
    names = [name.strip() for name in next(csv.reader([first]), [])]
    if "player" not in names or "score" not in names:
        raise LineInvalid(1, "the first line of a CSV names its columns, player and score among them")
    for number, row in enumerate(_rows(lines), 2):
        if row:
            if len(row) != len(names):
                raise LineInvalid(number, f"it has {len(row)} columns, and {len(names)} have names")
            yield number, dict(zip(names, row, strict=True))


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    rows = csv.reader(lines)
    try:
        yield from rows
    except csv.Error as error:
        raise LineInvalid(rows.line_num + 1, f"it is no CSV: {error}") from error


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _object(number: int, line: str) -> dict[str, object]:
    try:
        found = json.loads(line, parse_float=Decimal)
    except ValueError as error:
        raise LineInvalid(number, f"it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise LineInvalid(number, "it is no JSON object")
    return found


def _line(number: int, fields: dict[str, object], board: LeaderboardKey, now: datetime) -> ImportedLine:
    player, segment = fields.get("player"), fields.get("segment") or ""
    key = fields.get("leaderboard") or board
    when = fields.get("reached_at")
    is_dated = when is not None and when != ""
    if not isinstance(player, str) or not is_identifier(player):
        raise LineInvalid(number, "player is no id of 1 to 128 characters that can be seen")
    if not isinstance(key, str) or not key:
        raise LineInvalid(number, "it names no leaderboard; say --board KEY")
    if not isinstance(segment, str):
        raise LineInvalid(number, "segment is no text")
    return ImportedLine(
        LeaderboardKey(key),
        PlayerId(player),
        _score(number, fields.get("score")),
        _moment(number, when, now) if is_dated else now,
        segment,
        is_dated=is_dated,
    )


def _score(number: int, said: object) -> str:
    """Return the score as a decimal; true is none."""
    try:
        score = Decimal("nan" if isinstance(said, bool) or said is None else str(said))
    except InvalidOperation:
        score = Decimal("nan")
    if not score.is_finite():
        raise LineInvalid(number, f"score is no number: {said!r}")
    return str(score)


def _moment(number: int, said: object, now: datetime) -> datetime:
    """Return when the score was reached: ISO 8601, taken as UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(str(said))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise LineInvalid(number, f"reached_at is no time like 2025-11-18T12:00:00Z: {said!r}") from error
    if moment > now:
        raise LineInvalid(number, f"reached_at lies in the future: {said}")
    return moment
