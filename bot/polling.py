"""Asks Telegram for what families write, where Telegram does not bring it.

The updates of one call are taken together, each chat's one after the other; Telegram is told to forget them by the
next call, so never before all that they brought is committed. What comes again after a crash was seen before and is
dropped. A text that cannot be stored now is tried until it can; an update that nobody can read is passed over.

Telegram gives a bot's messages to the call that came last, and ends the one before. So where another program asks for
them too, an old server that was left on, ours would only take turns with it: it is said loudly, and rests longer and
longer between its calls. It goes on by itself once it is alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.channels.telegram import Telegram
from bot.channels.telegram_codes import CONFLICT
from bot.channels.telegram_updates import Brought, update_id
from bot.errors import Busy, NotSent, TryLater
from bot.hearing import IN_A_ROW, Hearing
from bot.inbox import Inbox
from bot.messages import Inbound
from bot.store.alone import LOOK_EVERY, alone
from bot.store.database import Database

log = logging.getLogger(__name__)

SECONDS = 30
"""How long Telegram keeps a call open while nobody writes."""
TRIES = 5
"""How often a text is tried that cannot be stored although the database answers."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between tries, doubling from ``first`` to ``longest``.

    Beside another program that asks they double from ``slow`` to ``slowest``, once that is no hiccup any more.
    """

    first: float = 1
    longest: float = 60
    slow: float = 30
    slowest: float = 300

    def after(self, tries: int) -> float:
        """The wait after so many tries in vain, spread so that processes do not come together."""
        return _spread(min(self.longest, self.first * 2 ** min(tries, 10)))

    def beside_another(self, conflicts: int) -> float:
        """The rest after so many calls of ours that another program ended."""
        return _spread(min(self.slowest, self.slow * 2 ** min(max(conflicts - IN_A_ROW, 0), 10)))

    @property
    def alone_after(self) -> float:
        """After so long without a conflict no other program can be there any more: it rests no longer than we do."""
        return self.slowest + self.slow


def _spread(seconds: float) -> float:
    return seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret


class Poller:
    """The loop of one bot. Of all processes on one database only one asks at a time."""

    def __init__(
        self,
        channel: Telegram,
        inbox: Inbox,
        database: Database,
        clock: Callable[[], datetime],
        *,
        seconds: int = SECONDS,
        waits: Waits = Waits(),
        look_every: float = LOOK_EVERY,
        hearing: Hearing | None = None,
    ) -> None:
        self._hearing = hearing or Hearing(channel.name)
        self._channel = channel
        self._inbox = inbox
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._waits = waits
        self._look_every = look_every
        self._offset: int | None = None
        self._tries = 0
        self._conflicts = 0
        self._heard_since: float | None = None

    async def run(self) -> None:
        """Ask until cancelled; nothing that comes, and nothing that fails, ends it."""
        while True:
            try:
                async with alone(self._database, self._channel.account, self._look_every):
                    await self._ask_and_take()
            except* Busy:
                log.warning("the database is gone; another process may ask Telegram now")
                self._hearing.went_well()  # not our business any more
            except* Exception as errors:  # noqa: BLE001 - families are to be heard whatever it was
                kinds = ", ".join(type(error).__name__ for error in errors.exceptions)
                log.error("asking Telegram failed and begins anew", extra={"errors": kinds})
                self._hearing.failed(f"asking Telegram failed: {kinds}")
            await self._rest()

    async def _ask_and_take(self) -> None:
        await until_done("ask for messages", self._channel.be_asked, self._waits, self._hearing)
        # What waits at Telegram is known there, whatever another process took meanwhile.
        self._offset = None
        async with asyncio.TaskGroup() as chores:
            while True:
                await self._go_round(chores)

    async def _go_round(self, chores: asyncio.TaskGroup) -> None:
        """One call, and what it brought taken to its end."""
        try:
            updates = await self._channel.updates(self._offset, self._seconds)
        except NotSent as error:
            await self._wait_after(error)
            return
        await self._take(updates, chores)
        numbers = [number for number in map(update_id, updates) if number is not None]
        if numbers:
            self._offset = max(numbers) + 1
        self._tries = 0
        self._is_heard()
        if updates and not numbers:
            await self._rest()

    async def _take(self, updates: Sequence[object], chores: asyncio.TaskGroup) -> None:
        chats: defaultdict[str, list[tuple[int | None, Brought]]] = defaultdict(list)
        now = self._clock()
        for update in updates:
            brought = self._channel.read_update(update, now)
            chats[brought.inbound[0].address if brought.inbound else ""].append((update_id(update), brought))
        async with asyncio.TaskGroup() as together:
            for in_order in chats.values():
                together.create_task(self._take_chat(in_order, chores))

    async def _take_chat(self, in_order: Sequence[tuple[int | None, Brought]], chores: asyncio.TaskGroup) -> None:
        for number, brought in in_order:
            for inbound in brought.inbound:
                await self._receive(inbound, number)
            for chore in brought.chores:
                chores.create_task(self._channel.do(chore))

    async def _receive(self, inbound: Inbound, number: int | None) -> None:
        """Take one text to its end, however long the database makes us wait."""
        mistakes = tries = 0
        while mistakes < TRIES:
            try:
                await self._inbox.receive(inbound)
            except Busy:
                log.warning("a text waits for the database", extra={"update_id": number})
            except Exception as error:  # noqa: BLE001 - whatever it is, the texts behind this one are not held up for ever
                mistakes += 1
                log.warning("a text waits", extra={"update_id": number, "error": type(error).__name__})
            else:
                return
            await asyncio.sleep(self._waits.after(tries))
            tries += 1
        log.error("a text could not be kept and is passed over", extra={"update_id": number})

    async def _wait_after(self, error: NotSent) -> None:
        """Rest as long as it makes sense after a call that failed, and say why."""
        log.warning("Telegram was asked in vain", extra={"reason": error.reason, "code": error.code})
        self._hearing.failed(error.reason)
        if isinstance(error, TryLater) and error.after is not None:
            await asyncio.sleep(error.after.total_seconds())
        elif error.code == CONFLICT:
            self._conflicts, self._heard_since = self._conflicts + 1, None
            await asyncio.sleep(self._waits.beside_another(self._conflicts))
        else:
            await self._rest()

    def _is_heard(self) -> None:
        """A call went well; beside another program that means little, as it takes its turn again."""
        if self._conflicts:
            now = asyncio.get_running_loop().time()
            self._heard_since = self._heard_since or now
            if now - self._heard_since < self._waits.alone_after:
                return
            self._conflicts = 0
        self._hearing.went_well()

    async def _rest(self) -> None:
        await asyncio.sleep(self._waits.after(self._tries))
        self._tries += 1


async def until_done(
    what: str, call: Callable[[], Awaitable[None]], waits: Waits = Waits(), hearing: Hearing | None = None
) -> None:
    """Make a call to Telegram until it succeeds; ``hearing`` is told of each that does not."""
    tries = 0
    while True:
        try:
            await call()
        except NotSent as error:
            log.warning("Telegram was called in vain", extra={"what": what, "reason": error.reason, "code": error.code})
            if hearing is not None:
                hearing.failed(error.reason)
            asked = error.after.total_seconds() if isinstance(error, TryLater) and error.after is not None else 0
            await asyncio.sleep(max(asked, waits.after(tries)))
            tries += 1
        else:
            return
