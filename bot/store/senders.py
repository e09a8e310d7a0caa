"""How fast the school's own addresses may send, over all processes.

Each sender has one moment in ``senders``: from when on it may begin its next text. A text moves that moment on by the
time that it takes (the generic cell rate algorithm), so that one row says all, and nothing has to be filled up. A
sender that rested may begin what one second allows at once; a text of many segments is never too large to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.lists import one_of
from bot.store.statements import Insert, Query
from bot.store.tables import Moment, senders
from bot.store.values import keep

SECOND = 1_000_000
"""In microseconds, as moments are kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast the school's own addresses may send; without limits they send as fast as they can.

    ``per_second`` names accounts ("sms:+1…") or kinds of address ("sms"), for every account of that kind. SMS counts
    in segments, where ``segments`` tells them of a text; everything else in messages. To one address of the kinds in
    ``chats`` goes one message a second.
    """

    per_second: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    chats: frozenset[str] = frozenset()
    segments: Callable[[str], int] | None = None

    def step(self, sender: str) -> int:
        """How long one unit keeps a sender busy, in microseconds; 0 where it has no limit."""
        rate = self.per_second.get(sender) or self.per_second.get(sender.partition(":")[0])
        return round(SECOND / rate) if rate else 0

    def ahead(self, sender: str) -> int:
        """How far in the future the moment of a sender may be for it to begin: it holds what one second allows."""
        step = self.step(sender)
        return max(0, SECOND - step) if step else 0


UNLIMITED = Limits()

BUSY = Query(
    select(senders.c.account, senders.c.free_at).where(
        one_of(senders.c.account, "names"), senders.c.free_at > bindparam("now", type_=Moment)
    )
)
MEET = Insert(senders, ("account", "free_at"), keys=("account",))
HOLD = Query(
    select(senders.c.account, senders.c.free_at)
    .where(one_of(senders.c.account, "names"))
    .order_by(senders.c.account)
    .with_for_update(key_share=True)
)
SAVE = Insert(senders, ("account", "free_at"), keys=("account",), update=("free_at",))


class Room:
    """How much each sender may begin at one moment. ``free_at`` are the moments of those that were busy."""

    def __init__(self, limits: Limits, free_at: Mapping[str, int], now: datetime) -> None:
        self._limits = limits
        self._free_at = dict(free_at)
        self._now = keep(now)
        self.spent: dict[str, int] = {}
        """The new moments of those that began something."""

    def has(self, sender: str) -> bool:
        """Whether this sender may begin one more text."""
        return self.opens_at(sender) <= self._now

    def opens_at(self, sender: str) -> int:
        """From when on this sender may begin a text, as moments are kept."""
        return self._free_at.get(sender, 0) - self._limits.ahead(sender)

    def units(self, sender: str) -> int | None:
        """How many units this sender may begin; None for any number."""
        step = self._limits.step(sender)
        if not step:
            return None if self.has(sender) else 0
        left = self._now + self._limits.ahead(sender) - max(self._free_at.get(sender, 0), self._now)
        return max(0, left // step + 1)

    def spend(self, sender: str, units: int) -> None:
        """This sender begins so many units."""
        if step := self._limits.step(sender):
            moment = max(self._free_at.get(sender, 0), self._now) + units * step
            self._free_at[sender] = self.spent[sender] = moment


async def look(db: AsyncConnection, limits: Limits, names: Iterable[str], now: datetime) -> Room:
    """How much these senders may begin, as it seems: others may be spending it at this moment."""
    return Room(limits, dict(map(tuple, await BUSY.rows(db, names=names, now=now))), now)


async def hold(db: AsyncConnection, limits: Limits, wanted: Iterable[str], now: datetime) -> Room:
    """How much these senders may begin; nobody else spends of it before this transaction ends."""
    names = sorted({sender for sender in wanted if limits.step(sender)})
    if not names:
        return Room(limits, {}, now)
    found = dict(map(tuple, await HOLD.rows(db, names=names)))
    if missing := [name for name in names if name not in found]:
        await MEET.run(db, [(name, 0) for name in missing])
        found = dict(map(tuple, await HOLD.rows(db, names=names)))
    return Room(limits, found, now)


async def spend(db: AsyncConnection, room: Room) -> None:
    """Write down what was spent of a room that is held."""
    await SAVE.run(db, sorted(room.spent.items()))


async def pause(db: AsyncConnection, limits: Limits, until: Mapping[str, datetime]) -> None:
    """These senders begin nothing before their moment: their provider asked for it. A longer rest stays.

    In a transaction of its own, or at its end: the rows of senders are held in the order of their names.
    """
    if not until:
        return
    names = sorted(until)
    await MEET.run(db, [(name, 0) for name in names])
    known = dict(map(tuple, await HOLD.rows(db, names=names)))
    asked = {name: keep(until[name]) + limits.ahead(name) for name in names}
    await SAVE.run(db, [(name, max(known[name], asked[name])) for name in names])


# One message a second to a chat is kept in the same rows, by the contact's id: addresses are private.


async def resting_chats(db: AsyncConnection, contact_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """Those of these contacts that were written to within the last second, and until when they rest."""
    names = {_chat(contact_id): contact_id for contact_id in contact_ids}
    if not names:
        return {}
    return {names[name]: free_at for name, free_at in await BUSY.rows(db, names=names, now=now)}


async def rest_chats(db: AsyncConnection, contact_ids: Iterable[int], now: datetime) -> None:
    """These contacts, which are held, get a message now, and the next one a second later."""
    await SAVE.run(db, [(_chat(contact_id), keep(now) + SECOND) for contact_id in sorted(contact_ids)])


def _chat(contact_id: int) -> str:
    return f"contact {contact_id}"
