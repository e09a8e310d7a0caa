"""Taking everything out of a database: for a sample that starts over."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.statements import Query
from bot.store.tables import metadata, next_id

# Ids go on from where they were, so that nothing old is taken for something new.
TAKE_ALL = [Query(delete(table)) for table in reversed(metadata.sorted_tables) if table is not next_id]


async def empty(db: AsyncConnection) -> None:
    """Delete every row of every table in the caller's transaction."""
    for statement in TAKE_ALL:
        await statement.rows(db)
