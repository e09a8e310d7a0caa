"""Staff who work from Telegram: linked by a link that works once, answering families, announcing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot import links, staff
from bot.announcements import take_approval_back
from bot.app import App
from bot.desk import linking, reception
from bot.desk.visit import FLOW, Visit
from bot.language.voice import Voice
from bot.messages import Inbound
from bot.records import StaffMember
from bot.store import announcements, audit, consents, families, help_requests, request_notes, schools
from bot.store import links as stored_links
from bot.store import staff as stored_staff
from flows import FLOWS
from flows.facts import Permission
from tests.desk.people import ana_asks, colleague, link, open_requests, staff_code
from tests.home import CHICAGO, catalogs
from tests.journeys.chats import BOT, CHAT, DESK, MOTHER, OTHER_CHAT, Lincoln, chats

# Linking


async def test_a_link_for_staff_makes_the_chat_a_desk_and_works_once(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await staff_code(lincoln)
        await lincoln.opens(DESK, code)
        assert lincoln.heard(DESK)[0].startswith(
            "Hello, Sra. Ortiz! From now on you can help families of Lincoln School"
        )
        assert (await lincoln.member(lincoln.ortiz)).telegram_chat == DESK.removeprefix("telegram:")
        contact = await lincoln.contact(DESK)
        assert (contact.role, contact.household_id) == ("staff", None)

        await lincoln.opens(OTHER_CHAT, code)
        assert "This link was used before" in lincoln.heard(OTHER_CHAT)[0]
        assert (await lincoln.member(lincoln.ortiz)).telegram_chat == DESK.removeprefix("telegram:")
        entries = await lincoln.reads(audit.last, lincoln.school.id, 10)
        assert [entry.action for entry in entries][:2] == ["staff chat linked", "staff link made"]


async def test_of_two_who_open_it_at_once_one_is_linked(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await staff_code(lincoln)
        texts = [Inbound("telegram", BOT, chat, f"x{chat}", "", lincoln.now, start=code) for chat in (DESK, OTHER_CHAT)]
        await asyncio.gather(*map(lincoln.app.inbox.receive, texts))
        await lincoln.settled()

        said = [lincoln.heard(chat)[0][:5] for chat in (DESK, OTHER_CHAT)]
        assert sorted(said) == ["Hello", "This "]


async def test_only_the_hash_of_a_link_for_staff_is_kept_and_opens_nothing(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await staff_code(lincoln)
        (kept,) = await lincoln.reads(stored_links.of_school, lincoln.school.id)
        assert code not in kept.code
        for guess in (kept.code, kept.code.removeprefix("sha256:")):
            await lincoln.opens(OTHER_CHAT, guess, language_hint="en")
        assert (await lincoln.member(lincoln.ortiz)).telegram_chat is None


async def test_a_link_for_staff_is_too_old_after_a_quarter_of_an_hour_and_void_once_there_is_a_newer_one(
    database_url: str,
) -> None:
    async with chats(database_url) as lincoln:
        first = await staff_code(lincoln)
        second = await staff_code(lincoln)
        await lincoln.opens(OTHER_CHAT, first)
        lincoln.now += timedelta(minutes=15)
        await lincoln.opens(OTHER_CHAT, second)

        assert (await lincoln.member(lincoln.ortiz)).telegram_chat is None
        assert all("This link was used before" in said for said in lincoln.heard(OTHER_CHAT))


async def test_a_chat_that_is_linked_to_a_colleague_is_theirs_alone(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)
        await link(lincoln)
        await link(lincoln, DESK, lee)

        assert (await lincoln.member(lincoln.ortiz)).telegram_chat is None
        assert (await lincoln.member(lee)).telegram_chat is not None


async def test_who_was_unlinked_or_left_is_a_stranger(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        voice, ortiz = Voice(catalogs(), lincoln.school), await lincoln.member(lincoln.ortiz)
        await lincoln.does(lambda db: linking.unlink(db, voice, ortiz, lincoln.now, "a test"))
        await lincoln.settled()
        assert lincoln.heard(DESK)[-1] == "This chat is not linked to Lincoln School any more."
        await lincoln.writes(DESK, "requests")
        assert lincoln.heard(DESK)[-1] == "Lincoln School: thank you for writing!", (
            "whoever it is now, not by that name"
        )

        await link(lincoln, OTHER_CHAT)
        left = replace(await lincoln.member(ortiz), left_at=lincoln.now)
        await lincoln.does(lambda db: stored_staff.save(db, left))
        await ana_asks(lincoln)
        before = len(lincoln.heard(OTHER_CHAT))
        await lincoln.writes(OTHER_CHAT, "requests", language_hint="en")
        assert "Rojas" not in "".join(lincoln.heard(OTHER_CHAT)[before:])


async def test_the_desk_speaks_the_language_of_its_member(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "help")
        assert lincoln.heard(DESK)[-1].startswith("When a family asks for a person")
        assert lincoln.labels(DESK) == ["Open requests", "Events", "Write to families"]

        await link(lincoln, OTHER_CHAT, await colleague(lincoln))
        assert "/announce" not in lincoln.heard(OTHER_CHAT)[-1]
        assert lincoln.labels(OTHER_CHAT) == ["Open requests", "Events"]


async def test_who_blocked_the_bot_gets_nothing_until_they_write_again(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.blocks(DESK)
        before = len(lincoln.heard(DESK))
        await ana_asks(lincoln)
        assert len(lincoln.heard(DESK)) == before

        await lincoln.opens(DESK)
        assert lincoln.heard(DESK)[-1].startswith("When a family asks")
        await lincoln.writes(DESK, "requests")
        assert "Rojas" in lincoln.heard(DESK)[-1]


# Requests


async def test_a_reply_to_the_notice_of_a_request_reaches_the_family(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        notice = lincoln.heard(DESK)[-1]
        assert "Rojas" in notice

        await lincoln.writes(DESK, "Buenos días, le puedo llamar a las 10", quoting=notice)
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: Buenos días, le puedo llamar a las 10"
        assert lincoln.heard(DESK)[-1] == "Sent. The Rojas family gets your answer now."
        (call,) = await open_requests(lincoln)
        assert call.owner is not None
        assert call.owner.id == lincoln.ortiz.id


async def test_an_answer_in_a_language_that_the_family_does_not_read_is_asked_about_first(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        answer = "Good morning, I can call you tomorrow at ten if that is good for you"
        heard = len(lincoln.heard(MOTHER))

        notice = lincoln.heard(DESK)[-1]
        await lincoln.writes(DESK, answer, quoting=notice)
        assert "The family reads Spanish, and this looks like English." in lincoln.heard(DESK)[-1]
        await lincoln.presses(DESK, "Do not send")
        assert lincoln.heard(DESK)[-1] == "All right, nothing was sent."
        await lincoln.presses(DESK, "Send anyway")
        assert lincoln.heard(DESK)[-1].startswith("This button is out of date")
        assert len(lincoln.heard(MOTHER)) == heard

        await lincoln.writes(DESK, answer, quoting=notice)
        await lincoln.presses(DESK, "Send anyway")
        assert lincoln.heard(MOTHER)[-1] == f"Sra. Ortiz: {answer}"
        await lincoln.presses(DESK, "Send anyway")
        assert len(lincoln.heard(MOTHER)) == heard + 1, "it is sent once, however often it is tapped"


async def test_a_photo_in_reply_is_refused_in_words(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        heard = len(lincoln.heard(MOTHER))
        await lincoln.sends_photo(DESK, "el mapa", quoting=lincoln.heard(DESK)[-1])

        assert lincoln.heard(DESK)[-1].startswith("Only words can be sent")
        assert len(lincoln.heard(MOTHER)) == heard


async def test_a_photo_that_replies_to_nobody_is_refused_in_words_too(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        heard = len(lincoln.heard(MOTHER))
        for caption in ("", "el mapa"):
            await lincoln.sends_photo(DESK, caption)
            assert lincoln.heard(DESK)[-1].startswith("Only words can be sent")

        assert len(lincoln.heard(MOTHER)) == heard


async def test_an_answer_that_is_edited_is_not_sent_a_second_time(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        notice = lincoln.heard(DESK)[-1]
        await lincoln.writes(DESK, "le llamo a las 10", quoting=notice)
        heard = len(lincoln.heard(MOTHER))
        await lincoln.writes(DESK, "le llamo a las 11", quoting=notice, edited=True)

        assert lincoln.heard(DESK)[-1].startswith("A change of a message that you sent reaches nobody")
        assert len(lincoln.heard(MOTHER)) == heard


async def test_what_is_open_is_listed_with_the_longest_wait_first_and_opened_by_a_button(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        lincoln.now += timedelta(hours=3)
        await lincoln.family("Miller", "sms:+15125550111", language="en", introduced_at=lincoln.now)
        await lincoln.writes("sms:+15125550111", "I need to talk to a person")
        await lincoln.writes(DESK, "requests")

        listed = lincoln.heard(DESK)[-1].splitlines()
        assert listed[0] == "2 open requests, the one that waits longest first:"
        assert listed[1].startswith("1. The Rojas family: asks for a person. Waits for 3 hours.")
        assert listed[2].startswith("2. The Miller family")

        await lincoln.presses(DESK, "1 The Rojas family")
        assert ", family: necesito hablar con una persona" in lincoln.heard(DESK)[-1]
        await lincoln.writes(DESK, "le llamo hoy", quoting=lincoln.heard(DESK)[-1])
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: le llamo hoy"


async def test_nobody_waits(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.presses(DESK, "Open requests")
        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer."


async def test_a_request_is_claimed_once_and_settled_by_the_family(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await link(lincoln, OTHER_CHAT, await colleague(lincoln))
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        await lincoln.presses(DESK, "I will answer")
        assert "is yours now" in lincoln.heard(DESK)[-1]
        await lincoln.presses(OTHER_CHAT, "I will answer")
        assert lincoln.heard(OTHER_CHAT)[-1] == "Sra. Ortiz has this request already."

        await lincoln.writes(DESK, "buenos días", quoting=lincoln.message(DESK, "The Rojas").body)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Ask if it is settled")
        assert lincoln.heard(DESK)[-1].startswith("The family is asked whether this is settled.")
        await lincoln.writes(MOTHER, "sí")
        closed = await lincoln.reads(help_requests.by_id, call.request.id)
        assert closed is not None
        assert closed.closed_by == "family"
        await lincoln.writes(DESK, "una cosa más", quoting=lincoln.message(DESK, "The Rojas").body)
        assert lincoln.heard(DESK)[-1] == "This request is closed already."


async def test_the_thread_asks_whether_it_is_settled_only_once_somebody_answered(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        assert lincoln.labels(DESK) == ["I will answer", "Answer", "Note"]
        await lincoln.presses(DESK, "Note")
        assert lincoln.labels(DESK) == ["Not now"]
        await lincoln.presses(DESK, "Answer")
        await lincoln.writes(DESK, "le llamo a las 10")
        assert lincoln.labels(DESK) == ["Ask if it is settled"]
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        assert lincoln.labels(DESK) == ["Answer", "Note", "Ask if it is settled"]

        thread = lincoln.heard(DESK)[-1]
        assert thread.startswith("The Rojas family (Spanish): ")
        assert "AM, Sra. Ortiz: le llamo a las 10" in thread
        assert "AM, school: " in thread, "what the bot said by itself"


async def test_a_family_that_stopped_cannot_be_asked_so_its_request_is_just_closed(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(MOTHER, "alto")
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Done")
        assert lincoln.heard(DESK)[-1] == (
            "The request is closed. The family was not asked: it has stopped all texts from the school."
        )


async def test_a_reply_without_words_is_refused_in_the_words_of_the_desk(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, quoting=lincoln.heard(DESK)[-1])
        assert lincoln.heard(DESK)[-1].startswith("Only words can be sent")


async def test_a_note_is_for_colleagues_alone(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        heard = len(lincoln.heard(MOTHER))
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Note")
        await lincoln.writes(DESK, "the older son is in room 4")
        assert lincoln.heard(DESK)[-1] == "The note is kept."
        assert len(lincoln.heard(MOTHER)) == heard
        (call,) = await open_requests(lincoln)
        (note,) = await lincoln.reads(request_notes.of_request, call.request.id)
        assert note.body == "the older son is in room 4"

        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        assert "Note by Sra. Ortiz: the older son is in room 4" in lincoln.heard(DESK)[-1]


async def test_words_for_nobody_in_particular_are_sent_to_nobody(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        heard = len(lincoln.heard(MOTHER))
        await lincoln.writes(DESK, "le llamo a las 10")
        assert lincoln.heard(DESK)[-1].startswith("Which family is this for?")
        assert lincoln.labels(DESK) == ["1 The Rojas family"]
        assert len(lincoln.heard(MOTHER)) == heard


async def test_the_answer_button_takes_the_next_words(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Answer")
        await lincoln.writes(DESK, "le llamo a las 10")
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: le llamo a las 10"
        await lincoln.writes(DESK, "y otra cosa")
        assert lincoln.heard(DESK)[-1].startswith("Which family is this for?")


@pytest.mark.parametrize("typed", ["door", "door 12", "puerta, por favor"])
async def test_a_command_that_there_is_not_goes_to_no_family(database_url: str, typed: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        notice, before = lincoln.heard(DESK)[-1], len(lincoln.heard(MOTHER))
        await lincoln.writes(DESK, "requests", command=True)
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Answer")
        await lincoln.writes(DESK, typed, command=True)
        assert lincoln.heard(DESK)[-1].startswith("There is no such command, and nothing was sent.")
        assert "/announce" in lincoln.heard(DESK)[-1]

        await lincoln.writes(DESK, "door")
        assert lincoln.heard(DESK)[-1].startswith("Which family is this for?"), "nobody's answer is waited for any more"
        await lincoln.writes(DESK, typed, quoting=notice, command=True)
        assert lincoln.heard(DESK)[-1].startswith("There is no such command")
        assert len(lincoln.heard(MOTHER)) == before


async def test_a_command_with_words_behind_it_is_that_command(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "requests please", command=True)
        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer."
        await lincoln.writes(DESK, "requests please")
        assert lincoln.heard(DESK)[-1].startswith("Nobody waits for an answer. /help")


async def test_who_is_a_parent_as_well_answers_no_question_of_the_family_with_a_command(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family(
            "Ortiz", CHAT, name="Rosa", language="en", language_chosen=True, permission=Permission.GIVEN
        )
        await link(lincoln, CHAT)
        event = await lincoln.does(lambda db: links.for_event(db, lincoln.school, lincoln.dinner, lincoln.now))
        await lincoln.opens(CHAT, event.code)
        assert "Will your family come?" in lincoln.heard(CHAT)[-1]
        await lincoln.writes(CHAT, "no", command=True)
        assert lincoln.heard(CHAT)[-1].startswith("There is no such command")
        await lincoln.writes(CHAT, "no")
        assert "There is no such command" not in lincoln.heard(CHAT)[-1]


async def test_who_claims_a_photo_may_say_that_it_is_done(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln, OTHER_CHAT, await colleague(lincoln))
        await lincoln.sends_photo(MOTHER)
        assert lincoln.labels(OTHER_CHAT) == ["I will answer"]
        await lincoln.presses(OTHER_CHAT, "I will answer")
        assert lincoln.labels(OTHER_CHAT) == ["Done"]
        await lincoln.presses(OTHER_CHAT, "Done")
        assert lincoln.heard(OTHER_CHAT)[-1] == "The request is closed."


async def test_the_thread_shows_whole_words_and_says_where_there_were_none(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(MOTHER, "necesito hablar con una persona " + "autobuses " * 40)
        await lincoln.writes(MOTHER, "")
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")

        lines = lincoln.heard(DESK)[-1].splitlines()
        (long,) = [line for line in lines if "autobuses" in line]
        assert long.endswith(" autobuses…")
        assert any(line.endswith("(no words)") for line in lines)


async def test_words_after_the_answer_button_go_nowhere_once_another_family_came_between(database_url: str) -> None:
    other = "sms:+15125550177"
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.family("Soto", other, language="es", permission=Permission.GIVEN, introduced_at=lincoln.now)
        await ana_asks(lincoln)
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Answer")
        await lincoln.writes(other, "necesito hablar con una persona")
        heard = [len(lincoln.heard(MOTHER)), len(lincoln.heard(other))]
        await lincoln.writes(DESK, "le llamo por su hija")
        assert lincoln.heard(DESK)[-1].startswith("Which family is this for?")
        assert [len(lincoln.heard(MOTHER)), len(lincoln.heard(other))] == heard


async def test_a_family_that_stopped_is_not_written_to_and_the_desk_says_why(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        notice = lincoln.heard(DESK)[-1]
        await lincoln.writes(MOTHER, "alto")
        heard = len(lincoln.heard(MOTHER))
        await lincoln.writes(DESK, "le llamo a las 10", quoting=notice)

        assert lincoln.heard(DESK)[-1].startswith("This person has stopped all texts from the school.")
        assert len(lincoln.heard(MOTHER)) == heard


async def test_nothing_of_another_school_is_shown_or_answered(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        other = await lincoln.does(
            lambda db: schools.add(db, "Washington School", CHICAGO, ("en",), now=lincoln.now, quiet=(0, 0))
        )
        stranger = await lincoln.does(
            lambda db: staff.add(
                db, other, StaffMember(0, other.id, "Mr. Day", "day@w.example", "admin"), lincoln.now, "a test"
            )
        )
        await link(lincoln, OTHER_CHAT, stranger)
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        heard = len(lincoln.heard(MOTHER))
        for verb in ("open", "claim", "answer", "note", "close", "anyway"):
            await lincoln.writes(OTHER_CHAT, f"{verb}:{call.request.id}", button=f"{verb}:{call.request.id}")
        await lincoln.writes(OTHER_CHAT, "requests")

        assert not any("Rojas" in said or "necesito" in said for said in lincoln.heard(OTHER_CHAT))
        assert lincoln.heard(OTHER_CHAT)[-1] == "Nobody waits for an answer."
        assert len(lincoln.heard(MOTHER)) == heard


async def test_an_sms_from_the_phone_of_staff_is_never_the_desk(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        phone = "sms:+15125550150"
        await colleague(lincoln, role="admin", phone="+15125550150")
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        await lincoln.writes(phone, "requests")
        await lincoln.writes(phone, f"claim:{call.request.id}", button=f"claim:{call.request.id}")

        assert lincoln.heard(phone)[0].startswith("Lincoln School: "), "they are greeted like anybody"
        assert not any("Rojas" in said for said in lincoln.heard(phone))
        (call,) = await open_requests(lincoln)
        assert call.owner is None


async def test_who_is_a_parent_as_well_answers_for_the_family_where_its_question_came_last(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family(
            "Ortiz", CHAT, name="Rosa", language="en", language_chosen=True, permission=Permission.GIVEN
        )
        await link(lincoln, CHAT)
        contact = await lincoln.contact(CHAT)
        assert (contact.role, contact.household_id is None) == ("parent", False)
        event = await lincoln.does(lambda db: links.for_event(db, lincoln.school, lincoln.dinner, lincoln.now))
        await lincoln.opens(CHAT, event.code)
        assert "Will your family come?" in lincoln.heard(CHAT)[-1]
        await lincoln.writes(CHAT, "2 adults 1 child")
        assert lincoln.heard(CHAT)[-1].startswith("See you at Family dinner!")

        await lincoln.writes(CHAT, "requests")
        assert lincoln.heard(CHAT)[-1] == "Nobody waits for an answer."
        await ana_asks(lincoln)
        await lincoln.writes(CHAT, "sí, con gusto", quoting=lincoln.heard(CHAT)[-1])
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: sí, con gusto"
        await lincoln.writes(CHAT, "actually 3 adults", quoting="See you at")
        assert "Before" in lincoln.heard(CHAT)[-1]


async def test_a_parent_of_the_staff_who_writes_of_danger_is_a_family_in_danger(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family("Ortiz", CHAT, name="Rosa", language="en", permission=Permission.GIVEN)
        await link(lincoln, CHAT)
        await lincoln.writes(CHAT, "I want to kill myself")
        (call,) = await open_requests(lincoln)
        assert (call.request.reason, call.request.urgent) == ("danger", True)
        assert any("988" in said for said in lincoln.heard(CHAT))

        await lincoln.writes(MOTHER, "mi hijo dice que quiere morirse")
        notice = next(said for said in reversed(lincoln.heard(CHAT)) if "quiere morirse" in said)
        await lincoln.writes(CHAT, "le llamo, quiere morirse", quoting=notice)
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: le llamo, quiere morirse"


async def test_a_parent_of_the_staff_who_stops_is_a_family_that_stopped(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family("Ortiz", CHAT, name="Rosa", language="en", language_chosen=True)
        await link(lincoln, CHAT)
        await lincoln.writes(CHAT, "STOP")
        rosa = await lincoln.contact(CHAT)
        assert rosa.stopped_at is not None
        assert [line.topic for line in await lincoln.reads(consents.of_contacts, [rosa.id])] == ["all"]

        await lincoln.writes(CHAT, "requests")
        assert lincoln.heard(CHAT)[-1] == "Nobody waits for an answer."
        before = len(lincoln.heard(CHAT))
        await ana_asks(lincoln)
        assert len(lincoln.heard(CHAT)) == before, "nothing comes by itself"
        await lincoln.opens(CHAT)
        assert "welcome back!" in lincoln.heard(CHAT)[-1]
        assert (await lincoln.contact(CHAT)).stopped_at is None


async def test_a_fault_of_the_desk_is_told_and_loses_no_text_of_the_batch(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)

        async def broken(visit: Visit, _args: list[str]) -> None:
            await families.save_households(visit.db, [replace(lincoln.home, name="changed")])
            await visit.db.exec_driver_sql("SELECT nothing FROM nowhere")

        monkeypatch.setitem(reception.BUTTONS, "open", broken)  # a dict behind a Mapping
        await lincoln.writes(DESK, "open:1", button="open:1")
        assert lincoln.heard(DESK)[-1].startswith("That did not work")
        (home,) = (await lincoln.reads(families.households_of, [lincoln.home.id])).values()
        assert home.name == "Rojas", "what it had done until then is undone"
        await lincoln.writes(DESK, "requests")
        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer."


async def test_a_helper_ends_no_request_of_a_colleague(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln, OTHER_CHAT, await colleague(lincoln))
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        data = f"close:{call.request.id}"
        await lincoln.writes(OTHER_CHAT, data, button=data)
        assert lincoln.heard(OTHER_CHAT)[-1] == "Only who has this request, an admin or an editor can close it."

        await lincoln.presses(OTHER_CHAT, "I will answer")
        await lincoln.writes(MOTHER, "alto")
        await lincoln.writes(OTHER_CHAT, data, button=data)
        assert lincoln.heard(OTHER_CHAT)[-1].startswith("The request is closed."), "nobody can be asked any more"


async def test_a_note_that_was_begun_long_ago_swallows_no_answer(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await ana_asks(lincoln)
        notice = lincoln.heard(DESK)[-1]
        await lincoln.writes(DESK, "requests")
        await lincoln.presses(DESK, "1 The Rojas family")
        await lincoln.presses(DESK, "Note")
        lincoln.now += timedelta(hours=2)
        await lincoln.writes(DESK, "le llamo a las 10", quoting=notice)
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: le llamo a las 10"


async def test_a_member_of_staff_may_have_silence(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "STOP")
        assert lincoln.heard(DESK)[-1].startswith("All right. You get nothing here")
        before = len(lincoln.heard(DESK))
        await ana_asks(lincoln)
        assert len(lincoln.heard(DESK)) == before


# Events and announcements


async def test_the_events_with_who_comes(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(MOTHER, "eventos")
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        await lincoln.presses(DESK, "Events")
        assert "1 family comes, 2 adults, 1 child." in lincoln.heard(DESK)[-1]


async def test_an_event_to_which_nobody_is_invited_has_no_counts(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.presses(DESK, "Events")
        assert lincoln.heard(DESK)[-1] == "Family dinner, Friday, March 12, 6:00 PM. Nobody is invited yet."


async def announce(lincoln: Lincoln, topic: str = "Event news") -> None:
    await lincoln.writes(DESK, "announce")
    await lincoln.writes(DESK, "The dinner begins at six. Bring the grandparents!")
    await lincoln.presses(DESK, topic)
    await lincoln.presses(DESK, "All families")


async def test_an_announcement_from_the_chat(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await announce(lincoln)
        assert lincoln.labels(DESK) == ["Approve English", "Write in Spanish"]
        assert lincoln.heard(DESK)[-1] == "English: not approved yet\nSpanish: no text yet"
        await lincoln.presses(DESK, "Write in Spanish")
        await lincoln.writes(DESK, "La cena empieza a las seis. ¡Traigan a los abuelos!")
        await lincoln.presses(DESK, "Approve Spanish")
        await lincoln.presses(DESK, "See who gets it")
        summary = lincoln.heard(DESK)[-1]
        assert "It goes to 1 person: 1 in Spanish by SMS." in summary
        assert "It costs 1 SMS.\n" in summary
        assert "They get nothing" not in summary, "the only one is who sends it"

        await lincoln.presses(DESK, "Send now")
        assert lincoln.heard(DESK)[-1] == "Send it to 1 person now?"
        assert not any("abuelos" in said for said in lincoln.heard(MOTHER))
        await lincoln.presses(DESK, "Yes, send it")
        assert lincoln.heard(DESK)[-1] == "It is on its way."
        await lincoln.app.jobs.do_due()
        await lincoln.settled()
        assert lincoln.heard(MOTHER)[-1] == "Lincoln School: La cena empieza a las seis. ¡Traigan a los abuelos!"
        await lincoln.presses(DESK, "How far is it?")
        assert lincoln.heard(DESK)[-1] == "On its way: sent 1 of 1.\nSpanish: sent 1."
        (sent,) = await lincoln.reads(announcements.of_school, lincoln.school.id, 10)
        assert sent.texts["es"].approved_by == lincoln.ortiz.id


async def test_an_urgent_one_is_confirmed_twice_and_not_by_the_same_tap(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await announce(lincoln, "Urgent")
        await lincoln.presses(DESK, "Approve English")
        await lincoln.presses(DESK, "Write in Spanish")
        await lincoln.writes(DESK, "La escuela cierra hoy.")
        await lincoln.presses(DESK, "Approve Spanish")
        await lincoln.presses(DESK, "See who gets it")
        await lincoln.presses(DESK, "Send now")
        first = lincoln.to(DESK)[-1]
        (yes, _label), *_ = first.buttons
        await lincoln.writes(DESK, yes, button=yes)
        assert lincoln.heard(DESK)[-1].startswith("This is urgent: it wakes 1 person")
        await lincoln.writes(DESK, yes, button=yes)
        assert lincoln.heard(DESK)[-1] != "It is on its way."
        await lincoln.presses(DESK, "Yes, send it")
        await lincoln.presses(DESK, "Yes, send it")
        assert lincoln.heard(DESK)[-1] == "It is on its way."


async def test_an_announcement_is_stopped_from_the_chat(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await announce(lincoln)
        await lincoln.presses(DESK, "Write in Spanish")
        await lincoln.writes(DESK, "La cena empieza a las seis.")
        await lincoln.presses(DESK, "Approve Spanish")
        await lincoln.presses(DESK, "See who gets it")
        await lincoln.presses(DESK, "Send now")
        await lincoln.presses(DESK, "Yes, send it")
        await lincoln.presses(DESK, "Stop it")
        assert lincoln.heard(DESK)[-1].startswith("Stopped.")
        await lincoln.app.jobs.do_due()
        await lincoln.settled()
        assert not any("La cena empieza" in said for said in lincoln.heard(MOTHER))


async def test_an_approval_that_was_taken_back_after_the_preview_sends_nothing(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await announce(lincoln, "Urgent")
        await lincoln.presses(DESK, "Approve English")
        await lincoln.presses(DESK, "Write in Spanish")
        await lincoln.writes(DESK, "La escuela cierra hoy.")
        await lincoln.presses(DESK, "Approve Spanish")
        await lincoln.presses(DESK, "See who gets it")
        (made,) = await lincoln.reads(announcements.of_school, lincoln.school.id, 10)
        for language, why in (("es", "Nobody would get it."), ("en", "No text is approved yet.")):
            await lincoln.does(
                partial(
                    take_approval_back,
                    school=lincoln.school,
                    announcement_id=made.id,
                    language=language,
                    member=lincoln.ortiz,
                    now=lincoln.now,
                )
            )
            await lincoln.presses(DESK, "Send now")
            assert lincoln.heard(DESK)[-1].startswith(why)


async def test_a_helper_announces_nothing_also_by_the_buttons_of_an_editor(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await announce(lincoln)
        (made,) = await lincoln.reads(announcements.of_school, lincoln.school.id, 10)
        lee = await colleague(lincoln)
        await link(lincoln, OTHER_CHAT, lee)
        await lincoln.writes(OTHER_CHAT, "announce")
        assert lincoln.heard(OTHER_CHAT)[-1].startswith("Your role at the school")
        for verb in ("approve", "preview", "send", "write", "texts", "progress", "halt"):
            data = f"{verb}:{made.id}:en"
            await lincoln.writes(OTHER_CHAT, data, button=data)
            assert lincoln.heard(OTHER_CHAT)[-1].startswith("Your role at the school"), verb


async def test_what_the_desk_waits_for_outlives_a_restart(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "announce")
        lincoln.app = App(lincoln.database, catalogs(), lincoln.app.channels, lambda: lincoln.now)
        async with lincoln.app.running(sending=False):
            await lincoln.writes(DESK, "The dinner begins at six.")
            assert lincoln.heard(DESK)[-1].startswith("What is it about?")


def test_no_family_reaches_the_desk_as_a_conversation() -> None:
    assert FLOW not in FLOWS


async def test_what_the_desk_waits_for_ends_with_a_command(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "announce")
        await lincoln.writes(DESK, "requests")
        await lincoln.writes(DESK, "The dinner begins at six.")
        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer. /help shows what you can do."
        assert lincoln.to(DESK)[-1].buttons == ()


async def test_any_button_pressed_at_any_time_is_answered(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        for data in [*reception.BUTTONS, *(f"{verb}:1" for verb in reception.BUTTONS), "x", "open:x", "for:all:y", ":"]:
            before = len(lincoln.heard(DESK))
            await lincoln.writes(DESK, data, button=data)
            assert len(lincoln.heard(DESK)) > before, data
            assert not lincoln.heard(DESK)[-1].startswith("That did not work"), data
