"""The message log: what families wrote, and what goes out to them. Sending is ``bot.store.outbox``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Media, State
from bot.records import LoggedMessage
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import conversations, messages
from bot.store.values import from_json, keep, maybe_keep, maybe_moment, moment, to_json

RECEIVED = "received"
"""The state, and the kind, of a text that came in."""

COLUMNS = (
    *("id", "school_id", "contact_id", "outgoing", "channel", "account", "address", "body", "created_at"),
    *("buttons", "media", "kind", "rank", "state", "conversation_id", "provider_id", "due_at", "expires_at"),
    *("announcement_id", "request_id"),
)
MESSAGE = [messages.c[column] for column in COLUMNS]

ADD = Insert(messages, COLUMNS)
THREAD_OF = Query(
    select(*MESSAGE)
    .where(messages.c.contact_id == bindparam("contact_id", type_=BigInteger))
    .order_by(messages.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
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


async def add(db: AsyncConnection, logged: Iterable[LoggedMessage]) -> None:
    """Write these messages; outgoing ones that are ready go out from here once this is committed."""
    await ADD.run(db, [_row(message) for message in logged])


async def thread_of(db: AsyncConnection, contact_id: int, limit: int) -> list[LoggedMessage]:
    """The newest messages from and to a contact, the oldest of them first."""
    rows = await THREAD_OF.rows(db, contact_id=contact_id, limit=limit)
    return [_message(row) for row in reversed(rows)]


async def conversations_of_provider_ids(
    db: AsyncConnection, provider_ids: Iterable[str]
) -> dict[str, tuple[int, str, int]]:
    """Which conversation (contact, flow, subject) each of these messages of ours asked about."""
    rows = await QUOTED.rows(db, provider_ids=set(provider_ids))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


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
