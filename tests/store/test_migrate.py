"""A database comes to the tables of this release, whatever it was before."""

import asyncio
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Column, Connection, MetaData, String, insert, select, text

from bot.errors import NotReady
from bot.store import migrate
from bot.store.database import Database
from bot.store.tables import metadata


async def test_migrations_make_the_tables_that_the_code_reads_and_writes(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.write() as db:
        assert await db.run_sync(_differences) == []
    await database.close()


def _differences(connection: Connection) -> list[object]:
    # What Alembic reads back of SQLite's defaults it cannot compare; they are made by the same lines.
    defaults = connection.dialect.name == "postgresql"
    options = {"compare_type": True, "compare_server_default": defaults}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def test_a_new_database_is_readable_by_its_own_account_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "school.db"
    before = os.umask(0)
    try:
        migrate.migrate(f"sqlite:///{file}")
    finally:
        os.umask(before)

    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "school.db"
    file.touch()
    file.chmod(0o640)
    migrate.migrate(f"sqlite:///{file}")

    assert file.stat().st_mode & 0o777 == 0o640


def test_migrating_twice_is_harmless(empty_database_url: str) -> None:
    migrate.migrate(empty_database_url)
    migrate.migrate(empty_database_url)

    assert migrate.current(empty_database_url) == migrate.head()
    migrate.check(empty_database_url)


async def test_migrating_works_where_a_loop_runs_already(empty_database_url: str) -> None:
    migrate.migrate(empty_database_url)

    assert migrate.current(empty_database_url) == migrate.head()


def test_a_database_without_tables_is_told_to_migrate(empty_database_url: str) -> None:
    assert migrate.current(empty_database_url) is None
    with pytest.raises(NotReady, match=r"no tables yet.*sobremesa migrate"):
        migrate.check(empty_database_url)


def test_looking_at_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert migrate.current(f"sqlite:///{tmp_path}/nothing.db") is None
    assert list(tmp_path.iterdir()) == []


def test_migrating_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/sobremesa.db"
    migrate.migrate(url)

    assert migrate.current(url) == migrate.head()


OTHER_RELEASES = [("0000", "this release needs"), ("9999", "a newer release")]


@pytest.mark.parametrize(("version", "sentence"), OTHER_RELEASES)
async def test_tables_of_another_release_are_not_ready(database_url: str, version: str, sentence: str) -> None:
    database = Database.open(database_url)
    async with database.write() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    await database.close()

    with pytest.raises(NotReady, match=sentence):
        migrate.check(database_url)


def test_four_processes_may_migrate_at_once(empty_database_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(migrate.migrate, [empty_database_url] * 4, chunksize=1)

    assert migrate.current(empty_database_url) == migrate.head()


def test_the_newest_file_is_where_alembic_ends() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == migrate.head()


def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Half of the tables would be worse than none: the next start could neither use nor make them."""
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    (broken / "env.py").write_text((migrate.MIGRATIONS / "env.py").read_text())
    first = next(migrate.MIGRATIONS.glob("versions/0001*.py")).read_text()
    (broken / "versions" / "0001_first.py").write_text(first)
    (broken / "versions" / "0002_broken.py").write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.drop_table('audit')\n    op.drop_table('no_such_table')\n"
    )
    monkeypatch.setattr(migrate, "MIGRATIONS", broken)

    with pytest.raises(Exception, match="no_such_table"):
        migrate.migrate(empty_database_url)

    assert migrate.current(empty_database_url) is None
    assert asyncio.run(_tables(empty_database_url)) == []


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_database_of_an_older_release_keeps_every_row(empty_database_url: str, version: str) -> None:
    """A row of every table that there was then comes through with all that it held."""
    kept = asyncio.run(_filled_at(empty_database_url, version))

    migrate.migrate(empty_database_url)

    assert migrate.current(empty_database_url) == migrate.head()
    now = asyncio.run(_rows(empty_database_url))
    assert kept.keys() <= now.keys()
    for table, rows in kept.items():
        assert len(now[table]) == len(rows), table
        for before, after in zip(rows, now[table], strict=True):
            assert before.items() <= after.items(), table


async def _filled_at(url: str, revision: str) -> dict[str, list[dict[str, Any]]]:
    """Every table of a release with one made-up row, as it is read back."""
    database = Database.open(url)
    async with database.write() as db:
        await db.run_sync(_bring_to, revision)
        await db.run_sync(_fill)
    await database.close()
    return await _rows(url)


def _bring_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


WANTED: dict[str, Any] = {
    "role": "admin",
    "permission": "given",
    "coming": "yes",
    "stage": "open",
    "state": "ready",
    "score": 4,
}
WANTED_IN: dict[str, dict[str, Any]] = {
    "announcements": {"state": "draft", "topic": "events"},
    "announcement_texts": {"origin": "written"},
    "attendances": {"source": "door"},
    "links": {"kind": "event"},
}


def _fill(connection: Connection) -> None:
    """In the order in which tables refer to each other; what a check wants is said, the rest follows from the types."""
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name in ("alembic_version", "next_id"):
            continue
        wanted = WANTED | WANTED_IN.get(table.name, {})
        row = {column.name: wanted.get(column.name, _made_up(column)) for column in table.columns}
        connection.execute(insert(table), row)


def _made_up(column: Column[Any]) -> Any:
    if isinstance(column.type, String):
        return "words"
    if isinstance(column.type, JSON):
        return {"kept": ["as", "it", "was"]}
    if isinstance(column.type, Boolean):
        return True
    return 7 if column.foreign_keys or column.name.endswith("id") else 11


async def test_a_job_that_was_set_before_has_not_failed_yet(empty_database_url: str) -> None:
    kept = await _filled_at(empty_database_url, "0002")
    migrate.migrate(empty_database_url)

    (job,) = (await _rows(empty_database_url))["jobs"]
    assert job == {**kept["jobs"][0], "tries": 0}


async def _rows(url: str) -> dict[str, list[dict[str, Any]]]:
    database = Database.open(url)
    async with database.read() as db:
        found = await db.run_sync(_all_rows)
    await database.close()
    return found


def _all_rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    tables = MetaData()
    tables.reflect(connection)
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


async def _tables(url: str) -> list[str]:
    from sqlalchemy import inspect

    database = Database.open(url)
    async with database.read() as db:
        names = await db.run_sync(lambda connection: inspect(connection).get_table_names())
    await database.close()
    return names
