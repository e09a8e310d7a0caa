"""Who did what: a line for every change that a person of the school made."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import AuditEntry
from bot.store import ids
from bot.store.statements import Insert, Query
from bot.store.tables import audit
from bot.store.values import from_json, keep, moment, to_json

COLUMNS = ("school_id", "at", "actor", "action", "subject", "detail")

ADD = Insert(audit, ("id", *COLUMNS))
LAST = Query(
    select(*(audit.c[column] for column in COLUMNS))
    .where(audit.c.school_id == bindparam("school_id", type_=BigInteger))
    .order_by(audit.c.at.desc(), audit.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)


async def add(db: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Write these lines."""
    if entries:
        numbers = await ids.reserve(db, len(entries))
        rows = [(e.school_id, keep(e.at), e.actor, e.action, e.subject, to_json(e.detail)) for e in entries]
        await ADD.run(db, [(id_, *row) for id_, row in zip(numbers, rows, strict=True)])


async def last(db: AsyncConnection, school_id: int, limit: int) -> list[AuditEntry]:
    """The newest lines of a school, the newest first."""
    rows = await LAST.rows(db, school_id=school_id, limit=limit)
    return [
        AuditEntry(school, moment(at), actor, action, subject, from_json(detail))
        for school, at, actor, action, subject, detail in rows
    ]
