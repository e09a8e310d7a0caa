"""The one place where parts are put together and started."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from aiohttp import web

from bot.channels.base import Channel
from bot.channels.twilio import Twilio
from bot.hooks import LARGEST_BODY, Hooks, clear_answers
from bot.inbox import Inbox
from bot.jobs import Handler, Jobs, Work
from bot.language.catalogs import Catalogs
from bot.outbox import Outbox
from bot.settings import Settings
from bot.store import migrate
from bot.store.database import Database
from bot.store.serving import serving
from bot.timers import Timers

Pages: TypeAlias = Callable[[web.Application], None]
"""Adds pages to the server."""


HANDLERS: Mapping[str, Handler] = {}
"""What is done at a time, by the kind of the job."""


def clock() -> datetime:
    """This moment, in UTC. Everything else is given its time."""
    return datetime.now(UTC)


class App:
    """A school bot: the road from a text to its answer, with the channels that are on."""

    def __init__(
        self,
        database: Database,
        catalogs: Catalogs,
        channels: Sequence[Channel],
        now: Callable[[], datetime] = clock,
    ) -> None:
        self.database = database
        self.catalogs = catalogs
        self.now = now
        self.channels = tuple(channels)
        by_prefix: Mapping[str, Channel] = {prefix: channel for channel in channels for prefix in channel.prefixes}
        self.outbox = Outbox(database, by_prefix, now)
        self.inbox = Inbox(database, catalogs, now, on_commit=self.outbox.wake)
        self.timers = Timers(database, self.inbox, now)
        self.jobs = Jobs(Work(database, catalogs, now, self.outbox.wake), HANDLERS)

    @asynccontextmanager
    async def running(self, *, sending: bool = True) -> AsyncIterator[App]:
        """The road open: texts are taken, messages sent, times kept; all at rest again on leaving."""
        async with asyncio.TaskGroup() as tasks:
            inbox, timers = tasks.create_task(self.inbox.run()), tasks.create_task(self.timers.run())
            jobs = tasks.create_task(self.jobs.run()) if sending else None
            outbox = tasks.create_task(self.outbox.run()) if sending else None
            try:
                yield self
            finally:
                timers.cancel()
                inbox.cancel()
                if jobs is not None:
                    jobs.cancel()
                if outbox is not None:
                    self.outbox.stop()
        for channel in self.channels:
            await channel.close()

    def web(self, *pages: Pages) -> web.Application:
        """The HTTP side: the hooks of the channels that are on, health, and whatever pages are added."""
        server = web.Application(
            middlewares=[clear_answers],
            client_max_size=LARGEST_BODY,
            # Nobody sends us packed bodies, and one that cannot be unpacked would be a traceback in the log.
            handler_args={"auto_decompress": False},
        )
        server.add_routes(Hooks(self.database, self.inbox, self.now, self.channels).routes())
        for add in pages:
            add(server)
        return server


def channels(settings: Settings) -> list[Channel]:
    """The channels that the settings turn on."""
    if settings.twilio is None:
        return []
    twilio = settings.twilio
    return [
        Twilio(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            messaging_service=twilio.messaging_service,
            public_url=settings.public_url,
            keywords=twilio.keywords,
            api_base_url=twilio.api_base_url,
        )
    ]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    """The bot as the settings describe it, its database checked and its catalogs read, not yet running.

    Raises NotReady where the database must be migrated first, BrokenCatalog, AlreadyServing.
    """
    migrate.check(settings.database_url)
    with serving(settings.database_url):
        database = Database.open(settings.database_url)
        try:
            yield App(database, Catalogs.load(settings.languages), channels(settings))
        finally:
            await database.close()


async def serve(
    app: App,
    host: str,
    port: int,
    stop: asyncio.Event,
    *pages: Pages,
    listening: Callable[[], None] = lambda: None,
    sending: bool = True,
) -> None:
    """Serve until ``stop`` is set; ``listening`` is called once the port is open.

    Without ``sending`` what is queued waits for a process that sends.
    """
    async with app.running(sending=sending):
        runner = web.AppRunner(app.web(*pages), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            settle_memory()
            listening()
            await stop.wait()
        finally:
            await runner.cleanup()


def settle_memory() -> None:
    """What was loaded at the start stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
