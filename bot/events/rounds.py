"""A round through the families of an event: some households a transaction, each once, whatever happens between.

A round is a job, and how far it has come is kept with it in the transaction that writes to those families. So it goes
on after a crash where it was, nobody is written to twice, and no text of a family waits for the whole of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import places
from bot.family import Changes, Family, Key
from bot.gather import gather
from bot.jobs import LEASE, Work
from bot.language.voice import Voice
from bot.records import Conversation, Job, Rsvp, Stage
from bot.store import events, families, jobs, rsvps, schools
from bot.store import places as limits
from bot.turn import fail_to_wake
from bot.turn.turn import Turn
from bot.write import write
from flows import event_news
from flows.core.replay import Memory
from flows.facts import Contact, Event

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Households in one transaction: few enough that no text waits for it."""
PUT = (Stage.OPEN, Stage.WAITING)


@dataclass(frozen=True, slots=True)
class Families:
    """Some families that are asked to an event or answered to it; their contacts are held."""

    event: Event
    voice: Voice
    contacts: Sequence[Contact]
    known: Mapping[int, Family]
    now: datetime

    def rsvp(self, contact: Contact) -> Rsvp | None:
        """What the contact's household answered; None where it has not."""
        return self.known[contact.id].rsvps.get(self.event.id)

    def key(self, contact: Contact) -> Key:
        """The contact's own invitation."""
        return contact.id, "rsvp", self.event.id

    def talk(self, contact: Contact) -> Conversation | None:
        """What the contact was asked, where it was."""
        return self.known[contact.id].conversations.get(self.key(contact))

    def turns(self, begin: Callable[[Contact, Family], Turn]) -> Iterator[Turn]:
        """The turn of each contact, finished, one after the other: those of a household see what the others changed.

        One that raises spoils only itself: a person is called to see what the family was to hear.
        """
        known = dict(self.known)
        for contact in self.contacts:
            try:
                begun = begin(contact, known[contact.id])
                begun.finish()
            except Exception as error:  # noqa: BLE001 - the others are written to all the same
                log.error("a turn of a round failed", extra={"contact": contact.id, "error": type(error).__name__})
                begun = fail_to_wake(known[contact.id], contact.id, self.now, self.voice)
            yield begun
            known |= dict.fromkeys(begun.family.contacts, begun.family)


Visit: TypeAlias = Callable[[AsyncConnection, Families, Mapping[str, Any]], Awaitable[bool]]
"""Writes to some families, told the job's detail; False where the round is over before its end."""


async def go(work: Work, job: Job, visit: Visit, progress: Callable[[int], None] = lambda _: None) -> None:
    """Visit all families of the event that the job is about. ``progress`` hears how many households are done."""
    done = 0
    while visited := await _next(work, job, visit):
        done += visited
        work.wake()
        progress(done)


async def _next(work: Work, job: Job, visit: Visit) -> int:
    """Visit the next families, committed; how many households, 0 where the round is over."""
    async with work.database.write() as db:
        now = work.clock()
        detail = await jobs.hold(db, job, now + LEASE)
        if detail is None:  # done, set anew or dropped meanwhile
            return 0
        event = (await events.by_ids(db, [job.subject_id])).get(job.subject_id)
        homes = await rsvps.asked_or_answered(db, job.subject_id, detail.get("after", 0), AT_ONCE)
        if event is None or not homes or not await visit(db, await _held(db, work, event, homes, now), detail):
            return 0
        await jobs.note(db, job, {**detail, "after": homes[-1]})
    return len(homes)


async def _held(db: AsyncConnection, work: Work, event: Event, homes: Sequence[int], now: datetime) -> Families:
    """These households, held in the order of locks: contacts, households, then the places of the event."""
    living = await families.contacts_of_households(db, homes)
    held = await families.lock(db, [(contact.school_id, contact.address) for contact in living])
    if event.places is not None:
        await limits.lock(db, [event.id])
    # Read anew under the lock: who left the household a moment ago is not of it any more.
    wanted = set(homes)
    contacts = [contact for contact in held if contact.household_id in wanted]
    school = (await schools.by_ids(db, [event.school_id]))[event.school_id]
    return Families(event, Voice(work.catalogs, school), contacts, await gather(db, contacts, now), now)


async def save(db: AsyncConnection, some: Families, turns: Iterator[Turn]) -> None:
    """Write what these turns changed and said."""
    changes, known = Changes(), dict(some.known)
    for begun in turns:
        changed = begun.finish()
        changes.add(changed)
        known |= dict.fromkeys(begun.family.contacts, begun.family)
        for rsvp in changed.rsvps.values():
            if (hall := begun.family.halls.get(rsvp.event_id)) is not None:
                hall.keep(rsvp)
    await write(db, changes, [], known, some.now)
    await places.look_again(db, known.values(), some.now)


def put_again(begun: Turn, key: Key) -> None:
    """Put the question that is open in an invitation once more, after a text that names the event already.

    Where it waits for its time, it waits for the time of the event as it is now.
    """
    talk = begun.family.conversations.get(key)
    if talk is None or talk.stage not in PUT:
        return
    came_to = begun.replay(key, Memory.load(talk.record))
    if came_to.open is not None and came_to.open.key == "coming":
        came_to = came_to._replace(open=came_to.open._replace(text=event_news.will_you_come()))
    begun.keep(key, came_to)
