"""The open database: transactions that write, transactions that only read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Busy
from bot.store import engines
from bot.store.busy import is_busy
from bot.store.engines import Engine, Transaction


class Database:
    """SQLite or PostgreSQL, opened once for a process and closed at its end.

    On SQLite one transaction writes at a time, in this process and beside others, and readers never wait
    for it. On PostgreSQL writers wait for each other's rows only. Both raise Busy where the database is
    locked for too long, full, or gone: nothing of that transaction was kept.
    """

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader
        self.is_sqlite = writer.connections.dialect.name == "sqlite"

    @classmethod
    def open(cls, url: str) -> Database:
        """A database by its URL, with or without the name of a driver; connects at the first transaction."""
        address = engines.address(url)
        return cls(engines.writer(address), engines.reader(address))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed on leaving, undone by an exception."""
        async with transaction(self._writer) as db:
            yield db

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees a single moment of the database and cannot write."""
        async with transaction(self._reader) as db:
            yield db

    @property
    def address(self) -> URL:
        """Where it is."""
        return self._writer.connections.url

    async def close(self) -> None:
        """Close every connection; transactions under way are undone."""
        await self._reader.connections.dispose()
        # SQLite's write-ahead log is folded into the file by the last one that leaves and may write.
        await self._writer.connections.dispose()


def driver(db: AsyncConnection) -> Any:
    """The driver's own connection: aiosqlite's or asyncpg's."""
    return cast("Any", db.sync_connection).connection.driver_connection


@asynccontextmanager
async def transaction(engine: Engine) -> AsyncIterator[AsyncConnection]:
    """One transaction on a connection of this engine; raises Busy for a database that is locked or gone."""
    connection = None
    try:
        async with engine.connections.connect() as db:
            connection = driver(db)
            async with _under_way(db, engine.transaction(connection)):
                yield db
    except Exception as error:
        _hide_values(error)
        if not is_busy(error) and not _is_lost(connection):
            raise
        raise Busy("the database is locked or gone") from error


@asynccontextmanager
async def _under_way(db: AsyncConnection, begun: Transaction) -> AsyncIterator[None]:
    try:
        await begun.start()
        yield
        await begun.commit()
    except BaseException:
        await _undo(db, begun)
        raise


async def _undo(db: AsyncConnection, begun: Transaction) -> None:
    """Roll back; where that is not possible, end the connection, and with it the transaction."""
    try:
        await begun.rollback()
    except Exception:  # noqa: BLE001 - what went wrong first is what the caller has to hear of
        await db.invalidate()


def _is_lost(connection: Any) -> bool:
    return hasattr(connection, "is_closed") and bool(connection.is_closed())


def _hide_values(error: BaseException | None) -> None:
    """PostgreSQL quotes the row that it refuses, which may hold a family's number or words."""
    while error is not None:
        if hasattr(error, "detail") and isinstance(error.detail, str):
            error.detail = None
        error = error.__cause__ or error.__context__
