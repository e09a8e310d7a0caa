"""The sample school: what is in it, at whatever hour it is opened."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import families, help_desk, phones, sample
from bot.language.catalogs import Catalogs
from bot.messages import State
from bot.sample.suggestions import ENGLISH, SPANISH
from bot.store import emptying, events, messages, rsvps, schools
from bot.store import families as homes
from bot.store.database import Database
from bot.store.tables import metadata
from flows.facts import Contact, Household, Permission, School

NOW = datetime(2027, 3, 2, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogs() -> Catalogs:
    return Catalogs.load(sample.LANGUAGES)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url)
    yield opened
    await opened.close()


async def everybody(database: Database, school: School) -> dict[str | None, tuple[Household, Contact]]:
    async with database.read() as db:
        found = [pair async for pair in homes.all_families(db, school.id)]
    return {contact.name: (home, contact) for home, living in found for contact in living}


async def heard(database: Database, contact: Contact) -> list[str]:
    """What the school has for a contact, sent or still in the outbox."""
    async with database.read() as db:
        return [line.body for line in await messages.thread_of(db, contact.id, 100) if line.outgoing]


async def test_it_is_a_school_of_two_languages_that_has_begun_to_hear_from_its_families(
    database: Database, catalogs: Catalogs
):
    school = await sample.fill(database, catalogs, NOW)
    async with database.read() as db:
        dinner, workshop = await events.coming_up(db, [school.id], NOW)
        counts = (await rsvps.head_counts(db, [dinner.id]))[dinner.id]
        answers = {home.name: rsvp for home, rsvp in await rsvps.of_event(db, dinner.id)}
        (call,) = await help_desk.calls(db, school)

    assert (counts.yes, counts.no, counts.maybe, counts.not_answered) == (2, 1, 1, 6)
    assert (counts.adults, counts.children, counts.child_care, counts.food) == (3, 6, 6, 1)
    assert answers["Miller"].food == "Emma can't have peanuts"
    assert answers["Brown"].coming == "no"
    assert call.contact.name == "Ramón Castillo"
    assert dinner.interpreted_for("es") is False
    assert workshop.interpreted_for("es") is True
    assert set(school.languages) == dinner.title.keys() == workshop.place.keys() == {"es", "en"}


async def test_each_is_invited_in_their_language_and_nobody_who_did_not_allow_it(
    database: Database, catalogs: Catalogs
):
    people = await everybody(database, await sample.fill(database, catalogs, NOW))
    assert len({home.id for home, _contact in people.values()}) == 12
    for name, (_home, contact) in people.items():
        invitation = {"es": "Cena de familias", "en": "Family dinner"}[contact.language or "es"]
        invited = any(invitation in text for text in await heard(database, contact))
        assert invited == (contact.permission is Permission.GIVEN), name
    (rosa_home, rosa), (luis_home, luis) = people["Rosa García"], people["Luis López"]
    assert rosa_home == luis_home
    assert (rosa.language, luis.language) == ("es", "en")


async def test_its_people_have_numbers_that_nobody_has(database: Database, catalogs: Catalogs):
    school = await sample.fill(database, catalogs, NOW)
    people = await everybody(database, school)
    for address in (sample.NUMBER, *(contact.address for _home, contact in people.values())):
        assert re.fullmatch(r"sms:\+1512555(01\d\d)", address)
        assert phones.parse(address) == address
    assert {"teacher", "neighbour"} <= {contact.role for _home, contact in people.values()}


@pytest.mark.parametrize("hours", range(0, 24 * 9, 25))
async def test_at_any_hour_of_any_day_the_events_are_ahead_and_the_invitation_is_out(
    database: Database, catalogs: Catalogs, hours: int
):
    # Nine days over the night on which clocks change.
    now = datetime(2027, 3, 8, 5, 0, tzinfo=UTC) + timedelta(hours=hours)
    school = await sample.fill(database, catalogs, now)
    async with database.read() as db:
        dinner, workshop = await events.coming_up(db, [school.id], now)
    local = [moment.astimezone(school.timezone) for moment in (dinner.starts, workshop.starts)]
    assert [f"{moment:%A %H:%M}" for moment in local] == ["Thursday 18:00", "Tuesday 09:00"]
    assert timedelta(days=6) < dinner.starts - now < timedelta(days=15)
    assert school.quiet_hours.over_at(now) == now, "nobody who tries it at night waits until morning"

    (_home, ann) = (await everybody(database, school))["Ann Miller"]
    async with database.read() as db:
        thread = await messages.thread_of(db, ann.id, 100)
    assert all(line.created_at <= now for line in thread)
    assert {line.state for line in thread if line.outgoing} == {State.READY}


async def test_emptied_it_can_be_filled_again(database: Database, catalogs: Catalogs):
    first = await sample.fill(database, catalogs, NOW)
    async with database.write() as db:
        await emptying.empty(db)
        assert await schools.all_schools(db) == []
    second = await sample.fill(database, catalogs, NOW)
    assert second.id > first.id, "an id of before is not taken for something new"
    assert len(await everybody(database, second)) == len(families.read((sample.FAMILIES).read_bytes()).rows)


def test_emptying_names_every_table_but_the_one_that_counts():
    assert len(emptying.TAKE_ALL) == len(metadata.tables) - 1


def test_there_is_something_to_tap_in_both_languages_at_every_step():
    assert SPANISH.keys() == ENGLISH.keys()
    assert all(2 <= len(texts) <= 3 for texts in (*SPANISH.values(), *ENGLISH.values()))
