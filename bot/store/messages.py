"""The message log: what families wrote, and what goes out to them. Sending is ``bot.store.outbox``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Media, State
from bot.records import LoggedMessage, Sent
from bot.store.lists import one_of
from bot.store.signing import signed
from bot.store.statements import Insert, Query, Row
from bot.store.tables import announcement_texts, announcements, conversations, help_requests, messages, schools
from bot.store.values import from_json, keep, maybe_keep, maybe_moment, moment, to_json

RECEIVED = "received"
"""The state, and the kind, of a text that came in."""

COLUMNS = (
    *("id", "school_id", "contact_id", "outgoing", "channel", "account", "address", "body", "created_at"),
    *("buttons", "media", "kind", "rank", "state", "conversation_id", "provider_id", "due_at", "expires_at"),
    *("announcement_id", "request_id"),
)
MESSAGE = [messages.c[column] for column in COLUMNS]

# A message of an announcement says its words in the language in which it went out, and who writes.
ITS_WORDS = and_(
    announcement_texts.c.announcement_id == messages.c.announcement_id,
    announcement_texts.c.language == messages.c.language,
)
SHOWN = [func.coalesce(announcement_texts.c.body, one) if one is messages.c.body else one for one in MESSAGE]

CAME_IN = messages.c.outgoing == literal_column("false", Boolean)
# One chat may be a parent's and a colleague's: what the desk says, and what is about somebody else, is no family's.
TO_A_COLLEAGUE = or_(
    exists().where(help_requests.c.id == messages.c.request_id, help_requests.c.contact_id != messages.c.contact_id),
    exists().where(
        conversations.c.id == messages.c.conversation_id, conversations.c.flow == literal_column("'desk'", Text)
    ),
)

ADD = Insert(messages, COLUMNS)
THREAD = (
    select(*SHOWN, schools.c.name)
    .select_from(messages)
    .join(schools, schools.c.id == messages.c.school_id)
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
        ~TO_A_COLLEAGUE,
    )
)
THREAD_ABOUT = Query(THREAD.where(messages.c.request_id == bindparam("request_id", type_=BigInteger)))
FILE = Query(
    update(messages)
    .where(
        messages.c.contact_id == bindparam("contact_id", type_=BigInteger),
        messages.c.provider_id == bindparam("provider_id", type_=Text),
        messages.c.provider_id.is_not(None),
        CAME_IN,
    )
    .values(request_id=bindparam("request_id", type_=BigInteger))
    .returning(messages.c.id)
)
FILED = Query(
    select(messages.c.request_id)
    .where(one_of(messages.c.request_id, "request_ids"), messages.c.request_id.is_not(None), CAME_IN)
    .distinct()
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
RECEIVED_AS = Query(
    select(messages.c.provider_id)
    .where(one_of(messages.c.provider_id, "provider_ids"), messages.c.provider_id.is_not(None))
    .where(CAME_IN)
)
LAST_SENT = Query(
    select(messages.c.school_id, messages.c.contact_id, messages.c.request_id, conversations.c.flow, messages.c.body)
    .outerjoin(conversations, conversations.c.id == messages.c.conversation_id)
    .where(messages.c.contact_id == bindparam("contact_id", type_=BigInteger))
    .where(messages.c.outgoing == literal_column("true", Boolean))
    .order_by(messages.c.id.desc())
    .limit(1)
)
NEWEST = Query(
    select(func.max(messages.c.id))
    .where(messages.c.contact_id == bindparam("contact_id", type_=BigInteger))
    .where(messages.c.outgoing == literal_column("true", Boolean))
)


async def add(db: AsyncConnection, logged: Iterable[LoggedMessage]) -> None:
    """Write these messages; outgoing ones that are ready go out from here once this is committed."""
    await ADD.run(db, [_row(message) for message in logged])


async def thread_of(
    db: AsyncConnection, contact_id: int, limit: int, *, for_staff: bool = False
) -> list[LoggedMessage]:
    """The newest messages from and to a contact, the oldest of them first.

    What went to those who answered a pulse is not shown ``for_staff``: nobody is to learn who they are. Nor is what was
    written to this contact, or by them, as one of the staff about a request of somebody else.
    """
    query = THREAD_FOR_STAFF if for_staff else THREAD_OF
    rows = await query.rows(db, contact_id=contact_id, limit=limit)
    return [_message(row[:-1], row[-1]) for row in reversed(rows)]


async def thread_about(db: AsyncConnection, contact_id: int, request_id: int, limit: int) -> list[LoggedMessage]:
    """The newest messages from and to a contact that are kept with this help request, the oldest of them first."""
    rows = await THREAD_ABOUT.rows(db, contact_id=contact_id, request_id=request_id, limit=limit)
    return [_message(row[:-1], row[-1]) for row in reversed(rows)]


async def file(db: AsyncConnection, contact_id: int, provider_id: str, request_id: int) -> None:
    """Keep this text, which a member of staff wrote at the desk, with a help request that began there."""
    await FILE.rows(db, contact_id=contact_id, provider_id=provider_id, request_id=request_id)


async def filed(db: AsyncConnection, request_ids: Iterable[int]) -> set[int]:
    """Those of these help requests that began at the desk: texts that came in are kept with them."""
    return {row[0] for row in await FILED.rows(db, request_ids=set(request_ids))}


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


async def kept(db: AsyncConnection, provider_ids: Iterable[str]) -> set[str]:
    """Those of these texts of families that are in the log; one that answered without a name is not."""
    return {row[0] for row in await RECEIVED_AS.rows(db, provider_ids=set(provider_ids))}


async def last_sent_to(db: AsyncConnection, contact_id: int) -> Sent | None:
    """The newest message that this contact was sent."""
    return next((Sent(*row) for row in await LAST_SENT.rows(db, contact_id=contact_id)), None)


async def newest_to(db: AsyncConnection, contact_id: int) -> int:
    """The id of the newest message that this contact was sent, 0 where there is none; a later one has a higher id."""
    return (await NEWEST.rows(db, contact_id=contact_id))[0][0] or 0


def _message(row: Row, school: str) -> LoggedMessage:
    return LoggedMessage(
        id=row[0],
        school_id=row[1],
        contact_id=row[2],
        outgoing=bool(row[3]),
        channel=row[4],
        account=row[5],
        address=row[6],
        body=row[7] if row[18] is None or not row[7] else signed(school, row[7], row[4]),
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
        to_json([_media(one) for one in message.media]) if message.media else None,
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


def _media(one: Media) -> dict[str, str]:
    kept = {"url": one.url, "content_type": one.content_type}
    more = {"instead": one.instead, "tap": one.tap, "label": one.label}
    return kept | {name: said for name, said in more.items() if said}


KINDS = {kind.value: kind for kind in Kind}
STATES = {state.value: state for state in State}
