"""Chats that are opened: by links of the school, an event or a household, and by numbers that households text from.

The last two make the chat a household's. A chat that was closed to us opens again with whatever is written in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import LOST, Arrivals, numbers
from bot.events import places
from bot.messages import Inbound
from bot.records import AuditEntry, ConsentChange, Job, Link
from bot.store import audit, consents, events, families, imports, jobs, rsvps
from bot.store.blocks import CARRIER, NUMBER, in_use
from bot.store.consents import NUMBER_SHARED
from bot.store.families import Address
from bot.turn.openings import Opening
from flows.facts import Contact, Permission


async def open_chats(
    db: AsyncConnection, found: Arrivals, texts: Sequence[Inbound], people: dict[Address, Contact], now: datetime
) -> dict[int, Opening]:
    """What each text that opens a chat leads to, by its ``id``; who joined a household is changed in ``people``.

    All ``people`` and the households that are joined are held by the caller.
    """
    await _take_back_blocks(db, found, texts, people, now)
    openings = {}
    for text in (text for text in texts if id(text) not in found.lost):
        who = found.who(text)
        if people[who].role == LOST:
            people[who] = replace(people[who], role="parent", introduced_at=None)
        if text.phone:
            openings[id(text)] = await _open_by_number(db, text, who, people, now)
        elif text.phone is not None and people[who].stopped_at is None:
            openings[id(text)] = Opening("another")
        elif text.start is not None:
            openings[id(text)] = await _open_by_link(db, text, found.links.get(id(text)), who, people, now)
    return openings


async def _take_back_blocks(
    db: AsyncConnection, found: Arrivals, texts: Sequence[Inbound], people: dict[Address, Contact], now: datetime
) -> None:
    """Whoever writes to a bot that they had blocked has taken that back: they are written to again, as before.

    Telegram's apps say so with /start, or not at all. And a number from which somebody writes takes texts, whatever
    its carrier said; where the text is a STOP, its turn makes that anew. A family's own STOP is something else, and
    stands.
    """
    closed = [text for text in texts if people[found.who(text)].stopped_at is not None]
    if not closed:
        return
    stops: dict[int, ConsentChange] = {}
    for change in await consents.of_contacts(db, {people[found.who(text)].id for text in closed}):
        if change.topic == "all":
            stops[change.contact_id] = change
    writers = [(text, found.who(text)) for text in closed]
    blocked = {who for text, who in writers if _takes_back(text, people[who], stops.get(people[who].id))}
    for who in blocked:
        people[who] = replace(people[who], stopped_at=None)
    await families.save_contacts(db, [people[who] for who in blocked])
    await consents.add(db, [_unblocked(people[who], now) for who in blocked])


def _takes_back(text: Inbound, contact: Contact, stop: ConsentChange | None) -> bool:
    """Whether what stopped this contact ends with this text of its own."""
    if stop is None:
        return False
    if stop.source == NUMBER:
        return stop.at == contact.stopped_at
    return stop.source == CARRIER and contact.prefix == "telegram" and text.opt_out is None


def _unblocked(contact: Contact, now: datetime) -> ConsentChange:
    if contact.prefix != "telegram":
        return in_use(contact, now, "reply")
    said = ("reply", contact.language, "(bot unblocked)")
    return ConsentChange(contact.school_id, contact.id, "all", contact.permission, now, *said)


async def _open_by_number(
    db: AsyncConnection, text: Inbound, who: Address, people: dict[Address, Contact], now: datetime
) -> Opening:
    known = (people.get((who[0], address)) for address in numbers(text))
    by_sms = next((contact for contact in known if contact is not None and contact.household_id is not None), None)
    if by_sms is None:
        return Opening("nobody")
    people[who], by_sms = await join_number(db, people[who], by_sms, now)
    people[who[0], by_sms.address] = by_sms
    return Opening("number", await _unanswered(db, people[who], now))


async def _open_by_link(
    db: AsyncConnection, text: Inbound, link: Link | None, who: Address, people: dict[Address, Contact], now: datetime
) -> Opening:
    if link is None or not link.works(now):
        return Opening("old" if text.start else "school")
    if link.kind == "household":
        people[who] = await join(db, people[who], link.subject_id, "link", now)
        return Opening("household", await _unanswered(db, people[who], now))
    if link.kind == "event":
        return await _open_event(db, link.subject_id, people[who], now)
    return Opening("school")


async def _open_event(db: AsyncConnection, event_id: int, contact: Contact, now: datetime) -> Opening:
    event = (await events.by_ids(db, [event_id])).get(event_id)
    if event is None or not event.takes_answers(now):
        return Opening("old")
    if contact.household_id is not None:
        await rsvps.invite(db, event, [contact.household_id], now)
    return Opening("event", event_id)


async def _unanswered(db: AsyncConnection, contact: Contact, now: datetime) -> int:
    """The next event that the household is invited to and has said nothing about; 0 where there is none."""
    home = contact.household_id or 0
    invited = (await rsvps.invited(db, [home], now)).get(home, [])
    answered = {rsvp.event_id for rsvp in await rsvps.of_households(db, [home], now)}
    asked = await events.by_ids(db, set(invited) - answered)
    ahead = [(event.starts, event.id) for event in asked.values() if event.is_ahead(now)]
    return min(ahead)[1] if ahead else 0


async def join(db: AsyncConnection, contact: Contact, household_id: int, how: str, now: datetime) -> Contact:
    """The contact, which lives in this household from now on; it and both households are held by the caller.

    What a household answered and was invited to goes along where nobody stays behind in it; where the new household
    has answered an invitation itself, that answer stands. ``how`` is "link" or "number", for the audit.
    """
    left = contact.household_id
    role = "parent" if contact.role in (LOST, "staff") else contact.role
    joined = replace(contact, household_id=household_id, wrong_number_at=None, role=role)
    await families.save_contacts(db, [joined])
    if left == household_id:
        return joined
    if left is not None and not await families.contacts_of_households(db, [left]):
        await _take_along(db, joined, left, now)
    detail = {"contact": contact.id, "by": how}
    subject = f"household {household_id}"
    await audit.add(db, [AuditEntry(contact.school_id, now, "family", "household joined", subject, detail)])
    return joined


async def join_number(db: AsyncConnection, contact: Contact, by_sms: Contact, now: datetime) -> tuple[Contact, Contact]:
    """The same for a person who texts from a number as well: what the school knows of them by SMS holds here too.

    What the school begins goes to the chat from now on, and not twice: notices by what the history says of both, and
    event news because the permission moves with the person. Gives both.
    """
    news = by_sms.permission is Permission.GIVEN and contact.permission is not Permission.REFUSED
    chosen = contact.language_chosen or not by_sms.language
    known = replace(
        contact,
        name=contact.name or by_sms.name,
        language=contact.language if chosen else by_sms.language,
        language_chosen=contact.language_chosen or by_sms.language_chosen,
        permission=Permission.GIVEN if news else contact.permission,
    )
    if news:
        by_sms = replace(by_sms, permission=Permission.UNKNOWN)
        await families.save_contacts(db, [by_sms])
        await consents.add(db, [_moved(known, "events", now), _moved(by_sms, "events", now)])
    await consents.add(db, [_moved(known, "notices", now), _moved(by_sms, "notices", now)])
    home = by_sms.household_id or 0
    return await join(db, known, home, "number", now), by_sms


def _moved(contact: Contact, topic: str, now: datetime) -> ConsentChange:
    """What stands since a number was shared; ``bot.gather`` knows by two such lines that it is one person."""
    said = ("reply", contact.language, NUMBER_SHARED)
    return ConsentChange(contact.school_id, contact.id, topic, contact.permission, now, *said)


async def _take_along(db: AsyncConnection, contact: Contact, left: int, now: datetime) -> None:
    home = contact.household_id or 0
    await imports.join_invitations(db, contact.school_id, {left: {home}}, now)
    answers = await imports.answers_of(db, [left])
    await imports.drop_answers(db, [left])
    standing = {rsvp.event_id for rsvp in await imports.answers_of(db, [home])}
    moved = [replace(rsvp, household_id=home) for rsvp in answers if rsvp.event_id not in standing]
    await rsvps.save(db, moved)
    # What it had answered twice holds its places no more, and somebody may be waiting for them.
    freed = [rsvp for rsvp in answers if rsvp.event_id in standing]
    await jobs.arm(db, [Job(rsvp.school_id, places.KIND, rsvp.event_id, now, places.FREED) for rsvp in freed])
    homes = await families.households_of(db, [left, home])
    if homes[home].name is None and homes[left].name:
        await families.save_households(db, [replace(homes[home], name=homes[left].name)])
