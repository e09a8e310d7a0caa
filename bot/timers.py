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
            except Exception as error:  # noqa: BLE001 - without its clock the rest of the bot goes on
                log.error("timers failed", extra={"error": type(error).__name__})
            await asyncio.sleep(POLL.total_seconds())

    async def ring(self) -> int:
        """Take up every conversation whose time has come, committed; how many there were."""
        async with self._database.write() as db:
            due = await timers.claim_due(db, self._clock(), AT_ONCE, LEASE)
        taken = await asyncio.gather(*(self._inbox.wake(item) for item in due), return_exceptions=True)
        failed = [result for result in taken if isinstance(result, BaseException)]
        if failed:  # their lease runs out, and they come again
            log.error("times could not be kept", extra={"timers": len(failed), "error": type(failed[0]).__name__})
        return len(due) - len(failed)
