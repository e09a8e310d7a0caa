"""Who of the school has a request, and what they write to each other about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import staff
from bot.channels.base import clean
from bot.errors import Refusal
from bot.help_desk import alerts
from bot.help_desk.calls import Call, calls, check_open, find, hold, noted, thread
from bot.language.voice import Voice
from bot.records import AuditEntry, RequestNote, StaffMember
from bot.store import audit, help_requests, request_notes
from flows.facts import School

LONGEST = 2000
LAST_TEXTS = 3
"""How many texts of the family who is handed a request reads at once; the last alone may be a "yes"."""


async def claim(db: AsyncConnection, school: School, request_id: int, member: StaffMember, now: datetime) -> Call:
    """The request is this person's from now on; claiming one's own again changes nothing.

    Raises Refusal, also where somebody else has it: it is then handed over, not taken.
    """
    staff.check(member, "answer")
    call = await hold(db, school, request_id)
    check_open(call)
    if call.owner is not None and call.is_taken and call.owner.id != member.id:
        raise Refusal(f"{call.owner.name} has request {request_id} already, and can hand it over.")
    if call.owner is None or call.owner.id != member.id:
        await help_requests.save(db, [replace(call.request, owner_id=member.id, claimed_at=now)])
        await noted(db, call, member, now, "request claimed")
    return await find(db, school, request_id)


async def hand_over(
    db: AsyncConnection, voice: Voice, request_id: int, member: StaffMember, to: StaffMember, now: datetime
) -> Call:
    """``member`` gives the request to ``to``, who hears of it on Telegram where they are linked. Raises Refusal."""
    call = await hold(db, voice.school, request_id)
    check_open(call)
    check_theirs(call, member)
    staff.check(to, "answer")
    if to.school_id != call.request.school_id:
        raise Refusal(f"{to.name} does not belong to {voice.school.name}.")
    await help_requests.save(db, [replace(call.request, owner_id=to.id, claimed_at=now)])
    await noted(db, call, member, now, "request handed over", to=to.id)
    handed = await find(db, voice.school, request_id)
    if to.id != member.id:
        await alerts.handed_over(db, voice, handed, await _last_words(db, handed), member, to, now)
    return handed


async def _last_words(db: AsyncConnection, call: Call) -> list[str]:
    """The family's last texts in a request; none of one of the staff, whose chat holds what they wrote to families."""
    if call.of_staff:
        return []
    texts = [line for line in await thread(db, call) if not line.outgoing and line.body.strip()]
    return [text.body for text in texts if text.created_at >= call.request.opened_at][-LAST_TEXTS:]


async def owned(db: AsyncConnection, school: School, member: StaffMember) -> list[Call]:
    """The open requests that this person has."""
    return [call for call in await calls(db, school) if call.request.owner_id == member.id]


async def give_back(
    db: AsyncConnection, school: School, member: StaffMember, held: Collection[int], now: datetime, actor: str
) -> list[Call]:
    """The open requests that this person had, which are nobody's from now on; of the contacts that are ``held``."""
    given = [call for call in await owned(db, school, member) if call.contact.id in held]
    free = [replace(call, request=replace(call.request, owner_id=None, claimed_at=None), owner=None) for call in given]
    await help_requests.save(db, [call.request for call in free])
    action, detail = "request given back", {"staff": member.id}
    await audit.add(db, [AuditEntry(school.id, now, actor, action, f"request {c.request.id}", detail) for c in free])
    return free


async def note(
    db: AsyncConnection, school: School, request_id: int, member: StaffMember, text: str, now: datetime
) -> RequestNote:
    """Keep what staff should know about a request, open or closed; no family reads it. Raises Refusal."""
    staff.check(member, "answer")
    body = clean(text).strip()
    if not body:
        raise Refusal("There is nothing in this note.")
    if len(body) > LONGEST:
        raise Refusal(f"This note is longer than {LONGEST:,} characters.")
    call = await find(db, school, request_id)
    written = RequestNote(school.id, call.request.id, member.id, now, body)
    await request_notes.add(db, written)
    return written


async def notes(db: AsyncConnection, call: Call) -> list[RequestNote]:
    """What staff wrote to each other about a request, the oldest first."""
    return await request_notes.of_request(db, call.request.id)


def check_theirs(call: Call, member: StaffMember) -> None:
    """Return where this person may end or pass on a request: their own, or any with the role. Raises Refusal."""
    mine = call.owner is not None and call.owner.id == member.id
    staff.check(member, "answer" if mine else "settle")
