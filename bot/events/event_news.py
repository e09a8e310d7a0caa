"""Telling families that an event has moved, was changed or is cancelled.

Told are households that said yes, perhaps, or wait for a place, and those who were invited and have not said: each
contact in its language, with what was and what is. An answer stays; a question that is open is put again with the
event as it is now. What was queued about the event and is not true any more is taken back before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import rounds
from bot.events.previews import Post, Preview
from bot.events.rounds import Families
from bot.family import Family, Key
from bot.gather import gather
from bot.jobs import LEASE, Work
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.messages import Kind
from bot.notices import may_be_invited, may_be_told
from bot.records import Job, Rsvp, Stage
from bot.store import families, jobs, recall, rsvps
from bot.store.database import Database
from bot.turn import introduce
from bot.turn.turn import Turn
from flows import event_news
from flows.core.text import ByLanguage, Text
from flows.facts import Contact, Event, School

KIND = "event-news"
ENOUGH_TIME = timedelta(hours=3)
"""What a family has left at least, before an event, when it hears of a change in the morning and not at night."""


@dataclass(frozen=True, slots=True)
class Change:
    """An event as families know it, and as it is now. ``quietly``: nobody is told."""

    before: Event
    after: Event
    quietly: bool = False

    @property
    def matters(self) -> bool:
        """Whether there is something to tell some family."""
        return self.makes_untrue or self.no_child_care

    @property
    def makes_untrue(self) -> bool:
        """Whether what families were told is not true any more."""
        return self.after.cancelled or _told(self.before) != _told(self.after)

    @property
    def no_child_care(self) -> bool:
        """Whether there is no child care any more."""
        return self.before.child_care and not self.after.child_care

    def texts(self, school: School, rsvp: Rsvp | None) -> list[Text]:
        """What a family that answered so is told."""
        before, after = self.before, self.after
        if after.cancelled:
            return [event_news.cancelled(school, after, before.starts)]
        said = [event_news.renamed(school, after, before.title)] if before.title != after.title else []
        match before.starts != after.starts, before.place != after.place:
            case True, True:
                said.append(event_news.moved_elsewhere(school, after, before.starts, before.place))
            case True, False:
                said.append(event_news.moved(school, after, before.starts))
            case False, True:
                said.append(event_news.elsewhere(school, after, before.place))
        if self.no_child_care and rsvp is not None and rsvp.child_care:
            said.append(event_news.no_child_care(school, after))
        return said

    def is_urgent(self, school: School, now: datetime) -> bool:
        """Whether a family that heard of it after the quiet hours might be on its way already."""
        first = min(self.before.starts, self.after.starts)
        return first - school.quiet_hours.over_at(now) < ENOUGH_TIME


def _told(event: Event) -> tuple[datetime, ByLanguage, ByLanguage]:
    return event.starts, event.title, event.place


async def arm(db: AsyncConnection, change: Change, now: datetime) -> bool:
    """Have the families told; False where there is nothing to tell.

    Where families wait to be told of a change before this one, they hear of both at once.
    """
    waiting = await jobs.still_to_do(db, KIND, change.after.id)
    if waiting and not waiting[0].detail["after"]:
        change = replace(change, before=_before(change.after, waiting[0].detail))
    if not change.matters:
        await jobs.cancel(db, KIND, change.after.id)
        return False
    await jobs.arm(db, [Job(change.after.school_id, KIND, change.after.id, now, detail=_detail(change))])
    return True


def _detail(change: Change) -> dict[str, Any]:
    before = change.before
    return {
        "starts": before.starts.isoformat(),
        "ends": before.ends.isoformat(),
        "title": dict(before.title),
        "place": dict(before.place),
        "child_care": before.child_care,
        "quietly": change.quietly,
        "after": 0,
    }


def _before(after: Event, detail: Mapping[str, Any]) -> Event:
    return replace(
        after,
        starts=datetime.fromisoformat(detail["starts"]),
        ends=datetime.fromisoformat(detail["ends"]),
        title=ByLanguage(detail["title"]),
        place=ByLanguage(detail["place"]),
        child_care=detail["child_care"],
        cancelled=False,
    )


async def tell(work: Work, job: Job, progress: Callable[[int], None] = lambda _: None) -> None:
    """Tell the families of an event what changed; ``progress`` hears how many households are done."""
    await rounds.go(work, job, _tell, progress)


async def tell_now(work: Work, event: Event, progress: Callable[[int], None]) -> bool:
    """The same at once, in the caller's process; False where another process is at it, or there is nothing to tell."""
    async with work.database.write() as db:
        job = await jobs.claim(db, KIND, event.id, "", work.clock(), LEASE)
    if job is None:
        return False
    await tell(work, job, progress)
    async with work.database.write() as db:
        await jobs.done(db, job, work.clock())
    return True


