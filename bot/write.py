"""What turns changed, written in a few statements: the newest of each row, and every message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.family import Changes, Family, Key, Said, TextKey
from bot.messages import Inbound, Kind
from bot.notices import Notice, accounts_for, outgoing
from bot.records import Conversation, LoggedMessage
from bot.store import consents, conversations, families, help_requests, ids, messages, pulses, rsvps, timers
from flows.facts import Contact

BEFORE_THE_START = frozenset({Kind.EVENT})
"""Kinds of message about an event that are not sent any more once it began."""


async def write(
    db: AsyncConnection,
    changes: Changes,
    arrived: Sequence[tuple[Contact, Inbound]],
    known: Mapping[int, Family],
    now: datetime,
) -> None:
    """Write the changes, the texts that arrived and the messages that answer them.

    ``known`` are the families after the changes, by contact.
    """
    fresh = iter(await ids.reserve(db, _needed(changes, arrived)))
    homes = await _make_households(db, changes, fresh, now)
    await families.save_contacts(db, [_moved(contact, homes) for contact in changes.contacts.values()])
    talks = {key: talk if talk.id else replace(talk, id=next(fresh)) for key, talk in changes.conversations.items()}
    await conversations.save(db, talks.values())
    await rsvps.save(
        db,
        [
            replace(r, household_id=homes[r.household_id]) if r.household_id in homes else r
            for r in changes.rsvps.values()
        ],
    )
    await consents.add(db, changes.consents)
    await help_requests.save(db, changes.requests)
    numbers = _Numbers(known, talks)
    await timers.arm(db, [(numbers.of((t.contact_id, t.flow, t.subject_id)), t) for t in changes.timers])
    accounts = await accounts_for(db, [known[said.contact_id].contacts[said.contact_id] for said in changes.said])
    if changes.pulse_answers:
        await pulses.save_answers(db, changes.pulse_answers, now)
    told = [one for one in arrived if not changes.forgotten or _text_key(one[1]) not in changes.forgotten]
    logged = [_arrived(next(fresh), contact, inbound, changes, now) for contact, inbound in told]
    logged += [_queued(next(fresh), said, known[said.contact_id], numbers, accounts) for said in changes.said]
    await messages.add(db, logged)


class _Numbers:
    """The ids of conversations: those that were saved just now, and those that were known before."""

    def __init__(self, known: Mapping[int, Family], saved: Mapping[Key, Conversation]) -> None:
        self._known = known
        self._saved = saved

    def of(self, key: Key) -> int:
        """The id of a conversation that exists."""
        return self._saved[key].id if key in self._saved else self._known[key[0]].conversations[key].id


def _needed(changes: Changes, arrived: Sequence[object]) -> int:
    """How many ids: more than enough, since unused ones cost nothing."""
    return len(changes.households) + len(changes.conversations) + len(changes.said) + len(arrived)


async def _make_households(
    db: AsyncConnection, changes: Changes, fresh: Iterator[int], now: datetime
) -> dict[int, int]:
    """New households written, renamed ones too; the id of each new one by the negative one it had until now."""
    new = {home.id: next(fresh) for home in changes.households.values() if home.id < 0}
    made = [replace(home, id=new[home.id]) for home in changes.households.values() if home.id < 0]
    await families.add_households(db, made, now)
    await families.save_households(db, [home for home in changes.households.values() if home.id > 0])
    return new


def _moved(contact: Contact, homes: Mapping[int, int]) -> Contact:
    home = contact.household_id
    return contact if home is None or home not in homes else replace(contact, household_id=homes[home])


def _text_key(inbound: Inbound) -> TextKey:
    return inbound.channel, inbound.account, inbound.provider_id


def _arrived(id_: int, contact: Contact, inbound: Inbound, changes: Changes, now: datetime) -> LoggedMessage:
    return LoggedMessage(
        id=id_,
        school_id=contact.school_id,
        contact_id=contact.id,
        outgoing=False,
        channel=contact.prefix,
        account=inbound.account,
        address=inbound.address,
        body=changes.logged_as.get(_text_key(inbound), inbound.text),
        created_at=now,
        media=inbound.media,
        provider_id=inbound.provider_id,
    )


def _queued(
    id_: int, said: Said, family: Family, numbers: _Numbers, accounts: Mapping[tuple[int, str], str]
) -> LoggedMessage:
    contact = family.contacts[said.contact_id]
    event = family.events.get(said.conversation[2]) if said.conversation and said.kind in BEFORE_THE_START else None
    notice = Notice(
        contact,
        said.body,
        said.kind,
        expires_at=said.expires_at or (event.starts if event else None),
        buttons=said.buttons,
        conversation_id=numbers.of(said.conversation) if said.conversation else None,
    )
    return outgoing(id_, notice, accounts, said.at)
