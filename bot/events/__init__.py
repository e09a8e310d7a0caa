"""What staff do with events: plan them, invite families, see who comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import pulses, turn
from bot.errors import Refusal
from bot.events import event_news, places, reminders
from bot.events.event_news import Change
from bot.family import Changes
from bot.gather import gather
from bot.jobs import Work
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.notices import may_be_invited
from bot.records import AuditEntry, Job
from bot.store import audit, events, families, jobs, rsvps, schools
from bot.store.database import Database
from bot.write import write
from flows.facts import Contact, Event, Household, School

AT_ONCE = 100
"""Households invited in one transaction: few enough that no text waits for it."""
FURTHEST = timedelta(days=400)
"""How far ahead an event is planned: what is further is a slip of the pen."""
UNTIL_ASKED = timedelta(days=2)
"""How long after an event at most its families are asked how they were received."""


@dataclass(frozen=True, slots=True)
class Invited:
    """How an invitation went out. ``families`` got it now; the others are households that did not, by reason."""

    families: int = 0
    contacts: int = 0
    before: int = 0
    """Households that were invited already."""
    unreachable: tuple[Household, ...] = ()
    """Households, not invited before, with nobody who may be written to: no permission, stopped, or no number."""


async def add(db: AsyncConnection, school: School, event: Event, now: datetime, actor: str) -> Event:
    """A new event of the school, with its words in every language of the school. Raises Refusal."""
    _check(school, event)
    if event.starts <= now:
        raise Refusal("The event starts in the past.")
    _check_near(event, now)
    added = await events.add(db, event, now)
    await _set_times(db, school, added, now)
    await audit.add(db, [AuditEntry(school.id, now, actor, "event added", f"event {added.id}")])
    return added


async def change(
    db: AsyncConnection,
    school: School,
    before: Event,
    after: Event,
    now: datetime,
    actor: str,
    *,
    quietly: bool = False,
) -> bool:
    """The event with another time, place, title or offer; whether families are told, which is a job of its own.

    Raises Refusal. Answers stay as they are; ``quietly`` nobody is told, and what is not sent yet is put right.
    """
    check_changed(school, before, after, now)
    after = replace(after, sequence=before.sequence + 1)
    # Its jobs first: a round that is under way holds its job while it waits for the event.
    told = await event_news.arm(db, Change(before, after, quietly), now)
    if told or (before.starts, before.ends) != (after.starts, after.ends):
        await _set_times(db, school, after, now, told=told and not quietly)
    await places.limit(db, before, after, now)
    await events.save(db, after)
    detail = {"starts": [before.starts.isoformat(), after.starts.isoformat()], "quietly": quietly}
    await audit.add(db, [AuditEntry(school.id, now, actor, "event changed", f"event {after.id}", detail)])
    return told and not quietly


def check_changed(school: School, before: Event, after: Event, now: datetime) -> None:
    """Raises Refusal where the event cannot become so."""
    if not before.takes_answers(now):
        raise Refusal("The event is over or was cancelled: nothing of it is changed any more.")
    if before == after:
        raise Refusal("The event is so already; nothing was changed.")
    _check(school, after)
    if before.starts != after.starts and after.starts <= now:
        raise Refusal("The event would start in the past.")
    if after.ends <= now:
        raise Refusal("The event would be over already.")
    if (before.starts, before.ends) != (after.starts, after.ends):
        _check_near(after, now)


async def cancel(
    db: AsyncConnection, school: School, event: Event, now: datetime, actor: str, *, quietly: bool = False
) -> bool:
    """The event does not take place; nobody is asked about it any more, and whether families are told.

    Raises Refusal where it was so before, or where the event is over.
    """
    check_cancelled(event, now)
    after = replace(event, cancelled=True, sequence=event.sequence + 1)
    await reminders.cancel(db, after)
    await pulses.cancel_for_event(db, after)
    await event_news.arm(db, Change(event, after, quietly), now)
    await events.save(db, after)
    await events.cancel(db, event.id, now)
    await jobs.cancel(db, places.KIND, event.id)
    detail = {"quietly": quietly}
    await audit.add(db, [AuditEntry(school.id, now, actor, "event cancelled", f"event {event.id}", detail)])
    return not quietly


def check_cancelled(event: Event, now: datetime) -> None:
    """Raises Refusal where the event cannot be cancelled."""
    if event.cancelled:
        raise Refusal("The event was cancelled before.")
    if event.ends <= now:
        raise Refusal("The event is over: it took place, or nobody was told otherwise.")


def _check(school: School, event: Event) -> None:
    missing = [language for language in school.languages if language not in event.title or language not in event.place]
    if missing:
        raise Refusal(f"The event needs a title and a place in every language of the school: {', '.join(missing)}.")
    if event.ends <= event.starts:
        raise Refusal("The event ends before it starts.")


def _check_near(event: Event, now: datetime) -> None:
    if max(event.starts, event.ends) > now + FURTHEST:
        raise Refusal(f"That is more than {FURTHEST.days} days ahead; is the year right?")


async def _set_times(db: AsyncConnection, school: School, event: Event, now: datetime, *, told: bool = False) -> None:
    """What is done at times that follow from the event's, set anew."""
    await reminders.arm(db, school, event, now, told=told)
    await pulses.arm_for_event(db, school, event)


