"""Announcements: what staff broadcast, its words in each language, its messages and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    ScalarSelect,
    Text,
    and_,
    bindparam,
    case,
    distinct,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind
from bot.store import audiences, ids
from bot.store.audiences import DEAD, Audience, Sending, account_of, given, language_of, prefix_of, recipients
from bot.store.blocks import about_number
from bot.store.lists import one_of
from bot.store.outbox import RANKS
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import (
    MICROSECOND,
    Moment,
    announcement_texts,
    announcements,
    consents,
    contacts,
    households,
    messages,
)
from bot.store.values import from_json, keep, maybe_keep, maybe_moment, moment, to_json

TOPICS = MappingProxyType({"events": Kind.EVENT, "urgent": Kind.URGENT})
"""What an announcement may be about, and the kind of its messages."""


@dataclass(frozen=True, slots=True)
class AnnouncementText:
    """The words of one language. ``origin``: "written", "imported", or "machine", which is a draft until approved."""

    language: str
    body: str = field(repr=False)
    origin: str
    updated_at: datetime
    approved_by: int | None = None
    approved_at: datetime | None = None

    @property
    def is_approved(self) -> bool:
        """Whether it may go out."""
        return self.approved_at is not None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What staff broadcast. ``topic``: "events" or "urgent". ``language`` is the one that it was written in.

    ``state``: "draft"; "scheduled" for ``send_at``; "sending" since ``started_at``; "sent" or "stopped" in the end.
    ``reached`` is how far its recipients are written: up to this contact.
    """

    id: int
    school_id: int
    topic: str
    language: str
    audience: Audience
    state: str
    made_by: int | None
    created_at: datetime
    send_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    expires_at: datetime | None = None
    reached: int = 0
    texts: Mapping[str, AnnouncementText] = field(default_factory=dict)
    """By language."""

    @property
    def approved(self) -> frozenset[str]:
        """The languages in which it may go out."""
        return frozenset(language for language, text in self.texts.items() if text.is_approved)

    @property
    def kind(self) -> Kind:
        """The kind of its messages."""
        return TOPICS[self.topic]


