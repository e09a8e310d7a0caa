"""The message log: what families wrote, and what goes out to them. Sending is ``bot.store.outbox``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Media, State
from bot.records import LoggedMessage, Sent
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import announcement_texts, announcements, conversations, messages
from bot.store.values import from_json, keep, maybe_keep, maybe_moment, moment, to_json

RECEIVED = "received"
"""The state, and the kind, of a text that came in."""

COLUMNS = (
    *("id", "school_id", "contact_id", "outgoing", "channel", "account", "address", "body", "created_at"),
    *("buttons", "media", "kind", "rank", "state", "conversation_id", "provider_id", "due_at", "expires_at"),
    *("announcement_id", "request_id"),
)
MESSAGE = [messages.c[column] for column in COLUMNS]

# A message of an announcement says its words in the language in which it went out.
ITS_WORDS = and_(
    announcement_texts.c.announcement_id == messages.c.announcement_id,
    announcement_texts.c.language == messages.c.language,
)
SHOWN = [func.coalesce(announcement_texts.c.body, one) if one is messages.c.body else one for one in MESSAGE]

ADD = Insert(messages, COLUMNS)
THREAD = (
    select(*SHOWN)
    .select_from(messages)
    .outerjoin(announcement_texts, ITS_WORDS)
    .where(messages.c.contact_id == bindparam("contact_id", type_=BigInteger))
    .order_by(messages.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
THREAD_OF = Query(THREAD)
THREAD_FOR_STAFF = Query(
    THREAD.outerjoin(announcements, announcements.c.id == messages.c.announcement_id).where(
        or_(
            announcements.c.id.is_(None),
            announcements.c.audience["kind"].as_string() != literal_column("'answered'", Text),
        ),
        messages.c.kind != literal_column(f"'{Kind.PRIVATE.value}'", Text),
    )
)
ALERTED = Query(
    select(messages.c.request_id)
    .where(one_of(messages.c.request_id, "request_ids"), messages.c.request_id.is_not(None))
    .where(
        messages.c.kind == literal_column(f"'{Kind.URGENT.value}'"),
        messages.c.state.not_in([literal_column(f"'{state.value}'") for state in (State.FAILED, State.DROPPED)]),
    )
    .distinct()
)
QUOTED = Query(
    select(
        messages.c.provider_id,
        conversations.c.contact_id,
        conversations.c.flow,
        conversations.c.subject_id,
    )
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(one_of(messages.c.provider_id, "provider_ids"), messages.c.provider_id.is_not(None))
    .where(messages.c.outgoing == literal_column("true", Boolean))
)

SENT = Query(
    select(
        messages.c.provider_id,
        messages.c.school_id,
        messages.c.contact_id,
        messages.c.request_id,
        conversations.c.flow,
        messages.c.body,
    )
    .outerjoin(conversations, conversations.c.id == messages.c.conversation_id)
    .where(one_of(messages.c.provider_id, "provider_ids"), messages.c.provider_id.is_not(None))
    .where(messages.c.outgoing == literal_column("true", Boolean))
)
LAST_SENT = Query(
    select(messages.c.school_id, messages.c.contact_id, messages.c.request_id, conversations.c.flow, messages.c.body)
    .outerjoin(conversations, conversations.c.id == messages.c.conversation_id)
    .where(messages.c.contact_id == bindparam("contact_id", type_=BigInteger))
    .where(messages.c.outgoing == literal_column("true", Boolean))
    .order_by(messages.c.id.desc())
    .limit(1)
)


async def add(db: AsyncConnection, logged: Iterable[LoggedMessage]) -> None:
    """Write these messages; outgoing ones that are ready go out from here once this is committed."""
    await ADD.run(db, [_row(message) for message in logged])


async def thread_of(
    db: AsyncConnection, contact_id: int, limit: int, *, for_staff: bool = False
) -> list[LoggedMessage]:
    """The newest messages from and to a contact, the oldest of them first.

    What went to those who answered a pulse is not shown ``for_staff``: nobody is to learn who they are.
    """
    query = THREAD_FOR_STAFF if for_staff else THREAD_OF
    rows = await query.rows(db, contact_id=contact_id, limit=limit)
    return [_message(row) for row in reversed(rows)]


async def alerted(db: AsyncConnection, request_ids: Iterable[int]) -> set[int]:
    """Those of these help requests of which some adult of the school was alerted, as far as is known."""
    return {row[0] for row in await ALERTED.rows(db, request_ids=set(request_ids))}


async def conversations_of_provider_ids(
    db: AsyncConnection, provider_ids: Iterable[str]
) -> dict[str, tuple[int, str, int]]:
    """Which conversation (contact, flow, subject) each of these messages of ours asked about."""
    rows = await QUOTED.rows(db, provider_ids=set(provider_ids))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def sent_as(db: AsyncConnection, provider_ids: Iterable[str]) -> dict[str, Sent]:
    """What each of these messages of ours was about, by the provider's id; those of others are left out."""
    return {row[0]: Sent(*row[1:]) for row in await SENT.rows(db, provider_ids=set(provider_ids))}


async def last_sent_to(db: AsyncConnection, contact_id: int) -> Sent | None:
    """The newest message that this contact was sent."""
    return next((Sent(*row) for row in await LAST_SENT.rows(db, contact_id=contact_id)), None)


def _message(row: Row) -> LoggedMessage:
    return LoggedMessage(
        id=row[0],
        school_id=row[1],
        contact_id=row[2],
        outgoing=bool(row[3]),
        channel=row[4],
        account=row[5],
        address=row[6],
        body=row[7],
        created_at=moment(row[8]),
        buttons=tuple((reply, label) for reply, label in from_json(row[9] or "[]")),
        media=tuple(Media(**media) for media in from_json(row[10] or "[]")),
        kind=KINDS.get(row[11]),
        rank=row[12],
        state=STATES.get(row[13]),
        conversation_id=row[14],
        provider_id=row[15],
        due_at=maybe_moment(row[16]),
        expires_at=maybe_moment(row[17]),
        announcement_id=row[18],
        request_id=row[19],
    )


def _row(message: LoggedMessage) -> tuple[Any, ...]:
    media = [{"url": media.url, "content_type": media.content_type} for media in message.media]
    return (
        message.id,
        message.school_id,
        message.contact_id,
        message.outgoing,
        message.channel,
        message.account,
        message.address,
        message.body,
        keep(message.created_at),
        to_json(message.buttons) if message.buttons else None,
        to_json(media) if media else None,
        message.kind.value if message.kind else RECEIVED,
        message.rank,
        message.state.value if message.state else RECEIVED,
        message.conversation_id,
        message.provider_id,
        maybe_keep(message.due_at),
        maybe_keep(message.expires_at),
        message.announcement_id,
        message.request_id,
    )


KINDS = {kind.value: kind for kind in Kind}
STATES = {state.value: state for state in State}
