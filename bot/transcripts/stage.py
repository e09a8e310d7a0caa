"""A school on a stage: its people, its bot and its clock, and all that is said."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import events
from bot.app import App
from bot.channels.phone import Phone
from bot.channels.segments import count
from bot.language.catalogs import Catalogs
from bot.messages import Inbound, Media, Outgoing
from bot.records import StaffMember
from bot.store import families, help_requests, ids, rsvps, schools, staff
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School

TIMEZONE = ZoneInfo("America/Chicago")
TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=TIMEZONE)
DINNER = datetime(2027, 3, 12, 18, 0, tzinfo=TIMEZONE)
WORKSHOP = datetime(2027, 3, 18, 9, 0, tzinfo=TIMEZONE)
NUMBER = "sms:+15125550199"
BOT = "telegram:7000"
ADMIN = "Ortiz"
ADMIN_CHAT = "telegram:7001"
A_MOMENT = timedelta(minutes=1)
A_STEP = timedelta(hours=1)


@dataclass(slots=True)
class Stage:
    """A school of two events, one household of two languages and an admin; its bot, and what was said so far."""

    app: App
    school: School
    events: dict[str, Event]
    admin: StaffMember
    addresses: dict[str, str]
    now: list[datetime]
    lines: list[str] = field(default_factory=list)
    heard_last: dict[str, Outgoing] = field(default_factory=dict)
    texts: int = 0

    def address(self, name: str, prefix: str = "sms") -> str:
        """Where a person is reached; somebody new gets a number of their own."""
        if name not in self.addresses:
            n = len(self.addresses) + 10
            self.addresses[name] = f"sms:+151255501{n}" if prefix == "sms" else f"telegram:70{n}"
        return self.addresses[name]

    async def text(self, name: str, text: str, media: tuple[Media, ...] = (), **more: Any) -> None:
        """Somebody writes, a minute later."""
        self.now[0] += A_MOMENT
        self.texts += 1
        address = self.address(name)
        account = BOT if address.startswith("telegram:") else NUMBER
        await self.app.inbox.receive(
            Inbound("phone", account, address, f"text-{self.texts}", text, self.now[0], media, **more)
        )

    def says(self, name: str, text: str) -> None:
        """Write down what somebody texts."""
        self.lines.append(f"**{name}:** {text}")

    def happens(self, what: str) -> None:
        """Write down what is not a text."""
        self.lines.append(f"*{what}*")

    def heard(self, message: Outgoing) -> None:
        """Write down a message of the bot, as its reader sees it."""
        name = next(name for name, address in self.addresses.items() if address == message.address)
        self.heard_last[name] = message
        body = message.body.replace("\n", "\n> ")
        telegram = message.address.startswith("telegram:")
        buttons = "".join(f"\n>\n> [{label}]" for _reply, label in message.buttons) if telegram else ""
        how = "on Telegram" if telegram else f"{count(message.body).segments} SMS"
        self.lines.append(f"> {body}{buttons}\n>\n> <sub>to {name}, {how}</sub>")

    async def settle(self) -> None:
        """Do what is due, and send what waits."""
        while await self.app.timers.ring() or await self.app.jobs.do_due():
            pass
        await self.app.outbox.drain()

    async def pass_time(self, time: timedelta) -> None:
        """Hours pass one by one, so that what is due in between happens in its order, with the time beside it."""
        until = self.now[0] + time
        while self.now[0] < until:
            self.now[0] = min(until, self.now[0] + A_STEP)
            before = len(self.lines)
            await self.settle()
            if len(self.lines) > before and self.now[0] < until:
                self.lines.insert(before, f"*{self._hour()}*")

    def _hour(self) -> str:
        local = self.now[0].astimezone(TIMEZONE)
        return f"{local:%A}, {local:%B} {local.day}, {local:%H:%M}"

    async def close(self) -> None:
        """Write down what the school knows at the end."""
        async with self.app.database.read() as db:
            answers = [(event, await rsvps.of_event(db, event.id)) for event in self.events.values()]
            calls = await help_requests.open_of_school(db, self.school.id)
        self.lines.append("---\n\nWhat the school knows now:\n")
        for event, given in answers:
            self.lines += [f"- {event.title.best('en')}: {_answer(home, rsvp)}" for home, rsvp in given]
        self.lines += [f"- A person is asked for: {call.reason}{', urgent' if call.urgent else ''}" for call in calls]
        if not any(given for _event, given in answers) and not calls:
            self.lines.append("- nothing new")


def _answer(home: Household, rsvp: Any) -> str:
    said = [home.name or "a family without a name", rsvp.coming]
    said += [f"{word} {n}" for n, word in ((rsvp.adults, "adults"), (rsvp.children, "children")) if n is not None]
    said += ["child care"] if rsvp.child_care else []
    said += [f'food: "{rsvp.food}"'] if rsvp.food else []
    said += [f"interpreter: {rsvp.interpreter}"] if rsvp.interpreter else []
    return ", ".join(said)


@asynccontextmanager
async def opened(cast: dict[str, Any], language: str, catalogs: Catalogs, empty: Path) -> AsyncIterator[Stage]:
    """The school of the ``cast`` on a copy of the ``empty`` database, its bot awake."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        database = Database.open(f"sqlite+aiosqlite:///{folder}/{empty.name}")
        now = [TODAY.astimezone(UTC)]

        def hear(message: Outgoing) -> None:
            stage.heard(message)

        app = App(database, catalogs, [Phone(("sms", "telegram"), hear)], lambda: now[0])
        stage = await _set(app, cast, language, now)
        running = asyncio.create_task(app.inbox.run())
        try:
            yield stage
        finally:
            running.cancel()
            await database.close()


