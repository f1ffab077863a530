"""What the store keeps for modules, in SQL whatever the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from server.domain.ids import EventId
from server.domain.instants import microseconds_of
from server.ports.module_store import (
    Draft,
    JobKey,
    JobRun,
    Lane,
    ModuleWriting,
    Notice,
    NoticeCounts,
    ObjectKey,
    StoredObject,
)
from server.storage.rows import Row, moment_of
from server.storage.sql_verbs import SqlVerbs


class SqlModules(SqlVerbs, ModuleWriting):
    """Objects, notices and jobs by the names of `queries.sql`."""

    async def stored_object(self, at: ObjectKey) -> StoredObject | None:
        row = await self._one("stored_object", **at._asdict())
        return None if row is None else _stored(row)

    async def stored_objects_of(self, collection: str, owner: str, after_key: str, limit: int) -> list[StoredObject]:
        rows = await self._all(
            "stored_objects_of", collection=collection, owner=owner, after_key=after_key, limit=limit
        )
        return [_stored(row) for row in rows]

    async def stored_objects_in(self, collection: str, after: tuple[str, str], limit: int) -> list[StoredObject]:
        owner, key = after
        rows = await self._all(
            "stored_objects_in", collection=collection, after_owner=owner, after_key=key, limit=limit
        )
        return [_stored(row) for row in rows]

    async def put_object(self, stored: StoredObject) -> None:
        at = microseconds_of(stored.updated_at)
        values = {"value": stored.value, "version": stored.version, "updated_at": at}
        await self._run("put_object", **stored.at._asdict(), **values)

    async def remove_object(self, at: ObjectKey) -> None:
        await self._run("remove_object", **at._asdict())

    async def add_notices(self, drafts: Sequence[Draft], due_at: datetime) -> None:
        due = microseconds_of(due_at)
        rows = (draft._asdict() | {"created_at": microseconds_of(draft.at), "due_at": due} for draft in drafts)
        await self._run_many("add_notice", rows)

    async def acquire_due_lanes(
        self, wall: datetime, leased_until: datetime, limit: int, busy: Sequence[str] = ()
    ) -> list[Lane]:
        rows = await self._all(
            "acquire_due_lanes",
            wall=microseconds_of(wall),
            leased_until=microseconds_of(leased_until),
            limit=limit,
            busy=json.dumps(list(busy)),
        )
        return [Lane(*row) for row in rows]

    async def acquire_due_notices(
        self, recipient: str, wall: datetime, leased_until: datetime, limit: int
    ) -> list[Notice]:
        rows = await self._all(
            "acquire_due_notices",
            module=recipient,
            wall=microseconds_of(wall),
            leased_until=microseconds_of(leased_until),
            limit=limit,
        )
        return sorted(map(_notice, rows), key=lambda one: one.notice_id)

    async def park_oldest_notices(self, recipient: str, keep: int, failure: str) -> int:
        return len(await self._all("park_oldest_notices", module=recipient, keep=keep, failure=failure))

    async def park_unclaimed_notices(self, recipients: Sequence[str], due_before: datetime, failure: str) -> list[str]:
        rows = await self._all(
            "park_unclaimed_notices",
            recipients=json.dumps(list(recipients)),
            due_before=microseconds_of(due_before),
            failure=failure,
        )
        return [row[0] for row in rows]

    async def notices_of(self, lane: Lane, limit: int) -> list[Notice]:
        rows = await self._all("notices_of_lane", module=lane.module, lane=lane.name, limit=limit)
        return [_notice(row) for row in rows]

    async def remove_notices(self, notices: Sequence[Notice]) -> None:
        await self._run_many("remove_notice", ({"notice_id": one.notice_id} for one in notices))

    async def record_failure(self, notice: Notice, due_at: datetime | None, failure: str) -> None:
        due = None if due_at is None else microseconds_of(due_at)
        await self._run("record_notice_failure", notice_id=notice.notice_id, due_at=due, failure=failure)

    async def release_lane(self, lane: Lane, due_at: datetime) -> None:
        await self._run("release_lane", module=lane.module, lane=lane.name, due_at=microseconds_of(due_at))

    async def parked_notices(self, after: int, limit: int) -> list[Notice]:
        return [_notice(row) for row in await self._all("parked_notices", after=after, limit=limit)]

    async def notice_counts(self) -> NoticeCounts:
        return NoticeCounts(*await self._one("count_notices"))

    async def unpark_notice(self, notice_id: int, due_at: datetime) -> bool:
        due = microseconds_of(due_at)
        return await self._one("unpark_notice", notice_id=notice_id, due_at=due) is not None

    async def drop_parked_notice(self, notice_id: int) -> bool:
        return await self._one("drop_parked_notice", notice_id=notice_id) is not None

    async def announced_until(self, event_id: EventId) -> datetime | None:
        row = await self._one("announced_until", event_id=event_id)
        return None if row is None else moment_of(row[0])

    async def record_announced(self, event_id: EventId, until: datetime) -> None:
        await self._run("record_announced", event_id=event_id, announced_until=microseconds_of(until))

    async def job_run(self, job: JobKey) -> JobRun | None:
        row = await self._one("job", **job._asdict())
        return None if row is None else JobRun(moment_of(row[0]), moment_of(row[1]))

    async def record_job(self, job: JobKey, run: JobRun) -> None:
        times = {"ran_until": microseconds_of(run.ran_until), "leased_until": microseconds_of(run.leased_until)}
        await self._run("record_job", **job._asdict(), **times)


def _stored(row: Row) -> StoredObject:
    return StoredObject(ObjectKey(row[0], row[1], row[2]), row[3], row[4], moment_of(row[5]))


def _notice(row: Row) -> Notice:
    return Notice(row[0], Lane(row[1], row[2]), row[3], row[4], moment_of(row[5]), row[6], row[7])
