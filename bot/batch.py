"""One batch: what arrived together, read, decided and written in one transaction.

The order of locks makes it safe for any number of processes: first the keys of what arrived, sorted; then unknown
addresses, sorted; then the contacts by id; then the households by id that they live in or join; then the events with
limited places. What is read afterwards is read by new statements, so that it is what the locks protect. Each step is
one statement for the whole batch. Staff at their desk come last, one by one: what they do has its own statements.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import arrivals, desk, turn
from bot.arrivals import Arrivals
from bot.events import places
from bot.family import Changes, Family, Key, TextKey
from bot.gather import gather
from bot.help_desk import alerts
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.links import joining
from bot.messages import Inbound
from bot.pace import Terms
from bot.records import Due, InboxKey
from bot.store import families, inbox, messages, timers
from bot.turn import openings
from bot.turn.openings import Opening
from bot.write import write
from flows.facts import Contact, School

log = logging.getLogger(__name__)


Item: TypeAlias = Inbound | Due


class Batch:
    """One transaction's worth of texts and times."""

    def __init__(self, db: AsyncConnection, catalogs: Catalogs, now: datetime, terms: Terms | None = None) -> None:
        self._db = db
        self._catalogs = catalogs
        self._now = now
        self._terms = terms or Terms()
        self._changes = Changes()
        self._voices: dict[int, Voice] = {}
        self._logged: set[TextKey] = set()
        """The texts that were changed and those of this batch; ``_changes`` knows which of them are not logged."""

    async def take(self, items: Sequence[Item]) -> list[bool]:
        """Take all to their end; for each whether it was new and is kept now."""
        found = await arrivals.look(self._db, [item for item in items if isinstance(item, Inbound)])
        texts = [item for item in items if isinstance(item, Inbound) and id(item) in found.schools]
        fresh = await self._claim(texts, found.schools)
        due = [item for item in items if isinstance(item, Due)]
        who = {id(text): found.who(text) for text in fresh} | await self._whose(due)
        strangers = [(*who[id(text)], text.account) for text in fresh]
        await families.meet(self._db, strangers, self._now, found.alone(fresh))
        held = {*who.values(), *found.numbers(fresh), *await arrivals.requests_of(self._db, found, fresh)}
        held |= await arrivals.desks_of(self._db, found, fresh)
        people = {(c.school_id, c.address): c for c in await families.lock(self._db, held, found.joining(fresh))}
        opened = await joining.open_chats(self._db, found, fresh, people, self._now)
        known = await gather(self._db, list(people.values()), self._now, texts=len(items))
        quoted = await self._quoted(fresh)
        self._logged = await self._originals(fresh)

        taken = {id(text) for text in fresh} | await self._fire(due)
        aside = await self._set_aside(fresh, found, people, known)
        for item in items:
            if id(item) not in taken or id(item) in aside:
                continue
            contact = people[who[id(item)]]
            if isinstance(item, Due):
                self._wake(known, contact, item)
            else:
                self._take(known, contact, item, quoted, opened.get(id(item)))
        arrived = [(people[who[id(text)]], text) for text in fresh]
        await write(self._db, self._changes, arrived, known, self._now)
        await places.look_again(self._db, known.values(), self._now)
        await alerts.pass_on(self._db, self._catalogs, self._changes.passed_on, known, self._now)
        for text in (text for text in fresh if id(text) in aside):
            contact_id = people[who[id(text)]].id
            await desk.attend(self._db, self._catalogs, found, text, contact_id, self._now, self._terms)
        return [id(item) in taken for item in items]

    async def _set_aside(
        self,
        texts: Iterable[Inbound],
        found: Arrivals,
        people: Mapping[families.Address, Contact],
        known: Mapping[int, Family],
    ) -> set[int]:
        """The texts that are no family's: of staff at their work, and of people who have not said which school."""
        aside = set()
        for text in texts if found.staff or found.links or found.lost else ():
            contact = people[found.who(text)]
            if await desk.takes(self._db, found, text, contact.id, known[contact.id], self._now, self._voice):
                aside.add(id(text))
        return aside

    async def _claim(self, texts: Sequence[Inbound], home: Mapping[int, School]) -> list[Inbound]:
        keys = [InboxKey(text.channel, text.account, text.provider_id, home[id(text)].id) for text in texts]
        new = await inbox.claim(self._db, keys, self._now) if keys else set()
        fresh = []
        for text in texts:
            key = (text.channel, text.account, text.provider_id)
            if key in new:
                new.discard(key)
                fresh.append(text)
        return fresh

    async def _whose(self, due: Sequence[Due]) -> dict[int, tuple[int, str]]:
        """The school and address of each contact whose time came."""
        ids = {item.contact_id for item in due}
        found = {contact.id: contact for contact in await families.by_ids(self._db, ids)} if due else {}
        return {id(item): (item.school_id, found[item.contact_id].address) for item in due}

    async def _fire(self, due: Sequence[Due]) -> set[int]:
        """Those times that were not taken before; from now on they are."""
        if not due:
            return set()
        still = await timers.still_waiting(self._db, {item.id for item in due})
        await timers.fired(self._db, still, self._now)
        return {id(item) for item in due if item.id in still}

    async def _quoted(self, texts: Iterable[Inbound]) -> Mapping[str, Key]:
        """The conversation of each of our messages that a text replies to, by the provider's id."""
        quoted = {text.quoted for text in texts if text.quoted}
        return await messages.conversations_of_provider_ids(self._db, quoted) if quoted else {}

    async def _originals(self, texts: Sequence[Inbound]) -> set[TextKey]:
        """The texts that are in the log, of those that were changed, or come to it with this batch."""
        changed = {text.original for text in texts if text.original}
        if not changed:
            return set()
        kept = await messages.kept(self._db, changed)
        before = {(text.channel, text.account, text.original) for text in texts if text.original in kept}
        return {(c, a, id_) for c, a, id_ in before if id_} | {(t.channel, t.account, t.provider_id) for t in texts}

    def _was_logged(self, text: Inbound) -> bool | None:
        if text.original is None:
            return None
        original = (text.channel, text.account, text.original)
        return original in self._logged and original not in self._changes.forgotten

    def _voice(self, school: School) -> Voice:
        if school.id not in self._voices:
            self._voices[school.id] = Voice(self._catalogs, school)
        return self._voices[school.id]

    def _take(
        self,
        known: dict[int, Family],
        contact: Contact,
        text: Inbound,
        quoted: Mapping[str, Key],
        opening: Opening | None,
    ) -> None:
        family = known[contact.id]
        voice = self._voice(family.school)
        key = quoted.get(text.quoted) if text.quoted else None
        try:
            if opening is None:
                taken = turn.take(family, contact.id, text, self._now, voice, key, self._was_logged(text))
            else:
                taken = openings.take(family, contact.id, text, opening, self._now, voice)
            changes = taken.finish()
        except Exception as error:  # noqa: BLE001 - a turn that raises spoils only itself; a person reads its text
            log.error("a turn failed", extra={"contact": contact.id, "error": type(error).__name__})
            taken = turn.fail(family, contact.id, text, self._now, voice)
            changes = taken.finish()
        self._keep(known, contact.id, taken.family, changes)

    def _wake(self, known: dict[int, Family], contact: Contact, due: Due) -> None:
        family = known[contact.id]
        voice = self._voice(family.school)
        try:
            taken = turn.wake(family, (due.contact_id, due.flow, due.subject_id), due.key, self._now, voice)
            changes = taken.finish()
        except Exception as error:  # noqa: BLE001 - a flow that raises at its time must not hold up the others
            log.error("a timer's turn failed", extra={"timer": due.id, "error": type(error).__name__})
            taken = turn.fail_to_wake(family, contact.id, self._now, voice)
            changes = taken.finish()
        self._keep(known, contact.id, taken.family, changes)

    def _keep(self, known: dict[int, Family], contact_id: int, family: Family, changes: Changes) -> None:
        """Later turns of the same household in this batch go on from here."""
        contact = family.contacts[contact_id]
        if contact.stopped_at == self._now or contact.wrong_number_at == self._now:
            # What was queued a moment ago, in this same batch, was queued before the stop.
            self._changes.said = [said for said in self._changes.said if said.contact_id != contact_id]
        self._changes.add(changes)
        for rsvp in changes.rsvps.values():
            if (hall := family.halls.get(rsvp.event_id)) is not None:
                hall.keep(rsvp)
        if contact.household_id is None:
            known[contact_id] = family.alone(contact_id)
            family = family.without(contact_id)
        for id_ in family.contacts:
            known[id_] = family
