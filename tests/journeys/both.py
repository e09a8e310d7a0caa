"""A school whose families text by SMS and whose staff work from Telegram, with Twilio and the Bot API on loopback.

async with both(database_url) as lincoln:
    await lincoln.texts(ANA, "", (PHOTO, "image/jpeg"))
    lincoln.telegram.sent[-1].content

The channels are those that the settings turn on, so what stands between them is what an operator gets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.app import App, channels
from bot.channels.telegram import Telegram
from bot.records import StaffMember
from bot.settings import Settings
from bot.store import delivery, schools, staff
from bot.store.database import Database
from flows.facts import School
from tests.home import catalogs
from tests.journeys.school import ANA, LONG_ENOUGH, LUIS, TODAY, fill
from tests.wire.telegram import SentMessage, TelegramWire
from tests.wire.telegram_updates import BOT_ID
from tests.wire.twilio import SCHOOL, TwilioWire

__all__ = ["ANA", "DESK", "LUIS", "BothWays", "both"]

DESK = 5_550_180
"""The chat of Ms. Lee, who reads English."""


@dataclass
class BothWays:
    """The school, its bot, its Twilio and its Telegram; ``now`` is moved by the test."""

    app: App
    twilio: TwilioWire
    telegram: TelegramWire
    server: TestServer
    http: ClientSession
    now: datetime
    school: School

    async def texts(self, number: str, text: str, *files: tuple[bytes, str]) -> None:
        """A family texts the school a minute later, perhaps with photos; what came of it may still be under way."""
        self.now += timedelta(minutes=1)
        kept = [self.twilio.keep(*file) for file in files]
        post = self.twilio.inbound(number, text, media=kept)
        async with self.http.post(self.server.make_url(post.url), data=post.body, headers=post.headers) as response:
            assert response.status == 200

    async def settled(self) -> None:
        """Wait until nothing is left to send, later tries included: each comes a minute after the one before."""
        async with asyncio.timeout(LONG_ENOUGH):
            while (waiting := await self._waiting()).ready or waiting.sending:
                if not waiting.sending:
                    self.now += timedelta(minutes=1)
                    self.app.outbox.wake()
                await asyncio.sleep(0.02)

    async def _waiting(self) -> delivery.Waiting:
        async with self.app.database.read() as db:
            return await delivery.waiting(db)

    def at_the_desk(self) -> list[SentMessage]:
        """All that the chat of staff was sent."""
        return [sent for sent in self.telegram.sent if sent.chat == DESK]


@asynccontextmanager
async def both(database_url: str) -> AsyncIterator[BothWays]:
    """Lincoln School with a family of two on SMS, one of the staff on Telegram, and its bot running."""
    async with TwilioWire() as twilio, TelegramWire() as telegram:
        database, now = Database.open(database_url), TODAY.astimezone(UTC)
        lincoln: list[BothWays] = []
        on = channels(_settings(twilio, telegram), catalogs())
        app = App(database, catalogs(), on, lambda: lincoln[0].now if lincoln else now)
        school, _dinner = await fill(database, now)
        async with database.write() as db:
            await schools.add_account(db, school.id, f"telegram:{BOT_ID}", now)
            lee = StaffMember(0, school.id, "Ms. Lee", "lee@lincoln.example", "admin", "en", alerted=True)
            added = await staff.add(db, lee, now)
            assert added is not None
            await staff.save(db, replace(added, telegram_chat=str(DESK)))
        server = TestServer(app.web())
        async with server, ClientSession() as http:
            lincoln.append(BothWays(app, twilio, telegram, server, http, now, school))
            for channel in on:
                if isinstance(channel, Telegram):
                    await channel.me()  # aiogram is loaded, which takes seconds
            async with app.running():
                yield lincoln[0]
        await database.close()


def _settings(twilio: TwilioWire, telegram: TelegramWire) -> Settings:
    return Settings.model_validate(
        {
            "SOBREMESA_PUBLIC_URL": twilio.public_url,
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_FROM": SCHOOL,
            "TWILIO_API_BASE_URL": twilio.base_url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE_URL": telegram.base_url,
        }
    )
