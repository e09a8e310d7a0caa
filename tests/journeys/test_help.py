"""Help from a person, the whole way: asked, answered on Telegram, settled by the family, opened again; and a danger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import events, help_desk, links, staff
from bot.records import StaffMember
from bot.store import rsvps, schools
from tests.journeys.both import both
from tests.journeys.chats import DESK, MOTHER, Lincoln, chats
from tests.journeys.school import ANA, school
from tests.wire.twilio import PHOTO, error

YES = "si"


async def link(lincoln: Lincoln) -> None:
    """Sra. Ortiz links her chat."""
    await lincoln.opens(DESK, await lincoln.does(lambda db: links.for_staff(db, lincoln.ortiz, lincoln.now, "a test")))


async def request(lincoln: Lincoln, id_: int) -> help_desk.Call:
    return await lincoln.reads(help_desk.find, lincoln.school, id_)


async def jobs(lincoln: Lincoln) -> None:
    await lincoln.app.jobs.do_due()
    await lincoln.settled()


async def test_a_question_from_the_first_word_to_its_end_and_beyond(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await events.invite(
            lincoln.database, lincoln.app.catalogs, lincoln.school, lincoln.dinner, lambda: lincoln.now, "a test"
        )
        await lincoln.settled()
        await lincoln.writes(MOTHER, "necesito hablar con una persona sobre el kinder de mi hijo")

        (call,) = await lincoln.reads(help_desk.calls, lincoln.school)
        id_ = call.request.id
        notice = lincoln.heard(DESK)[-1]
        assert "“necesito hablar con una persona sobre el kinder de mi hijo”" in notice
        await lincoln.writes(DESK, "Buenos días, ¿le puedo llamar a las 10?", quoting=notice)
        assert lincoln.heard(MOTHER)[-1] == "Sra. Ortiz: Buenos días, ¿le puedo llamar a las 10?"
        assert (await request(lincoln, id_)).owner == await lincoln.member(lincoln.ortiz)

        # Her yes is for Sra. Ortiz, and not for the dinner.
        await lincoln.writes(MOTHER, YES)
        assert f"“{YES}”" in lincoln.heard(DESK)[-1]
        assert await lincoln.reads(rsvps.of_event, lincoln.dinner.id) == []

        await lincoln.writes(DESK, f"close:{id_}", button=f"close:{id_}", quoting=notice)
        said = len(lincoln.heard(MOTHER))
        await lincoln.writes(MOTHER, YES)
        assert (await request(lincoln, id_)).request.closed_by == "family"
        settled, dinner = lincoln.heard(MOTHER)[said:]
        assert "Cena de familias" not in settled
        assert "Cena de familias" in dinner  # it waited, and is asked again

        lincoln.now += timedelta(days=2)
        await lincoln.writes(MOTHER, "todavía no me han llamado")
        assert (await request(lincoln, id_)).request.closed_at is None
        assert "“todavía no me han llamado”" in lincoln.heard(DESK)[-1]

        await lincoln.writes(DESK, f"close:{id_}", button=f"close:{id_}", quoting=notice)
        lincoln.now += timedelta(days=7)
        await jobs(lincoln)
        assert (await request(lincoln, id_)).request.closed_by == "silence"


async def test_a_danger_rings_the_phone_of_the_named_adult_in_the_middle_of_the_night(database_url: str) -> None:
    async with school(database_url) as lincoln:
        bell = StaffMember(0, 0, "Mr. Bell", "bell@lincoln.example", "admin", phone="+15125550114", alerted=True)
        async with lincoln.app.database.write() as db:
            await staff.add(db, lincoln.school, bell, lincoln.now, "a test")
            await schools.save(db, replace(lincoln.school, quiet_from=21, quiet_to=8))
        lincoln.now += timedelta(hours=14)  # midnight
        await lincoln.texts(ANA, "me quiero matar")

        (alert,) = lincoln.heard("+15125550114")
        for part in ("Rojas", "(512) 555-0101"):
            assert part in alert
        assert "matar" not in alert
        assert "988" in lincoln.heard(ANA)[-1]


async def test_a_photo_by_sms_reaches_the_chat_of_staff_over_its_words(database_url: str) -> None:
    async with both(database_url) as lincoln:
        await lincoln.texts(ANA, "es la hoja del bus", (PHOTO, "image/jpeg"))
        await lincoln.settled()

        [notice] = lincoln.at_the_desk()
        assert notice.content == PHOTO
        assert "“es la hoja del bus”" in notice.text
        assert "With it: a photo." in notice.text
        assert notice.buttons


async def test_a_voice_note_of_whatsapp_reaches_the_chat_of_staff(database_url: str) -> None:
    async with both(database_url) as lincoln:
        await lincoln.texts(f"whatsapp:{ANA}", "", (b"OggS", "audio/ogg"))
        await lincoln.settled()

        [notice] = lincoln.at_the_desk()
        assert (notice.file, notice.content) == (("voice", "voice.ogg"), b"OggS")


async def test_a_photo_that_is_gone_at_twilio_leaves_the_words_and_how_else_to_see_it(database_url: str) -> None:
    async with both(database_url) as lincoln:
        lincoln.twilio.next(error(404, 20404), of="media")
        await lincoln.texts(ANA, "es la hoja del bus", (PHOTO, "image/jpeg"))
        await lincoln.settled()

        [notice] = lincoln.at_the_desk()
        async with lincoln.app.database.read() as db:
            (call,) = await help_desk.calls(db, lincoln.school)
        assert notice.content is None
        assert notice.text.endswith(
            f"could not be shown here. The office can open it: sobremesa requests media {call.request.id}"
        )


async def test_a_danger_with_a_photo_is_told_before_the_photo_comes(database_url: str) -> None:
    async with both(database_url) as lincoln:
        await lincoln.texts(ANA, "me quiero matar", (PHOTO, "image/jpeg"))
        await lincoln.settled()

        words, photo = lincoln.at_the_desk()
        assert words.text.startswith("DANGER")
        assert (words.content, photo.content) == (None, PHOTO)
