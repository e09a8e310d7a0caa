"""A school with staff and one family, on a real database, and texts that go through real batches.

async with school(database_url) as lincoln:
    await lincoln.texts(ANA, "quiero hablar con una persona")
    lincoln.told(ORTIZ)  # what went to the Telegram chat of Sra. Ortiz
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import help_desk, staff
from bot.batch import Batch
from bot.help_desk import Call
from bot.jobs import Jobs, Work
from bot.language.voice import Voice
from bot.messages import Inbound, Media
from bot.records import HelpRequest, LoggedMessage, StaffMember
from bot.store import families, help_requests, messages, schools
from bot.store import staff as staff_store
from bot.store.database import Database
from flows.facts import Contact, Household, Permission, School
from tests.home import CHICAGO, NOW, catalogs

ACCOUNT, BOT = "sms:+15125550199", "telegram:600100"
ANA, LUIS = "sms:+15125550101", "sms:+15125550102"
ORTIZ, RUIZ, LEE = "telegram:5001", "telegram:5002", "telegram:5003"
ORTIZ_PHONE, BELL_PHONE = "sms:+15125550111", "sms:+15125550114"
PHOTO = Media("https://api.twilio.com/photo", "image/jpeg")


@dataclass
class Lincoln:
    """The school; ``now`` is moved by the test."""

    database: Database
    school: School
    ortiz: StaffMember
    ruiz: StaffMember
    lee: StaffMember
    bell: StaffMember
    now: datetime = NOW
    _ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    @property
    def voice(self) -> Voice:
        return Voice(catalogs(), self.school)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def texts(self, address: str, *texts: str, media: tuple[Media, ...] = (), name: str | None = None) -> None:
        """One text, or several that arrive together, a minute later; ``name`` is the writer's in their app."""
        self.later(minutes=1)
        account = BOT if address.startswith("telegram:") else ACCOUNT
        arrived = [
            Inbound("phone", account, address, f"t{self._ids()}", text, self.now, media, name=name) for text in texts
        ]
        async with self.database.write() as db:
            await Batch(db, catalogs(), self.now).take(arrived)

    async def calls(self) -> list[Call]:
        async with self.database.read() as db:
            return await help_desk.calls(db, self.school)

    async def request(self, id_: int) -> HelpRequest:
        async with self.database.read() as db:
            found = await help_requests.by_id(db, id_)
        assert found is not None
        return found

    async def told(self, address: str) -> list[LoggedMessage]:
        """All that was queued for an address."""
        async with self.database.read() as db:
            contacts = await families.by_addresses(db, [(self.school.id, address)])
            lines = [line for one in contacts for line in await messages.thread_of(db, one.id, 100)]
        return [line for line in lines if line.outgoing]

    async def contact(self, address: str) -> Contact:
        async with self.database.read() as db:
            (found,) = await families.by_addresses(db, [(self.school.id, address)])
        return found

    async def change(self, member: StaffMember, **fields: object) -> StaffMember:
        async with self.database.write() as db:
            changed = replace(member, **fields)  # type: ignore[arg-type]  # passed on by name
            await staff_store.save(db, changed)
        return changed

    async def jobs(self) -> int:
        """Do what is due."""
        handlers = {help_desk.JOB: help_desk.closing_question}
        return await Jobs(Work(self.database, catalogs(), lambda: self.now), handlers).do_due()


@asynccontextmanager
async def school(database_url: str, **fields: object) -> AsyncIterator[Lincoln]:
    """Lincoln School: Sra. Ortiz is named for alerts, Mr. Bell has a phone only, the others are linked."""
    database = Database.open(database_url)
    try:
        async with database.write() as db:
            made = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=NOW)
            await schools.save(db, made := replace(made, **fields))  # type: ignore[arg-type]  # passed on by name
            for account in (ACCOUNT, BOT):
                await schools.add_account(db, made.id, account, NOW)
            people = [
                ("Sra. Ortiz", "ortiz", "admin", "es", ORTIZ, ORTIZ_PHONE, True),
                ("Sr. Ruiz", "ruiz", "helper", "en", RUIZ, None, False),
                ("Ms. Lee", "lee", "editor", "en", LEE, None, False),
                ("Mr. Bell", "bell", "admin", "en", None, BELL_PHONE, False),
            ]
            members = []
            for name, email, role, language, chat, phone, alerted in people:
                number = phone.removeprefix("sms:") if phone else None
                new = StaffMember(0, made.id, name, f"{email}@lincoln.example", role, language, phone=number)
                member = replace(
                    await staff.add(db, made, new, NOW, "a test"),
                    telegram_chat=chat.removeprefix("telegram:") if chat else None,
                    alerted=alerted,
                )
                await staff_store.save(db, member)
                members.append(member)
            await _family(db, made)
        ortiz, ruiz, lee, bell = members
        yield Lincoln(database, made, ortiz, ruiz, lee, bell)
    finally:
        await database.close()


async def _family(db: AsyncConnection, made: School) -> None:
    home = Household(1_000_001, made.id, "Rojas")
    await families.add_households(db, [home], NOW)
    people = ((1_000_002, ANA, "Ana", "es"), (1_000_003, LUIS, "Luis", "en"))
    new = [
        Contact(
            id_,
            made.id,
            home.id,
            address,
            account=ACCOUNT,
            name=name,
            language=language,
            language_chosen=True,
            permission=Permission.GIVEN,
            introduced_at=NOW,
        )
        for id_, address, name, language in people
    ]
    await families.add_contacts(db, new, NOW)
