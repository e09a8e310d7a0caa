"""A school's office, which brings sheets in and looks at what is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.families import Plan, apply, as_csv, export, plan, read
from bot.records import ConsentChange, Rsvp
from bot.store import consents, events, families, ids, rsvps, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, School

NOW = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
HEADINGS = "household,name,phone,language,role,permission,stopped\n"


@dataclass
class Office:
    """``number`` is the last two digits of an invented phone number."""

    database: Database
    school: School

    @classmethod
    async def open(cls, database: Database, name: str) -> Office:
        async with database.write() as db:
            school = await schools.add(db, name, ZoneInfo("America/Chicago"), ("en", "es"), now=NOW)
        return cls(database, school)

    async def another_school(self) -> Office:
        return await Office.open(self.database, "Roosevelt")

    async def bring(self, text: str, now: datetime = NOW) -> Plan:
        """Import lines under the usual headings."""
        async with self.database.write() as db:
            return await apply(db, self.school, read((HEADINGS + text).encode()), now, "ortiz@lincoln.example")

    async def preview(self, text: str, now: datetime = NOW) -> Plan:
        async with self.database.read() as db:
            return await plan(db, self.school, read((HEADINGS + text).encode()), now)

    async def contact(self, number: int) -> Contact:
        async with self.database.read() as db:
            (found,) = await families.by_addresses(db, [(self.school.id, f"sms:+151255501{number:02}")])
        return found

    async def change(self, number: int, **fields: Any) -> None:
        """What the family did since."""
        changed = replace(await self.contact(number), **fields)
        async with self.database.write() as db:
            await families.save_contacts(db, [changed])

    async def households(self) -> dict[str | None, list[str | None]]:
        """The names of who lives in each household that anybody lives in."""
        async with self.database.read() as db:
            found = [pair async for pair in families.all_families(db, self.school.id)]
        return {home.name: [contact.name for contact in living] for home, living in found if living}

    async def add_household(self, name: str | None, *numbers: int) -> int:
        """A household that came by texting, or by another road."""
        async with self.database.write() as db:
            home, *keys = await ids.reserve(db, 1 + len(numbers))
            await families.add_households(db, [Household(home, self.school.id, name)], NOW)
            people = zip(keys, numbers, strict=True)
            await families.add_contacts(
                db,
                [Contact(key, self.school.id, home, f"sms:+151255501{n:02}", name=f"P{n}") for key, n in people],
                NOW,
            )
        return home

    async def add_event(self) -> Event:
        async with self.database.write() as db:
            words = ByLanguage({"en": "Dinner", "es": "Cena"})
            event = Event(0, self.school.id, LATER, LATER + timedelta(hours=2), words, words)
            return await events.add(db, event, NOW)

    async def invite(self, event: Event, *homes: int) -> None:
        async with self.database.write() as db:
            await rsvps.invite(db, event, homes, NOW)

    async def answer(self, event: Event, number: int, adults: int, at: datetime) -> None:
        """What one of a household answered to an event."""
        contact = await self.contact(number)
        assert contact.household_id is not None
        answer = Rsvp(self.school.id, event.id, contact.household_id, "yes", adults)
        async with self.database.write() as db:
            await rsvps.save(db, [replace(answer, answered_by=contact.id, answered_at=at)])

    async def answers(self, event: Event) -> dict[str | None, int | None]:
        """How many adults of each household come."""
        async with self.database.read() as db:
            return {home.name: rsvp.adults for home, rsvp in await rsvps.of_event(db, event.id)}

    async def invited(self, event: Event) -> list[str | None]:
        async with self.database.read() as db:
            return [home.name for home in await rsvps.households_invited(db, event.id)]

    async def history(self, number: int) -> list[ConsentChange]:
        contact = await self.contact(number)
        async with self.database.read() as db:
            return await consents.of_contacts(db, [contact.id])

    async def exported(self) -> str:
        async with self.database.read() as db:
            return "".join(as_csv([cells async for cells in export(db, self.school)]))


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """The office of a school without families."""
    database = Database.open(database_url)
    yield await Office.open(database, "Lincoln")
    await database.close()
