"""Conversations: each contact's place in each flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Conversation, Stage
from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import conversations
from bot.store.values import from_json, maybe_keep, maybe_moment, to_json

KEY = ("contact_id", "flow", "subject_id")
CHANGING = ("stage", "record", "asked_at", "tries", "updated_at")
COLUMNS = ("id", "school_id", *KEY, *CHANGING)
CONVERSATION = [conversations.c[column] for column in COLUMNS]


OF_CONTACTS = Query(select(*CONVERSATION).where(one_of(conversations.c.contact_id, "ids")).order_by(conversations.c.id))
BY_IDS = Query(select(*CONVERSATION).where(one_of(conversations.c.id, "ids")).order_by(conversations.c.id))
SAVE = Insert(conversations, COLUMNS, keys=KEY, update=CHANGING)


async def of_contacts(db: AsyncConnection, contact_ids: Iterable[int]) -> list[Conversation]:
    """The conversations of these contacts, but for closed ones about an event: nothing moves those."""
    return [_conversation(row) for row in await OF_CONTACTS.rows(db, ids=set(contact_ids))]


async def by_ids(db: AsyncConnection, conversation_ids: Iterable[int]) -> list[Conversation]:
    """These conversations, closed ones too."""
    return [_conversation(row) for row in await BY_IDS.rows(db, ids=set(conversation_ids))]


async def save(db: AsyncConnection, changed: Iterable[Conversation]) -> None:
    """Make these conversations, or overwrite those of the same contact, flow and subject.

    A new one whose id is 0 gets one here; one that a message refers to brings an id of ``ids.reserve``.
    """
    ordered = sorted(changed, key=attrgetter(*KEY))
    nameless = sum(not conversation.id for conversation in ordered)
    fresh = iter(await ids.reserve(db, nameless) if nameless else ())
    await SAVE.run(db, [_row(conversation.id or next(fresh), conversation) for conversation in ordered])


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row[0],
        school_id=row[1],
        contact_id=row[2],
        flow=row[3],
        subject_id=row[4],
        stage=STAGES[row[5]],
        record=from_json(row[6]),
        asked_at=maybe_moment(row[7]),
        tries=row[8],
        updated_at=maybe_moment(row[9]),
    )


def _row(id_: int, conversation: Conversation) -> Sequence[Any]:
    return (
        id_,
        conversation.school_id,
        conversation.contact_id,
        conversation.flow,
        conversation.subject_id,
        conversation.stage.value,
        to_json(conversation.record),
        maybe_keep(conversation.asked_at),
        conversation.tries,
        maybe_keep(conversation.updated_at),
    )


STAGES = {stage.value: stage for stage in Stage}
