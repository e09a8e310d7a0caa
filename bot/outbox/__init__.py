"""The sender: takes what is due from the outbox, hands it to its channel, and writes down what came of it.

It goes round. In one transaction it settles the calls that came back since the last time and claims as
many messages as there is room for; then their calls begin, each in a task of its own. So a slow call
holds up nobody else's, and what comes back together is committed together.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Channel
from bot.errors import Busy, NotSent
from bot.messages import State
from bot.outbox import attempt
from bot.store import delivery, outbox, senders
from bot.store.database import Database
from bot.store.delivery import Result
from bot.store.outbox import Claimed, sender_of
from bot.store.senders import UNLIMITED, Limits

log = logging.getLogger(__name__)

POLL = timedelta(seconds=1)  # commands and other processes queue messages too
LEASE = timedelta(minutes=2)
PATIENCE = timedelta(seconds=20)


class Outbox:
    """The sender of one process. ``channels`` are those that are on, by the kind of address they serve.

    Messages for other channels stay ready. ``limits`` hold over all processes of this database; besides, ``at_once`` is
    the number of calls that this process has under way.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        *,
        limits: Limits = UNLIMITED,
        at_once: int = 100,
        lease: timedelta = LEASE,
        patience: timedelta = PATIENCE,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._limits = limits
        self._at_once = at_once
        self._lease = lease
        self._patience = patience
        self._chance = chance
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._results: list[Result] = []
        self._done: Counter[State] = Counter()
        self._news = asyncio.Event()
        self._stopping = False
        self._look_for_lost_at: datetime | None = None
        self._rest_for = POLL

    def wake(self) -> None:
        """Look for due messages now: something was queued in this process."""
        self._news.set()

    def stop(self) -> None:
        """Begin no more calls; ``run`` ends when those under way are settled, or after ``patience``."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Send until ``stop``. Where it is cancelled instead, calls under way count as unknown."""
        try:
            async with asyncio.TaskGroup() as calls:
                while not self._stopping:
                    self._news.clear()
                    if not await self._go_round_if_possible(calls):
                        await self._rest()
                await self._let_calls_finish()
        finally:
            await self._settle()

    async def drain(self) -> Counter[State]:
        """Send all that is due now and return how many came to which state; READY is put off until later.

        It does not wait for what is due later, and does not go beside ``run``.
        """
        before = self._done.copy()
        async with asyncio.TaskGroup() as calls:
            while await self._go_round(calls) or self._calls or self._results:
                if self._calls and not self._results:
                    self._news.clear()
                    await self._news.wait()
        return self._done - before

    async def _go_round_if_possible(self, calls: asyncio.TaskGroup) -> bool:
        try:
            return await self._go_round(calls)
        except Busy:
            # What came back is kept, and settled in the next round that succeeds.
            log.warning("the outbox waits for the database")
            return False

    async def _go_round(self, calls: asyncio.TaskGroup) -> bool:
        """Settle what came back and begin what is due; whether more is due and there is room for it."""
        await self._pause()
        now, results = self._clock(), tuple(self._results)
        limit = self._at_once - len(self._calls)
        self._rest_for = POLL
        if not results and not limit:
            return False
        async with self._database.write() as db:
            await delivery.settle(db, results)
            await self._release_lost(db, now)
            claim = await outbox.claim(db, now, limit, self._lease, self._channels, self._limits)
        self._settled(results)
        self._done += claim.set_aside
        if claim.free_at is not None:
            self._rest_for = min(POLL, claim.free_at - now)
        for claimed in claim.messages:
            self._begin(claimed, calls)
        return claim.more and len(self._calls) < self._at_once

    async def _release_lost(self, db: AsyncConnection, now: datetime) -> None:
        if self._look_for_lost_at is not None and now < self._look_for_lost_at:
            return
        if lost := await delivery.release_expired(db, now):
            log.warning("calls ended with their process", extra={"messages": lost})
        self._look_for_lost_at = now + self._lease / 4

    def _begin(self, claimed: Claimed, calls: asyncio.TaskGroup) -> None:
        self._calls[claimed.message.id] = calls.create_task(self._send(claimed))

    async def _send(self, claimed: Claimed) -> None:
        """Make one call and leave its result for the next round, also when it is cancelled midway."""
        result = attempt.unknown(claimed, "cancelled", self._clock())
        try:
            result = await self._call(claimed)
        finally:
            self._results.append(result)
            del self._calls[claimed.message.id]
            self._news.set()

    async def _call(self, claimed: Claimed) -> Result:
        message = claimed.message
        channel = self._channels[message.address.partition(":")[0]]
        try:
            # A channel's own limit is shorter; with this one no call outlives its lease.
            async with asyncio.timeout(self._lease.total_seconds() / 2):
                provider_id = await channel.send(message)
        except NotSent as error:
            about = {"message_id": message.id, "error": type(error).__name__, "code": error.code}
            log.info("not sent", extra=about)
            return attempt.not_sent(claimed, error, self._clock(), self._chance())
        except Exception as error:  # noqa: BLE001  # what one channel did not foresee holds up no other
            # Its words and its trace may hold a family's, so they stay out of the log.
            log.error("a channel failed", extra={"message_id": message.id, "error": type(error).__name__})
            return attempt.unknown(claimed, "channel-failed", self._clock())
        log.info("sent", extra={"message_id": message.id})
        return attempt.accepted(claimed, provider_id, self._clock())

    async def _rest(self) -> None:
        """Wait for news; not longer than until a sender is free, or somebody else may have queued something."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.001, self._rest_for.total_seconds())):
                await self._news.wait()

    async def _let_calls_finish(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.total_seconds()):
                while self._calls:
                    self._news.clear()
                    await self._settle()
                    await self._news.wait()
        for call in self._calls.values():
            call.cancel()

    async def _pause(self) -> None:
        """Where a provider asked for a pause, settle that alone: the senders are held last, and for a moment."""
        if any(result.pauses for result in self._results):
            await self._settle()

    async def _settle(self) -> None:
        if not (results := tuple(self._results)):
            return
        try:
            async with self._database.write() as db:
                await delivery.settle(db, results)
                await senders.pause(db, self._limits, _pauses(results))
        except Busy:
            log.warning("the outbox waits for the database")
        else:
            self._settled(results)

    def _settled(self, results: tuple[Result, ...]) -> None:
        del self._results[: len(results)]
        self._done.update(result.state for result in results)


def _pauses(results: Iterable[Result]) -> dict[str, datetime]:
    """Until when each sender rests, as its provider asked."""
    until: dict[str, datetime] = {}
    for result in results:
        if result.pauses and result.due_at is not None:
            sender = sender_of(result.of.message.account, result.of.message.address)
            until[sender] = max(result.due_at, until.get(sender, result.due_at))
    return until
