"""Contacts that are not written to any more because their carrier or app says so, and nobody told us.

A contact that blocked us is stopped as if it had said so itself; its history keeps the code that says how we know.

One whose number does not exist, or takes no texts, is stopped as well, but asked for nothing: its history has the
source ``NUMBER``, and it takes no START to come back. It is enough that the family writes from that number, that a text
arrives at it after all, or that staff import it once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import ConsentChange
from bot.store import consents, families
from bot.store.lists import one_of
from bot.store.statements import Query, Update
from bot.store.tables import consents as history
from bot.store.tables import contacts, messages
from bot.store.values import keep
from flows.facts import Contact, Permission

CARRIER, NUMBER = "carrier", "number"
"""The sources of a change in the history: the family told its carrier or app; or the number takes no texts."""


@dataclass(frozen=True, slots=True)
class Block:
    """What the end of a message says of its contact: known ``at`` this moment, of a message that ``began`` then.

    ``dead``: its number takes no texts.
    """

    at: datetime
    began: datetime
    code: int | None
    dead: bool


about_number: ColumnElement[bool] = history.c.source == literal_column(f"'{NUMBER}'", Text)
is_dead: ColumnElement[bool] = and_(
    contacts.c.stopped_at.is_not(None),
    exists().where(history.c.contact_id == contacts.c.id, history.c.at == contacts.c.stopped_at, about_number),
)
"""Whether a contact is stopped because its number takes no texts."""

DEAD = Query(select(contacts.c.id).where(contacts.c.school_id == bindparam("school_id", type_=BigInteger), is_dead))
OWNERS = Query(select(messages.c.id, messages.c.contact_id).where(one_of(messages.c.id, "ids")))
STOP = Update(contacts, ("id", "stopped_at"))


async def hold(db: AsyncConnection, message_ids: Iterable[int]) -> dict[int, Contact]:
    """The contacts of these messages, by message, held until the transaction ends."""
    wanted = set(message_ids)
    owners = {row[0]: row[1] for row in await OWNERS.rows(db, ids=wanted)} if wanted else {}
    found = await families.hold(db, owners.values())
    return {message_id: found[contact_id] for message_id, contact_id in owners.items()}


async def stop(db: AsyncConnection, held: Mapping[int, Contact], blocked: Mapping[int, Block]) -> None:
    """Write no more to the contacts of these messages; ``held`` are they, by message."""
    stops = {held[id_].id: _change(held[id_], block) for id_, block in blocked.items() if _counts(held[id_], block)}
    await STOP.run(db, sorted((id_, keep(change.at)) for id_, change in stops.items()))
    await consents.add(db, list(stops.values()))


def _counts(contact: Contact, block: Block) -> bool:
    """Whether a contact is to be stopped for it.

    Who has texted since the call began may have come back: START is not undone by a call before it. And a phone on
    which somebody of the school is alerted of a danger is tried every time.
    """
    texted = contact.last_inbound_at is not None and contact.last_inbound_at >= block.began
    is_staff = contact.role == "staff" and contact.household_id is None
    return contact.stopped_at is None and not texted and not (is_staff and block.dead)


def _change(contact: Contact, block: Block) -> ConsentChange:
    return ConsentChange(
        school_id=contact.school_id,
        contact_id=contact.id,
        topic="all",
        permission=Permission.REFUSED,
        at=block.at,
        source=NUMBER if block.dead else CARRIER,
        language=contact.language,
        words="" if block.code is None else str(block.code),
    )


async def take_back(db: AsyncConnection, reached: Sequence[Contact], now: datetime) -> None:
    """Write again to those of these held contacts whose number seemed to take no texts."""
    numbers = await dead(db, reached)
    again = {contact.id: contact for contact in reached if contact.id in numbers}
    await STOP.run(db, sorted((id_, None) for id_ in again))
    await consents.add(db, [in_use(contact, now, NUMBER) for contact in again.values()])


async def dead(db: AsyncConnection, found: Iterable[Contact]) -> set[int]:
    """The ids of those of these contacts that are stopped because their number takes no texts."""
    stopped = {contact.id: contact.stopped_at for contact in found if contact.stopped_at is not None}
    changes = await consents.of_contacts(db, stopped) if stopped else []
    return {one.contact_id for one in changes if one.source == NUMBER and one.at == stopped[one.contact_id]}


async def dead_of_school(db: AsyncConnection, school_id: int) -> set[int]:
    """The ids of all contacts of a school that are stopped because their number takes no texts."""
    return {row[0] for row in await DEAD.rows(db, school_id=school_id)}


def in_use(contact: Contact, now: datetime, source: str) -> ConsentChange:
    """The line in the history of a contact whose number takes texts again, as far as anybody knows."""
    words = "(the number is in use)"
    return ConsentChange(contact.school_id, contact.id, "all", contact.permission, now, source, contact.language, words)
