"""What is old enough to be forgotten, found and taken out a few hundred rows at a time.

A step finds the next few rows that are too old, and says what is done about them; it is repeated until it finds none.
So no transaction is long, and a family's text never waits for a purge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.lists import one_of
from bot.store.statements import Query
from bot.store.tables import (
    Moment,
    attendances,
    audit,
    contacts,
    conversations,
    events,
    help_requests,
    households,
    inbox_keys,
    invitations,
    jobs,
    links,
    messages,
    pulse_recipients,
    pulses,
    request_notes,
    rsvps,
    timers,
)

AT_ONCE = 500
BEFORE = bindparam("before", type_=Moment)
FOOD = bindparam("food", type_=Moment)
TALKS = bindparam("talks", type_=Moment)
"""The moments for the kinds food and conversations, where another kind depends on them."""
AFTER = bindparam("after", type_=BigInteger)
LIMIT = bindparam("limit", type_=Integer)


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of row that is forgotten: how it is ``found``, and what is done with the ``ids`` that were."""

    kind: str
    found: Query
    counted: Query
    done: tuple[Query, ...]


def _step(
    kind: str, ids: ColumnElement[Any], old: ColumnElement[bool], *done: Any, gone: ColumnElement[bool] | None = None
) -> Step:
    """``gone`` are those that an earlier step takes along, so that nothing is counted twice."""
    found: Select[Any] = select(ids).where(old).distinct().limit(LIMIT)
    counted = select(func.count(ids.distinct())).where(old if gone is None else and_(old, not_(gone)))
    return Step(kind, Query(found), Query(counted), tuple(map(Query, done)))


def _conversations(kind: str, old: ColumnElement[bool], gone: ColumnElement[bool] | None = None) -> Step:
    theirs = select(conversations.c.contact_id).where(one_of(conversations.c.id, "ids"))
    return _step(
        kind,
        conversations.c.id,
        old,
        delete(timers).where(one_of(timers.c.conversation_id, "ids")),
        # By its contact as well, since messages have no index by conversation.
        update(messages)
        .where(messages.c.contact_id.in_(theirs), one_of(messages.c.conversation_id, "ids"))
        .values(conversation_id=None),
        delete(conversations).where(one_of(conversations.c.id, "ids")),
        gone=gone,
    )


def _about_food(limit: ColumnElement[Any]) -> ColumnElement[bool]:
    """The answers to an invitation to an event that was over by then, in which allergies stand."""
    over = select(events.c.id).where(events.c.ends < limit).scalar_subquery()
    return and_(conversations.c.flow == "rsvp", conversations.c.subject_id.in_(over))


_OVER = select(events.c.id).where(events.c.ends < BEFORE).scalar_subquery()
_GONE = select(conversations.c.id).where(or_(conversations.c.updated_at < TALKS, _about_food(FOOD))).scalar_subquery()
_CLOSED = select(pulses.c.id).where(pulses.c.closes_at < BEFORE).scalar_subquery()
_LEFT_BEHIND = and_(
    households.c.created_at < BEFORE,
    households.c.name.is_(None),
    *(
        not_(exists().where(table.c.household_id == households.c.id))
        for table in (contacts, rsvps, invitations, attendances)
    ),
    not_(exists().where(links.c.kind == "household", links.c.subject_id == households.c.id)),
)
"""A household that everybody has left for another, and that nobody has a name for."""

