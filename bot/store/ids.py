"""Ids: whole numbers, unique over all tables, known before a row is written."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.statements import fetch

# The sequence keeps no numbers back per connection (CACHE 1), so that a later message of a contact has
# a higher id than an earlier one, whichever process wrote it.
POSTGRES = "SELECT nextval('sobremesa_ids') FROM generate_series(1, $1::integer)"
SQLITE = "UPDATE next_id SET next = next + ? RETURNING next"


async def reserve(db: AsyncConnection, n: int) -> Sequence[int]:
    """``n`` ids that nobody had before, ascending; on PostgreSQL no transaction waits for another."""
    if db.dialect.name == "sqlite":
        ((end,),) = await fetch(db, SQLITE, (n,))
        return range(end - n, end)
    return [id_ for (id_,) in await fetch(db, POSTGRES, (n,))]
