"""The families of a batch, read in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.family import Family
from bot.records import Conversation
from bot.store import conversations, events, families, help_requests, rsvps, schools
from flows.facts import Contact, Event, Household, School


async def gather(db: AsyncConnection, contacts: Sequence[Contact], now: datetime) -> dict[int, Family]:
    """The families of these contacts, by the id of everyone in them; contacts of one household share one.

    The contacts must be held by ``families.lock``, so that nothing of what is read changes before it is written.
    """
    if not contacts:
        return {}
    home_ids = {contact.household_id for contact in contacts if contact.household_id is not None}
    homes = await families.households_of(db, home_ids)
    everyone = {contact.id: contact for contact in await families.contacts_of_households(db, home_ids)}
    everyone |= {contact.id: contact for contact in contacts}
    talks = await conversations.of_contacts(db, everyone)
    found = _families(contacts, everyone.values(), homes, await _schools(db, contacts))
    await _add_events(db, found, talks, now)
    for talk in talks:
        found[everyone[talk.contact_id].household_id or -talk.contact_id].conversations[
            talk.contact_id, talk.flow, talk.subject_id
        ] = talk
    for rsvp in await rsvps.of_households(db, home_ids, now):
        found[rsvp.household_id].rsvps[rsvp.event_id] = rsvp
    for request in await help_requests.open_of(db, everyone):
        found[everyone[request.contact_id].household_id or -request.contact_id].requests.append(request)
    return {contact.id: found[contact.household_id or -contact.id] for contact in everyone.values()}


async def _schools(db: AsyncConnection, contacts: Iterable[Contact]) -> dict[int, School]:
    return await schools.by_ids(db, {contact.school_id for contact in contacts})


def _families(
    contacts: Sequence[Contact],
    everyone: Iterable[Contact],
    homes: dict[int, Household],
    schools_by_id: dict[int, School],
) -> dict[int, Family]:
    """One family for each household, by its id; by the negative id of the contact where it has none."""
    found: dict[int, Family] = {}
    for contact in contacts:
        home = contact.household_id
        if (home or -contact.id) not in found:
            household = homes[home] if home is not None else None
            found[home or -contact.id] = Family(schools_by_id[contact.school_id], household)
    for contact in everyone:
        found[contact.household_id or -contact.id].contacts[contact.id] = contact
    return found


async def _add_events(
    db: AsyncConnection, found: dict[int, Family], talks: Iterable[Conversation], now: datetime
) -> None:
    """The events coming up, of which all families of a school share one list, and those that were talked of."""
    by_school: defaultdict[int, dict[int, Event]] = defaultdict(dict)
    for event in await events.coming_up(db, {family.school.id for family in found.values()}, now):
        by_school[event.school_id][event.id] = event
    known = {event_id for ahead in by_school.values() for event_id in ahead}
    missing = {talk.subject_id for talk in talks if talk.subject_id} - known
    for event in (await events.by_ids(db, missing)).values() if missing else ():
        by_school[event.school_id][event.id] = event
    for family in found.values():
        family.events = by_school[family.school.id]
