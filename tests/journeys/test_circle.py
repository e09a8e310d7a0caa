"""The whole circle of one event, from the families' sheet to "you said, we did", over the wire.

The clock is moved by hand, across the Sunday on which it goes forward in the United States.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot import announcements, events, help_desk, pulses
from bot.app import App
from bot.channels.twilio import Twilio
from bot.events import attendance, calendar
from bot.families import importing, sheet
from bot.pulses import pulse_results
from bot.records import StaffMember
from bot.store import announcements as stored
from bot.store import jobs, messages, rsvps, schools, staff
from bot.store import pulses as kept
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Event, School
from tests.home import CHICAGO, catalogs
from tests.journeys.school import Lincoln
from tests.wire.twilio import SCHOOL, TwilioWire

TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=CHICAGO)
DINNER = datetime(2027, 3, 15, 18, 0, tzinfo=CHICAGO)
LATER = DINNER + timedelta(minutes=30)
AN_HOUR = timedelta(hours=1)

# Eight families; the clock goes forward on Sunday 14 March, between the two reminders.
FAMILIES = {
    "Rojas": ("+15125550101", "Spanish"),
    "Miller": ("+15125550102", "English"),
    "Castillo": ("+15125550103", "Spanish"),
    "Lee": ("+15125550104", "English"),
    "Vega": ("+15125550105", "Spanish"),
    "Brown": ("+15125550106", "English"),
    "Soto": ("+15125550107", "Spanish"),
    "Young": ("+15125550108", "English"),
}
SHEET = "household,name,phone,language,role,permission\n" + "".join(
    f"{name},{name} parent,{number},{language},parent,yes\n" for name, (number, language) in FAMILIES.items()
)


@dataclass
class Circle(Lincoln):
    """The school, its bot and its Twilio, with hours that pass one by one and what was heard in each."""

    member: StaffMember = field(kw_only=True)

    async def until(self, moment: datetime) -> None:
        """Time passes, hour by hour; what is due is done at its hour."""
        end = moment.astimezone(UTC)
        while self.now < end:
            self.now = min(end, self.now + AN_HOUR)
            while await self.app.jobs.do_due() or await self.app.timers.ring():
                pass
            self.app.outbox.wake()
            await self.sent_all()

    async def sent_all(self) -> None:
        """Wait until nothing is left that may go out at this hour."""
        await self.settled()

    async def says(self, name: str, *texts: str) -> None:
        """A family texts the school."""
        for text in texts:
            await self.texts(FAMILIES[name][0], text)

    def last(self, name: str) -> str:
        """What a family heard last."""
        return self.heard(FAMILIES[name][0])[-1]

    def count(self, name: str) -> int:
        """How many texts a family got."""
        return len(self.heard(FAMILIES[name][0]))

    async def coming(self) -> dict[str | None, str]:
        """What each family answered."""
        async with self.app.database.read() as db:
            return {home.name: rsvp.coming for home, rsvp in await rsvps.of_event(db, self.dinner.id)}


@asynccontextmanager
async def circle(database_url: str) -> AsyncIterator[Circle]:
    """Lincoln School with an admin, before any family is known."""
    async with TwilioWire() as twilio:
        database, now = Database.open(database_url), TODAY.astimezone(UTC)
        channel = Twilio(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            public_url=twilio.public_url,
            api_base_url=twilio.base_url,
        )
        made: list[Circle] = []
        app = App(database, catalogs(), [channel], lambda: made[0].now if made else now)
        async with database.write() as db:
            lincoln = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=now, quiet=(21, 8))
            await schools.add_account(db, lincoln.id, f"sms:{SCHOOL}", now)
            ortiz = await staff.add(db, StaffMember(0, lincoln.id, "Ms. Ortiz", "ortiz@lincoln.example", "admin"), now)
            dinner = await events.add(db, lincoln, dinner_of(lincoln), now, "a test")
        assert ortiz is not None
        server = TestServer(app.web())
        async with app.running(), server, ClientSession() as http:
            made.append(Circle(app, twilio, server, http, now, lincoln, dinner, member=ortiz))
            yield made[0]
        await database.close()


def dinner_of(lincoln: School) -> Event:
    return Event(
        id=0,
        school_id=lincoln.id,
        starts=DINNER.astimezone(UTC),
        ends=(DINNER + timedelta(hours=2)).astimezone(UTC),
        title=ByLanguage(en="Family dinner", es="Cena de familias"),
        place=ByLanguage(en="gym", es="gimnasio"),
        places=16,
    )


async def test_one_event_from_the_families_sheet_to_you_said_we_did(database_url: str) -> None:
    async with circle(database_url) as lincoln:
        await import_families(lincoln)
        await invite_and_answer(lincoln)
        await a_place_is_freed(lincoln)
        await the_dinner_moves(lincoln)
        await remind(lincoln)
        await at_the_door(lincoln)
        await ask_how_it_was(lincoln)
        await you_said_we_did(lincoln)


async def import_families(lincoln: Circle) -> None:
    async with lincoln.app.database.write() as db:
        done = await importing.apply(db, lincoln.school, sheet.read(SHEET.encode()), lincoln.now, "a test")
    assert done.counts.new_contacts == len(FAMILIES)


async def invite_and_answer(lincoln: Circle) -> None:
    await lincoln.invite()
    assert "unos 4 mensajes al mes" in lincoln.heard(FAMILIES["Rojas"][0])[0], "they are told first who writes"
    assert "¿Viene su familia?" in lincoln.last("Rojas")

    await lincoln.says("Rojas", "si vamos 2 grandes y 3 niños")
    await lincoln.says("Miller", "yes", "2", "2")
    await lincoln.says("Castillo", "vamos 2 adultos y 2 niños")
    await lincoln.says("Brown", "no, sorry")
    await lincoln.says("Vega", "2 adultos 2 niños")
    assert "Solo" in lincoln.last("Vega") or "solo" in lincoln.last("Vega"), "three places are left for four"
    await lincoln.says("Vega", "sí")
    await lincoln.says("Soto", "1 adulto y 1 niño")
    await lincoln.says("Young", "1 adult 0 children")

    assert await lincoln.coming() == {
        "Rojas": "yes",
        "Miller": "yes",
        "Castillo": "yes",
        "Brown": "no",
        "Vega": "waiting",
        "Soto": "yes",
        "Young": "yes",
    }


async def a_place_is_freed(lincoln: Circle) -> None:
    await lincoln.until(datetime(2027, 3, 8, 12, 0, tzinfo=CHICAGO))
    await lincoln.says("Castillo", "al final no podemos ir")
    await lincoln.until(datetime(2027, 3, 8, 14, 0, tzinfo=CHICAGO))
    assert "¡Ya hay 4 lugares!" in lincoln.last("Vega")
    await lincoln.says("Vega", "sí, gracias")

    assert "Cena de familias" in lincoln.last("Vega")
    assert (await lincoln.coming())["Vega"] == "yes"
    async with lincoln.app.database.read() as db:
        counts = (await rsvps.head_counts(db, [lincoln.dinner.id]))[lincoln.dinner.id]
    assert counts.adults + counts.children == 16, "and the house is full again"


async def the_dinner_moves(lincoln: Circle) -> None:
    before = lincoln.dinner
    lincoln.dinner = replace(before, starts=LATER.astimezone(UTC), ends=before.ends + timedelta(minutes=30))
    heard = {name: lincoln.count(name) for name in FAMILIES}
    async with lincoln.app.database.write() as db:
        assert await events.change(db, lincoln.school, before, lincoln.dinner, lincoln.now, "a test")
    await lincoln.until(datetime(2027, 3, 8, 17, 0, tzinfo=CHICAGO))

    told = {name for name in FAMILIES if lincoln.count(name) > heard[name]}
    assert told == FAMILIES.keys() - {"Castillo", "Brown"}, "who is not coming need not know"
    assert "6:30 p.m." in lincoln.last("Rojas")
    assert "6:30 PM" in lincoln.last("Lee")
    async with lincoln.app.database.read() as db:
        lincoln.dinner = await events.find(db, lincoln.school, before.id)
        file = await calendar.calendar(db, lincoln.school, [lincoln.dinner], "en", lincoln.now)
    assert b"SEQUENCE:1" in file


async def remind(lincoln: Circle) -> None:
    heard = {name: lincoln.count(name) for name in FAMILIES}
    await lincoln.until(datetime(2027, 3, 13, 16, 0, tzinfo=CHICAGO))
    assert all(lincoln.count(name) == heard[name] for name in FAMILIES)
    await lincoln.until(datetime(2027, 3, 13, 17, 0, tzinfo=CHICAGO))
    first = {name for name in FAMILIES if lincoln.count(name) > heard[name]}
    assert first == FAMILIES.keys() - {"Castillo", "Brown"}, "those who come, and those who have not said"
    assert "Will your family come?" in lincoln.last("Lee")
    await lincoln.says("Lee", "no, sorry")

    heard = {name: lincoln.count(name) for name in FAMILIES}
    # The clock went forward in between: 9:00 is an hour earlier by the sun.
    await lincoln.until(datetime(2027, 3, 15, 8, 0, tzinfo=CHICAGO))
    assert all(lincoln.count(name) == heard[name] for name in FAMILIES)
    await lincoln.until(datetime(2027, 3, 15, 9, 0, tzinfo=CHICAGO))
    again = {name for name in FAMILIES if lincoln.count(name) > heard[name]}
    assert again == {"Rojas", "Miller", "Vega", "Soto", "Young"}
    assert "hoy" in lincoln.last("Rojas")


async def at_the_door(lincoln: Circle) -> None:
    await lincoln.until(LATER + timedelta(minutes=30))
    async with lincoln.app.database.write() as db:
        for guest in await attendance.door_list(db, lincoln.dinner):
            if guest.household.name != "Young":
                await attendance.check_in(db, lincoln.school, lincoln.dinner, guest.household, lincoln.now, "a test")
        home, new = await attendance.walk_in(
            db, lincoln.school, lincoln.dinner, "castillo", lincoln.now, "a test", adults=1, children=0
        )
        assert (home.name, new) == ("Castillo", False)
        there = {home.name for home, _there in await attendance.attended(db, lincoln.dinner, lincoln.now)}
    assert there == {"Rojas", "Miller", "Vega", "Soto", "Castillo"}


async def ask_how_it_was(lincoln: Circle) -> None:
    await lincoln.until(datetime(2027, 3, 16, 12, 0, tzinfo=CHICAGO))
    asked = {name for name in FAMILIES if "1 (" in lincoln.last(name)}
    assert asked == {"Rojas", "Miller", "Vega", "Soto", "Castillo"}

    await lincoln.says("Rojas", "2", "nadie hablaba español en la puerta")
    assert "LLAMAR" in lincoln.last("Rojas")
    await lincoln.says("Rojas", "llamar")
    await lincoln.says("Miller", "5", "no")
    await lincoln.says("Vega", "4", "más sillas para los abuelos")
    await lincoln.says("Soto", "5", "todo muy bonito")
    await lincoln.says("Castillo", "3", "no")

    async with lincoln.app.database.read() as db:
        (call,) = await help_desk.calls(db, lincoln.school)
        assert (call.request.reason, call.household.name if call.household else None) == ("pulse", "Rojas")
        assert not any("puerta" in line.body for line in await messages.thread_of(db, call.contact.id, 100))
        early = await pulse_results.results(db, lincoln.school, lincoln.now)
    assert early.group() is None, "nothing is shown while families still answer"


async def you_said_we_did(lincoln: Circle) -> None:
    await lincoln.until(datetime(2027, 4, 2, 12, 0, tzinfo=CHICAGO))
    async with lincoln.app.database.write() as db:
        results = await pulse_results.results(db, lincoln.school, lincoln.now)
        (pulse,) = await kept.of_school(db, lincoln.school.id)
        group = results.group(pulse.id)
        said = [text for words in results.words(pulse.id) for text in words.words]
        english = "You said that nobody spoke Spanish at the door. Now Ms. Ortiz stands there."
        told = await pulses.tell(db, lincoln.school, pulse.id, lincoln.member, "en", english, lincoln.now)
    assert group is not None
    assert group.answers == 5
    assert sorted(said) == ["más sillas para los abuelos", "nadie hablaba español en la puerta", "todo muy bonito"]

    heard = {name: lincoln.count(name) for name in FAMILIES}
    async with lincoln.app.database.write() as db:
        spanish = "Ustedes dijeron que nadie hablaba español en la puerta. Ahora está la Sra. Ortiz."
        await announcements.write_text(
            db, lincoln.school, told.id, "es", spanish, "written", lincoln.member, lincoln.now
        )
        for language in ("en", "es"):
            await announcements.approve(db, lincoln.school, told.id, language, lincoln.member, lincoln.now)
    await announcements.send(lincoln.app.database, lincoln.school, told.id, lincoln.member, lincoln.now)
    await lincoln.until(lincoln.now + 2 * AN_HOUR)

    new = {name: lincoln.count(name) - heard[name] for name in FAMILIES}
    assert {name for name, texts in new.items() if texts} == {"Rojas", "Miller", "Vega", "Soto", "Castillo"}
    assert set(new.values()) == {0, 1}
    assert lincoln.last("Vega") == f"Lincoln School: {spanish}"
    assert lincoln.last("Miller") == f"Lincoln School: {english}"
    async with lincoln.app.database.read() as db:
        assert (await stored.by_id(db, told.id)).state == "sent"  # type: ignore[union-attr]
        assert await jobs.still_to_do(db, "announcement", told.id) == []
