"""What each contact allowed and took back: every time, in whose words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import ConsentChange
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import consents
from bot.store.values import keep, moment
from flows.facts import Permission

COLUMNS = ("school_id", "contact_id", "topic", "permission", "at", "source", "language", "words", "shown")

ADD = Insert(consents, ("id", *COLUMNS))
OF_CONTACTS = Query(
    select(*(consents.c[column] for column in COLUMNS))
    .where(one_of(consents.c.contact_id, "ids"))
    .order_by(consents.c.contact_id, consents.c.at, consents.c.id)
)


async def add(db: AsyncConnection, changes: Sequence[ConsentChange]) -> None:
    """Write these changes down; what was written before stays."""
    if changes:
        numbers = await ids.reserve(db, len(changes))
        await ADD.run(db, [(id_, *_row(change)) for id_, change in zip(numbers, changes, strict=True)])


async def of_contacts(db: AsyncConnection, contact_ids: Iterable[int]) -> list[ConsentChange]:
    """The whole history of these contacts, the oldest first."""
    return [_change(row) for row in await OF_CONTACTS.rows(db, ids=set(contact_ids))]


def _change(row: Row) -> ConsentChange:
    school_id, contact_id, topic, permission, at, *rest = row
    return ConsentChange(school_id, contact_id, topic, Permission(permission), moment(at), *rest)


def _row(change: ConsentChange) -> Row:
    return (
        change.school_id,
        change.contact_id,
        change.topic,
        change.permission.value,
        keep(change.at),
        change.source,
        change.language,
        change.words,
        change.shown,
    )
