"""Calls that wait together are served together: loaded, decided and written in one transaction.

One that is refused is an answer like any other and harms no neighbour. While a batch commits, the next one gathers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from server.application.gathering import Gathering
from server.ports.errors import StoreOverloaded

BATCH_MAX = 128
"""More would gain little, and hold the loop for longer than other calls like to wait."""
QUEUE_MAX = 20_000

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(slots=True)
class _Waiting(Generic[Q, A]):
    question: Q
    done: asyncio.Future[A]


class Batches(Generic[Q, A]):
    """A queue of questions of one kind.

    `serve` answers each of a batch, in order, by an answer or by the exception to raise. Of questions with the same
    `subject` a batch takes one; the others wait for the next.
    """

    def __init__(
        self,
        serve: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        tasks: asyncio.TaskGroup,
        subject: Callable[[Q], Hashable] | None = None,
    ) -> None:
        self._serve = serve
        self._tasks = tasks
        self._subject = subject
        self._waiting: deque[_Waiting[Q, A]] = deque()
        self._gathering = Gathering()
        self._is_serving = False

    @property
    def waiting(self) -> int:
        """How many wait for a batch."""
        return len(self._waiting)

    async def answer(self, question: Q) -> A:
        """Wait for a batch, and for its answer.

        :raises StoreOverloaded: if too many are waiting
        """
        return await self._enqueued(question)

    async def answer_all(self, questions: Sequence[Q]) -> list[A | Exception]:
        """Wait for the answers to all questions of one call: for each, in order, an answer or what is wrong with it.

        :raises StoreOverloaded: if too many are waiting
        """
        waiting = [self._enqueued(question) for question in questions]
        if waiting:
            await asyncio.wait(waiting)
        return [_told(done) for done in waiting]

    def _enqueued(self, question: Q) -> asyncio.Future[A]:
        if len(self._waiting) >= QUEUE_MAX:
            raise StoreOverloaded(f"{QUEUE_MAX} calls are waiting")
        done: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(question, done))
        if not self._is_serving:
            self._is_serving = True
            self._tasks.create_task(self._serve_all())
        return done

    async def _serve_all(self) -> None:
        """Serve batch after batch until nobody waits."""
        try:
            while self._waiting:
                await self._gathering.wait(self._waiting, BATCH_MAX)
                batch = self._taken()
                _tell(batch, await self._answers(batch))
        finally:
            self._is_serving = False

    async def _answers(self, batch: Sequence[_Waiting[Q, A]]) -> Sequence[A | Exception]:
        try:
            return await self._serve([one.question for one in batch])
        except Exception as error:  # told to every caller of the batch
            return [error] * len(batch)

    def _taken(self) -> list[_Waiting[Q, A]]:
        if self._subject is None:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
        taken: dict[Hashable, _Waiting[Q, A]] = {}
        later: deque[_Waiting[Q, A]] = deque()
        while self._waiting and len(taken) < BATCH_MAX:
            one = self._waiting.popleft()
            if taken.setdefault(self._subject(one.question), one) is not one:
                later.append(one)
        self._waiting.extendleft(reversed(later))
        return list(taken.values())


def _tell(batch: Sequence[_Waiting[Q, A]], answers: Sequence[A | Exception]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if waiting.done.done():
            continue
        if isinstance(answer, Exception):
            waiting.done.set_exception(answer)
        else:
            waiting.done.set_result(answer)


def _told(done: asyncio.Future[Any]) -> Any:
    error = done.exception()
    assert error is None or isinstance(error, Exception)  # nothing else is ever told
    return error or done.result()