async def set_missing_times(work: Work) -> None:
    """Set the times of events that a release planned which knew of no reminders and asked nobody how it was.

    What was set once, and done or dropped since, stays so; what has passed is not made up for.
    """
    now = work.clock()
    async with work.database.write() as db:
        found = await events.without_job(db, pulses.AFTER_EVENT, now - UNTIL_ASKED)
        known = await schools.by_ids(db, {event.school_id for event in found}) if found else {}
        planned = [job for event in found for job in _planned(known[event.school_id], event)]
        await jobs.add(db, [job for job in planned if job.due_at > now])


def _planned(school: School, event: Event) -> list[Job]:
    asking = Job(school.id, pulses.AFTER_EVENT, event.id, pulses.due_at(event, school))
    return [*reminders.planned(school, event), asking]


async def find(db: AsyncConnection, school: School, event_id: int) -> Event:
    """An event of this school by its id. Raises Refusal."""
    event = (await events.by_ids(db, [event_id])).get(event_id)
    if event is None or event.school_id != school.id:
        raise Refusal(f"{school.name} has no event {event_id}.")
    return event


async def invite(
    database: Database,
    catalogs: Catalogs,
    school: School,
    event: Event,
    clock: Callable[[], datetime],
    actor: str,
    progress: Callable[[int, int], None] | None = None,
) -> Invited:
    """Invite every household of the school that was not invited yet, each contact in its language.

    Only those are written to who gave permission for event news and did not stop. Stopped midway it can be run again:
    nobody is invited twice. ``progress`` hears how many households are done, of how many.
    """
    check_ahead(event, clock())
    async with database.read() as db:
        everyone = [pair async for pair in families.all_families(db, school.id)]
        before = {home.id for home in await rsvps.households_invited(db, event.id)}
    homes = [(home, contacts) for home, contacts in everyone if contacts]
    invited = Invited(unreachable=tuple(home for home, contacts in everyone if not contacts))
    voice = Voice(catalogs, school)
    for start in range(0, len(homes), AT_ONCE):
        async with database.write() as db:
            invited = await _invite_some(db, voice, event, homes[start : start + AT_ONCE], clock(), invited)
        if progress is not None:
            progress(min(start + AT_ONCE, len(homes)), len(homes))
    invited = replace(invited, unreachable=tuple(home for home in invited.unreachable if home.id not in before))
    async with database.write() as db:
        detail = {"families": invited.families, "contacts": invited.contacts}
        await audit.add(db, [AuditEntry(school.id, clock(), actor, "families invited", f"event {event.id}", detail)])
    return invited


async def _invite_some(
    db: AsyncConnection,
    voice: Voice,
    event: Event,
    homes: Sequence[tuple[Household, list[Contact]]],
    now: datetime,
    so_far: Invited,
) -> Invited:
    check_ahead(await find(db, voice.school, event.id), now)  # it may be cancelled while families are invited
    addresses = [(contact.school_id, contact.address) for _home, contacts in homes for contact in contacts]
    # Held and read anew: who stopped a moment ago is not written to.
    contacts = [contact for contact in await families.lock(db, addresses) if may_be_invited(contact)]
    reachable = {contact.household_id for contact in contacts if contact.household_id is not None}
    answered = {r.household_id for r in await rsvps.of_households(db, reachable, now) if r.event_id == event.id}
    new = await rsvps.invite(db, event, [home.id for home, _contacts in homes if home.id in reachable], now)
    # A household that found the event by itself, and answered, is not asked again.
    writing_to = [contact for contact in contacts if contact.household_id in new - answered]
    await _begin_rsvps(db, voice, event, writing_to, now)
    return replace(
        so_far,
        families=so_far.families + len(new),
        contacts=so_far.contacts + len(writing_to),
        before=so_far.before + len(reachable - new),
        unreachable=(*so_far.unreachable, *(home for home, _contacts in homes if home.id not in reachable)),
    )


def check_ahead(event: Event, now: datetime) -> None:
    """Raises Refusal where nobody is invited any more."""
    if not event.is_ahead(now):
        raise Refusal("The event is over, has begun or was cancelled: nobody is invited to it.")


async def _begin_rsvps(
    db: AsyncConnection, voice: Voice, event: Event, contacts: Sequence[Contact], now: datetime
) -> None:
    known = await gather(db, contacts, now)
    changes = Changes()
    for contact in contacts:
        begun = turn.begin(known[contact.id], contact.id, "rsvp", event.id, now, voice)
        changes.add(begun.finish())
        known |= dict.fromkeys(begun.family.contacts, begun.family)
    await write(db, changes, [], known, now)
