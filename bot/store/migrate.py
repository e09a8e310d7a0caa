"""Bringing a database to the tables of this release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from bot.errors import NotReady
from bot.store import engines
from bot.store.database import transaction
from bot.store.engines import Engine

MIGRATIONS = Path(__file__).with_name("migrations")
# Held while one process migrates, so that a second one waits and then finds nothing left to do.
POSTGRES_LOCK = "SELECT pg_advisory_xact_lock(7362437263)"
MEND = "Run: sobremesa migrate"

T = TypeVar("T")


def migrate(url: str) -> None:
    """Make or change the tables in one transaction: all of it is done, or nothing.

    Doing it twice, or in two processes at once, is harmless. May be called with or without a running
    event loop, which it blocks.
    """
    address = engines.address(url)
    engines.make_place(address)
    _apart(_in_transaction(engines.migrator(address), _upgrade))


def current(url: str) -> str | None:
    """The version of a database's tables; None where there are none yet."""
    address = engines.address(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return None
    return _apart(_in_transaction(engines.reader(address), _version))


def head() -> str:
    """The version of the tables that this release works with."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def check(url: str) -> None:
    """Return where the tables are those of this release, else raise NotReady with what mends it."""
    found, wanted = current(url), head()
    if found is None:
        raise NotReady(f"The database has no tables yet. {MEND}")
    if found < wanted:
        raise NotReady(f"The database is at version {found}, this release needs {wanted}. {MEND}")
    if found > wanted:
        raise NotReady(f"The database is at version {found}, of a newer release than this one ({wanted}).")


async def _in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        async with transaction(engine) as db:
            return await db.run_sync(work)
    finally:
        await engine.connections.dispose()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(POSTGRES_LOCK))
    if _version(connection) != head():  # Alembic takes 0.2 s to import, and mostly there is nothing to do.
        _run_alembic(connection)


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread with a loop of its own, whoever calls."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
