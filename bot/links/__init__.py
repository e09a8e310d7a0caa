"""Links that open a chat with the school's bot, on paper as QR codes: for a school, a household, an event, or staff.

A household's link lets whoever opens it speak for the household, and a link for staff lets them read families'
requests: their codes cannot be guessed. One for staff works once, for a quarter of an hour, and only its hash is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.records import AuditEntry, Link, StaffMember
from bot.store import audit, links
from flows.facts import Event, School

CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What Telegram takes as the code of a link."""

FOR_HOUSEHOLDS = timedelta(days=90)
FOR_STAFF = timedelta(minutes=15)
STILL_LONG = timedelta(days=60)
"""A household's link that works for longer than this is given again: the same letter, printed twice, has one link."""

BYTES = {"school": 9, "event": 9, "household": 16, "staff": 24}
HASHED = "sha256:"
"""Before the hash of a code; no code has a colon, so that a hash that leaked opens nothing."""


def url(bot: str, code: str) -> str:
    """The link itself. ``bot`` is the bot's name at Telegram."""
    return f"https://t.me/{bot.removeprefix('@')}?start={code}"


async def for_school(db: AsyncConnection, school: School, now: datetime) -> Link:
    """The school's own link, for posters; there is one, and it does not expire."""
    return (await _for(db, school.id, "school", [school.id], now))[school.id]


async def for_event(db: AsyncConnection, school: School, event: Event, now: datetime) -> Link:
    """The link that begins the answer to an invitation; there is one an event. Raises Refusal."""
    if not event.takes_answers(now):
        raise Refusal("The event is over or was cancelled: nobody is invited to it.")
    return (await _for(db, school.id, "event", [event.id], now, event.ends))[event.id]


async def for_households(
    db: AsyncConnection, school: School, household_ids: Iterable[int], now: datetime
) -> Mapping[int, Link]:
    """A link for each of these households, by its id; all its adults may open it, for 90 days."""
    return await _for(db, school.id, "household", sorted(set(household_ids)), now, now + FOR_HOUSEHOLDS)


async def for_staff(db: AsyncConnection, member: StaffMember, now: datetime, actor: str) -> str:
    """A code that links a chat to this member of staff, once and soon; those given before work no more."""
    code = secrets.token_urlsafe(BYTES["staff"])
    await links.revoke(db, member.school_id, "staff", member.id, now)
    await links.add(db, [Link(member.school_id, "staff", member.id, _hash(code), now, now + FOR_STAFF)])
    await audit.add(db, [AuditEntry(member.school_id, now, actor, "staff link made", f"staff {member.id}")])
    return code


async def check_works(db: AsyncConnection, school: School, kind: str, subject_id: int, now: datetime) -> None:
    """Return where a link for this subject works. Raises Refusal."""
    if not await links.working(db, school.id, kind, [subject_id], now):
        raise _nothing(kind)


async def revoke(db: AsyncConnection, school: School, kind: str, subject_id: int, now: datetime, actor: str) -> int:
    """The links for this subject work no more; who joined by them stays. Raises Refusal where none worked."""
    revoked = await links.revoke(db, school.id, kind, subject_id, now)
    if not revoked:
        raise _nothing(kind)
    await audit.add(db, [AuditEntry(school.id, now, actor, "links revoked", f"{kind} {subject_id}")])
    return revoked


def _nothing(kind: str) -> Refusal:
    return Refusal(f"No link for this {kind} works now; see: sobremesa links list")


async def by_codes(db: AsyncConnection, codes: Iterable[str]) -> Mapping[str, Link]:
    """The links that were given out under these codes, also those that do not work any more."""
    wanted = {code: code for code in codes if CODE.fullmatch(code)}
    hashes = {_hash(code): code for code in wanted}
    found = await links.by_codes(db, [*wanted, *hashes])
    return {hashes.get(kept, kept): link for kept, link in found.items()}


async def _for(
    db: AsyncConnection,
    school_id: int,
    kind: str,
    subject_ids: Sequence[int],
    now: datetime,
    expires_at: datetime | None = None,
) -> Mapping[int, Link]:
    """The links that work long enough, and new ones where there are none."""
    known = await links.working(db, school_id, kind, subject_ids, now)
    standing = {id_: link for id_, link in known.items() if kind != "household" or _still_long(link, now)}
    new = {
        id_: Link(school_id, kind, id_, secrets.token_urlsafe(BYTES[kind]), now, expires_at)
        for id_ in subject_ids
        if id_ not in standing
    }
    await links.add(db, [*new.values()])
    return {**standing, **new}


def _still_long(link: Link, now: datetime) -> bool:
    return link.expires_at is not None and link.expires_at - now > STILL_LONG


def _hash(code: str) -> str:
    return HASHED + hashlib.sha256(code.encode()).hexdigest()
