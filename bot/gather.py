"""The families of a batch, read in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.family import REOPENED_WITHIN, Family
from bot.records import Conversation, Stage
from bot.store import consents, conversations, events, families, help_requests, places, pulses, rsvps, schools
from flows import FLOWS
from flows.facts import Contact, Event, Household, School


async def gather(
    db: AsyncConnection, contacts: Sequence[Contact], now: datetime, *, texts: int = 0
) -> dict[int, Family]:
    """The families of these contacts, by the id of everyone in them; contacts of one household share one.

    The contacts must be held by ``families.lock``, so that nothing of what is read changes before it is written. Where
    some of their ``texts`` are about to be taken, the limited places that these may be about are held as well.
    """
    if not contacts:
        return {}
    home_ids = {contact.household_id for contact in contacts if contact.household_id is not None}
    homes = await families.households_of(db, home_ids)
    everyone = {contact.id: contact for contact in await families.contacts_of_households(db, home_ids)}
    everyone |= {contact.id: contact for contact in contacts}
    # Not what the desk remembers of staff, nor a flow that a later release may have left here.
    talks = [talk for talk in await conversations.of_contacts(db, everyone) if talk.flow in FLOWS]
    found = _families(contacts, everyone.values(), homes, await _schools(db, contacts))
    await _add_moved(db, found.values())
    await _add_events(db, found, talks, now)
    await _add_pulses(db, found, talks)
    for talk in talks:
        found[everyone[talk.contact_id].household_id or -talk.contact_id].conversations[
            talk.contact_id, talk.flow, talk.subject_id
        ] = talk
    for rsvp in await rsvps.of_households(db, home_ids, now):
        found[rsvp.household_id].rsvps[rsvp.event_id] = rsvp
    await _add_halls(db, found.values(), _talked_of(talks, texts), now)
    for request in await help_requests.standing_of(db, everyone, now - REOPENED_WITHIN):
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


async def _add_moved(db: AsyncConnection, found: Iterable[Family]) -> None:
    """Which phones belong to whom a chat of the household belongs as well."""
    moved = await consents.moved(db, [contact for family in found for contact in family.contacts.values()])
    for family in found:
        family.moved = {phone: chat for phone, chat in moved.items() if phone in family.contacts}


async def _add_events(
    db: AsyncConnection, found: dict[int, Family], talks: Iterable[Conversation], now: datetime
) -> None:
    """The events coming up, of which all families of a school share one list, and those that were talked of."""
    by_school: defaultdict[int, dict[int, Event]] = defaultdict(dict)
    for event in await events.coming_up(db, {family.school.id for family in found.values()}, now):
        by_school[event.school_id][event.id] = event
    known = {event_id for ahead in by_school.values() for event_id in ahead}
    missing = {talk.subject_id for talk in talks if talk.subject_id and talk.flow != "pulse"} - known
    for event in (await events.by_ids(db, missing)).values() if missing else ():
        by_school[event.school_id][event.id] = event
    for family in found.values():
        family.events = by_school[family.school.id]


def _talked_of(talks: Iterable[Conversation], texts: int) -> Callable[[Event], bool]:
    """Which events so many texts may be about: of several, the second may answer what the first one asked for."""
    if texts > 1:
        return lambda _event: True
    subjects = {talk.subject_id for talk in talks} if texts else set()
    return lambda event: event.id in subjects


async def _add_halls(
    db: AsyncConnection, found: Collection[Family], held: Callable[[Event], bool], now: datetime
) -> None:
    """The places of the events ahead that are limited, or that somebody here still waits for; mostly there are none."""
    answered = [rsvp for family in found for rsvp in family.rsvps.values()]
    waited_for = {rsvp.event_id for rsvp in answered if rsvp.asks_for is not None}
    events_ahead = {event.id: event for family in found for event in family.events.values() if event.takes_answers(now)}
    limited = [event for event in events_ahead.values() if event.places is not None or event.id in waited_for]
    if not limited:
        return
    limits = await places.lock(db, [event.id for event in limited if held(event)])
    fresh = [replace(event, places=limits.get(event.id, event.places)) for event in limited]
    halls = await places.halls(db, fresh, answered)
    for family in found:
        family.halls = halls


async def _add_pulses(db: AsyncConnection, found: dict[int, Family], talks: Iterable[Conversation]) -> None:
    """The pulses that somebody has yet to answer; mostly there are none."""
    asked = {talk.subject_id for talk in talks if talk.flow == "pulse" and talk.stage is Stage.OPEN} - {0}
    for pulse in (await pulses.facts(db, asked)).values() if asked else ():
        for family in found.values():
            if family.school.id == pulse.school_id:
                family.pulses[pulse.id] = pulse
