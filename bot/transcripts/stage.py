"""A school on a stage: its people, its bot and its clock, and all that is said."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import events, staff
from bot.app import App
from bot.channels.phone import Phone
from bot.channels.segments import count
from bot.channels.telegram_layout import rows
from bot.language.catalogs import Catalogs
from bot.messages import Inbound, Media, Outgoing
from bot.records import StaffMember
from bot.store import families, ids, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School

T = TypeVar("T")

TIMEZONE = ZoneInfo("America/Chicago")
TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=TIMEZONE)
DINNER = datetime(2027, 3, 12, 18, 0, tzinfo=TIMEZONE)
WORKSHOP = datetime(2027, 3, 18, 9, 0, tzinfo=TIMEZONE)
NUMBER = "sms:+15125550199"
BOT = "telegram:7000"
ADMIN = "Ortiz"
A_MOMENT = timedelta(minutes=1)
A_STEP = timedelta(hours=1)
ACTOR = "transcripts"


@dataclass(slots=True)
class Stage:
    """A school of two events, one household of two languages and an admin; its bot, and what was said so far.

    ``addresses`` are where people write from now, ``names`` whose each address is. Who has no name is not heard.
    """

    app: App
    cast: dict[str, Any]
    language: str
    school: School
    events: dict[str, Event]
    staff: dict[str, StaffMember]
    home: int
    addresses: dict[str, str]
    now: list[datetime]
    names: dict[str, str] = field(default_factory=dict)
    neighbours: list[Contact] = field(default_factory=list)
    """Families of whom nothing is written down."""
    lines: list[str] = field(default_factory=list)
    heard: dict[str, list[Outgoing]] = field(default_factory=dict)
    texts: int = 0
    sent: dict[str, str] = field(default_factory=dict)
    """The id of the text that each address sent last."""

    def speaks(self, name: str) -> str:
        """The language of the folder, or of Luis the other one."""
        return self.school.languages[1] if name == "Luis" else self.language

    def address(self, name: str) -> str:
        """Where a person writes from; somebody new gets a number of their own."""
        if name not in self.addresses:
            self.moves(name, f"sms:+151255501{len(self.names) + 10}")
        return self.addresses[name]

    def moves(self, name: str, address: str) -> None:
        """This person writes from here, from now on; what comes to the address before is theirs as well."""
        self.addresses[name] = address
        self.names[address] = name

    async def text(self, name: str, text: str, media: tuple[Media, ...] = (), **more: Any) -> None:
        """Somebody writes, a minute later. A command of Telegram comes without its slash, as the channel reads it."""
        self.now[0] += A_MOMENT
        address = self.address(name)
        command = address.startswith("telegram:") and text.startswith("/")
        await self.receive(address, text.removeprefix("/") if command else text, media, command=command, **more)

    async def receive(self, address: str, text: str, media: tuple[Media, ...] = (), **more: Any) -> None:
        """A text comes to the school."""
        self.texts += 1
        account = BOT if address.startswith("telegram:") else NUMBER
        inbound = Inbound("phone", account, address, f"text-{self.texts}", text, self.now[0], media, **more)
        self.sent[address] = inbound.source
        await self.app.inbox.receive(inbound)

    async def does(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """Something is done in a transaction of its own."""
        async with self.app.database.write() as db:
            return await work(db)

    def says(self, name: str, text: str) -> None:
        """Write down what somebody texts."""
        self.lines.append(f"**{name}:** {text}")

    def happens(self, what: str) -> None:
        """Write down what is not a text."""
        self.lines.append(f"*{what}*")

    def hears(self, message: Outgoing) -> None:
        """Write down a message of the bot, as its reader sees it."""
        name = self.names.get(message.address)
        if name is None:
            return
        self.heard.setdefault(name, []).append(message)
        body = message.body.replace("\n", "\n> ")
        telegram = message.address.startswith("telegram:")
        shown = [" ".join(f"[{label}]" for _reply, label in row) for row in rows(message.buttons)] if telegram else []
        buttons = "".join(f"\n>\n> {row}" for row in shown)
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

    async def meet(
        self, household: str, people: tuple[tuple[str | None, str, str], ...]
    ) -> tuple[Household, list[Contact]]:
        """A household that the school knows, with the permission of its people: name, language, address of each."""

        async def add(db: AsyncConnection) -> tuple[Household, list[Contact]]:
            home, *free = await ids.reserve(db, 1 + len(people))
            living = Household(home, self.school.id, household)
            contacts = [_known(living, self.now[0], *one) for one in zip(free, people, strict=True)]
            await families.add_households(db, [living], self.now[0])
            await families.add_contacts(db, contacts, self.now[0])
            return living, contacts

        return await self.does(add)


@asynccontextmanager
async def opened(cast: dict[str, Any], language: str, catalogs: Catalogs, empty: Path) -> AsyncIterator[Stage]:
    """The school of the ``cast`` on a copy of the ``empty`` database, its bot awake."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        database = Database.open(f"sqlite+aiosqlite:///{folder}/{empty.name}")
        now = [TODAY.astimezone(UTC)]

        def hear(message: Outgoing) -> None:
            stage.hears(message)

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
        admin = StaffMember(0, school.id, cast["admin"], "admin@school.example", "admin", language)
        people = {ADMIN: await staff.add(db, school, admin, now[0], ACTOR)}
        planned = {name: await events.add(db, school, event, now[0], ACTOR) for name, event in _planned(school, cast)}
    stage = Stage(app, cast, language, school, planned, people, 0, {}, now)
    stage.moves("Ana", "sms:+15125550101")
    stage.moves("Luis", "sms:+15125550102")
    parents = tuple((name, stage.speaks(name), address) for name, address in stage.addresses.items())
    home, _people = await stage.meet(cast["household"], parents)
    stage.home = home.id
    return stage


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


def _known(home: Household, now: datetime, id_: int, person: tuple[str | None, str, str]) -> Contact:
    name, language, address = person
    return Contact(
        id_,
        home.school_id,
        home.id,
        address,
        NUMBER,
        name,
        language=language,
        language_chosen=True,
        permission=Permission.GIVEN,
        introduced_at=now,
    )
