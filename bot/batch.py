"""One batch: what arrived together, read, decided and written in one transaction.

The order of locks makes it safe for any number of processes: first the keys of what arrived, sorted; then unknown
addresses, sorted; then the contacts by id; then their households by id. What is read afterwards is read by new
statements, so that it is what the locks protect. Each step is one statement for the whole batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import turn
from bot.family import Changes, Family, Key
from bot.gather import gather
from bot.language.catalogs import Catalogs
from bot.messages import Inbound
from bot.records import Due, InboxKey
from bot.store import families, inbox, messages, schools, timers
from bot.voice import Voice
from bot.write import write
from flows.facts import Contact, School

log = logging.getLogger(__name__)


Item: TypeAlias = Inbound | Due


class Batch:
    """One transaction's worth of texts and times."""

    def __init__(self, db: AsyncConnection, catalogs: Catalogs, now: datetime) -> None:
        self._db = db
        self._catalogs = catalogs
        self._now = now
        self._changes = Changes()
        self._voices: dict[int, Voice] = {}

    async def take(self, items: Sequence[Item]) -> list[bool]:
        """Take all to their end; for each whether it was new and is kept now."""
        home = await self._schools(items)
        texts = [item for item in items if isinstance(item, Inbound) and item.account in home]
        fresh = await self._claim(texts, home)
        due = [item for item in items if isinstance(item, Due)]
        who = {id(text): (home[text.account].id, text.address) for text in fresh} | await self._whose(due)
        await families.meet(self._db, [(*who[id(text)], text.account) for text in fresh], self._now)
        people = {(c.school_id, c.address): c for c in await families.lock(self._db, set(who.values()))}
        known = await gather(self._db, list(people.values()), self._now)
        quoted = await self._quoted(fresh)

        taken = {id(text) for text in fresh} | await self._fire(due)
        for item in items:
            if id(item) not in taken:
                continue
            contact = people[who[id(item)]]
            if isinstance(item, Due):
                self._wake(known, contact, item)
            else:
                self._take(known, contact, item, quoted)
        arrived = [(people[who[id(text)]], text) for text in fresh]
        await write(self._db, self._changes, arrived, known, self._now)
        return [id(item) in taken for item in items]

    async def _schools(self, items: Sequence[Item]) -> Mapping[str, School]:
        """Whose account was written to. Where an installation has one school, every account is its own."""
        accounts = {item.account for item in items if isinstance(item, Inbound)}
        home = await schools.by_accounts(self._db, sorted(accounts)) if accounts else {}
        strange = accounts - home.keys()
        if strange:
            every = await schools.all_schools(self._db)
            if len(every) == 1:
                return {**home, **dict.fromkeys(strange, every[0])}
            log.warning("texts to an account of no school", extra={"accounts": len(strange)})
        return home

    async def _claim(self, texts: Sequence[Inbound], home: Mapping[str, School]) -> list[Inbound]:
        keys = [InboxKey(text.channel, text.account, text.provider_id, home[text.account].id) for text in texts]
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

    def _voice(self, school: School) -> Voice:
        if school.id not in self._voices:
            self._voices[school.id] = Voice(self._catalogs, school)
        return self._voices[school.id]

    def _take(self, known: dict[int, Family], contact: Contact, text: Inbound, quoted: Mapping[str, Key]) -> None:
        family = known[contact.id]
        voice = self._voice(family.school)
        key = quoted.get(text.quoted) if text.quoted else None
        try:
            taken = turn.take(family, contact.id, text, self._now, voice, key)
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
        if contact.household_id is None:
            known[contact_id] = family.alone(contact_id)
            family = family.without(contact_id)
        for id_ in family.contacts:
            known[id_] = family
