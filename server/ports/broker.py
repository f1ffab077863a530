"""Telling watchers that a board has changed, on whichever node they are (L23).

A message carries no more than which board it is about; whoever hears it reads the rows. So a message that is lost, late or
doubled can corrupt nobody's view: the next one, or the look that every feed takes now and then, mends it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NewType

from server.domain.ids import CohortId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import PeriodId, SegmentId

Topic = NewType("Topic", str)
"""What can be listened to: a cohort, a leaderboard's period, or a segment of one."""


def cohort_topic(cohort_id: CohortId) -> Topic:
    """Return the topic of a cohort."""
    return Topic(f"cohort/{cohort_id}")


def segment_topic(segment: SegmentId) -> Topic:
    """Return the topic of a segment of a period."""
    return Topic(f"{period_topic(segment.period)}/{segment.segment}")


def period_topic(period: PeriodId) -> Topic:
    """Return the topic of what happens to all of a period: it becomes final."""
    return Topic(f"board/{period.leaderboard}/{microseconds_of(period.start)}")


class Broker(ABC):
    """Carries topics from where something changed to where somebody watches."""

    @abstractmethod
    def publish(self, topics: Iterable[Topic]) -> None:
        """Say, after the commit, that something has changed. Costs next to nothing, waits for nobody, never raises."""

    @abstractmethod
    def listen(self, topic: Topic, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` on the loop whenever a topic is spoken of, until the function that is returned is called."""
