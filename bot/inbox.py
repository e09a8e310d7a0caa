"""Texts that arrive together are taken together: one transaction for all that came while the last one ran.

    receive ──> waiting ──> [ claim · meet · lock · read │ decide in memory │ write ] ──> commit ──> receive returns
                   ^                         one batch at a time                            │
                   └────────────── what arrives meanwhile is the next batch ────────────────┘

Nobody waits for a batch to fill: the first text of a quiet hour is a batch of one, and a rush forms larger
batches by itself, since a commit takes longer than an arrival. Everything is decided before anything is written, so
a turn that raises spoils only itself: its text is kept, a person is called, and the family is told so. When writing
fails, nothing was kept, and the batch is taken again text by text, so that one bad text cannot hold up the others.

``receive`` returns only after the commit. What it does not acknowledge the provider sends again, and what it saw
before it drops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.batch import Batch, Item
from bot.errors import Busy
from bot.language.catalogs import Catalogs
from bot.messages import Inbound
from bot.pace import Terms
from bot.records import Due
from bot.store.database import Database

log = logging.getLogger(__name__)

LARGEST_BATCH = 200


class Inbox:
    """Takes texts, and times that came, to their end."""

    def __init__(
        self,
        database: Database,
        catalogs: Catalogs,
        clock: Callable[[], datetime],
        on_commit: Callable[[], None] = lambda: None,
        terms: Terms | None = None,
    ) -> None:
        """``on_commit`` is called after each batch: there may be messages to send.

        ``terms`` are those of sending, for staff who look at an announcement before it goes.
        """
        self._database = database
        self._catalogs = catalogs
        self._clock = clock
        self._on_commit = on_commit
        self._terms = terms or Terms()
        self._waiting: list[tuple[Item, asyncio.Future[bool]]] = []
        self._something = asyncio.Event()

    async def receive(self, inbound: Inbound) -> bool:
        """Take one text to its end, committed; False if it was seen before. Raises Busy: then nothing was kept."""
        return await self._put(inbound)

    async def wake(self, due: Due) -> bool:
        """Take up a conversation whose time came, committed; False if that was done before."""
        return await self._put(due)

    def _put(self, item: Item) -> asyncio.Future[bool]:
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        self._something.set()
        return done

    async def run(self) -> None:
        """Take batches until cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                await self._take(batch)

    async def _take(self, batch: Sequence[tuple[Item, asyncio.Future[bool]]]) -> None:
        try:
            fresh = await self._commit([item for item, _done in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, the texts are tried one by one and the loop goes on
            if len(batch) == 1 or isinstance(error, Busy):  # each alone would wait for the same lock once more
                self._refuse(batch, error)
                return
            log.warning("batch taken text by text", extra={"texts": len(batch), "error": type(error).__name__})
            for one in batch:
                await self._take([one])
            return
        for (_item, done), new in zip(batch, fresh, strict=True):
            if not done.done():
                done.set_result(new)
        self._on_commit()

    async def _commit(self, items: Sequence[Item]) -> Sequence[bool]:
        async with self._database.write() as db:
            return await Batch(db, self._catalogs, self._clock(), self._terms).take(items)

    def _refuse(self, batch: Sequence[tuple[Item, asyncio.Future[bool]]], error: Exception) -> None:
        """Nothing of these was kept; their senders are told, and send them again."""
        if not isinstance(error, Busy):
            log.error("a text could not be kept", extra={"error": type(error).__name__})
        for _item, done in batch:
            if not done.done():
                done.set_exception(error)
