"""A school that announces something: its people, many families on two channels, and the job that sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, text, update

from bot import announcements
from bot.announcements import Announcement, broadcasting
from bot.announcements.audiences import Audience
from bot.jobs import Jobs, Work
from bot.messages import State
from bot.records import StaffMember
from bot.store import consents, ids, outbox, schools, staff
from bot.store import jobs as jobs_store
from bot.store.database import Database
from bot.store.outbox import Claim, Claimed
from bot.store.tables import contacts, households, messages
from flows.facts import School
from tests.home import CHICAGO, catalogs
from tests.mailbag import LEASE, NOON

SMS, BOT = "sms:+15125550100", "telegram:4711"
EN, ES = "No school on Friday.", "El viernes no hay clases."
SIGNED_EN, SIGNED_ES = f"Lincoln School: {EN}", f"Lincoln School: {ES}"


@dataclass
class Campaign:
    """``now`` is moved by the tests. Families are given permission and were introduced, unless it is said otherwise."""

    database: Database
    school: School
    ortiz: StaffMember
    """An admin."""
    kim: StaffMember
    """A helper, who approves and sends nothing."""
    now: Any = NOON
    numbers: Any = field(default_factory=lambda: iter(range(110, 200)))

    @classmethod
    async def open(cls, database: Database, name: str = "Lincoln School", **given: Any) -> Campaign:
        """A school in Austin with a number and a bot, quiet from nine to eight."""
        async with database.write() as db:
            school = await schools.add(db, name, CHICAGO, ("en", "es"), now=NOON, **given)
            for account in (SMS, BOT):
                if not await schools.by_accounts(db, [account]):
                    await schools.add_account(db, school.id, account, NOON)
            ortiz = await staff.add(db, StaffMember(0, school.id, "Sra. Ortiz", "ortiz@x.example", "admin"), NOON)
            kim = await staff.add(db, StaffMember(0, school.id, "Kim", "kim@x.example", "helper"), NOON)
        assert ortiz is not None
        assert kim is not None
        return cls(database, school, ortiz, kim)

    async def family(self, address: str | None = None, **wishes: Any) -> int:
        """A contact in a household of its own, which speaks Spanish."""
        return (await self.families([address or f"sms:+15125550{next(self.numbers)}"], **wishes))[0]

    async def families(self, addresses: Iterable[str], **wishes: Any) -> list[int]:
        """A contact of each of these addresses, each in a household of its own."""
        row = {"school_id": self.school.id, "created_at": NOON}
        person = row | {"language": "es", "permission": "given", "introduced_at": NOON} | wishes
        addresses = list(addresses)
        async with self.database.write() as db:
            keys, homes = await ids.reserve(db, len(addresses)), await ids.reserve(db, len(addresses))
            await db.execute(insert(households), [row | {"id": home} for home in homes])
            people = [
                {"household_id": home} | person | {"id": key, "address": address}
                for key, home, address in zip(keys, homes, addresses, strict=True)
            ]
            await db.execute(insert(contacts), people)
        return list(keys)

    async def draft(self, audience: Audience | None = None, topic: str = "events", approved: str = "en es") -> int:
        """An announcement in both languages; its id."""
        async with self.database.write() as db:
            about = (self.school, self.ortiz, "en", EN, topic, audience or Audience(), self.now)
            drafted = await announcements.draft(db, *about)
            given = (self.school, drafted.id, "es", ES, "written", self.ortiz, self.now)
            await announcements.write_text(db, *given)
            for language in approved.split():
                await announcements.approve(db, self.school, drafted.id, language, self.ortiz, self.now)
        return drafted.id

    async def send(self, announcement_id: int, **how: Any) -> Announcement:
        """Send it as the admin."""
        given = (self.database, self.school, announcement_id, self.ortiz, self.now)
        return await announcements.send(*given, **{"confirmed_twice": True} | how)

    async def work(self, wake: Callable[[], None] = lambda: None) -> None:
        """Do what is due now: the announcement's recipients are written; ``wake`` is called after each part."""
        work = Work(self.database, catalogs(), lambda: self.now, wake)
        jobs = Jobs(work, {announcements.JOB: broadcasting.carry_out})
        while await jobs.do_due():
            pass

    async def begin(self, audience: Audience | None = None, **how: Any) -> int:
        """An announcement in both languages, sent, its recipients written; its id."""
        number = await self.draft(audience, **how)
        await self.send(number)
        await self.work()
        return number

    async def stop(self, announcement_id: int) -> announcements.Stopped:
        """Stop it as the admin."""
        return await announcements.stop(self.database, self.school, announcement_id, self.ortiz, self.now)

    async def find(self, announcement_id: int) -> Announcement:
        """It, as it is now."""
        async with self.database.read() as db:
            return await announcements.find(db, self.school, announcement_id)

    async def claim(self, limit: int = 100, **given: Any) -> Claim:
        """A claim of its own transaction."""
        async with self.database.write() as db:
            return await outbox.claim(db, self.now, limit, LEASE, **{"prefixes": ["sms", "telegram"]} | given)

    async def claimed(self, limit: int = 100) -> list[Claimed]:
        """What a claim takes."""
        return list((await self.claim(limit)).messages)

    async def messages_of(self, contact_id: int) -> list[Any]:
        """The rows of a contact's messages, in their order."""
        async with self.database.read() as db:
            its = select(messages).where(messages.c.contact_id == contact_id).order_by(messages.c.id)
            return list(await db.execute(its))

    async def ends(self, contact_id: int) -> list[str]:
        """What became of a contact's messages: the state and the reason of each."""
        rows = await self.messages_of(contact_id)
        return [f"{State(row.state).value} {row.reason or ''}".strip() for row in rows]

    async def consents(self, contact_id: int) -> list[str]:
        """Where each line of a contact's consent history comes from."""
        async with self.database.read() as db:
            return [change.source for change in await consents.of_contacts(db, [contact_id])]

    async def change(self, contact_id: int, **wishes: Any) -> None:
        """What a turn of this contact would have changed."""
        async with self.database.write() as db:
            await db.execute(update(contacts).where(contacts.c.id == contact_id).values(wishes))

    async def count(self, where: str = "true") -> int:
        """How many messages there are of which this is so."""
        async with self.database.read() as db:
            return int((await db.execute(text(f"SELECT count(*) FROM messages WHERE {where}"))).scalar_one())

    async def jobs_left(self, announcement_id: int) -> list[Any]:
        """The jobs of an announcement that are not done."""
        async with self.database.read() as db:
            return list(await jobs_store.still_to_do(db, announcements.JOB, announcement_id))
