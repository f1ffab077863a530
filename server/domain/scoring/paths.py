"""The names of attributes: dot paths, checked and split once, so that nothing is parsed when a game event arrives."""

from __future__ import annotations

from difflib import SequenceMatcher

from server.domain.values import value

LENGTH_MAX = 256
_ALIKE = 0.75
"""How much of two names must agree before one is offered for the other."""
_ALSO_CALLED = {
    "attributes": "attrs",
    "metadata": "actor.metadata",
    "user.metadata": "actor.metadata",
    "player.metadata": "actor.metadata",
    "event.attrs": "attrs",
    "event.context": "context",
    "event.type": "type",
    "event_type": "type",
    "actor_id": "actor.id",
    "user_id": "actor.id",
    "player_id": "actor.id",
}


class PathError(ValueError):
    """The text names no attribute; `hint` holds the nearest path that does, or an empty text."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@value
class Path:
    """A dot path: the part that the vocabulary knows, and the keys to follow below it."""

    text: str
    root: str
    keys: tuple[str, ...] = ()


@value
class Vocabulary:
    """Which paths there are: `texts`, complete as they stand, always text; and `trees`, below which any key may stand.

    Game events have one vocabulary, the metrics of an event leaderboard another; expressions are the same for both.
    """

    texts: tuple[str, ...]
    trees: tuple[str, ...]

    def path(self, text: str) -> Path:
        """Read a dot path.

        A key that itself holds a dot cannot be named: `attrs.a.b` is always the `b` of the `a`.

        :raises PathError: with the nearest right path as its hint, where there is one
        """
        if len(text) > LENGTH_MAX:
            raise PathError(f"a path has {LENGTH_MAX} characters at most, this one has {len(text)}")
        if text in self.texts:
            return Path(text, text)
        for root in self.trees:
            if text == root:
                raise PathError(f"{text!r} is not one attribute but all of them; name one", f"{root}.name")
            if text.startswith(root + "."):
                return _below(root, text)
        raise PathError(f"{text!r} is no attribute; there are {self._listed()}", self._nearest(text))

    def _listed(self) -> str:
        return ", ".join((*self.texts, *(f"{root}.*" for root in self.trees)))

    def _nearest(self, text: str) -> str:
        """Guess what was meant: a tree under another name, a misspelt one, or a bare name below the first tree."""
        parts = [part for part in text.split(".") if part]
        for length in (2, 1):
            root = self._root_like(parts[:length])
            rest = parts[length:]
            if root in self.texts and not rest:
                return root
            if root in self.trees and rest:
                return ".".join((root, *rest))
        if len(parts) != 1 or not self.trees:
            return ""
        begun = [name for name in (*self.texts, *self.trees) if name.startswith(parts[0] + ".")]
        return begun[0] if begun else f"{self.trees[0]}.{parts[0]}"

    def _root_like(self, parts: list[str]) -> str:
        """Return the known name that is most like these parts, of as many parts as they are; or an empty text."""
        text = ".".join(parts)
        known = (*self.texts, *self.trees)
        if _ALSO_CALLED.get(text) in known:
            return _ALSO_CALLED[text]
        comparable = [name for name in known if name.count(".") == len(parts) - 1]
        likeness = {name: SequenceMatcher(None, text.lower(), name).ratio() for name in comparable}
        best = max(comparable, key=likeness.__getitem__, default="")
        return best if likeness.get(best, 0) >= _ALIKE else ""


def _below(root: str, text: str) -> Path:
    keys = tuple(text[len(root) + 1 :].split("."))
    if not all(keys):
        nearest = ".".join((root, *filter(None, keys))) if any(keys) else f"{root}.name"
        raise PathError(f"{text!r} has an empty part; parts are joined by single dots", nearest)
    return Path(text, root, keys)


GAME_EVENT_PATHS = Vocabulary(texts=("type", "actor.id"), trees=("attrs", "context", "actor.metadata"))
"""What filters and expressions of leaderboards can name (B30)."""
