"""Who was at an event: from the list at the door or, where nobody kept one, everyone who said yes."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from sqlalchemy import BigInteger, bindparam, delete, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Attendance
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import attendances, households, rsvps
from bot.store.values import keep, moment
from flows.facts import Event, Household

KEY = ("event_id", "household_id")
SAID = ("adults", "children", "source", "at")
COLUMNS = ("school_id", *KEY, *SAID)
ATTENDANCE = [attendances.c[column] for column in COLUMNS]
EVENT_ID = bindparam("event_id", type_=BigInteger)
SAID_YES = rsvps.c.coming == literal_column("'yes'")

SAVE = Insert(attendances, COLUMNS, keys=KEY, update=SAID)
DROP = Query(
    delete(attendances)
    .where(attendances.c.event_id == EVENT_ID, attendances.c.household_id == bindparam("household_id", BigInteger))
    .returning(attendances.c.household_id)
)
OF_EVENT = Query(
    select(*ATTENDANCE, households.c.name)
    .join(households, households.c.id == attendances.c.household_id)
    .where(attendances.c.event_id == EVENT_ID)
    .order_by(households.c.name, households.c.id)
)
SAID_THEY_COME = Query(
    select(rsvps.c.household_id, rsvps.c.adults, rsvps.c.children).where(rsvps.c.event_id == EVENT_ID, SAID_YES)
)
COUNTS = Query(
    select(attendances.c.event_id, func.count(), func.sum(attendances.c.adults + attendances.c.children))
    .where(one_of(attendances.c.event_id, "ids"))
    .group_by(attendances.c.event_id)
)


async def save(db: AsyncConnection, there: Iterable[Attendance]) -> None:
    """Keep that these households were there; what is said last of one counts."""
    ordered = sorted(there, key=attrgetter(*KEY))
    await SAVE.run(db, [(*(getattr(one, name) for name in COLUMNS[:-1]), keep(one.at)) for one in ordered])


async def drop(db: AsyncConnection, event_id: int, household_id: int) -> bool:
    """The household was not there after all; False where nobody had said that it was."""
    return bool(await DROP.rows(db, event_id=event_id, household_id=household_id))


async def of_event(db: AsyncConnection, event_id: int) -> list[tuple[Household, Attendance]]:
    """The households that were there, by name."""
    rows = await OF_EVENT.rows(db, event_id=event_id)
    return [(Household(row[2], row[0], row[len(COLUMNS)]), _attendance(row)) for row in rows]


async def said_they_come(db: AsyncConnection, event: Event) -> list[tuple[int, int, int]]:
    """Every household that said yes, with its adults and children."""
    rows = await SAID_THEY_COME.rows(db, event_id=event.id)
    return [(home, adults or 0, children or 0) for home, adults, children in rows]


async def counts(db: AsyncConnection, event_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """How many households, and how many people, were at each of these events; those with nobody are left out."""
    rows = await COUNTS.rows(db, ids=set(event_ids))
    return {event_id: (families, int(people)) for event_id, families, people in rows}


def _attendance(row: Row) -> Attendance:
    return Attendance(
        school_id=row[0],
        event_id=row[1],
        household_id=row[2],
        adults=row[3],
        children=row[4],
        source=row[5],
        at=moment(row[6]),
    )
