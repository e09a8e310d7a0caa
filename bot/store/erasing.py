"""The words of private messages, erased once they are sent or will not be."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import literal_column, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind
from bot.store.lists import one_of
from bot.store.statements import Query
from bot.store.tables import messages

ERASE = Query(
    update(messages)
    .where(one_of(messages.c.id, "ids"), messages.c.kind == literal_column(f"'{Kind.PRIVATE.value}'"))
    .where(messages.c.state.not_in([literal_column("'ready'"), literal_column("'sending'")]))
    .values(body=literal_column("''"))
)


async def erase_private(db: AsyncConnection, message_ids: Sequence[int]) -> None:
    """Forget what those of these messages said that are private and need not be sent any more.

    So one whose result is unknown cannot be sent again; that it came once may be missed, and not be told twice.
    """
    if message_ids:
        await ERASE.rows(db, ids=message_ids)
