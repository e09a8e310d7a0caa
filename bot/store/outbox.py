"""What may go out now. What became of it afterwards is ``bot.store.delivery``.

    ready ───claim──> sending ──accepted──────────────> accepted ──report──> delivered, failed
     ^ │               │ │ │ └──unsure, process died──> unknown ───report──> accepted, delivered, failed
     │ │               │ │ └────refused, blocked──────> failed
     │ │ stopped,      │ └──────tried too often───────> failed
     │ │ expired …     │
     │ └─────> dropped │
     └─────────────────┘ try later

A claim is committed before its calls begin, under an attempt id, so that a process that dies leaves a
trace. The messages of one contact go one at a time: lower ranks first, and by id within a rank. One whose
result is unknown holds nothing back.

A claim costs the same beside a million waiting messages as beside ten: it asks for the accounts that have any,
leaves those that may not send yet (``bot.store.senders``), and reads one page of each of the others. What speaks
against a message is ``bot.store.verdicts``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from uuid import uuid4

from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, false, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, Media, Outgoing, State
from bot.store import senders, verdicts
from bot.store.erasing import erase_private
from bot.store.lists import one_of
from bot.store.senders import UNLIMITED, Limits, Room
from bot.store.statements import Query, Update
from bot.store.tables import Moment, contacts, messages, schools
from bot.store.values import from_json, keep, maybe_keep, maybe_moment
from bot.store.verdicts import Due, Verdict

RANKS = MappingProxyType({Kind.REPLY: 0, Kind.PRIVATE: 0, Kind.URGENT: 1, Kind.NOTICE: 2, Kind.EVENT: 3})
"""The place of each kind in the queue, kept in ``messages.rank``: a lower one passes a higher one."""

BESIDE = 32
"""How many messages are looked at beside those that a sender may begin: some of them may not go out now."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send from ``claimed_at`` to the end of the lease; ``attempts`` counts this."""

    message: Outgoing
    attempt_id: str
    attempts: int
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim took, in the order of sending, and how many it dropped, failed or held until later.

    ``more`` says that others may be due already; ``free_at`` when a sender that may begin nothing now may again.
    """

    messages: Sequence[Claimed]
    set_aside: Counter[State]
    more: bool
    free_at: datetime | None = None


# Written out, not as parameters, because the indexes of the queue are made for these words.
READY: ColumnElement[str] = literal_column("'ready'")
SENDING: ColumnElement[str] = literal_column("'sending'")
UNSETTLED = (READY, SENDING)

# Any message of the same contact that is waiting or under way.
OTHER = messages.alias("other")
SIBLING = select(OTHER.c.id).where(OTHER.c.contact_id == messages.c.contact_id, OTHER.c.state.in_(UNSETTLED))

DUE = (
    *(messages.c[column] for column in Due._fields[:16]),
    *(contacts.c[column] for column in Due._fields[16:20]),
    contacts.c.language,
    schools.c.timezone,
    contacts.c.timezone,
    *(schools.c[column] for column in Due._fields[23:]),
)


def _accounts_waiting() -> Query:
    """The accounts that have messages ready, each found by one step in the index of the queue."""
    name = func.min(messages.c.account).label("account")
    waiting = select(name).where(messages.c.state == READY).cte("waiting", recursive=True)
    following = select(name).where(messages.c.state == READY, messages.c.account > waiting.c.account)
    step = select(following.correlate(waiting).scalar_subquery()).where(waiting.c.account.is_not(None))
    waiting = waiting.union_all(step)
    return Query(select(waiting.c.account).where(waiting.c.account.is_not(None)))


ACCOUNTS_WAITING = _accounts_waiting()
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
DESCRIBE = Update(messages, ("id", "segments", "language"))
SET_ASIDE = Update(messages, ("id", "state", "reason", "due_at", "final_at"))


async def claim(
    db: AsyncConnection,
    now: datetime,
    limit: int,
    lease: timedelta,
    prefixes: Iterable[str],
    limits: Limits = UNLIMITED,
) -> Claim:
    """Take up to ``limit`` due messages to addresses of ``prefixes``, replies first, one a contact.

    Their senders begin no more than ``limits`` let them. What must not go out is dropped, failed or held until later
    on the way, by what its contact wants right now.
    """
    served = frozenset(prefixes)
    waiting = [name for (name,) in await ACCOUNTS_WAITING.rows(db) if _is_served(name, served)]
    room = await senders.look(db, limits, waiting, now)
    found = await look(db, now, limit, served, {name: room.units(name) for name in waiting if room.has(name)})
    judged = await verdicts.judge(db, found.due, now)
    aside = [(due, verdict) for due, verdict in judged if verdict]
    await SET_ASIDE.run(db, [_aside(due, verdict, now) for due, verdict in aside])
    await erase_private(db, [due.id for due, _verdict in aside if due.kind == Kind.PRIVATE.value])
    gate = await _gate(db, [due for due, verdict in judged if not verdict], limits, now)
    claimed = await take(db, gate.through, now, lease, gate.segments) if gate.through else []
    await gate.close(db)
    later = [*gate.later, *(room.opens_at(name) for name in waiting if not room.has(name))]
    counts = Counter(verdict.state for _, verdict in aside)
    return Claim(claimed, counts, found.more or bool(aside), maybe_moment(min(later, default=None)))


def _is_served(account: str, prefixes: frozenset[str]) -> bool:
    """Whether what waits for an account may be for a channel that is on; of one without a name, nobody knows."""
    return not account or account.partition(":")[0] in prefixes


# Looking


@dataclass(frozen=True, slots=True)
class Found:
    """The next due messages; ``more`` says that there were others, for which there was no place."""

    due: list[Due]
    more: bool


async def look(
    db: AsyncConnection, now: datetime, limit: int, prefixes: frozenset[str], accounts: Mapping[str, int | None]
) -> Found:
    """The next messages of these accounts, asked for rank by rank; each account with how much it may begin.

    With the account and the rank fixed, the index of the queue stops at the first one that is not due, and never
    walks over the thousands that wait for the morning or for another sender.
    """
    query, found, more = _due_of(prefixes), list[Due](), False
    for rank in sorted(set(RANKS.values())):
        page: list[Due] = []
        for account, units in accounts.items() if len(found) < limit else ():
            most = limit - len(found) if units is None else min(limit - len(found), units + BESIDE)
            rows = await query.rows(db, now=now, account=account, rank=rank, limit=most)
            page += map(Due._make, rows)
            more |= units is None and len(rows) == most
        page.sort(key=lambda due: (due.due_at, due.id))
        more |= len(found) + len(page) > limit
        found += page[: limit - len(found)]
    return Found(found, more)


@cache
def _due_of(prefixes: frozenset[str]) -> Query:
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
        .where(m.c.state == READY, m.c.account == bindparam("account", type_=Text))
        .where(m.c.rank == bindparam("rank", type_=Integer), m.c.due_at <= now, ~held_back)
        .where(or_(false(), *(m.c.address.startswith(f"{prefix}:") for prefix in sorted(prefixes))))
        .order_by(m.c.due_at, m.c.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(of=[contacts, m], key_share=True, skip_locked=True)
    )


def _aside(due: Due, verdict: Verdict, now: datetime) -> tuple[int, str, str, int, int | None]:
    held = maybe_keep(verdict.due_at)
    return (due.id, verdict.state.value, verdict.reason, held or due.due_at, None if held else keep(now))


# The limits


class _Gate:
    """Lets messages through, one by one, as long as their senders have room and their chats do not rest."""

    def __init__(self, limits: Limits, room: Room, resting: Mapping[int, int], now: datetime) -> None:
        self.through: list[Due] = []
        self.segments: dict[int, int] = {}
        """How many segments each SMS takes that went through."""
        self.later: list[int] = []
        """From when on those that have to wait may go, as moments are kept."""
        self._limits, self._room, self._resting, self._now = limits, room, resting, now

    def let(self, due: Due) -> None:
        sender = sender_of(due.account, due.address)
        if due.contact_id in self._resting:
            self.later.append(self._resting[due.contact_id])
        elif self._room.has(sender):
            self.through.append(due)
            self._room.spend(sender, self._units(due))
        else:
            self.later.append(self._room.opens_at(sender))

    def _units(self, due: Due) -> int:
        if self._limits.segments is None or not due.address.startswith("sms:"):
            return 1
        self.segments[due.id] = self._limits.segments(due.body)
        return self.segments[due.id]

    async def close(self, db: AsyncConnection) -> None:
        """Write down what went through."""
        await senders.spend(db, self._room)
        await senders.rest_chats(db, [due.contact_id for due in self.through if _is_chat(due, self._limits)], self._now)


async def _gate(db: AsyncConnection, wanted: Sequence[Due], limits: Limits, now: datetime) -> _Gate:
    """A gate that these messages went through, or not. Its senders are held, the last in the order of locks."""
    room = await senders.hold(db, limits, {sender_of(due.account, due.address) for due in wanted}, now)
    chats = [due.contact_id for due in wanted if _is_chat(due, limits)]
    gate = _Gate(limits, room, await senders.resting_chats(db, chats, now), now)
    for due in wanted:
        gate.let(due)
    return gate


def sender_of(account: str, address: str) -> str:
    """What the limit of a message is known by: its account, or only the kind of it where it has none."""
    return account or f"{address.partition(':')[0]}:"


def _is_chat(due: Due, limits: Limits) -> bool:
    return due.address.partition(":")[0] in limits.chats


# Taking


async def take(
    db: AsyncConnection,
    due: Sequence[Due],
    now: datetime,
    lease: timedelta,
    segments: Mapping[int, int] = MappingProxyType({}),
) -> list[Claimed]:
    """Make these ours, but for those whose contact has a message under way by now; kept with their segments."""
    attempt_id, ids = uuid4().hex, [one.id for one in due]
    rows = await TAKE.rows(db, ids=ids, attempt_id=attempt_id, lease_until=now + lease)
    taken = {row[0] for row in rows}
    ours = [one for one in due if one.id in taken]
    described = [(one.id, segments.get(one.id), one.language) for one in ours]
    await DESCRIBE.run(db, sorted(row for row in described if row[1:] != (None, None)))
    return [Claimed(_outgoing(one), attempt_id, one.attempts + 1, now) for one in ours]


def _outgoing(due: Due) -> Outgoing:
    buttons = tuple((reply, label) for reply, label in from_json(due.buttons or "[]"))
    media = tuple(Media(**one) for one in from_json(due.media or "[]"))
    kind, attempt = Kind(due.kind), due.attempts + 1
    return Outgoing(due.id, due.channel, due.account, due.address, due.body, buttons, kind, media, attempt)
