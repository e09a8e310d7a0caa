"""What arrived before: each text is taken once, however often a provider brings it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import InboxKey
from bot.store.statements import Insert
from bot.store.tables import inbox_keys
from bot.store.values import keep

Seen: TypeAlias = tuple[str, str, str]
"""Channel, account, provider's id."""

KEY = ("channel", "account", "provider_id")
CLAIM = Insert(inbox_keys, (*KEY, "school_id", "seen_at"), keys=KEY, returning=KEY)


async def claim(db: AsyncConnection, keys: Iterable[InboxKey], now: datetime) -> set[Seen]:
    """Those that nobody took before, now taken by this transaction.

    First in the order of locks: a process that brings the same key waits here until this one commits.
    """
    seen_at = keep(now)
    rows = sorted({(key.channel, key.account, key.provider_id): key.school_id for key in keys}.items())
    new = await CLAIM.returning(db, [(*key, school_id, seen_at) for key, school_id in rows])
    return {tuple(row) for row in new}
