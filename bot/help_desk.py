"""Calls for a person of the school: which are open, what was written, an answer, an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices, turn
from bot.channels.base import clean
from bot.errors import Refusal
from bot.gather import gather
from bot.messages import Kind
from bot.notices import Notice
from bot.records import AuditEntry, HelpRequest, LoggedMessage, StaffMember
from bot.store import audit, families, help_requests, messages
from bot.voice import Voice
from bot.write import write
from flows.facts import Contact, Household, School

LONGEST = 1600
THREAD = 100
"""How many messages of a thread are shown, the newest."""
WHATSAPP_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Call:
    """A request with who made it; ``household`` is None where the number belongs to no family any more."""

    request: HelpRequest
    contact: Contact
    household: Household | None


async def calls(db: AsyncConnection, school: School, *, closed: bool = False) -> list[Call]:
    """The open requests of a school, urgent ones first, then what waits longest; with ``closed`` every request."""
    if closed:
        return await _with_people(db, await help_requests.all_of_school(db, school.id))
    return await _with_people(db, await help_requests.open_of_school(db, school.id))


async def find(db: AsyncConnection, school: School, request_id: int) -> Call:
    """A request of this school by its id. Raises Refusal."""
    request = await help_requests.by_id(db, request_id)
    if request is None or request.school_id != school.id:
        raise Refusal(f"{school.name} has no request {request_id}; see: sobremesa requests list")
    (call,) = await _with_people(db, [request])
    return call


async def thread(db: AsyncConnection, call: Call) -> list[LoggedMessage]:
    """What this contact and the school wrote to each other, the newest last."""
    return await messages.thread_of(db, call.contact.id, THREAD)


async def reply(
    db: AsyncConnection, school: School, request_id: int, text: str, member: StaffMember, now: datetime
) -> LoggedMessage:
    """Queue an answer to the family, signed with the name of who gives it. Raises Refusal."""
    call = await _hold(db, school, request_id)
    _check_open(call)
    _check_reachable(call.contact, now)
    (message,) = await notices.queue(db, [Notice(call.contact, _signed(text, member), Kind.REPLY)], now)
    await help_requests.save(db, [replace(call.request, last_staff_at=now)])
    await _note(db, call, member, now, "request answered", message=message.id)
    return message


async def close(db: AsyncConnection, voice: Voice, request_id: int, member: StaffMember, now: datetime) -> bool:
    """The request is settled: what the family texts next is a new matter. Raises Refusal.

    True where an invitation had to wait meanwhile, and is asked again now.
    """
    call = await _hold(db, voice.school, request_id)
    _check_open(call)
    await help_requests.save(db, [replace(call.request, closed_at=now)])
    await _note(db, call, member, now, "request closed")
    known = await gather(db, [call.contact], now)
    resumed = turn.resume(known[call.contact.id], call.contact.id, now, voice)
    changes = resumed.finish()
    await write(db, changes, [], dict.fromkeys(known, resumed.family), now)
    return bool(changes.said)


async def _with_people(db: AsyncConnection, requests: list[HelpRequest]) -> list[Call]:
    found = await families.by_ids(db, {request.contact_id for request in requests})
    contacts = {contact.id: contact for contact in found}
    homes = await families.households_of(db, {c.household_id for c in found if c.household_id is not None})
    return [_call(request, contacts[request.contact_id], homes) for request in requests]


def _call(request: HelpRequest, contact: Contact, homes: Mapping[int, Household]) -> Call:
    return Call(request, contact, homes.get(contact.household_id) if contact.household_id else None)


async def _hold(db: AsyncConnection, school: School, request_id: int) -> Call:
    """The request, read anew once its contact is held: a text of the family may be closing it at this moment."""
    contact = (await find(db, school, request_id)).contact
    await families.lock(db, [(contact.school_id, contact.address)])
    return await find(db, school, request_id)


def _check_open(call: Call) -> None:
    if call.request.closed_at is not None:
        raise Refusal(f"Request {call.request.id} is closed already.")


def _check_reachable(contact: Contact, now: datetime) -> None:
    """Whether a text may go there at all; the outbox would drop it later, and the family would wait for nothing."""
    if contact.wrong_number_at is not None:
        raise Refusal("This is a wrong number, as its owner told us: nothing is sent to it.")
    if contact.stopped_at is not None:
        raise Refusal("This person has stopped all texts from the school; please call instead.")
    last = contact.last_inbound_at
    if contact.prefix == "whatsapp" and (last is None or now - last >= WHATSAPP_WINDOW):
        raise Refusal("WhatsApp takes answers for 24 hours after a family's last text. They are over; please call.")


def _signed(text: str, member: StaffMember) -> str:
    said = clean(text).strip()
    if not said:
        raise Refusal("There is nothing in this answer.")
    body = f"{member.name}: {said}"
    if len(body) > LONGEST:
        raise Refusal(f"This answer is longer than {LONGEST:,} characters; please send it in parts.")
    return body


async def _note(
    db: AsyncConnection, call: Call, member: StaffMember, now: datetime, action: str, **detail: int
) -> None:
    subject = f"request {call.request.id}"
    await audit.add(db, [AuditEntry(call.request.school_id, now, f"staff {member.id}", action, subject, detail)])
