"""How busy a loop is: by what it works, and, where cores are short, also by what it waits for one."""

import pytest

from server.application import gathering
from server.application.gathering import MEMORY_SECONDS, Business, queued_seconds


class Times:
    """What the machine says, moved by hand. Seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.worked = self.queued = 0.0
        monkeypatch.setattr(gathering, "monotonic", lambda: self.now)
        monkeypatch.setattr(gathering, "thread_time", lambda: self.worked)
        monkeypatch.setattr(gathering, "queued_seconds", lambda: self.queued)

    def go_on(self, *, working: float = 0.0, queueing: float = 0.0) -> None:
        """Let the whole memory pass, with these shares of it."""
        self.now += MEMORY_SECONDS
        self.worked += working * MEMORY_SECONDS
        self.queued += queueing * MEMORY_SECONDS


@pytest.mark.parametrize(("counts_queueing", "expected"), [(False, 0.4), (True, 0.9)])
def test_a_loop_without_a_core_is_as_busy_as_one_that_works_where_that_counts(
    monkeypatch: pytest.MonkeyPatch, counts_queueing: bool, expected: float
) -> None:
    times = Times(monkeypatch)
    business = Business(counts_queueing=counts_queueing)
    times.go_on(working=0.4, queueing=0.5)
    assert business.share() == pytest.approx(expected)
    times.go_on()
    assert business.share() == pytest.approx(0.0)


def test_what_was_waited_for_something_else_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(monkeypatch)
    business = Business()
    times.go_on(working=0.2)
    assert business.share(waited=0.5 * MEMORY_SECONDS) == pytest.approx(0.7)


def test_what_the_system_tells_never_shrinks_and_is_told_again_where_it_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = queued_seconds()
    assert 0.0 <= before <= queued_seconds()
    monkeypatch.setattr(gathering, "_accounts", lambda _: -1)
    assert queued_seconds() == 0.0
