"""A whole school on Telegram: the Bot API on loopback, the real aiogram client, a real database between.

async with telegram_school(database_url) as lincoln:
    await lincoln.invite()
    await lincoln.presses(ANA, "👍")
    lincoln.heard(ANA)[-1]

With ``called=True`` Telegram calls the webhook, else it is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp.test_utils import TestServer

from bot import events
from bot.app import App
from bot.channels.telegram import Telegram
from bot.store import delivery, rsvps, schools
from bot.store.database import Database
from flows.facts import Event, School
from tests.home import catalogs
from tests.journeys.school import LONG_ENOUGH, TODAY, fill
from tests.wire.telegram import SentMessage, TelegramWire
from tests.wire.telegram_updates import ANA, BOT_ID, LUIS, Update

__all__ = ["ANA", "LUIS", "Lincoln", "telegram_school"]

SECRET = "a-secret_for-tests"


@dataclass
class Lincoln:
    """The school, its bot and its Telegram; ``now`` is moved by the test."""

    app: App
    channel: Telegram
    telegram: TelegramWire
    server: TestServer
    now: datetime
    school: School
    dinner: Event

    async def invite(self) -> None:
        """Invite all families to the dinner, and wait until they have it."""
        await events.invite(self.app.database, self.app.catalogs, self.school, self.dinner, lambda: self.now, "a test")
        self.app.outbox.wake()
        await self.settled()

    async def brings(self, *updates: Update) -> None:
        """Updates reach the bot, a minute later, and are answered."""
        self.now += timedelta(minutes=1)
        if self.channel.is_called:
            for update in updates:
                assert await self.telegram.posts(self.hook, update) == 204
        else:
            self.telegram.queue(*updates)
            await self.until(lambda: self.telegram.offset > updates[-1]["update_id"])
        await self.settled()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for something at Telegram."""
        async with asyncio.timeout(LONG_ENOUGH):
            while not done():  # noqa: ASYNC110 - the wire tells nobody
                await asyncio.sleep(0.01)

    async def texts(self, chat: int, text: str, **fields: Any) -> None:
        """A family writes, and has its answer."""
        await self.brings(self.telegram.message(chat, text, **fields))

    async def presses(self, chat: int, reply: str, on: SentMessage | None = None) -> None:
        """A family presses the button that answers this, under the newest message it has, or under another one."""
        shown = on or [sent for sent in self.telegram.sent if sent.chat == chat][-1]
        [data] = [data for row in shown.buttons for data, _label in row if data.partition("=")[2] == reply]
        await self.brings(self.telegram.press(shown.shown, data))

    async def settled(self) -> None:
        """Wait until nothing is left to send."""
        async with asyncio.timeout(LONG_ENOUGH):
            while (waiting := await self._waiting()).ready or waiting.sending:  # noqa: ASYNC110 - the outbox tells nobody when it is empty
                await asyncio.sleep(0.01)

    async def at_rest(self) -> None:
        """Wait until no call is under way."""
        async with asyncio.timeout(LONG_ENOUGH):
            while (await self._waiting()).sending:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)

    async def _waiting(self) -> delivery.Waiting:
        async with self.app.database.read() as db:
            return await delivery.waiting(db)

    @property
    def hook(self) -> str:
        """Where Telegram calls, on this machine."""
        return str(self.server.make_url("/hooks/telegram"))

    def heard(self, chat: int) -> list[str]:
        """All that a chat was sent."""
        return self.telegram.heard(chat)

    def labels(self, chat: int) -> list[str]:
        """On the buttons under the newest message of a chat."""
        newest = [sent for sent in self.telegram.sent if sent.chat == chat][-1]
        return [label for row in newest.buttons for _reply, label in row]

    async def answers(self) -> dict[str | None, str]:
        """What each household answered to the dinner."""
        async with self.app.database.read() as db:
            found = await rsvps.of_event(db, self.dinner.id)
        return {home.name: f"{rsvp.coming} {rsvp.adults} {rsvp.children}" for home, rsvp in found}


@asynccontextmanager
async def telegram_school(database_url: str, *, called: bool = False) -> AsyncIterator[Lincoln]:
    """Lincoln School with one family of two languages on Telegram, a dinner ahead, and its bot running."""
    async with TelegramWire() as telegram:
        database = Database.open(database_url)
        now = TODAY.astimezone(UTC)
        channel = Telegram(
            bot_token=telegram.token,
            webhook_secret=SECRET if called else None,
            public_url="https://school.example" if called else None,
            api_base_url=telegram.base_url,
            goodbye="Please write to me directly. Por favor, escríbame directamente.",
        )
        lincoln: list[Lincoln] = []
        app = App(database, catalogs(), [channel], lambda: lincoln[0].now if lincoln else now)
        school, dinner = await fill(database, now, f"telegram:{ANA}", f"telegram:{LUIS}")
        async with database.write() as db:
            await schools.add_account(db, school.id, f"telegram:{BOT_ID}", now)
        server = TestServer(app.web())
        async with server:
            lincoln.append(Lincoln(app, channel, telegram, server, now, school, dinner))
            await channel.me()  # aiogram is loaded, which takes seconds
            async with app.running():
                if called:
                    await lincoln[0].until(lambda: bool(telegram.webhook["url"]))
                yield lincoln[0]
        await database.close()
