"""The people of a school."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import StaffMember
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import Moment, contacts, conversations, help_requests, messages, staff
from bot.store.values import keep, maybe_keep, maybe_moment

CHANGING = ("name", "email", "role", "language", "telegram_chat", "left_at", "phone", "alerted")
COLUMNS = ("id", "school_id", *CHANGING)
MEMBER = [staff.c[column] for column in COLUMNS]

ADD = Insert(staff, (*COLUMNS, "created_at"), keys=("school_id", "email"), returning=("id",))
SAVE = Update(staff, ("id", *CHANGING))
OF_SCHOOL = Query(
    select(*MEMBER)
    .where(staff.c.school_id == bindparam("school_id", type_=BigInteger))
    .order_by(staff.c.name, staff.c.id)
)
HOLD = Query(
    select(*MEMBER)
    .where(staff.c.school_id == bindparam("school_id", type_=BigInteger), staff.c.left_at.is_(None))
    .order_by(staff.c.id)
    .with_for_update(key_share=True)
)
BY_EMAIL = Query(
    select(*MEMBER)
    .where(func.lower(staff.c.email) == func.lower(bindparam("email", type_=Text)))
    .order_by(staff.c.school_id)
)

BY_CHATS = Query(
    select(*MEMBER)
    .where(one_of(staff.c.telegram_chat, "chats"), staff.c.telegram_chat.is_not(None), staff.c.left_at.is_(None))
    .order_by(staff.c.id)
)
BY_IDS = Query(select(*MEMBER).where(one_of(staff.c.id, "ids")))

# A parent who works for the school has one chat for both. Only what is for staff is meant here.
NO_FAMILY = exists().where(contacts.c.id == messages.c.contact_id, contacts.c.household_id.is_(None))
OF_THE_DESK = exists().where(
    conversations.c.id == messages.c.conversation_id, conversations.c.flow == literal_column("'desk'")
)
ABOUT_ANOTHER = exists().where(
    help_requests.c.id == messages.c.request_id, help_requests.c.contact_id != messages.c.contact_id
)
# Not dropped here: one that is being sent right now may be tried again later, and would pass us by.
LET_EXPIRE = Query(
    update(messages)
    .where(
        one_of(messages.c.contact_id, "contact_ids"),
        messages.c.state.in_([literal_column(f"'{state}'") for state in ("ready", "sending", "unknown")]),
        or_(NO_FAMILY, OF_THE_DESK, ABOUT_ANOTHER),
    )
    .values(expires_at=bindparam("now", type_=Moment))
    .returning(messages.c.id)
)


async def add(db: AsyncConnection, member: StaffMember, now: datetime) -> StaffMember | None:
    """A new person of a school, under an id of their own; None where the school knows this email already."""
    (id_,) = await ids.reserve(db, 1)
    new = replace(member, id=id_)
    return new if await ADD.returning(db, [(*_row(new), keep(now))]) else None


async def save(db: AsyncConnection, member: StaffMember) -> None:
    """Keep what changed of a person."""
    id_, _school_id, *changing = _row(member)
    await SAVE.run(db, [(id_, *changing)])


async def of_school(db: AsyncConnection, school_id: int) -> list[StaffMember]:
    """Everyone of a school by name, also those who left."""
    return [_member(row) for row in await OF_SCHOOL.rows(db, school_id=school_id)]


async def hold(db: AsyncConnection, school_id: int) -> list[StaffMember]:
    """Everyone who belongs to the school now, held until the transaction ends: nobody else of them can leave."""
    return [_member(row) for row in await HOLD.rows(db, school_id=school_id)]


async def by_email(db: AsyncConnection, email: str) -> list[StaffMember]:
    """Whoever has this email, in capitals or not; in a district one person may belong to several schools."""
    return [_member(row) for row in await BY_EMAIL.rows(db, email=email)]


async def by_chats(db: AsyncConnection, chats: Iterable[str]) -> list[StaffMember]:
    """Who works from these chats of Telegram: one person a chat and school, and nobody who left."""
    return [_member(row) for row in await BY_CHATS.rows(db, chats=set(chats))]


async def by_ids(db: AsyncConnection, staff_ids: Iterable[int]) -> dict[int, StaffMember]:
    """These people by id, also those who left."""
    return {row[0]: _member(row) for row in await BY_IDS.rows(db, ids=set(staff_ids))}


async def let_expire(db: AsyncConnection, contact_ids: Iterable[int], now: datetime) -> int:
    """What waits for these contacts as staff is sent no more; how many messages that were. They must be held.

    What a parent among them waits for as a family still goes out.
    """
    return len(await LET_EXPIRE.rows(db, contact_ids=set(contact_ids), now=now))


def _member(row: Row) -> StaffMember:
    return StaffMember(
        id=row[0],
        school_id=row[1],
        name=row[2],
        email=row[3],
        role=row[4],
        language=row[5],
        telegram_chat=row[6],
        left_at=maybe_moment(row[7]),
        phone=row[8],
        alerted=bool(row[9]),
    )


def _row(member: StaffMember) -> tuple[Any, ...]:
    return (
        member.id,
        member.school_id,
        member.name,
        member.email,
        member.role,
        member.language,
        member.telegram_chat,
        maybe_keep(member.left_at),
        member.phone,
        member.alerted,
    )
