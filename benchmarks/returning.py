"""Watchers who hang up and come back many times a second, and whether what each has is what the store's pages say (L21).

One submitter alone changes the board, and reads a page after each score, so there is a page for every revision. Each watcher
keeps the rows that he was told, over all his connections: at each revision that he is shown, they must be those of the page.
"""

from __future__ import annotations

import itertools
import random
import selectors
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks import workloads
from benchmarks.http2 import Connection
from benchmarks.load import Call
from benchmarks.watchers import WatchLine
from server.api.pb import leaderboard_service_pb2 as boards
from server.application.live.board_source import revision_in
from server.domain.live.rows import Revision

ROWS = 50
_PATIENCE = 0.005
_SETTLES_SECONDS = 5.0
_MESSAGES_KNOWN = 20_000


class Row(NamedTuple):
    """A line, as a page and a stream both have it."""

    player_id: str
    score: float
    rank: int
    position: int


Rows = tuple[Row, ...]


class News(NamedTuple):
    """A message, read: all rows, or what has changed."""

    revision: Revision
    rows: Rows
    left: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(slots=True, eq=False)
class Returner:
    """One who watches. `rows` are his over all connections; `is_new` until the first message of this one."""

    player: str
    line: WatchLine | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    revision: Revision | None = None
    is_new: bool = True


@dataclass(slots=True)
class Returned:
    """What came of it. `wrong` tells the first things that were not as they must be."""

    seconds: float = 0.0
    returns: int = 0
    resumed: int = 0
    """Of the returns, those that went on with changes instead of the whole board."""
    messages: int = 0
    submissions: int = 0
    revisions: int = 0
    """Those that somebody was shown."""
    wrong: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """How many came back each second."""
        return self.returns / self.seconds


class _Submitter:
    """Scores for one player after the other, and reads the page after each."""

    def __init__(self, port: int, scores: Sequence[Call], page: Call) -> None:
        self.line = Connection(("127.0.0.1", port))
        self.line.bodies = {}
        self.pages: dict[Revision, Rows] = {}
        self.submissions = 0
        self.is_stopping = False
        self.is_idle = False
        self._scores, self._page = itertools.cycle(random.Random(5).sample(scores, len(scores))), page
        self._reading = self._sent(page)

    def receive(self) -> None:
        """Take an answer, and go on."""
        bodies = self.line.bodies
        assert bodies is not None
        for stream in self.line.receive():
            if stream == self._reading:
                page = boards.ListEntriesResponse.FromString(bodies.pop(stream)[5:]).page
                self.pages[revision_in(page.revision)] = _rows(page.entries)
                self.is_idle = self.is_stopping
                if not self.is_idle:
                    self._sent(next(self._scores))
                    self.submissions += 1
            else:
                bodies.pop(stream, None)
                self._reading = self._sent(self._page)
        self.line.flush()

    def _sent(self, call: Call) -> int:
        stream = self.line.send(*call)
        self.line.flush()
        return stream


