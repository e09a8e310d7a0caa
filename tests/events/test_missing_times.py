"""Events that were planned by the first release, which knew of no reminders and asked nobody how it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, insert

from bot import events
from bot.app import App
from bot.channels.phone import Phone
from bot.store import events as stored
from bot.store import jobs, migrate, schools
from bot.store.database import Database
from bot.store.values import keep
from flows.facts import Contact
from tests.evening import NUMBER, TODAY, Evening, evening
from tests.home import CHICAGO, catalogs

ID = 1_000_000
ANA = Contact(ID + 3, ID, ID + 2, "sms:+15125550101")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
AHEAD, TOMORROW, OVER, LAST_WEEK, CANCELLED = (ID + 10 + n for n in range(5))
EVENTS = {
    AHEAD: FRIDAY,
    TOMORROW: TODAY + DAY,
    OVER: TODAY - 20 * HOUR,
    LAST_WEEK: TODAY - 7 * DAY,
    CANCELLED: FRIDAY,
}
DUE = {
    AHEAD: {"two-days": "Wed 10 17:00", "same-day": "Fri 12 09:00", "": "Sat 13 11:00"},
    TOMORROW: {"same-day": "Tue 02 08:00", "": "Wed 03 11:00"},
    OVER: {"": "Mon 01 11:00"},
    LAST_WEEK: {},
    CANCELLED: {},
}


def _old(connection: Connection) -> None:
    """A school of the first release; Ana comes to each of its events."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    tables = MetaData()
    tables.reflect(connection)
    long_ago = keep(TODAY - 30 * DAY)

    def add(table: str, **row: Any) -> None:
        usual = {"school_id": ID, "created_at": long_ago, "languages": ["en", "es"]}
        known = {name: value for name, value in usual.items() if name in tables.tables[table].columns}
        connection.execute(insert(tables.tables[table]), known | row)

    add("schools", id=ID, name="Lincoln School", timezone="America/Chicago", hours={})
    add("accounts", address=NUMBER)
    add("households", id=ANA.household_id, name="Rojas")
    talks = {"language": "en", "language_chosen": True, "permission": "given", "introduced_at": long_ago}
    add("contacts", id=ANA.id, household_id=ANA.household_id, address=ANA.address, account=NUMBER, name="Ana", **talks)
    for id_, starts in EVENTS.items():
        cancelled = long_ago if id_ == CANCELLED else None
        add("events", id=id_, starts=keep(starts), ends=keep(starts + HOUR), cancelled_at=cancelled)
        add("event_texts", event_id=id_, language="en", title="Family dinner", place="gym")
        add("event_texts", event_id=id_, language="es", title="Cena de familias", place="gimnasio")
        said = {"coming": "yes", "adults": 2, "children": 0, "answered_by": ANA.id, "answered_at": long_ago}
        add("rsvps", event_id=id_, household_id=ANA.household_id, **said)


@asynccontextmanager
async def brought_up(url: str) -> AsyncIterator[Evening]:
    """That school with the tables of this release; nothing is done by itself."""
    database = Database.open(url)
    async with database.write() as db:
        await db.run_sync(_old)
    migrate.migrate(url)
    made: list[Evening] = []
    phone = Phone(("sms",), lambda sent: made[0].sent.append((made[0].now, sent)))
    app = App(database, catalogs(), [phone], lambda: made[0].now)
    async with database.read() as db:
        (school,) = await schools.all_schools(db)
    made.append(Evening(app, school))
    try:
        yield made[0]
    finally:
        await database.close()


async def due(lincoln: Evening) -> dict[int, dict[str, str]]:
    async with lincoln.app.database.read() as db:
        known = await stored.by_ids(db, EVENTS)
    return {
        id_: {**await lincoln.jobs(event, "reminder"), **await lincoln.jobs(event, "pulse")}
        for id_, event in known.items()
    }


async def test_the_first_start_sets_what_is_still_to_come(empty_database_url: str) -> None:
    async with brought_up(empty_database_url) as lincoln:
        assert await due(lincoln) == {id_: {} for id_ in EVENTS}
        running = asyncio.create_task(lincoln.app.jobs.run())
        try:
            async with asyncio.timeout(20):
                while await due(lincoln) != DUE:  # noqa: ASYNC110 - the jobs tell nobody that they have begun
                    await asyncio.sleep(0.02)
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_families_are_reminded_and_asked(empty_database_url: str) -> None:
    async with brought_up(empty_database_url) as lincoln:
        await events.set_missing_times(lincoln.work())
        await lincoln.comes(FRIDAY + DAY)

        heard = [(at[:6], body) for at, body in zip(lincoln.heard_at(ANA), lincoln.heard(ANA), strict=True)]
    assert [at for at, body in heard if "reminds you" in body] == ["Tue 02", "Wed 10", "Fri 12"]
    assert [at for at, body in heard if "feel welcome" in body] == ["Mon 01", "Wed 03", "Sat 13"]


async def test_later_starts_set_nothing_and_what_was_done_or_dropped_stays_so(empty_database_url: str) -> None:
    async with brought_up(empty_database_url) as lincoln:
        for _start in range(2):
            await events.set_missing_times(lincoln.work())
        assert await due(lincoln) == DUE

        await lincoln.comes(FRIDAY - DAY)
        async with lincoln.app.database.write() as db:
            ahead = (await stored.by_ids(db, [AHEAD]))[AHEAD]
            await jobs.cancel(db, "reminder", AHEAD)
        await events.set_missing_times(lincoln.work())
        assert (await due(lincoln))[AHEAD] == {"": "Sat 13 11:00"}

        await lincoln.cancel(ahead)
        await events.set_missing_times(lincoln.work())
        assert (await due(lincoln))[AHEAD] == {}


async def test_an_event_of_this_release_keeps_its_times(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now = FRIDAY.astimezone(UTC) - 2 * DAY - 2 * HOUR
        starts = FRIDAY.astimezone(UTC) + HOUR
        await lincoln.change(dinner, starts=starts, ends=starts + HOUR)
        told = await lincoln.jobs(dinner, "reminder")
        await events.set_missing_times(lincoln.work())

        assert await lincoln.jobs(dinner, "reminder") == told == {"same-day": "Fri 12 09:00"}


@pytest.mark.parametrize("hours", [0, 47])
async def test_an_event_whose_hour_of_asking_has_passed_is_not_asked_about(empty_database_url: str, hours: int) -> None:
    async with brought_up(empty_database_url) as lincoln:
        lincoln.now = TODAY + HOUR + timedelta(hours=hours)
        await events.set_missing_times(lincoln.work())

        assert (await due(lincoln))[OVER] == {}
