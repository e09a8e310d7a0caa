"""A school with families and events, whose clock stands where the test puts it: nothing happens by itself.

async with evening(database_url) as lincoln:
    ana, luis = await lincoln.family("Rojas", "es", "en")
    dinner = await lincoln.dinner(datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO))
    await lincoln.invite(dinner)
    await lincoln.texts(ana, "2 adults")
    await lincoln.comes(dinner.starts - timedelta(days=1))  # what is due until then is done at its time
    lincoln.heard(luis)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot import events
from bot.app import App
from bot.channels.phone import Phone
from bot.jobs import LEASE, Work
from bot.messages import Inbound, Outgoing
from bot.records import Job, Rsvp
from bot.store import families, ids, jobs, messages, rsvps, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School
from tests.home import CHICAGO, catalogs

NUMBER = "sms:+15125550199"
TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=CHICAGO).astimezone(UTC)


@dataclass
class Evening:
    """The school, its bot and all that was sent; ``now`` is the hour."""

    app: App
    school: School
    now: datetime = TODAY
    sent: list[tuple[datetime, Outgoing]] = field(default_factory=list)
    texted: int = 0

    async def family(self, name: str, *languages: str, **wishes: Any) -> list[Contact]:
        """A household with a contact for each language, who take event news unless ``wishes`` say otherwise."""
        async with self.app.database.write() as db:
            home, *numbers = await ids.reserve(db, 1 + len(languages))
            await families.add_households(db, [Household(home, self.school.id, name)], self.now)
            usual: dict[str, Any] = {"permission": Permission.GIVEN, "introduced_at": self.now}
            new = [
                Contact(
                    id_,
                    self.school.id,
                    home,
                    # Of ids, so that there are enough of them: none of these is ever dialled.
                    f"sms:+1512555{id_ % 10_000:04}",
                    NUMBER,
                    f"{name} {language}",
                    language=language,
                    language_chosen=True,
                    **(usual | wishes),
                )
                for id_, language in zip(numbers, languages, strict=True)
            ]
            await families.add_contacts(db, new, self.now)
        return new

    async def dinner(self, starts: datetime, **offers: Any) -> Event:
        """An event of two hours; without child care or food, so that a head count is a whole answer."""
        dinner = Event(
            0,
            self.school.id,
            starts.astimezone(UTC),
            starts.astimezone(UTC) + timedelta(hours=2),
            ByLanguage(en="Family dinner", es="Cena de familias"),
            ByLanguage(en="gym", es="gimnasio"),
            **offers,
        )
        async with self.app.database.write() as db:
            return await events.add(db, self.school, dinner, self.now, "a test")

    async def invite(self, event: Event) -> None:
        """Invite all families; the texts go out."""
        await events.invite(self.app.database, self.app.catalogs, self.school, event, lambda: self.now, "a test")
        await self.send()

    async def answered(self, event: Event, contact: Contact, coming: str, **said: Any) -> None:
        """What a household said, long ago."""
        assert contact.household_id is not None
        given: dict[str, Any] = {"answered_by": contact.id, "answered_at": self.now - timedelta(days=1)} | said
        async with self.app.database.write() as db:
            await rsvps.save(db, [Rsvp(self.school.id, event.id, contact.household_id, coming, **given)])

    async def texts(self, contact: Contact, words: str) -> str:
        """A family texts the school, a minute later; what it is answered."""
        self.now += timedelta(minutes=1)
        self.texted += 1
        before = len(self.heard(contact))
        given = Inbound("phone", NUMBER, contact.address, f"text-{self.texted}", words, self.now)
        await self.app.inbox.receive(given)
        await self.send()
        return "\n".join(self.heard(contact)[before:])

    async def send(self) -> None:
        """Everything that may go out now."""
        await self.app.outbox.drain()

    async def comes(self, moment: datetime) -> None:
        """Time passes: each job and each timer in its turn, each text when it may go, until ``moment``."""
        moment = moment.astimezone(UTC)
        while (due := await self._next_hour()) is not None and due <= moment:
            self.now = max(self.now, due)
            await self.ring()
        self.now = moment
        await self.ring()

    async def ring(self) -> None:
        """What is due now is done."""
        while await self.app.jobs.do_due():
            pass
        await self.app.timers.ring()
        await self.send()

    async def _next_hour(self) -> datetime | None:
        """When something is next to be done."""
        questions = (
            "SELECT min(due_at) FROM jobs WHERE done_at IS NULL AND lease_until IS NULL",
            "SELECT min(due_at) FROM timers WHERE fired_at IS NULL",
            "SELECT min(due_at) FROM messages WHERE state = 'ready'",
        )
        async with self.app.database.read() as db:
            found = [(await db.execute(text(question))).scalar() for question in questions]
        hours = [datetime.fromtimestamp(kept / 1_000_000, UTC) for kept in found if kept is not None]
        return min(hours, default=None)

    def heard(self, contact: Contact) -> list[str]:
        """All that a contact was sent."""
        return [sent.body for _at, sent in self.sent if sent.address == contact.address]

    def heard_at(self, contact: Contact) -> list[str]:
        """When it was sent, in the time of the school: ``Fri 12 17:00``."""
        return [f"{at.astimezone(CHICAGO):%a %d %H:%M}" for at, sent in self.sent if sent.address == contact.address]

    async def queued(self, contact: Contact) -> list[str]:
        """All that was written for a contact, sent or not; the state of each before it."""
        async with self.app.database.read() as db:
            thread = await messages.thread_of(db, contact.id, 100)
        return [f"{one.state.value}: {one.body}" for one in thread if one.outgoing and one.state is not None]

    async def coming(self, event: Event) -> dict[str | None, str]:
        """What each household answered."""
        async with self.app.database.read() as db:
            return {home.name: rsvp.coming for home, rsvp in await rsvps.of_event(db, event.id)}

    async def jobs(self, event: Event, kind: str) -> dict[str, str]:
        """What is still to be done about an event, by key, with the hour in the time of the school."""
        async with self.app.database.read() as db:
            found = await jobs.still_to_do(db, kind, event.id)
        return {job.key: f"{job.due_at.astimezone(CHICAGO):%a %d %H:%M}" for job in found}

    async def claim(self, event: Event, kind: str, key: str = "") -> Job:
        """A job, as the process that does it holds it."""
        async with self.app.database.write() as db:
            job = await jobs.claim(db, kind, event.id, key, self.now, LEASE)
        assert job is not None
        return job

    def work(self, **more: Any) -> Work:
        """What a handler works with."""
        return Work(self.app.database, self.app.catalogs, lambda: self.now, **more)

    async def stored(self, event: Event) -> Event:
        """The event as it is kept."""
        from bot.store import events as stored

        async with self.app.database.read() as db:
            return (await stored.by_ids(db, [event.id]))[event.id]

    async def change(self, event: Event, *, quietly: bool = False, **new: Any) -> bool:
        """The event as staff change it; whether families are told."""
        before = await self.stored(event)
        async with self.app.database.write() as db:
            return await events.change(
                db, self.school, before, replace(before, **new), self.now, "a test", quietly=quietly
            )

    async def cancel(self, event: Event, *, quietly: bool = False) -> None:
        """The event does not take place."""
        before = await self.stored(event)
        async with self.app.database.write() as db:
            await events.cancel(db, self.school, before, self.now, "a test", quietly=quietly)


@asynccontextmanager
async def evening(database_url: str, quiet: tuple[int, int] = (21, 8)) -> AsyncIterator[Evening]:
    """Lincoln School in Austin, without a family yet."""
    database = Database.open(database_url)
    async with database.write() as db:
        school = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=TODAY, quiet=quiet)
        await schools.add_account(db, school.id, NUMBER, TODAY)
    made: list[Evening] = []

    def clock() -> datetime:
        return made[0].now if made else TODAY

    app = App(database, catalogs(), [Phone(("sms",), lambda sent: made[0].sent.append((made[0].now, sent)))], clock)
    made.append(Evening(app, school))
    taking = asyncio.create_task(app.inbox.run())
    try:
        yield made[0]
    finally:
        taking.cancel()
        await database.close()
