"""What became of messages that went out; ``bot.store.outbox`` chose them.

It is known by two roads: the call's own result (``settle``) and the provider's reports afterwards
(``apply_reports``). They come in any order and any number of times; a message only ever moves forward.

Locks on PostgreSQL are taken as everywhere: contacts before messages, each by id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Boolean, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, State, StatusReport
from bot.store import blocks
from bot.store.blocks import Block
from bot.store.erasing import erase_private
from bot.store.lists import one_of
from bot.store.outbox import SENDING, UNSETTLED, Claimed
from bot.store.statements import Query, Update
from bot.store.tables import Moment, contacts, messages
from bot.store.values import keep, maybe_moment
from flows.facts import Contact

# How far a message is. A report of one that we dropped is of an attempt before; and that a phone has it
# outweighs a carrier that gave up on it.
FORWARD = ("ready", "dropped", "sending", "unknown", "accepted", "failed", "delivered")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the attempt at a message, known ``at`` this moment.

    ``state`` is ACCEPTED with the ``provider_id``; READY, to try again at ``due_at``; UNKNOWN; or FAILED.
    An attempt that is not ``counted`` is forgotten. ``blocked``: its contact is not written to any more; ``dead``:
    because its number takes no texts. ``pauses``: until ``due_at`` the provider takes nothing from its sender.
    """

    of: Claimed
    state: State
    at: datetime
    provider_id: str | None = None
    due_at: datetime | None = None
    counted: bool = True
    reason: str | None = None
    code: int | None = None
    blocked: bool = False
    dead: bool = False
    pauses: bool = False


class _Standing(NamedTuple):
    """How far a message is; states and moments as they are kept."""

    id: int
    state: str
    provider_id: str | None
    due_at: int | None
    attempts: int
    reason: str | None
    code: int | None
    sent_at: int | None
    final_at: int | None
    attempt_id: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How full the outbox is; ``oldest_due`` is since when the first one waits, None where none does."""

    ready: int
    sending: int
    oldest_due: datetime | None


OURS = messages.c.outgoing == literal_column("true", Boolean)
LOCK = Query(
    select(*(messages.c[column] for column in _Standing._fields))
    .where(one_of(messages.c.id, "ids"), OURS)
    .order_by(messages.c.id)
    .with_for_update(key_share=True)
)
SAVE = Update(messages, (*_Standing._fields[:-1], "lease_until"))
BY_PROVIDER_IDS = Query(
    select(messages.c.provider_id, messages.c.id).where(
        one_of(messages.c.provider_id, "provider_ids"), messages.c.provider_id.is_not(None), OURS
    )
)
TO_STOPPED = Query(
    select(messages.c.id)
    .join(contacts, contacts.c.id == messages.c.contact_id)
    .where(one_of(messages.c.id, "ids"), OURS, contacts.c.stopped_at.is_not(None))
)
RELEASE = Query(
    update(messages)
    .where(messages.c.state == SENDING, messages.c.state.in_(UNSETTLED))
    .where(messages.c.lease_until <= bindparam("now", type_=Moment))
    # It may have gone, and counts for what its contact got lately.
    .values(
        state=literal_column("'unknown'"),
        lease_until=None,
        reason=literal_column("'lease-ran-out'"),
        sent_at=bindparam("now", type_=Moment),
    )
    .returning(messages.c.id)
)
WAITING = Query(
    select(messages.c.state, func.count(), func.min(messages.c.due_at))
    .where(messages.c.state.in_(UNSETTLED))
    .group_by(messages.c.state)
)


async def settle(db: AsyncConnection, results: Sequence[Result]) -> None:
    """Write down what became of attempts. One that is no longer its message's own attempt changes nothing."""
    if not results:
        return
    blocked = {r.of.message.id: Block(r.at, r.of.claimed_at, r.code, r.dead) for r in results if r.blocked}
    await blocks.stop(db, await blocks.hold(db, blocked), blocked)
    of_message = {result.of.message.id: result for result in results}
    known = await _lock(db, of_message)
    await _save(db, [_settled(one, of_message[one.id]) for one in known if _is_open(one, of_message[one.id])])
    await erase_private(db, [id_ for id_, result in of_message.items() if result.of.message.kind is Kind.PRIVATE])


async def apply_reports(db: AsyncConnection, reports: Sequence[StatusReport], now: datetime) -> int:
    """Move messages forward by what their provider reports; returns how many reports were of no message.

    A report with our id needs nothing else: it may come before ``settle``, and brings the provider's id. Where one
    says that a number takes no texts, and its message got no further, its contact is not written to any more; where a
    text arrives at such a number after all, it is.
    """
    of_message = await _by_message(db, reports)
    held = await _hold_concerned(db, of_message)
    known = await _lock(db, of_message)
    moves = [(one, _moved(one, of_message[one.id], now)) for one in known]
    await _save(db, [after for before, after in moves if after != before])
    blocked = {before.id: _block(before, after, of_message[before.id], now) for before, after in moves}
    await blocks.stop(db, held, {id_: block for id_, block in blocked.items() if block is not None})
    arrived = {after.id for before, after in moves if _arrives(before, after)}
    await blocks.take_back(db, [contact for id_, contact in held.items() if id_ in arrived], now)
    return len(reports) - sum(len(of_message[one.id]) for one in known)


