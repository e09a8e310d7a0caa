"""Messages that are taken back before they were sent, because what they say is true no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Text, bindparam, literal_column, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, State
from bot.store.lists import one_of
from bot.store.outbox import READY, UNSETTLED
from bot.store.statements import Query
from bot.store.tables import Moment, messages

TAKE_BACK = Query(
    update(messages)
    # Named twice, so that the index of what still waits is found for it.
    .where(one_of(messages.c.contact_id, "contact_ids"), messages.c.state.in_(UNSETTLED))
    .where(messages.c.state == READY, messages.c.expires_at == bindparam("until", type_=Moment))
    .where(one_of(messages.c.conversation_id, "conversation_ids"))
    .values(
        state=literal_column(f"'{State.DROPPED.value}'"),
        reason=bindparam("why", type_=Text),
        final_at=bindparam("now", type_=Moment),
    )
    .returning(messages.c.contact_id, messages.c.kind)
)


async def take_back(
    db: AsyncConnection,
    contact_ids: Iterable[int],
    conversation_ids: Iterable[int],
    until: datetime,
    reason: str,
    now: datetime,
) -> set[tuple[int, Kind]]:
    """Drop what was to be said in these conversations before ``until``, and no channel has taken: whose, of which kind.

    Answers to what a family wrote go out all the same. The contacts must be held by ``families.lock``.
    """
    asked = {"contact_ids": set(contact_ids), "conversation_ids": set(conversation_ids)}
    rows = await TAKE_BACK.rows(db, **asked, until=until, why=reason, now=now)
    return {(contact_id, Kind(kind)) for contact_id, kind in rows}
