"""Jobs: what has to be done at a time, whoever does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Job
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import Moment, jobs
from bot.store.values import from_json, keep, moment, to_json

NOW = bindparam("now", type_=Moment)
UNTIL = bindparam("until", type_=Moment)
NOT_DONE = jobs.c.done_at.is_(None)
COLUMNS = ("id", "school_id", "kind", "subject_id", "key", "due_at", "detail", "tries")
SET = ("kind", "subject_id", "key", "school_id", "due_at", "id", "done_at", "lease_until", "tries", "detail")
NAME = ("kind", "subject_id", "key")
OF_SUBJECT = and_(
    jobs.c.kind == bindparam("kind", type_=Text), jobs.c.subject_id == bindparam("subject_id", type_=BigInteger)
)
# Setting a job anew takes its lease away, so that the claim of before is void.
CLAIMED = and_(one_of(jobs.c.id, "ids"), NOT_DONE, jobs.c.lease_until.is_not(None))
DUE = (
    select(jobs.c.id)
    .where(NOT_DONE, jobs.c.due_at <= NOW, or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= NOW))
    .order_by(jobs.c.due_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True, key_share=True)
)

ARM = Insert(jobs, SET, keys=NAME, update=("due_at", "done_at", "lease_until", "tries", "detail"))
ADD = Insert(jobs, SET, keys=NAME)
CLAIM = Query(
    update(jobs).where(jobs.c.id.in_(DUE)).values(lease_until=UNTIL).returning(*(jobs.c[column] for column in COLUMNS))
)
# One job alone, which is nobody's now.
CLAIM_ONE = Query(
    update(jobs)
    .where(OF_SUBJECT, jobs.c.key == bindparam("key", type_=Text), NOT_DONE)
    .where(or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= NOW))
    .values(lease_until=UNTIL)
    .returning(*(jobs.c[column] for column in COLUMNS))
)
EXTEND = Query(update(jobs).where(CLAIMED).values(lease_until=UNTIL).returning(jobs.c.detail))
NOTE = Update(jobs, ("id", "detail"))
DONE = Query(update(jobs).where(CLAIMED).values(done_at=NOW))
PUT_OFF = Query(update(jobs).where(CLAIMED).values(lease_until=UNTIL, tries=jobs.c.tries + 1))
RELEASE = Query(update(jobs).where(CLAIMED).values(lease_until=None))
RELEASE_ALL = Query(
    update(jobs)
    .where(NOT_DONE, jobs.c.due_at <= NOW, jobs.c.lease_until.is_not(None))  # what is not due, nobody has claimed
    .values(lease_until=None)
)
FAILING = Query(
    select(*(jobs.c[column] for column in COLUMNS)).where(NOT_DONE, jobs.c.tries > 0).order_by(jobs.c.due_at)
)
CANCEL = Query(delete(jobs).where(OF_SUBJECT, NOT_DONE))
OPEN = Query(select(*(jobs.c[column] for column in COLUMNS)).where(OF_SUBJECT, NOT_DONE).order_by(jobs.c.due_at))


async def arm(db: AsyncConnection, armed: Iterable[Job]) -> None:
    """Set these jobs; one that is known by kind, subject and key is set anew, done or not."""
    await ARM.run(db, await _rows(db, armed))


async def add(db: AsyncConnection, new: Iterable[Job]) -> None:
    """Set these jobs, but for those that are known by kind, subject and key, done or not."""
    await ADD.run(db, await _rows(db, new))


async def claim_due(db: AsyncConnection, now: datetime, limit: int, lease: timedelta) -> list[Job]:
    """Jobs whose time has come, the earliest first, now this process's until the lease is over.

    Two processes never hold the same one. A job whose process died comes again when its lease is over.
    """
    rows = await CLAIM.rows(db, now=now, limit=limit, until=now + lease)
    return sorted(map(_job, rows), key=lambda job: (job.due_at, job.id))


async def claim(
    db: AsyncConnection, kind: str, subject_id: int, key: str, now: datetime, lease: timedelta
) -> Job | None:
    """This one job, due or not, now the caller's until the lease is over; None where it is done, or another's."""
    rows = await CLAIM_ONE.rows(db, kind=kind, subject_id=subject_id, key=key, now=now, until=now + lease)
    return _job(rows[0]) if rows else None


async def extend(db: AsyncConnection, job: Job, until: datetime) -> bool:
    """Hold a claimed job longer; False where it was set anew or dropped meanwhile."""
    return await hold(db, job, until) is not None


async def hold(db: AsyncConnection, job: Job, until: datetime) -> Mapping[str, Any] | None:
    """Hold a claimed job longer, its row until the transaction ends; its detail as it is now.

    None where it was done, set anew or dropped meanwhile: nothing more is to be done for it then.
    """
    rows = await EXTEND.rows(db, ids=[job.id], until=until)
    return _mapping(rows[0][0]) if rows else None


async def note(db: AsyncConnection, job: Job, detail: Mapping[str, Any]) -> None:
    """Keep how far a held job has come."""
    await NOTE.run(db, [(job.id, to_json(detail))])


async def done(db: AsyncConnection, job: Job, now: datetime) -> None:
    """Mark a claimed job as done, but for one that was set anew since."""
    await DONE.rows(db, ids=[job.id], now=now)


async def put_off(db: AsyncConnection, job: Job, until: datetime) -> None:
    """Let nobody do a claimed job until then, as it just failed; how often it did is kept."""
    await PUT_OFF.rows(db, ids=[job.id], until=until)


async def release(db: AsyncConnection, claimed: Iterable[Job]) -> None:
    """Give these claimed jobs back as they were: whoever looks next takes them."""
    ids_ = [job.id for job in claimed]
    if ids_:
        await RELEASE.rows(db, ids=ids_)


async def release_all(db: AsyncConnection, now: datetime) -> None:
    """Give back what anybody holds, and what was put off, where nobody can be at it any more."""
    await RELEASE_ALL.rows(db, now=now)


async def failing(db: AsyncConnection) -> list[Job]:
    """The jobs that failed and are tried again."""
    return [_job(row) for row in await FAILING.rows(db)]


async def cancel(db: AsyncConnection, kind: str, subject_id: int) -> None:
    """Drop what of this kind is still to be done about this subject."""
    await CANCEL.rows(db, kind=kind, subject_id=subject_id)


async def still_to_do(db: AsyncConnection, kind: str, subject_id: int) -> list[Job]:
    """What of this kind is still to be done about this subject, the earliest first."""
    return [_job(row) for row in await OPEN.rows(db, kind=kind, subject_id=subject_id)]


def _job(row: Row) -> Job:
    id_, school_id, kind, subject_id, key, due_at, detail, tries = row
    return Job(school_id, kind, subject_id, moment(due_at), key, id_, _mapping(detail), tries)


def _mapping(detail: Any) -> Mapping[str, Any]:
    read: Mapping[str, Any] = from_json(detail)
    return read


async def _rows(db: AsyncConnection, given: Iterable[Job]) -> list[Row]:
    """In the order in which their rows are locked, whoever writes them."""
    ordered = sorted(given, key=lambda job: (job.kind, job.subject_id, job.key))
    numbers = await ids.reserve(db, len(ordered)) if ordered else ()
    return [_row(id_, job) for id_, job in zip(numbers, ordered, strict=True)]


def _row(id_: int, job: Job) -> Row:
    named = (job.kind, job.subject_id, job.key, job.school_id)
    return (*named, keep(job.due_at), id_, None, None, 0, to_json(job.detail))
