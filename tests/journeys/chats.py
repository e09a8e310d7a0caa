"""A school whose families text by SMS and by Telegram, and whose staff work from Telegram; no wire, a real database.

async with chats(database_url) as lincoln:
    await lincoln.opens(ANA, code)
    await lincoln.writes(ANA, "2 adultos")
    lincoln.heard(ANA)[-1]
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import events
from bot.app import App
from bot.channels.phone import Phone
from bot.messages import Inbound, Media, OptOut, Outgoing
from bot.records import StaffMember
from bot.store import delivery, families, ids, schools, staff
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School
from tests.home import CHICAGO, catalogs

T = TypeVar("T")

NOW = datetime(2027, 3, 1, 10, 0, tzinfo=CHICAGO)
BOT, NUMBER = "telegram:900", "sms:+15125550199"
MOTHER = "sms:+15125550101"
"""Ana Rojas, in Spanish, with permission."""
CHAT, OTHER_CHAT, DESK = "telegram:7001", "telegram:7002", "telegram:8001"


@dataclass
class Lincoln:
    """The school, its bot and everyone's phones; ``now`` is moved by the test."""

    database: Database
    now: datetime
    app: App = field(init=False)
    sent: list[Outgoing] = field(default_factory=list)
    school: School = field(init=False)
    dinner: Event = field(init=False)
    home: Household = field(init=False)
    ortiz: StaffMember = field(init=False)
    _ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    _last: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        phones = Phone(("sms", "telegram"), self.sent.append)
        self.app = App(self.database, catalogs(), [phones], lambda: self.now)

    async def writes(self, address: str, text: str = "", *, quoting: str | None = None, **more: Any) -> None:
        """Somebody writes, a minute later, and has the answer. ``quoting``: replies to the message that begins so."""
        self.now += timedelta(minutes=1)
        account = BOT if address.startswith("telegram:") else NUMBER
        quoted = None if quoting is None else f"phone-{self.message(address, quoting).id}"
        more = {"quoted": quoted, **more}
        inbound = Inbound("telegram", account, address, f"in-{self._ids()}", text, self.now, **more)
        self._last[address] = inbound.source
        assert await self.app.inbox.receive(inbound)
        await self.settled()

    async def opens(self, address: str, code: str = "", **more: Any) -> None:
        """A chat is opened by a link, or by the start button alone."""
        await self.writes(address, start=code, **more)

    async def shares(self, address: str, phone: str) -> None:
        """The number of the phone is shared by its button."""
        await self.writes(address, phone=phone)

    async def edits(self, address: str, text: str) -> None:
        """The text that was sent last reads so now."""
        await self.writes(address, text, edited=True, original=self._last[address])

    async def sends_photo(self, address: str, text: str = "", *, quoting: str | None = None) -> None:
        """A photo, perhaps in reply to a message."""
        await self.writes(address, text, quoting=quoting, media=(Media("telegram-file:1", "image/jpeg"),))

    async def blocks(self, address: str) -> None:
        """The bot is blocked in the app."""
        await self.writes(address, opt_out=OptOut.STOP, keyword_answered=True)

    async def presses(self, address: str, label: str) -> None:
        """A button is pressed, that of the newest message which has one with this label."""
        for message in reversed(self.to(address)):
            for reply, said in message.buttons:
                if said == label:
                    await self.writes(address, reply, button=reply, quoting=message.body)
                    return
        raise AssertionError(f"no button {label!r} in {[message.buttons for message in self.to(address)]}")

    def to(self, address: str) -> list[Outgoing]:
        """All messages to an address."""
        return [message for message in self.sent if message.address == address]

    def heard(self, address: str) -> list[str]:
        """All that an address was sent."""
        return [message.body for message in self.to(address)]

    def message(self, address: str, beginning: str) -> Outgoing:
        """The newest message to an address that begins so."""
        return next(one for one in reversed(self.to(address)) if one.body.startswith(beginning))

    def labels(self, address: str) -> list[str]:
        """The labels of the buttons of the last message that has any."""
        shown = next((one for one in reversed(self.to(address)) if one.buttons), None)
        return [label for _reply, label in shown.buttons] if shown else []

    async def settled(self) -> None:
        """Send all that is due now."""
        async with asyncio.timeout(10):
            while (await self.reads(delivery.waiting)).ready:
                if not await self.app.outbox.drain():
                    break

    async def reads(self, question: Callable[..., Coroutine[Any, Any, T]], *given: Any) -> T:
        """What the store answers to a question."""
        async with self.database.read() as db:
            return await question(db, *given)

    async def does(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """Something done in a transaction of its own."""
        async with self.database.write() as db:
            return await work(db)

    async def contact(self, address: str, school: School | None = None) -> Contact:
        """The contact at an address."""
        (found,) = await self.reads(families.by_addresses, [((school or self.school).id, address)])
        return found

    async def member(self, member: StaffMember) -> StaffMember:
        """A person of the school as known now."""
        return (await self.reads(staff.by_ids, [member.id]))[member.id]

    async def family(self, called: str, *addresses: str, school: School | None = None, **more: Any) -> Household:
        """One more household, with a contact at each address."""
        at = school or self.school

        async def add(db: AsyncConnection) -> Household:
            home, *people = await ids.reserve(db, 1 + len(addresses))
            household = Household(home, at.id, called)
            await families.add_households(db, [household], self.now)
            new = [Contact(id_, at.id, home, address, **more) for id_, address in zip(people, addresses, strict=True)]
            await families.add_contacts(db, new, self.now)
            return household

        return await self.does(add)


@asynccontextmanager
async def chats(database_url: str) -> AsyncIterator[Lincoln]:
    """Lincoln School with the Rojas family by SMS, a dinner ahead, Sra. Ortiz, and its bot taking texts."""
    database = Database.open(database_url)
    lincoln = Lincoln(database, NOW)
    try:
        await _fill(lincoln)
        async with lincoln.app.running(sending=False):
            yield lincoln
    finally:
        await database.close()


async def _fill(lincoln: Lincoln) -> None:
    now = lincoln.now
    async with lincoln.database.write() as db:
        lincoln.school = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=now, quiet=(0, 0))
        await schools.add_account(db, lincoln.school.id, NUMBER, now)
        starts = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
        words = ByLanguage(en="Family dinner", es="Cena de familias"), ByLanguage(en="gym", es="gimnasio")
        dinner = Event(0, lincoln.school.id, starts, starts + timedelta(hours=2), *words)
        lincoln.dinner = await events.add(db, lincoln.school, dinner, now, "a test")
        member = StaffMember(0, lincoln.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "en")
        added = await staff.add(db, member, now)
        assert added is not None
        lincoln.ortiz = added
    lincoln.home = await lincoln.family(
        "Rojas",
        MOTHER,
        name="Ana",
        language="es",
        language_chosen=True,
        permission=Permission.GIVEN,
        introduced_at=now,
    )