async def release_expired(db: AsyncConnection, now: datetime) -> int:
    """Call it unknown what a process was sending when it died; returns how many there were.

    An unknown message stays so until a report comes, or until it is looked up at its provider.
    """
    lost = [id_ for (id_,) in await RELEASE.rows(db, now=now)]
    await erase_private(db, lost)
    return len(lost)


async def waiting(db: AsyncConnection) -> Waiting:
    """How full the outbox is right now; what was sent long ago costs nothing."""
    found = {state: (n, due_at) for state, n, due_at in await WAITING.rows(db)}
    ready, oldest_due = found.get("ready", (0, None))
    return Waiting(ready, found.get("sending", (0, None))[0], maybe_moment(oldest_due))


async def _lock(db: AsyncConnection, message_ids: Iterable[int]) -> list[_Standing]:
    return [_Standing._make(row) for row in await LOCK.rows(db, ids=message_ids)]


async def _save(db: AsyncConnection, standings: Iterable[_Standing]) -> None:
    await SAVE.run(db, [(*standing[:-1], None) for standing in standings])


def _is_open(known: _Standing, result: Result) -> bool:
    """Whether this attempt still decides. Unknown: its lease ran out while it was under way."""
    return known.attempt_id == result.of.attempt_id and known.state in ("sending", "unknown")


def _settled(known: _Standing, result: Result) -> _Standing:
    at = keep(result.at)
    return known._replace(
        state=result.state.value,
        provider_id=result.provider_id or known.provider_id,
        due_at=known.due_at if result.due_at is None else keep(result.due_at),
        attempts=known.attempts if result.counted else known.attempts - 1,
        reason=result.reason,
        code=result.code,
        # One that nobody knows of may have gone.
        sent_at=at if result.state in (State.ACCEPTED, State.UNKNOWN) else known.sent_at,
        final_at=at if result.state is State.FAILED else None,
    )


def _moved(known: _Standing, reports: Iterable[StatusReport], now: datetime) -> _Standing:
    """How far a message is after reports about it; their order does not matter."""
    for report in reports:
        of_this_attempt = known.provider_id in (None, report.provider_id)
        # That an earlier attempt failed is no news; that it arrived after all is.
        if of_this_attempt or report.state is State.DELIVERED:
            known = _forward(known, report, keep(now))
    return known


def _forward(known: _Standing, report: StatusReport, now: int) -> _Standing:
    known = known._replace(provider_id=known.provider_id or report.provider_id)
    if FORWARD.index(report.state.value) <= FORWARD.index(known.state):
        return known
    return known._replace(
        state=report.state.value,
        reason="not-delivered" if report.state is State.FAILED else None,
        code=report.code,
        sent_at=known.sent_at or now,
        final_at=None if report.state is State.ACCEPTED else now,
    )


async def _by_message(db: AsyncConnection, reports: Sequence[StatusReport]) -> dict[int, list[StatusReport]]:
    """The reports of each message, by our id."""
    nameless = {report.provider_id for report in reports if report.message_id is None}
    found = dict(map(tuple, await BY_PROVIDER_IDS.rows(db, provider_ids=nameless))) if nameless else {}
    by_message = defaultdict(list)
    for report in reports:
        key = found.get(report.provider_id) if report.message_id is None else report.message_id
        if key is not None:
            by_message[key].append(report)
    return by_message


# What it says of the contact


async def _hold_concerned(
    db: AsyncConnection, of_message: Mapping[int, Sequence[StatusReport]]
) -> Mapping[int, Contact]:
    """The contacts that these reports may say something of, by message; before the messages, in the order of locks."""
    blocked = {id_ for id_, reports in of_message.items() if any(report.blocked for report in reports)}
    arrived = {id_ for id_, reports in of_message.items() if any(r.state is State.DELIVERED for r in reports)}
    to_stopped = {id_ for (id_,) in await TO_STOPPED.rows(db, ids=arrived)} if arrived else set[int]()
    return await blocks.hold(db, blocked | to_stopped)


def _block(before: _Standing, after: _Standing, reports: Iterable[StatusReport], now: datetime) -> Block | None:
    """What the report that moved a message says of its contact; None where that is nothing."""
    if after.state != State.FAILED.value or before.state == after.state:
        return None
    for report in reports:
        if report.blocked and report.code == after.code:
            return Block(now, maybe_moment(before.sent_at) or now, report.code, report.dead)
    return None


def _arrives(before: _Standing, after: _Standing) -> bool:
    return before.state != after.state == State.DELIVERED.value