class _Crowd:
    """Those who come back, in turn."""

    def __init__(self, port: int, players: Sequence[str], key: str, selector: selectors.BaseSelector) -> None:
        self._address = "127.0.0.1", port
        self._key = key
        self._selector = selector
        self._turns = deque(Returner(player) for player in players)
        self._known: dict[bytes, News | None] = {}
        self.shown: dict[Revision, set[Rows]] = {}
        self.outcome = Returned()

    @property
    def are_all_shown(self) -> bool:
        """Whether everybody has had the first message of his connection."""
        return not any(one.is_new for one in self._turns)

    def turn(self) -> bool:
        """Let the next one hang up and come back, unless he is still waiting for his first message."""
        one = self._turns[0]
        if one.line is not None and one.is_new:
            return False
        self._turns.rotate(-1)
        self.leave(one)
        one.line, one.is_new = WatchLine(self._address), True
        seen = "" if one.revision is None else str(one.revision)
        one.line.send(*workloads.watch_board(one.player, self._key, ROWS, seen))
        one.line.flush()
        self._selector.register(one.line.socket, selectors.EVENT_READ, one)
        return True

    def leave(self, one: Returner) -> None:
        """Hang up."""
        if one.line is not None:
            self._selector.unregister(one.line.socket)
            one.line.close()
            one.line = None

    def leave_all(self) -> None:
        """Hang up, all of them."""
        for one in self._turns:
            self.leave(one)

    def receive(self, one: Returner) -> None:
        """Take what has come for one."""
        assert one.line is not None
        if one.line.receive():
            self._wrong(f"the stream of {one.player} has ended: {one.line.failures}")
        one.line.flush()
        for _, body in one.line.arrived:
            news = self._read(body)
            if news is not None:
                self._take(one, news)
        one.line.arrived.clear()

    def _take(self, one: Returner, news: News) -> None:
        self.outcome.messages += 1
        if one.is_new:
            self.outcome.resumed += not news.is_whole
            is_later = one.revision is None or news.revision >= one.revision
        else:
            is_later = one.revision is not None and news.revision > one.revision
        if not is_later:
            self._wrong(f"{one.player} was shown {news.revision} after {one.revision}")
        if news.is_whole:
            one.rows = {}
        for player in news.left:
            one.rows.pop(player, None)
        one.rows.update((row.player_id, row) for row in news.rows)
        one.revision, one.is_new = news.revision, False
        rows = tuple(sorted(one.rows.values(), key=lambda row: row.position))
        self.shown.setdefault(news.revision, set()).add(rows)

    def _read(self, body: bytes) -> News | None:
        """Read a message once for all who get it; None: it has no rows."""
        if body not in self._known:
            if len(self._known) > _MESSAGES_KNOWN:
                self._known.clear()
            self._known[body] = _news(body)
        return self._known[body]

    def _wrong(self, what: str) -> None:
        if len(self.outcome.wrong) < 10:
            self.outcome.wrong.append(what)


def come_back(
    port: int, key: str, watchers: Sequence[str], scores: Mapping[str, Call], rate: float, seconds: float
) -> Returned:
    """Let watchers come back at a rate, or as fast as they are shown the board, while players' scores change it.

    :raises TimeoutError: if some are not shown the board in the end
    """
    with selectors.DefaultSelector() as selector:
        submitter = _Submitter(port, list(scores.values()), workloads.first_page(watchers[0], key, ROWS))
        crowd = _Crowd(port, watchers, key, selector)
        selector.register(submitter.line.socket, selectors.EVENT_READ)
        outcome, began = crowd.outcome, time.perf_counter()
        try:
            while (now := time.perf_counter() - began) < seconds:
                while outcome.returns < now * rate and crowd.turn():
                    outcome.returns += 1
                _hear(selector, submitter, crowd)
            outcome.seconds = now
            submitter.is_stopping = True
            while not (crowd.are_all_shown and submitter.is_idle):
                if time.perf_counter() - began > seconds + _SETTLES_SECONDS:
                    raise TimeoutError("some who came back were not shown the board")
                _hear(selector, submitter, crowd)
        finally:
            crowd.leave_all()
            submitter.line.close()
    outcome.submissions, outcome.revisions = submitter.submissions, len(crowd.shown)
    outcome.wrong += _differences(crowd.shown, submitter.pages)
    return outcome


def _hear(selector: selectors.BaseSelector, submitter: _Submitter, crowd: _Crowd) -> None:
    for key, _ in selector.select(_PATIENCE):
        if key.data is None:
            submitter.receive()
        elif key.data.line is not None:
            crowd.receive(key.data)


def _differences(shown: Mapping[Revision, set[Rows]], pages: Mapping[Revision, Rows]) -> list[str]:
    """Return where what somebody had is not the page of that revision."""
    wrong = []
    for revision, kinds in shown.items():
        page = pages.get(revision)
        if page is None:
            wrong.append(f"nobody read a page at {revision}")
        elif kinds != {page}:
            wrong.append(f"at {revision} somebody had other rows than the page")
    return wrong


def _news(body: bytes) -> News | None:
    message = boards.WatchLeaderboardResponse.FromString(body)
    revision = Revision.read(message.revision)
    assert revision is not None
    match message.WhichOneof("event"):
        case "ready":
            return News(revision, _rows(message.ready.entries), is_whole=True)
        case "score_update":
            told = message.score_update
            return News(revision, _rows(told.updates), tuple(told.left))
        case _:
            return None


def _rows(entries: Sequence[boards.LiveEntry] | Sequence[boards.LeaderboardEntry]) -> Rows:
    return tuple(Row(one.player_id, one.score, one.rank, one.position) for one in entries)
