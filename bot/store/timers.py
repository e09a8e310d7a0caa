"""Timers: conversations that must be taken up again at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Integer, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Due, Timer
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import Moment, conversations, timers
from bot.store.values import keep, moment

NOW = bindparam("now", type_=Moment)
NOT_FIRED = timers.c.fired_at.is_(None)
UNHELD = or_(timers.c.lease_until.is_(None), timers.c.lease_until <= NOW)
# Setting a timer anew takes its lease away, so that the claim of before is void.
CLAIMED = and_(one_of(timers.c.id, "ids"), NOT_FIRED, timers.c.lease_until.is_not(None))
DUE = (
    select(timers.c.id)
    .where(NOT_FIRED, timers.c.due_at <= NOW, UNHELD)
    .order_by(timers.c.due_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True, key_share=True)
)

ARM = Insert(
    timers,
    ("conversation_id", "key", "school_id", "due_at", "id", "fired_at", "lease_until"),
    keys=("conversation_id", "key"),
    update=("due_at", "fired_at", "lease_until"),
)
LEASE = Query(
    update(timers)
    .where(timers.c.id.in_(DUE))
    .values(lease_until=bindparam("until", type_=Moment))
    .returning(timers.c.id)
)
LEASED = Query(
    select(
        timers.c.id,
        timers.c.school_id,
        conversations.c.contact_id,
        conversations.c.id,
        conversations.c.flow,
        conversations.c.subject_id,
        timers.c.key,
        timers.c.due_at,
    )
    .join(conversations, conversations.c.id == timers.c.conversation_id)
    .where(one_of(timers.c.id, "ids"))
    .order_by(timers.c.due_at, timers.c.id)
)
WAITING = Query(select(timers.c.id).where(CLAIMED))
FIRED = Query(update(timers).where(CLAIMED).values(fired_at=NOW))


async def arm(db: AsyncConnection, armed: Iterable[tuple[int, Timer]]) -> None:
    """Set these timers, each for a conversation by its id; a known key is set anew, fired or not."""
    rows = sorted((id_, timer.key, timer.school_id, keep(timer.due_at)) for id_, timer in armed)
    if rows:
        numbers = await ids.reserve(db, len(rows))
        await ARM.run(db, [(*row, id_, None, None) for id_, row in zip(numbers, rows, strict=True)])


async def claim_due(db: AsyncConnection, now: datetime, limit: int, lease: timedelta) -> list[Due]:
    """Timers whose time has come, the earliest first, now this process's until the lease is over.

    Two processes never hold the same one. A timer whose process died comes again when its lease is over.
    """
    leased = [id_ for (id_,) in await LEASE.rows(db, now=now, limit=limit, until=now + lease)]
    return [_due(row) for row in await LEASED.rows(db, ids=leased)] if leased else []


async def still_waiting(db: AsyncConnection, timer_ids: Iterable[int]) -> set[int]:
    """Those of these claimed timers that did not fire and were not set anew since.

    Ask once the contacts are held: from then on no other turn of theirs sets or fires a timer.
    """
    return {id_ for (id_,) in await WAITING.rows(db, ids=set(timer_ids))}


async def fired(db: AsyncConnection, timer_ids: Iterable[int], now: datetime) -> None:
    """Mark these claimed timers as done, but for those that were set anew since."""
    await FIRED.rows(db, ids=set(timer_ids), now=now)


def _due(row: Row) -> Due:
    return Due(
        id=row[0],
        school_id=row[1],
        contact_id=row[2],
        conversation_id=row[3],
        flow=row[4],
        subject_id=row[5],
        key=row[6],
        due_at=moment(row[7]),
    )
