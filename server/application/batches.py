"""Calls that wait together are served together: loaded, decided and written in one transaction.

One that is refused is an answer like any other and harms no neighbour. While a batch commits, the next one gathers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from server.application.gathering import IMPATIENT, Gathering, Patience
from server.ports.errors import StoreOverloaded

BATCH_MAX = 128
"""More would gain little, and hold the loop for longer than other calls like to wait."""
QUEUE_MAX = 20_000

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True)
class _Asked(Generic[Q, A]):
    """The questions of one call. They stay together, so that a hundred of them cost one future and one wakeup."""

    questions: Sequence[Q]
    done: asyncio.Future[Sequence[A | Exception]]


class Batches(Generic[Q, A]):
    """A queue of questions of one kind.

    `serve` answers each of a batch, in order, by an answer or by the exception to raise. Of questions with the same
    `subject` a batch takes one; the others wait for the next. Where there are subjects, a call asks one question.

    So many `lanes` serve at a time, but a further one only what fills a batch: fewer gain more by waiting for company.
    """

    def __init__(
        self,
        serve: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        tasks: asyncio.TaskGroup,
        subject: Callable[[Q], Hashable] | None = None,
        lanes: int = 1,
        *,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._serve = serve
        self._tasks = tasks
        self._subject = subject
        self._asked: deque[_Asked[Q, A]] = deque()
        self._waiting = 0
        self._gathering = Gathering(patience)
        self._lanes_max = lanes
        self._lanes = 0

    @property
    def waiting(self) -> int:
        """How many wait for a batch."""
        return self._waiting

    async def answer(self, question: Q) -> A:
        """Wait for a batch, and for its answer.

        :raises StoreOverloaded: if too many are waiting
        """
        (answer,) = await self._enqueued((question,))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def answer_all(self, questions: Sequence[Q]) -> Sequence[A | Exception]:
        """Wait for the answers to all questions of one call: for each, in order, an answer or what is wrong with it.

        :raises StoreOverloaded: if too many are waiting
        """
        assert self._subject is None, "questions of one call may share a subject"
        return await self._enqueued(questions) if questions else ()

    def _enqueued(self, questions: Sequence[Q]) -> asyncio.Future[Sequence[A | Exception]]:
        if self._waiting + len(questions) > QUEUE_MAX:
            raise StoreOverloaded(f"{QUEUE_MAX} calls are waiting")
        done: asyncio.Future[Sequence[A | Exception]] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(questions, done))
        self._waiting += len(questions)
        if self._lanes < self._lanes_max and self._is_worth(self._lanes + 1):
            self._lanes += 1
            self._tasks.create_task(self._serve_all())
        return done

    async def _serve_all(self) -> None:
        """Serve batch after batch until nobody waits, or what waits is for another lane."""
        try:
            while self._asked and self._is_worth(self._lanes):
                await self._gathering.wait(lambda: self._waiting, BATCH_MAX)
                batch = self._taken()
                if batch:  # another lane may have been quicker
                    _tell(batch, await self._answers([question for asked in batch for question in asked.questions]))
        finally:
            self._lanes -= 1

    def _is_worth(self, lanes: int) -> bool:
        return lanes == 1 or self._waiting >= BATCH_MAX

    async def _answers(self, questions: Sequence[Q]) -> Sequence[A | Exception]:
        try:
            return await self._serve(questions)
        except Exception as error:  # told to every caller of the batch
            return [error] * len(questions)

    def _taken(self) -> list[_Asked[Q, A]]:
        """Take calls until the batch is full, and the whole of the last one: the rest of it would wait for a commit more."""
        taken = self._first() if self._subject is None else self._first_of_each(self._subject)
        self._waiting -= sum(len(asked.questions) for asked in taken)
        return taken

    def _first(self) -> list[_Asked[Q, A]]:
        taken: list[_Asked[Q, A]] = []
        count = 0
        while self._asked and count < BATCH_MAX:
            taken.append(self._asked.popleft())
            count += len(taken[-1].questions)
        return taken

    def _first_of_each(self, subject: Callable[[Q], Hashable]) -> list[_Asked[Q, A]]:
        taken: dict[Hashable, _Asked[Q, A]] = {}
        later: deque[_Asked[Q, A]] = deque()
        while self._asked and len(taken) < BATCH_MAX:
            one = self._asked.popleft()
            if taken.setdefault(subject(one.questions[0]), one) is not one:
                later.append(one)
        self._asked.extendleft(reversed(later))
        return list(taken.values())


def _tell(batch: Sequence[_Asked[Q, A]], answers: Sequence[A | Exception]) -> None:
    first = 0
    for asked in batch:
        end = first + len(asked.questions)
        if not asked.done.done():
            asked.done.set_result(answers[first:end])
        first = end
