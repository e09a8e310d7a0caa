"""Transactions: all or nothing, one writer at a time where there must be, and news of a database that is gone."""

import asyncio
import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.errors import Busy, WrongSettings
from bot.store import engines, ids, schools
from bot.store.database import Database, driver
from tests.store.conftest import NOW

COUNT = text("SELECT count(*) FROM schools")
WHERE = ZoneInfo("America/Chicago")


async def number_of_schools(database: Database) -> int:
    async with database.read() as db:
        number: int = (await db.execute(COUNT)).scalar_one()
        return number


async def test_what_is_written_is_there_when_the_transaction_is_left(database: Database) -> None:
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)
        assert await number_of_schools(database) == 0

    assert await number_of_schools(database) == 1


async def test_an_exception_undoes_all_that_was_written(database: Database) -> None:
    with pytest.raises(LookupError):
        await _write_and_fail(database)

    assert await number_of_schools(database) == 0
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)


async def _write_and_fail(database: Database) -> None:
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)
        raise LookupError


@pytest.mark.parametrize("steps", range(1, 7))
async def test_a_task_cancelled_anywhere_leaves_no_transaction_open(database: Database, steps: int) -> None:
    async def write() -> None:
        async with database.write() as db:
            await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)
            await db.execute(COUNT)
            await asyncio.sleep(10)

    task = asyncio.create_task(write())
    for _ in range(steps * 3):
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await number_of_schools(database) == 0
    async with database.write() as db:
        await schools.add(db, "Washington", WHERE, ["en"], now=NOW)
    assert await number_of_schools(database) == 1


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        async with database.read() as db:
            await db.execute(text("DELETE FROM schools"))


async def test_a_reader_sees_one_moment_and_never_waits_for_a_writer(database: Database) -> None:
    async with database.read() as db:
        assert (await db.execute(COUNT)).scalar_one() == 0
        async with database.write() as writing:
            await schools.add(writing, "Lincoln", WHERE, ["en"], now=NOW)
        assert (await db.execute(COUNT)).scalar_one() == 0


async def test_read_modify_writes_at_once_lose_nothing(tmp_path: Path, database: Database) -> None:
    """With SQLAlchemy's defaults on SQLite four of five were lost; PostgreSQL is told to hold the row."""
    async with database.write() as db:
        await db.execute(text("CREATE TABLE counter (n integer)"))
        await db.execute(text("INSERT INTO counter VALUES (0)"))
    held = "" if database.is_sqlite else " FOR NO KEY UPDATE"

    async def add_one() -> None:
        async with database.write() as db:
            n = (await db.execute(text(f"SELECT n FROM counter{held}"))).scalar_one()
            await asyncio.sleep(0)
            await db.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    await asyncio.gather(*(add_one() for _ in range(50)))

    async with database.read() as db:
        assert (await db.execute(text("SELECT n FROM counter"))).scalar_one() == 50


