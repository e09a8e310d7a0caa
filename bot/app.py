"""The one place where parts are put together and started."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from aiohttp import web

from bot import announcements, events, help_desk, menus, pulses, staff
from bot.announcements import broadcasting
from bot.channels.base import Channel
from bot.channels.telegram import PER_SECOND, Commands, Telegram
from bot.channels.twilio import Twilio
from bot.channels.twilio_media import TwilioMedia
from bot.events import event_news, places, reminders
from bot.hearing import Hearing
from bot.hooks import LARGEST_BODY, Hooks, clear_answers
from bot.inbox import Inbox
from bot.jobs import Handler, Jobs, Work
from bot.language.catalogs import Catalogs
from bot.language.translation import Translator
from bot.outbox import Outbox
from bot.pace import Terms, of_sms
from bot.polling import Poller, until_done
from bot.schools import listed
from bot.settings import Settings
from bot.store import migrate
from bot.store.database import Database
from bot.store.senders import UNLIMITED, Limits
from bot.store.serving import serving
from bot.timers import Timers
from flows import replies
from flows.core.text import said_in

Pages: TypeAlias = Callable[[web.Application], None]
"""Adds pages to the server."""


HANDLERS: Mapping[str, Handler] = {
    announcements.JOB: broadcasting.carry_out,
    pulses.AFTER_EVENT: pulses.after_event,
    pulses.SEND: pulses.send,
    pulses.MIX: pulses.mix,
    event_news.KIND: event_news.tell,
    help_desk.JOB: help_desk.closing_question,
    places.KIND: places.offer,
    reminders.KIND: reminders.remind,
}
"""What is done at a time, by the kind of the job."""


def per_second(settings: Settings) -> Mapping[str, float]:
    """What each of the school's own addresses may send a second: an SMS number segments, a bot messages."""
    twilio = settings.twilio
    return {"telegram": PER_SECOND} | ({"sms": twilio.segments_per_second} if twilio else {})


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
        kept_for: Mapping[str, int] | None = None,
        per_second: Mapping[str, float] | None = None,
        segment_price: float = 0.0,
    ) -> None:
        self.database = database
        self.kept_for = kept_for
        self.catalogs = catalogs
        self.now = now
        self.channels = tuple(channels)
        self.telegram = next((channel for channel in channels if isinstance(channel, Telegram)), None)
        self.bot_name = ""
        """Under which families find the bot at Telegram, once Telegram has said it."""
        self.hearings = [Hearing(self.telegram.name)] if self.telegram is not None else []
        by_prefix: Mapping[str, Channel] = {prefix: channel for channel in channels for prefix in channel.prefixes}
        self.per_second = per_second
        limits = UNLIMITED if per_second is None else Limits(per_second, frozenset({"telegram"}), of_sms)
        self.outbox = Outbox(database, by_prefix, now, limits=limits)
        terms = Terms(per_second or {}, segment_price)
        self.inbox = Inbox(database, catalogs, now, on_commit=self.outbox.wake, terms=terms)
        self.timers = Timers(database, self.inbox, now)
        handlers = {**HANDLERS, staff.MENU: menus.handler(self.telegram.show_menu if self.telegram else None)}
        self.jobs = Jobs(Work(database, catalogs, now, self.outbox.wake), handlers, [events.set_missing_times])

    @asynccontextmanager
    async def running(
        self, *, sending: bool = True, beside: Iterable[Coroutine[Any, Any, None]] = ()
    ) -> AsyncIterator[App]:
        """The road open: texts are taken, messages sent, times kept; all at rest again on leaving.

        Who does not send does not ask for texts either; those that a provider brings are taken. What is to be done
        ``beside`` it ends with it.
        """
        async with asyncio.TaskGroup() as tasks:
            inbox, timers = tasks.create_task(self.inbox.run()), tasks.create_task(self.timers.run())
            jobs = tasks.create_task(self.jobs.run()) if sending else None
            outbox = tasks.create_task(self.outbox.run()) if sending else None
            listening = [tasks.create_task(each) for each in (*self._listening(asking=sending), *beside)]
            try:
                yield self
            finally:
                for each in listening:
                    each.cancel()
                timers.cancel()
                inbox.cancel()
                if jobs is not None:
                    jobs.cancel()
                if outbox is not None:
                    self.outbox.stop()
        for channel in self.channels:
            await channel.close()

    def _listening(self, *, asking: bool) -> Iterator[Coroutine[Any, Any, None]]:
        """What it takes to hear from the channels that do not call by themselves."""
        if self.telegram is None or not (self.telegram.is_called or asking):
            return
        (hearing,) = self.hearings
        if self.telegram.is_called:
            yield _be_called(self.telegram, hearing)
        else:
            yield Poller(self.telegram, self.inbox, self.database, self.now, hearing=hearing).run()
        yield self._get_to_know(self.telegram)

    async def _get_to_know(self, telegram: Telegram) -> None:
        """Learn the name of the bot, which shows that its token is right; then let families' apps know its commands."""

        async def learn_name() -> None:
            self.bot_name = (await telegram.me()).name

        await until_done("say who it is", learn_name)
        await telegram.show_commands()

    def web(self, *pages: Pages) -> web.Application:
        """The HTTP side: the hooks of the channels that are on, health, the public page, and what pages are added."""
        from bot.console import about

        server = web.Application(
            middlewares=[clear_answers],
            client_max_size=LARGEST_BODY,
            # Nobody sends us packed bodies, and one that cannot be unpacked would be a traceback in the log.
            handler_args={"auto_decompress": False},
        )
        server.add_routes(Hooks(self.database, self.inbox, self.now, self.channels, self.hearings).routes())
        schools, bot = partial(listed, self.database), self._bot if self.telegram is not None else None
        by_text = any("sms" in channel.prefixes for channel in self.channels)
        for add in (about.pages(schools, self.catalogs, self.kept_for, by_text=by_text, bot=bot), *pages):
            add(server)
        return server

    def _bot(self) -> str:
        return self.bot_name


