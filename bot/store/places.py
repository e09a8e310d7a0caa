"""Places that are limited: who holds them, and who waits for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.hall import ENOUGH, Hall
from bot.records import Rsvp
from bot.store.lists import one_of
from bot.store.rsvps import RSVP, SAID_YES, read_rsvp
from bot.store.statements import Query
from bot.store.tables import events, rsvps
from flows.facts import Event

OF_EVENTS = one_of(rsvps.c.event_id, "ids")
LOCK = Query(
    select(events.c.id, events.c.places)
    .where(one_of(events.c.id, "ids"))
    .order_by(events.c.id)
    .with_for_update(key_share=True)
)
TAKEN = Query(
    select(
        rsvps.c.event_id,
        func.sum(func.coalesce(rsvps.c.adults, 0) + func.coalesce(rsvps.c.children, 0)),
    )
    .where(OF_EVENTS, SAID_YES)
    .group_by(rsvps.c.event_id)
)
WAITING = Query(
    select(*RSVP)
    .where(OF_EVENTS, rsvps.c.waiting_since.is_not(None))
    .order_by(rsvps.c.event_id, rsvps.c.waiting_since, rsvps.c.household_id)
)


async def lock(db: AsyncConnection, event_ids: Iterable[int]) -> dict[int, int | None]:
    """How many places each of these events has, None where they are not limited; held until the transaction ends.

    Fifth in the order of locks, after the households: from here on nobody else gives or takes places of these events.
    Nothing is told on SQLite, where what was read before holds as well.
    """
    wanted = set(event_ids)
    if not wanted or db.dialect.name == "sqlite":  # where the whole database is held already
        return {}
    return {row[0]: row[1] for row in await LOCK.rows(db, ids=wanted)}


async def halls(db: AsyncConnection, some: Iterable[Event], answered: Iterable[Rsvp] = ()) -> dict[int, Hall]:
    """The places of these events, with all who wait for them and with those of the ``answered`` that are theirs.

    What is counted holds until the transaction ends only for events that are held by ``lock``.
    """
    limits = {event.id: event.places for event in some}
    taken = {event_id: int(people) for event_id, people in await TAKEN.rows(db, ids=limits)}
    rows: defaultdict[int, dict[int, Rsvp]] = defaultdict(dict)
    for rsvp in answered:
        rows[rsvp.event_id][rsvp.household_id] = rsvp
    for row in await WAITING.rows(db, ids=limits):
        rsvp = read_rsvp(row)
        rows[rsvp.event_id][rsvp.household_id] = rsvp
    return {
        id_: Hall.of(id_, ENOUGH if places is None else places, taken.get(id_, 0), rows[id_])
        for id_, places in limits.items()
    }
