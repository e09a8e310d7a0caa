"""Who was at an event: checked in at the door, walked in, or taken from what families had said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import Refusal
from bot.events import attendance
from bot.store import families
from flows.facts import Contact, Event, Household
from tests.evening import Evening, evening
from tests.home import CHICAGO

FRIDAY = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)


async def coming(lincoln: Evening, dinner: Event, name: str, said: str = "yes", **more: Any) -> Contact:
    (contact,) = await lincoln.family(name, "es")
    await lincoln.answered(dinner, contact, said, **({"adults": 2, "children": 1} | more))
    return contact


async def found(lincoln: Evening, dinner: Event, words: str) -> Household:
    async with lincoln.app.database.read() as db:
        return await attendance.find(db, lincoln.school, dinner, words)


async def check_in(lincoln: Evening, dinner: Event, words: str, now: datetime | None = None, **people: int) -> None:
    """When the event begins, unless another time is said."""
    async with lincoln.app.database.write() as db:
        home = await attendance.find(db, lincoln.school, dinner, words)
        await attendance.check_in(db, lincoln.school, dinner, home, now or dinner.starts, "a test", **people)


async def walk_in(lincoln: Evening, dinner: Event, name: str, **more: Any) -> tuple[Household, bool]:
    now = more.pop("now", dinner.starts)
    people = {"adults": 2, "children": 2} | more
    async with lincoln.app.database.write() as db:
        return await attendance.walk_in(db, lincoln.school, dinner, name, now, "a test", **people)


async def there(lincoln: Evening, dinner: Event) -> dict[str | None, tuple[int, int, str]]:
    async with lincoln.app.database.write() as db:
        attended = await attendance.attended(db, dinner, lincoln.now)
    return {home.name: (one.adults, one.children, one.source) for home, one in attended}


async def test_the_list_at_the_door_has_who_comes_by_name_with_what_they_need(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "Zamora", food="no nuts", child_care=True, interpreter="es")
        await coming(lincoln, dinner, "Álvarez")
        await coming(lincoln, dinner, "Brown", "no")
        await coming(lincoln, dinner, "Castro", "waiting")
        await walk_in(lincoln, dinner, "mendez")
        async with lincoln.app.database.read() as db:
            listed = await attendance.door_list(db, dinner)

        assert [guest.household.name for guest in listed] == ["Álvarez", "mendez", "Zamora"]
        last = listed[-1]
        assert last.rsvp is not None
        assert (last.rsvp.adults, last.rsvp.children, last.rsvp.food) == (2, 1, "no nuts")
        assert (last.languages, last.there) == (("es",), None)
        assert "no nuts" not in repr(last)
        assert listed[1].rsvp is None


async def test_a_family_is_checked_in_with_as_many_as_it_said_or_as_came(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        for name in ("Rojas", "Vega", "Luna"):
            await coming(lincoln, dinner, name)
        await check_in(lincoln, dinner, "Rojas")
        await check_in(lincoln, dinner, "Vega", children=4)
        await check_in(lincoln, dinner, "Vega", adults=1, children=0)

        # Luna said yes and did not come: somebody kept a list, so she was not there.
        assert await there(lincoln, dinner) == {"Rojas": (2, 1, "door"), "Vega": (1, 0, "door")}


async def test_where_nobody_kept_a_list_everyone_who_said_yes_was_there(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "Rojas")
        await coming(lincoln, dinner, "Total", adults=None, children=None)
        await coming(lincoln, dinner, "Brown", "no")
        await coming(lincoln, dinner, "Castro", "waiting")

        expected = {"Rojas": (2, 1, "rsvp"), "Total": (0, 0, "rsvp")}
        assert await there(lincoln, dinner) == expected
        assert await there(lincoln, dinner) == expected


async def test_nobody_was_at_an_event_that_was_cancelled(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "Rojas")
        await lincoln.cancel(dinner, quietly=True)

        cancelled = await lincoln.stored(dinner)
        assert await there(lincoln, cancelled) == {}
        with pytest.raises(Refusal, match="cancelled"):
            await check_in(lincoln, cancelled, "Rojas")


async def test_nobody_is_there_before_the_day_of_the_event_at_the_school(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "Rojas")
        midnight = FRIDAY.replace(hour=0)
        too_early = (midnight - timedelta(minutes=1)).astimezone(UTC)  # which is Friday there already
        with pytest.raises(Refusal, match="The event is on 2027-03-12: nobody is checked in before that day"):
            await check_in(lincoln, dinner, "Rojas", too_early)
        with pytest.raises(Refusal, match="before that day"):
            await walk_in(lincoln, dinner, "Okafor", now=too_early)
        await check_in(lincoln, dinner, "Rojas", midnight)

        assert await there(lincoln, dinner) == {"Rojas": (2, 1, "door")}


async def test_a_check_in_is_undone(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        for name in ("Rojas", "Vega"):
            await coming(lincoln, dinner, name)
            await check_in(lincoln, dinner, name)
        home = await found(lincoln, dinner, "Vega")
        async with lincoln.app.database.write() as db:
            await attendance.undo(db, lincoln.school, dinner, home, lincoln.now, "a test")
            with pytest.raises(Refusal, match="not checked in"):
                await attendance.undo(db, lincoln.school, dinner, home, lincoln.now, "a test")

        assert await there(lincoln, dinner) == {"Rojas": (2, 1, "door")}


@pytest.mark.parametrize("words", ["García López", "garcia lopez", " GARCIA  LÓPEZ ", "lopez"])
async def test_a_family_is_found_by_its_name_as_people_type_it(database_url: str, words: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "García López")
        await coming(lincoln, dinner, "García Luna")
        (elsewhere,) = await lincoln.family("López", "es")

        assert (await found(lincoln, dinner, words)).name == "García López"
        assert (await found(lincoln, dinner, str(elsewhere.household_id))).name == "López"


async def test_a_name_that_may_be_several_families_is_answered_with_their_numbers(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        one, other = [await coming(lincoln, dinner, name) for name in ("García López", "García Luna")]

        with pytest.raises(Refusal) as refused:
            await found(lincoln, dinner, "garcia")
        assert f"García López ({one.household_id})" in str(refused.value)
        assert f"García Luna ({other.household_id})" in str(refused.value)
        with pytest.raises(Refusal, match="No family is named “Smith”"):
            await found(lincoln, dinner, "Smith")
        with pytest.raises(Refusal, match="No family is named"):
            await found(lincoln, dinner, "  ")


async def test_a_walk_in_is_a_family_that_the_school_knows_or_a_new_one(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        (known,) = await lincoln.family("Núñez", "es")
        home, new = await walk_in(lincoln, dinner, "nunez", adults=1, children=3)
        assert (home.id, new) == (known.household_id, False)
        stranger, new = await walk_in(lincoln, dinner, " Okafor ")
        assert (stranger.name, new) == ("Okafor", True)
        namesake, new = await walk_in(lincoln, dinner, "Núñez", new=True)
        assert (namesake.id != home.id, new) == (True, True)
        with pytest.raises(Refusal, match="Give the number"):
            await walk_in(lincoln, dinner, "Núñez")

        async with lincoln.app.database.read() as db:
            assert await families.contacts_of_households(db, [stranger.id]) == []
        attended = await there(lincoln, dinner)
        assert attended["Okafor"] == (2, 2, "walk-in")
        assert {source for _adults, _children, source in attended.values()} == {"walk-in"}


@pytest.mark.parametrize(("adults", "children"), [(0, 0), (40, 20)])
async def test_a_family_of_nobody_or_of_a_busload_is_a_slip(database_url: str, adults: int, children: int) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        await coming(lincoln, dinner, "Rojas")
        with pytest.raises(Refusal, match="a family is 1 to 50 people"):
            await check_in(lincoln, dinner, "Rojas", adults=adults, children=children)
        assert (await there(lincoln, dinner))["Rojas"] == (2, 1, "rsvp")


async def test_who_said_no_and_comes_says_how_many(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY + timedelta(days=1))
        await coming(lincoln, dinner, "Brown", "no", adults=None, children=None)
        with pytest.raises(Refusal, match="give --adults"):
            await check_in(lincoln, dinner, "Brown")
        await check_in(lincoln, dinner, "Brown", adults=2)

        assert await there(lincoln, dinner) == {"Brown": (2, 0, "walk-in")}