STEPS = (
    # Nothing moves the answers to an invitation once the event is over.
    _conversations("food", _about_food(BEFORE)),
    _conversations("conversations", conversations.c.updated_at < BEFORE, gone=_about_food(FOOD)),
    _step(
        "requests",
        help_requests.c.id,
        help_requests.c.closed_at < BEFORE,
        delete(request_notes).where(one_of(request_notes.c.request_id, "ids")),
        update(messages)
        .where(one_of(messages.c.request_id, "ids"), messages.c.request_id.is_not(None))
        .values(request_id=None),
        delete(help_requests).where(one_of(help_requests.c.id, "ids")),
    ),
    # Before the answers: whoever answered or was invited is kept until those are forgotten.
    _step("traces", households.c.id, _LEFT_BEHIND, delete(households).where(one_of(households.c.id, "ids"))),
    _step(
        "food",
        rsvps.c.event_id,
        and_(rsvps.c.event_id.in_(_OVER), rsvps.c.food != ""),
        update(rsvps).where(one_of(rsvps.c.event_id, "ids"), rsvps.c.food.is_not(None)).values(food=""),
    ),
    *(
        _step(
            "answers",
            table.c.event_id,
            table.c.event_id.in_(_OVER),
            delete(table).where(one_of(table.c.event_id, "ids")),
        )
        for table in (rsvps, invitations, attendances)
    ),
    _step(
        "pulses",
        pulse_recipients.c.pulse_id,
        pulse_recipients.c.pulse_id.in_(_CLOSED),
        delete(pulse_recipients).where(one_of(pulse_recipients.c.pulse_id, "ids")),
    ),
    _step("audit", audit.c.id, audit.c.at < BEFORE, delete(audit).where(one_of(audit.c.id, "ids"))),
    _step(
        "traces",
        timers.c.id,
        timers.c.fired_at < BEFORE,
        delete(timers).where(one_of(timers.c.id, "ids")),
        gone=timers.c.conversation_id.in_(_GONE),
    ),
    _step("traces", jobs.c.id, jobs.c.done_at < BEFORE, delete(jobs).where(one_of(jobs.c.id, "ids"))),
    _step(
        "traces",
        links.c.code,
        or_(links.c.expires_at < BEFORE, links.c.used_at < BEFORE),
        delete(links).where(one_of(links.c.code, "ids")),
    ),
    _step(
        "traces",
        inbox_keys.c.provider_id,
        inbox_keys.c.seen_at < BEFORE,
        delete(inbox_keys).where(one_of(inbox_keys.c.provider_id, "ids"), inbox_keys.c.seen_at < BEFORE),
    ),
)

# Ids grow with time, so the oldest messages are read in the order of their ids, without an index by time.
PAGE_OF_TEXTS = Query(
    select(messages.c.id, messages.c.created_at < BEFORE)
    .where(messages.c.id > AFTER)
    .order_by(messages.c.id)
    .limit(LIMIT)
)
FORGET_TEXTS = Query(delete(messages).where(one_of(messages.c.id, "ids")))


async def texts(db: AsyncConnection, before: datetime, after: int) -> tuple[int, int | None]:
    """Forget the next messages older than that; how many they were, and where to go on, None where none is left."""
    old, last = await _old_texts(db, before, after)
    if old:
        await FORGET_TEXTS.rows(db, ids=old)
    return len(old), last if old else None


async def _old_texts(db: AsyncConnection, before: datetime, after: int) -> tuple[list[int], int]:
    """The old ones of the next messages, and how far was looked."""
    page = await PAGE_OF_TEXTS.rows(db, before=before, after=after, limit=AT_ONCE)
    return [row[0] for row in page if row[1]], page[-1][0] if page else after


async def forget(db: AsyncConnection, step: Step, before: datetime) -> int:
    """Take the next few of this step; how many there were. 0 says that it is done."""
    ids = [row[0] for row in await step.found.rows(db, before=before, limit=AT_ONCE)]
    for query in step.done if ids else ():
        await query.rows(db, ids=ids, before=before)
    return len(ids)


async def counts(db: AsyncConnection, before: Mapping[str, datetime]) -> dict[str, int]:
    """How many of each kind are too old; food, answers and pulses count by the event or pulse that they belong to."""
    old, last = await _old_texts(db, before["texts"], 0)
    found = {"texts": 0}
    while old:
        found["texts"] += len(old)
        old, last = await _old_texts(db, before["texts"], last)
    others = {"food": before["food"], "talks": before["conversations"]}
    for step in STEPS:
        rows: Sequence[Sequence[int]] = await step.counted.rows(db, before=before[step.kind], **others)
        found[step.kind] = found.get(step.kind, 0) + rows[0][0]
    return found
