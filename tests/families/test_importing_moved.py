"""Sheets of people who have moved to a chat by sharing the number of their phone. All are invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.families.sheet import Remark
from bot.links.joining import join_number
from bot.records import Rsvp
from bot.store import consents, families, ids, rsvps
from flows.facts import Contact, Permission
from tests.families.conftest import LATER, NOW, Office

CHAT = "telegram:7006"
GIVEN, REFUSED, UNKNOWN = Permission.GIVEN, Permission.REFUSED, Permission.UNKNOWN
SHEET = "Miller,Ann,512 555 0104,en,parent,yes\n"


async def shares(office: Office, number: int = 4) -> Contact:
    """The person of this number has a chat now, and shared the number in it."""
    by_sms = await office.contact(number)
    async with office.database.write() as db:
        (id_,) = await ids.reserve(db, 1)
        await families.add_contacts(db, [Contact(id_, office.school.id, None, CHAT, language="en")], NOW)
        await join_number(db, Contact(id_, office.school.id, None, CHAT, language="en"), by_sms, NOW)
    return await chat(office)


async def chat(office: Office) -> Contact:
    async with office.database.read() as db:
        (found,) = await families.by_addresses(db, [(office.school.id, CHAT)])
    return found


async def says(office: Office, **fields: Any) -> None:
    """What the person did in the chat since."""
    before = await chat(office)
    async with office.database.write() as db:
        await families.save_contacts(db, [replace(before, **fields)])


async def permissions(office: Office) -> tuple[Permission, Permission]:
    """On the phone, and in the chat."""
    return (await office.contact(4)).permission, (await chat(office)).permission


async def test_the_same_sheet_again_leaves_the_permission_in_the_chat(office: Office):
    await office.bring(SHEET)
    await shares(office)

    shown = await office.preview(SHEET, LATER)
    await office.bring(SHEET, LATER)

    assert (shown.counts.changed_contacts, shown.counts.unchanged_contacts, shown.notes) == (0, 1, ())
    assert await permissions(office) == (UNKNOWN, GIVEN)


async def test_what_was_exported_changes_nothing(office: Office):
    await office.bring(SHEET)
    await shares(office)
    exported = (await office.exported()).partition("\n")[2]

    assert "telegram:7006" in exported
    assert not (await office.preview(exported, LATER)).changes_anything


async def test_a_permission_on_paper_goes_to_the_chat(office: Office):
    await office.bring("Miller,Ann,512 555 0104,en,parent,\n")
    there = await shares(office)

    done = await office.bring("Miller,Ann,512 555 0104,en,parent,paper form\n", LATER)

    (change,) = done.people[0].changes
    assert (change.column, change.old, change.new) == ("permission", None, "yes")
    assert await permissions(office) == (UNKNOWN, GIVEN)
    async with office.database.read() as db:
        last = (await consents.of_contacts(db, [there.id]))[-1]
    assert (last.topic, last.permission, last.source, last.words) == ("events", GIVEN, "import", "paper form")
    assert not (await office.bring(SHEET, LATER)).changes_anything


async def test_a_no_on_paper_holds_in_the_chat(office: Office):
    await office.bring(SHEET)
    await shares(office)

    await office.bring("Miller,Ann,512 555 0104,en,parent,no\n", LATER)

    assert await permissions(office) == (UNKNOWN, REFUSED)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"permission": REFUSED}, "This person said no to event news; left as they asked."),
        ({"stopped_at": NOW, "permission": UNKNOWN}, "This person has stopped all messages; left as they asked."),
    ],
)
async def test_who_said_no_in_the_chat_is_not_asked_on_the_phone(office: Office, said: dict[str, Any], why: str):
    await office.bring(SHEET)
    await shares(office)
    await says(office, **said)

    done = await office.bring(SHEET, LATER)

    assert done.notes == (Remark(2, "permission", why),)
    assert await permissions(office) == (UNKNOWN, said["permission"])


async def test_a_person_moves_to_another_household_with_the_chat_and_its_answers(office: Office):
    event = await office.add_event()
    await office.bring(SHEET)
    there = await shares(office)
    await office.bring("Brown,Sue,512 555 0105\n")
    answer = Rsvp(office.school.id, event.id, there.household_id or 0, "yes", 2, answered_by=there.id, answered_at=NOW)
    async with office.database.write() as db:
        await rsvps.save(db, [answer])

    done = await office.bring("Brown,Ann,512 555 0104,en,parent,yes\n", LATER)

    assert done.counts.moved_contacts == 1
    assert (await chat(office)).household_id == (await office.contact(5)).household_id
    assert await office.answers(event) == {"Brown": 2}
    assert await permissions(office) == (UNKNOWN, GIVEN)


async def test_a_household_of_a_person_with_a_chat_is_renamed_and_not_split(office: Office):
    await office.bring(SHEET)
    await shares(office)

    done = await office.bring("Miller Brown,Ann,512 555 0104,en,parent,yes\n", LATER)

    assert (done.counts.renamed_households, done.counts.new_households) == (1, 0)
    assert await office.households() == {"Miller Brown": ["Ann", "Ann"]}


async def test_another_adult_in_a_chat_is_another_person(office: Office):
    """A chat that joined by the letter may be the father's."""
    await office.bring(SHEET)
    home = (await office.contact(4)).household_id
    async with office.database.write() as db:
        (id_,) = await ids.reserve(db, 1)
        await families.add_contacts(db, [Contact(id_, office.school.id, home, CHAT, permission=GIVEN)], NOW)

    assert not (await office.bring(SHEET, LATER)).changes_anything
    assert await permissions(office) == (GIVEN, GIVEN)
