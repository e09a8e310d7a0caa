"""Journeys, played through the real bot and written down as a parent would see them.

A journey is a script in ``docs/journeys/<language>/``: who texts what, and what time passes between::

    # An invitation, answered in one text

    (invite to dinner)
    Ana: si vamos 2 grandes y 3 niños
    (2 days later)
    Luis: actually 4 adults

``Ana`` speaks the language of the folder, ``Luis``, of her household, another one; any other name is a number that the
school does not know. In brackets stands what is not a text: ``(invite to dinner)``, ``(3 days later)``,
``(Ana sends a photo)``. ``cast.toml`` beside the scripts names the school and its events. The transcripts are in
``docs/transcripts/``; a test fails where they are not what the bot says today.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import events
from bot.app import App
from bot.channels.phone import Phone
from bot.channels.segments import count
from bot.errors import Refusal
from bot.language.catalogs import Catalogs
from bot.messages import Inbound, Media, Outgoing
from bot.store import families, help_requests, ids, migrate, rsvps, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School

JOURNEYS = Path("docs/journeys")
TRANSCRIPTS = Path("docs/transcripts")

TIMEZONE = ZoneInfo("America/Chicago")
TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=TIMEZONE)
DINNER = datetime(2027, 3, 12, 18, 0, tzinfo=TIMEZONE)
WORKSHOP = datetime(2027, 3, 18, 9, 0, tzinfo=TIMEZONE)
NUMBER = "sms:+15125550199"
A_MOMENT = timedelta(minutes=1)

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
LATER = re.compile(r"(\d+) (minute|hour|day|week)s? later")
PHOTO = re.compile(r"(\w+) sends a photo")


class BrokenJourney(Refusal):
    """A script that cannot be played; says the file and the line."""


@dataclass(slots=True)
class Stage:
    """A school of two events and one household of two languages, its bot, and what was said so far."""

    app: App
    school: School
    events: dict[str, Event]
    numbers: dict[str, str]
    names: dict[str, str]
    now: list[datetime]
    lines: list[str] = field(default_factory=list)
    texts: int = 0

    async def play(self, line: str) -> None:
        """One line of a script. Raises ValueError where it says nothing that is known here."""
        name, colon, text = line.partition(": ")
        if line.startswith("(") and line.endswith(")"):
            await self._happens(line[1:-1])
        elif colon and name.isidentifier():
            await self._text(name, text)
        else:
            raise ValueError(line)
        await self.app.outbox.drain()

    async def _happens(self, what: str) -> None:
        self.lines.append(f"*{what}*")
        if match := LATER.fullmatch(what):
            await self._pass(int(match[1]) * UNITS[match[2]])
        elif what.startswith("invite to ") and what.removeprefix("invite to ") in self.events:
            event = self.events[what.removeprefix("invite to ")]
            await events.invite(
                self.app.database, self.app.catalogs, self.school, event, lambda: self.now[0], "transcripts"
            )
        elif what == "the school never wrote to them before":
            await self._forget_introductions()
        elif match := PHOTO.fullmatch(what):
            await self._text(match[1], "", (Media("https://example.org/photo", "image/jpeg"),))
        else:
            raise ValueError(what)

    async def _forget_introductions(self) -> None:
        async with self.app.database.write() as db:
            addresses = [(self.school.id, address) for address in self.numbers.values()]
            known = await families.by_addresses(db, addresses)
            await families.save_contacts(db, [replace(contact, introduced_at=None) for contact in known])

    async def _pass(self, time: timedelta) -> None:
        self.now[0] += time
        await self.app.timers.ring()

    async def _text(self, name: str, text: str, media: tuple[Media, ...] = ()) -> None:
        self.now[0] += A_MOMENT
        self.texts += 1
        address = self.numbers.setdefault(name, f"sms:+151255501{len(self.numbers) + 10}")
        self.names[address] = name
        if text:
            self.lines.append(f"**{name}:** {text}")
        await self.app.inbox.receive(Inbound("phone", NUMBER, address, f"text-{self.texts}", text, self.now[0], media))

    def heard(self, message: Outgoing) -> None:
        """A message of the bot, as a family reads it."""
        cost = count(message.body)
        body = message.body.replace("\n", "\n> ")
        self.lines.append(f"> {body}\n>\n> <sub>to {self.names[message.address]}, {cost.segments} SMS</sub>")

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


def journeys(language: str) -> list[Path]:
    """The scripts in a language, by name."""
    return sorted((JOURNEYS / language).glob("*.txt"))


async def transcribe(script: Path, language: str, catalogs: Catalogs, empty: Path) -> str:
    """The transcript of one script, played on a copy of the ``empty`` database. Raises BrokenJourney."""
    title, *lines = _read(script)
    async with _stage(language, catalogs, empty) as stage:
        for number, line in enumerate(lines, 2):
            if line.strip():
                try:
                    await stage.play(line.strip())
                except ValueError as error:
                    raise BrokenJourney(f"{script}, line {number}: {error}") from error
        await stage.close()
        return "\n\n".join((title, *stage.lines)).replace("knows now:\n\n\n", "knows now:\n\n") + "\n"


def _read(script: Path) -> list[str]:
    return script.read_text(encoding="utf-8").splitlines()


@asynccontextmanager
async def _stage(language: str, catalogs: Catalogs, empty: Path) -> AsyncIterator[Stage]:
    cast = tomllib.loads((JOURNEYS / language / "cast.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        database = Database.open(f"sqlite+aiosqlite:///{folder}/{empty.name}")
        now = [TODAY.astimezone(UTC)]

        def hear(message: Outgoing) -> None:
            stage.heard(message)

        app = App(database, catalogs, [Phone(("sms",), hear)], lambda: now[0])
        stage = await _set(app, cast, language, now)
        running = asyncio.create_task(app.inbox.run())
        try:
            yield stage
        finally:
            running.cancel()
            await database.close()


async def _set(app: App, cast: dict[str, Any], language: str, now: list[datetime]) -> Stage:
    """The school of the cast with its events, and the household of Ana and Luis."""
    other = "en" if language != "en" else "es"
    async with app.database.write() as db:
        school = await schools.add(db, cast["school"], TIMEZONE, (language, other), now=now[0])
        await schools.add_account(db, school.id, NUMBER, now[0])
        home, ana, luis = await ids.reserve(db, 3)
        await families.add_households(db, [Household(home, school.id, cast["household"])], now[0])
        people = ((ana, "Ana", language, "sms:+15125550101"), (luis, "Luis", other, "sms:+15125550102"))
        await families.add_contacts(db, [_known(school, home, now[0], *person) for person in people], now[0])
        planned = {
            "dinner": await events.add(db, school, _event(school, cast["dinner"], DINNER, True), now[0], "transcripts"),
            "workshop": await events.add(
                db, school, _event(school, cast["workshop"], WORKSHOP, False), now[0], "transcripts"
            ),
        }
    numbers = {name: address for _id, name, _language, address in people}
    return Stage(app, school, planned, numbers, {address: name for name, address in numbers.items()}, now)


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


def _event(school: School, words: dict[str, Any], starts: datetime, with_dinner: bool) -> Event:
    return Event(
        id=0,
        school_id=school.id,
        starts=starts,
        ends=starts + timedelta(hours=2),
        title=ByLanguage(words["title"]),
        place=ByLanguage(words["place"]),
        languages=school.languages if with_dinner else ("en",),
        child_care=with_dinner,
        food=with_dinner,
    )


async def _all(language: str, catalogs: Catalogs) -> AsyncIterator[tuple[Path, str]]:
    """Every transcript of a language, with the file that it belongs in."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "school.db"
        await asyncio.to_thread(migrate.migrate, f"sqlite+aiosqlite:///{empty}")
        for script in journeys(language):
            text = await transcribe(script, language, catalogs, empty)
            yield TRANSCRIPTS / language / f"{script.stem}.md", text


