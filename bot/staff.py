"""The people of a school: who they are, and who of them is acting. How one leaves is ``bot.desk.leaving``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import phones
from bot.arrivals import LOST
from bot.errors import Refusal
from bot.records import AuditEntry, Job, StaffMember
from bot.store import audit, blocks, families, ids, jobs, staff
from flows.facts import Contact, School

ROLES = ("admin", "editor", "helper")

RIGHTS: Mapping[str, frozenset[str]] = {
    "answer": frozenset(ROLES),
    "settle": frozenset({"admin", "editor"}),
    "announce": frozenset({"admin", "editor"}),
    "manage": frozenset({"admin"}),
}
"""Who may what, by role.

Answer: claim, answer and note requests. Settle: end and hand over those of others too; one's own, everybody may.
Announce: write, approve and send. Manage: the staff and the school.
"""

MENU = "menu"
"""The job that shows the commands of a chat anew."""

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


async def add(db: AsyncConnection, school: School, member: StaffMember, now: datetime, actor: str) -> StaffMember:
    """A new person of this school, whose email is kept in small letters. Raises Refusal.

    Who left, and has this email, comes back as the same person, with the name, role and phone given now.
    """
    email = member.email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Refusal("This is not an email address; it looks like ana@school.example.")
    new = replace(_checked(member), school_id=school.id, email=email)
    _check_language(school, new)
    if new.alerted and not new.phone:
        raise Refusal("Alerts need a phone (--phone); or link a Telegram chat first, then: sobremesa staff set.")
    held = await families.lock(db, [(school.id, address) for address in addresses(new)])
    added, action = await staff.add(db, new, now), "staff added"
    if added is None:
        added, action = await _come_back(db, school, new), "staff came back"
    await _settle_in(db, added, held, now)
    await staff_contacts(db, school, [added], now)
    detail = {"role": added.role}
    await audit.add(db, [AuditEntry(school.id, now, actor, action, f"staff {added.id}", detail)])
    return added


async def _come_back(db: AsyncConnection, school: School, new: StaffMember) -> StaffMember:
    known = {member.email: member for member in await staff.of_school(db, school.id)}[new.email]
    if known.left_at is None:
        raise Refusal(f"Somebody with the email {new.email} belongs to {school.name} already.")
    back = replace(new, id=known.id)
    await staff.save(db, back)
    return back


def usual_language(languages: Sequence[str]) -> str:
    """What somebody of a school that writes in these languages reads, where nobody says."""
    return "en" if "en" in languages else languages[0]


async def acting(db: AsyncConnection, school: School, email: str | None) -> StaffMember:
    """Who of the school has this email; without one the only person that it has. Raises Refusal."""
    here = await present(db, school.id)
    if email is None:
        if len(here) == 1:
            return here[0]
        raise Refusal("Say who you are: --as EMAIL (sobremesa staff list shows everyone).")
    for member in here:
        if member.email.casefold() == email.strip().casefold():
            return member
    raise Refusal(f"Nobody at {school.name} has the email {email.strip()}; see: sobremesa staff list")


def may(member: StaffMember, right: str) -> bool:
    """Whether this person has one of ``RIGHTS``; nobody who left has any."""
    return member.left_at is None and member.role in RIGHTS[right]


def check(member: StaffMember, right: str) -> None:
    """Return where this person may do it. Raises Refusal."""
    if not may(member, right):
        raise Refusal(f"This takes the role {' or '.join(sorted(RIGHTS[right]))}; yours is {member.role}.")


async def change(
    db: AsyncConnection, school: School, member: StaffMember, changed: Mapping[str, Any], now: datetime, actor: str
) -> StaffMember:
    """The person of this school with these fields ``changed``: the phone, the role, whether alerts reach them.

    What else became of them meanwhile stays as it is. Raises Refusal.
    """
    known = (await staff.by_ids(db, [member.id])).get(member.id, member)
    wanted = {*addresses(known), *addresses(_changed(known, changed))}
    held = await families.lock(db, [(school.id, address) for address in wanted])
    # After the contacts, as where a chat is linked.
    before = await hold(db, school, known)
    member = _changed(before, changed)
    late = {*addresses(before), *addresses(member)} - wanted
    held += await families.lock(db, [(school.id, address) for address in late])
    if member.language != before.language:
        _check_language(school, member)
    if not may(member, "manage"):
        await check_others_manage(db, school, member)
    old = set(addresses(before)) - set(addresses(member))
    await let_go(db, [contact for contact in held if contact.address in old], now)
    await staff.save(db, member)
    await _settle_in(db, member, held, now)
    # Made now and not by the first alert, which has no time to lose and holds other contacts.
    reached = await staff_contacts(db, school, [member], now)
    await show_menus(db, reached[member.id], now)
    detail = {"role": member.role, "alerted": member.alerted, "phone": member.phone is not None}
    await audit.add(db, [AuditEntry(school.id, now, actor, "staff changed", f"staff {member.id}", detail)])
    return member


async def hold(db: AsyncConnection, school: School, member: StaffMember) -> StaffMember:
    """The person as they are now, held with all staff of the school until the transaction ends.

    After contacts and links in the order of locks. Raises Refusal for one who has left.
    """
    here = {one.id: one for one in await staff.hold(db, school.id)}
    if member.id not in here:
        raise Refusal(f"{member.name} does not belong to {school.name} any more.")
    return here[member.id]


async def check_others_manage(db: AsyncConnection, school: School, member: StaffMember) -> None:
    """Return where the school has an admin beside this person, or they are none. Raises Refusal.

    The staff of the school are held from here on: two admins cannot both go at the same moment.
    """
    here = {one.id: one for one in await staff.hold(db, school.id)}
    was = here.pop(member.id, member)
    if not may(was, "manage") or any(may(one, "manage") for one in here.values()):
        return
    why = f"{was.name} is the last admin of {school.name}."
    if not here:
        raise Refusal(f"{why} Add another one first: sobremesa staff add EMAIL --name NAME --role admin")
    named = ", ".join(f"{one.name} ({one.email})" for one in here.values())
    raise Refusal(f"{why} Make somebody else one first: sobremesa staff set EMAIL --role admin. There are: {named}.")


def addresses(member: StaffMember) -> tuple[str, ...]:
    """Where this person is reached: the linked Telegram chat first, then the phone by SMS."""
    chat = f"telegram:{member.telegram_chat}" if member.telegram_chat else None
    return tuple(address for address in (chat, f"sms:{member.phone}" if member.phone else None) if address)


async def let_go(db: AsyncConnection, contacts: Iterable[Contact], now: datetime) -> None:
    """Nothing more goes to these contacts as staff, also what waits; they must be held.

    One that was this person's alone is from now on anybody's who writes to the school, and has the name of its desk no
    more. A silence in a chat was meant for the desk, "until you write again": it does not outlive the desk.
    """
    held = list(contacts)
    await staff.let_expire(db, [contact.id for contact in held], now)
    alone = [contact for contact in held if contact.household_id is None]
    strangers = [replace(contact, role=LOST, introduced_at=None, name=None) for contact in alone]
    await families.save_contacts(db, [replace(one, stopped_at=None) if one.taps else one for one in strangers])
    await show_menus(db, held, now)


async def show_menus(db: AsyncConnection, contacts: Iterable[Contact], now: datetime) -> None:
    """The apps of these chats soon offer what fits to whoever works from there, or does no more (``bot.menus``)."""
    await jobs.arm(db, [Job(one.school_id, MENU, one.id, now) for one in contacts if one.taps])


async def _settle_in(db: AsyncConnection, member: StaffMember, held: Iterable[Contact], now: datetime) -> None:
    """What was a stranger's so far is this person's; a number that took no texts before is tried again."""
    theirs = [contact for contact in held if contact.household_id is None and contact.address in addresses(member)]
    await families.save_contacts(db, [_of_staff(contact, member, now) for contact in theirs])
    await blocks.take_back(db, theirs, now)


async def present(db: AsyncConnection, school_id: int) -> list[StaffMember]:
    """Everyone who belongs to the school now, by name."""
    return [member for member in await staff.of_school(db, school_id) if member.left_at is None]


async def staff_contacts(
    db: AsyncConnection, school: School, members: Iterable[StaffMember], now: datetime
) -> dict[int, list[Contact]]:
    """The contacts through which these people are written to, by the id of the person, in the order of ``addresses``.

    One that is missing is made, without a household. Where a parent has the address, it is the parent's, unchanged.
    """
    people = list(members)
    wanted = {address: member for member in people for address in addresses(member)}
    keys = [(school.id, address) for address in wanted]
    known = {contact.address: contact for contact in await families.by_addresses(db, keys)} if wanted else {}
    if missing := [(address, member) for address, member in wanted.items() if address not in known]:
        fresh = await ids.reserve(db, len(missing))
        new = [_contact(id_, address, member, now) for id_, (address, member) in zip(fresh, missing, strict=True)]
        await families.meet_staff(db, new, now)
        known = {contact.address: contact for contact in await families.by_addresses(db, keys)}
    return {member.id: [known[address] for address in addresses(member)] for member in people}


def _contact(id_: int, address: str, member: StaffMember, now: datetime) -> Contact:
    return _of_staff(Contact(id_, member.school_id, None, address), member, now)


def _of_staff(contact: Contact, member: StaffMember, now: datetime) -> Contact:
    """A person of the school as a contact; they know who writes, so they count as introduced."""
    return replace(
        contact,
        name=member.name,
        role="staff",
        language=member.language,
        language_chosen=True,
        introduced_at=contact.introduced_at or now,
    )


def _changed(member: StaffMember, changed: Mapping[str, Any]) -> StaffMember:
    """The person with these fields changed. Raises Refusal."""
    new = _checked(replace(member, **changed))
    if new.alerted and not addresses(new):
        raise Refusal("Alerts need a phone (--phone) or a linked Telegram chat.")
    return new


def _checked(member: StaffMember) -> StaffMember:
    """The person as they are kept. Raises Refusal."""
    kept = replace(member, name=" ".join(member.name.split()), phone=_phone(member.phone))
    if not kept.name:
        raise Refusal("A person of the school needs a name: families read it under each answer.")
    if kept.role not in ROLES:
        raise Refusal(f"A role is one of: {', '.join(ROLES)}.")
    return kept


def _check_language(school: School, member: StaffMember) -> None:
    """Return where the school writes in this person's language. Raises Refusal."""
    if member.language not in school.languages:
        ours = ", ".join(school.languages)
        raise Refusal(f"{school.name} does not write in {member.language}; its languages are {ours}.")


def _phone(number: str | None) -> str | None:
    """The number as it is kept, like +15125550100. Raises Refusal."""
    if not number:
        return None
    address = phones.parse(number)
    if not address.startswith("sms:"):
        raise Refusal("This phone takes SMS: write its number, such as +15125550100.")
    return address.removeprefix("sms:")
