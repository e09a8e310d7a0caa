"""Texts that the school begins outside of a conversation: reminders, changes, what staff are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Media, State
from bot.records import LoggedMessage
from bot.store import ids, messages, schools
from bot.store.outbox import RANKS
from flows.facts import Contact, Permission


@dataclass(frozen=True, slots=True)
class Notice:
    """One text to one contact, in the contact's language; it goes out at ``due_at``, or at once."""

    contact: Contact
    body: str = field(repr=False)
    kind: Kind = Kind.NOTICE
    due_at: datetime | None = None
    expires_at: datetime | None = None
    buttons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    conversation_id: int | None = None
    request_id: int | None = None
    media: tuple[Media, ...] = ()


def may_be_told(contact: Contact) -> bool:
    """Whether anything may be sent to this contact that it did not just ask for."""
    return contact.stopped_at is None and contact.wrong_number_at is None


def may_be_invited(contact: Contact) -> bool:
    """Whether event news may be sent to this contact at all."""
    return may_be_told(contact) and contact.permission is Permission.GIVEN


async def queue(db: AsyncConnection, notices: Iterable[Notice], now: datetime) -> Sequence[LoggedMessage]:
    """Write these texts to the outbox; those to contacts that stopped, or are a wrong number, are left out."""
    wanted = [notice for notice in notices if may_be_told(notice.contact)]
    accounts = await accounts_for(db, [notice.contact for notice in wanted])
    numbers = await ids.reserve(db, len(wanted)) if wanted else ()
    logged = [outgoing(id_, one, accounts, now) for id_, one in zip(numbers, wanted, strict=True)]
    await messages.add(db, logged)
    return logged


async def accounts_for(db: AsyncConnection, contacts: Iterable[Contact]) -> dict[tuple[int, str], str]:
    """The school's own address for each (school, prefix) of contacts that never wrote to one themselves."""
    found: dict[tuple[int, str], str] = {}
    for school_id in {contact.school_id for contact in contacts if not contact.account}:
        for account in await schools.accounts_of(db, school_id):
            found.setdefault((school_id, account.partition(":")[0]), account)
    return found


def outgoing(id_: int, one: Notice, accounts: Mapping[tuple[int, str], str], now: datetime) -> LoggedMessage:
    """The row of the outbox for this text, ready to go."""
    contact = one.contact
    return LoggedMessage(
        id=id_,
        school_id=contact.school_id,
        contact_id=contact.id,
        outgoing=True,
        channel=contact.prefix,
        account=contact.account or accounts.get((contact.school_id, contact.prefix), ""),
        address=contact.address,
        body=one.body,
        created_at=now,
        buttons=one.buttons,
        media=one.media,
        kind=one.kind,
        rank=RANKS[one.kind],
        state=State.READY,
        conversation_id=one.conversation_id,
        due_at=one.due_at or now,
        expires_at=one.expires_at,
        request_id=one.request_id,
    )
