"""Calls for a person of the school."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import HelpRequest
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import Moment, help_requests
from bot.store.values import keep, maybe_keep, maybe_moment, moment

CHANGING = (
    *("reason", "urgent", "last_staff_at", "closed_at"),
    *("last_family_at", "owner_id", "claimed_at", "asked_at", "closed_by"),
)
COLUMNS = ("id", "school_id", "contact_id", "opened_at", *CHANGING)
REQUEST = [help_requests.c[column] for column in COLUMNS]
IS_OPEN = help_requests.c.closed_at.is_(None)
OF_ITS_SCHOOL = help_requests.c.school_id == bindparam("school_id", type_=BigInteger)

# Open, or closed so lately by the family or by its silence that a text of it opens them again.
STANDING_OF = Query(
    select(*REQUEST)
    .where(
        one_of(help_requests.c.contact_id, "ids"),
        or_(
            IS_OPEN,
            and_(
                help_requests.c.closed_at >= bindparam("since", type_=Moment),
                help_requests.c.closed_by.in_([literal_column("'family'"), literal_column("'silence'")]),
            ),
        ),
    )
    .order_by(help_requests.c.id)
)
OPEN = Query(
    select(*REQUEST)
    .where(OF_ITS_SCHOOL, IS_OPEN)
    .order_by(help_requests.c.urgent.desc(), help_requests.c.opened_at, help_requests.c.id)
)
ALL = Query(select(*REQUEST).where(OF_ITS_SCHOOL).order_by(help_requests.c.opened_at, help_requests.c.id))
BY_IDS = Query(select(*REQUEST).where(one_of(help_requests.c.id, "ids")))
BY_ID = Query(select(*REQUEST).where(help_requests.c.id == bindparam("id", type_=BigInteger)))
SAVE = Insert(help_requests, COLUMNS, keys=("id",), update=CHANGING)


async def standing_of(db: AsyncConnection, contact_ids: Iterable[int], since: datetime) -> list[HelpRequest]:
    """The open requests of these contacts, and those that they closed since, or their silence did; the oldest first."""
    return [_request(row) for row in await STANDING_OF.rows(db, ids=set(contact_ids), since=since)]


async def open_of_school(db: AsyncConnection, school_id: int) -> list[HelpRequest]:
    """The open requests of a school: urgent ones first, then what waits longest."""
    return [_request(row) for row in await OPEN.rows(db, school_id=school_id)]


async def all_of_school(db: AsyncConnection, school_id: int) -> list[HelpRequest]:
    """Every request of a school, the oldest first."""
    return [_request(row) for row in await ALL.rows(db, school_id=school_id)]


async def by_id(db: AsyncConnection, request_id: int) -> HelpRequest | None:
    """This request, open or closed."""
    return next((_request(row) for row in await BY_ID.rows(db, id=request_id)), None)


async def by_ids(db: AsyncConnection, request_ids: Iterable[int]) -> list[HelpRequest]:
    """These requests, open or closed."""
    return [_request(row) for row in await BY_IDS.rows(db, ids=set(request_ids))]


async def save(db: AsyncConnection, changed: Iterable[HelpRequest]) -> None:
    """Keep new and changed requests; those with the id 0 are new and get one."""
    requests = list(changed)
    nameless = sum(not request.id for request in requests)
    fresh = iter(await ids.reserve(db, nameless) if nameless else ())
    await SAVE.run(db, sorted(_row(request.id or next(fresh), request) for request in requests))


def _request(row: Row) -> HelpRequest:
    id_, school_id, contact_id, opened_at, reason, urgent, last_staff_at, closed_at = row[:8]
    last_family_at, owner_id, claimed_at, asked_at, closed_by = row[8:]
    return HelpRequest(
        id=id_,
        school_id=school_id,
        contact_id=contact_id,
        reason=reason,
        opened_at=moment(opened_at),
        urgent=bool(urgent),
        closed_at=maybe_moment(closed_at),
        last_staff_at=maybe_moment(last_staff_at),
        last_family_at=maybe_moment(last_family_at),
        owner_id=owner_id,
        claimed_at=maybe_moment(claimed_at),
        asked_at=maybe_moment(asked_at),
        closed_by=closed_by,
    )


def _row(id_: int, request: HelpRequest) -> tuple[Any, ...]:
    return (
        id_,
        request.school_id,
        request.contact_id,
        keep(request.opened_at),
        request.reason,
        request.urgent,
        maybe_keep(request.last_staff_at),
        maybe_keep(request.closed_at),
        maybe_keep(request.last_family_at),
        request.owner_id,
        maybe_keep(request.claimed_at),
        maybe_keep(request.asked_at),
        request.closed_by,
    )
