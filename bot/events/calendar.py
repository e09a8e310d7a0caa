"""Events as a calendar file, which calendars of every maker take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import icalendar
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import __version__
from bot.store import events
from flows.facts import Event, School


async def calendar(db: AsyncConnection, school: School, chosen: Iterable[Event], language: str, now: datetime) -> bytes:
    """The file in one language. A calendar that has an event already takes a later file as its change or end.

    Times are in UTC, which every calendar shows in the time of whoever looks.
    """
    chosen = list(chosen)
    made = await events.made_at(db, [event.id for event in chosen])
    return _file(school, chosen, language, made, now)


def _file(school: School, chosen: Iterable[Event], language: str, made: Mapping[int, datetime], now: datetime) -> bytes:
    file = icalendar.Calendar()
    file.add("version", "2.0")
    file.add("prodid", f"-//Sobremesa {__version__}//{language.upper()}")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", school.name)
    for event in chosen:
        file.add_component(_entry(event, language, made[event.id], now))
    written: bytes = file.to_ical()
    return written


def _entry(event: Event, language: str, made: datetime, now: datetime) -> icalendar.Event:
    entry = icalendar.Event()
    # Of the moment at which it was made, so that it is like no other's, in whatever installation, and stays.
    entry.add("uid", f"{event.id}-{made.astimezone(UTC):%Y%m%dT%H%M%S%fZ}@sobremesa")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("created", made.astimezone(UTC))
    entry.add("dtstart", event.starts.astimezone(UTC))
    entry.add("dtend", event.ends.astimezone(UTC))
    entry.add("summary", event.title.best(language), {"language": language})
    entry.add("location", event.place.best(language), {"language": language})
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    return entry
