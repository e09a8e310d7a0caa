"""Calendar files, read back as a calendar would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
from icalendar import Component

from bot.events import calendar
from flows.core.text import ByLanguage
from flows.facts import Event
from tests.evening import Evening, evening
from tests.home import CHICAGO

SUNDAY = datetime(2027, 3, 14, 18, 0, tzinfo=CHICAGO)
"""The day on which clocks go forward."""


async def entries(lincoln: Evening, *chosen: Event, language: str = "en") -> list[Component]:
    async with lincoln.app.database.read() as db:
        written = await calendar.calendar(db, lincoln.school, chosen, language, lincoln.now)
    assert written.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, written.split(b"\r\n"))) <= 75
    return list(icalendar.Calendar.from_ical(written).walk("VEVENT"))


async def test_an_event_stands_in_the_calendar_at_its_hour(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(SUNDAY)
        (entry,) = await entries(lincoln, dinner)

    assert entry.decoded("dtstart") == datetime(2027, 3, 14, 23, 0, tzinfo=UTC) == SUNDAY
    assert entry.decoded("dtend") == SUNDAY + timedelta(hours=2)
    assert (str(entry["summary"]), str(entry["location"])) == ("Family dinner", "gym")
    assert (entry["sequence"], str(entry["status"])) == (0, "CONFIRMED")


async def test_each_language_has_its_words(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (entry,) = await entries(lincoln, await lincoln.dinner(SUNDAY), language="es")
    assert (str(entry["summary"]), str(entry["location"])) == ("Cena de familias", "gimnasio")


async def test_words_that_mean_something_to_a_calendar_are_only_words(database_url: str) -> None:
    title = "Dinner; bring a dish, please\\thanks\r\nBEGIN:VEVENT: " + "ñ" * 90
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(SUNDAY)
        await lincoln.change(dinner, title=ByLanguage(en=title, es=title))
        (entry,) = await entries(lincoln, await lincoln.stored(dinner))
    assert str(entry["summary"]) == title.replace("\r\n", "\n")


async def test_a_change_has_the_same_name_and_a_higher_number(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner, other = await lincoln.dinner(SUNDAY), await lincoln.dinner(SUNDAY)
        first, beside = await entries(lincoln, dinner, other)
        await lincoln.change(dinner, starts=SUNDAY + timedelta(days=1), ends=SUNDAY + timedelta(days=2))
        (moved,) = await entries(lincoln, await lincoln.stored(dinner))
        await lincoln.cancel(dinner)
        (cancelled,) = await entries(lincoln, await lincoln.stored(dinner))

    assert first["uid"] == moved["uid"] == cancelled["uid"] != beside["uid"]
    assert [entry["sequence"] for entry in (first, moved, cancelled)] == [0, 1, 2]
    assert str(cancelled["status"]) == "CANCELLED"