async def _be_called(telegram: Telegram, hearing: Hearing) -> None:
    await until_done("be called", telegram.be_called, hearing=hearing)
    hearing.went_well()


def channels(settings: Settings, catalogs: Catalogs) -> list[Channel]:
    """The channels that the settings turn on."""
    found: list[Channel] = []
    if (twilio := settings.twilio) is not None:
        found.append(
            Twilio(
                account_sid=twilio.account_sid,
                auth_token=twilio.auth_token,
                messaging_service=twilio.messaging_service,
                public_url=settings.public_url,
                keywords=twilio.keywords,
                api_base_url=twilio.api_base_url,
            )
        )
    if (telegram := settings.telegram) is not None:
        found.append(
            Telegram(
                bot_token=telegram.bot_token,
                webhook_secret=telegram.webhook_secret,
                public_url=settings.public_url,
                api_base_url=telegram.api_base_url,
                elsewhere=_kept_by_twilio(settings),
                goodbye=catalogs.render(
                    said_in(replies.no_groups(), *settings.languages), settings.languages[0], ZoneInfo("UTC")
                ),
                commands=_commands(settings, catalogs),
            )
        )
    return found


def _kept_by_twilio(settings: Settings) -> TwilioMedia | None:
    """The photos and voice notes that came by SMS and WhatsApp; None where there is neither."""
    if (twilio := settings.twilio) is None:
        return None
    return TwilioMedia(account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.api_base_url)


def _commands(settings: Settings, catalogs: Catalogs) -> Commands:
    """The commands of the bot in each language of the settings, but for those whose code Telegram does not take."""
    return {
        language: [
            (command, catalogs.render(does, language, ZoneInfo("UTC"))) for command, does in replies.commands().items()
        ]
        for language in settings.languages
        if len(language) == 2
    }


def translator(settings: Settings) -> Translator | None:
    """The machine that drafts translations; None where the settings name none."""
    if (chosen := settings.translation) is None:
        return None
    if chosen.translator == "deepl":
        from bot.language.translation.deepl import DeepL

        return DeepL(chosen.base_url, chosen.key or "")
    from bot.language.translation.libretranslate import LibreTranslate

    return LibreTranslate(chosen.base_url, chosen.key)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[App]:
    """The bot as the settings describe it, its database checked and its catalogs read, not yet running.

    Raises NotReady where the database must be migrated first, BrokenCatalog, AlreadyServing.
    """
    migrate.check(settings.database_url)
    with serving(settings.database_url):
        database = Database.open(settings.database_url)
        try:
            catalogs = Catalogs.load(settings.languages)
            on = channels(settings, catalogs)
            yield App(
                database,
                catalogs,
                on,
                kept_for=settings.kept_for,
                per_second=per_second(settings),
                segment_price=settings.segment_price,
            )
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
    beside: Iterable[Coroutine[Any, Any, None]] = (),
) -> None:
    """Serve until ``stop`` is set; ``listening`` is called once the port is open.

    Without ``sending`` what is queued waits for a process that sends.
    """
    async with app.running(sending=sending, beside=beside):
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
