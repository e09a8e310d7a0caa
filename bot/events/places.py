"""Freed places, offered to the waiting list in turn.

A turn that frees places sets a job for the event, in its own transaction. The job offers what is free to the first
household of the list whose party fits, then to the next; one that is too large keeps its turn. An offer holds its
places like a yes until somebody of the household answers, or until a second job takes it back: that household is told
once and waits on, behind those who were on the list by then. The same places are not offered to it again.

The time of an offer is there for those who wait. Where it is over and nobody else waits for these places, the offer
stays until the event. Where somebody begins to wait for them then, its time begins anew, and the household is told.

The contacts, households and the event are held in the order of locks that a batch has, so that no reply and no offer
gives the same place away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.family import Changes, Family, Key
from bot.gather import gather
from bot.hall import Hall
from bot.jobs import Work
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.messages import Kind
from bot.notices import may_be_told
from bot.records import Conversation, Job, Rsvp, Stage
from bot.store import events, families, jobs, places, schools
from bot.turn.turn import Turn
from bot.write import write
from flows.core.replay import Answer, Memory
from flows.facts import Contact, Event, Permission, School
from flows.places import OFFERED
from flows.questions import Coming, Party, PartySize

KIND = "places"
FREED, NEXT = "freed", "next"
"""The jobs of an event: places became free; the time of an offer is over, and the next household may have them."""

KEPT = timedelta(hours=24)
AT_LEAST = timedelta(hours=2)
NEAR = 4
"""A place is kept for a day; near the event for a quarter of the time that is left."""
QUARTER = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 20
"""Households in one transaction: few enough that no text waits for it."""


def kept_until(school: School, event: Event, now: datetime) -> datetime | None:
    """Until when a place that is offered now is kept; None where the event begins before anybody reads of it.

    The time counts from when the offer can be read, which at night is the morning. It ends on a full quarter, and at
    no time at which the next household could not be told.
    """
    read = school.quiet_hours.over_at(now)
    left = event.starts - read
    if left <= timedelta(0):
        return None
    until = read + min(KEPT, max(AT_LEAST, left / NEAR))
    return min(school.quiet_hours.over_at(until - (until - EPOCH) % -QUARTER), event.starts)


async def look_again(db: AsyncConnection, known: Iterable[Family], now: datetime) -> None:
    """After the turns of these families: where somebody may have a place now, that is seen to."""
    halls = {id_: hall for family in known for id_, hall in family.halls.items() if hall.changed}
    due = [
        Job(first[0].school_id, KIND, id_, now, FREED if hall.was_freed else NEXT)
        for id_, hall in halls.items()
        if (first := hall.next_in_line(freed=hall.was_freed) or hall.needed())
    ]
    if due:
        await jobs.arm(db, due)


async def limit(db: AsyncConnection, before: Event, after: Event, now: datetime) -> None:
    """Staff gave an event another number of places. Raises Refusal where more were given away already."""
    if before.places == after.places:
        return
    await places.lock(db, [after.id])
    hall = (await places.halls(db, [after]))[after.id]
    if hall.free < 0:
        raise Refusal(f"{hall.places - hall.free} places are taken or offered already, so {hall.places} are too few.")
    if hall.line():
        await jobs.arm(db, [Job(after.school_id, KIND, after.id, now, FREED)])


async def offer(work: Work, job: Job) -> None:
    """Take back the offers whose time is over, and offer what is free. May be called again: nothing is done twice."""
    now = work.clock()
    passed_over: set[int] = set()
    more = True
    while more:
        async with work.database.write() as db:
            round_ = _Round(db, work.catalogs, now, passed_over, freed=job.key == FREED)
            more = await round_.take(job.subject_id)
        work.wake()


@dataclass(slots=True)
class _Round:
    """One transaction: some offers taken back, some made. ``passed_over`` are the households to leave out."""

    db: AsyncConnection
    catalogs: Catalogs
    now: datetime
    passed_over: set[int]
    freed: bool
    usual: datetime | None = None
    """Until when a place is kept that is offered now."""
    known: dict[int, Family] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)

    async def take(self, event_id: int) -> bool:
        """Whether there may be more to do."""
        event = (await events.by_ids(self.db, [event_id])).get(event_id)
        if event is None or not event.is_ahead(self.now):
            return False
        school = (await schools.by_ids(self.db, [event.school_id]))[event.school_id]
        self.usual = kept_until(school, event, self.now)
        glance = (await places.halls(self.db, [event]))[event_id]
        due = (*self._over(glance), *self._long(glance), *self._next(glance))
        homes = [rsvp.household_id for rsvp in due][:AT_ONCE]
        if homes:
            await self._see_to(event, homes)
        else:
            await self._set_time(event, glance)
        return bool(homes)

    async def _see_to(self, event: Event, homes: Collection[int]) -> None:
        hall = await self._hold(event, homes)
        self._end(event, hall, homes)
        self._offer(event, hall)
        await write(self.db, self.changes, [], self.known, self.now)
        # Whoever could not be asked is left out of the next round; and what was just given back is for others.
        told = {home for (_event, home), rsvp in self.changes.rsvps.items() if rsvp.is_offered}
        self.passed_over |= set(homes) - told

    async def _hold(self, event: Event, homes: Collection[int]) -> Hall:
        """The places of the event, with the families of these households, all held as a batch holds them."""
        contacts = await families.contacts_of_households(self.db, homes)
        held = await families.lock(self.db, [(contact.school_id, contact.address) for contact in contacts])
        await places.lock(self.db, [event.id])
        self.known = await gather(self.db, held, self.now)
        halls = (family.halls[event.id] for family in self.known.values() if event.id in family.halls)
        return next(halls, None) or (await places.halls(self.db, [event]))[event.id]

    def _over(self, hall: Hall) -> list[Rsvp]:
        """The offers whose time is over."""
        offered = (rsvp for rsvp in hall.rows.values() if rsvp.is_offered and rsvp.household_id not in self.passed_over)
        return [rsvp for rsvp in offered if rsvp.offered_until is not None and rsvp.offered_until <= self.now]

    def _long(self, hall: Hall) -> list[Rsvp]:
        """The offers that would last longer than usual although somebody waits for their places by now."""
        if self.usual is None:
            return []
        return [rsvp for rsvp in hall.needed() if rsvp.offered_until is not None and rsvp.offered_until > self.usual]

    def _next(self, hall: Hall) -> list[Rsvp]:
        """The households to offer what is free."""
        return hall.next_in_line(freed=self.freed, but=self.passed_over)

    def _end(self, event: Event, hall: Hall, homes: Collection[int]) -> None:
        """See to the offers of these households whose time is over, or begins anew."""
        needed = [rsvp.household_id for rsvp in hall.needed()]
        for rsvp in (rsvp for rsvp in self._long(hall) if rsvp.household_id in homes):
            if not self._keep_for(rsvp, event, hall):
                self._take_back(rsvp, event, hall)
        for rsvp in (rsvp for rsvp in self._over(hall) if rsvp.household_id in homes):
            if rsvp.household_id in needed:
                self._take_back(rsvp, event, hall)
            else:
                self._save(replace(rsvp, offered_until=event.starts), hall)

    def _save(self, rsvp: Rsvp, hall: Hall) -> None:
        hall.keep(rsvp)
        self.changes.rsvps[rsvp.event_id, rsvp.household_id] = rsvp  # also where nobody is told of it

    def _take_back(self, rsvp: Rsvp, event: Event, hall: Hall) -> None:
        given_back = replace(rsvp, waiting_since=self.now, offered_until=min(rsvp.offered_until or self.now, self.now))
        self._save(given_back, hall)
        self.passed_over.add(rsvp.household_id)
        for family in self._families(rsvp):
            asked = [contact for contact in family.contacts.values() if _was_asked(family, contact, event)]
            for contact in asked:
                self._ask(contact, given_back, event.starts)

    def _offer(self, event: Event, hall: Hall) -> None:
        for rsvp in self._next(hall):
            self._keep_for(rsvp, event, hall)

    def _keep_for(self, rsvp: Rsvp, event: Event, hall: Hall) -> bool:
        """Keep places for a household for the usual time; whether somebody of it could be told so."""
        if self.usual is None:
            return False
        offered = replace(rsvp, offered_until=self.usual)
        for family in self._families(rsvp):
            hall.keep(offered)
            able = [contact for contact in family.contacts.values() if may_be_asked(family, contact, event)]
            asked = [contact for contact in able if self._ask(contact, offered, self.usual)]
            if asked:
                return True
            hall.keep(rsvp)
        return False

    def _families(self, rsvp: Rsvp) -> list[Family]:
        """The family of an answer, if it is held."""
        held = (family for family in self.known.values() if family.household is not None)
        return [family for family in held if family.household and family.household.id == rsvp.household_id][:1]

    def _ask(self, contact: Contact, rsvp: Rsvp, until: datetime) -> bool:
        """Ask a contact what the places of its household now ask for; whether there was a way to."""
        key = (contact.id, "rsvp", rsvp.event_id)
        family = self.known[contact.id]
        turn = Turn(family, contact.id, self.now, Voice(self.catalogs, family.school), Kind.NOTICE)
        turn.draft.save_rsvp(rsvp)
        turn.expires_at = until
        memory = _memory(turn, key, rsvp)
        if memory is None:
            return False
        turn.begin("rsvp", rsvp.event_id, memory)
        self.changes.add(turn.finish())
        self.known |= dict.fromkeys(turn.family.contacts, turn.family)
        return True

    async def _set_time(self, event: Event, hall: Hall) -> None:
        """Come again when the next offer is over."""
        times = [rsvp.offered_until for rsvp in hall.rows.values() if rsvp.is_offered and rsvp.offered_until]
        if times:
            await jobs.arm(self.db, [Job(event.school_id, KIND, event.id, min(times), NEXT)])


def may_be_asked(family: Family, contact: Contact, event: Event) -> bool:
    """Whether a place is offered to this contact of a household that waits for one."""
    able = may_be_told(contact) and family.hears(contact)
    return able and (bool(_talks(family, contact, event)) or contact.permission is Permission.GIVEN)


def _was_asked(family: Family, contact: Contact, event: Event) -> bool:
    able = may_be_told(contact) and family.hears(contact)
    return able and any(talk.stage is Stage.OPEN for talk in _talks(family, contact, event))


def _talks(family: Family, contact: Contact, event: Event) -> list[Conversation]:
    """What this person was asked about the event, here or on another of its contacts."""
    keys = ((id_, "rsvp", event.id) for id_ in family.person(contact.id))
    return [family.conversations[key] for key in keys if key in family.conversations]


def _memory(turn: Turn, key: Key, rsvp: Rsvp) -> Memory | None:
    """The memory that leads to the question about the places: the contact's own, else one made of what is known."""
    talk = turn.family.conversations.get(key)
    made = _made_of(rsvp)
    for memory in (Memory.load(talk.record) if talk else None, made):
        asked = turn.replay(key, memory).open if memory is not None else None
        if asked is not None and asked.key.startswith(OFFERED):
            return memory
    return None


def _made_of(rsvp: Rsvp) -> Memory | None:
    """What a household that waits has answered, as if it had been asked; None where not all of it is known."""
    party = PartySize.of(rsvp.adults, rsvp.children)
    if rsvp.coming != "waiting" or party is None:
        return None
    coming = Answer("yes", (), Coming(party="party").reader)
    return Memory({"coming": coming, "party": Answer(party.dump(), (), Party().reader)})