def languages() -> Iterator[str]:
    """The languages that have journeys."""
    return (folder.name for folder in sorted(JOURNEYS.iterdir()) if folder.is_dir())


async def write(language: str, *, check: bool) -> list[Path]:
    """Write the transcripts of a language, or only ``check`` them; the files that differ, or did."""
    other = "en" if language != "en" else "es"
    changed, current = [], set()
    async for path, text in _all(language, Catalogs.load((language, other))):
        current.add(path)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return changed + _left_over(TRANSCRIPTS / language, current, check=check)


def _left_over(folder: Path, current: set[Path], *, check: bool) -> list[Path]:
    """Transcripts whose script is gone."""
    old = [path for path in sorted(folder.glob("*.md")) if path not in current]
    for path in old:
        if not check:
            path.unlink()
    return old


def main(language: str | None, *, check: bool) -> int:
    """Write or check the transcripts; 1 where a check found a difference."""
    if not JOURNEYS.is_dir():
        print("There are no journeys here: run this in a checkout of the project.", file=sys.stderr)  # noqa: T201
        return 1
    differ = [
        path for each in ([language] if language else languages()) for path in asyncio.run(write(each, check=check))
    ]
    for path in differ:
        print(f"{path} {'differs' if check else 'written'}", file=sys.stderr)  # noqa: T201 - for whoever runs the command
    return 1 if check and differ else 0
