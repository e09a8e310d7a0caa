"""Who is invited, and what the households answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, Text, and_, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import HeadCount, Rsvp
from bot.store import attendances
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import events, households, invitations, rsvps
from bot.store.values import keep, maybe_keep, maybe_moment
from flows.facts import Event, Household

KEY = ("event_id", "household_id")
ANSWER = (
    *("coming", "adults", "children", "child_care", "food", "interpreter"),
    *("answered_by", "answered_at", "waiting_since", "offered_until", "wanted"),
)
COLUMNS = ("school_id", *KEY, *ANSWER)
RSVP = [rsvps.c[column] for column in COLUMNS]
HOUSEHOLD = [households.c.id, households.c.school_id, households.c.name]
SAID_YES, SAID_NO, SAID_MAYBE, SAID_WAITING = (
    rsvps.c.coming == literal_column(f"'{answer}'", Text) for answer in ("yes", "no", "maybe", "waiting")
)
ITS_RSVP = and_(rsvps.c.event_id == invitations.c.event_id, rsvps.c.household_id == invitations.c.household_id)
EVENT_ID = bindparam("event_id", type_=BigInteger)

INVITE = Insert(invitations, (*KEY, "school_id", "created_at"), keys=KEY, returning=("household_id",))
INVITED = Query(
    select(invitations.c.household_id, invitations.c.event_id)
    .join(events, events.c.id == invitations.c.event_id)
    .where(one_of(invitations.c.household_id, "ids"), events.c.ends > bindparam("now"))
    .order_by(invitations.c.event_id)
)
INVITED_TO = Query(
    select(*HOUSEHOLD)
    .join(invitations, invitations.c.household_id == households.c.id)
    .where(invitations.c.event_id == EVENT_ID)
    .order_by(households.c.id)
)
WITHOUT_REPLY = Query(
    select(*HOUSEHOLD)
    .join(invitations, invitations.c.household_id == households.c.id)
    .outerjoin(rsvps, ITS_RSVP)
    .where(invitations.c.event_id == EVENT_ID, rsvps.c.event_id.is_(None))
    .order_by(households.c.id)
)
NEXT_INVITED, NEXT_ANSWERED = (
    Query(
        select(table.c.household_id)
        .where(table.c.event_id == EVENT_ID, table.c.household_id > bindparam("after", type_=BigInteger))
        .order_by(table.c.household_id)
        .limit(bindparam("page", type_=Integer))
    )
    for table in (invitations, rsvps)
)
SAVE = Insert(rsvps, COLUMNS, keys=KEY, update=ANSWER)
OF_HOUSEHOLDS = Query(
    select(*RSVP)
    .join(events, events.c.id == rsvps.c.event_id)
    .where(one_of(rsvps.c.household_id, "ids"), events.c.ends > bindparam("now"))
)
OF_EVENT = Query(
    select(*RSVP, households.c.name)
    .join(households, households.c.id == rsvps.c.household_id)
    .where(rsvps.c.event_id == EVENT_ID)
    .order_by(households.c.name, households.c.id)
)


def _people(column: Any) -> Any:
    return func.coalesce(func.sum(column).filter(SAID_YES), 0)


def _families(condition: Any) -> Any:
    return func.count().filter(condition)


TOTALS: Select[Any] = select(
    rsvps.c.event_id,
    _families(SAID_YES),
    _families(SAID_NO),
    _families(SAID_MAYBE),
    _families(SAID_WAITING),
    _people(rsvps.c.adults),
    _people(rsvps.c.children),
    func.coalesce(func.sum(rsvps.c.children).filter(and_(SAID_YES, rsvps.c.child_care)), 0),
    _families(and_(SAID_YES, rsvps.c.food.is_not(None), rsvps.c.food != literal_column("''"))),
)
COUNTS = Query(TOTALS.where(one_of(rsvps.c.event_id, "ids")).group_by(rsvps.c.event_id))
ASKED = Query(
    select(invitations.c.event_id, func.count(), func.count().filter(rsvps.c.event_id.is_(None)))
    .outerjoin(rsvps, ITS_RSVP)
    .where(one_of(invitations.c.event_id, "ids"))
    .group_by(invitations.c.event_id)
)
INTERPRETERS = Query(
    select(rsvps.c.event_id, rsvps.c.interpreter, func.count())
    .where(one_of(rsvps.c.event_id, "ids"), SAID_YES, rsvps.c.interpreter.is_not(None))
    .group_by(rsvps.c.event_id, rsvps.c.interpreter)
    .order_by(rsvps.c.event_id, rsvps.c.interpreter)
)


async def invite(db: AsyncConnection, event: Event, household_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these households that were not invited before, and now are."""
    rows = [(event.id, home, event.school_id, keep(now)) for home in sorted(set(household_ids))]
    return {home for (home,) in await INVITE.returning(db, rows)}


