"""Phones without a phone: texts as from a family, what came back, and what the school made of it.

A text goes in as through any channel, and replies come out of the outbox; this only waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import help_desk, sample
from bot.channels.base import clean
from bot.help_desk import Call
from bot.inbox import Inbox
from bot.language.catalogs import Catalogs
from bot.messages import Inbound, Outgoing, State
from bot.records import HeadCount, LoggedMessage, Rsvp
from bot.sample.news import News
from bot.sample.pocket import Pocket
from bot.sample.suggestions import suggestions
from bot.store import conversations, emptying, events, families, messages, rsvps, schools
from bot.store.database import Database
from flows.facts import Contact, Event, Household, School

CHANNEL = "phone"
PATIENCE = 1
"""Seconds for which a text waits for its reply to be sent."""
MOST_SHOWN = 200
NEW_NUMBERS = tuple(f"sms:+1512555{n:04}" for n in range(120, 200))
"""Invented numbers that nobody has at first."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as one household has it, and its totals. ``answer`` is None where the household said nothing."""

    event: Event
    invited: bool
    answer: Rsvp | None
    totals: HeadCount


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment: whose phone it is, what was said on it, and what the school knows.

    ``contact`` is None for a phone that the school has not heard of.
    """

    at: datetime
    school: School
    homes: Sequence[tuple[Household, Sequence[Contact]]]
    contact: Contact | None
    household: Household | None
    thread: Sequence[LoggedMessage]
    happenings: Sequence[Happening]
    calls: Sequence[Call]
    suggestions: Sequence[str]
    """What might be texted next."""


class Simulator:
    """The sample school's phones. ``news`` hears of each message that is sent, and is told of each text."""

    def __init__(
        self, database: Database, catalogs: Catalogs, inbox: Inbox, clock: Callable[[], datetime], news: News
    ) -> None:
        self.catalogs = catalogs
        self.news = news
        self._database = database
        self._inbox = inbox
        self._clock = clock
        self._pocket = Pocket()
        # Nobody looks while the school is between its end and its new beginning.
        self._whole = asyncio.Lock()

    def hear(self, message: Outgoing) -> None:
        """A message arrived on a phone; may stand wherever a listener is asked for."""
        self._pocket.hear(message)
        self.news.tell()

    async def begin(self, *, anew: bool = False) -> None:
        """The sample school, as it was left; filled again where it is empty or an event is over."""
        async with self._whole:
            async with self._database.read() as db:
                found = await schools.by_accounts(db, [sample.NUMBER])
                to_come = await events.coming_up(db, [school.id for school in found.values()], self._clock())
            if anew or len(to_come) < sample.EVENTS:
                await self._fill()

    async def start_over(self) -> None:
        """Forget everything that was said, and begin with a new evening of answers."""
        async with self._whole:
            await self._fill()
        self.news.tell()

    async def _fill(self) -> None:
        self._pocket.empty()
        async with self._database.write() as db:
            await emptying.empty(db)
        await sample.fill(self._database, self.catalogs, self._clock())

    async def scene(self, contact_id: int | None = None) -> Scene:
        """What one phone and the school show at this moment; without a contact, a phone that is new."""
        async with self._whole, self._database.read() as db:
            school = await _school(db)
            homes = [pair async for pair in families.all_families(db, school.id) if pair[1]]
            found = await families.by_ids(db, [contact_id] if contact_id else [])
            contact = next(iter(found), None)
            at_home = await families.households_of(db, _home(contact))
            happenings = await self._happenings(db, school, contact)
            return Scene(
                at=self._clock(),
                school=school,
                homes=homes,
                contact=contact,
                household=next(iter(at_home.values()), None),
                thread=self._pocket.whole(contact.id, await _thread(db, contact)) if contact else [],
                happenings=happenings,
                calls=await help_desk.calls(db, school),
                suggestions=await _suggestions(db, contact, happenings),
            )

    async def _happenings(self, db: AsyncConnection, school: School, contact: Contact | None) -> list[Happening]:
        now, home = self._clock(), _home(contact)
        to_come = [event for event in await events.coming_up(db, [school.id], now) if not event.cancelled]
        totals = await rsvps.head_counts(db, [event.id for event in to_come])
        answers: Mapping[int, Rsvp] = {rsvp.event_id: rsvp for rsvp in await rsvps.of_households(db, home, now)}
        invited = {event_id for ids in (await rsvps.invited(db, home, now)).values() for event_id in ids}
        return [Happening(event, event.id in invited, answers.get(event.id), totals[event.id]) for event in to_come]

    async def new_number(self) -> str:
        """The address of a phone that the school has not heard of."""
        async with self._whole, self._database.read() as db:
            school = await _school(db)
            known = await families.by_addresses(db, [(school.id, address) for address in NEW_NUMBERS])
        taken = {contact.address for contact in known}
        return next((address for address in NEW_NUMBERS if address not in taken), NEW_NUMBERS[-1])

    async def text(self, address: str, text: str) -> Contact:
        """Text the school from a phone, and wait for a moment until it has answered; whose phone it is now.

        Raises Busy: then nothing was kept.
        """
        async with self._whole:
            inbound = Inbound(CHANNEL, sample.NUMBER, address, uuid4().hex, clean(text), self._clock())
            await self._inbox.receive(inbound)
            async with self._database.read() as db:
                (contact,) = await families.by_addresses(db, [((await _school(db)).id, address)])
                thread = await messages.thread_of(db, contact.id, MOST_SHOWN)
            if all(line.provider_id != inbound.provider_id for line in thread):
                self._pocket.typed(contact.id, contact.school_id, inbound)
        self.news.tell()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._answered(contact)
        return contact

    async def _answered(self, contact: Contact) -> None:
        with self.news.watch() as something:
            while await self._is_due(contact):
                await something.wait()
                something.clear()

    async def _is_due(self, contact: Contact) -> bool:
        async with self._database.read() as db:
            thread = await messages.thread_of(db, contact.id, MOST_SHOWN)
        now = self._clock()
        return any(line.state is State.READY and (line.due_at is None or line.due_at <= now) for line in thread)


async def _suggestions(
    db: AsyncConnection, contact: Contact | None, happenings: Sequence[Happening]
) -> tuple[str, ...]:
    said = next((one for one in happenings if one.invited or one.answer), None)
    if contact is None or said is None:
        return suggestions(contact, None, None, None)
    talks = {talk.subject_id: talk for talk in await conversations.of_contacts(db, [contact.id]) if talk.flow == "rsvp"}
    return suggestions(contact, said.event, talks.get(said.event.id), said.answer)


async def _school(db: AsyncConnection) -> School:
    return (await schools.by_accounts(db, [sample.NUMBER]))[sample.NUMBER]


def _home(contact: Contact | None) -> list[int]:
    return [contact.household_id] if contact and contact.household_id is not None else []


async def _thread(db: AsyncConnection, contact: Contact) -> list[LoggedMessage]:
    """What was texted from and to this phone: not what still waits, and not what was never sent."""
    lines = await messages.thread_of(db, contact.id, MOST_SHOWN)
    return [line for line in lines if line.state not in (State.READY, State.FAILED, State.DROPPED)]
