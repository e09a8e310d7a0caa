"""Links and the desk over the wire: the real aiogram client, updates as Telegram brings them."""

from __future__ import annotations

import pytest

from bot import links, staff
from bot.records import StaffMember
from bot.store import families
from flows.facts import Contact
from tests.journeys.telegram import ANA, LUIS, Lincoln, telegram_school
from tests.wire.telegram import SentMessage

ORTIZ, GRANDMOTHER = 8_100_001, 8_100_002
WAYS = pytest.mark.parametrize("called", [False, True], ids=["asked", "called"])


def last(lincoln: Lincoln, chat: int) -> SentMessage:
    return [sent for sent in lincoln.telegram.sent if sent.chat == chat][-1]


async def open_desk(lincoln: Lincoln) -> None:
    async with lincoln.app.database.write() as db:
        new = StaffMember(0, lincoln.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin")
        member = await staff.add(db, lincoln.school, new, lincoln.now, "a test")
        code = await links.for_staff(db, member, lincoln.now, "a test")
    await lincoln.texts(ORTIZ, f"/start {code}")


async def contact(lincoln: Lincoln, chat: int) -> Contact:
    async with lincoln.app.database.read() as db:
        (found,) = await families.by_addresses(db, [(lincoln.school.id, f"telegram:{chat}")])
    return found


@WAYS
async def test_a_request_is_answered_by_replying_to_it(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await open_desk(lincoln)
        assert lincoln.heard(ORTIZ)[0].startswith("Hello, Sra. Ortiz!")

        await lincoln.texts(ANA, "necesito hablar con una persona")
        notice = last(lincoln, ORTIZ)
        assert "Rojas" in notice.text
        claim = next(data for row in notice.buttons for data, _label in row if data.startswith("claim:"))
        await lincoln.brings(lincoln.telegram.press(notice.shown, claim))
        assert "is yours now" in lincoln.heard(ORTIZ)[-1]

        await lincoln.texts(ORTIZ, "Buenos días, ¿le puedo llamar?", reply_to_message=notice.shown)
        assert lincoln.heard(ANA)[-1] == "Sra. Ortiz: Buenos días, ¿le puedo llamar?"
        await lincoln.texts(ANA, "sí, a las 10")
        assert "sí, a las 10" in lincoln.heard(ORTIZ)[-1]


@WAYS
async def test_a_photo_that_came_after_its_words_is_answered_by_replying_to_it(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await open_desk(lincoln)
        await lincoln.brings(lincoln.telegram.photo(ANA, "sofá " * 210))
        photo = last(lincoln, ORTIZ)
        assert (photo.file, photo.text) == (("photo", "AgACAgEAAx800"), ""), (
            "its words are too many to stand beneath it"
        )
        assert [label for row in photo.buttons for _data, label in row] == ["Answer"]
        await lincoln.texts(LUIS, "I need to talk to a person")

        await lincoln.texts(ORTIZ, "Ya lo vi, gracias.", reply_to_message=photo.shown)
        assert lincoln.heard(ANA)[-1] == "Sra. Ortiz: Ya lo vi, gracias."
        assert "gracias" not in "".join(lincoln.heard(LUIS))


async def test_a_button_under_a_message_of_somebody_else_names_no_request(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await open_desk(lincoln)
        await lincoln.brings(lincoln.telegram.photo(ANA, "sofá " * 210))
        photo = last(lincoln, ORTIZ).shown
        forged = {**photo, "from": {"id": ORTIZ, "is_bot": False, "first_name": "Ortiz"}}
        before = len(lincoln.heard(ANA))
        await lincoln.texts(ORTIZ, "Ya lo vi, gracias.", reply_to_message=forged | {"message_id": 1})
        assert len(lincoln.heard(ANA)) == before
        assert lincoln.heard(ORTIZ)[-1].startswith("Which family is this for?")


async def test_the_commands_of_the_desk_are_telegrams_own(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await open_desk(lincoln)
        for command, answer in (
            ("/requests", "Nobody waits"),
            ("/events@lincoln_bot", "Family dinner"),
            ("/help", "When a family asks"),
            ("/announce", "Write the text in English"),
        ):
            await lincoln.texts(ORTIZ, command)
            assert lincoln.heard(ORTIZ)[-1].startswith(answer)


async def test_the_link_of_a_letter_is_opened_by_the_start_button(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        home = (await contact(lincoln, ANA)).household_id
        assert home is not None
        async with lincoln.app.database.write() as db:
            code = (await links.for_households(db, lincoln.school, [home], lincoln.now))[home].code
        await lincoln.texts(GRANDMOTHER, f"/start {code}")

        assert (await contact(lincoln, GRANDMOTHER)).household_id == home
        assert "Rojas" in lincoln.heard(GRANDMOTHER)[0]


async def test_the_button_that_shares_a_number_stands_in_place_of_the_keyboard(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        async with lincoln.app.database.write() as db:
            home = (await contact(lincoln, ANA)).household_id
            by_sms = Contact(9_000_001, lincoln.school.id, home, "sms:+15125550143", name="Ana", language="es")
            await families.add_contacts(db, [by_sms], lincoln.now)
        await lincoln.texts(GRANDMOTHER, "/start")
        assert last(lincoln, GRANDMOTHER).markup["keyboard"][0][0]["request_contact"] is True

        await lincoln.brings(lincoln.telegram.contact(GRANDMOTHER, "+1 512 555 0143", owner=ANA))
        assert (await contact(lincoln, GRANDMOTHER)).household_id != home, "the number is somebody else's"
        await lincoln.brings(lincoln.telegram.contact(GRANDMOTHER, "15125550143"))
        assert (await contact(lincoln, GRANDMOTHER)).household_id == home
