"""A part of a transaction that can be undone by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.statements import fetch


@asynccontextmanager
async def apart(db: AsyncConnection) -> AsyncIterator[None]:
    """What raises inside is undone and raised; the transaction around it can go on. Not one inside another."""
    await fetch(db, "SAVEPOINT apart", ())
    try:
        yield
    except Exception:
        await fetch(db, "ROLLBACK TO SAVEPOINT apart", ())
        await fetch(db, "RELEASE SAVEPOINT apart", ())
        raise
    await fetch(db, "RELEASE SAVEPOINT apart", ())
