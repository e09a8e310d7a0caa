"""How much event news a person gets within a week; one rule for what is sent, and for what a preview says of it.

A school's cap is a number of messages. Who had as many within the last seven days gets the next one when the oldest of
so many is a week old, or never, where it would be too late by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, overload

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, bindparam, literal_column, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.lists import one_of
from bot.store.statements import Query
from bot.store.tables import MICROSECOND, Moment, contacts, messages
from bot.store.values import moment

WEEK = timedelta(days=7)
_WEEK = WEEK // MICROSECOND

# What an introduction says counts for nobody's week. Written out, because the index is made for these words.
_IS_NEWS = and_(
    messages.c.contact_id == contacts.c.id,
    messages.c.kind == literal_column("'event'"),
    messages.c.sent_at.is_not(None),
    messages.c.sent_at > bindparam("week_began", type_=Moment),
    messages.c.state != literal_column("'failed'"),
    or_(messages.c.announcement_id.is_not(None), messages.c.conversation_id.is_not(None)),
)
full_since: ColumnElement[int] = type_coerce(
    select(messages.c.sent_at)
    .where(_IS_NEWS)
    .order_by(messages.c.sent_at.desc())
    .limit(1)
    .offset(bindparam("spare", type_=Integer))
    .correlate(contacts)
    .scalar_subquery(),
    BigInteger,
)
"""When a contact got the oldest of as much event news as one person gets; NULL where there is room."""

FULL = Query(select(contacts.c.id, full_since).where(one_of(contacts.c.id, "ids")))


def given(cap: int, at: datetime) -> dict[str, object]:
    """The parameters of ``full_since``, for a message that would go ``at`` this moment."""
    return {"week_began": at - WEEK, "spare": cap - 1}


async def full(db: AsyncConnection, contact_ids: Iterable[int], cap: int, now: datetime) -> dict[int, int]:
    """Those of these contacts whose week is full, each with the moment, as it is kept, since when."""
    rows = await FULL.rows(db, ids=sorted(contact_ids), **given(cap, now))
    return {id_: since for id_, since in rows if since is not None}


@overload
def is_too_late(since: int, expires_at: int) -> bool: ...
@overload
def is_too_late(since: ColumnElement[int], expires_at: ColumnElement[int]) -> ColumnElement[bool]: ...
def is_too_late(since: Any, expires_at: Any) -> Any:
    """Whether a message is over before a week that is full ``since`` then has room; of numbers, or of columns."""
    return since + _WEEK >= expires_at


def free_at(since: int) -> datetime:
    """When somebody whose week is full ``since`` then gets news again."""
    return moment(since + _WEEK)
