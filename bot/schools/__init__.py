"""The schools of an installation: a new one with its numbers and first admin, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import staff
from bot.errors import Refusal
from bot.records import AuditEntry, StaffMember
from bot.store import audit, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import School

_HOURS = re.compile(r"(\d{1,2})\s*-\s*(\d{1,2})")
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


async def listed(database: Database) -> list[tuple[School, list[str]]]:
    """Every school with the addresses that it writes from, the first school first."""
    async with database.read() as db:
        return [(school, await schools.accounts_of(db, school.id)) for school in await schools.all_schools(db)]


async def change(db: AsyncConnection, school: School, changed: Mapping[str, Any], now: datetime, actor: str) -> School:
    """Keep these fields of a school: its hours, its quiet hours, its cap, how else it is reached. Raises Refusal."""
    if strange := [language for language in changed.get("hours", ()) if language not in school.languages]:
        raise Refusal(f"{school.name} does not write in {', '.join(strange)}.")
    if "hours" in changed:
        changed = {**changed, "hours": ByLanguage({**school.hours, **changed["hours"]})}
    kept = replace(school, **changed)
    await schools.save(db, kept)
    detail = {"changed": sorted(changed)}
    await audit.add(db, [AuditEntry(school.id, now, actor, "school changed", f"school {school.id}", detail)])
    return kept


def quiet(text: str) -> tuple[int, int]:
    """Quiet hours as they are written, ``21-8``: from which hour to which; equal ones mean none. Raises Refusal."""
    found = _HOURS.fullmatch(text.strip())
    hours = (int(found[1]), int(found[2])) if found else (99, 99)
    if max(hours) > 23:
        raise Refusal(f"{text} is no pair of hours; write 21-8 for nine in the evening until eight in the morning.")
    return hours


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