@dataclass(frozen=True, slots=True)
class Outcome:
    """So many messages of an announcement came to the same end. ``channel`` is the kind of address ("sms")."""

    language: str
    channel: str
    state: str
    reason: str | None
    code: int | None
    messages: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody who did not get an announcement, or of whom nobody knows. ``state``: "failed", "dropped", "unknown"."""

    contact_id: int
    household: str | None = field(repr=False)
    name: str | None = field(repr=False)
    address: str = field(repr=False)
    language: str
    channel: str
    state: str
    reason: str | None
    code: int | None


CHANGING = ("audience", "state", "send_at", "started_at", "finished_at", "stopped_at", "expires_at", "reached")
COLUMNS = ("id", "school_id", "topic", "language", "made_by", "created_at", *CHANGING)
ANNOUNCEMENT = [announcements.c[column] for column in COLUMNS]
KEY = ("announcement_id", "language")
SAYING = ("body", "origin", "updated_at", "approved_by", "approved_at")
TEXT = [announcement_texts.c[column] for column in (*KEY, *SAYING)]
ID = bindparam("id", type_=BigInteger)
ITS = messages.c.announcement_id == ID
READY, SENDING = (literal_column(f"'{state}'", Text) for state in ("ready", "sending"))

ADD = Insert(announcements, COLUMNS)
SAVE = Update(announcements, ("id", *CHANGING))
SAVE_TEXTS = Insert(announcement_texts, (*KEY, "school_id", *SAYING), keys=KEY, update=SAYING)
BY_ID = Query(select(*ANNOUNCEMENT).where(announcements.c.id == ID))
HOLD = Query(select(*ANNOUNCEMENT).where(announcements.c.id == ID).with_for_update(key_share=True))
OF_SCHOOL = Query(
    select(*ANNOUNCEMENT)
    .where(announcements.c.school_id == bindparam("school_id", type_=BigInteger))
    .order_by(announcements.c.created_at.desc(), announcements.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
TEXTS = Query(select(*TEXT).where(one_of(announcement_texts.c.announcement_id, "ids")).order_by(*TEXT[:2]))

INTRODUCTION = messages.alias("introduction")
# It was written together with the message that it leads to, and belongs to nothing.
LEADS_TO = and_(
    INTRODUCTION.c.contact_id == messages.c.contact_id,
    INTRODUCTION.c.created_at == messages.c.created_at,
    INTRODUCTION.c.kind == messages.c.kind,
    INTRODUCTION.c.announcement_id.is_(None),
    INTRODUCTION.c.conversation_id.is_(None),
    INTRODUCTION.c.request_id.is_(None),
)


def _introductions(state: str, column: str) -> ScalarSelect[Any]:
    """This column of the introduction before a message, where it is in this state."""
    its = INTRODUCTION.c.state == literal_column(f"'{state}'", Text)
    return select(INTRODUCTION.c[column]).where(LEADS_TO, its).limit(1).correlate(messages).scalar_subquery()


# Where the introduction did not arrive, and stopped its contact, the message did not arrive for that reason; and one
# that waits behind it waits for what the introduction waits for. Asked for the few messages that may be concerned.
FAILED_BEFORE = and_(
    messages.c.state == literal_column("'dropped'", Text),
    messages.c.reason.in_([literal_column(f"'{reason}'", Text) for reason in ("stopped", DEAD)]),
    _introductions("failed", "id").is_not(None),
)
HELD_BEFORE = and_(messages.c.state == READY, messages.c.reason.is_(None))
state_of = case((FAILED_BEFORE, literal_column("'failed'", Text)), else_=messages.c.state)
reason_of = case(
    (FAILED_BEFORE, _introductions("failed", "reason")),
    (HELD_BEFORE, _introductions("ready", "reason")),
    else_=messages.c.reason,
)
code_of = case((FAILED_BEFORE, _introductions("failed", "code")), else_=messages.c.code)
ENDS = select(messages.c.language, messages.c.channel, state_of.label("s"), reason_of.label("r"), code_of.label("c"))
ENDED = ENDS.where(ITS).subquery()

STATES = Query(select(ENDED.c.s, func.count()).group_by(ENDED.c.s))
# Its outcome, and what those who got it wrote or took back within the time after it.
OUTCOMES = Query(select(*ENDED.c, func.count()).group_by(*ENDED.c).order_by(*ENDED.c))
REPLY = messages.alias("reply")
# A stop is counted as one, and as no reply.
IS_STOP = exists().where(
    consents.c.contact_id == REPLY.c.contact_id,
    consents.c.at == REPLY.c.created_at,
    consents.c.topic == literal_column("'all'", Text),
    consents.c.permission == literal_column("'refused'", Text),
)
WINDOW = bindparam("window", type_=BigInteger)
REPLIES = Query(
    select(messages.c.language, messages.c.channel, func.count(distinct(messages.c.contact_id)), func.count())
    .select_from(messages)
    .join(
        REPLY,
        and_(
            REPLY.c.contact_id == messages.c.contact_id,
            REPLY.c.id > messages.c.id,
            REPLY.c.outgoing == literal_column("false", Boolean),
            REPLY.c.created_at.between(messages.c.sent_at, messages.c.sent_at + WINDOW),
        ),
    )
    .where(ITS, messages.c.sent_at.is_not(None), ~IS_STOP)
    .group_by(messages.c.language, messages.c.channel)
)
STOPS = Query(
    select(messages.c.language, messages.c.channel, func.count(distinct(messages.c.contact_id)))
    .select_from(messages)
    .join(
        consents,
        and_(
            consents.c.contact_id == messages.c.contact_id,
            consents.c.topic == literal_column("'all'", Text),
            consents.c.permission == literal_column("'refused'", Text),
            ~about_number,
            # One that only the carrier knew ends with a call that is no message sent.
            consents.c.at.between(
                func.coalesce(messages.c.sent_at, messages.c.created_at),
                func.coalesce(messages.c.sent_at, messages.c.created_at) + WINDOW,
            ),
        ),
    )
    .where(ITS)
    .group_by(messages.c.language, messages.c.channel)
)
MISSED = Query(
    select(
        *(
            contacts.c.id,
            households.c.name,
            contacts.c.name,
            messages.c.address,
            messages.c.language,
            messages.c.channel,
        ),
        *(state_of, reason_of, code_of),
    )
    .select_from(messages)
    .join(contacts, contacts.c.id == messages.c.contact_id)
    .outerjoin(households, households.c.id == contacts.c.household_id)
    .where(
        ITS, messages.c.state.in_([literal_column(f"'{state}'", Text) for state in ("failed", "dropped", "unknown")])
    )
    .order_by(households.c.name, contacts.c.name, messages.c.id)
)
UNSETTLED = Query(select(messages.c.id).where(ITS, messages.c.state.in_((READY, SENDING))).limit(1))
WAITING = Query(
    select(messages.c.contact_id, messages.c.created_at)
    .where(ITS, messages.c.state == READY)
    .order_by(messages.c.contact_id)
    .limit(bindparam("limit", type_=Integer))
)
HOLD_CONTACTS = Query(
    select(contacts.c.id).where(one_of(contacts.c.id, "ids")).order_by(contacts.c.id).with_for_update(key_share=True)
)
INTRODUCTIONS = Query(
    select(INTRODUCTION.c.id, INTRODUCTION.c.contact_id)
    .select_from(messages)
    .join(INTRODUCTION, and_(LEADS_TO, INTRODUCTION.c.state == READY))
    .where(ITS, messages.c.state == READY, one_of(messages.c.contact_id, "ids"))
)
NOW = bindparam("now", type_=Moment)
DROPPED = {"state": literal_column("'dropped'"), "reason": literal_column("'taken-back'"), "final_at": NOW}
TAKE_BACK = Query(
    update(messages)
    .where(ITS, one_of(messages.c.contact_id, "ids"), messages.c.state == READY)
    .values(DROPPED)
    .returning(messages.c.id)
)
TAKE_BACK_INTRODUCTIONS = Query(
    update(messages).where(one_of(messages.c.id, "ids"), messages.c.state == READY).values(DROPPED)
)
INTRODUCE_LATER = Update(contacts, ("id", "introduced_at"))


async def add(db: AsyncConnection, new: Announcement) -> Announcement:
    """A new announcement under an id of its own, with its texts."""
    (id_,) = await ids.reserve(db, 1)
    row = (id_, new.school_id, new.topic, new.language, new.made_by, keep(new.created_at), *_changing(new))
    await ADD.run(db, [row])
    await save_texts(db, id_, new.school_id, list(new.texts.values()))
    return await _one(db, BY_ID, id_) or new


async def save(db: AsyncConnection, announcement: Announcement) -> None:
    """Keep what changed of an announcement that is held; not its texts."""
    await SAVE.run(db, [(announcement.id, *_changing(announcement))])


async def save_texts(
    db: AsyncConnection, announcement_id: int, school_id: int, said: Sequence[AnnouncementText]
) -> None:
    """Keep these texts in place of those that there were in their languages."""
    ordered = sorted(said, key=lambda text: text.language)
    await SAVE_TEXTS.run(db, [(announcement_id, text.language, school_id, *_saying(text)) for text in ordered])


async def by_id(db: AsyncConnection, announcement_id: int) -> Announcement | None:
    """An announcement with its texts."""
    return await _one(db, BY_ID, announcement_id)


async def hold(db: AsyncConnection, announcement_id: int) -> Announcement | None:
    """The same, held until the transaction ends; before contacts in the order of locks."""
    return await _one(db, HOLD, announcement_id)


async def of_school(db: AsyncConnection, school_id: int, limit: int) -> list[Announcement]:
    """The newest announcements of a school, the newest first."""
    rows = await OF_SCHOOL.rows(db, school_id=school_id, limit=limit)
    texts = await _texts(db, [row[0] for row in rows])
    return [_announcement(row, texts[row[0]]) for row in rows]


# Its messages


async def write_messages(db: AsyncConnection, announcement: Announcement, sending: Sending, upto: int) -> None:
    """Queue the message of each recipient from above ``reached`` up to the contact ``upto``.

    One that has the message already keeps it.
    """
    audience = announcement.audience
    whom = {**given(audience, sending), "after": announcement.reached, "upto": upto}
    first = 0
    if db.dialect.name == "sqlite":
        # Counted here: since somebody looked, more may get it, whose ids would be another row's.
        ((many,),) = await _counting(audience.kind, audience.language is not None).rows(db, **whom)
        first = (await ids.reserve(db, many))[0] if many else 0
    await _writing(audience.kind, audience.language is not None, db.dialect.name).rows(
        db,
        **whom,
        first_id=first,
        kind=announcement.kind.value,
        rank=RANKS[announcement.kind],
        now=sending.now,
        expires_at=announcement.expires_at,
        announcement_id=announcement.id,
    )


async def states(db: AsyncConnection, announcement_id: int) -> dict[str, int]:
    """How many of its messages are in each state."""
    return dict(map(tuple, await STATES.rows(db, id=announcement_id)))


async def outcomes(db: AsyncConnection, announcement_id: int) -> list[Outcome]:
    """What became of its messages: how many share each language, channel, state, reason and code."""
    return [Outcome(*row) for row in await OUTCOMES.rows(db, id=announcement_id)]


async def replies(db: AsyncConnection, announcement_id: int, within: timedelta) -> list[tuple[str, str, int, int]]:
    """By language and channel: how many recipients texted soon after it, and how many texts."""
    rows = await REPLIES.rows(db, id=announcement_id, window=within // MICROSECOND)
    return [(language, channel, people, texts) for language, channel, people, texts in rows]


async def stops(db: AsyncConnection, announcement_id: int, within: timedelta) -> list[tuple[str, str, int]]:
    """By language and channel: how many recipients stopped all texts soon after it."""
    rows = await STOPS.rows(db, id=announcement_id, window=within // MICROSECOND)
    return [(language, channel, people) for language, channel, people in rows]


async def missed(db: AsyncConnection, announcement_id: int) -> list[Missed]:
    """Those who did not get it, and those of whom nobody knows, by household and name."""
    return [Missed(*row) for row in await MISSED.rows(db, id=announcement_id)]


async def left_out(db: AsyncConnection, announcement: Announcement, sending: Sending) -> list[Missed]:
    """Those for whom no message of it was written, because their number had turned out to take no texts."""
    audience = announcement.audience
    whom = {**given(audience, sending), "after": 0, "upto": announcement.reached, "id": announcement.id}
    query = _left_out(audience.kind, audience.language is not None)
    return [Missed(*row) for row in await query.rows(db, **whom, before=announcement.started_at)]


async def is_under_way(db: AsyncConnection, announcement_id: int) -> bool:
    """Whether any of its messages waits or is being sent."""
    return bool(await UNSETTLED.rows(db, id=announcement_id))


async def take_back(db: AsyncConnection, announcement_id: int, now: datetime, limit: int) -> int:
    """Drop some of the messages that wait, and the introductions before them; how many there were."""
    waiting = [contact_id for contact_id, _ in await WAITING.rows(db, id=announcement_id, limit=limit)]
    if not waiting:
        return 0
    await HOLD_CONTACTS.rows(db, ids=waiting)
    led = await INTRODUCTIONS.rows(db, id=announcement_id, ids=waiting)
    await TAKE_BACK_INTRODUCTIONS.rows(db, ids=[id_ for id_, _ in led], now=now)
    await INTRODUCE_LATER.run(db, sorted((contact_id, None) for _, contact_id in led))
    return len(await TAKE_BACK.rows(db, id=announcement_id, ids=waiting, now=now))


@cache
def _counting(kind: str, by_language: bool) -> Query:
    """How many messages will be written."""
    return Query(select(func.count()).select_from(recipients(kind, by_language, contacts.c.id).subquery()))


@cache
def _left_out(kind: str, by_language: bool) -> Query:
    who = (contacts.c.id, households.c.name, contacts.c.name, contacts.c.address, language_of, prefix_of)
    end = (literal_column(word, Text) for word in ("'dropped'", f"'{DEAD}'", "NULL"))
    its = exists().where(ITS, messages.c.contact_id == contacts.c.id)
    people = audiences.left_out(kind, by_language, *(column.label(f"c{n}") for n, column in enumerate((*who, *end))))
    at_home = contacts.c.household_id == households.c.id
    return Query(
        people.outerjoin_from(contacts, households, at_home)
        .where(~its)
        .order_by(households.c.name, contacts.c.name, contacts.c.id)
    )


@cache
def _writing(kind: str, by_language: bool, dialect: str) -> Query:
    """INSERT … SELECT, so that a million rows never leave the database."""
    made: Mapping[str, Any] = {
        "id": _new_id(dialect),
        "school_id": contacts.c.school_id,
        "contact_id": contacts.c.id,
        "outgoing": literal_column("true", Boolean),
        "channel": prefix_of,
        "account": account_of,
        "address": contacts.c.address,
        "body": literal_column("''", Text),
        "kind": bindparam("kind", type_=Text),
        "rank": bindparam("rank", type_=Integer),
        "state": READY,
        "created_at": NOW,
        "due_at": NOW,
        "expires_at": bindparam("expires_at", type_=Moment),
        "announcement_id": bindparam("announcement_id", type_=BigInteger),
        "language": language_of,
    }
    chosen = recipients(kind, by_language, *(column.label(name) for name, column in made.items()))
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(messages)
    return Query(insert.from_select(list(made), chosen, include_defaults=False).on_conflict_do_nothing())


def _new_id(dialect: str) -> Any:
    if dialect == "sqlite":
        place = func.row_number().over(order_by=contacts.c.id)
        return bindparam("first_id", type_=BigInteger) + place - literal_column("1", BigInteger)
    return func.nextval(literal_column("'sobremesa_ids'"))


# Rows


async def _one(db: AsyncConnection, query: Query, announcement_id: int) -> Announcement | None:
    rows = await query.rows(db, id=announcement_id)
    texts = await _texts(db, [announcement_id]) if rows else {}
    return _announcement(rows[0], texts[announcement_id]) if rows else None


async def _texts(db: AsyncConnection, announcement_ids: Sequence[int]) -> dict[int, dict[str, AnnouncementText]]:
    found: defaultdict[int, dict[str, AnnouncementText]] = defaultdict(dict)
    for id_, language, body, origin, updated_at, approved_by, approved_at in await TEXTS.rows(db, ids=announcement_ids):
        found[id_][language] = AnnouncementText(
            language, body, origin, moment(updated_at), approved_by, maybe_moment(approved_at)
        )
    return found


def _announcement(row: Row, texts: Mapping[str, AnnouncementText]) -> Announcement:
    return Announcement(
        id=row[0],
        school_id=row[1],
        topic=row[2],
        language=row[3],
        made_by=row[4],
        created_at=moment(row[5]),
        audience=Audience.from_json(from_json(row[6])),
        state=row[7],
        send_at=maybe_moment(row[8]),
        started_at=maybe_moment(row[9]),
        finished_at=maybe_moment(row[10]),
        stopped_at=maybe_moment(row[11]),
        expires_at=maybe_moment(row[12]),
        reached=row[13],
        texts=texts,
    )


def _saying(text: AnnouncementText) -> tuple[Any, ...]:
    return (text.body, text.origin, keep(text.updated_at), text.approved_by, maybe_keep(text.approved_at))


def _changing(announcement: Announcement) -> tuple[Any, ...]:
    return (
        to_json(announcement.audience.to_json()),
        announcement.state,
        maybe_keep(announcement.send_at),
        maybe_keep(announcement.started_at),
        maybe_keep(announcement.finished_at),
        maybe_keep(announcement.stopped_at),
        maybe_keep(announcement.expires_at),
        announcement.reached,
    )
