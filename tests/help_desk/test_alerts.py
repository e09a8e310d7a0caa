"""What a family writes for staff reaches them, and in danger on every channel."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot import help_desk
from bot.messages import Kind, Media
from bot.store import families, outbox
from flows.facts import Household
from tests.help_desk.desk import ANA, BELL_PHONE, LEE, LUIS, ORTIZ, ORTIZ_PHONE, PHOTO, RUIZ, school

ALL = (ORTIZ, RUIZ, LEE)
A_PERSON = "quiero hablar con una persona"


async def test_a_call_for_a_person_reaches_all_who_are_linked(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "I need to talk to a person about the bus")

        (call,) = await lincoln.calls()
        for address in ALL:
            (notice,) = await lincoln.told(address)
            assert notice.kind is Kind.NOTICE
            assert notice.request_id == call.request.id
            assert [tap for tap, _label in notice.buttons] == [f"claim:{call.request.id}"]
        assert (await lincoln.told(RUIZ))[0].body == (
            "The Rojas family asks for a person.\n"
            "“I need to talk to a person about the bus”\n"
            f"Request {call.request.id}. Reply to this message to answer."
        )
        # Sra. Ortiz reads Spanish, so she is told what the family writes in.
        assert "inglés" in (await lincoln.told(ORTIZ))[0].body
        assert await lincoln.told(ORTIZ_PHONE) == []
        assert await lincoln.told(BELL_PHONE) == []


async def test_a_staff_contact_belongs_to_no_family_and_is_made_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person")
        await lincoln.texts(LUIS, "about the bus")

        contact = await lincoln.contact(RUIZ)
        assert (contact.role, contact.household_id, contact.language) == ("staff", None, "en")
        assert len(await lincoln.told(RUIZ)) == 2


async def test_later_texts_go_to_who_has_the_request_and_to_nobody_else(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person")
        (call,) = await lincoln.calls()
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.lee, lincoln.now)
        await lincoln.texts(LUIS, "about the bus")

        assert [len(await lincoln.told(address)) for address in ALL] == [1, 1, 2]
        notice = (await lincoln.told(LEE))[-1]
        assert notice.body.startswith("The Rojas family writes:\n“about the bus”")
        assert notice.buttons == (), "nobody answered yet, so there is nothing to ask about"


async def test_when_who_has_it_left_or_is_not_linked_all_hear_of_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person")
        (call,) = await lincoln.calls()
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.lee, lincoln.now)
        await lincoln.change(lincoln.lee, left_at=lincoln.now)
        await lincoln.texts(LUIS, "about the bus")

        assert [len(await lincoln.told(address)) for address in ALL] == [2, 2, 1]


async def test_texts_that_arrive_together_are_one_request_and_each_is_passed_on(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person", "about the bus", "and the lunch")
        await lincoln.texts(LUIS, "hello?", "is somebody there?")

        (call,) = await lincoln.calls()
        bodies = [notice.body for notice in await lincoln.told(RUIZ)]
        assert [body.split("\n")[0] for body in bodies] == ["The Rojas family asks for a person."] + [
            "The Rojas family writes:"
        ] * 4
        assert {notice.request_id for notice in await lincoln.told(RUIZ)} == {call.request.id}


async def test_a_danger_reaches_the_named_adult_on_every_channel_and_the_others_too(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "I want to kill myself")

        (call,) = await lincoln.calls()
        (chat,), (sms,) = await lincoln.told(ORTIZ), await lincoln.told(ORTIZ_PHONE)
        assert (chat.kind, sms.kind) == (Kind.URGENT, Kind.URGENT)
        assert "I want to kill myself" in chat.body
        assert "kill" not in sms.body
        for part in ("Rojas", "(512) 555-0102", str(call.request.id)):
            assert part in sms.body
        assert [(await lincoln.told(address))[0].kind for address in (RUIZ, LEE)] == [Kind.NOTICE] * 2
        assert await lincoln.told(BELL_PHONE) == []
        assert call.alerted


async def test_a_danger_goes_out_at_night_and_a_call_for_a_person_in_the_morning(database_url: str) -> None:
    async with school(database_url) as lincoln:
        lincoln.later(hours=12)  # ten in the evening of the school
        await lincoln.texts(LUIS, "I want to kill myself")
        await lincoln.texts(ANA, A_PERSON)
        async with lincoln.database.write() as db:
            claim = await outbox.claim(db, lincoln.now, 100, timedelta(minutes=1), ["sms", "telegram"])

        to_staff = {one.message.address for one in claim.messages} - {ANA, LUIS}
        assert to_staff == {ORTIZ, ORTIZ_PHONE}


async def test_where_nobody_is_named_the_admins_are_alerted(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.change(lincoln.ortiz, alerted=False)
        await lincoln.texts(LUIS, "I want to kill myself")

        assert [(await lincoln.told(address))[0].kind for address in (ORTIZ, ORTIZ_PHONE, BELL_PHONE)] == (
            [Kind.URGENT] * 3
        )


async def test_where_who_is_named_has_no_chat_the_linked_admins_are_woken_too(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.change(lincoln.ortiz, alerted=False)
        await lincoln.change(lincoln.bell, alerted=True)
        await lincoln.texts(LUIS, "I want to kill myself")
        assert [(await lincoln.told(address))[0].kind for address in (ORTIZ, RUIZ, BELL_PHONE)] == (
            [Kind.URGENT, Kind.NOTICE, Kind.URGENT]
        )

        await lincoln.change(lincoln.ortiz, role="editor", alerted=False)
        await lincoln.texts(ANA, "quiero morirme")
        assert [(await lincoln.told(address))[-1].kind for address in (ORTIZ, RUIZ)] == [Kind.URGENT] * 2


async def test_a_danger_that_reaches_nobody_is_an_error_in_the_log_and_on_the_list(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with school(database_url) as lincoln:
        for member in (lincoln.ortiz, lincoln.ruiz, lincoln.lee, lincoln.bell):
            await lincoln.change(member, phone=None, telegram_chat=None)
        with caplog.at_level(logging.ERROR):
            await lincoln.texts(LUIS, "I want to kill myself")

        (call,) = await lincoln.calls()
        assert not call.alerted
        (record,) = [record for record in caplog.records if "nobody can be alerted" in record.message]
        assert record.__dict__["request"] == call.request.id
        assert "kill" not in caplog.text


async def test_more_words_of_the_same_danger_are_passed_on_without_another_sms(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "I want to kill myself")
        await lincoln.texts(LUIS, "please help")

        assert len(await lincoln.told(ORTIZ_PHONE)) == 1
        assert [notice.kind for notice in await lincoln.told(ORTIZ)] == [Kind.URGENT] * 2


async def test_after_a_stop_a_danger_still_reaches_staff(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "STOP")
        await lincoln.texts(LUIS, "I want to kill myself")

        assert len(await lincoln.told(ORTIZ_PHONE)) == 1


async def test_a_photo_reaches_staff_with_how_to_see_it_where_it_cannot_be_shown(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "", media=(PHOTO,))

        (call,) = await lincoln.calls()
        (notice,) = await lincoln.told(RUIZ)
        assert notice.body.startswith("The Rojas family sent something for you to see.\nWith it: a photo.")
        assert "sobremesa" not in notice.body
        assert [one.url for one in notice.media] == [PHOTO.url]
        ((_words, command),) = (one.instead.split(": ") for one in notice.media)
        assert command == f"sobremesa requests media {call.request.id}"
        for address, verb in ((RUIZ, "claim"), (LEE, "close")):  # a helper ends only what is theirs
            ((tap, _label),) = (await lincoln.told(address))[0].buttons
            assert tap == f"{verb}:{call.request.id}"
        assert [(one.tap, one.label) for one in notice.media] == [(f"answer:{call.request.id}", "Answer")]


async def test_a_helper_who_has_a_photo_may_end_it_and_others_are_offered_nothing(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "", media=(PHOTO,))
        (call,) = await lincoln.calls()
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ruiz, lincoln.now)
        await lincoln.texts(LUIS, "", media=(PHOTO,))

        assert [tap for tap, _label in (await lincoln.told(RUIZ))[-1].buttons] == [f"close:{call.request.id}"]


@pytest.mark.parametrize(
    ("address", "name", "called"),
    [
        ("sms:+15125550188", None, "A family at (512) 555-0188"),
        ("telegram:7001", "Rosa", "Rosa"),
        ("telegram:7001", None, "A family (on Telegram since Monday, March 1)"),
    ],
)
async def test_a_family_without_a_name_is_told_from_others(
    database_url: str, address: str, name: str | None, called: str
) -> None:
    async with school(database_url) as lincoln:
        for text in ("hello", "I need to talk to a person", "about the bus"):
            await lincoln.texts(address, text, name=name)

        first, second = [notice.body.split("\n")[0] for notice in await lincoln.told(RUIZ)]
        assert first == f"{called} asks for a person."
        assert second == f"{called} writes:"
        assert name is None or all(name not in said.body for said in await lincoln.told(address)), "for staff alone"


async def test_a_number_in_danger_is_named_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts("sms:+15125550188", "I want to kill myself")

        (notice,), (sms,) = await lincoln.told(RUIZ), await lincoln.told(ORTIZ_PHONE)
        assert notice.body.count("555-0188") == sms.body.count("555-0188") == 1


async def test_who_was_not_understood_and_then_asks_for_a_person_goes_on_in_the_same_request(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "what time does the library close today")
        (unclear,) = await lincoln.calls()
        assert unclear.request.reason == "unclear"
        await lincoln.texts(LUIS, "I need to talk to a person now")

        (call,) = await lincoln.calls()
        assert (call.request.id, call.request.reason) == (unclear.request.id, "help")
        last = (await lincoln.told(RUIZ))[-1]
        assert last.body.startswith("The Rojas family asks for a person.\n“I need to talk to a person now”")
        assert last.request_id == unclear.request.id


async def test_both_in_one_moment_are_one_request_as_well_and_staff_read_both(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "what time does the library close today", "I need to talk to a person now")

        assert len(await lincoln.calls()) == 1
        bodies = "".join(notice.body for notice in await lincoln.told(RUIZ))
        assert "library" in bodies
        assert "talk to a person" in bodies


async def test_a_danger_is_a_request_of_its_own_beside_one_that_was_not_understood(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "what time does the library close today")
        await lincoln.texts(LUIS, "I want to kill myself")

        assert [call.request.reason for call in await lincoln.calls()] == ["danger", "unclear"]
        assert len(await lincoln.told(ORTIZ_PHONE)) == 1


async def test_a_photo_of_telegram_goes_on_to_the_chats_of_staff_and_to_no_phone(database_url: str) -> None:
    voice, place = Media("telegram-file:voice:AwAC", "audio/ogg"), Media("geo:30.2,-97.7", "application/x-geo")
    async with school(database_url) as lincoln:
        await lincoln.texts("telegram:7001", "", media=(voice, place))
        await lincoln.texts("telegram:7001", "I want to kill myself", media=(voice,))

        notice, danger = await lincoln.told(RUIZ)
        assert [one.url for one in (*notice.media, *danger.media)] == [voice.url, place.url, voice.url]
        assert "With it: a voice note, a place on the map." in notice.body
        assert "sobremesa" not in notice.body
        assert [one.media for one in await lincoln.told(ORTIZ_PHONE)] == [()]


async def test_a_wrong_number_is_told_with_the_name_and_number_that_have_to_be_put_right(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "wrong number")

        (notice,) = await lincoln.told(RUIZ)
        assert notice.body.startswith("Wrong number: (512) 555-0102 is not of the Rojas family.")
        assert "Reply to this message" not in notice.body


async def test_a_turn_that_passes_nothing_on_asks_the_database_nothing_more(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "menu")

        assert [await lincoln.told(address) for address in ALL] == [[], [], []]


async def test_a_parent_who_is_staff_keeps_their_own_contact(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.change(lincoln.bell, phone=LUIS.removeprefix("sms:"), alerted=True)
        before = await lincoln.contact(LUIS)
        await lincoln.texts(ANA, "me quiero matar")

        after = await lincoln.contact(LUIS)
        assert (after.role, after.household_id) == ("parent", before.household_id)
        assert [notice.kind for notice in await lincoln.told(LUIS)] == [Kind.URGENT]


async def test_who_stopped_texts_is_alerted_on_the_other_channel(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(ORTIZ_PHONE, "STOP")
        await lincoln.texts(LUIS, "I want to kill myself")

        assert [notice.kind for notice in await lincoln.told(ORTIZ)] == [Kind.URGENT]
        assert all("DANGER" not in notice.body for notice in await lincoln.told(ORTIZ_PHONE))


async def test_a_family_is_asked_whether_it_is_settled_only_after_an_answer(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "I want to kill myself")
        (call,) = await lincoln.calls()
        assert [label for _tap, label in (await lincoln.told(RUIZ))[-1].buttons] == ["I will answer"]

        async with lincoln.database.write() as db:
            await help_desk.reply(db, lincoln.voice, call.request.id, "I am here.", lincoln.ruiz, lincoln.now)
        await lincoln.texts(LUIS, "thank you")
        assert [label for _tap, label in (await lincoln.told(RUIZ))[-1].buttons] == ["Ask if it is settled"]


async def test_a_family_that_calls_itself_one_is_not_called_one_twice(database_url: str) -> None:
    async with school(database_url) as lincoln:
        async with lincoln.database.write() as db:
            await families.save_households(db, [Household(1_000_001, lincoln.school.id, "Familia Paz")])
        await lincoln.texts(LUIS, "I want to kill myself")

        assert (await lincoln.told(RUIZ))[0].body.startswith(
            "DANGER: the Paz family wrote something that sounds like danger. Please call now: (512) 555-0102\n"
        )
