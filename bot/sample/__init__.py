"""The sample school: a dozen invented families in two languages, two events to come, a first evening of answers.

``families.csv`` is what a secretary would have; it is brought in by the same import. The invitations, and the
answers to them, go the way of every text, so what the school knows here is what the bot made of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import events, families, schools
from bot.inbox import Inbox
from bot.language.catalogs import Catalogs
from bot.messages import Inbound
from bot.records import StaffMember
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Event, School

NUMBER = "sms:+15125550100"
"""The number of the sample school."""
TIMEZONE = ZoneInfo("America/Chicago")
LANGUAGES = ("es", "en")
EVENTS = 2
FAMILIES = Path(__file__).with_name("families.csv")
ACTOR = "sample"
THURSDAY, TUESDAY = 3, 1

EVENING: tuple[tuple[int, str, str], ...] = (
    (9, "Ann Miller", "Yes! 2 adults and 2 kids"),
    (10, "Ann Miller", "yes please"),
    (12, "Ann Miller", "Emma can't have peanuts"),
    (41, "Denise Brown", "No, sorry, not this time"),
    (66, "María Hernández", "sí, 1 adulto y 4 niños"),
    (67, "María Hernández", "sí por favor 🙏"),
    (70, "María Hernández", "no"),
    (85, "Keisha Johnson", "maybe"),
    (102, "Ramón Castillo", "quiero hablar con una persona"),
    (104, "Ramón Castillo", "mi hijo empieza el kinder y no sé dónde entregar los papeles"),
)
"""What came back after the invitation: how many minutes later, from whom, in which words."""


async def fill(database: Database, catalogs: Catalogs, now: datetime) -> School:
    """The sample school in an empty database: its families are invited to a dinner, and some have answered.

    The invitation went out on the afternoon before ``now``. Whatever was said since then waits in the outbox.
    """
    begun = _at(_day(now) - timedelta(days=1), 16, 30)
    async with database.write() as db:
        school = await _add_school(db, begun)
        imported = await families.apply(db, school, _sheet(), begun, ACTOR)
        dinner = await events.add(db, school, _dinner(school, now), begun, ACTOR)
        await events.add(db, school, _workshop(school, dinner), begun, ACTOR)
    await events.invite(database, catalogs, school, dinner, lambda: begun, ACTOR)
    addresses = {person.after.name: person.after.address for person in imported.people}
    await _play(database, catalogs, addresses, begun)
    return school


async def _add_school(db: AsyncConnection, now: datetime) -> School:
    school = School(
        id=0,
        name="Escuela Lincoln",
        timezone=TIMEZONE,
        languages=LANGUAGES,
        contact="Sra. Ortiz, (512) 555-0115",
        hours=ByLanguage(es="de lunes a viernes de 8 a 3", en="Monday to Friday from 8 to 3"),
        # None, so that whoever tries the demo at night is not kept waiting until morning.
        quiet_from=0,
        quiet_to=0,
    )
    coordinator = StaffMember(0, 0, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "es")
    return await schools.add(db, school, [NUMBER], coordinator, now, ACTOR)


def _sheet() -> families.Sheet:
    return families.read(FAMILIES.read_bytes())


def _dinner(school: School, now: datetime) -> Event:
    # A week away at least, because whoever says "maybe" is asked again two days before.
    day = _next(THURSDAY, _day(now) + timedelta(days=7))
    return Event(
        id=0,
        school_id=school.id,
        starts=_at(day, 18),
        ends=_at(day, 20),
        title=ByLanguage(es="Cena de familias", en="Family dinner"),
        place=ByLanguage(es="gimnasio", en="gym"),
        languages=school.languages,
        child_care=True,
        food=True,
    )


def _workshop(school: School, dinner: Event) -> Event:
    """In English only, so that families of another language are asked for an interpreter."""
    day = _next(TUESDAY, _day(dinner.starts) + timedelta(days=1))
    return Event(
        id=0,
        school_id=school.id,
        starts=_at(day, 9),
        ends=_at(day, 10, 30),
        title=ByLanguage(es="Taller de lectura", en="Reading workshop"),
        place=ByLanguage(es="biblioteca", en="library"),
        languages=("en",),
        child_care=True,
    )


async def _play(database: Database, catalogs: Catalogs, addresses: Mapping[str | None, str], begun: datetime) -> None:
    """The evening, text by text, through an inbox whose clock stands at each."""
    clock = [begun]
    inbox = Inbox(database, catalogs, lambda: clock[0])
    taking = asyncio.create_task(inbox.run())
    try:
        for minutes, name, text in EVENING:
            clock[0] = begun + timedelta(minutes=minutes)
            await inbox.receive(Inbound("phone", NUMBER, addresses[name], uuid4().hex, text, clock[0]))
    finally:
        taking.cancel()


def _day(moment: datetime) -> date:
    return moment.astimezone(TIMEZONE).date()


def _next(weekday: int, day: date) -> date:
    """``day``, or the first one after it that is a ``weekday``."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), TIMEZONE).astimezone(UTC)
