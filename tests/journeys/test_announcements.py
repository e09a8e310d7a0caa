"""An announcement to five thousand families over the wire, with Twilio and Telegram played on loopback."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.announcements import announcement_results, broadcasting
from bot.app import App
from bot.channels.telegram import Telegram
from bot.channels.twilio import Twilio
from bot.store.database import Database
from tests.campaign import EN, ES, SIGNED_EN, SIGNED_ES, Campaign
from tests.home import catalogs
from tests.wire.telegram import TelegramWire
from tests.wire.telegram import error as telegram_error
from tests.wire.twilio import TwilioWire, error

FAMILIES = 5_000
LONG_ENOUGH = 100
UNDER_WAY = 100
"""Calls that a process has under way at once."""


@dataclass
class District:
    """A campaign, the two providers, and the processes that serve it one after the other."""

    campaign: Campaign
    twilio: TwilioWire
    telegram: TelegramWire
    http: ClientSession = field(init=False)
    server: TestServer = field(init=False)

    @asynccontextmanager
    async def process(self, **how: Any) -> AsyncIterator[App]:
        """A new process on the same database, until it is left; it comes two minutes after the one before."""
        self.campaign.now += timedelta(minutes=2)
        sms = Twilio(
            account_sid=self.twilio.account_sid,
            auth_token=self.twilio.auth_token,
            public_url=self.twilio.public_url,
            api_base_url=self.twilio.base_url,
        )
        chats = Telegram(bot_token=self.telegram.token, api_base_url=self.telegram.base_url)
        app = App(self.campaign.database, catalogs(), [sms, chats], lambda: self.campaign.now, **how)
        self.server = TestServer(app.web())
        async with self.server, ClientSession() as self.http, app.running():
            yield app

    async def texts(self, number: str, text: str) -> None:
        """A family texts the school, and it is committed."""
        post = self.twilio.inbound(number, text)
        async with self.http.post(self.server.make_url(post.url), data=post.body, headers=post.headers) as response:
            assert response.status == 200

    @property
    def sent(self) -> int:
        """How many messages both providers have."""
        return len(self.twilio.sent) + len(self.telegram.sent)

    async def answered(self, number: str, before: int) -> list[str]:
        """What a number was sent after so many other texts, once there is something."""
        found: list[str] = []
        while not found:
            await asyncio.sleep(0.002)
            found = [
                sent.body
                for sent in self.twilio.sent[before:]
                if sent.to == number and sent.body not in (SIGNED_EN, SIGNED_ES)
            ]
        return found


@pytest.fixture
async def district(database_url: str) -> AsyncIterator[District]:
    database = Database.open(database_url)
    async with TwilioWire() as twilio, TelegramWire() as telegram:
        campaign = await Campaign.open(database, quiet=(0, 0))
        yield District(campaign, twilio, telegram)
    await database.close()


async def until(is_so: Callable[[], Any]) -> None:
    while True:
        found = is_so()
        if await found if asyncio.iscoroutine(found) else found:
            return
        await asyncio.sleep(0.002)


async def test_five_thousand_families_get_it_once_though_the_process_stops_twice(
    district: District, monkeypatch: pytest.MonkeyPatch
):
    """It stops while the recipients are written, and again while they are sent to; meanwhile two families text."""
    campaign = district.campaign
    numbers = [f"+1512{n:07}" for n in range(2_000_000, 2_000_000 + FAMILIES // 2)]
    chats = [*range(10_000, 10_000 + FAMILIES // 2)]
    addresses = [f"sms:{number}" for number in numbers] + [f"telegram:{chat}" for chat in chats]
    await campaign.families(addresses[::2], language="es")
    await campaign.families(addresses[1::2], language="en")
    await campaign.families(["sms:+15125550190"], language="pt")
    texting, asking = "+15125550191", "+15125550192"
    await campaign.families([f"sms:{texting}", f"sms:{asking}"], language="es", permission="refused")
    number = await campaign.draft()
    await campaign.send(number, without_unapproved=True)

    async with asyncio.timeout(LONG_ENOUGH):
        with monkeypatch.context() as slowly:
            slowly.setattr(broadcasting, "AT_ONCE", 10)
            await the_first_process(district, texting)
        assert 0 < await campaign.count("announcement_id IS NOT NULL") < FAMILIES

        async with district.process():
            await until(lambda: district.sent > FAMILIES // 3)
            before, at = len(district.twilio.sent), district.sent
            await district.texts(asking, "Hola")
            await district.answered(asking, before)
            assert district.sent - at < 4 * UNDER_WAY
        assert await campaign.count("announcement_id IS NOT NULL AND state = 'accepted'") < FAMILIES

        async with district.process():
            await until(lambda: nobody_waits(campaign))

    bulk = [(sent.to, sent.body) for sent in district.twilio.sent if sent.to not in (texting, asking)]
    bulk += [(str(sent.chat), sent.text) for sent in district.telegram.sent]
    assert Counter(to for to, _ in bulk) == dict.fromkeys([*numbers, *map(str, chats)], 1)
    expected = {number: SIGNED_EN if n % 2 else SIGNED_ES for n, number in enumerate(numbers)}
    expected |= {str(chat): EN if n % 2 else ES for n, chat in enumerate(chats)}
    assert dict(bulk) == expected

    async with campaign.database.read() as db:
        found = await announcement_results.results(db, await campaign.find(number))
    assert (found.total.recipients, found.total.accepted) == (FAMILIES, FAMILIES)


async def the_first_process(district: District, texting: str) -> None:
    """It writes a part of the recipients, and a family texts meanwhile."""
    async with district.process():
        await until(lambda: written(district.campaign, 100))
        before, at = len(district.twilio.sent), district.sent
        await district.texts(texting, "Hola")
        await district.answered(texting, before)
        assert district.sent - at < 4 * UNDER_WAY


async def written(campaign: Campaign, least: int) -> bool:
    return await campaign.count("announcement_id IS NOT NULL") >= least


async def nobody_waits(campaign: Campaign) -> bool:
    waiting = await campaign.count("state IN ('ready', 'sending')")
    return not waiting and (await campaign.count("announcement_id IS NOT NULL")) >= FAMILIES


async def test_staff_stop_it_while_it_goes_out(district: District):
    campaign = district.campaign
    people = await campaign.families([f"sms:+1512{n:07}" for n in range(2_000_000, 2_000_300)])
    district.twilio.seconds = 0.02
    number = await campaign.draft()
    await campaign.send(number)

    async with asyncio.timeout(LONG_ENOUGH), district.process():
        await until(lambda: district.sent > 20)
        stopped = await campaign.stop(number)
        assert stopped.gone + stopped.taken_back == len(people)
        await until(lambda: nobody_is_sent_to(campaign))
        at_the_end = district.sent
        await asyncio.sleep(0.1)

    assert 20 < at_the_end == district.sent == stopped.gone < len(people)
    assert await campaign.count("state = 'dropped' AND reason = 'taken-back'") == stopped.taken_back


async def nobody_is_under_way(campaign: Campaign) -> bool:
    tried = await campaign.count("attempt_id IS NOT NULL")
    return tried == 5 and not await campaign.count("state = 'sending'")


async def nobody_is_sent_to(campaign: Campaign) -> bool:
    return not await campaign.count("state IN ('ready', 'sending')")


async def test_what_each_provider_says_of_a_family_is_seen_by_staff(district: District):
    campaign = district.campaign
    opted_out, dead, landline = "+15125550143", "+15125550144", "+15125550145"
    await campaign.families([f"sms:{number}" for number in (opted_out, dead, landline)])
    await campaign.families(["telegram:11", "telegram:12"])
    district.twilio.next(error(400, 21610), error(400, 21211), error(400, 21614))
    district.telegram.next(telegram_error(403, "Forbidden: bot was blocked by the user"))
    district.telegram.next(telegram_error(429, retry_after=30))
    number = await campaign.draft()
    await campaign.send(number)

    async def results() -> announcement_results.Results:
        async with campaign.database.read() as db:
            return await announcement_results.results(db, await campaign.find(number))

    async with asyncio.timeout(LONG_ENOUGH), district.process():
        await until(lambda: nobody_is_under_way(campaign))
        found = await results()
        assert sorted(why.code or 0 for why in found.failed) == [403, 21211, 21610, 21614]
        assert found.by_channel["telegram"].waiting == 1
        assert found.total.stopped == 2, "a number that takes no texts has not stopped them"
        district.campaign.now += timedelta(seconds=30)
        await until(lambda: len(district.telegram.sent) == 1)


async def test_a_bulk_at_the_speed_of_its_number_lets_answers_through(district: District):
    """Ten segments a second and sixty families: the answer does not wait for the bulk."""
    campaign = district.campaign
    await campaign.families([f"sms:+1512{n:07}" for n in range(2_000_000, 2_000_060)])
    await campaign.families(["sms:+15125550191"], permission="refused")
    number = await campaign.draft()
    await campaign.send(number)

    async with asyncio.timeout(LONG_ENOUGH), district.process(per_second={"sms": 10}):
        await until(lambda: len(district.twilio.sent) >= 10)
        before = len(district.twilio.sent)
        assert before == 10  # what a second allows; the clock stands still
        await district.texts("+15125550191", "Hola")
        campaign.now += timedelta(milliseconds=100)
        await district.answered("+15125550191", before)
        assert len(district.twilio.sent) == before + 1
