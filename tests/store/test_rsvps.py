"""Who is invited, what they answered, and what the event has to be ready for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.records import HeadCount, Rsvp
from bot.store import events, families, rsvps
from bot.store.database import Database
from flows.facts import Contact, Event, School
from tests.store.conftest import NOW, family
from tests.store.test_events import dinner

DAY = timedelta(days=1)


@pytest.fixture
async def event(database: Database, school: School) -> Event:
    async with database.write() as db:
        return await events.add(db, dinner(school), NOW)


def home(contact: Contact) -> int:
    assert contact.household_id is not None
    return contact.household_id


def answer(event: Event, contact: Contact, coming: str, adults: int | None = None, children: int | None = None) -> Rsvp:
    return Rsvp(
        event.school_id,
        event.id,
        home(contact),
        coming,
        adults,
        children,
        answered_by=contact.id,
        answered_at=NOW,
    )


async def test_a_household_is_invited_once(database: Database, school: School, event: Event) -> None:
    (one,), (other,) = await family(database, school, 1), await family(database, school, 2)
    async with database.write() as db:
        assert await rsvps.invite(db, event, [home(one)], NOW) == {home(one)}
        assert await rsvps.invite(db, event, [home(one), home(other), home(other)], NOW) == {home(other)}

        both = [home(one), home(other)]
        assert await rsvps.invited(db, both, NOW) == {home(one): [event.id], home(other): [event.id]}
        assert [each.id for each in await rsvps.households_invited(db, event.id)] == both


async def test_an_invitation_to_what_is_over_is_past(database: Database, school: School, event: Event) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        await rsvps.invite(db, event, [home(contact)], NOW)
        await rsvps.save(db, [answer(event, contact, "yes", 2)])
        later = event.ends

        assert await rsvps.invited(db, [home(contact)], later) == {}
        assert await rsvps.of_households(db, [home(contact)], later) == []


async def test_the_last_answer_of_a_household_counts(database: Database, school: School, event: Event) -> None:
    mother, father = await family(database, school, 1, 2)
    last = replace(
        answer(event, father, "yes", 4, 3),
        child_care=False,
        food="la niña no come cacahuate",
        interpreter="es",
        answered_at=NOW + DAY,
    )
    async with database.write() as db:
        await rsvps.save(db, [answer(event, mother, "no")])
        await rsvps.save(db, [last])
        assert await rsvps.of_households(db, [home(mother)], NOW) == [last]


async def test_answers_are_listed_with_their_households_by_name(
    database: Database, school: School, event: Event
) -> None:
    (zulu,), (alba,) = await family(database, school, 1), await family(database, school, 2)
    async with database.write() as db:
        homes = await families.households_of(db, [home(zulu), home(alba)])
        named = [replace(homes[home(zulu)], name="Zúñiga"), replace(homes[home(alba)], name="Alba")]
        await families.save_households(db, named)
        given = [answer(event, zulu, "yes", 2), answer(event, alba, "maybe")]
        await rsvps.save(db, given)

        assert await rsvps.of_event(db, event.id) == [(named[1], given[1]), (named[0], given[0])]


async def test_who_said_nothing_is_known(database: Database, school: School, event: Event) -> None:
    (one,), (other,) = await family(database, school, 1), await family(database, school, 2)
    async with database.write() as db:
        await rsvps.invite(db, event, [home(one), home(other)], NOW)
        await rsvps.save(db, [answer(event, one, "no")])
        assert [each.id for each in await rsvps.households_without_reply(db, event.id)] == [home(other)]


async def test_an_event_knows_whom_to_be_ready_for(database: Database, school: School, event: Event) -> None:
    guests = [(await family(database, school, n))[0] for n in range(1, 8)]
    async with database.write() as db:
        await rsvps.invite(db, event, [home(guest) for guest in guests[:6]], NOW)
        await rsvps.save(
            db,
            [
                replace(answer(event, guests[0], "yes", 2, 3), child_care=True, food="no nuts", interpreter="es"),
                replace(answer(event, guests[1], "yes", 1, 4), child_care=False, food="", interpreter="es"),
                replace(answer(event, guests[2], "yes", 2), interpreter="pt"),
                replace(answer(event, guests[3], "no", 9, 9), child_care=True, food="all", interpreter="fr"),
                answer(event, guests[4], "maybe", 5, 5),
                answer(event, guests[6], "yes", 1),  # came without an invitation
            ],
        )
        assert await rsvps.head_counts(db, [event.id]) == {
            event.id: HeadCount(
                invited=6,
                not_answered=1,
                yes=4,
                no=1,
                maybe=1,
                adults=6,
                children=7,
                child_care=3,
                food=1,
                interpreters={"es": 2, "pt": 1},
            )
        }


async def test_an_event_that_nobody_was_asked_to_counts_nothing(database: Database, event: Event) -> None:
    async with database.read() as db:
        assert await rsvps.head_counts(db, [event.id]) == {event.id: HeadCount()}


async def test_food_stays_out_of_what_is_printed(database: Database, school: School, event: Event) -> None:
    (contact,) = await family(database, school, 1)
    given = replace(answer(event, contact, "yes"), food="cacahuate")
    assert "cacahuate" not in repr(given)
