"""The people of a school: who they are, and who of them is acting."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.records import AuditEntry, StaffMember
from bot.store import audit, staff
from flows.facts import School

ROLES = ("admin", "editor", "helper")

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


async def add(db: AsyncConnection, school: School, member: StaffMember, now: datetime, actor: str) -> StaffMember:
    """A new person of this school, whose email is kept in small letters. Raises Refusal."""
    email = member.email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Refusal("This is not an email address; it looks like ana@school.example.")
    if member.role not in ROLES:
        raise Refusal(f"A role is one of: {', '.join(ROLES)}.")
    name = " ".join(member.name.split())
    if not name:
        raise Refusal("A person of the school needs a name: families read it under each answer.")
    added = await staff.add(db, replace(member, school_id=school.id, email=email, name=name), now)
    if added is None:
        raise Refusal(f"Somebody with the email {email} belongs to {school.name} already.")
    detail = {"role": added.role}
    await audit.add(db, [AuditEntry(school.id, now, actor, "staff added", f"staff {added.id}", detail)])
    return added


async def acting(db: AsyncConnection, school: School, email: str | None) -> StaffMember:
    """Who of the school has this email; without one the only person that it has. Raises Refusal."""
    present = [member for member in await staff.of_school(db, school.id) if member.left_at is None]
    if email is None:
        if len(present) == 1:
            return present[0]
        raise Refusal("Say who you are: --as EMAIL (sobremesa staff list shows everyone).")
    for member in present:
        if member.email.casefold() == email.strip().casefold():
            return member
    raise Refusal(f"Nobody at {school.name} has the email {email.strip()}; see: sobremesa staff list")
