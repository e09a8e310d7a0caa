"""The requests of a school with who made them, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.records import AuditEntry, HelpRequest, LoggedMessage, StaffMember
from bot.store import audit, families, help_requests, messages, staff
from flows.facts import Contact, Household, School

THREAD = 100
"""How many messages of a thread are shown, the newest."""
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """A request with who made it; ``household`` is None where the number belongs to no family any more.

    ``owner`` is who of the school has claimed it, perhaps one who left since. ``alerted`` is False where it is urgent
    and no adult was reached. ``began_at_desk``: one of the staff wrote words of danger there, which
    are for who has the request and the adults named for a danger, and for no other colleague.
    """

    request: HelpRequest
    contact: Contact
    household: Household | None
    owner: StaffMember | None = None
    alerted: bool = True
    began_at_desk: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether somebody has it who is still at the school; of one who left it is nobody's."""
        return self.owner is not None and self.owner.left_at is None

    @property
    def of_staff(self) -> bool:
        """Whether it is about one of the staff, who is of no family; also about one who left since."""
        return self.began_at_desk or (self.contact.role == "staff" and self.contact.household_id is None)

    @property
    def waits_since(self) -> datetime | None:
        """When the family wrote what nobody has answered; None where the school wrote last, or it is closed."""
        request = self.request
        if request.closed_at is not None:
            return None
        if request.last_staff_at is None:
            return request.opened_at
        heard = request.last_family_at
        return heard if heard is not None and heard > request.last_staff_at else None


async def calls(db: AsyncConnection, school: School, *, closed: bool = False) -> list[Call]:
    """The open requests of a school, urgent ones first, then what waits longest; with ``closed`` every request."""
    if closed:
        return await _with_people(db, school.id, await help_requests.all_of_school(db, school.id))
    found = await _with_people(db, school.id, await help_requests.open_of_school(db, school.id))
    return sorted(found, key=lambda call: (not call.request.urgent, call.waits_since or LAST, call.request.id))


async def find(db: AsyncConnection, school: School, request_id: int) -> Call:
    """A request of this school by its id. Raises Refusal."""
    request = await help_requests.by_id(db, request_id)
    if request is None or request.school_id != school.id:
        raise Refusal(f"{school.name} has no request {request_id}; see: sobremesa requests list")
    (call,) = await _with_people(db, school.id, [request])
    return call


async def hold(db: AsyncConnection, school: School, request_id: int) -> Call:
    """The request, read anew once its contact is held: a text of the family may be closing it at this moment."""
    contact = (await find(db, school, request_id)).contact
    await families.lock(db, [(contact.school_id, contact.address)])
    return await find(db, school, request_id)


async def thread(db: AsyncConnection, call: Call) -> list[LoggedMessage]:
    """What this contact and the school wrote to each other, the newest last.

    Of what began at the desk only its own messages: the rest of that chat is about families, and other colleagues.
    """
    if call.began_at_desk:
        own = await messages.thread_about(db, call.contact.id, call.request.id, THREAD)
        return [line for line in own if line.created_at >= call.request.opened_at]
    lines = await messages.thread_of(db, call.contact.id, THREAD, for_staff=True)
    others = {line.request_id for line in lines if line.request_id is not None} - {call.request.id}
    private = await messages.filed(db, others) if others else set()
    return [line for line in lines if line.request_id not in private]


async def begun_at_desk(db: AsyncConnection, requests: Iterable[HelpRequest]) -> set[int]:
    """The ids of those of these requests that are dangers which one of the staff wrote of at the desk."""
    dangers = {request.id for request in requests if request.reason == "danger"}
    return await messages.filed(db, dangers) if dangers else set()


def check_open(call: Call) -> None:
    """Return where the request is open. Raises Refusal."""
    if call.request.closed_at is not None:
        raise Refusal(f"Request {call.request.id} is closed already.")


async def noted(
    db: AsyncConnection, call: Call, member: StaffMember | None, now: datetime, action: str, **detail: int
) -> None:
    """A line of the audit about a request; by the bot itself where there is no ``member``."""
    actor = f"staff {member.id}" if member else "bot"
    line = AuditEntry(call.request.school_id, now, actor, action, f"request {call.request.id}", detail)
    await audit.add(db, [line])


async def _with_people(db: AsyncConnection, school_id: int, requests: Sequence[HelpRequest]) -> list[Call]:
    found = await families.by_ids(db, {request.contact_id for request in requests})
    contacts = {contact.id: contact for contact in found}
    homes = await families.households_of(db, {c.household_id for c in found if c.household_id is not None})
    owned = any(request.owner_id for request in requests)
    owners = {member.id: member for member in await staff.of_school(db, school_id)} if owned else {}
    urgent = {request.id for request in requests if request.urgent}
    silent = urgent - await messages.alerted(db, urgent) if urgent else set()
    private = await begun_at_desk(db, requests)
    known = [_call(request, contacts[request.contact_id], homes, owners, silent) for request in requests]
    return [replace(call, began_at_desk=call.request.id in private) for call in known]


def _call(
    request: HelpRequest,
    contact: Contact,
    homes: Mapping[int, Household],
    owners: Mapping[int, StaffMember],
    silent: set[int],
) -> Call:
    household = homes.get(contact.household_id) if contact.household_id else None
    return Call(request, contact, household, owners.get(request.owner_id or 0), request.id not in silent)
