"""Scripts that Redis runs: one for each question, so that an answer is of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files

_CHECKED = "#!lua\n"
"""A script that begins so is refused by a replica, whose order may be behind, and where memory is out."""
_CHECKED_BUT_FOR_MEMORY = "#!lua flags=allow-oom\n"


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the name by which Redis remembers it."""

    text: bytes
    digest: bytes


def _script(*parts: str, shebang: str = _CHECKED) -> Script:
    folder = files(__name__)
    text = (shebang + "\n".join(folder.joinpath(f"{part}.lua").read_text("utf-8") for part in parts)).encode()
    return Script(text, sha1(text, usedforsecurity=False).hexdigest().encode())


OPEN = _script("segment", "open")
LOADED = _script("segment", "loaded")
CLOSE = _script("segment", "close", shebang=_CHECKED_BUT_FOR_MEMORY)
STATE = _script("segment", "state")
RECORD = _script("segment", "record")
PLACES = _script("segment", "places")
PAGE = _script("segment", "page")
AROUND = _script("segment", "around")
ADVANCE = _script("advance")
