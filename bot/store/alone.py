"""What only one process of an installation may do at a time, such as asking Telegram for a bot's messages.

On PostgreSQL whoever does it holds an advisory lock on a connection of its own, so that the lock ends with the process,
or with the connection. A pooler between us and PostgreSQL must be one that keeps sessions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Busy
from bot.store import engines
from bot.store.busy import is_busy
from bot.store.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY: float = 5
"""Seconds between two looks: whether it is our turn, and later whether it still is."""

TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:what, 0))")
STILL = text("SELECT 1")


@asynccontextmanager
async def alone(database: Database, what: str, look_every: float = LOOK_EVERY) -> AsyncIterator[None]:
    """Wait until no other process does ``what`` with this database, and do it until the block is left.

    Where the database is lost meanwhile, another process may begin: the block is cancelled, and Busy is raised, within
    an exception group. A SQLite database is served by one process anyway.
    """
    if database.is_sqlite:
        yield
        return
    holder = engines.holder(database.address)
    try:
        async with holder.connect() as connection:
            await _take(connection, what, look_every)
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(_watch(connection, look_every))
                yield
                watch.cancel()
    except Exception as error:
        if not is_busy(error):
            raise
        raise Busy("the database is gone") from error
    finally:
        # A connection that is lost cannot be closed in order.
        with suppress(Exception):
            await holder.dispose()


async def _take(connection: AsyncConnection, what: str, look_every: float) -> None:
    waited = False
    while not (await connection.execute(TAKE, {"what": what})).scalar_one():
        if not waited:
            log.info("another process does this already; waiting for its end", extra={"what": what})
            waited = True
        await asyncio.sleep(look_every)


async def _watch(connection: AsyncConnection, look_every: float) -> None:
    """Look whether the connection, and with it the lock, is still there; raises Busy where it is not."""
    try:
        while True:
            await asyncio.sleep(look_every)
            async with asyncio.timeout(engines.LOCK_SECONDS):
                await connection.execute(STILL)
    except Exception as error:
        raise Busy("the database is gone") from error
