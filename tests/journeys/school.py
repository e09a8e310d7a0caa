"""A whole school over the wire: signed webhooks in, the real Twilio client out, a real database between.

async with school(database_url) as lincoln:
    await lincoln.invite()
    await lincoln.texts(ANA, "si vamos 2 grandes y 3 niños")
    lincoln.heard(ANA)[-1]
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot import events
from bot.app import App
from bot.channels.twilio import Keywords, Twilio
from bot.store import delivery, families, rsvps, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School
from tests.home import CHICAGO, catalogs
from tests.wire.twilio import SCHOOL, Post, TwilioWire

ANA, LUIS = "+15125550101", "+15125550102"
TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=CHICAGO)
LONG_ENOUGH = 10


@dataclass
class Lincoln:
    """The school, its bot and its Twilio; ``now`` is moved by the test."""

    app: App
    twilio: TwilioWire
    server: TestServer
    http: ClientSession
    now: datetime
    school: School
    dinner: Event

    async def invite(self) -> None:
        """Invite all families to the dinner, and wait until they have it."""
        await events.invite(self.app.database, self.app.catalogs, self.school, self.dinner, lambda: self.now, "a test")
        self.app.outbox.wake()
        await self.settled()

    async def posts(self, post: Post) -> int:
        """Post as Twilio does; the status that it gets."""
        url = self.server.make_url(post.url)
        async with self.http.post(url, data=post.body, headers=post.headers) as response:
            return response.status

    async def texts(self, number: str, text: str, **more: str) -> None:
        """A family texts the school, a minute later, and has its answer."""
        self.now += timedelta(minutes=1)
        assert await self.posts(self.twilio.inbound(number, text, more=more)) == 200
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to send."""
        async with asyncio.timeout(LONG_ENOUGH):
            while await self._waiting():  # noqa: ASYNC110 - the outbox tells nobody when it is empty
                await asyncio.sleep(0.01)

    async def _waiting(self) -> bool:
        async with self.app.database.read() as db:
            waiting = await delivery.waiting(db)
        return bool(waiting.ready or waiting.sending)

    def heard(self, number: str) -> list[str]:
        """All that a number was sent."""
        return [sent.body for sent in self.twilio.sent if sent.to == number]

    async def answers(self) -> dict[str | None, str]:
        """What each household answered to the dinner."""
        async with self.app.database.read() as db:
            found = await rsvps.of_event(db, self.dinner.id)
        return {home.name: f"{rsvp.coming} {rsvp.adults} {rsvp.children}" for home, rsvp in found}


@asynccontextmanager
async def school(database_url: str, keywords: Keywords = "default") -> AsyncIterator[Lincoln]:
    """Lincoln School with one family of two languages, a dinner ahead, and its bot running."""
    async with TwilioWire() as twilio:
        database = Database.open(database_url)
        now = [TODAY.astimezone(UTC)]
        channel = Twilio(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            public_url=twilio.public_url,
            keywords=keywords,
            api_base_url=twilio.base_url,
        )
        lincoln: list[Lincoln] = []
        app = App(database, catalogs(), [channel], lambda: lincoln[0].now if lincoln else now[0])
        kept, dinner = await fill(database, now[0])
        server = TestServer(app.web())
        async with app.running(), server, ClientSession() as http:
            lincoln.append(Lincoln(app, twilio, server, http, now[0], kept, dinner))
            yield lincoln[0]
        await database.close()


async def fill(
    database: Database, now: datetime, ana: str = f"sms:{ANA}", luis: str = f"sms:{LUIS}"
) -> tuple[School, Event]:
    """The school, its family of two at these addresses, and a dinner ahead."""
    async with database.write() as db:
        lincoln = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=now, quiet=(0, 0))
        await schools.add_account(db, lincoln.id, f"sms:{SCHOOL}", now)
        home = Household(1_000_001, lincoln.id, "Rojas")
        await families.add_households(db, [home], now)
        people = ((1_000_002, ana, "Ana", "es"), (1_000_003, luis, "Luis", "en"))
        await families.add_contacts(
            db,
            [
                Contact(
                    id_,
                    lincoln.id,
                    home.id,
                    address,
                    name=name,
                    language=language,
                    language_chosen=True,
                    permission=Permission.GIVEN,
                    introduced_at=now,
                )
                for id_, address, name, language in people
            ],
            now,
        )
        dinner = await events.add(db, lincoln, _dinner(lincoln), now, "a test")
    return lincoln, dinner


def _dinner(lincoln: School) -> Event:
    starts = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
    return Event(
        id=0,
        school_id=lincoln.id,
        starts=starts,
        ends=starts + timedelta(hours=2),
        title=ByLanguage(en="Family dinner", es="Cena de familias"),
        place=ByLanguage(en="gym", es="gimnasio"),
        child_care=True,
        food=True,
    )
