"""Sobremesa as `sobremesa run` starts it, on a SQLite file of a school that has invited its families.

The sender rests: what a turn says waits in the outbox, committed. Sending is work of its own, and would go
on while the families of another moment text.
"""

import argparse
import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop
from aiohttp import web

from bench.conversation import ACCOUNT, PUBLIC_URL, SCHOOL, TOKEN, phone_of
from bot import events
from bot.app import clock, opened, settle_memory
from bot.language.catalogs import Catalogs
from bot.settings import Settings
from bot.store import families, ids, migrate, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School

LANGUAGES = ("en", "es")

COMPLETED = """
    SELECT count(*) FROM rsvps JOIN conversations ON contact_id = answered_by AND subject_id = event_id
    WHERE stage = 'done' AND coming = 'yes' AND adults = 2 AND children = 3 AND child_care AND food = ''
"""
SENT = "UPDATE messages SET state = 'delivered' WHERE outgoing"


def url_of(path: Path) -> str:
    """How the settings name a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def prepare(path: Path, count: int) -> None:
    """Make the file, with a school whose ``count`` families have their invitations."""
    migrate.migrate(url_of(path))
    asyncio.run(_invite(Database.open(url_of(path)), count))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(SENT)


def completed(path: Path) -> int:
    """How many families are known to come as they said."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute(COMPLETED).fetchone()[0])


async def _invite(database: Database, count: int) -> None:
    try:
        async with database.write() as db:
            school = await schools.add(db, "Escuela Lincoln", ZoneInfo("America/Chicago"), LANGUAGES, now=clock())
            await schools.add_account(db, school.id, f"sms:{SCHOOL}", clock())
            dinner = await events.add(db, school, _dinner(school), clock(), "bench")
            numbered = iter(await ids.reserve(db, 2 * count))
            homes = [Household(next(numbered), school.id, f"Familia {number}") for number in range(count)]
            await families.add_households(db, homes, clock())
            await families.add_contacts(db, list(_parents(homes, numbered)), clock())
        await events.invite(database, Catalogs.load(LANGUAGES), school, dinner, clock, "bench")
    finally:
        await database.close()


def _dinner(school: School) -> Event:
    starts = datetime.now(UTC).replace(hour=23, minute=0, second=0, microsecond=0) + timedelta(days=10)
    return Event(
        id=0,
        school_id=school.id,
        starts=starts,
        ends=starts + timedelta(hours=2),
        title=ByLanguage({"en": "Family dinner", "es": "Cena de familias"}),
        place=ByLanguage({"en": "gym", "es": "gimnasio"}),
        languages=LANGUAGES,
        child_care=True,
        food=True,
    )


def _parents(homes: list[Household], numbered: Iterator[int]) -> Iterator[Contact]:
    for number, home in enumerate(homes):
        yield Contact(
            id=next(numbered),
            school_id=home.school_id,
            household_id=home.id,
            address=f"sms:{phone_of(number)}",
            account=f"sms:{SCHOOL}",
            language="es",
            language_chosen=True,
            permission=Permission.GIVEN,
        )


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with opened(settings) as app, app.running(sending=False):
        runner = web.AppRunner(app.web(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            settle_memory()
            await stop.wait()
        finally:
            await runner.cleanup()


def main() -> None:
    """Serve on the port, from the file at the path."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    asked = parser.parse_args()
    settings = Settings(
        database_url=url_of(asked.database),
        public_url=PUBLIC_URL,
        port=asked.port,
        languages=LANGUAGES,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=SCHOOL,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


if __name__ == "__main__":
    main()
