"""Whole trips: a signed webhook in, the real Twilio client out, on both databases."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import hooks
from bot.messages import State
from bot.records import LoggedMessage
from bot.store import families, help_requests, messages
from flows import FLOWS
from flows.core.flow import Flow
from tests.journeys.school import ANA, LUIS, Lincoln, school
from tests.wire.twilio import SCHOOL

UNKNOWN = "+15125550177"


async def test_a_family_answers_an_invitation_in_one_text(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        for text in ("si vamos 2 grandes y 3 niños", "Sí por favor 🙏", "la niña no come cacahuate"):
            await lincoln.texts(ANA, text)

        assert await lincoln.answers() == {"Rojas": "yes 2 3"}
        invitation, child_care, food, confirmed = lincoln.heard(ANA)
        assert invitation.startswith("Lincoln School: Cena de familias, viernes 12 de marzo")
        assert child_care.startswith("¿Cuidado infantil para los 3 niños")
        assert food.startswith("¿Alergias")
        assert '"la niña no come cacahuate"' in confirmed
        assert lincoln.heard(LUIS)[-1].startswith("Ana answered for your family")


async def test_the_parents_answer_for_one_household_in_two_languages(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        for text in ("2 adultos 1 niño", "no", "no"):
            await lincoln.texts(ANA, text)
        await lincoln.texts(LUIS, "actually 4 adults")

        assert await lincoln.answers() == {"Rojas": "yes 4 1"}
        assert "4 adultos" in lincoln.heard(ANA)[-1]


async def test_the_same_webhook_eight_times_at_once_makes_one_turn(database_url: str) -> None:
    async with school(database_url) as lincoln:
        post = lincoln.twilio.inbound(UNKNOWN, "Hola")

        statuses = await asyncio.gather(*(lincoln.posts(post) for _ in range(8)))
        await lincoln.settled()

        assert statuses == [200] * 8
        assert len(lincoln.heard(UNKNOWN)) == 1


async def test_texts_of_one_contact_are_taken_in_order(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        for text in ("2 adultos", "3 niños", "sí", "nueces"):
            assert await lincoln.posts(lincoln.twilio.inbound(ANA, text)) == 200
        await lincoln.settled()

        assert await lincoln.answers() == {"Rojas": "yes 2 3"}
        asked = [body[:8] for body in lincoln.heard(ANA)[1:]]
        assert asked == ["¿Cuántos", "¿Cuidado", "¿Alergia", "¡Les esp"]


async def test_fifty_families_at_once_each_have_their_own_turn(database_url: str) -> None:
    async with school(database_url) as lincoln:
        numbers = [f"+1512555{n:04}" for n in range(2000, 2050)]
        posts = [lincoln.twilio.inbound(number, "Hola") for number in numbers]

        assert await asyncio.gather(*map(lincoln.posts, posts)) == [200] * 50
        await lincoln.settled()

        assert [len(lincoln.heard(number)) for number in numbers] == [1] * 50


@pytest.mark.parametrize(
    ("text", "replies"),
    [
        ("", 0),
        ("x" * 10_000, 1),
        ("🎉🎉👨‍👩‍👧‍👦", 1),
        ("السلام عليكم", 1),
        ("Hola\x00\x01", 1),
        ("<b>Hola</b> {school} %s", 1),
        ("'; DROP TABLE contacts; --", 1),
    ],
)
async def test_whatever_is_typed_has_a_clear_outcome(database_url: str, text: str, replies: int) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(UNKNOWN, text)

        assert len(lincoln.heard(UNKNOWN)) == replies
        assert "\x00" not in (await _thread(lincoln, UNKNOWN))[0]


async def test_a_photo_without_words_is_kept_and_answered(database_url: str) -> None:
    async with school(database_url) as lincoln:
        post = lincoln.twilio.inbound(ANA, "", media=[("https://api.twilio.com/media/1", "image/jpeg")])
        assert await lincoln.posts(post) == 200
        await lincoln.settled()

        assert len(lincoln.heard(ANA)) == 1
        assert [call.reason for call in await _calls(lincoln)] == ["media"]


async def test_parameters_nobody_has_seen_before_are_part_of_the_signature(database_url: str) -> None:
    async with school(database_url) as lincoln:
        post = lincoln.twilio.inbound(UNKNOWN, "Hola", more={"RcsSomethingNew": " x "})

        assert await lincoln.posts(post) == 200


async def test_requests_that_are_not_from_twilio_change_nothing(database_url: str) -> None:
    async with school(database_url) as lincoln:
        post = lincoln.twilio.inbound(UNKNOWN, "Hola")
        url = lincoln.server.make_url("/hooks/twilio")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, headers, status in (
            (post.body, form, 403),
            (post.body, {**post.headers, "X-Twilio-Signature": "AAAA"}, 403),
            (post.body + "&Extra=1", post.headers, 403),
            ("Body=%ff%fe", post.headers, 400),
            ("no form at all", post.headers, 400),
            ("{}", {"Content-Type": "application/json"}, 400),
        ):
            async with lincoln.http.post(url, data=body, headers=headers) as response:
                assert response.status == status
        async with lincoln.http.post(url, data="Body=" + "x" * 400_000, headers=form) as response:
            assert response.status == 413

        assert lincoln.twilio.sent == []


async def test_a_stop_word_that_twilio_answers_is_recorded_in_silence(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        await lincoln.texts(ANA, "STOP")

        assert len(lincoln.heard(ANA)) == 1
        async with lincoln.app.database.read() as db:
            (ana,) = await families.by_addresses(db, [(lincoln.school.id, f"sms:{ANA}")])
        assert ana.stopped_at is not None


async def test_a_stop_word_of_ours_is_confirmed_once(database_url: str) -> None:
    async with school(database_url, "ours") as lincoln:
        await lincoln.texts(ANA, "STOP")
        await lincoln.texts(ANA, "hola")

        (goodbye,) = lincoln.heard(ANA)
        assert "ya no le mandaremos mensajes" in goodbye


async def test_a_flow_that_raises_loses_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of ours")

    async with school(database_url) as lincoln:
        await lincoln.invite()
        monkeypatch.setitem(FLOWS, "rsvp", Flow("rsvp", broken, about="event"))
        await lincoln.texts(ANA, "2 adultos")

        assert "Una persona" in lincoln.heard(ANA)[-1]
        assert [call.reason for call in await _calls(lincoln)] == ["failure"]
        assert "2 adultos" in await _thread(lincoln, ANA)

        monkeypatch.undo()
        await lincoln.texts(ANA, "2 adultos")
        assert lincoln.heard(ANA)[-1].startswith("¿Cuántos niños?")


async def dies(lincoln: Lincoln, number: str, code: int = 30006) -> None:
    """Twilio says of the last text to this number that it takes none."""
    sent = [one for one in lincoln.twilio.sent if one.to == number][-1]
    assert await lincoln.posts(lincoln.twilio.status(sent, "undelivered", code)) == 204


async def stopped(lincoln: Lincoln, number: str) -> bool:
    async with lincoln.app.database.read() as db:
        (found,) = await families.by_addresses(db, [(lincoln.school.id, f"sms:{number}")])
    return found.stopped_at is not None


async def test_a_number_that_takes_no_texts_is_left_in_peace_until_somebody_writes_from_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        await dies(lincoln, LUIS)
        heard = len(lincoln.heard(LUIS))
        for text in ("si vamos 2 grandes y 3 niños", "no", "no"):
            await lincoln.texts(ANA, text)
        assert len(lincoln.heard(LUIS)) == heard, "what his household answers is not sent there"

        await lincoln.texts(LUIS, "actually 4 adults")
        assert lincoln.heard(LUIS)[-1].startswith("Changed. Before: 2 adults, 3 children. Now: 4 adults")
        assert await lincoln.answers() == {"Rojas": "yes 4 3"}
        assert not await stopped(lincoln, LUIS)
        await lincoln.texts(ANA, "al final somos 5 adultos")
        assert "5 adults" in lincoln.heard(LUIS)[-1]


async def test_who_writes_stop_from_a_number_that_seemed_dead_has_stopped(database_url: str) -> None:
    async with school(database_url, "ours") as lincoln:
        await lincoln.invite()
        await dies(lincoln, LUIS)
        await lincoln.texts(LUIS, "STOP")
        assert "will not text you any more" in lincoln.heard(LUIS)[-1]
        heard = len(lincoln.heard(LUIS))
        await lincoln.texts(LUIS, "is there dinner?")

        assert await stopped(lincoln, LUIS)
        assert len(lincoln.heard(LUIS)) == heard


async def test_a_phone_that_was_off_is_written_to_again(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        for code in (30003, 30008):
            await dies(lincoln, LUIS, code)

        assert not await stopped(lincoln, LUIS)


async def test_a_status_report_moves_its_message_forward(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(UNKNOWN, "Hola")
        (sent,) = lincoln.twilio.sent
        for status in ("delivered", "sent", "delivered"):
            assert await lincoln.posts(lincoln.twilio.status(sent, status)) == 204

        assert [message.state for message in await _log(lincoln, UNKNOWN)] == [None, State.DELIVERED]


async def test_a_whatsapp_text_is_answered_on_whatsapp(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(f"whatsapp:{UNKNOWN}", "Hola")

        assert len(lincoln.heard(f"whatsapp:{UNKNOWN}")) == 1


async def test_no_word_number_or_name_of_a_family_is_in_any_log_line(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with school(database_url) as lincoln:
        await lincoln.invite()
        for text in ("dos adultos", "1", "sí", "cacahuate", "necesito hablar con alguien", "me quiero matar", "ALTO"):
            await lincoln.texts(ANA, text)
        await lincoln.posts(lincoln.twilio.inbound(ANA, "quisiera", more={"MessageSid": None}))
        await lincoln.texts(UNKNOWN, "quisiera algo")

        lines = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert caplog.records
    for secret in (ANA, LUIS, UNKNOWN, ANA[2:], "cacahuate", "hablar", "quisiera", "Rojas", "Luis", "matar"):
        assert secret not in lines


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"MessageSid": "SM" + "a" * 99}, 400),
        ({"MessageSid": "SM\x00a"}, 400),
        ({"To": "+15125550100\x00"}, 400),
        ({"To": "+1" + "5" * 200}, 400),
        ({"To": "Lincoln"}, 400),
        ({"To": f"whatsapp:{SCHOOL}"}, 400),
        ({"From": f"whatsapp:{UNKNOWN}"}, 400),
        ({"From": f"{UNKNOWN}\x00"}, 400),
        ({"OriginalRepliedMessageSid": "SM\x00a"}, 400),
        ({"OriginalRepliedMessageSid": "x" * 101}, 400),
        ({"MediaUrl0": "https://api.twilio.com/media/\x00", "MediaContentType0": "image/\x00jpeg"}, 200),
    ],
    ids=str,
)
async def test_a_signed_request_that_makes_no_sense_is_never_an_error_of_ours(
    database_url: str, more: dict[str, str], status: int
) -> None:
    async with school(database_url) as lincoln:
        assert await lincoln.posts(lincoln.twilio.inbound(UNKNOWN, "Hola", more=more)) == status
        await lincoln.settled()

        assert len(lincoln.heard(UNKNOWN)) == (status == 200)


async def test_a_body_that_is_not_packed_as_it_says_is_refused(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with school(database_url) as lincoln:
        post = lincoln.twilio.inbound(UNKNOWN, "Hola")
        url, headers = lincoln.server.make_url(post.url), {**post.headers, "Content-Encoding": "gzip"}
        async with lincoln.http.post(url, data=post.body, headers=headers) as response:
            assert response.status == 400

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_body_that_does_not_end_is_given_up(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "SECONDS", 0.05)
    ended = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"Body=Ho"
        await ended.wait()

    async with school(database_url) as lincoln:
        async with lincoln.http.post(lincoln.server.make_url("/hooks/twilio"), data=half()) as response:
            assert response.status == 408
        ended.set()


async def _calls(lincoln: Lincoln) -> list[Any]:
    async with lincoln.app.database.read() as db:
        return list(await help_requests.open_of_school(db, lincoln.school.id))


async def _thread(lincoln: Lincoln, number: str) -> list[str]:
    return [message.body for message in await _log(lincoln, number)]


async def _log(lincoln: Lincoln, number: str) -> list[LoggedMessage]:
    async with lincoln.app.database.read() as db:
        (contact,) = await families.by_addresses(db, [(lincoln.school.id, f"sms:{number}")])
        return await messages.thread_of(db, contact.id, 20)
