"""JSON with a memory: where each key and value stands, so that every later complaint can name line and column.

The standard parser forgets positions and lets the last of two equal keys win; here a repeated key is a mistake. Numbers
with a fraction become decimals, because a share of 0.29 must stay exactly that (E72).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own, missing in its stubs

Path = tuple[str | int, ...]
"""Where something stands in a document: keys and list indexes from the root."""

DEPTH_MAX = 64

_BREAK = re.compile("\n")
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_DIGITS_MAX = 400


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both counted from 1."""

    line: int
    column: int


class JsonError(ValueError):
    """The text is not JSON."""

    def __init__(self, message: str, place: Place, path: Path = ()) -> None:
        super().__init__(message)
        self.place = place
        self.path = path


@dataclass(slots=True)
class Document:
    """A parsed text: its data, and where keys and values begin."""

    data: object
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place_of(self, path: Path, *, at_key: bool = False) -> Place:
        """Return where the path stands; of what is missing, where its nearest existing parent stands."""
        if at_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(1, 1))


def read_json(text: str) -> Document:
    """Parse a JSON text, which may begin with a byte order mark.

    :raises JsonError: at the first place where it is not JSON, or where a key is repeated
    """
    return _Parser(text.removeprefix("\ufeff")).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [match.start() for match in _BREAK.finditer(text)]
        self._at = 0
        self._found = Document(None)

    def document(self) -> Document:
        self._found.data = self._value(())
        self._skip_space()
        if self._at < len(self._text):
            raise self._error("there is something after the end; remove it, or wrap both in one object")
        return self._found

    def _value(self, path: Path) -> object:
        self._skip_space()
        self._found.values[path] = self._place(self._at)
        if len(path) > DEPTH_MAX:
            raise self._error(f"nested deeper than {DEPTH_MAX} levels")
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._object(path)
            case "[":
                return self._list(path)
            case '"':
                return self._string()
            case "":
                raise self._error("the text ends where a value is expected")
            case _:
                return self._word_or_number()

    def _object(self, path: Path) -> dict[str, object]:
        members: dict[str, object] = {}
        self._at += 1
        while not self._ends("}", is_first=not members):
            self._skip_space()
            place = self._place(self._at)
            if self._text[self._at : self._at + 1] != '"':
                raise self._error("a key in double quotes is expected here")
            key = self._string()
            here = (*path, key)
            if key in members:
                raise JsonError(f"the key {key!r} is given twice; keep one", place, here)
            self._found.keys[here] = place
            self._skip_space()
            if self._text[self._at : self._at + 1] != ":":
                raise self._error(f"a colon is expected after the key {key!r}")
            self._at += 1
            members[key] = self._value(here)
        return members

    def _list(self, path: Path) -> list[object]:
        members: list[object] = []
        self._at += 1
        while not self._ends("]", is_first=not members):
            members.append(self._value((*path, len(members))))
        return members

    def _ends(self, bracket: str, *, is_first: bool) -> bool:
        """Step over the closing bracket, or over the comma before the next member."""
        self._skip_space()
        mark = self._text[self._at : self._at + 1]
        if mark == bracket:
            self._at += 1
            return True
        if is_first:
            return False
        if mark != ",":
            raise self._error(f"a comma or {bracket} is expected here")
        comma = self._at
        self._at += 1
        self._skip_space()
        if self._text[self._at : self._at + 1] == bracket:
            self._at = comma
            raise self._error(f"a comma stands before {bracket}; remove the comma")
        return False

    def _string(self) -> str:
        try:
            value, self._at = scanstring(self._text, self._at + 1, True)  # noqa: FBT003 - the function takes no keyword
        except ValueError as error:
            is_escape = "escape" in str(error).lower() or "\\u" in str(error)
            what = "a bad escape; write two backslashes for one" if is_escape else "no closing quote on its line"
            raise self._error(f"this text has {what}") from error
        return str(value)

    def _word_or_number(self) -> object:
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        match = _NUMBER.match(self._text, self._at)
        if match is not None and self._text[match.end() : match.end() + 1].isalnum():
            raise self._error("this number has leading zeros, or letters in it")
        if match is None:
            raise self._error("no JSON value; texts need double quotes, and comments are not part of JSON")
        if len(match[0]) > _DIGITS_MAX:
            raise self._error("the number is too long")
        self._at = match.end()
        return Decimal(match[0]) if match[2] or match[3] else int(match[0])

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _place(self, at: int) -> Place:
        line = bisect_left(self._breaks, at)
        return Place(line + 1, at - (self._breaks[line - 1] if line else -1))

    def _error(self, message: str) -> JsonError:
        return JsonError(message, self._place(self._at))
