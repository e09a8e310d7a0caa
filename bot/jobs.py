"""What is done at a time: reminders, pulses, closing questions, announcements that were set for an hour.

A job is a row, so that it outlives a restart. Its handler opens its own transactions and may be called again after a
crash in its middle: doing it twice is harmless, as each contact is written to once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.errors import Busy
from bot.language.catalogs import Catalogs
from bot.records import Job
from bot.store import jobs
from bot.store.database import Database

log = logging.getLogger(__name__)

POLL = timedelta(seconds=5)
LEASE = timedelta(minutes=10)
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler works with. ``wake`` tells the sender that something was queued."""

    database: Database
    catalogs: Catalogs
    clock: Callable[[], datetime]
    wake: Callable[[], None] = lambda: None


Handler: TypeAlias = Callable[[Work, Job], Awaitable[None]]


class Jobs:
    """The jobs of one process. One whose time came while no process was running is done at the next start."""

    def __init__(self, work: Work, handlers: Mapping[str, Handler]) -> None:
        self._work = work
        self._handlers = handlers

    async def run(self) -> None:
        """Look for jobs whose time came, until cancelled."""
        while True:
            try:
                while await self.do_due():
                    pass
            except Busy:
                log.warning("jobs wait for the database")
            except Exception as error:  # noqa: BLE001 - without its jobs the rest of the bot goes on
                log.error("jobs failed", extra={"error": type(error).__name__})
            await asyncio.sleep(POLL.total_seconds())

    async def do_due(self) -> int:
        """Do every job whose time has come; how many there were."""
        async with self._work.database.write() as db:
            due = await jobs.claim_due(db, self._work.clock(), AT_ONCE, LEASE)
        for job in due:
            await self._do(job)
        return len(due)

    async def _do(self, job: Job) -> None:
        """One job; where it fails its lease runs out, and it comes again."""
        handler = self._handlers.get(job.kind)
        if handler is None:  # of a newer release, which left it here
            log.error("a job of no kind we know", extra={"job": job.id, "kind": job.kind})
            return
        try:
            await handler(self._work, job)
            async with self._work.database.write() as db:
                await jobs.done(db, job, self._work.clock())
        except Exception as error:  # noqa: BLE001 - one job that fails holds up no other
            log.error("a job failed", extra={"job": job.id, "kind": job.kind, "error": type(error).__name__})
        self._work.wake()
