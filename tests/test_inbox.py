"""What arrives together is taken together, and nothing is acknowledged that was not kept."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.errors import Busy
from bot.events import invite
from bot.inbox import Inbox
from bot.messages import Inbound
from bot.store import events, families, ids, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission
from tests.home import CHICAGO, catalogs

NOW = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
ACCOUNT = "sms:+15125550199"


def a_text(n: int, words: str = "Hola", account: str = ACCOUNT) -> Inbound:
    return Inbound("phone", account, f"sms:+1512555{n:04}", f"text-{n}-{words}", words, NOW)


@asynccontextmanager
async def inbox(url: str, *names: str) -> AsyncIterator[tuple[Inbox, Database]]:
    database = Database.open(url)
    async with database.write() as db:
        for name in names or ("Lincoln",):
            school = await schools.add(db, name, CHICAGO, ("en", "es"), now=NOW)
            if name == "Lincoln":
                await schools.add_account(db, school.id, ACCOUNT, NOW)
    taking = Inbox(database, catalogs(), lambda: NOW)
    running = asyncio.create_task(taking.run())
    yield taking, database
    running.cancel()
    await database.close()


async def kept(database: Database) -> int:
    """How many texts are in the log."""
    async with database.read() as db:
        return int((await db.execute(text("SELECT count(*) FROM messages WHERE NOT outgoing"))).scalar_one())


async def test_a_text_seen_before_is_dropped(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        assert await taking.receive(a_text(1))
        assert not await taking.receive(a_text(1))
        assert await kept(database) == 1


async def test_the_same_text_twice_in_one_batch_is_taken_once(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        taken = await asyncio.gather(*(taking.receive(a_text(1)) for _ in range(5)))

        assert sorted(taken) == [False, False, False, False, True]
        assert await kept(database) == 1


async def test_what_arrives_while_a_commit_runs_is_the_next_batch(database_url: str) -> None:
    batches = []
    async with inbox(database_url) as (taking, _database):
        taking._on_commit = lambda: batches.append(1)
        await asyncio.gather(*(taking.receive(a_text(n)) for n in range(60)))

    assert len(batches) <= 3


async def test_a_text_to_a_number_of_no_school_is_not_acknowledged_as_new(database_url: str) -> None:
    async with inbox(database_url, "Lincoln", "Washington") as (taking, database):
        assert not await taking.receive(a_text(1, account="sms:+15125550111"))
        assert await kept(database) == 0


async def test_where_there_is_one_school_every_number_is_its_own(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        assert await taking.receive(a_text(1, account="sms:+15125550111"))
        assert await kept(database) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_is_held_by_another_refuses_all_at_once_and_takes_them_later(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        other = sqlite3.connect(database_url.partition(":///")[2], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = asyncio.get_running_loop().time()
        results = await asyncio.gather(*(taking.receive(a_text(n)) for n in range(4)), return_exceptions=True)
        waited = asyncio.get_running_loop().time() - began
        other.execute("ROLLBACK")
        other.close()

        assert [type(result) for result in results] == [Busy] * 4
        assert waited < 2 * 6, "they waited for the lock one after the other"
        assert await taking.receive(a_text(0))
        assert await kept(database) == 1


async def test_a_number_that_was_wrong_may_write_again_and_answer_an_invitation(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        async with database.write() as db:
            (lincoln,) = await schools.all_schools(db)
            starts = NOW + timedelta(days=10)
            words = ByLanguage(en="Dinner", es="Cena")
            dinner = Event(0, lincoln.id, starts, starts + timedelta(hours=2), words, words)
            await events.add(db, dinner, NOW)
        for n, words_ in enumerate(
            ("Hola", "eventos", "si", "número equivocado", "hola", "eventos", "2 adultos 0 niños")
        ):
            assert await taking.receive(replace(a_text(1, words_), provider_id=f"text-{n}"))
        assert await kept(database) == 7


async def test_who_leaves_a_household_takes_nothing_of_it_along(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        async with database.write() as db:
            (lincoln,) = await schools.all_schools(db)
            starts = NOW + timedelta(days=10)
            words = ByLanguage(en="Dinner", es="Cena")
            dinner = await events.add(db, Event(0, lincoln.id, starts, starts + timedelta(hours=2), words, words), NOW)
            home, ana, luis = await ids.reserve(db, 3)
            await families.add_households(db, [Household(home, lincoln.id, "Rojas")], NOW)
            people = ((ana, "sms:+15125550001"), (luis, "sms:+15125550002"))
            given = {"language": "en", "permission": Permission.GIVEN, "introduced_at": NOW}
            contacts = [Contact(id_, lincoln.id, home, address, **given) for id_, address in people]  # type: ignore[arg-type]
            await families.add_contacts(db, contacts, NOW)
        await invite(database, catalogs(), lincoln, dinner, lambda: NOW, "a test")

        texts = [a_text(1, "wrong number"), a_text(2, "2 adults 0 children")]
        await asyncio.gather(*map(taking.receive, texts))

        async with database.read() as db:
            bodies = (
                await db.execute(text(f"SELECT body FROM messages WHERE contact_id = {ana} AND outgoing"))
            ).scalars()
            assert not any("answered for your family" in body for body in bodies)


async def test_nothing_that_was_queued_before_a_stop_goes_out_with_it(database_url: str) -> None:
    async with inbox(database_url) as (taking, database):
        await asyncio.gather(taking.receive(a_text(1, "Hola")), taking.receive(a_text(1, "ALTO")))

        async with database.read() as db:
            bodies = (await db.execute(text("SELECT body FROM messages WHERE outgoing"))).scalars().all()
        assert len(bodies) == 1
        assert "ALTA" in bodies[0]