async def _tell(db: AsyncConnection, some: Families, detail: Mapping[str, Any]) -> bool:
    change = Change(_before(some.event, detail), some.event, detail["quietly"])
    unasked = await _take_back(db, some, change) if change.makes_untrue else set[int]()
    turns = some.turns(lambda contact, family: _turn(some, change, contact, family, unasked=contact.id in unasked))
    await rounds.save(db, some, turns)
    return True


async def _take_back(db: AsyncConnection, some: Families, change: Change) -> set[int]:
    """Drop the invitations and reminders that are not sent yet; the contacts whose invitation was among them."""
    talks = [talk.id for contact in some.contacts if (talk := some.talk(contact)) is not None]
    contact_ids = [contact.id for contact in some.contacts]
    taken = await recall.take_back(db, contact_ids, talks, change.before.starts, "event-changed", some.now)
    return {contact_id for contact_id, kind in taken if kind is Kind.EVENT}


def _turn(some: Families, change: Change, contact: Contact, family: Family, *, unasked: bool) -> Turn:
    """What a contact hears; ``unasked``: its invitation, or a question about it, was taken back unsent."""
    school, key, rsvp = some.voice.school, some.key(contact), some.rsvp(contact)
    kind = Kind.URGENT if change.is_urgent(school, some.now) else Kind.NOTICE
    begun = Turn(family, contact.id, some.now, some.voice, kind)
    begun.about = key if key in family.conversations else None
    begun.expires_at = max(change.before.ends, change.after.ends)
    knows = rsvp is not None or not unasked
    concerned = family.hears(contact) and _concerns(contact, rsvp)
    texts = change.texts(school, rsvp) if knows and not change.quietly and concerned else []
    if texts:
        introduce(begun)
        begun.say(*texts)
    if change.after.cancelled:
        _close(begun, key)
    elif texts or unasked or _waits(family, key):
        _go_on(begun, rsvp, unasked and not texts, key)
    return begun


def _close(begun: Turn, key: Key) -> None:
    """The invitation is over; an "ok" to that needs no answer."""
    talk = begun.family.conversations.get(key)
    if talk is not None:
        begun.draft.save_conversation(replace(talk, stage=Stage.CLOSED, updated_at=begun.now))


def _go_on(begun: Turn, rsvp: Rsvp | None, anew: bool, key: Key) -> None:
    """The invitation with the event as it is now: asked in full where it was never sent, else what is open in it."""
    if anew:
        begun.kind, begun.expires_at = Kind.EVENT, None
        begun.ask_again(key)
        return
    talk = begun.family.conversations.get(key)
    if talk is not None and talk.stage is Stage.DONE and rsvp is not None and rsvp.coming == "yes":
        begun.say(event_news.answer_stays())
    rounds.put_again(begun, key)


def _waits(family: Family, key: Key) -> bool:
    """Whether a question waits for its time, which moves with the event."""
    talk = family.conversations.get(key)
    return talk is not None and talk.stage is Stage.WAITING


def _concerns(contact: Contact, rsvp: Rsvp | None) -> bool:
    if rsvp is None:
        return may_be_invited(contact)
    return rsvp.coming != "no" and may_be_told(contact)


async def preview(
    database: Database,
    catalogs: Catalogs,
    school: School,
    change: Change,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Preview:
    """What ``tell`` would send now, worked out without sending it."""
    found, done, after = Preview(), 0, 0
    async with database.read() as db:
        while homes := await rsvps.asked_or_answered(db, change.after.id, after, rounds.AT_ONCE):
            contacts = await families.contacts_of_households(db, homes)
            known = await gather(db, contacts, now)
            for family in known.values():
                family.events = {**family.events, change.after.id: change.after}
            _count(found, Families(change.after, Voice(catalogs, school), contacts, known, now), change)
            after, done = homes[-1], done + len(homes)
            progress(done)
    return found


def _count(found: Preview, some: Families, change: Change) -> None:
    told = set()
    for begun in some.turns(lambda contact, family: _turn(some, change, contact, family, unasked=False)):
        bodies = tuple(said.body for said in begun.finish().said if said.contact_id == begun.contact_id)
        if bodies:
            contact = begun.contact
            found.posts[Post(contact.language or some.voice.school.languages[0], contact.prefix, bodies)] += 1
            told.add(contact.household_id)
            found.contacts += 1
    found.families += len(told)
