"""Asking families how they were received: the day after an event those who were there, and whomever staff ask.

One adult of each household is asked, so that five answers are five families: who answered the invitation, else who
texted last. What is shown of the answers is in ``pulse_results``; how they lose their names, in ``bot.turn.unsigned``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import announcements, turn
from bot.announcements.audiences import Audience
from bot.errors import Refusal
from bot.events import attendance
from bot.family import Changes
from bot.gather import gather
from bot.jobs import LEASE, Work
from bot.language.voice import Voice
from bot.messages import Kind
from bot.notices import may_be_invited
from bot.records import AuditEntry, Job, StaffMember
from bot.store import attendances, audit, events, families, jobs, pulses, rsvps, schools
from bot.store.pulses import KeptPulse
from bot.write import write
from flows.facts import Contact, Event, School

AFTER_EVENT, SEND, MIX = "pulse", "pulse-send", pulses.MIX
LATE_MORNING = time(11)
OPEN_FOR = timedelta(days=14)
A_DAY = timedelta(days=1)
TOO_LATE = timedelta(days=7)
"""How long after its time a pulse is not asked any more: nobody remembers."""
AT_ONCE = 100
"""Families asked in one transaction: few enough that no text waits for it."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom staff ask: all families; those of a language; or about an event those who were there."""

    language: str | None = None
    event: Event | None = None


# When


def due_at(event: Event, school: School) -> datetime:
    """The late morning of the day after an event, on the school's wall clock, in UTC."""
    day = event.ends.astimezone(school.timezone).date() + A_DAY
    return school.quiet_hours.over_at(datetime.combine(day, LATE_MORNING, school.timezone).astimezone(UTC))


async def arm_for_event(db: AsyncConnection, school: School, event: Event) -> None:
    """Set the pulse of an event that is new, or has moved."""
    await jobs.arm(db, [Job(school.id, AFTER_EVENT, event.id, due_at(event, school))])


async def cancel_for_event(db: AsyncConnection, event: Event) -> None:
    """Nobody is asked about this event."""
    await jobs.cancel(db, AFTER_EVENT, event.id)


async def after_event(work: Work, job: Job) -> None:
    """Ask those who were at an event, if it took place and nobody was asked yet."""
    now = work.clock()
    async with work.database.write() as db:
        event = (await events.by_ids(db, [job.subject_id])).get(job.subject_id)
        school = (await schools.by_ids(db, [job.school_id]))[job.school_id]
        if event is None or event.cancelled or await pulses.of_event(db, event.id) is not None:
            return
        if due_at(event, school) > now:  # it moved, and nobody set the job anew
            await arm_for_event(db, school, event)
        elif now - due_at(event, school) <= TOO_LATE:
            await attendance.attended(db, event, now)
            await _plan(db, school, event, await reach(db, school, Whom(event=event)), now)


# Whom


async def reach(db: AsyncConnection, school: School, whom: Whom) -> list[Contact]:
    """Who would be asked now: one contact of each family, of those who may be written to."""
    if whom.event is None:
        homes = [living async for _home, living in families.all_families(db, school.id)]
        asked_before: dict[int, int] = {}
    else:
        there = await _attended(db, whom.event)
        homes = _by_home(await families.contacts_of_households(db, there))
        answered = await rsvps.of_event(db, whom.event.id)
        asked_before = {home.id: rsvp.answered_by for home, rsvp in answered if rsvp.answered_by is not None}
    chosen = (_speaker(living, whom.language, asked_before) for living in homes)
    return [contact for contact in chosen if contact is not None]


async def _attended(db: AsyncConnection, event: Event) -> set[int]:
    """The households that were there: as the door list says, else all who said yes."""
    listed = {home.id for home, _attendance in await attendances.of_event(db, event.id)}
    return listed or {home for home, _adults, _children in await attendances.said_they_come(db, event)}


def _by_home(contacts: Iterable[Contact]) -> list[list[Contact]]:
    homes: dict[int | None, list[Contact]] = {}
    for contact in contacts:
        homes.setdefault(contact.household_id, []).append(contact)
    return [*homes.values()]


def _speaker(living: Iterable[Contact], language: str | None, answered_by: dict[int, int]) -> Contact | None:
    """Who of a household is asked: who answered the invitation, else who texted last, else who came first."""
    able = [c for c in living if may_be_invited(c) and language in (None, c.language)]
    long_ago = datetime.min.replace(tzinfo=UTC)

    def nearest(contact: Contact) -> tuple[bool, datetime, int]:
        answered = answered_by.get(contact.household_id or 0) == contact.id
        return answered, contact.last_inbound_at or long_ago, -contact.id

    return max(able, key=nearest, default=None)


# Asking


