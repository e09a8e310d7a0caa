"""What only one process may do at a time: the next one begins when it ends, or loses the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import Busy
from bot.store.alone import alone
from bot.store.database import Database
from tests.databases import Postgres

A_MOMENT = 0.05


class Worker:
    """Does something alone until it is told to stop."""

    def __init__(self, database: Database, what: str = "telegram:1") -> None:
        self._database, self._what = database, what
        self.working = asyncio.Event()
        self.ended: BaseException | None = None
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            async with alone(self._database, self._what, A_MOMENT):
                self.working.set()
                await asyncio.Event().wait()
        except* Busy as error:
            self.ended = error
        finally:
            self.working.clear()

    async def begins(self) -> None:
        async with asyncio.timeout(10):
            await self.working.wait()

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def ends(self) -> None:
        async with asyncio.timeout(10):
            await asyncio.wait([self._task])


@pytest.fixture
def database_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """PostgreSQL only: a SQLite database is served by one process anyway."""
    with postgres.database(postgres_template) as url:
        yield url


async def test_a_second_process_waits_for_the_end_of_the_first(database_url: str) -> None:
    here, there = Database.open(database_url), Database.open(database_url)
    first = Worker(here)
    await first.begins()
    second = Worker(there)
    await asyncio.sleep(5 * A_MOMENT)
    assert not second.working.is_set()

    await first.stop()
    await second.begins()
    await second.stop()
    await here.close()
    await there.close()


async def test_two_things_do_not_wait_for_each_other(database_url: str) -> None:
    database = Database.open(database_url)
    workers = [Worker(database, "telegram:1"), Worker(database, "telegram:2")]
    for worker in workers:
        await worker.begins()
        await worker.stop()
    await database.close()


async def test_who_loses_the_database_stops_and_another_begins(database_url: str) -> None:
    database = Database.open(database_url)
    first = Worker(database)
    await first.begins()
    second = Worker(database)
    async with database.write() as db:
        await db.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"))
    await first.ends()
    assert first.ended is not None

    await second.begins()
    await second.stop()
    await database.close()


async def test_a_database_that_is_not_there_is_busy() -> None:
    database = Database.open("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Busy):
        async with alone(database, "telegram:1"):
            pytest.fail("nothing is held")
    await database.close()


async def test_on_sqlite_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/one.db")
    async with alone(database, "telegram:1"), alone(database, "telegram:1"):
        pass
    await database.close()
