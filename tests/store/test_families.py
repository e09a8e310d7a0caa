"""Strangers become contacts with a household of their own; known ones are found and kept."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.store import families, ids, schools
from bot.store.database import Database
from flows.facts import Contact, Household, Permission, School
from tests.store.conftest import NOW, family, sms

ACCOUNT = "sms:+15125550198"


async def test_a_stranger_gets_a_household_of_its_own(database: Database, school: School) -> None:
    async with database.write() as db:
        await families.meet(db, [(school.id, sms(1), ACCOUNT), (school.id, sms(2), ACCOUNT)], NOW)
        one, other = await families.lock(db, [(school.id, sms(1)), (school.id, sms(2))])

        assert one.household_id != other.household_id
        assert (one.account, one.language, one.permission) == (ACCOUNT, None, Permission.UNKNOWN)
        homes = await families.households_of(db, [one.household_id or 0])
        assert list(homes.values()) == [Household(one.household_id or 0, school.id, None)]


async def test_one_who_is_known_is_not_met_again(database: Database, school: School) -> None:
    (known,) = await family(database, school, 1)
    async with database.write() as db:
        await families.meet(db, [(school.id, sms(1), ACCOUNT), (school.id, sms(2), ACCOUNT)], NOW)
        await families.meet(db, [(school.id, sms(1), ACCOUNT)], NOW)

        assert (await families.lock(db, [(school.id, sms(1))])) == [known]
        assert (await db.execute(text("SELECT count(*) FROM households"))).scalar_one() == 2


async def test_a_number_of_two_schools_is_two_contacts(database: Database, school: School) -> None:
    async with database.write() as db:
        other = await schools.add(db, "Washington", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        await families.meet(db, [(school.id, sms(1), ACCOUNT), (other.id, sms(1), ACCOUNT)], NOW)

        here = await families.by_addresses(db, [(school.id, sms(1))])
        both = await families.by_addresses(db, [(school.id, sms(1)), (other.id, sms(1))])
        assert [contact.school_id for contact in here] == [school.id]
        assert {contact.school_id for contact in both} == {school.id, other.id}


async def test_all_that_changes_of_a_contact_is_kept(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    changed = replace(
        contact,
        household_id=None,
        account=ACCOUNT,
        name="Lucía Peña 🌻",
        role="guardian",
        language="es",
        language_chosen=True,
        permission=Permission.GIVEN,
        stopped_at=NOW,
        wrong_number_at=NOW,
        introduced_at=NOW,
        last_inbound_at=NOW.replace(microsecond=123_456),
    )
    async with database.write() as db:
        await families.save_contacts(db, [changed])
    async with database.read() as db:
        assert await families.by_ids(db, [contact.id]) == [changed]


async def test_a_save_touches_only_those_that_are_given(database: Database, school: School) -> None:
    contacts = [*await family(database, school, 1, 2), *await family(database, school, 3)]
    async with database.write() as db:
        await families.save_contacts(db, [replace(contacts[1], language="es"), replace(contacts[2], language="en")])
        found = await families.by_ids(db, [contact.id for contact in contacts])
    assert [contact.language for contact in found] == [None, "es", "en"]


async def test_a_household_is_named(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    home = Household(contact.household_id or 0, school.id, "Peña")
    async with database.write() as db:
        await families.save_households(db, [home])
        assert await families.households_of(db, [home.id]) == {home.id: home}


async def test_everyone_in_a_household_is_found(database: Database, school: School) -> None:
    both = await family(database, school, 1, 2)
    await family(database, school, 3)
    async with database.read() as db:
        assert await families.contacts_of_households(db, [both[0].household_id or 0]) == both


async def test_all_families_come_page_by_page(
    database: Database, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = [await family(database, school, 3 * n, 3 * n + 1) for n in range(5)]
    async with database.write() as db:
        empty, left = await ids.reserve(db, 2)
        # A family that walked in at the door, and what is left of one that joined another.
        await families.add_households(db, [Household(empty, school.id, "Okafor")], NOW)
        await families.add_households(db, [Household(left, school.id, None)], NOW)
        other = await schools.add(db, "Washington", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        await families.meet(db, [(other.id, sms(90), ACCOUNT)], NOW)

    async with database.read() as db:
        for page in (500, 2, 1):
            monkeypatch.setattr(families, "PAGE", page)
            found = [pair async for pair in families.all_families(db, school.id)]
            assert [contacts for _, contacts in found] == [*added, []]
            assert [home.id for home, _ in found] == [*(who[0].household_id for who in added), empty]


async def test_an_address_is_of_one_contact_only(database: Database, school: School) -> None:
    await family(database, school, 1)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await family(database, school, 2, 1)

    async with database.read() as db:
        assert await families.by_addresses(db, [(school.id, sms(2))]) == []


async def test_no_address_appears_in_what_is_printed(database: Database, school: School) -> None:
    contacts: list[Contact] = await family(database, school, 1)
    assert "5550101" not in repr(contacts)


async def test_a_whole_district_is_added_at_once(database: Database, school: School) -> None:
    everyone = range(1_200)
    async with database.write() as db:
        numbers = await ids.reserve(db, 2 * len(everyone))
        homes = [Household(id_, school.id, f"Familia {id_}") for id_ in numbers[::2]]
        await families.add_households(db, homes, NOW)
        new = [Contact(id_, school.id, id_ - 1, sms(n)) for n, id_ in zip(everyone, numbers[1::2], strict=True)]
        await families.add_contacts(db, new, NOW)
    async with database.read() as db:
        assert [pair async for pair in families.all_families(db, school.id)] == [
            (home, [contact]) for home, contact in zip(homes, new, strict=True)
        ]
