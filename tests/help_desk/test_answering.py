"""Claiming, handing over, notes and answers, with the rights of each role."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot import help_desk
from bot.errors import NotTheirLanguage, Refusal
from bot.help_desk import Call
from bot.messages import Kind
from flows.facts import OpenHours
from tests.help_desk.desk import ANA, LEE, LUIS, PHOTO, RUIZ, Lincoln, school

A_PERSON = "quiero hablar con una persona"


async def asked(lincoln: Lincoln, address: str = LUIS) -> Call:
    """A family asked for a person."""
    await lincoln.texts(address, "person" if address == LUIS else A_PERSON)
    return (await lincoln.calls())[0]


def owner(call: Call) -> str | None:
    return call.owner.name if call.owner else None


async def test_one_claims_and_the_next_is_told_who_has_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        async with lincoln.database.write() as db:
            claimed = await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ruiz, lincoln.now)
        assert (owner(claimed), claimed.request.claimed_at) == ("Sr. Ruiz", lincoln.now)

        lincoln.later(minutes=5)
        async with lincoln.database.write() as db:
            again = await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ruiz, lincoln.now)
            assert again.request.claimed_at == claimed.request.claimed_at
            with pytest.raises(Refusal, match=r"Sr\. Ruiz has request"):
                await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ortiz, lincoln.now)


async def test_what_somebody_who_left_had_can_be_claimed(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ruiz, lincoln.now)
        await lincoln.change(lincoln.ruiz, left_at=lincoln.now)
        async with lincoln.database.write() as db:
            claimed = await help_desk.claim(db, lincoln.school, call.request.id, lincoln.lee, lincoln.now)
        assert owner(claimed) == "Ms. Lee"


async def test_a_helper_hands_over_their_own_and_an_editor_anybodys(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        id_, voice = call.request.id, lincoln.voice
        await lincoln.texts(LUIS, "about the bus")
        async with lincoln.database.write() as db:
            with pytest.raises(Refusal, match="takes the role admin or editor"):
                await help_desk.hand_over(db, voice, id_, lincoln.ruiz, lincoln.lee, lincoln.now)
            await help_desk.claim(db, lincoln.school, id_, lincoln.ruiz, lincoln.now)
            handed = await help_desk.hand_over(db, voice, id_, lincoln.ruiz, lincoln.lee, lincoln.now)
            assert owner(handed) == "Ms. Lee"
            back = await help_desk.hand_over(db, voice, id_, lincoln.ortiz, lincoln.ruiz, lincoln.now)
            assert owner(back) == "Sr. Ruiz"

        notice = (await lincoln.told(LEE))[-1]
        assert notice.body == (
            "Sr. Ruiz hands the Rojas family over to you: asks for a person.\n"
            "“person”\n“about the bus”\n"
            f"Request {id_}. Reply to this message to answer."
        )
        assert notice.buttons == ((f"open:{id_}", "What was written"),)
        assert notice.request_id == id_
        assert (await lincoln.told(RUIZ))[-1].body.startswith("Sra. Ortiz hands the Rojas family over to you:")


async def test_nobody_who_left_may_do_anything(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        gone = replace(lincoln.ortiz, left_at=lincoln.now)
        async with lincoln.database.write() as db:
            for do in (
                help_desk.claim(db, lincoln.school, call.request.id, gone, lincoln.now),
                help_desk.reply(db, lincoln.voice, call.request.id, "Hello there", gone, lincoln.now),
                help_desk.note(db, lincoln.school, call.request.id, gone, "Called.", lincoln.now),
                help_desk.close(db, lincoln.voice, call.request.id, gone, lincoln.now),
            ):
                with pytest.raises(Refusal):
                    await do


async def test_a_note_is_for_staff_and_no_family_reads_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        before = len(await lincoln.told(LUIS))
        async with lincoln.database.write() as db:
            await help_desk.note(db, lincoln.school, call.request.id, lincoln.ruiz, " Called; no answer. ", lincoln.now)
            (note,) = await help_desk.notes(db, call)
            with pytest.raises(Refusal, match="nothing in this note"):
                await help_desk.note(db, lincoln.school, call.request.id, lincoln.ruiz, " ", lincoln.now)

        assert (note.body, note.staff_id) == ("Called; no answer.", lincoln.ruiz.id)
        assert len(await lincoln.told(LUIS)) == before
        assert "Called" not in repr(note)


async def test_an_answer_claims_what_was_nobodys_and_stops_the_clock(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        assert call.waits_since == lincoln.now
        lincoln.later(hours=2)
        async with lincoln.database.write() as db:
            await help_desk.reply(db, lincoln.voice, call.request.id, "Can I call you?", lincoln.ruiz, lincoln.now)

        (answered,) = await lincoln.calls()
        assert owner(answered) == "Sr. Ruiz"
        assert answered.waits_since is None
        message = (await lincoln.told(LUIS))[-1]
        assert (message.body, message.kind) == ("Sr. Ruiz: Can I call you?", Kind.REPLY)
        assert message.request_id == call.request.id

        await lincoln.texts(LUIS, "yes")
        (waiting,) = await lincoln.calls()
        assert waiting.waits_since == lincoln.now


async def test_an_answer_of_a_colleague_leaves_the_request_with_its_owner(database_url: str) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln)
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.lee, lincoln.now)
            await help_desk.reply(db, lincoln.voice, call.request.id, "Can I call you?", lincoln.ruiz, lincoln.now)
        (answered,) = await lincoln.calls()
        assert owner(answered) == "Ms. Lee"


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("Good morning, can I call you at 10?", True),
        ("Please bring the form on Monday", True),
        ("Buenos días, ¿le puedo llamar a las 10?", False),
        ("10:30", False),
        ("OK", False),
        ("Sr. Smith, Hillside 12", False),
        ("Hola Ana, the bus comes at 7", False),
    ],
)
async def test_a_language_that_the_family_does_not_read_warns_who_writes(
    database_url: str, text: str, warned: bool
) -> None:
    async with school(database_url) as lincoln:
        call = await asked(lincoln, ANA)
        async with lincoln.database.write() as db:
            if not warned:
                await help_desk.reply(db, lincoln.voice, call.request.id, text, lincoln.ruiz, lincoln.now)
                return
            with pytest.raises(NotTheirLanguage) as refused:
                await help_desk.reply(db, lincoln.voice, call.request.id, text, lincoln.ruiz, lincoln.now)
            assert (refused.value.reads, refused.value.written) == ("es", "en")
            assert text not in str(refused.value)
            await help_desk.reply(db, lincoln.voice, call.request.id, text, lincoln.ruiz, lincoln.now, anyway=True)
        assert (await lincoln.told(ANA))[-1].body == f"Sr. Ruiz: {text}"


async def test_after_a_stop_an_answer_is_refused_with_a_clear_word(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "STOP")
        call = await asked(lincoln)
        async with lincoln.database.write() as db:
            with pytest.raises(Refusal, match="has stopped all texts from the school; please call"):
                await help_desk.reply(db, lincoln.voice, call.request.id, "Can I call you?", lincoln.ruiz, lincoln.now)


async def test_what_waits_longest_stands_first_and_urgent_before_all(database_url: str) -> None:
    async with school(database_url) as lincoln:
        first = await asked(lincoln)
        await lincoln.texts(ANA, A_PERSON)
        async with lincoln.database.write() as db:
            await help_desk.reply(db, lincoln.voice, first.request.id, "Can I call you?", lincoln.ruiz, lincoln.now)
        await lincoln.texts(ANA, "me quiero matar")

        calls = await lincoln.calls()
        assert [call.request.reason for call in calls] == ["danger", "help", "help"]
        assert [call.contact.name for call in calls] == ["Ana", "Ana", "Luis"]


WEEK = tuple(OpenHours(day, time(8), time(15)) for day in range(5))


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(), "A person at Lincoln School will answer you here. In an emergency"),
        (timedelta(hours=-3), "The office opens today at 8:00 AM. In an emergency"),
        (timedelta(hours=6), "The office opens tomorrow at 8:00 AM. In an emergency"),
        (timedelta(days=4, hours=6), "The office opens on Monday, March 8 at 8:00 AM. In an emergency"),
    ],
)
async def test_the_family_hears_when_the_office_opens(database_url: str, later: timedelta, said: str) -> None:
    async with school(database_url, office=WEEK) as lincoln:
        lincoln.now += later  # from ten in the morning of a Monday
        await lincoln.texts(LUIS, "person")
        await lincoln.texts(LUIS, "the bus")

        assert said in (await lincoln.told(LUIS))[-1].body


async def test_photos_of_a_request_are_listed_from_its_first_text_on(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "look", media=(PHOTO,))
        lincoln.later(hours=1)
        await asked(lincoln)
        call = next(one for one in await lincoln.calls() if one.request.reason == "help")
        await lincoln.texts(LUIS, "the bus", media=(PHOTO, replace(PHOTO, content_type="audio/ogg; codecs=opus")))
        async with lincoln.database.read() as db:
            call = next(one for one in await help_desk.calls(db, lincoln.school) if one.request.id == call.request.id)
            found = await help_desk.pictures(db, call)

        assert [(one.number, one.kind) for one in found] == [(1, "photo"), (2, "voice note")]
        assert found[1].file_name(found[1].content_type) == f"request-{call.request.id}-2.ogg"
        assert found[1].file_name("text/html") == f"request-{call.request.id}-2.bin"
