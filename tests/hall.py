"""A dinner with few places, and families that text about it: a real database, and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import text

from bot import events
from bot.events import places
from bot.inbox import Inbox
from bot.jobs import Jobs, Work
from bot.messages import Inbound
from bot.records import Rsvp
from bot.store import families, ids, rsvps, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School
from tests.home import CHICAGO, catalogs

ACCOUNT = "sms:+15125550199"
NOW = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
_texts = count(1)


@dataclass
class Hall:
    """A dinner; families are known by a number, and their other parent by that number and 50."""

    database: Database
    school: School
    dinner: Event
    homes: dict[int, int] = field(default_factory=dict)
    now: datetime = NOW

    async def families(self, *numbers: int, parents: int = 1) -> None:
        """Families that were invited to the dinner."""
        async with self.database.write() as db:
            for number in numbers:
                home, *people = await ids.reserve(db, 1 + parents)
                self.homes[number] = home
                await families.add_households(db, [Household(home, self.school.id, f"Family {number}")], self.now)
                new = [self._contact(id_, home, number + 50 * nth) for nth, id_ in enumerate(people)]
                await families.add_contacts(db, new, self.now)
        await events.invite(self.database, catalogs(), self.school, self.dinner, lambda: self.now, "a test")

    def _contact(self, id_: int, home: int, number: int) -> Contact:
        return Contact(
            id_,
            self.school.id,
            home,
            address(number),
            language="en",
            language_chosen=True,
            permission=Permission.GIVEN,
            introduced_at=self.now,
        )

    async def text(self, number: int, words: str) -> list[str]:
        """A family texts, a minute later; what it hears."""
        (heard,) = await self.together((number, words))
        return heard

    async def together(self, *texts: tuple[int, str]) -> list[list[str]]:
        """Texts that arrive in one batch; what each of these families hears."""
        self.now += timedelta(minutes=1)
        before = {number: len(await self.heard(number)) for number, _words in texts}
        await self.send(*texts)
        return [(await self.heard(number))[before[number] :] for number, _words in texts]

    async def send(self, *texts: tuple[int, str]) -> None:
        """Texts that arrive in one batch."""
        inbox = Inbox(self.database, catalogs(), lambda: self.now)
        put = [inbox.receive(self.inbound(number, words)) for number, words in texts]
        running = asyncio.create_task(inbox.run())
        await asyncio.gather(*put)
        running.cancel()

    def inbound(self, number: int, words: str) -> Inbound:
        """A text as a channel brings it."""
        return Inbound("phone", ACCOUNT, address(number), f"text-{next(_texts)}", words, self.now)

    async def jobs(self, **later: float) -> None:
        """Move the clock, and do what is due."""
        self.now += timedelta(**later)
        work = Work(self.database, catalogs(), lambda: self.now)
        doing = Jobs(work, {places.KIND: places.offer})
        while await doing.do_due():
            pass

    async def heard(self, number: int) -> list[str]:
        """All that a number was sent."""
        async with self.database.read() as db:
            rows = await db.execute(
                text("SELECT body FROM messages WHERE outgoing AND address = :address ORDER BY id"),
                {"address": address(number)},
            )
            return [str(body) for (body,) in rows]

    async def rsvps(self) -> dict[int, Rsvp]:
        """What each family answered, by its number."""
        async with self.database.read() as db:
            found = {home.id: rsvp for home, rsvp in await rsvps.of_event(db, self.dinner.id)}
        return {number: found[home] for number, home in self.homes.items() if home in found}

    async def stands(self) -> dict[int, str]:
        """The same in a word or two: "yes 5", "waiting 3", "offered 3", "told 3", "no"."""
        return {number: _in_short(rsvp) for number, rsvp in (await self.rsvps()).items()}

    async def given_away(self) -> int:
        """How many places are taken, or kept for somebody."""
        found = (await self.rsvps()).values()
        return sum(rsvp.holds + (rsvp.lacks if rsvp.is_offered else 0) for rsvp in found)

    async def change(self, places: int | None) -> None:
        """Staff change the number of places."""
        after = replace(self.dinner, places=places)
        async with self.database.write() as db:
            await events.change(db, self.school, self.dinner, after, self.now, "a test", quietly=True)
        self.dinner = replace(after, sequence=self.dinner.sequence + 1)


def address(number: int) -> str:
    """A fictional phone."""
    return f"sms:+1512555{100 + number:04}"


def _in_short(rsvp: Rsvp) -> str:
    if rsvp.coming == "yes" and rsvp.wanted:
        return f"yes {rsvp.people}, {'offered' if rsvp.is_offered else 'waiting'} {rsvp.wanted}"
    if rsvp.coming == "waiting":
        word = "offered" if rsvp.is_offered else "waiting" if rsvp.waiting_since else "told"
        return f"{word} {rsvp.people}"
    return f"yes {rsvp.people}" if rsvp.coming == "yes" else rsvp.coming


@asynccontextmanager
async def hall(url: str, places: int | None, invited: Iterable[int] = (), parents: int = 1) -> AsyncIterator[Hall]:
    """A school with a dinner eleven days ahead, for so many people."""
    database = Database.open(url)
    async with database.write() as db:
        school = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=NOW)
        await schools.add_account(db, school.id, ACCOUNT, NOW)
        starts = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
        dinner = await events.add(
            db,
            school,
            Event(
                id=0,
                school_id=school.id,
                starts=starts,
                ends=starts + timedelta(hours=2),
                title=ByLanguage(en="Family dinner", es="Cena de familias"),
                place=ByLanguage(en="gym", es="gimnasio"),
                places=places,
            ),
            NOW,
            "a test",
        )
    lincoln = Hall(database, school, dinner)
    await lincoln.families(*invited, parents=parents)
    yield lincoln
    await database.close()
