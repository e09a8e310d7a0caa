"""Bringing a sheet of families in: a preview first, then the same decided again under lock, and written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import phones
from bot.errors import Refusal
from bot.families.homes import Known, same
from bot.families.merging import join
from bot.families.plan import Person, Plan, decide
from bot.families.sheet import Sheet
from bot.records import AuditEntry, ConsentChange
from bot.store import audit, blocks, consents, families, ids, imports
from flows.facts import Contact, Household, Permission, School


async def plan(db: AsyncConnection, school: School, sheet: Sheet, now: datetime) -> Plan:
    """What importing this sheet would change at this moment; reads only."""
    return decide(school, sheet, await _known(db, school, _addresses(sheet)), now)


async def apply(db: AsyncConnection, school: School, sheet: Sheet, now: datetime, actor: str) -> Plan:
    """Import a sheet in the caller's transaction, and return what was changed.

    It is decided again, with everybody whom it is about held, so that a STOP of a minute ago counts. Raises
    Refusal where there is a problem; the caller lets that undo the transaction. Twice changes nothing more.
    """
    _refuse(sheet.problems)
    new = await _hold(db, school, sheet, now)
    known = await _known(db, school, _addresses(sheet) - new.keys())
    decided = decide(school, sheet, known, now)
    _refuse(decided.problems)
    if decided.changes_anything:
        await _write(db, school, decided, known, new, now)
        detail = asdict(decided.counts)
        await audit.add(db, [AuditEntry(school.id, now, actor, "families.import", "families", detail)])
    return decided


def _addresses(sheet: Sheet) -> set[str]:
    return {row.address for row in sheet.rows}


def _refuse(problems: Iterable[object]) -> None:
    if count := len([*problems]):
        lines = "One thing is" if count == 1 else f"{count} things are"
        raise Refusal(f"{lines} wrong in this sheet, so nothing was changed.")


async def _hold(db: AsyncConnection, school: School, sheet: Sheet, now: datetime) -> dict[str, int]:
    """Hold everybody of the sheet, and of the households it names; the ids of those who are new, by address."""
    wanted = _addresses(sheet)
    found = await families.by_addresses(db, _of(school, wanted))
    new = await imports.claim(db, school.id, wanted, (contact.address for contact in found), now)
    names = {same(row.household) for row in sheet.rows if row.household}
    named = [home.id for home in await imports.named_households(db, school.id) if same(home.name or "") in names]
    lived_in = {*named, *_homes(found)}
    beside = await families.contacts_of_households(db, lived_in)
    await families.lock(db, _of(school, wanted.union(contact.address for contact in beside)))
    return new


async def _known(db: AsyncConnection, school: School, addresses: Iterable[str]) -> Known:
    found = await families.by_addresses(db, _of(school, addresses))
    lived_in = await families.households_of(db, _homes(found))
    named = await imports.named_households(db, school.id)
    living = {contact.id: contact for contact in await families.contacts_of_households(db, lived_in)}
    chats = {phone: living[chat] for phone, chat in (await consents.moved(db, living.values())).items()}
    second = {chat.id for chat in chats.values()}
    return Known(
        contacts={contact.address: contact for contact in found},
        households=tuple({home.id: home for home in (*named, *lived_in.values())}.values()),
        residents=Counter(_homes(contact for contact in living.values() if contact.id not in second)),
        dead=await blocks.dead(db, found),
        chats=chats,
    )


def _of(school: School, addresses: Iterable[str]) -> set[tuple[int, str]]:
    return {(school.id, address) for address in addresses}


def _homes(contacts: Iterable[Contact]) -> list[int]:
    return [contact.household_id for contact in contacts if contact.household_id is not None]


async def _write(
    db: AsyncConnection, school: School, decided: Plan, known: Known, new: Mapping[str, int], now: datetime
) -> None:
    numbers = await ids.reserve(db, len(decided.new_households))
    made = {home.id: replace(home, id=id_) for home, id_ in zip(decided.new_households, numbers, strict=True)}
    await families.add_households(db, [*made.values()], now)
    await families.save_households(db, [home for _, home in decided.renamed_households])
    people = [_settled(person, made, new) for person in decided.people if person.changes]
    moved_along = [person.chat for person in people if person.chat]
    await families.save_contacts(db, [*moved_along, *(person.after for person in people)])
    school_zone = school.timezone.key
    zones = {person.after.id: phones.timezone(person.after.address) for person in people}
    await imports.save_timezones(db, {id_: zone if zone != school_zone else None for id_, zone in zones.items()})
    await join(db, school.id, _left_behind(people, known), now)
    await consents.add(db, [change for person in people for change in _consents(person, now)])


def _settled(person: Person, made: Mapping[int, Household], new: Mapping[str, int]) -> Person:
    """A person with the ids of what was made for them."""
    after = person.after
    home = made.get(after.household_id or 0)
    id_ = after.id or new[after.address]
    lives_in = home.id if home else after.household_id
    chat = person.chat and replace(person.chat, household_id=lives_in)
    return replace(person, after=replace(after, id=id_, household_id=lives_in), chat=chat)


def _consents(person: Person, now: datetime) -> list[ConsentChange]:
    """The lines for the consent history of what the sheet says of a person."""
    before, after = person.before, person.after
    lines = []
    if any(change.column == "permission" for change in person.changes):
        holder = person.chat or after
        lines.append(_line(holder, "events", holder.permission, now, person.row.permission_words))
    if after.stopped_at and any(change.column == "stopped" for change in person.changes):
        lines.append(_line(after, "all", Permission.REFUSED, now, "stopped"))
    if before and before.stopped_at and not after.stopped_at:
        lines.append(blocks.in_use(after, now, "import"))
    return lines


def _line(contact: Contact, topic: str, permission: Permission, now: datetime, words: str) -> ConsentChange:
    return ConsentChange(contact.school_id, contact.id, topic, permission, now, "import", contact.language, words)


def _left_behind(people: Iterable[Person], known: Known) -> dict[int, dict[int, int]]:
    """The households that everybody leaves: for each, who goes where."""
    leaving: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for person in people:
        if person.before and person.before.household_id and person.moves and person.after.household_id:
            leaving[person.before.household_id][person.after.id] = person.after.household_id
    second = known.moved_to
    left = {home: gone for home, gone in leaving.items() if len(gone.keys() - second) == known.residents.get(home)}
    for gone in left.values():  # what the chat of a person answered goes where the person goes
        gone |= {known.chats[id_].id: home for id_, home in gone.items() if id_ in known.chats}
    return left
