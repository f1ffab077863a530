"""What the store keeps for modules: their objects, the notices they are owed, and when their jobs ran (M1, M2)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from server.domain.ids import EventId
from server.domain.values import value


class ObjectKey(NamedTuple):
    """Where an object lies. `owner` is a player's id, or empty for what is nobody's."""

    collection: str
    owner: str
    key: str


@value
class StoredObject:
    """A JSON text. `version` is another one after every change, and never one that the object had before."""

    at: ObjectKey
    value: str
    version: str
    updated_at: datetime


class Draft(NamedTuple):
    """Something that has happened and that a module is to be told.

    Notices of one `lane` reach a module in the order in which they were written; `content` is a JSON text, `at` game time.
    """

    module: str
    lane: str
    kind: str
    content: str
    at: datetime


class Lane(NamedTuple):
    """The notices of one module that stay in order."""

    module: str
    name: str


@value
class Notice:
    """A draft in the outbox. `attempts` have failed, the last one with the incident `failure`."""

    notice_id: int
    lane: Lane
    kind: str
    content: str
    created_at: datetime
    attempts: int
    failure: str


class NoticeCounts(NamedTuple):
    """How many notices wait, and how many were given up."""

    waiting: int
    parked: int


class JobKey(NamedTuple):
    """A job of a module."""

    module: str
    name: str


@value
class JobRun:
    """Until when (game time) a job has run, and until when (real time) a process has it."""

    ran_until: datetime
    leased_until: datetime


class ModuleReading(ABC):
    """What can be seen of it."""

    @abstractmethod
    async def stored_object(self, at: ObjectKey) -> StoredObject | None:
        """Return an object; in a transaction nobody else changes it until the end."""

    @abstractmethod
    async def stored_objects_of(self, collection: str, owner: str, after_key: str, limit: int) -> list[StoredObject]:
        """Return an owner's objects in a collection, by key, from behind a key."""

    @abstractmethod
    async def stored_objects_in(self, collection: str, after: tuple[str, str], limit: int) -> list[StoredObject]:
        """Return everybody's objects in a collection, by owner and key, from behind such a pair."""

    @abstractmethod
    async def notices_of(self, lane: Lane, limit: int) -> list[Notice]:
        """Return what waits in a lane, in order."""

    @abstractmethod
    async def parked_notices(self, after: int, limit: int) -> list[Notice]:
        """Return notices that were given up, by id, from behind one."""

    @abstractmethod
    async def notice_counts(self) -> NoticeCounts:
        """Return how many wait and how many were given up."""

    @abstractmethod
    async def announced_until(self, event_id: EventId) -> datetime | None:
        """Return until when the phases of an event were announced; in a transaction nobody else announces until its end."""

    @abstractmethod
    async def job_run(self, job: JobKey) -> JobRun | None:
        """Return when a job ran; in a transaction nobody else records it until the end."""


class ModuleWriting(ModuleReading):
    """What can be changed of it."""

    @abstractmethod
    async def put_object(self, stored: StoredObject) -> None:
        """Write an object, whether or not there is one."""

    @abstractmethod
    async def remove_object(self, at: ObjectKey) -> None:
        """Remove an object, if there is one."""

    @abstractmethod
    async def add_notices(self, drafts: Sequence[Draft], due_at: datetime) -> None:
        """Put notices into the outbox, due from `due_at` (real time)."""

    @abstractmethod
    async def acquire_due_lanes(
        self, wall: datetime, leased_until: datetime, limit: int, busy: Sequence[str] = ()
    ) -> list[Lane]:
        """Return lanes whose first notice is due, those due longest first; until `leased_until` nobody else gets them.

        Lanes of modules that are `busy` are left, and so are notices for others than modules: their names have a colon.
        """

    @abstractmethod
    async def acquire_due_notices(
        self, recipient: str, wall: datetime, leased_until: datetime, limit: int
    ) -> list[Notice]:
        """Return notices of a recipient that are due, each on its own; until `leased_until` nobody else gets them."""

    @abstractmethod
    async def park_oldest_notices(self, recipient: str, keep: int, failure: str) -> int:
        """Park all but the last `keep` notices that wait for a recipient; return how many those were."""

    @abstractmethod
    async def park_unclaimed_notices(self, recipients: Sequence[str], due_before: datetime, failure: str) -> list[str]:
        """Park what is for an endpoint that is none of these and was due before a moment; return for whom each of it was."""

    @abstractmethod
    async def remove_notices(self, notices: Sequence[Notice]) -> None:
        """Remove notices that have been told."""

    @abstractmethod
    async def record_failure(self, notice: Notice, due_at: datetime | None, failure: str) -> None:
        """Count an attempt that failed, and write when the next is due; None parks the notice, and its lane goes on."""

    @abstractmethod
    async def release_lane(self, lane: Lane, due_at: datetime) -> None:
        """Let a lane be acquired from `due_at` on."""

    @abstractmethod
    async def unpark_notice(self, notice_id: int, due_at: datetime) -> bool:
        """Let a notice that was given up be tried again, as if for the first time; False if there is none of that id."""

    @abstractmethod
    async def drop_parked_notice(self, notice_id: int) -> bool:
        """Remove a notice that was given up; False if there is none of that id."""

    @abstractmethod
    async def record_announced(self, event_id: EventId, until: datetime) -> None:
        """Note until when the phases of an event were announced."""

    @abstractmethod
    async def record_job(self, job: JobKey, run: JobRun) -> None:
        """Note when a job ran, and who has it."""
