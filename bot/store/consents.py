"""What each contact allowed and took back: every time, in whose words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Text, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import ConsentChange
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import consents
from bot.store.values import keep, moment
from flows.facts import Contact, Permission

COLUMNS = ("school_id", "contact_id", "topic", "permission", "at", "source", "language", "words", "shown")

NUMBER_SHARED = "(number shared)"
"""The words of the lines that a shared number adds: one for the chat, one for the contact of that number."""

ADD = Insert(consents, ("id", *COLUMNS))
OF_CONTACTS = Query(
    select(*(consents.c[column] for column in COLUMNS))
    .where(one_of(consents.c.contact_id, "ids"))
    .order_by(consents.c.contact_id, consents.c.at, consents.c.id)
)

SHARED = Query(
    select(consents.c.at, consents.c.contact_id)
    .where(one_of(consents.c.contact_id, "ids"), consents.c.words == literal_column(f"'{NUMBER_SHARED}'", Text))
    .distinct()
    .order_by(consents.c.at, consents.c.contact_id)
)


async def add(db: AsyncConnection, changes: Sequence[ConsentChange]) -> None:
    """Write these changes down; what was written before stays."""
    if changes:
        numbers = await ids.reserve(db, len(changes))
        await ADD.run(db, [(id_, *_row(change)) for id_, change in zip(numbers, changes, strict=True)])


async def of_contacts(db: AsyncConnection, contact_ids: Iterable[int]) -> list[ConsentChange]:
    """The whole history of these contacts, the oldest first."""
    return [_change(row) for row in await OF_CONTACTS.rows(db, ids=set(contact_ids))]


async def moved(db: AsyncConnection, found: Iterable[Contact]) -> dict[int, int]:
    """Phones of these contacts that are surely the same person as a chat of their household: phone's id to chat's.

    The history of both says of the same moment that the number was shared. Mostly nobody has both.
    """
    homes: defaultdict[int, dict[int, Contact]] = defaultdict(dict)
    for contact in found:
        if contact.household_id is not None:
            homes[contact.household_id][contact.id] = contact
    mixed = [living for living in homes.values() if len({contact.taps for contact in living.values()}) > 1]
    if not mixed:
        return {}
    together = await _shared_together(db, {id_ for living in mixed for id_ in living})
    return dict(pair for living in mixed for shared in together for pair in _pair(living, shared))


def _pair(living: dict[int, Contact], shared: frozenset[int]) -> list[tuple[int, int]]:
    """The phone and the chat of a household between which a number was shared, if it was."""
    theirs = [living[id_] for id_ in shared if id_ in living]
    chats, phones = ([one.id for one in theirs if one.taps is taps] for taps in (True, False))
    # Where two did so in the same moment, nobody knows whose number is whose.
    return [(phones[0], chats[0])] if len(chats) == len(phones) == 1 else []


async def _shared_together(db: AsyncConnection, contact_ids: Iterable[int]) -> list[frozenset[int]]:
    """Those of these contacts whose history says of the same moment that a number was shared, the oldest first."""
    rows = await SHARED.rows(db, ids=set(contact_ids))
    return [frozenset(row[1] for row in same) for _at, same in groupby(rows, key=itemgetter(0))]


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
