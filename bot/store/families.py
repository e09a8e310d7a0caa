"""Households and their contacts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Integer, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import contacts, households
from bot.store.values import keep, maybe_keep, maybe_moment
from flows.facts import Contact, Household, Permission

Address: TypeAlias = tuple[int, str]
"""A school's id and a contact's address: ``(1, "sms:+15125550101")``."""

PAGE = 500
KEPT = (
    *("id", "household_id", "account", "name", "role", "language", "language_chosen", "permission"),
    *("stopped_at", "wrong_number_at", "introduced_at", "last_inbound_at", "app_name"),
)
CONTACT = [contacts.c[column] for column in (*KEPT, "school_id", "address")]
HOUSEHOLD = [households.c.id, households.c.school_id, households.c.name]
AT_ADDRESSES = one_of(contacts.c.address, "addresses")

KNOWN = Query(select(contacts.c.school_id, contacts.c.address).where(AT_ADDRESSES))
MEET = Insert(
    contacts,
    ("id", "school_id", "address", "account", "language_chosen", "created_at"),
    keys=("school_id", "address"),
    returning=("id", "school_id", "address"),
)
MOVE_IN = Update(contacts, ("id", "household_id"))
LOCK = Query(select(*CONTACT).where(AT_ADDRESSES).order_by(contacts.c.id).with_for_update(key_share=True))
LOCK_HOUSEHOLDS = Query(
    select(households.c.id)
    .where(one_of(households.c.id, "ids"))
    .order_by(households.c.id)
    .with_for_update(key_share=True)
)
HOLD = Query(
    select(*CONTACT).where(one_of(contacts.c.id, "ids")).order_by(contacts.c.id).with_for_update(key_share=True)
)
BY_ADDRESSES = Query(select(*CONTACT).where(AT_ADDRESSES))
BY_IDS = Query(select(*CONTACT).where(one_of(contacts.c.id, "ids")).order_by(contacts.c.id))
OF_HOUSEHOLDS = Query(
    select(*CONTACT).where(one_of(contacts.c.household_id, "ids")).order_by(contacts.c.household_id, contacts.c.id)
)
HOUSEHOLDS = Query(select(*HOUSEHOLD).where(one_of(households.c.id, "ids")))
PAGE_OF_HOUSEHOLDS = Query(
    select(*HOUSEHOLD)
    .where(
        households.c.school_id == bindparam("school_id"),
        households.c.id > bindparam("after"),
        # Left behind by a chat that joined another household: nobody's, and nothing to call it by.
        or_(households.c.name.is_not(None), exists().where(contacts.c.household_id == households.c.id)),
    )
    .order_by(households.c.id)
    .limit(bindparam("page", type_=Integer))
)
ADD_HOUSEHOLDS = Insert(households, ("id", "school_id", "name", "created_at"))
ADD_CONTACTS = Insert(contacts, (*KEPT, "school_id", "address", "created_at"))
MEET_STAFF = Insert(contacts, (*KEPT, "school_id", "address", "created_at"), keys=("school_id", "address"))
SAVE_HOUSEHOLDS = Update(households, ("id", "name"))
SAVE_CONTACTS = Update(contacts, KEPT)


async def meet(
    db: AsyncConnection, strangers: Iterable[tuple[int, str, str]], now: datetime, alone: Collection[Address] = ()
) -> None:
    """Make a contact, in a household of its own, of each (school, address, account) not known yet.

    Those who are ``alone`` get no household. Second in the order of locks. Two processes may meet the same stranger:
    one of them makes the contact, the other waits for it, and only the first makes a household.
    """
    asked = {(school_id, address): account for school_id, address, account in strangers}
    rows = await KNOWN.rows(db, addresses={address for _, address in asked})
    known = {(school_id, address) for school_id, address in rows}
    if new := sorted(asked.keys() - known):
        met = await _make_contacts(db, [(*key, asked[key]) for key in new], now)
        await _move_in(db, [row for row in met if (row[1], row[2]) not in alone], now)


async def _make_contacts(db: AsyncConnection, new: Sequence[tuple[int, str, str]], now: datetime) -> Sequence[Row]:
    numbered = zip(await ids.reserve(db, len(new)), new, strict=True)
    return await MEET.returning(db, [(id_, *stranger, False, keep(now)) for id_, stranger in numbered])


async def _move_in(db: AsyncConnection, met: Sequence[Row], now: datetime) -> None:
    homes = await ids.reserve(db, len(met))
    moves = [(row[0], row[1], home) for row, home in zip(met, homes, strict=True)]
    await ADD_HOUSEHOLDS.run(db, [(home, school_id, None, keep(now)) for _, school_id, home in moves])
    await MOVE_IN.run(db, [(contact_id, home) for contact_id, _, home in moves])


async def lock(db: AsyncConnection, addresses: Iterable[Address], homes: Iterable[int] = ()) -> list[Contact]:
    """The contacts at these addresses, theirs and their households' rows held until the transaction ends.

    ``homes`` are households that are held as well, since somebody is about to join them. Third and fourth in the
    order of locks. Only contacts that are held may be saved: their household may be another's turn at this moment,
    and that turn waits for nothing that we hold.
    """
    found = await _at(db, LOCK, addresses)
    if db.dialect.name != "sqlite":  # where the whole database is held already
        lived_in = {contact.household_id for contact in found if contact.household_id is not None}
        await LOCK_HOUSEHOLDS.rows(db, ids=lived_in.union(homes))
    return found


async def hold(db: AsyncConnection, contact_ids: Iterable[int]) -> dict[int, Contact]:
    """These contacts by id, theirs alone held until the transaction ends. Third in the order of locks."""
    wanted = set(contact_ids)
    return {row[0]: _contact(row) for row in await HOLD.rows(db, ids=wanted)} if wanted else {}


async def by_addresses(db: AsyncConnection, addresses: Iterable[Address]) -> list[Contact]:
    """The contacts at these addresses, as they are; nothing is held."""
    return await _at(db, BY_ADDRESSES, addresses)


async def everywhere(db: AsyncConnection, addresses: Iterable[str]) -> list[Contact]:
    """The contacts at these addresses in every school, as they are; nothing is held."""
    return [_contact(row) for row in await BY_ADDRESSES.rows(db, addresses=set(addresses))]


async def _at(db: AsyncConnection, query: Query, addresses: Iterable[Address]) -> list[Contact]:
    wanted = set(addresses)
    rows = await query.rows(db, addresses={address for _, address in wanted})
    # One number may be known to several schools.
    return [contact for contact in map(_contact, rows) if (contact.school_id, contact.address) in wanted]


async def by_ids(db: AsyncConnection, contact_ids: Iterable[int]) -> list[Contact]:
    """These contacts, as they are; nothing is held."""
    return [_contact(row) for row in await BY_IDS.rows(db, ids=set(contact_ids))]


async def households_of(db: AsyncConnection, household_ids: Iterable[int]) -> dict[int, Household]:
    """These households by id."""
    return {row[0]: Household(*row) for row in await HOUSEHOLDS.rows(db, ids=set(household_ids))}


async def contacts_of_households(db: AsyncConnection, household_ids: Iterable[int]) -> list[Contact]:
    """Everyone in these households, household by household."""
    return [_contact(row) for row in await OF_HOUSEHOLDS.rows(db, ids=set(household_ids))]


async def all_families(db: AsyncConnection, school_id: int) -> AsyncIterator[tuple[Household, list[Contact]]]:
    """Every household of a school with its contacts, in the order in which they came, a page at a time.

    Those in which nobody lives are among them where they have a name: they wait for their first chat, or walked in.
    """
    after = 0
    while page := await PAGE_OF_HOUSEHOLDS.rows(db, school_id=school_id, after=after, page=PAGE):
        after = page[-1][0]
        found = await OF_HOUSEHOLDS.rows(db, ids=[row[0] for row in page])
        living = {home: [_contact(row) for row in rows] for home, rows in groupby(found, itemgetter(1))}
        for row in page:
            yield Household(*row), living.get(row[0], [])


async def add_households(db: AsyncConnection, new: Sequence[Household], now: datetime) -> None:
    """New households, under the ids that they bring."""
    await ADD_HOUSEHOLDS.run(db, [(home.id, home.school_id, home.name, keep(now)) for home in new])


async def add_contacts(db: AsyncConnection, new: Sequence[Contact], now: datetime) -> None:
    """New contacts, under the ids that they bring; an address that the school knows already raises."""
    rows = sorted((contact.school_id, contact.address, _row(contact)) for contact in new)
    await ADD_CONTACTS.run(db, [(*row, school_id, address, keep(now)) for school_id, address, row in rows])


async def meet_staff(db: AsyncConnection, new: Sequence[Contact], now: datetime) -> None:
    """New contacts as ``add_contacts`` makes them; one whose address the school knows already is left as it is."""
    rows = sorted((contact.school_id, contact.address, _row(contact)) for contact in new)
    await MEET_STAFF.run(db, [(*row, school_id, address, keep(now)) for school_id, address, row in rows])


async def save_households(db: AsyncConnection, changed: Iterable[Household]) -> None:
    """Keep the names of these households."""
    await SAVE_HOUSEHOLDS.run(db, sorted((home.id, home.name) for home in changed))


async def save_contacts(db: AsyncConnection, changed: Iterable[Contact]) -> None:
    """Keep all that may change of these contacts; school and address never do."""
    await SAVE_CONTACTS.run(db, sorted(map(_row, changed), key=itemgetter(0)))


def _contact(row: Row) -> Contact:
    return Contact(
        id=row[0],
        household_id=row[1],
        account=row[2],
        name=row[3],
        role=row[4],
        language=row[5],
        language_chosen=bool(row[6]),
        permission=PERMISSIONS[row[7]],
        stopped_at=maybe_moment(row[8]),
        wrong_number_at=maybe_moment(row[9]),
        introduced_at=maybe_moment(row[10]),
        last_inbound_at=maybe_moment(row[11]),
        app_name=row[12],
        school_id=row[13],
        address=row[14],
    )


def _row(contact: Contact) -> tuple[Any, ...]:
    return (
        contact.id,
        contact.household_id,
        contact.account,
        contact.name,
        contact.role,
        contact.language,
        contact.language_chosen,
        contact.permission.value,
        maybe_keep(contact.stopped_at),
        maybe_keep(contact.wrong_number_at),
        maybe_keep(contact.introduced_at),
        maybe_keep(contact.last_inbound_at),
        contact.app_name,
    )


# Four times as fast as `Permission(word)`.
PERMISSIONS = {permission.value: permission for permission in Permission}
