"""The schools of an installation: a new one with its numbers and first admin, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import staff
from bot.errors import Refusal
from bot.records import AuditEntry, StaffMember
from bot.store import audit, schools
from flows.facts import School

_NUMBER = re.compile(r"(?:(sms|whatsapp):)?(\+[1-9][0-9]{6,14})")


def address(number: str) -> str:
    """A school's own number as an address: ``sms:+15125550100``; it may be a toll-free one. Raises Refusal."""
    found = _NUMBER.fullmatch(re.sub(r"[ ().-]", "", number))
    if found is None:
        raise Refusal(f"{number} is not a number with + and country code, like +15125550100.")
    return f"{found[1] or 'sms'}:{found[2]}"


async def add(
    db: AsyncConnection, school: School, numbers: Sequence[str], admin: StaffMember, now: datetime, actor: str
) -> School:
    """A new school with its own addresses (``sms:+1…``) and its first admin. Raises Refusal; then nothing is kept."""
    if await schools.by_name(db, school.name) is not None:
        raise Refusal(f"There is a school named {school.name} already; nothing was changed.")
    added = await schools.add(
        db,
        school.name,
        school.timezone,
        school.languages,
        now=now,
        contact=school.contact,
        hours=school.hours,
        quiet=(school.quiet_from, school.quiet_to),
    )
    await audit.add(db, [AuditEntry(added.id, now, actor, "school added", f"school {added.id}")])
    await add_numbers(db, added, numbers, now, actor)
    await staff.add(db, added, admin, now, actor)
    return added


async def add_numbers(db: AsyncConnection, school: School, numbers: Sequence[str], now: datetime, actor: str) -> None:
    """Families write to this school at these addresses from now on. Raises Refusal for one of another school."""
    taken = await schools.by_accounts(db, numbers)
    for number, owner in taken.items():
        if owner.id != school.id:
            raise Refusal(f"{number} belongs to {owner.name} already.")
    for number in numbers:
        await schools.add_account(db, school.id, number, now)
    if new := [number for number in numbers if number not in taken]:
        await audit.add(db, [AuditEntry(school.id, now, actor, "numbers added", "school", {"numbers": new})])


async def free_numbers(db: AsyncConnection, numbers: Sequence[str]) -> list[str]:
    """Those of these addresses that belong to no school yet."""
    taken = await schools.by_accounts(db, numbers)
    return [number for number in numbers if number not in taken]


async def find(db: AsyncConnection, name: str | None) -> School:
    """The school of this name, in capitals or not; without a name the only one there is. Raises Refusal."""
    known = await schools.all_schools(db)
    if not known:
        raise Refusal('There is no school here yet. Begin with: sobremesa init --school "NAME" --admin EMAIL')
    names = ", ".join(school.name for school in known)
    if name is None:
        if len(known) > 1:
            raise Refusal(f'There are several schools here: {names}. Say which one: --school "NAME"')
        return known[0]
    for same in (str, str.casefold):
        if found := [school for school in known if same(school.name) == same(name.strip())]:
            return found[0]
    raise Refusal(f"There is no school named {name.strip()} here. There is: {names}.")
