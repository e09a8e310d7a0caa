"""What staff write to each other about a request."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import RequestNote
from bot.store import ids
from bot.store.statements import Insert, Query
from bot.store.tables import request_notes
from bot.store.values import keep, moment

COLUMNS = ("school_id", "request_id", "staff_id", "at", "body")

ADD = Insert(request_notes, ("id", *COLUMNS))
OF_REQUEST = Query(
    select(*(request_notes.c[column] for column in COLUMNS))
    .where(request_notes.c.request_id == bindparam("request_id", type_=BigInteger))
    .order_by(request_notes.c.at, request_notes.c.id)
)


async def add(db: AsyncConnection, note: RequestNote) -> None:
    """Keep this note."""
    (id_,) = await ids.reserve(db, 1)
    await ADD.run(db, [(id_, note.school_id, note.request_id, note.staff_id, keep(note.at), note.body)])


async def of_request(db: AsyncConnection, request_id: int) -> list[RequestNote]:
    """The notes of a request, the oldest first."""
    rows = await OF_REQUEST.rows(db, request_id=request_id)
    return [RequestNote(school, request, staff, moment(at), body) for school, request, staff, at, body in rows]
