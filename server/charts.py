"""Curves for people: as lines of text, and as an image that any viewer opens, written without a library."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.text import Text

STYLES = ("blue", "red", "green", "magenta", "cyan", "yellow", "bright_blue", "bright_red", "bright_green")
"""Of each curve in the terminal; there are no more curves than styles."""
_TOGETHER = "•"
_COLORS = (
    *((255, 255, 255), (225, 225, 225)),  # paper and grid
    *((31, 95, 191), (204, 51, 51), (34, 139, 60), (160, 60, 170), (20, 150, 160), (200, 150, 20)),
    *((110, 110, 230), (240, 120, 90), (120, 190, 90)),
)
_GRID = 1
_PARTS = 4


class Curve(NamedTuple):
    """Values at moments that lie evenly between the chart's two ends."""

    values: Sequence[int]


class Scale(NamedTuple):
    """The values at the bottom and at the top of a chart."""

    low: int
    high: int

    def row_of(self, value: float, rows: int) -> int:
        """Return in which row from the top a value lies."""
        span = max(self.high - self.low, 1)
        return rows - 1 - round((value - self.low) * (rows - 1) / span)


def scale_of(curves: Sequence[Curve]) -> Scale:
    """Return the scale on which all curves can be seen."""
    values = [value for curve in curves for value in curve.values]
    return Scale(min(values), max(values))


def text_chart(curves: Sequence[Curve], columns: int, rows: int) -> list[Text]:
    """Draw curves with their numbers, from 1 on; where several meet, with a dot."""
    scale = scale_of(curves)
    lines = []
    cells: dict[tuple[int, int], set[int]] = {}
    for number, curve in enumerate(curves):
        for column in range(columns):
            row = scale.row_of(_at(curve, column, columns), rows)
            cells.setdefault((row, column), set()).add(number)
    width = max(len(f"{scale.low:,}"), len(f"{scale.high:,}"))
    for row in range(rows):
        label = f"{scale.high:,}" if row == 0 else f"{scale.low:,}" if row == rows - 1 else ""
        line = Text(f"{label:>{width}} │")
        for column in range(columns):
            line.append_text(_cell(cells.get((row, column), set())))
        lines.append(line)
    lines.append(Text(" " * width + " └" + "─" * columns))
    return lines


def png_chart(curves: Sequence[Curve], width: int = 960, height: int = 480) -> bytes:
    """Draw curves in colours, over a grid of quarters."""
    paper = [bytearray(width) for _ in range(height)]
    for part in range(_PARTS + 1):
        row, column = part * (height - 1) // _PARTS, part * (width - 1) // _PARTS
        paper[row][:] = bytes([_GRID]) * width
        for line in paper:
            line[column] = _GRID
    scale = scale_of(curves)
    for number, curve in enumerate(curves):
        rows = [scale.row_of(_at(curve, column, width), height) for column in range(width)]
        for column, (before, after) in enumerate(pairwise([rows[0], *rows])):
            for row in range(min(before, after), min(max(before, after) + 2, height)):  # two pixels thick
                paper[row][column] = 2 + number
    return _png(paper, width, height)


def _at(curve: Curve, column: int, columns: int) -> float:
    """Return a curve's value in a column, on the straight line between its neighbours."""
    place = column * (len(curve.values) - 1) / max(columns - 1, 1)
    index = min(int(place), len(curve.values) - 1)
    following = curve.values[min(index + 1, len(curve.values) - 1)]
    return curve.values[index] + (following - curve.values[index]) * (place - index)


def _cell(numbers: set[int]) -> Text:
    if not numbers:
        return Text(" ")
    if len(numbers) > 1:
        return Text(_TOGETHER)
    (number,) = numbers
    return Text(str(number + 1), STYLES[number])


def _png(paper: Sequence[bytearray], width: int, height: int) -> bytes:
    """Write an image of one byte a pixel, each the index of a colour."""
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = bytes(value for color in _COLORS for value in color)
    pixels = zlib.compress(b"".join(b"\0" + line for line in paper), 9)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