async def test_sqlite_is_opened_so_that_a_commit_survives_a_power_cut(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/durable.db")
    async with database.write() as db:
        said = [(await db.execute(text(f"PRAGMA {name}"))).scalar_one() for name in ("journal_mode", "synchronous")]
        assert said == ["wal", 2]
        assert (await db.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
    await database.close()


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/closed.db")
    async with database.write() as db:
        await db.execute(text("CREATE TABLE a (b)"))
    assert await _tables(database) == ["a"]
    await database.close()

    assert [path.name for path in tmp_path.iterdir()] == ["closed.db"]  # noqa: ASYNC240 - three files


async def _tables(database: Database) -> list[str]:
    async with database.read() as db:
        return list((await db.execute(text("SELECT name FROM sqlite_master"))).scalars())


async def test_a_locked_sqlite_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_SECONDS", 0.1)
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.executescript("PRAGMA journal_mode = WAL; CREATE TABLE a (b); BEGIN IMMEDIATE")
    database = Database.open(f"sqlite:///{tmp_path}/locked.db")

    with pytest.raises(Busy):
        async with database.write():
            pytest.fail("two wrote at once")

    other.close()
    async with database.write() as db:
        await db.execute(text("INSERT INTO a VALUES (1)"))
    await database.close()


async def test_a_row_held_too_long_is_busy(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_SECONDS", 1)
    database = Database.open(postgres_url)
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)
    async with database.write() as holding:
        await holding.execute(text("SELECT 1 FROM schools FOR UPDATE"))
        with pytest.raises(Busy):
            async with database.write() as waiting:
                await waiting.execute(text("UPDATE schools SET contact = 'Sra. Ortiz'"))
    await database.close()


async def test_a_connection_that_the_server_closed_is_busy_once_and_then_replaced(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    with pytest.raises(Busy):
        await _write_and_lose_the_server(database, postgres_url)

    assert await number_of_schools(database) == 0
    await _end_all(postgres_url)  # while it waits in the pool
    assert await number_of_schools(database) == 0
    await database.close()


async def _write_and_lose_the_server(database: Database, url: str) -> None:
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)
        await _end_all(url)
        await schools.all_schools(db)


async def _end_all(url: str) -> None:
    other = Database.open(url)
    async with other.write() as db:
        ours = "pid <> pg_backend_pid() AND datname = current_database()"
        await db.execute(text(f"SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE {ours}"))
    await other.close()


async def test_no_server_is_busy() -> None:
    database = Database.open("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(Busy):
        async with database.read():
            pytest.fail("nobody answers there")
    await database.close()


async def test_a_refused_row_is_not_quoted(database: Database) -> None:
    """PostgreSQL repeats the values that it refuses; here they would be a family's."""
    async with database.write() as db:
        await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)

    with pytest.raises(Exception, match=r"(?i)unique") as refused:
        async with database.write() as db:
            await schools.add(db, "Lincoln", WHERE, ["en"], now=NOW)

    assert "Lincoln" not in str(refused.value)


async def test_a_refused_row_of_sqlalchemy_is_not_quoted(database: Database) -> None:
    again = text("INSERT INTO alembic_version SELECT version_num FROM alembic_version WHERE version_num <> :secret")

    with pytest.raises(Exception, match=r"(?i)unique") as refused:
        async with database.write() as db:
            await db.execute(again, {"secret": "+15125550101"})

    assert "0001" not in f"{refused.value} {refused.value.__cause__} {refused.value.__context__}"
    assert "5550101" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/sobremesa", "not an address"])
def test_a_url_that_cannot_be_served_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(WrongSettings, match="SOBREMESA_DATABASE_URL"):
        Database.open(url)


@pytest.mark.parametrize("url", ["postgres://localhost/s", "postgresql://localhost/s"])
def test_a_url_needs_no_driver(url: str) -> None:
    assert engines.address(url).drivername == "postgresql+asyncpg"


async def test_ids_ascend_and_are_never_handed_out_twice(database: Database) -> None:
    async with database.write() as db:
        first, second = await ids.reserve(db, 5), await ids.reserve(db, 3)

    assert sorted({*first, *second}) == [*first, *second]
    assert len({*first, *second}) == 8


async def test_reserving_ids_holds_up_nobody_on_postgres(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    async with database.write() as one, database.write() as other, asyncio.timeout(2):
        assert not set(await ids.reserve(one, 2)) & set(await ids.reserve(other, 2))
    await database.close()


async def test_no_ids_are_none(database: Database) -> None:
    async with database.write() as db:
        assert list(await ids.reserve(db, 0)) == []


async def test_statements_do_not_wait_in_a_thread_where_the_lock_is_held(tmp_path: Path) -> None:
    """The whole speed of a batch on SQLite."""
    database = Database.open(f"sqlite:///{tmp_path}/direct.db")
    async with database.write() as db:
        assert isinstance(driver(db), engines.DirectConnection)
    async with database.read() as db:
        assert not isinstance(driver(db), engines.DirectConnection)
    await database.close()
