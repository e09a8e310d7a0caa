"""What may go out now. What became of it afterwards is ``bot.store.delivery``.

    ready ───claim──> sending ──accepted──────────────> accepted ──report──> delivered, failed
     ^ │               │ │ │ └──unsure, process died──> unknown ───report──> accepted, delivered, failed
     │ │               │ │ └────refused, blocked──────> failed
     │ │ stopped,      │ └──────tried too often───────> failed
     │ │ expired       │
     │ └─────> dropped │
     └─────────────────┘ try later

A claim is committed before its calls begin, under an attempt id, so that a process that dies leaves a
trace. The messages of one contact go one at a time: lower ranks first, and by id within a rank. One whose
result is unknown holds nothing back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    false,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Outgoing, State
from bot.store.lists import one_of
from bot.store.statements import Query, Update
from bot.store.tables import MICROSECOND, Moment, contacts, messages, schools
from bot.store.values import from_json, keep, maybe_keep
from flows.facts import Permission, QuietHours

RANKS = MappingProxyType({Kind.REPLY: 0, Kind.URGENT: 1, Kind.NOTICE: 2, Kind.EVENT: 3})
"""The place of each kind in the queue, kept in ``messages.rank``: a lower one passes a higher one."""

HELD_AT_NIGHT = {Kind.NOTICE, Kind.EVENT}
WHATSAPP_WINDOW = timedelta(hours=24) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send from ``claimed_at`` to the end of the lease; ``attempts`` counts this."""

    message: Outgoing
    attempt_id: str
    attempts: int
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim took, in the order of sending, and how many it dropped, failed or held until morning.

    ``more`` says that others may be due already.
    """

    messages: Sequence[Claimed]
    set_aside: Counter[State]
    more: bool


class Due(NamedTuple):
    """A message whose time has come, with all that decides about it; moments as they are kept."""

    id: int
    channel: str
    account: str
    address: str
    body: str
    buttons: str | None
    kind: str
    created_at: int
    due_at: int
    expires_at: int | None
    attempts: int
    # The contact as it is now, and its school
    stopped_at: int | None
    wrong_number_at: int | None
    permission: str
    last_inbound_at: int | None
    timezone: str
    quiet_from: int
    quiet_to: int


# Written out, not as parameters, because the indexes of the queue are made for these words.
READY: ColumnElement[str] = literal_column("'ready'")
SENDING: ColumnElement[str] = literal_column("'sending'")
UNSETTLED = (READY, SENDING)

# Any message of the same contact that is waiting or under way.
OTHER = messages.alias("other")
SIBLING = select(OTHER.c.id).where(OTHER.c.contact_id == messages.c.contact_id, OTHER.c.state.in_(UNSETTLED))

DUE = (
    *(messages.c[column] for column in Due._fields[:11]),
    *(contacts.c[column] for column in Due._fields[11:15]),
    *(schools.c[column] for column in Due._fields[15:]),
)
# Asked once more, because the contacts are held only since the look before: meanwhile another sender may
# have committed a message of theirs.
TAKE = Query(
    update(messages)
    .where(one_of(messages.c.id, "ids"), ~SIBLING.where(OTHER.c.state == SENDING).exists())
    .values(
        state=SENDING,
        attempt_id=bindparam("attempt_id", type_=Text),
        attempts=messages.c.attempts + 1,
        lease_until=bindparam("lease_until", type_=Moment),
    )
    .returning(messages.c.id)
)
SET_ASIDE = Update(messages, ("id", "state", "reason", "due_at", "final_at"))


async def claim(
    db: AsyncConnection,
    now: datetime,
    limit: int,
    lease: timedelta,
    prefixes: Iterable[str],
    room: Mapping[str, int] = MappingProxyType({}),
) -> Claim:
    """Take up to ``limit`` due messages to addresses of ``prefixes``, replies first, one a contact.

    ``room`` says for an account how many it may begin; those not named may begin any number. What must
    not go out is dropped, failed or held until morning on the way, by what its contact wants right now.
    """
    found = await look(db, now, limit, frozenset(prefixes), [name for name, n in room.items() if n < 1])
    judged = [(due, _verdict(due, now)) for due in found]
    await SET_ASIDE.run(db, [_aside(due, verdict, now) for due, verdict in judged if verdict])
    fitting = _within([due for due, verdict in judged if not verdict], room)
    claimed = await take(db, fitting, now, lease) if fitting else []
    counts = Counter(verdict.state for _, verdict in judged if verdict)
    return Claim(claimed, counts, more=len(found) == limit or bool(counts))


async def look(
    db: AsyncConnection, now: datetime, limit: int, prefixes: frozenset[str], full: Sequence[str] = ()
) -> list[Due]:
    """The next messages, asked for rank by rank; those of accounts that are ``full`` are left.

    With the rank fixed, the index of the queue stops at the first one that is not due, and never walks
    over the thousands that wait for the morning.
    """
    query, found = _due_of_rank(prefixes), list[Due]()
    for rank in RANKS.values():
        if len(found) < limit:
            rows = await query.rows(db, now=now, rank=rank, full=full, limit=limit - len(found))
            found += map(Due._make, rows)
    return found


@cache
def _due_of_rank(prefixes: frozenset[str]) -> Query:
    """The next message of each contact, with its contact held; those that others hold are left.

    So no other sender takes a message of this contact, and no turn stops it, until we have committed.
    """
    m, other, now = messages, OTHER, bindparam("now", type_=Moment)
    before = or_(other.c.rank < m.c.rank, and_(other.c.rank == m.c.rank, other.c.id < m.c.id))
    # One that was tried and waits for its next try keeps its place; one planned for next week has none yet.
    in_line = or_(other.c.due_at <= now, other.c.attempt_id.is_not(None))
    held_back = SIBLING.where(or_(other.c.state == SENDING, and_(before, in_line))).exists()
    return Query(
        select(*DUE)
        .select_from(m)
        .join(contacts, contacts.c.id == m.c.contact_id)
        .join(schools, schools.c.id == m.c.school_id)
        .where(m.c.state == READY, m.c.rank == bindparam("rank", type_=Integer), m.c.due_at <= now)
        .where(~held_back, ~one_of(m.c.account, "full"))
        .where(or_(false(), *(m.c.address.startswith(f"{prefix}:") for prefix in sorted(prefixes))))
        .order_by(m.c.due_at, m.c.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(of=[contacts, m], key_share=True, skip_locked=True)
    )


class _Verdict(NamedTuple):
    """Why a due message does not go out now; with ``due_at`` it stays in line until then."""

    state: State
    reason: str
    due_at: datetime | None = None


def _verdict(due: Due, now: datetime) -> _Verdict | None:
    """What its contact and the hour say against a message; None when it may go."""
    kind = Kind(due.kind)
    if reason := _unwanted(due, kind):
        return _Verdict(State.DROPPED, reason)
    if due.expires_at is not None and due.expires_at <= keep(now):
        return _Verdict(State.DROPPED, "expired")
    if due.address.startswith("whatsapp:") and keep(now) - (due.last_inbound_at or 0) >= WHATSAPP_WINDOW:
        return _Verdict(State.FAILED, "whatsapp-window")
    if kind in HELD_AT_NIGHT:
        morning = QuietHours(ZoneInfo(due.timezone), due.quiet_from, due.quiet_to).over_at(now)
        if morning > now:
            return _Verdict(State.READY, "quiet-hours", morning)
    return None


def _unwanted(due: Due, kind: Kind) -> str | None:
    """Why the contact, as it is now, does not want a message.

    After a stop only answers go out: the confirmation itself, and those to what the family texts later.
    """
    for since, reason in ((due.stopped_at, "stopped"), (due.wrong_number_at, "wrong-number")):
        if since is not None and (kind is not Kind.REPLY or due.created_at < since):
            return reason
    if kind is Kind.EVENT and due.permission == Permission.REFUSED.value:
        return "no-permission"
    return None


def _aside(due: Due, verdict: _Verdict, now: datetime) -> tuple[int, str, str, int, int | None]:
    held = maybe_keep(verdict.due_at)
    return (due.id, verdict.state.value, verdict.reason, held or due.due_at, None if held else keep(now))


def _within(found: Iterable[Due], room: Mapping[str, int]) -> list[Due]:
    """The first messages of each account, as many as it has room for."""
    left, fitting = Counter(room), []
    for due in found:
        left[due.account] -= due.account in room
        if left[due.account] >= 0:
            fitting.append(due)
    return fitting


async def take(db: AsyncConnection, due: Sequence[Due], now: datetime, lease: timedelta) -> list[Claimed]:
    """Make these ours, but for those whose contact has a message under way by now."""
    attempt_id, ids = uuid4().hex, [one.id for one in due]
    rows = await TAKE.rows(db, ids=ids, attempt_id=attempt_id, lease_until=now + lease)
    taken = {row[0] for row in rows}
    return [Claimed(_outgoing(one), attempt_id, one.attempts + 1, now) for one in due if one.id in taken]


def _outgoing(due: Due) -> Outgoing:
    buttons = tuple((reply, label) for reply, label in from_json(due.buttons or "[]"))
    return Outgoing(due.id, due.channel, due.account, due.address, due.body, buttons, Kind(due.kind))