async def invited(db: AsyncConnection, household_ids: Iterable[int], now: datetime) -> dict[int, list[int]]:
    """The ids of the events that each of these households is invited to and that are not over."""
    found = defaultdict(list)
    for home, event_id in await INVITED.rows(db, ids=set(household_ids), now=now):
        found[home].append(event_id)
    return dict(found)


async def households_invited(db: AsyncConnection, event_id: int) -> list[Household]:
    """The households that are invited to an event."""
    return [Household(*row) for row in await INVITED_TO.rows(db, event_id=event_id)]


async def households_without_reply(db: AsyncConnection, event_id: int) -> list[Household]:
    """The households that are invited and have said nothing."""
    return [Household(*row) for row in await WITHOUT_REPLY.rows(db, event_id=event_id)]


async def asked_or_answered(db: AsyncConnection, event_id: int, after: int, page: int) -> list[int]:
    """The next households, by id, that are invited to an event or answered to it."""
    pages = [await query.rows(db, event_id=event_id, after=after, page=page) for query in (NEXT_INVITED, NEXT_ANSWERED)]
    return sorted({home for rows in pages for (home,) in rows})[:page]


async def save(db: AsyncConnection, answered: Iterable[Rsvp]) -> None:
    """Keep these answers; the last one of a household counts."""
    await SAVE.run(db, [_row(rsvp) for rsvp in sorted(answered, key=attrgetter(*KEY))])


async def of_households(db: AsyncConnection, household_ids: Iterable[int], now: datetime) -> list[Rsvp]:
    """What these households answered to events that are not over."""
    return [read_rsvp(row) for row in await OF_HOUSEHOLDS.rows(db, ids=set(household_ids), now=now)]


async def of_event(db: AsyncConnection, event_id: int) -> list[tuple[Household, Rsvp]]:
    """Every answer to an event with the household that gave it, by name."""
    rows = await OF_EVENT.rows(db, event_id=event_id)
    return [(Household(row[2], row[0], row[len(RSVP)]), read_rsvp(row)) for row in rows]


async def head_counts(db: AsyncConnection, event_ids: Iterable[int]) -> dict[int, HeadCount]:
    """What each of these events has to be ready for."""
    wanted = set(event_ids)
    asked = {row[0]: row[1:] for row in await ASKED.rows(db, ids=wanted)}
    totals = {row[0]: row[1:] for row in await COUNTS.rows(db, ids=wanted)}
    languages: dict[int, dict[str, int]] = defaultdict(dict)
    for event_id, language, families in await INTERPRETERS.rows(db, ids=wanted):
        languages[event_id][language] = families
    there = await attendances.counts(db, wanted)
    return {
        id_: _head_count(asked.get(id_, ()), totals.get(id_, ()), languages[id_], there.get(id_, (0, 0)))
        for id_ in wanted
    }


def _head_count(asked: Row, totals: Row, interpreters: dict[str, int], there: tuple[int, int]) -> HeadCount:
    counts = dict(zip(("invited", "not_answered"), asked, strict=False))
    answers = ("yes", "no", "maybe", "waiting", "adults", "children", "child_care", "food")
    counts |= zip(answers, totals, strict=False)
    return HeadCount(**counts, attended=there[0], attended_people=there[1], interpreters=interpreters)


def read_rsvp(row: Row) -> Rsvp:
    """An answer of the columns ``RSVP``."""
    return Rsvp(
        school_id=row[0],
        event_id=row[1],
        household_id=row[2],
        coming=row[3],
        adults=row[4],
        children=row[5],
        child_care=None if row[6] is None else bool(row[6]),
        food=row[7],
        interpreter=row[8],
        answered_by=row[9],
        answered_at=maybe_moment(row[10]),
        waiting_since=maybe_moment(row[11]),
        offered_until=maybe_moment(row[12]),
        wanted=row[13],
    )


def _row(rsvp: Rsvp) -> tuple[Any, ...]:
    return (
        rsvp.school_id,
        rsvp.event_id,
        rsvp.household_id,
        rsvp.coming,
        rsvp.adults,
        rsvp.children,
        rsvp.child_care,
        rsvp.food,
        rsvp.interpreter,
        rsvp.answered_by,
        maybe_keep(rsvp.answered_at),
        maybe_keep(rsvp.waiting_since),
        maybe_keep(rsvp.offered_until),
        rsvp.wanted,
    )
