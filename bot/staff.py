"""The people of a school: who they are, and who of them is acting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import phones
from bot.errors import Refusal
from bot.records import AuditEntry, StaffMember
from bot.store import audit, families, ids, staff
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
    phone = _phone(member.phone)
    if member.alerted and not phone:
        raise Refusal("Alerts need a phone (--phone); or link a Telegram chat first, then: sobremesa staff set.")
    added = await staff.add(db, replace(member, school_id=school.id, email=email, name=name, phone=phone), now)
    if added is None:
        raise Refusal(f"Somebody with the email {email} belongs to {school.name} already.")
    await staff_contacts(db, school, [added], now)
    detail = {"role": added.role}
    await audit.add(db, [AuditEntry(school.id, now, actor, "staff added", f"staff {added.id}", detail)])
    return added


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


async def change(db: AsyncConnection, school: School, member: StaffMember, now: datetime, actor: str) -> StaffMember:
    """Keep what changed of a person of this school: the phone, the role, whether alerts reach them. Raises Refusal."""
    member = replace(member, phone=_phone(member.phone), name=" ".join(member.name.split()))
    if not member.name:
        raise Refusal("A person of the school needs a name: families read it under each answer.")
    if member.role not in ROLES:
        raise Refusal(f"A role is one of: {', '.join(ROLES)}.")
    if member.alerted and not addresses(member):
        raise Refusal("Alerts need a phone (--phone) or a linked Telegram chat.")
    await staff.save(db, member)
    # Made now and not by the first alert, which has no time to lose and holds other contacts.
    await staff_contacts(db, school, [member], now)
    detail = {"role": member.role, "alerted": member.alerted, "phone": member.phone is not None}
    await audit.add(db, [AuditEntry(school.id, now, actor, "staff changed", f"staff {member.id}", detail)])
    return member


def addresses(member: StaffMember) -> tuple[str, ...]:
    """Where this person is reached: the linked Telegram chat first, then the phone by SMS."""
    chat = f"telegram:{member.telegram_chat}" if member.telegram_chat else None
    return tuple(address for address in (chat, f"sms:{member.phone}" if member.phone else None) if address)


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
    """A person of the school as a contact; they know who writes, so they count as introduced."""
    return Contact(
        id_,
        member.school_id,
        None,
        address,
        name=member.name,
        role="staff",
        language=member.language,
        language_chosen=True,
        introduced_at=now,
    )


def _phone(number: str | None) -> str | None:
    """The number as it is kept, like +15125550100. Raises Refusal."""
    if not number:
        return None
    address = phones.parse(number)
    if not address.startswith("sms:"):
        raise Refusal("This phone takes SMS: write its number, such as +15125550100.")
    return address.removeprefix("sms:")