async def _set(app: App, cast: dict[str, Any], language: str, now: list[datetime]) -> Stage:
    """The school of the cast with its events, the household of Ana and Luis, and the admin, who speaks the language."""
    other = "en" if language != "en" else "es"
    async with app.database.write() as db:
        school = await schools.add(db, cast["school"], TIMEZONE, (language, other), now=now[0])
        await schools.add_account(db, school.id, NUMBER, now[0])
        await schools.add_account(db, school.id, BOT, now[0])
        home, ana, luis = await ids.reserve(db, 3)
        await families.add_households(db, [Household(home, school.id, cast["household"])], now[0])
        people = ((ana, "Ana", language, "sms:+15125550101"), (luis, "Luis", other, "sms:+15125550102"))
        await families.add_contacts(db, [_known(school, home, now[0], *person) for person in people], now[0])
        admin = StaffMember(0, school.id, cast["admin"], "admin@school.example", "admin", language)
        added = await staff.add(db, admin, now[0]) or admin
        planned = {
            name: await events.add(db, school, event, now[0], "transcripts") for name, event in _planned(school, cast)
        }
    addresses = {name: address for _id, name, _language, address in people}
    return Stage(app, school, planned, added, addresses, now)


def _planned(school: School, cast: dict[str, Any]) -> Iterator[tuple[str, Event]]:
    for name, starts, whole in (("dinner", DINNER, True), ("workshop", WORKSHOP, False)):
        yield (
            name,
            Event(
                id=0,
                school_id=school.id,
                starts=starts,
                ends=starts + timedelta(hours=2),
                title=ByLanguage(cast[name]["title"]),
                place=ByLanguage(cast[name]["place"]),
                languages=school.languages if whole else ("en",),
                child_care=whole,
                food=whole,
            ),
        )


def _known(school: School, home: int, now: datetime, id_: int, name: str, language: str, address: str) -> Contact:
    return Contact(
        id_,
        school.id,
        home,
        address,
        NUMBER,
        name,
        language=language,
        language_chosen=True,
        permission=Permission.GIVEN,
        introduced_at=now,
    )
