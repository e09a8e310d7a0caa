"""Bringing sheets in: new families, the same again, and what families said in between. All are invented."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import families
from bot.errors import Refusal
from bot.families import Counts, Person, Plan, Remark
from bot.records import ConsentChange
from bot.store import audit, consents
from bot.store import families as families_store
from bot.store.tables import contacts
from flows.facts import Permission
from tests.families.conftest import HEADINGS, LATER, NOW, Office

GIVEN, REFUSED, UNKNOWN = Permission.GIVEN, Permission.REFUSED, Permission.UNKNOWN
TWO = """García,Ana,512 555 0101,es,parent,paper form 2026-08-20
García,Luis,512 555 0102,en,parent,yes
"""
ANA = "García,Ana,512 555 0101,es,parent,yes\n"


def changes(person: Person) -> dict[str, tuple[str | None, str | None]]:
    return {change.column: (change.old, change.new) for change in person.changes}


def remarks(found: tuple[Remark, ...]) -> list[tuple[int, str | None]]:
    return [(remark.line, remark.column) for remark in found]


# New families


async def test_a_sheet_makes_its_households_and_people(office: Office):
    made = await office.bring(TWO + "Peña,Sara,512 555 0103,en,neighbor,\n")

    assert made.counts == Counts(2, 0, 3, 0, 0, 0)
    assert await office.households() == {"García": ["Ana", "Luis"], "Peña": ["Sara"]}
    ana = await office.contact(1)
    assert (ana.language, ana.language_chosen, ana.role, ana.permission) == ("es", True, "parent", GIVEN)
    sara = await office.contact(3)
    assert (sara.role, sara.permission, sara.stopped_at, sara.introduced_at) == ("neighbour", UNKNOWN, None, None)


async def test_permission_is_kept_with_the_words_of_the_sheet(office: Office):
    await office.bring(TWO)

    (line,) = await office.history(1)
    assert (line.topic, line.permission, line.at, line.source) == ("events", GIVEN, NOW, "import")
    assert (line.language, line.words) == ("es", "paper form 2026-08-20")


async def test_a_number_of_another_timezone_is_kept_with_it(office: Office):
    """For its quiet hours; the school is in Chicago."""
    await office.bring("García,Ana,512 555 0101\nGarcía,Luis,212 555 0102\nGarcía,Eva,208 555 0103\n")

    async with office.database.read() as db:
        rows = await db.execute(select(contacts.c.name, contacts.c.timezone))
        assert {row.name: row.timezone for row in rows} == {"Ana": None, "Luis": "America/New_York", "Eva": None}


async def test_a_language_that_is_not_said_stays_open(office: Office):
    await office.bring("García,Ana,512 555 0101")

    ana = await office.contact(1)
    assert (ana.language, ana.language_chosen) == (None, False)


async def test_somebody_new_without_a_household_is_one_alone(office: Office):
    await office.bring(",Ann Miller,512 555 0101\n,Tom Miller,512 555 0102\n")

    assert await office.households() == {"Ann Miller": ["Ann Miller"], "Tom Miller": ["Tom Miller"]}


async def test_a_household_is_one_however_its_name_is_typed(office: Office):
    await office.bring("García López,Ana,512 555 0101\n GARCÍA  LÓPEZ ,Luis,512 555 0102\n")

    assert await office.households() == {"García López": ["Ana", "Luis"]}


async def test_an_import_is_written_into_the_audit_without_words(office: Office):
    await office.bring(TWO)

    async with office.database.read() as db:
        (entry,) = await audit.last(db, office.school.id, 10)
    assert (entry.actor, entry.action, entry.at) == ("ortiz@lincoln.example", "families.import", NOW)
    assert entry.detail["new_contacts"] == 2
    assert "Ana" not in repr(entry)


# Preview


async def test_a_preview_shows_what_would_change_and_changes_nothing(office: Office):
    await office.bring(TWO)
    before = await office.exported()

    shown = await office.preview(
        "García,Ana María,512 555 0101,en,teacher,no,yes\nGarcía,Luis,512 555 0102\nPeña,Sara,512 555 0103\n"
    )

    ana, luis, sara = shown.people
    assert changes(ana) == {
        "name": ("Ana", "Ana María"),
        "language": ("es", "en"),
        "role": ("parent", "teacher"),
        "permission": ("yes", "no"),
        "stopped": (None, "yes"),
    }
    assert changes(luis) == {}
    assert changes(sara) == {
        "household": (None, "Peña"),
        "name": (None, "Sara"),
        "phone": (None, "+15125550103"),
        "role": (None, "parent"),
    }
    assert shown.counts == Counts(1, 0, 1, 1, 0, 1)
    assert await office.exported() == before


async def test_what_is_done_is_what_was_shown(office: Office):
    await office.bring(TWO)
    text = "García,Ana María,512 555 0101\nPeña,Luis,512 555 0102\nPeña,Sara,512 555 0103\n"

    shown = await office.preview(text, LATER)
    done = await office.bring(text, LATER)

    assert done == shown


async def test_no_name_or_number_shows_when_a_plan_is_printed(office: Office):
    await office.bring(TWO)
    shown = repr(await office.preview("Peña,Ana María,512 555 0101\nPeña,Sara,512 555 0103,,,maybe\n"))

    assert not any(word in shown for word in ("García", "Peña", "Ana", "Sara", "0101", "0103", "paper"))


# Again


async def test_the_same_sheet_again_changes_nothing(office: Office):
    await office.bring(TWO)
    again = await office.bring(TWO, LATER)

    assert again.counts == Counts(0, 0, 0, 0, 0, 2)
    assert not again.changes_anything
    assert len(await office.history(1)) == 1
    async with office.database.read() as db:
        assert len(await audit.last(db, office.school.id, 10)) == 1


async def test_blank_cells_and_missing_columns_erase_nothing(office: Office):
    await office.bring(TWO)
    before = await office.exported()

    await office.bring(",,512 555 0101\nGarcía,,512 555 0102,,,pending\n", LATER)

    assert await office.exported() == before


async def test_a_later_sheet_updates(office: Office):
    await office.bring(TWO)
    await office.bring("García,Ana María,512 555 0101,en,teacher,no\n", LATER)

    ana = await office.contact(1)
    assert (ana.name, ana.language, ana.role, ana.permission) == ("Ana María", "en", "teacher", REFUSED)
    assert [(line.permission, line.at) for line in await office.history(1)] == [(GIVEN, NOW), (REFUSED, LATER)]


async def test_yes_in_the_stopped_column_stops(office: Office):
    await office.bring(TWO)
    await office.bring("García,Ana,512 555 0101,,,,yes\n", LATER)

    assert (await office.contact(1)).stopped_at == LATER
    assert (await office.history(1))[-1].topic == "all"
    assert (await office.history(1))[-1].permission is REFUSED


# Nobody is subscribed again


async def test_who_has_stopped_stays_stopped(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await office.change(1, stopped_at=NOW)

    done = await office.bring("García,Ana María,512 555 0101,es,parent,yes,no\n", LATER)

    ana = await office.contact(1)
    assert (ana.name, ana.stopped_at, ana.permission) == ("Ana María", NOW, UNKNOWN)
    assert done.notes == (Remark(2, "permission", "This person has stopped all messages; left as they asked."),)
    assert await office.history(1) == []


async def carrier_said(office: Office, number: int, source: str) -> None:
    """The carrier took a text for this number for the last time."""
    ana = await office.contact(number)
    await office.change(number, stopped_at=NOW)
    said = ConsentChange(office.school.id, ana.id, "all", REFUSED, NOW, source, words="30005")
    async with office.database.write() as db:
        await consents.add(db, [said])


@pytest.mark.parametrize("cell", ["", "no"])
async def test_a_number_that_took_no_texts_is_tried_again_once_staff_bring_it_again(office: Office, cell: str):
    await office.bring("García,Ana,512 555 0101,es\n")
    await carrier_said(office, 1, "number")
    line = f"García,Ana,512 555 0101,es,parent,yes,{cell}\n"

    (person,) = (await office.preview(line, LATER)).people
    assert changes(person) == {"permission": (None, "yes"), "stopped": ("number", None)}
    done = await office.bring(line, LATER)

    ana = await office.contact(1)
    assert (ana.stopped_at, ana.permission, done.notes) == (None, GIVEN, ())
    lines = [(one.topic, one.permission, one.source) for one in await office.history(1)]
    assert lines == [("all", REFUSED, "number"), ("events", GIVEN, "import"), ("all", GIVEN, "import")]
    assert not (await office.bring(line, LATER)).changes_anything


async def test_who_wants_no_messages_by_the_sheet_has_said_so_whatever_its_number_takes(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await carrier_said(office, 1, "number")
    line = "García,Ana,512 555 0101,es,parent,,yes\n"

    done = await office.bring(line, LATER)
    assert [changes(person) for person in done.people] == [{"stopped": ("number", "yes")}]
    assert not (await office.bring(line, LATER)).changes_anything
    await office.bring("García,Ana,512 555 0101,es,parent,yes,no\n", LATER + timedelta(days=1))
    assert (await office.contact(1)).stopped_at == LATER
    assert [(one.source, one.words) for one in await office.history(1)] == [("number", "30005"), ("import", "stopped")]


async def test_a_number_twice_in_a_sheet_is_stopped_where_one_line_says_so(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await carrier_said(office, 1, "number")
    await office.bring("García,Ana,512 555 0101,es,,,yes\nGarcía,Ana,512 555 0101,es,,,number\n", LATER)

    assert (await office.contact(1)).stopped_at == LATER


async def test_who_stopped_with_the_carrier_is_not_tried_again(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await carrier_said(office, 1, "carrier")
    await office.bring("García,Ana,512 555 0101,es,parent,yes,no\n", LATER)

    assert (await office.contact(1)).stopped_at == NOW


async def test_a_sheet_that_was_exported_tries_no_number_again(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await carrier_said(office, 1, "number")
    exported = (await office.exported()).partition("\n")[2]

    assert exported == "García,Ana,+15125550101,es,parent,,number\r\n"
    assert not (await office.bring(exported, LATER)).changes_anything
    assert (await office.contact(1)).stopped_at == NOW


async def test_a_number_that_took_no_texts_elsewhere_is_tried_here(office: Office):
    """The sheet of another installation; only the carrier knows."""
    done = await office.bring("García,Ana,512 555 0101,es,parent,yes,number\n")

    assert ((await office.contact(1)).stopped_at, done.notes) == (None, ())


async def test_a_stop_is_exported_as_a_stop(office: Office):
    await office.bring("García,Ana,512 555 0101,es,parent,yes,yes\n")

    assert (await office.exported()).endswith("García,Ana,+15125550101,es,parent,yes,yes\r\n")


async def test_a_volunteer_is_kept_as_a_neighbour_and_that_is_said_once(office: Office):
    done = await office.bring(
        "A,Ana,512 555 0101,,volunteer\nB,Bo,512 555 0102,,Voluntario\nC,Cy,512 555 0103,,Volunteer\n"
        "D,Di,512 555 0104,,mother\n"
    )

    assert (await office.contact(3)).role == "neighbour"
    assert done.notes == (
        Remark(2, "role", "“volunteer” is kept as neighbour, here and below."),
        Remark(3, "role", "“voluntario” is kept as neighbour, here and below."),
    )


async def test_who_said_no_is_not_given_a_yes(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await office.change(1, permission=REFUSED)

    done = await office.bring("García,Ana,512 555 0101,es,parent,paper form 2026-09-09\n", LATER)

    assert (await office.contact(1)).permission is REFUSED
    assert done.notes == (Remark(2, "permission", "This person said no to event news; left as they asked."),)


async def test_a_wrong_number_does_not_come_back(office: Office):
    await office.bring(TWO)
    await office.change(1, wrong_number_at=NOW, household_id=None)

    done = await office.bring(TWO, LATER)

    assert await office.households() == {"García": ["Luis"]}
    assert remarks(done.notes) == [(2, "phone")]
    assert len(done.people) == 1


async def test_a_language_that_the_family_chose_in_a_text_stands(office: Office):
    await office.bring(ANA)
    await office.change(1, language="en", last_inbound_at=NOW)

    done = await office.bring(ANA, LATER)

    assert (await office.contact(1)).language == "en"
    assert done.notes == (Remark(2, "language", "They write to us in English; left as they asked."),)


async def test_a_language_that_was_only_guessed_gives_way_to_the_sheet(office: Office):
    await office.add_household(None, 1)
    await office.change(1, language="en", last_inbound_at=NOW)

    await office.bring(ANA, LATER)

    ana = await office.contact(1)
    assert (ana.language, ana.language_chosen) == ("es", True)


async def test_a_stop_between_preview_and_import_counts(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    await office.preview(ANA)
    await office.change(1, stopped_at=NOW)

    await office.bring(ANA, LATER)

    ana = await office.contact(1)
    assert (ana.permission, ana.stopped_at) == (UNKNOWN, NOW)


async def test_a_stop_that_is_being_saved_is_waited_for(office: Office):
    await office.bring("García,Ana,512 555 0101,es\n")
    ana = await office.contact(1)

    async with office.database.write() as db:
        await families_store.lock(db, [(office.school.id, ana.address)])
        importing = asyncio.create_task(office.bring("García,Ana María,512 555 0101,es\n", LATER))
        await asyncio.sleep(0.2)
        await families_store.save_contacts(db, [replace(ana, stopped_at=NOW)])
    await importing

    ana = await office.contact(1)
    assert (ana.name, ana.stopped_at) == ("Ana María", NOW)


# Mistakes


async def test_with_one_mistake_nothing_is_done(office: Office):
    text = TWO + "Peña,Sara,555-0103\n"

    with pytest.raises(Refusal, match="One thing is wrong in this sheet, so nothing was changed"):
        await office.bring(text)

    assert await office.households() == {}
    assert remarks((await office.preview(text)).problems) == [(4, "phone")]


async def test_a_mistake_that_only_the_database_shows_undoes_everything(office: Office):
    with pytest.raises(Refusal, match="2 things are wrong"):
        await office.bring(TWO + "Peña,Sara,512 555 0103,Portuguese\n,,512 555 0104\n")

    assert await office.households() == {}
    with pytest.raises(ValueError, match="not enough"):
        await office.contact(1)


async def test_all_mistakes_come_together_in_the_order_of_the_lines(office: Office):
    found = await office.preview(
        "García,Ana,512 555 0101,Portuguese\n,,512 555 0102\nGarcía,Luis,none\nPeña,Ana,512 555 0101\n"
    )

    assert remarks(found.problems) == [(2, "language"), (3, "household"), (4, "phone"), (5, "phone")]
    assert found.problems[0].sentence == ("Portuguese is not offered yet; this school writes in English and Spanish.")


async def test_a_language_that_somebody_has_already_is_no_mistake(office: Office):
    await office.bring(ANA)
    await office.change(1, language="pt")

    assert (await office.preview(ANA.replace(",es,", ",pt,"))).problems == ()


async def test_one_phone_with_two_names_is_a_mistake_that_names_both_lines(office: Office):
    found = await office.preview("García,Ana,512 555 0101,es\nPeña,Sara,(512) 555-0101,en\n")

    assert found.problems == (
        Remark(3, "phone", "Lines 2 and 3 have the same phone, but not the same household and name and language."),
    )


async def test_one_person_on_two_lines_is_taken_once(office: Office):
    done = await office.bring("García,Ana,512 555 0101,,,\ngarcía,ANA,(512) 555-0101,es,teacher,signed form\n")

    ana = await office.contact(1)
    assert (ana.name, ana.language, ana.role, ana.permission) == ("Ana", "es", "teacher", GIVEN)
    assert (await office.history(1))[0].words == "signed form"
    assert remarks(done.notes) == [(3, "phone")]
    assert done.counts.new_contacts == 1


# Households


async def test_somebody_new_joins_the_household_of_that_name(office: Office):
    home = await office.add_household("García", 1)
    await office.bring("garcía,Luis,512 555 0102\n")

    assert await office.households() == {"García": ["P1", "Luis"]}
    assert (await office.contact(2)).household_id == home


async def test_a_family_that_came_by_texting_gets_its_name_and_keeps_its_answer(office: Office):
    home = await office.add_household(None, 1)
    event = await office.add_event()
    await office.answer(event, 1, 3, NOW)

    done = await office.bring(TWO)

    assert (await office.contact(1)).household_id == (await office.contact(2)).household_id == home
    assert await office.answers(event) == {"García": 3}
    assert [(was.name, is_.name) for was, is_ in done.renamed_households] == [(None, "García")]
    assert done.counts.new_households == 0


async def test_a_corrected_name_renames_the_household(office: Office):
    await office.bring("Garcia,Ana,512 555 0101\nGarcia,Luis,512 555 0102\n")
    done = await office.bring("García,Ana,512 555 0101\nGarcía,Luis,512 555 0102\n", LATER)

    assert await office.households() == {"García": ["Ana", "Luis"]}
    assert done.counts == Counts(0, 1, 0, 0, 0, 2)


async def test_capitals_are_corrected_where_the_sheet_agrees_with_itself(office: Office):
    await office.bring("GARCIA,Ana,512 555 0101\n")

    await office.bring("Garcia,Ana,512 555 0101\nGARCIA,Luis,512 555 0102\n")
    assert [*await office.households()] == ["GARCIA"]

    await office.bring("Garcia,Ana,512 555 0101\nGarcia,Luis,512 555 0102\n")
    assert [*await office.households()] == ["Garcia"]


async def test_one_who_moves_leaves_the_others_and_their_answer_behind(office: Office):
    await office.bring(TWO)
    event = await office.add_event()
    await office.answer(event, 1, 3, NOW)

    done = await office.bring("Peña,Ana,512 555 0101\n", LATER)

    assert await office.households() == {"García": ["Luis"], "Peña": ["Ana"]}
    assert await office.answers(event) == {"García": 3}
    assert changes(done.people[0]) == {"household": ("García", "Peña")}
    assert done.counts == Counts(1, 0, 0, 1, 1, 0)


async def test_a_name_that_is_still_in_use_is_not_taken_away(office: Office):
    home = await office.add_household("García", 1)
    await office.bring("Peña,P1,512 555 0101\nGarcía,Luis,512 555 0102\n")

    assert await office.households() == {"García": ["Luis"], "Peña": ["P1"]}
    assert (await office.contact(2)).household_id == home


async def test_joined_households_have_one_answer_the_last_one(office: Office):
    first, second = await office.add_household(None, 1), await office.add_household(None, 2)
    both, one = await office.add_event(), await office.add_event()
    await office.invite(both, first, second)
    await office.invite(one, second)
    await office.answer(both, 1, 2, NOW)
    await office.answer(both, 2, 5, LATER)
    await office.answer(one, 2, 4, NOW)

    done = await office.bring(TWO, LATER)

    assert await office.households() == {"García": ["Ana", "Luis"]}
    assert await office.answers(both) == {"García": 5}
    assert await office.answers(one) == {"García": 4}
    assert await office.invited(both) == await office.invited(one) == ["García"]
    assert done.counts.moved_contacts == 1


async def test_an_older_answer_of_the_joined_household_gives_way(office: Office):
    await office.add_household(None, 1)
    await office.add_household(None, 2)
    event = await office.add_event()
    await office.answer(event, 1, 2, LATER)
    await office.answer(event, 2, 5, NOW)

    await office.bring(TWO, LATER)

    assert await office.answers(event) == {"García": 2}


async def test_an_answer_goes_with_who_gave_it_when_a_household_parts(office: Office):
    await office.add_household("Old", 1, 2)
    await office.add_household("García", 3)
    await office.add_household("Peña", 4)
    event = await office.add_event()
    await office.answer(event, 2, 3, NOW)

    await office.bring("García,Ana,512 555 0101\nPeña,Luis,512 555 0102\n")

    assert await office.answers(event) == {"Peña": 3}


async def test_answers_follow_two_families_whose_names_were_mixed_up(office: Office):
    first, second = await office.add_household("García", 1), await office.add_household("Peña", 2)
    event = await office.add_event()
    await office.invite(event, first, second)
    await office.answer(event, 1, 2, NOW)
    await office.answer(event, 2, 5, LATER)

    await office.bring("Peña,Ana,512 555 0101\nGarcía,Sara,512 555 0102\n")

    assert await office.answers(event) == {"Peña": 2, "García": 5}
    assert sorted(map(str, await office.invited(event))) == ["García", "Peña"]


async def test_two_families_of_one_name_are_kept_apart(office: Office):
    await office.add_household("García", 1)
    await office.add_household("García", 2)

    again = await office.preview("García,P1,512 555 0101\nGarcía,P2,512 555 0102\n")
    unclear = await office.preview("García,Ana,512 555 0103\n")
    clear = await office.preview("García,P2,512 555 0102\nGarcía,Ana,512 555 0103\n")

    assert not again.changes_anything
    assert again.problems == clear.problems == ()
    assert remarks(unclear.problems) == [(2, "household")]
    assert clear.people[1].after.household_id == (await office.contact(2)).household_id


async def test_a_crowd_under_one_name_is_noted(office: Office):
    found = await office.preview("".join(f"García,P{n},512 555 01{n:02}\n" for n in range(7)))

    assert remarks(found.notes) == [(2, "household")]


async def test_another_school_is_not_touched(office: Office):
    await office.bring(TWO)
    other = await office.another_school()

    await other.bring("García,Ana María,512 555 0101,en\n")

    assert (await office.contact(1)).name == "Ana"
    assert (await other.households()) == {"García": ["Ana María"]}


# All together


async def test_the_sample_school_comes_in_without_a_mistake_or_a_question(office: Office):
    sample = Path(families.__file__).parent.parent / "sample" / "families.csv"
    async with office.database.write() as db:
        done = await families.apply(db, office.school, families.read(sample.read_bytes()), NOW, "demo")

    assert done.notes == ()
    assert done.counts == Counts(12, 0, 16, 0, 0, 0)


async def test_no_log_line_holds_a_name_or_a_number(office: Office, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        await office.bring(TWO)
        await office.bring("Peña,Ana,512 555 0101,en\n", LATER)

    assert not any(word in caplog.text for word in ("García", "Peña", "Ana", "Luis", "0101", "0102"))


async def test_two_imports_at_once_make_everybody_once(office: Office):
    people = [f"Family {n // 2},P{n},512 555 01{n:02},es,parent,yes\n" for n in range(40)]

    done: tuple[Plan, Plan] = await asyncio.gather(office.bring("".join(people)), office.bring("".join(people[::-1])))

    assert sorted(plan.counts.new_contacts for plan in done) == [0, 40]
    assert len(await office.households()) == 20


async def test_lines_are_those_of_the_file_with_its_headings(office: Office):
    assert HEADINGS.count("\n") == 1
    assert [person.line for person in (await office.preview(TWO)).people] == [2, 3]
