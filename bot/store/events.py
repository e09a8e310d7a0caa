"""Events and their words in each language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import Moment, event_texts, events, jobs
from bot.store.values import from_json, keep, moment, to_json
from flows.core.text import ByLanguage
from flows.facts import Event

CHANGING = ("id", "starts", "ends", "languages", "child_care", "food", "places", "sequence")
COLUMNS = ("id", "school_id", *CHANGING[1:])
EVENT = [events.c[column] for column in (*COLUMNS, "cancelled_at")]
TEXT = [event_texts.c.language, event_texts.c.title, event_texts.c.place]
EVENTS = (
    select(*EVENT, *TEXT)
    .outerjoin(event_texts, event_texts.c.event_id == events.c.id)
    .order_by(events.c.starts, events.c.id, event_texts.c.language)
)

ADD = Insert(events, (*COLUMNS, "created_at"))
SAVE = Update(events, CHANGING)
CANCEL = Update(events, ("id", "cancelled_at"))
ADD_TEXTS = Insert(event_texts, ("event_id", "language", "school_id", "title", "place"))
DROP_TEXTS = Query(delete(event_texts).where(event_texts.c.event_id == bindparam("id", type_=BigInteger)))
COMING_UP = Query(EVENTS.where(one_of(events.c.school_id, "school_ids"), events.c.ends > bindparam("now")))
BY_IDS = Query(EVENTS.where(one_of(events.c.id, "ids")))
MADE_AT = Query(select(events.c.id, events.c.created_at).where(one_of(events.c.id, "ids")))
JOB = select(jobs.c.id).where(jobs.c.kind == bindparam("kind", type_=Text), jobs.c.subject_id == events.c.id)
WITHOUT_JOB = Query(
    EVENTS.where(events.c.ends > bindparam("since", type_=Moment), events.c.cancelled_at.is_(None), ~JOB.exists())
)
OF_SCHOOL = Query(EVENTS.where(events.c.school_id == bindparam("school_id")))


async def add(db: AsyncConnection, event: Event, now: datetime) -> Event:
    """A new event, under an id of its own."""
    (id_,) = await ids.reserve(db, 1)
    new = replace(event, id=id_)
    await ADD.run(db, [(new.id, new.school_id, *_row(new)[1:], keep(now))])
    await ADD_TEXTS.run(db, _texts(new))
    return new


async def save(db: AsyncConnection, event: Event) -> None:
    """Keep a changed event: its time, its words, what it offers."""
    await SAVE.run(db, [_row(event)])
    await DROP_TEXTS.rows(db, id=event.id)
    await ADD_TEXTS.run(db, _texts(event))


async def cancel(db: AsyncConnection, event_id: int, now: datetime) -> None:
    """The event does not take place."""
    await CANCEL.run(db, [(event_id, keep(now))])


async def coming_up(db: AsyncConnection, school_ids: Iterable[int], now: datetime) -> list[Event]:
    """The events of these schools that are not over, the next one first; cancelled ones say so."""
    return _events(await COMING_UP.rows(db, school_ids=set(school_ids), now=now))


async def by_ids(db: AsyncConnection, event_ids: Iterable[int]) -> dict[int, Event]:
    """These events by id, over or not."""
    return {event.id: event for event in _events(await BY_IDS.rows(db, ids=set(event_ids)))}


async def without_job(db: AsyncConnection, kind: str, since: datetime) -> list[Event]:
    """The events that are not over since then, nor cancelled, for which no job of this kind was ever set."""
    return _events(await WITHOUT_JOB.rows(db, kind=kind, since=since))


async def of_school(db: AsyncConnection, school_id: int) -> list[Event]:
    """Every event of a school, the earliest first."""
    return _events(await OF_SCHOOL.rows(db, school_id=school_id))


async def made_at(db: AsyncConnection, event_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these events was added."""
    return {id_: moment(created_at) for id_, created_at in await MADE_AT.rows(db, ids=set(event_ids))}


def _events(rows: Iterable[Row]) -> list[Event]:
    return [_event(list(same)) for _, same in groupby(rows, itemgetter(0))]


def _event(rows: Sequence[Row]) -> Event:
    """One event of its rows, of which there is one for each language."""
    id_, school_id, starts, ends, languages, child_care, food, places, sequence, cancelled_at = rows[0][:10]
    texts = [(row[10], row[11], row[12]) for row in rows if row[10] is not None]
    return Event(
        id=id_,
        school_id=school_id,
        starts=moment(starts),
        ends=moment(ends),
        title=ByLanguage({language: title for language, title, _ in texts}),
        place=ByLanguage({language: place for language, _, place in texts}),
        languages=tuple(from_json(languages)),
        child_care=bool(child_care),
        food=bool(food),
        places=places,
        cancelled=cancelled_at is not None,
        sequence=sequence,
    )


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.id,
        keep(event.starts),
        keep(event.ends),
        to_json(event.languages),
        event.child_care,
        event.food,
        event.places,
        event.sequence,
    )


def _texts(event: Event) -> list[Row]:
    languages = sorted(event.title.keys() | event.place.keys())
    return [
        (event.id, language, event.school_id, event.title.best(language), event.place.best(language))
        for language in languages
    ]
