"""Events with their words in each language, and which of them are ahead."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.store import events, schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import Event, School
from tests.store.conftest import NOW

HOUR = timedelta(hours=1)


def dinner(school: School, starts_in: timedelta = 48 * HOUR) -> Event:
    return Event(
        id=0,
        school_id=school.id,
        starts=NOW + starts_in,
        ends=NOW + starts_in + 2 * HOUR,
        title=ByLanguage(en="Family dinner", es="Cena de familias"),
        place=ByLanguage(en="gym", es="gimnasio"),
        languages=("en",),
        child_care=True,
        food=True,
        places=80,
    )


async def test_an_event_comes_back_as_it_was_given(database: Database, school: School) -> None:
    async with database.write() as db:
        given = await events.add(db, dinner(school), NOW)
    async with database.read() as db:
        assert await events.by_ids(db, [given.id]) == {given.id: given}
        assert given == replace(dinner(school), id=given.id)
        assert await events.by_ids(db, []) == {}


async def test_an_event_that_moved_is_kept_with_its_new_words(database: Database, school: School) -> None:
    async with database.write() as db:
        given = await events.add(db, dinner(school), NOW)
        moved = replace(
            given, starts=NOW + HOUR, title=ByLanguage(es="Cena"), place=ByLanguage(es="patio"), places=None
        )
        await events.save(db, moved)
        assert await events.by_ids(db, [given.id]) == {given.id: moved}


async def test_what_is_over_is_no_longer_ahead(database: Database, school: School) -> None:
    async with database.write() as db:
        later, under_way, over = [await events.add(db, dinner(school, hours * HOUR), NOW) for hours in (48, -1, -2)]
        assert await events.coming_up(db, [school.id], NOW) == [under_way, later]
        assert await events.of_school(db, school.id) == [over, under_way, later]


async def test_a_cancelled_event_says_so(database: Database, school: School) -> None:
    async with database.write() as db:
        given = await events.add(db, dinner(school), NOW)
        await events.cancel(db, given.id, NOW)
        assert await events.coming_up(db, [school.id], NOW) == [replace(given, cancelled=True)]


async def test_schools_have_their_own_events(database: Database, school: School) -> None:
    async with database.write() as db:
        other = await schools.add(db, "Washington", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        here, there = await events.add(db, dinner(school), NOW), await events.add(db, dinner(other), NOW)

        assert await events.coming_up(db, [school.id], NOW) == [here]
        assert await events.coming_up(db, [school.id, other.id], NOW) == [here, there]


async def test_a_place_that_is_named_in_one_language_serves_for_all(database: Database, school: School) -> None:
    async with database.write() as db:
        given = await events.add(db, replace(dinner(school), place=ByLanguage(en="gym")), NOW)
        found = await events.by_ids(db, [given.id])
    assert found[given.id].place == ByLanguage(en="gym", es="gym")
