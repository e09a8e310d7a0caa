"""What is done at a time: reminders, pulses, closing questions, announcements that were set for an hour.

A job is a row, so that it outlives a restart. Its handler opens its own transactions and may be called again after a
crash in its middle: doing it twice is harmless, as each contact is written to once.

    waiting ──its time came──> held ──done─────────────────────────────> done
       ^                        │ └──it failed──> put off, longer each time ─┐
       └──stopped, or database busy, or the process died and its lease ends──┘

One job is held at a time, so that a process which stops holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
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
LEASE = timedelta(minutes=2)
"""How long after a crash another process goes on. A handler with more than one transaction to do holds on meanwhile."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""How long a job rests after it failed; each time twice as long."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler works with. ``wake`` tells the sender that something was queued."""

    database: Database
    catalogs: Catalogs
    clock: Callable[[], datetime]
    wake: Callable[[], None] = lambda: None


Handler: TypeAlias = Callable[[Work, Job], Awaitable[None]]
Beginning: TypeAlias = Callable[[Work], Awaitable[None]]
"""What is done once when serving begins."""


class Jobs:
    """The jobs of one process. One whose time came while no process was running is done at the next start."""

    def __init__(self, work: Work, handlers: Mapping[str, Handler], at_first: Sequence[Beginning] = ()) -> None:
        self._work = work
        self._handlers = handlers
        self._to_begin = [_take_back, *at_first]
        self._broken_off: list[Job] = []
        """Ours still, and to be given back."""

    async def run(self) -> None:
        """Look for jobs whose time came, until cancelled; what is under way then is given back."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(POLL.total_seconds())
        finally:
            with suppress(Busy):  # then its lease runs out
                await self._give_back()

    async def _look(self) -> None:
        try:
            while self._to_begin:
                await self._begin(self._to_begin[0])
                del self._to_begin[0]
            await self.do_due()
        except Busy:
            log.warning("jobs wait for the database")
        except Exception as error:  # noqa: BLE001 - without its jobs the rest of the bot goes on
            log.error("jobs failed", extra={"error": type(error).__name__})

    async def _begin(self, beginning: Beginning) -> None:
        try:
            await beginning(self._work)
        except Busy:
            raise
        except Exception as error:  # noqa: BLE001 - what is due is done all the same
            log.error("a beginning failed", extra={"what": beginning.__name__, "error": type(error).__name__})

    async def do_due(self) -> int:
        """Do every job whose time has come; how many there were. Raises Busy where nothing can be looked for."""
        await self._give_back()
        done = 0
        while (job := await self._claim()) is not None:
            await self._do(job)
            done += 1
        return done

    async def _claim(self) -> Job | None:
        """The next job, ours now."""
        async with self._work.database.write() as db:
            found = await jobs.claim_due(db, self._work.clock(), 1, LEASE)
        return next(iter(found), None)

    async def _give_back(self) -> None:
        if self._broken_off:
            async with self._work.database.write() as db:
                await jobs.release(db, self._broken_off)
            self._broken_off.clear()

    async def _do(self, job: Job) -> None:
        try:
            await self._handlers.get(job.kind, _unknown)(self._work, job)
            async with self._work.database.write() as db:
                await jobs.done(db, job, self._work.clock())
        except asyncio.CancelledError:
            self._broken_off.append(job)
            raise
        except Busy:  # of some rows perhaps, so the others are not held up
            self._broken_off.append(job)
            log.warning("a job waits for the database", extra={"job": job.id, "kind": job.kind})
        except Exception as error:  # noqa: BLE001 - one job that fails holds up no other
            await self._put_off(job, error)
        self._work.wake()

    async def _put_off(self, job: Job, error: Exception) -> None:
        """Try it again later, and say so: each time later, as it hardly mends itself."""
        wait = min(FIRST_WAIT * 2 ** min(job.tries, 10), LONGEST_WAIT)
        async with self._work.database.write() as db:
            await jobs.put_off(db, job, self._work.clock() + wait)
        about = {"job": job.id, "kind": job.kind, "error": type(error).__name__}
        log.error("a job failed", extra={**about, "tries": job.tries + 1, "again_in": wait.total_seconds()})


async def _unknown(_work: Work, job: Job) -> None:
    """A newer release left it here."""
    raise LookupError(f"no handler of {job.kind}")


async def _take_back(work: Work) -> None:
    """On SQLite nobody else serves: whoever holds a job there is dead. Elsewhere leases run out by themselves."""
    if work.database.is_sqlite:
        async with work.database.write() as db:
            await jobs.release_all(db, work.clock())
