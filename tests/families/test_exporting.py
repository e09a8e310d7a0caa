"""Giving the families back as a file: what stands in it, and that it comes in again without a change."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import families as sheets
from bot.store import families, ids
from flows.facts import Contact, Household, Permission
from tests.families.conftest import LATER, NOW, Office

FAMILIES = """"Pérez, Núñez",María José,512 555 0101,es,parent,yes
"Pérez, Núñez",Óscar,512 555 0102,en,parent,no
=1+1,@SUM(A1),512 555 0103,es,teacher,,yes
Ñandú,,whatsapp:+15125550104,,neighbour
Abuela,Rosa,+52 55 1234 5678,es
"""


async def test_everybody_is_exported_with_all_that_a_sheet_holds(office: Office):
    await office.bring(FAMILIES)

    assert [*csv.reader((await office.exported()).splitlines())] == [
        ["household", "name", "phone", "language", "role", "permission", "stopped"],
        ["Pérez, Núñez", "María José", "+15125550101", "es", "parent", "yes", ""],
        ["Pérez, Núñez", "Óscar", "+15125550102", "en", "parent", "no", ""],
        ["'=1+1", "'@SUM(A1)", "+15125550103", "es", "teacher", "", "yes"],
        ["Ñandú", "", "whatsapp:+15125550104", "", "neighbour", "", ""],
        ["Abuela", "Rosa", "+52 55 1234 5678", "es", "parent", "", ""],
    ]


async def test_who_left_by_a_wrong_number_or_is_no_person_is_not_exported(office: Office):
    await office.bring("García,Ana,512 555 0101\nGarcía,Luis,512 555 0102\n")
    await office.change(1, wrong_number_at=NOW, household_id=None)
    async with office.database.write() as db:
        home, key = await ids.reserve(db, 2)
        await families.add_households(db, [Household(home, office.school.id)], NOW)
        await families.add_contacts(db, [Contact(key, office.school.id, home, "sms:72345")], NOW)

    assert [line.split(",")[1] for line in (await office.exported()).splitlines()] == ["name", "Luis"]


async def test_a_school_without_families_exports_the_headings(office: Office):
    assert await office.exported() == "household,name,phone,language,role,permission,stopped\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_what_was_exported_comes_in_without_a_change(office: Office, encoding: str):
    await office.bring(FAMILIES)
    file = sheets.read((await office.exported()).encode(encoding))

    async with office.database.write() as db:
        again = await sheets.apply(db, office.school, file, LATER, "ortiz@lincoln.example")

    assert not again.changes_anything
    assert again.notes == ()
    assert again.counts.unchanged_contacts == 5


async def test_a_new_school_gets_everybody_as_they_were(office: Office):
    await office.bring(FAMILIES)
    other = await office.another_school()
    text = await office.exported()

    await other.bring("".join(text.splitlines(keepends=True)[1:]))

    assert await other.exported() == text


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
PEOPLE = st.builds(
    Contact,
    id=st.just(0),
    school_id=st.just(0),
    household_id=st.none(),
    address=st.just(""),
    name=st.none() | WORDS,
    role=st.sampled_from(["parent", "student", "teacher", "neighbour"]),
    language=st.sampled_from([None, "es", "en", "pt"]),
    language_chosen=st.booleans(),
    permission=st.sampled_from(Permission),
    stopped_at=st.sampled_from([None, MOMENT]),
    last_inbound_at=st.sampled_from([None, MOMENT]),
)
HOMES = st.tuples(st.none() | WORDS | st.sampled_from(["García", "garcía"]), st.lists(PEOPLE, max_size=3))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(homes=st.lists(HOMES, max_size=4))
async def test_whatever_is_known_of_families_comes_in_without_a_change(
    office: Office, homes: list[tuple[str | None, list[Contact]]]
):
    school = await Office.open(office.database, str(uuid4()))
    numbers = iter(range(100))
    async with office.database.write() as db:
        for name, living in homes:
            (home, *keys) = await ids.reserve(db, 1 + len(living))
            await families.add_households(db, [Household(home, school.school.id, name)], NOW)
            people = [
                replace(
                    person,
                    id=key,
                    school_id=school.school.id,
                    household_id=home,
                    address=f"sms:+151255501{next(numbers):02}",
                )
                for key, person in zip(keys, living, strict=True)
            ]
            await families.add_contacts(db, people, NOW)
    text = await school.exported()

    file = sheets.read(text.encode())
    async with office.database.read() as db:
        again = await sheets.plan(db, school.school, file, LATER)

    assert again.problems == ()
    assert not again.changes_anything
    assert again.counts.unchanged_contacts == sum(len(living) for _, living in homes)
