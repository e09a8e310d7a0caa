"""What most commands begin with: the settings, the database, the school that is meant."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import NotReady, Refusal, SobremesaError

if TYPE_CHECKING:
    from bot.language.voice import Voice
    from bot.settings import Settings
    from bot.store.database import Database
    from flows.facts import School

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """An open database and the school that a command is about."""

    settings: Settings
    database: Database
    school: School


def run(work: Coroutine[Any, Any, T]) -> T:
    """Carry a command out to its end."""
    return asyncio.run(work)


def settings() -> Settings:
    """The settings of the environment and of ``.env``. Raises WrongSettings."""
    from bot.settings import load

    return load()


def actor() -> str:
    """Who stands in the audit for what a command changed."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that nobody gave a name
        name = "somebody"
    return f"{name}, command line"


def location(url: str) -> str:
    """A database for people to read: no name, password or option of its address is in it."""
    from sqlalchemy import URL, make_url

    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"SQLite, {parsed.database}"
    plain = URL.create("postgresql", host=parsed.host, port=parsed.port, database=parsed.database)
    return f"PostgreSQL, {plain.render_as_string()}"


def check_ready(url: str) -> None:
    """Return where the database can be worked with, else raise NotReady or Refusal with what to do."""
    from bot.store import migrate

    try:
        if migrate.current(url) is None:
            raise NotReady(
                f"There is no database yet ({location(url)}).\n"
                'Begin with: sobremesa init --school "NAME" --admin EMAIL\n'
                "To look around first: sobremesa demo"
            )
        migrate.check(url)
    except SobremesaError:
        raise
    except Exception as error:
        # Nothing was read of it yet, so no family's words can be in what the driver says.
        raise Refusal(f"The database cannot be opened ({location(url)}): {reason(error)}.") from error


def reason(error: Exception) -> str:
    """What a database's driver says about a failure to connect."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().rstrip(".") or type(cause).__name__


@asynccontextmanager
async def database() -> AsyncIterator[tuple[Settings, Database]]:
    """The settings and the open database. Raises WrongSettings, NotReady."""
    from bot.store.database import Database

    given = settings()
    check_ready(given.database_url)
    opened = Database.open(given.database_url)
    try:
        yield given, opened
    finally:
        await opened.close()


def voice(at: Desk) -> Voice:
    """What speaks for this school, in all of its languages."""
    from bot.language.catalogs import Catalogs
    from bot.language.voice import Voice

    return Voice(Catalogs.load(at.school.languages), at.school)


@asynccontextmanager
async def desk(school: str | None) -> AsyncIterator[Desk]:
    """The database, and the school of this name; without a name the only one that there is. Raises Refusal."""
    from bot import schools

    async with database() as (given, opened):
        async with opened.read() as db:
            found = await schools.find(db, school)
        yield Desk(given, opened, found)
