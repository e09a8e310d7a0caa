"""Places that are limited: nobody is overbooked, and what is freed is offered in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.events.places import kept_until
from bot.store.database import Database, driver
from bot.store.engines import DirectConnection
from tests import databases
from tests.databases import Postgres
from tests.hall import Hall, hall
from tests.home import CHICAGO, DINNER, SCHOOL

FULL = "Family dinner is full, we are sorry. Shall we put you on the waiting list for {} places? Reply with YES or NO"
ON_THE_LIST = (
    "You are on the waiting list of Family dinner. As soon as there is room, we write to you. "
    "To change anything, just write."
)
TIME_IS_OVER = (
    "We kept places at Family dinner for you, and the time is over. Shall we keep you on the waiting list? "
    "Reply with YES or NO"
)
DECLINED = "Thank you for telling us. We will miss you at Family dinner! If that changes, just write."


async def test_the_last_places_are_given_to_one_of_two_families_in_a_batch(database_url: str):
    async with hall(database_url, 6, (1, 2)) as lincoln:
        first, second = await lincoln.together((1, "2 adults 3 children"), (2, "2 adults 2 children"))

        assert first[0].startswith("See you at Family dinner!")
        assert second == [
            "Only 1 place is left at Family dinner. Shall we put you on the waiting list for 4, or do fewer come? "
            "Reply YES or NO, or how many come"
        ]
        assert await lincoln.stands() == {1: "yes 5", 2: "told 4"}


async def test_who_frees_places_in_a_batch_makes_room_for_the_next_in_it(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        _first, second = await lincoln.together((1, "sorry, we can't come"), (2, "2 adults 2 children"))

        assert second[0].startswith("See you")


async def test_a_freed_place_is_offered_to_the_first_whose_party_fits(database_url: str):
    async with hall(database_url, 5, (1, 2, 3, 4)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        for number, party in ((2, "2 adults 4 children"), (3, "1 adult 2 children"), (4, "1 adult 1 child")):
            await lincoln.text(number, party)
            await lincoln.text(number, "yes")
        assert await lincoln.text(1, "sorry, we can't come") == [DECLINED]
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "no", 2: "waiting 6", 3: "offered 3", 4: "offered 2"}
        assert (await lincoln.heard(3))[-1] == (
            "Good news: there is room for 3 of you at Family dinner, Friday, March 12, 6:00 PM! "
            "We keep the places until Tuesday, March 2, 10:15 AM. Do you take them? Reply with YES or NO"
        )
        assert await lincoln.text(3, "yes") == [
            "The places are yours!\nSee you at Family dinner! Friday, March 12, 6:00 PM, gym: 1 adult, 2 children. "
            "To change anything, just write."
        ]


async def test_nobody_takes_a_place_from_those_who_wait(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 1 child")
        await lincoln.text(2, "yes")
        await lincoln.text(1, "sorry, we can't come")
        # The offer is not made yet, and the newcomer sees what those before it leave.
        assert (await lincoln.text(3, "2 adults 1 child"))[0].startswith("Only 2 places are left")
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "no", 2: "offered 3", 3: "told 3"}


async def test_a_smaller_party_frees_places(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 0 children")
        await lincoln.text(2, "yes")
        await lincoln.text(1, "sorry, we are 2 adults 1 child")
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "yes 3", 2: "offered 2"}


async def test_an_offer_that_nobody_answers_goes_to_the_next(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        for number in (2, 3):
            await lincoln.text(number, "2 adults 2 children")
            await lincoln.text(number, "yes")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()
        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}
        await lincoln.jobs(hours=23)
        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}
        await lincoln.jobs(hours=2)

        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}
        assert (await lincoln.heard(2))[-1] == TIME_IS_OVER
        assert await lincoln.text(2, "yes") == [ON_THE_LIST]
        await lincoln.text(3, "no")
        await lincoln.jobs()
        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "no"}


async def test_the_same_places_are_not_offered_again_and_again(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        for number in (2, 3):
            await lincoln.text(number, "2 adults 2 children")
            await lincoln.text(number, "yes")
        await lincoln.text(1, "sorry, we can't come")
        for _day in range(4):
            await lincoln.jobs(hours=25)

        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}
        assert [body.split(":")[0] for body in (await lincoln.heard(2))[-2:]] == ["Good news", TIME_IS_OVER]


async def an_offer(lincoln: Hall) -> None:
    """The second family is offered four of five places, until the next day at a quarter past ten."""
    await lincoln.text(1, "2 adults 3 children")
    await lincoln.text(2, "2 adults 2 children")
    await lincoln.text(2, "yes")
    await lincoln.text(1, "sorry, we can't come")
    await lincoln.jobs()
    assert await lincoln.stands() == {1: "no", 2: "offered 4"}


async def begins_to_wait(lincoln: Hall, number: int, party: str = "2 adults 2 children") -> None:
    """Another family puts itself on the list."""
    await lincoln.text(number, party)
    await lincoln.text(number, "yes")
    await lincoln.jobs()


async def test_an_offer_stays_while_nobody_else_waits(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await an_offer(lincoln)
        for _day in range(4):
            await lincoln.jobs(hours=25)

        assert await lincoln.stands() == {1: "no", 2: "offered 4"}
        assert (await lincoln.heard(2))[-1].startswith("Good news: there is room for 4 of you at Family dinner")
        assert (await lincoln.text(2, "yes"))[0].startswith("The places are yours!")
        assert await lincoln.stands() == {1: "no", 2: "yes 4"}


async def test_an_offer_that_stayed_ends_with_the_beginning_of_the_event(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await an_offer(lincoln)
        await lincoln.jobs(hours=25)
        heard = len(await lincoln.heard(2))
        await lincoln.jobs(days=11)

        assert lincoln.now > lincoln.dinner.starts
        assert await lincoln.stands() == {1: "no", 2: "offered 4"}
        assert len(await lincoln.heard(2)) == heard


async def test_the_time_of_an_offer_that_stayed_begins_anew_with_the_next_who_waits(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await an_offer(lincoln)
        await lincoln.jobs(days=3)
        heard = len(await lincoln.heard(2))
        await begins_to_wait(lincoln, 3)

        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}
        assert (await lincoln.heard(2))[heard:] == [
            "Good news: there is room for 4 of you at Family dinner, Friday, March 12, 6:00 PM! "
            "We keep the places until Friday, March 5, 10:15 AM. Do you take them? Reply with YES or NO"
        ]
        await lincoln.jobs(hours=23)
        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}
        await lincoln.jobs(hours=2)
        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}
        assert (await lincoln.heard(2))[-1].startswith(TIME_IS_OVER)


async def test_who_begins_to_wait_does_not_shorten_the_time_that_was_told(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await an_offer(lincoln)
        heard = len(await lincoln.heard(2))
        await lincoln.jobs(hours=10)
        await begins_to_wait(lincoln, 3)
        await lincoln.jobs(hours=13)
        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}
        assert len(await lincoln.heard(2)) == heard
        await lincoln.jobs(hours=2)

        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}


async def test_who_would_not_fit_in_either_takes_no_offer_from_anybody(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await an_offer(lincoln)
        await begins_to_wait(lincoln, 3, "2 adults 4 children")
        await lincoln.jobs(days=3)

        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 6"}
        await lincoln.text(3, "sorry, only 2 adults 1 child")
        await lincoln.jobs()
        await lincoln.jobs(hours=25)
        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 3"}


async def test_one_who_waits_ends_no_more_offers_than_it_needs(database_url: str):
    async with hall(database_url, 6, (1, 2, 3, 4)) as lincoln:
        await lincoln.text(1, "2 adults 4 children")
        for number in (2, 3):
            await lincoln.text(number, "2 adults 1 child")
            await lincoln.text(number, "yes")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()
        await begins_to_wait(lincoln, 4, "1 adult 1 child")
        await lincoln.jobs(hours=25)

        assert await lincoln.stands() == {1: "no", 2: "waiting 3", 3: "offered 3", 4: "offered 2"}


async def test_an_offer_that_stayed_and_cannot_be_told_of_its_time_goes_to_the_next(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await an_offer(lincoln)
        await lincoln.jobs(days=3)
        await lincoln.text(2, "STOP")
        await begins_to_wait(lincoln, 3)

        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}


async def test_a_family_that_waits_again_is_offered_what_stayed_with_another(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await an_offer(lincoln)
        await begins_to_wait(lincoln, 3)
        for _day in range(3):
            await lincoln.jobs(hours=25)
        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}
        assert await lincoln.text(2, "yes") == [ON_THE_LIST]
        await lincoln.jobs()
        await lincoln.jobs(hours=25)

        assert await lincoln.stands() == {1: "no", 2: "offered 4", 3: "waiting 4"}


async def test_either_parent_takes_the_offer_for_both(database_url: str):
    async with hall(database_url, 5, (1, 2), parents=2) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()
        assert [(await lincoln.heard(number))[-1][:9] for number in (2, 52)] == ["Good news", "Good news"]
        await lincoln.text(52, "yes")

        assert await lincoln.stands() == {1: "no", 2: "yes 4"}
        assert (await lincoln.heard(2))[-1] == (
            "Your family answered. Family dinner: 2 adults, 2 children. To change anything, just write."
        )
        assert await lincoln.text(2, "yes") == []


async def test_both_parents_answer_the_offer_at_once(database_url: str):
    async with hall(database_url, 5, (1, 2), parents=2) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()
        await lincoln.together((2, "yes"), (52, "yes"))

        assert await lincoln.stands() == {1: "no", 2: "yes 4"}


async def test_more_places_of_the_staff_are_offered(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        await lincoln.change(9)
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "yes 5", 2: "offered 4"}


async def test_an_event_without_a_limit_has_room_for_all_who_waited(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        await lincoln.change(None)
        await lincoln.jobs()
        assert await lincoln.stands() == {1: "yes 5", 2: "offered 4"}
        await lincoln.text(2, "yes")

        assert await lincoln.stands() == {1: "yes 5", 2: "yes 4"}


async def test_staff_cannot_take_away_places_that_are_given(database_url: str):
    async with hall(database_url, 9, (1,)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        with pytest.raises(Refusal, match="5 places are taken or offered already, so 4 are too few"):
            await lincoln.change(4)
        await lincoln.change(5)


async def test_a_family_waits_for_more_places_and_gets_them(database_url: str):
    async with hall(database_url, 8, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "1 adult 2 children")
        await lincoln.text(1, "sorry, 2 adults 5 children")
        assert await lincoln.stands() == {1: "yes 5, waiting 7", 2: "yes 3"}
        await lincoln.text(1, "yes")
        await lincoln.text(2, "sorry, we can't come")
        await lincoln.jobs()
        assert await lincoln.stands() == {1: "yes 5, offered 7", 2: "no"}
        await lincoln.text(1, "yes")

        assert await lincoln.stands() == {1: "yes 7", 2: "no"}


async def test_nothing_is_offered_once_the_event_began(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        lincoln.now = lincoln.dinner.starts.astimezone(lincoln.now.tzinfo) + timedelta(minutes=5)
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "no", 2: "waiting 4"}


async def test_a_family_that_stopped_is_passed_over(database_url: str):
    async with hall(database_url, 5, (1, 2, 3)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        for number in (2, 3):
            await lincoln.text(number, "2 adults 2 children")
            await lincoln.text(number, "yes")
        await lincoln.text(2, "STOP")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()

        assert await lincoln.stands() == {1: "no", 2: "waiting 4", 3: "offered 4"}


async def test_who_changed_its_mind_meanwhile_is_offered_all_the_same(database_url: str):
    async with hall(database_url, 5, (1, 2)) as lincoln:
        await lincoln.text(1, "2 adults 3 children")
        await lincoln.text(2, "2 adults 2 children")
        await lincoln.text(2, "yes")
        assert (await lincoln.text(2, "change"))[0].startswith("Lincoln School: Family dinner")
        await lincoln.text(1, "sorry, we can't come")
        await lincoln.jobs()

        assert (await lincoln.heard(2))[-1].startswith("Good news: there is room for 4 of you")


@pytest.mark.parametrize(("places", "counted"), [(None, False), (9, True)])
async def test_places_cost_a_statement_only_where_they_are_limited(
    places: int | None, counted: bool, sqlite_template: Path, tmp_path: Path
):
    async with hall(databases.copied(sqlite_template, tmp_path / "school.db"), places, (1,)) as lincoln:
        said: list[str] = []
        async with lincoln.database.write() as db:
            connection = driver(db)
            assert isinstance(connection, DirectConnection)
            connection.direct.set_trace_callback(said.append)
        await lincoln.text(1, "2 adults 3 children")

        assert await lincoln.stands() == {1: "yes 5"}
        assert any("rsvps.waiting_since IS NOT NULL" in statement for statement in said) is counted


async def test_two_processes_never_give_away_the_same_place(postgres_url: str):
    async with hall(postgres_url, 10, range(1, 13)) as lincoln:
        other = Hall(Database.open(postgres_url), lincoln.school, lincoln.dinner, lincoln.homes, lincoln.now)
        for start in range(1, 13, 4):
            here, there = range(start, start + 2), range(start + 2, start + 4)
            await asyncio.gather(
                *(lincoln.send((number, "2 adults 1 child")) for number in here),
                *(other.send((number, "2 adults 1 child")) for number in there),
            )
        assert await lincoln.given_away() == 9
        assert sorted((await lincoln.stands()).values()) == ["told 3"] * 9 + ["yes 3"] * 3
        await asyncio.gather(*(lincoln.send((number, "yes")) for number in range(1, 13)))
        coming = [number for number, said in (await lincoln.stands()).items() if said == "yes 3"]
        await asyncio.gather(*(lincoln.send((number, "sorry, we can't come")) for number in coming))
        await asyncio.gather(lincoln.jobs(), other.jobs())
        offered = [number for number, said in (await lincoln.stands()).items() if said == "offered 3"]
        assert len(offered) == 3
        halves = (offered[0], offered[1:])
        await asyncio.gather(
            lincoln.send((halves[0], "yes")), *(other.send((number, "yes")) for number in halves[1]), other.jobs()
        )
        assert await lincoln.given_away() == 9
        await other.database.close()


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database with all tables, for what only PostgreSQL does."""
    with postgres.database(postgres_template) as url:
        yield url


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2027, in the school's time."""
    return datetime(2027, 3, day, hour, minute, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("offered", "until"),
    [
        (at(1, 10), at(2, 10)),
        (at(1, 10, 7), at(2, 10, 15)),
        (at(1, 23), at(3, 8)),  # read in the morning
        (at(11, 18), at(12, 8)),  # a quarter of a day would end at midnight
        (at(11, 8), at(11, 16, 30)),  # a quarter of the time that is left
        (at(9, 9, 30), at(10, 8)),  # a quarter of what is left would end at 5:45
        (at(12, 12), at(12, 14)),  # two hours at least
        (at(12, 17), at(12, 18)),  # until it begins
        (at(12, 18), None),
        (at(13, 22), None),
    ],
)
def test_a_place_is_kept_for_a_time_that_fits_the_event(offered: datetime, until: datetime | None):
    assert kept_until(SCHOOL, DINNER, offered) == until
