"""What an import of families asks and writes beyond the queries of each subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Rsvp
from bot.store import ids, rsvps
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Update
from bot.store.tables import EPOCH, contacts, households, invitations
from bot.store.tables import rsvps as answers
from bot.store.values import keep
from flows.facts import Household

CLAIM = Insert(
    contacts,
    ("id", "school_id", "address", "language_chosen", "created_at"),
    keys=("school_id", "address"),
    returning=("address", "id"),
)
NAMED = Query(
    select(households.c.id, households.c.school_id, households.c.name)
    .where(
        households.c.school_id == bindparam("school_id", type_=BigInteger),
        households.c.name.is_not(None),
    )
    .order_by(households.c.id)
)
INVITE = Insert(
    invitations,
    ("event_id", "household_id", "school_id", "created_at"),
    keys=("event_id", "household_id"),
)
SAVE_TIMEZONES = Update(contacts, ("id", "timezone"))
DROP_INVITATIONS = Query(delete(invitations).where(one_of(invitations.c.household_id, "ids")))
DROP_ANSWERS = Query(delete(answers).where(one_of(answers.c.household_id, "ids")))


async def claim(
    db: AsyncConnection, school_id: int, addresses: Iterable[str], known: Iterable[str], now: datetime
) -> dict[str, int]:
    """Make a bare contact, in no household, of each address that is not known; the new ones' ids by address.

    Second in the order of locks: a text from one of these numbers waits until this transaction ends.
    """
    new = sorted(set(addresses).difference(known))
    numbered = zip(await ids.reserve(db, len(new)), new, strict=True)
    rows = [(id_, school_id, address, False, keep(now)) for id_, address in numbered]
    return {row[0]: row[1] for row in await CLAIM.returning(db, rows)}


async def save_timezones(db: AsyncConnection, zones: Mapping[int, str | None]) -> None:
    """Where the numbers of these contacts, which are held, are at home; None: where their school is."""
    await SAVE_TIMEZONES.run(db, sorted(zones.items()))


async def named_households(db: AsyncConnection, school_id: int) -> list[Household]:
    """Every household of a school that has a name, the oldest first."""
    return [Household(*row) for row in await NAMED.rows(db, school_id=school_id)]


async def join_invitations(
    db: AsyncConnection, school_id: int, joined: Mapping[int, Iterable[int]], now: datetime
) -> None:
    """Invite households in the place of those that were joined to them: old id to new ids."""
    invited = await rsvps.invited(db, joined, EPOCH)
    new = {(event_id, home) for old, events in invited.items() for home in joined[old] for event_id in events}
    await DROP_INVITATIONS.rows(db, ids=set(joined))
    await INVITE.run(db, [(*key, school_id, keep(now)) for key in sorted(new)])


async def answers_of(db: AsyncConnection, household_ids: Iterable[int]) -> list[Rsvp]:
    """Everything that these households ever answered."""
    return await rsvps.of_households(db, household_ids, EPOCH)


async def drop_answers(db: AsyncConnection, household_ids: Iterable[int]) -> None:
    """Forget what these households answered; what is to go on to others is read before."""
    await DROP_ANSWERS.rows(db, ids=set(household_ids))
