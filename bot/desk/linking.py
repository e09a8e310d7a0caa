"""A chat that becomes the desk of a member of staff, and one that is none any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices, staff
from bot.arrivals import TELEGRAM
from bot.desk import words
from bot.errors import Refusal
from bot.language.voice import Voice
from bot.notices import Notice
from bot.records import AuditEntry, Link, StaffMember
from bot.store import audit, families, links
from bot.store import staff as stored
from flows.facts import Contact


async def link(db: AsyncConnection, opened: Link, contact: Contact, now: datetime) -> StaffMember | None:
    """Who works from this chat from now on; None where the link was used before, is too old, or is of one who left.

    A chat is one person's in a school: whoever worked from it does so no more.
    """
    if not await links.use(db, opened.code, now):
        return None
    here = {one.id: one for one in await stored.hold(db, opened.school_id)}
    member = here.pop(opened.subject_id, None)
    if member is None:
        return None
    chat = contact.address.removeprefix(TELEGRAM)
    if member.telegram_chat not in (None, chat):
        await _leave(db, member, now)
    for other in [one for one in here.values() if one.telegram_chat == chat]:
        await _unlink(db, other, now, f"staff {member.id}")
    linked = replace(member, telegram_chat=chat)
    await stored.save(db, linked)
    await _settle_in(db, linked, contact, now)
    await staff.show_menus(db, [contact], now)
    entry = AuditEntry(member.school_id, now, f"staff {member.id}", "staff chat linked", f"staff {member.id}")
    await audit.add(db, [entry])
    return linked


async def unlink(db: AsyncConnection, voice: Voice, member: StaffMember, now: datetime, actor: str) -> None:
    """The chat is nobody's desk any more, and hears so. Raises Refusal where there is none, or alerts need it."""
    if member.telegram_chat is None:
        raise Refusal(f"No chat is linked to {member.email}.")
    if member.alerted and not member.phone:
        raise Refusal("Alerts reach this person only there; give a phone first, or alert somebody else.")
    body = voice.say(words.unlinked(voice.school), member.language)
    left = await _leave(db, member, now)
    await notices.queue(db, [Notice(contact, body) for contact in left], now)
    await _unlink(db, await staff.hold(db, voice.school, member), now, actor)


async def _leave(db: AsyncConnection, member: StaffMember, now: datetime) -> list[Contact]:
    """The chat of this person so far, as it was: nothing more goes there, and its owner is a stranger, if no parent."""
    left = await families.lock(db, [(member.school_id, f"{TELEGRAM}{member.telegram_chat}")])
    await staff.let_go(db, left, now)
    return left


async def _unlink(db: AsyncConnection, member: StaffMember, now: datetime, actor: str) -> None:
    await stored.save(db, replace(member, telegram_chat=None))
    entry = AuditEntry(member.school_id, now, actor, "staff chat unlinked", f"staff {member.id}")
    await audit.add(db, [entry])


async def _settle_in(db: AsyncConnection, member: StaffMember, contact: Contact, now: datetime) -> None:
    """A chat of this person alone is spoken to as theirs; one of a parent stays the parent's as well."""
    here = replace(contact, stopped_at=None, introduced_at=contact.introduced_at or now)
    if contact.household_id is None:
        here = replace(here, role="staff", name=member.name, language=member.language, language_chosen=True)
    await families.save_contacts(db, [here])
