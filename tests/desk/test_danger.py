"""Words of danger that staff write at the desk: their own, or an answer to a family."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import help_desk, staff
from bot.commands import request_rows
from bot.desk.leaving import leave
from bot.language.voice import Voice
from bot.messages import Kind
from bot.records import StaffMember
from bot.store import help_requests, messages
from tests.desk.people import ana_asks, colleague, link, open_requests
from tests.home import catalogs
from tests.journeys.chats import CHAT, DESK, MOTHER, OTHER_CHAT, Lincoln, chats

ANSWER = "La línea 988 ayuda a cualquier hora, también con pensamientos de suicidio, quiero morirme o así"
PHONE = "sms:+15125550150"
GONE = "This request does not exist any more."


async def lee_is_named(lincoln: Lincoln) -> None:
    """Mr. Lee, who is alerted by SMS and in his chat; Sra. Ortiz and a third colleague are linked as well."""
    lee = await colleague(lincoln, role="editor", phone="+15125550150", alerted=True)
    await link(lincoln, OTHER_CHAT, lee)
    await link(lincoln, CHAT, await colleague(lincoln, "Ms. Kim"))
    await link(lincoln)


async def test_who_works_for_the_school_gets_the_numbers_and_a_named_adult_hears_of_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        others = len(lincoln.heard(CHAT))
        await lincoln.writes(DESK, "I want to kill myself")

        answer = lincoln.heard(DESK)[-1]
        assert answer.startswith("You are not alone. Call or text 988 now")
        assert "did not get there" in answer
        assert "DANGER: Sra. Ortiz wrote something" in lincoln.heard(OTHER_CHAT)[-1]
        assert "“I want to kill myself”" in lincoln.heard(OTHER_CHAT)[-1]
        assert lincoln.heard(PHONE)[-1].startswith("Lincoln School: DANGER. Sra. Ortiz writes on Telegram")
        assert len(lincoln.heard(CHAT)) == others, "it is not for every colleague"
        (call,) = await open_requests(lincoln)
        assert (call.request.reason, call.request.urgent, call.alerted) == ("danger", True, True)
        desk = await lincoln.contact(DESK)
        assert (desk.role, desk.household_id) == ("staff", None), "nobody becomes a family by it"


async def test_the_number_of_who_writes_is_there_to_be_called(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        kim = await colleague(lincoln, "Ms. Kim", phone="+15125550151")
        await link(lincoln, CHAT, kim)
        await lincoln.writes(CHAT, "a man with a gun is at the door")

        assert lincoln.heard(CHAT)[-1].startswith("If there is danger, call 911 now.")
        assert "Please call now: (512) 555-0151" in lincoln.heard(DESK)[-1], (
            "no adult is named, so an admin hears of it"
        )


async def test_it_wakes_a_colleague_on_telegram_where_the_named_adult_has_only_a_phone(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await colleague(lincoln, role="editor", phone="+15125550150", alerted=True)
        kim = await colleague(lincoln, "Ms. Kim")
        await link(lincoln, CHAT, kim)
        await link(lincoln)
        await lincoln.writes(CHAT, "I want to kill myself")

        assert "DANGER" in lincoln.heard(PHONE)[-1]
        assert "DANGER: Ms. Kim" in lincoln.heard(DESK)[-1]
        (call,) = await open_requests(lincoln)
        desk = await lincoln.contact(DESK)
        (told,) = [one for one in await lincoln.reads(messages.thread_of, desk.id, 50) if "DANGER" in one.body]
        assert (told.kind, told.request_id) == (Kind.URGENT, call.request.id)


async def test_in_reply_to_a_family_they_are_an_answer_and_alert_nobody(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await ana_asks(lincoln)
        before = len(lincoln.heard(OTHER_CHAT)), len(lincoln.heard(PHONE))
        await lincoln.writes(DESK, ANSWER, quoting=lincoln.message(DESK, "The Rojas").body)

        assert lincoln.heard(MOTHER)[-1] == f"Sra. Ortiz: {ANSWER}"
        assert (len(lincoln.heard(OTHER_CHAT)), len(lincoln.heard(PHONE))) == before
        assert [call.request.reason for call in await open_requests(lincoln)] == ["help"]


@pytest.mark.parametrize("parent", [False, True])
async def test_after_the_answer_button_they_are_an_answer_as_well(database_url: str, parent: bool) -> None:
    async with chats(database_url) as lincoln:
        if parent:
            await lincoln.family("Ortiz", DESK, name="Rosa", language="en", language_chosen=True)
        await lee_is_named(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Answer")
        await lincoln.writes(DESK, ANSWER)

        assert lincoln.heard(MOTHER)[-1] == f"Sra. Ortiz: {ANSWER}"
        assert lincoln.heard(PHONE) == []


async def test_in_a_note_and_in_an_announcement_they_alert_nobody(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Note")
        await lincoln.writes(DESK, "the son says that he wants to kill himself")
        assert lincoln.heard(DESK)[-1] == "The note is kept."
        await lincoln.writes(DESK, "announce")
        await lincoln.writes(DESK, "There is a gun in the school. Stay at home.")
        assert lincoln.heard(DESK)[-1].startswith("What is it about?")
        assert lincoln.heard(PHONE) == []


async def test_they_are_answered_in_the_language_of_who_writes(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln, OTHER_CHAT, await colleague(lincoln, "Sra. Paz", language="es"))
        await link(lincoln)
        await lincoln.writes(OTHER_CHAT, "quiero morirme")
        assert lincoln.heard(OTHER_CHAT)[-1].startswith("No tiene que pasar por esto sin ayuda. Llame ahora al 988")
        assert "DANGER: Sra. Paz" in lincoln.heard(DESK)[-1]


async def test_the_one_in_danger_and_the_colleague_write_to_each_other(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        await lincoln.writes(DESK, "I cannot go on like this")
        assert lincoln.heard(DESK)[-1] == "Your colleagues have it, and answer you here."
        assert "“I cannot go on like this”" in lincoln.heard(OTHER_CHAT)[-1]

        await lincoln.writes(OTHER_CHAT, "I am on my way to you", quoting=lincoln.heard(OTHER_CHAT)[-1])
        assert lincoln.heard(DESK)[-1] == "Mr. Lee: I am on my way to you"
        await lincoln.writes(DESK, "thank you", quoting=lincoln.heard(DESK)[-1])
        assert "“thank you”" in lincoln.heard(OTHER_CHAT)[-1]
        assert "988" not in lincoln.heard(OTHER_CHAT)[-1]


async def test_it_is_closed_by_hand_since_nobody_is_asked_by_the_bot(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        await lincoln.writes(OTHER_CHAT, "I am with you", quoting=lincoln.heard(OTHER_CHAT)[-1])
        assert lincoln.labels(OTHER_CHAT) == ["Done"]
        await lincoln.presses(OTHER_CHAT, "Done")
        assert lincoln.heard(OTHER_CHAT)[-1] == "The request is closed."
        closed = await lincoln.reads(help_requests.by_id, call.request.id)
        assert closed is not None
        assert closed.closed_by == "staff"

        await lincoln.writes(DESK, "requests")
        await lincoln.writes(DESK, "hello")
        assert lincoln.heard(DESK)[-1].startswith("Nobody waits for an answer.")


async def test_the_command_line_asks_nobody_either(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        voice, id_ = Voice(catalogs(), lincoln.school), call.request.id
        assert await lincoln.does(lambda db: help_desk.close(db, voice, id_, lincoln.ortiz, lincoln.now)) is None


async def test_a_second_cry_gets_the_numbers_again_and_is_the_same_request(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        for words in ("I want to kill myself", "really, I want to kill myself"):
            await lincoln.writes(DESK, words)
            assert lincoln.heard(DESK)[-1].startswith("You are not alone.")
        await lincoln.writes(DESK, "I want to kill myself", quoting=lincoln.heard(DESK)[-1])
        assert lincoln.heard(DESK)[-1].startswith("You are not alone.")
        assert len(await open_requests(lincoln)) == 1
        assert len([said for said in lincoln.heard(OTHER_CHAT) if "kill myself" in said]) == 3


async def is_named(lincoln: Lincoln, member: StaffMember, alerted: bool) -> None:
    """The adult is told of dangers, or is not any more."""
    await lincoln.does(lambda db: staff.change(db, lincoln.school, member, {"alerted": alerted}, lincoln.now, "a test"))


async def learns_nothing(lincoln: Lincoln, chat: str, request_id: int) -> None:
    """Whatever this desk does, the danger of a colleague is not there; nothing that is written for it goes out."""
    before, to_her = len(lincoln.heard(chat)), len(lincoln.heard(DESK))
    await lincoln.writes(chat, "requests")
    assert lincoln.heard(chat)[-1] == "Nobody waits for an answer."
    await lincoln.writes(chat, "hello")
    assert lincoln.heard(chat)[-1].startswith("Nobody waits for an answer.")
    for verb in ("open", "claim", "answer", "note", "close"):
        await lincoln.writes(chat, f"{verb}:{request_id}", button=f"{verb}:{request_id}")
        assert lincoln.heard(chat)[-1] == GONE, verb
    assert len(lincoln.heard(DESK)) == to_her
    assert not any(word in heard for heard in lincoln.heard(chat)[before:] for word in ("kill", "Ortiz"))


async def test_a_third_colleague_learns_nothing_of_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        await learns_nothing(lincoln, CHAT, call.request.id)
        await lincoln.presses(OTHER_CHAT, "I will answer")
        await learns_nothing(lincoln, CHAT, call.request.id)

        (call,) = await open_requests(lincoln)
        assert call.owner is not None
        assert call.owner.name == "Mr. Lee"
        await lincoln.writes(OTHER_CHAT, "requests")
        assert "Sra. Ortiz: words of danger" in lincoln.heard(OTHER_CHAT)[-1]


async def test_who_heard_of_it_and_is_no_named_adult_any_more_learns_no_more(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        lee, kim, _ortiz = await lincoln.reads(staff.present, lincoln.school.id)
        await is_named(lincoln, kim, True)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        notice = lincoln.heard(CHAT)[-1]
        await lincoln.presses(CHAT, "I will answer")
        await is_named(lincoln, kim, False)
        await lincoln.writes(CHAT, "I am with you", quoting=notice)
        assert lincoln.heard(DESK)[-1] == "Ms. Kim: I am with you", "she has the request"

        voice = Voice(catalogs(), lincoln.school)
        await lincoln.does(lambda db: help_desk.hand_over(db, voice, call.request.id, kim, lee, lincoln.now))
        to_her = len(lincoln.heard(DESK))
        await lincoln.writes(CHAT, "are you there?", quoting=notice)
        assert lincoln.heard(CHAT)[-1] == GONE
        assert len(lincoln.heard(DESK)) == to_her
        await learns_nothing(lincoln, CHAT, call.request.id)


async def test_a_helper_to_whom_it_is_handed_over_has_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        lee, kim, _ortiz = await lincoln.reads(staff.present, lincoln.school.id)
        voice = Voice(catalogs(), lincoln.school)
        await lincoln.does(lambda db: help_desk.hand_over(db, voice, call.request.id, lee, kim, lincoln.now))
        await lincoln.settled()
        await lincoln.presses(CHAT, "What was written")

        assert "Sra. Ortiz: I want to kill myself" in lincoln.heard(CHAT)[-1]
        await lincoln.writes(CHAT, "I am with you", quoting=lincoln.heard(CHAT)[-1])
        assert lincoln.heard(DESK)[-1] == "Ms. Kim: I am with you"


async def test_who_is_in_it_is_not_shown_their_own_with_the_notes_about_them(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        await lincoln.writes(DESK, "requests")
        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer."
        for verb in ("open", "claim", "note", "close"):
            await lincoln.writes(DESK, f"{verb}:{call.request.id}", button=f"{verb}:{call.request.id}")
            assert lincoln.heard(DESK)[-1] == GONE, verb


async def test_its_thread_holds_nothing_that_was_written_about_families(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lee_is_named(lincoln)
        await ana_asks(lincoln, "necesito hablar con una persona, mi hijo lloró")
        notice = lincoln.message(DESK, "The Rojas").body
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.writes(DESK, "I want to kill myself")
        await lincoln.writes(DESK, "le llamo a las 10", quoting=notice)
        await lincoln.writes(DESK, "requests")
        call = next(one for one in await open_requests(lincoln) if one.of_staff)
        await lincoln.writes(OTHER_CHAT, "I am with you", quoting=lincoln.message(OTHER_CHAT, "DANGER").body)
        await lincoln.writes(DESK, "thank you", quoting=lincoln.heard(DESK)[-1])
        await lincoln.writes(OTHER_CHAT, f"open:{call.request.id}", button=f"open:{call.request.id}")

        shown = lincoln.heard(OTHER_CHAT)[-1]
        assert "Sra. Ortiz: I want to kill myself" in shown
        assert "Mr. Lee: I am with you" in shown
        assert "Sra. Ortiz: thank you" in shown
        assert "family:" not in shown
        assert not any(word in shown for word in ("Rojas", "lloró", "le llamo", "requests"))
        rows = [request_rows.line(one, call) for one in await lincoln.reads(help_desk.thread, call)]
        assert [(row["who"], row["text"]) for row in rows if row["who"] != "school"] == [
            ("Sra. Ortiz", "I want to kill myself"),
            ("Sra. Ortiz", "thank you"),
        ]
        assert not any("Rojas" in str(row["text"]) for row in rows)


async def test_it_stays_private_when_who_was_in_it_has_left(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, role="admin", phone="+15125550150", alerted=True)
        await link(lincoln, OTHER_CHAT, lee)
        await link(lincoln, CHAT, await colleague(lincoln, "Ms. Kim"))
        await link(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        voice, ortiz = Voice(catalogs(), lincoln.school), await lincoln.member(lincoln.ortiz)
        await lincoln.does(lambda db: leave(db, voice, ortiz, lincoln.now, "a test"))
        await lincoln.settled()
        await lincoln.writes(DESK, "hello")
        await lincoln.writes(CHAT, "requests")
        assert "danger" not in lincoln.heard(CHAT)[-1]
        await lincoln.writes(CHAT, f"open:{call.request.id}", button=f"open:{call.request.id}")
        assert lincoln.heard(CHAT)[-1] == GONE
        kim = len(lincoln.heard(CHAT))
        await lincoln.writes(DESK, "I want to kill myself")
        assert len(lincoln.heard(CHAT)) == kim, "nor of what is written on in it"
        assert "“I want to kill myself”" in lincoln.heard(OTHER_CHAT)[-1]
        await lincoln.writes(OTHER_CHAT, f"close:{call.request.id}", button=f"close:{call.request.id}")
        assert lincoln.heard(OTHER_CHAT)[-1] == "The request is closed.", "nobody is asked by the bot"


async def test_a_parent_who_hears_of_it_as_a_colleague_has_it_in_no_thread_of_the_family(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family("Lee", OTHER_CHAT, name="Sam", language="en", language_chosen=True)
        await lee_is_named(lincoln)
        await lincoln.writes(DESK, "I want to kill myself")
        await lincoln.writes(OTHER_CHAT, "I am with you", quoting=lincoln.heard(OTHER_CHAT)[-1])
        await lincoln.writes(OTHER_CHAT, "requests")
        await lincoln.presses(OTHER_CHAT, "1 Sra. Ortiz")
        contact = await lincoln.contact(OTHER_CHAT)
        (call,) = await open_requests(lincoln)
        theirs = replace(call, contact=contact, request=replace(call.request, id=0), began_at_desk=False)
        said = [line.body for line in await lincoln.reads(help_desk.thread, theirs)]

        assert not any(word in body for word in ("kill myself", "I am with you", "Ortiz") for body in said)