async def start(db: AsyncConnection, school: School, whom: Whom, now: datetime, actor: str) -> KeptPulse:
    """Ask these families, as soon as a process that serves finds it; the pulse. Raises Refusal."""
    await check(db, whom, now)
    if whom.event is not None:
        await attendance.attended(db, whom.event, now)
    contacts = await reach(db, school, whom)
    if not contacts:
        raise Refusal("There is nobody to ask.")
    pulse = await _plan(db, school, whom.event, contacts, now)
    detail = {"families": len(contacts)}
    await audit.add(db, [AuditEntry(school.id, now, actor, "families asked", f"pulse {pulse.id}", detail)])
    return pulse


async def check(db: AsyncConnection, whom: Whom, now: datetime) -> None:
    """Return where families may be asked now, if there are any. Raises Refusal."""
    event = whom.event
    if event is None:
        return
    if event.cancelled or event.ends > now:
        raise Refusal("The event is not over, or was cancelled: nobody can say how they were received.")
    known = await pulses.of_event(db, event.id)
    if known is not None:
        raise Refusal(f"The families were asked about this event before, in pulse {known.id}.")


async def _plan(
    db: AsyncConnection, school: School, event: Event | None, contacts: Sequence[Contact], now: datetime
) -> KeptPulse:
    """Write down who is asked; ``send`` begins the conversations, however often it is interrupted."""
    pulse = await pulses.add(db, school.id, event.id if event else None, now, now + OPEN_FOR, now)
    await pulses.ask(db, pulse, [contact.id for contact in contacts])
    await jobs.arm(db, [Job(school.id, SEND, pulse.id, now)])
    return pulse


async def send(work: Work, job: Job) -> None:
    """Begin the conversations of a pulse, some at a time; each contact is asked once."""
    while await _send_some(work, job):
        work.wake()


async def _send_some(work: Work, job: Job) -> bool:
    """Ask the next families, committed; whether there may be more."""
    now = work.clock()
    async with work.database.write() as db:
        pulse = (await pulses.by_ids(db, [job.subject_id])).get(job.subject_id)
        # The job's row is held from here on: two processes never ask the same families.
        if pulse is None or pulse.sent_at is not None or not await jobs.extend(db, job, now + LEASE):
            return False
        asked = await pulses.not_begun(db, pulse.id, AT_ONCE) if pulse.closes_at > now else []
        if not asked:
            await pulses.sent(db, pulse.id, now)
            await jobs.arm(db, [Job(pulse.school_id, MIX, pulse.id, now + A_DAY)])
            return False
        await _ask(db, work, pulse, asked, now)
        return True


async def _ask(db: AsyncConnection, work: Work, pulse: KeptPulse, asked: Sequence[int], now: datetime) -> None:
    school = (await schools.by_ids(db, [pulse.school_id]))[pulse.school_id]
    fact = (await pulses.facts(db, [pulse.id]))[pulse.id]
    addresses = [(contact.school_id, contact.address) for contact in await families.by_ids(db, asked)]
    # Held and read anew: who stopped a moment ago is not written to.
    contacts = [contact for contact in await families.lock(db, addresses) if may_be_invited(contact)]
    known = await gather(db, contacts, now)
    changes, voice = Changes(), Voice(work.catalogs, school)
    for contact in contacts:
        known[contact.id].pulses[pulse.id] = fact
        begun = turn.begin(known[contact.id], contact.id, "pulse", pulse.id, now, voice, Kind.EVENT)
        begun.expires_at = pulse.closes_at
        changes.add(begun.finish())
        known |= dict.fromkeys(begun.family.contacts, begun.family)
    await write(db, changes, [], known, now)
    await pulses.leave_out(db, pulse.id, set(asked) - {contact.id for contact in contacts})


async def mix(work: Work, job: Job) -> None:
    """Take from the answers what the order and the time of their writing tell; daily, until no more come."""
    now = work.clock()
    async with work.database.write() as db:
        pulse = (await pulses.by_ids(db, [job.subject_id])).get(job.subject_id)
        if pulse is None:
            return
        await pulses.mix(db, pulse.id)
        if now < pulse.closes_at + 2 * A_DAY:  # an answer without words is counted a day after its score
            await jobs.arm(db, [Job(pulse.school_id, MIX, pulse.id, now + A_DAY)])


async def tell(
    db: AsyncConnection, school: School, pulse_id: int, member: StaffMember, language: str, text: str, now: datetime
) -> announcements.Announcement:
    """ "You said …, we did …": the draft of an announcement to those who answered. Raises Refusal.

    It is translated, approved and sent like every other; who gets it is shown in numbers only.
    """
    pulse = await find(db, school, pulse_id)
    audience = Audience("answered", pulse.id)
    return await announcements.draft(db, school, member, language, text, "events", audience, now)


async def find(db: AsyncConnection, school: School, pulse_id: int) -> KeptPulse:
    """A pulse of this school by its id. Raises Refusal."""
    pulse = (await pulses.by_ids(db, [pulse_id])).get(pulse_id)
    if pulse is None or pulse.school_id != school.id:
        raise Refusal(f"{school.name} has no pulse {pulse_id}.")
    return pulse
