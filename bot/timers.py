"""Times that come: conversations that wait for an hour are taken up again, on the same road as a text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.errors import Busy
from bot.inbox import Inbox
from bot.store import timers
from bot.store.database import Database

log = logging.getLogger(__name__)

POLL = timedelta(seconds=20)
LEASE = timedelta(minutes=2)
AT_ONCE = 200


class Timers:
    """The clock of one process. A time that came while no process was running is taken up at the next start."""

    def __init__(self, database: Database, inbox: Inbox, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._inbox = inbox
        self._clock = clock

    async def run(self) -> None:
        """Look for times that came, until cancelled."""
        while True:
            try:
                while await self.ring():
                    pass
            except Busy:
                log.warning("timers wait for the database")
            await asyncio.sleep(POLL.total_seconds())

    async def ring(self) -> int:
        """Take up every conversation whose time has come, committed; how many there were."""
        async with self._database.write() as db:
            due = await timers.claim_due(db, self._clock(), AT_ONCE, LEASE)
        if due:
            await asyncio.gather(*(self._inbox.wake(item) for item in due))
        return len(due)
