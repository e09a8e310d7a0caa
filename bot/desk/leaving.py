"""A member of staff who leaves the school: nothing reaches them as staff any more, and what they had is for others.

Their name stays under what they wrote, approved and noted. Who comes back is the same person (``bot.staff.add``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import help_desk, notices, staff
from bot.desk import words
from bot.desk.request_views import lines_of, to_open
from bot.help_desk import Call, alerts
from bot.language.voice import Voice
from bot.notices import Notice
from bot.records import AuditEntry, StaffMember
from bot.store import audit, families, links
from bot.store import staff as stored
from flows.facts import Contact


async def leave(
    db: AsyncConnection, voice: Voice, member: StaffMember, now: datetime, actor: str
) -> tuple[StaffMember, list[Call]]:
    """The person as they left, and the requests that were theirs and wait for somebody else now.

    Their links, their chat and their alerts end, and what waits to be sent to them. The others on Telegram hear of the
    requests. Raises Refusal where the school would be left without an admin.
    """
    school = voice.school
    known = (await stored.by_ids(db, [member.id]))[member.id]
    theirs = await help_desk.owned(db, school, known)
    wanted = {(school.id, address) for address in (*staff.addresses(known), *(c.contact.address for c in theirs))}
    # All at once, and before the links, so that the order of locks is kept.
    held = await families.lock(db, wanted)
    # A link that is opened at this moment is void from here on, or has linked a chat that is read below.
    await links.revoke(db, school.id, "staff", known.id, now)
    member = await staff.hold(db, school, known)
    own = {(school.id, address) for address in staff.addresses(member)}
    held += await families.lock(db, own - wanted)
    await staff.check_others_manage(db, school, member)
    reached = [contact for contact in held if (contact.school_id, contact.address) in own]
    await staff.let_go(db, reached, now)
    goodbye = voice.say(words.unlinked(school), member.language)
    await notices.queue(db, [Notice(contact, goodbye) for contact in reached if contact.taps], now)
    left = replace(member, left_at=now, telegram_chat=None, alerted=False)
    await stored.save(db, left)
    free = await help_desk.give_back(db, school, left, {contact.id for contact in held}, now, actor)
    detail = {"requests": len(free)}
    await audit.add(db, [AuditEntry(school.id, now, actor, "staff left", f"staff {left.id}", detail)])
    await _tell_others(db, voice, left, free, now)
    return left, free


async def _tell_others(
    db: AsyncConnection, voice: Voice, left: StaffMember, free: Sequence[Call], now: datetime
) -> None:
    """One message to each who works on Telegram: which families have nobody now; of a single one it can be answered.

    A colleague in danger whom nobody has now is named to those alone who may know of it.
    """
    if not free:
        return
    team = await alerts.team(db, voice, now)
    told: list[Notice] = []
    for member in team.linked():
        theirs = [call for call in free if team.may_know(member, call)]
        if theirs:
            told += _left_behind(voice, left, theirs, member, team.reached(member, "telegram"), now)
    await notices.queue(db, told, now)


def _left_behind(
    voice: Voice, left: StaffMember, calls: Sequence[Call], member: StaffMember, chats: Sequence[Contact], now: datetime
) -> list[Notice]:
    lines = [words.left_behind(left.name, len(calls)), *lines_of(calls, now)]
    body = "\n".join(voice.say(line, member.language) for line in lines)
    buttons = tuple((reply, voice.say(label, member.language)) for reply, label in to_open(calls))
    about = calls[0].request.id if len(calls) == 1 else None
    return [Notice(chat, body, buttons=buttons, request_id=about) for chat in chats]
