"""A database of each kind, open, with one school in it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.store import families, ids, schools
from bot.store.database import Database
from flows.facts import Contact, Household, School
from tests.databases import Postgres

NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database without rows, one of each kind in turn."""
    database = Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database with all tables, for what only PostgreSQL does."""
    with postgres.database(postgres_template) as url:
        yield url


@pytest.fixture
async def school(database: Database) -> School:
    """A school that families write to in English and Spanish."""
    async with database.write() as db:
        return await schools.add(db, "Lincoln", ZoneInfo("America/Chicago"), ("en", "es"), now=NOW)


async def family(database: Database, school: School, *numbers: int) -> list[Contact]:
    """A household with a contact for each of these fictional numbers, in this order."""
    async with database.write() as db:
        home, *contact_ids = await ids.reserve(db, 1 + len(numbers))
        await families.add_households(db, [Household(home, school.id, f"Familia {numbers[0]}")], NOW)
        new = [Contact(id_, school.id, home, sms(number)) for id_, number in zip(contact_ids, numbers, strict=True)]
        await families.add_contacts(db, new, NOW)
    return new


def sms(number: int) -> str:
    """A fictional address: ``sms(1)`` is ``sms:+15125550101``."""
    return f"sms:+1512555{100 + number:04}"
