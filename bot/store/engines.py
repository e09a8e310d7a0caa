"""How SQLite and PostgreSQL are opened: an engine that writes, one that only reads, one that migrates.

SQLAlchemy keeps the connections and writes the SQL; transactions are begun and ended by ourselves, on the
driver, in one step each.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import WrongSettings
from bot.store.values import to_json

LOCK_SECONDS: float = 5
MIGRATION_SECONDS = 60
STATEMENTS_KEPT = 500
READERS = 4
WRITERS = 8
# 16 MB of log between two checkpoints: a page that many batches change is then copied to the file once.
DURABLE = ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000")
CACHE = "cache_size = -32000"  # 32 MB at most for each connection
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Transaction(Protocol):
    """A transaction on a driver's connection."""

    async def start(self) -> None:
        """Begin it."""

    async def commit(self) -> None:
        """End it, all of it kept."""

    async def rollback(self) -> None:
        """End it, nothing of it kept."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Connections to one database, and the transactions that they are for."""

    connections: AsyncEngine
    transaction: Callable[[Any], Transaction]


class _Connection(sqlite3.Connection):
    def close(self) -> None:
        # SQLite keeps a closed connection, and its lock, until the last cursor on it is forgotten; one that
        # was cancelled in the middle may be remembered for long.
        with suppress(sqlite3.ProgrammingError):  # closed already
            self.rollback()
        super().close()


class DirectConnection(aiosqlite.Connection):
    """A connection whose ``direct`` may be used in the event loop while nothing waits in its thread."""

    direct: sqlite3.Connection

    def __init__(self, *arguments: Any, **options: Any) -> None:
        def connect() -> sqlite3.Connection:
            self.direct = sqlite3.connect(*arguments, **options)
            return self.direct

        super().__init__(connect, iter_chunk_size=64)
        # As SQLAlchemy does for connections that it makes: a forgotten one must not keep the process alive.
        self._thread.daemon = True


def address(url: str) -> URL:
    """The URL with the driver that we use; raises WrongSettings where no such database can be served."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise WrongSettings(["SOBREMESA_DATABASE_URL cannot be read; .env.example shows its form"]) from error
    kind = parsed.get_backend_name()
    if kind not in DRIVERS:
        raise WrongSettings([f"SOBREMESA_DATABASE_URL names {kind}; use sqlite or postgresql"])
    if kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise WrongSettings(["SOBREMESA_DATABASE_URL names no file; SQLite is used with a file only"])
    return parsed.set(drivername=DRIVERS[kind])


def make_place(url: URL) -> None:
    """The folder and the file of a SQLite database, where they are new for this account alone; what is there stays."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    file = Path(url.database)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Before SQLite opens it, which would let everybody read it; its log gets the mode of the file.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def is_open_to_others(url: URL) -> bool:
    """Whether other accounts of this machine can read a SQLite database, as far as its file and folder say."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return False
    file = Path(url.database)
    try:
        may_read, may_enter = file.stat().st_mode & 0o044, file.absolute().parent.stat().st_mode & 0o011
    except OSError:
        return False
    return bool(may_read & may_enter << 2)


def writer(url: URL) -> Engine:
    """Transactions that write: one after the other on SQLite, beside each other on PostgreSQL."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_writer(url, (*DURABLE, "foreign_keys = ON"), LOCK_SECONDS)
    return Engine(_postgres(url, WRITERS, LOCK_SECONDS), partial(_on_postgres, isolation="read_committed"))


def reader(url: URL) -> Engine:
    """Transactions that see one moment and cannot write."""
    if url.get_backend_name() == "sqlite":
        connections = _sqlite(url, ("query_only = ON",), pool_size=READERS)
        return Engine(connections, partial(_OnSqlite, begin="BEGIN DEFERRED"))
    begin = partial(_on_postgres, isolation="repeatable_read", readonly=True)
    return Engine(_postgres(url, READERS, LOCK_SECONDS), begin)


def migrator(url: URL) -> Engine:
    """One transaction that changes tables, and waits a minute for others to end."""
    if url.get_backend_name() == "sqlite":
        # Without foreign keys, since SQLite changes a table by copying it.
        return _sqlite_writer(url, DURABLE, MIGRATION_SECONDS)
    connections = _postgres(url, 1, MIGRATION_SECONDS)
    return Engine(connections, partial(_on_postgres, isolation="read_committed"))


def holder(url: URL) -> AsyncEngine:
    """One connection to PostgreSQL apart from the others, for what is held as long as it lives."""
    return _postgres(url, 1, LOCK_SECONDS)


def _sqlite_writer(url: URL, pragmas: tuple[str, ...], lock_seconds: float) -> Engine:
    connections = _sqlite(url, pragmas, pool_size=1, timeout=lock_seconds, async_creator_fn=DirectConnection)
    return Engine(connections, partial(_OnSqlite, begin="BEGIN IMMEDIATE"))


def _sqlite(url: URL, pragmas: tuple[str, ...], *, pool_size: int, **options: Any) -> AsyncEngine:
    # With an isolation_level of None sqlite3 begins nothing by itself.
    options |= {"isolation_level": None, "cached_statements": STATEMENTS_KEPT, "factory": _Connection}
    connections = _connections(url, pool_size, options)

    @event.listens_for(connections.sync_engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (*pragmas, CACHE):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return connections


def _postgres(url: URL, pool_size: int, lock_seconds: float) -> AsyncEngine:
    settings = {
        "application_name": "sobremesa",
        "lock_timeout": f"{lock_seconds:.0f}s",
        # A process that hangs in a transaction gives its locks back.
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
    }
    options = {
        "server_settings": settings,
        "timeout": LOCK_SECONDS,
        "statement_cache_size": STATEMENTS_KEPT,
        "prepared_statement_cache_size": STATEMENTS_KEPT,
    }
    connections = _connections(url, pool_size, options)
    event.listen(connections.sync_engine, "checkout", _leave_a_broken_one)
    return connections


def _connections(url: URL, pool_size: int, options: dict[str, Any]) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        pool_reset_on_return=None,  # our transactions end before their connection is given back
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        json_serializer=to_json,
        hide_parameters=True,
        connect_args=options,
    )


def _leave_a_broken_one(connection: Any, _: ConnectionPoolEntry, __: Any) -> None:
    """Take another connection where the server closed this one; costs no round trip."""
    driver = connection.driver_connection
    if driver.is_closed() or driver.is_in_transaction():
        raise DisconnectionError("this connection cannot be used again")


def _on_postgres(connection: Any, **options: Any) -> Transaction:
    transaction: Transaction = connection.transaction(**options)
    return transaction


class _OnSqlite:
    """A transaction in the words that asyncpg has for one."""

    def __init__(self, connection: aiosqlite.Connection, begin: str) -> None:
        self._connection = connection
        self._begin = begin

    async def start(self) -> None:
        await self._connection.execute(self._begin)

    async def commit(self) -> None:
        await self._connection.commit()

    async def rollback(self) -> None:
        # The thread takes its work in order, so this ends also what was cancelled on its way there.
        await self._connection.rollback()
