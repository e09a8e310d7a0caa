"""Whole trips on Telegram: asked for or brought to the webhook, the real aiogram out, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from bot.errors import Busy
from bot.records import StaffMember
from bot.store import families, staff
from flows.facts import Contact
from tests.journeys.telegram import ANA, LUIS, SECRET, Lincoln, telegram_school
from tests.wire.telegram import RESET_BEFORE, error
from tests.wire.telegram_updates import GROUP, chat, malformed

STRANGER, DESK = 5_550_177, 5_550_180
WAYS = pytest.mark.parametrize("called", [False, True], ids=["asked", "called"])


async def contact(lincoln: Lincoln, number: int) -> Contact:
    async with lincoln.app.database.write() as db:
        [found] = await families.lock(db, {(lincoln.school.id, f"telegram:{number}")})
    return found


async def kept(lincoln: Lincoln, number: int) -> list[str]:
    """What a chat wrote, as it is in the log."""
    async with lincoln.app.database.read() as db:
        rows = await db.execute(
            text("SELECT body FROM messages WHERE NOT outgoing AND address = :address ORDER BY id"),
            {"address": f"telegram:{number}"},
        )
    return [body for (body,) in rows]


async def works_from(lincoln: Lincoln, chat: int) -> None:
    """Sra. Ortiz, who works from this chat."""
    async with lincoln.app.database.write() as db:
        member = StaffMember(0, lincoln.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "en")
        added = await staff.add(db, member, lincoln.now)
        assert added is not None
        await staff.save(db, replace(added, telegram_chat=str(chat)))


def photo(n: int) -> list[dict[str, object]]:
    return [{"file_id": f"AgAC{n}", "file_unique_id": f"u{n}", "width": 90, "height": 90}]


# A whole answer


@WAYS
async def test_a_family_answers_an_invitation_by_buttons(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await lincoln.invite()
        await lincoln.presses(ANA, "👍")
        await lincoln.texts(ANA, "2 grandes y 3 niños")
        assert lincoln.labels(ANA) == ["Sí", "No"]
        await lincoln.presses(ANA, "👍")
        await lincoln.texts(ANA, "la niña no come cacahuate")

        assert await lincoln.answers() == {"Rojas": "yes 2 3"}
        invitation, adults, child_care, food, confirmed = lincoln.heard(ANA)
        assert invitation.startswith("Lincoln School: Cena de familias, viernes 12 de marzo")
        assert adults.startswith("¿Cuántos adultos")
        assert child_care.startswith("¿Cuidado infantil para los 3 niños")
        assert food.startswith("¿Alergias")
        assert '"la niña no come cacahuate"' in confirmed
        assert lincoln.heard(LUIS)[-1].startswith("Ana answered for your family")
        assert len(lincoln.telegram.answered) == 2


async def test_a_family_counts_with_its_thumb_and_a_second_tap_counts_nothing(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        await lincoln.presses(LUIS, "👍")
        adults = lincoln.telegram.sent[-1]
        assert [[label for _reply, label in row] for row in adults.buttons] == [["1", "2", "3"], ["4", "5", "6"]]
        await lincoln.presses(LUIS, "2 🧑")
        assert lincoln.heard(LUIS)[-1] == "How many children?"
        assert lincoln.labels(LUIS) == ["0", "1", "2", "3", "4", "5", "6"]
        await lincoln.presses(LUIS, "2 🧑", adults)
        assert lincoln.heard(LUIS)[-1] == "How many children?"
        await lincoln.presses(LUIS, "0 🧒")
        await lincoln.texts(LUIS, "no")

        assert await lincoln.answers() == {"Rojas": "yes 2 0"}
        await lincoln.presses(LUIS, "3 🧑", adults)
        assert lincoln.heard(LUIS)[-1] == "That question is answered already. To change anything, just write."
        assert await lincoln.answers() == {"Rojas": "yes 2 0"}


async def test_a_family_answers_in_its_own_words_step_by_step(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        for words in ("sí", "2", "0", "no"):
            await lincoln.texts(ANA, words)

        assert await lincoln.answers() == {"Rojas": "yes 2 0"}


async def test_texts_that_arrive_together_are_taken_in_order(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        words = ("2 adultos", "3 niños", "sí", "nueces")
        await lincoln.brings(*[lincoln.telegram.message(ANA, each) for each in words])

        assert await lincoln.answers() == {"Rojas": "yes 2 3"}
        assert [body[:8] for body in lincoln.heard(ANA)[1:]] == ["¿Cuántos", "¿Cuidado", "¿Alergia", "¡Les esp"]


async def test_a_reply_to_an_invitation_answers_that_one(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        invitation = next(sent for sent in lincoln.telegram.sent if sent.chat == ANA)
        await lincoln.texts(ANA, "2 adultos 0 niños", reply_to_message=invitation.shown)
        await lincoln.texts(ANA, "no")

        assert await lincoln.answers() == {"Rojas": "yes 2 0"}


@WAYS
async def test_a_stranger_is_greeted_with_buttons(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await lincoln.texts(STRANGER, "Hola")

        greeting = next(sent for sent in lincoln.telegram.sent if sent.chat == STRANGER)
        assert greeting.text.startswith("Lincoln School: ¡gracias por escribir!")
        assert greeting.buttons[0][0][1] == "Eventos"


# What else families send


async def test_a_sticker_does_no_harm_and_a_voice_note_is_answered(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.brings(lincoln.telegram.sticker(ANA))
        assert lincoln.heard(ANA) == []

        await lincoln.brings(lincoln.telegram.voice(ANA))
        assert len(lincoln.heard(ANA)) == 1
        async with lincoln.app.database.read() as db:
            media = (
                (await db.execute(text("SELECT media FROM messages WHERE NOT outgoing ORDER BY id"))).scalars().all()
            )
        assert "telegram-file:voice:AwACAgEAAx7" in str(media[-1])


@WAYS
async def test_photos_reach_the_chat_of_staff_and_an_album_is_answered_once(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await works_from(lincoln, DESK)
        telegram = lincoln.telegram
        album = [telegram.message(ANA, media_group_id="1", photo=photo(n), caption=None) for n in range(3)]
        await lincoln.brings(*album)
        await lincoln.brings(telegram.voice(ANA))

        assert len([body for body in lincoln.heard(ANA) if body.startswith("Gracias, lo recibimos")]) == 2
        told = [sent for sent in telegram.sent if sent.chat == DESK]
        assert [sent.file for sent in told] == [*(("photo", f"AgAC{n}") for n in range(3)), ("voice", "AwACAgEAAx7")]
        assert all("With it: a" in sent.text and sent.buttons for sent in told)

        await lincoln.texts(DESK, "Gracias, ya la vi", reply_to_message=told[0].shown)
        assert lincoln.heard(ANA)[-1] == "Sra. Ortiz: Gracias, ya la vi"


async def test_a_photo_that_telegram_does_not_send_on_costs_staff_no_words(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await works_from(lincoln, DESK)
        lincoln.telegram.next(error(400, "Bad Request: wrong file identifier"), method="sendPhoto")
        await lincoln.brings(lincoln.telegram.photo(ANA))

        assert "With it: a photo." in lincoln.heard(DESK)[-1]


@WAYS
async def test_a_family_that_blocks_the_bot_hears_no_more_of_it(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await lincoln.brings(lincoln.telegram.kicked(ANA))
        assert (await contact(lincoln, ANA)).stopped_at is not None
        await lincoln.invite()

        assert lincoln.heard(ANA) == []
        assert len(lincoln.heard(LUIS)) == 1


async def test_a_block_that_nobody_told_us_of_is_found_by_the_next_message(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        lincoln.telegram.blocked.add(ANA)
        await lincoln.invite()

        assert (await contact(lincoln, ANA)).stopped_at is not None
        assert lincoln.telegram.calls["sendMessage"] == 2


@WAYS
async def test_a_group_is_left_with_one_polite_sentence(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        said = lincoln.telegram.message(ANA, "Hola a todos", chat=chat(GROUP))
        await lincoln.brings(lincoln.telegram.join(), said)
        await lincoln.until(lambda: len(lincoln.telegram.left) == 2)

        assert lincoln.heard(GROUP) == ["Please write to me directly. Por favor, escríbame directamente."]
        async with lincoln.app.database.read() as db:
            assert (await db.execute(text("SELECT count(*) FROM messages WHERE NOT outgoing"))).scalar_one() == 0


# Sending


async def test_who_is_too_fast_waits_and_loses_nothing(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        lincoln.telegram.next(*[error(429, retry_after=30)] * 10)
        lincoln.telegram.queue(lincoln.telegram.message(STRANGER, "Hola"))
        for tries in range(1, 11):
            await lincoln.until(lambda: lincoln.telegram.calls["sendMessage"] == tries)  # noqa: B023
            assert lincoln.heard(STRANGER) == []
            await lincoln.at_rest()
            lincoln.now += timedelta(seconds=31)
            lincoln.app.outbox.wake()
        await lincoln.settled()

        assert len(lincoln.heard(STRANGER)) == len(set(lincoln.heard(STRANGER))) > 0
        async with lincoln.app.database.read() as db:
            attempts = (await db.execute(text("SELECT max(attempts) FROM messages"))).scalar_one()
        assert attempts == 1, "waits that Telegram asks for are no failed attempts"


# The webhook


async def test_at_the_start_telegram_is_told_where_to_call(database_url: str) -> None:
    async with telegram_school(database_url, called=True) as lincoln:
        assert lincoln.telegram.webhook["url"] == "https://school.example/hooks/telegram"
        assert lincoln.telegram.webhook["secret_token"] == SECRET
        assert lincoln.telegram.dropped == 0
        assert lincoln.telegram.calls["getUpdates"] == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_requests_that_are_not_from_telegram_change_nothing(database_url: str) -> None:
    async with telegram_school(database_url, called=True) as lincoln, ClientSession() as http:
        update = lincoln.telegram.message(STRANGER, "Hola")
        for secret in ("", "a-guess", SECRET.upper()):
            assert await lincoln.telegram.posts(lincoln.hook, update, secret) == 403
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        for body, more, status in (
            (b"Body=Hola", {}, 400),
            (b'{"update_id":', {}, 400),
            (b"\xff", {}, 400),
            (b"{}", {"Content-Encoding": "gzip"}, 400),
            (b'{"x": "' + b"x" * 400_000 + b'"}', {}, 413),
        ):
            async with http.post(lincoln.hook, data=body, headers=headers | more) as response:
                assert response.status == status
        async with http.get(lincoln.hook, headers=headers) as response:
            assert response.status == 405

        assert await kept(lincoln, STRANGER) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_odd_update_is_acknowledged_lest_it_come_for_ever(database_url: str) -> None:
    async with telegram_school(database_url, called=True) as lincoln:
        statuses = {
            await lincoln.telegram.posts(lincoln.hook, update, SECRET) for update in malformed() if update is not None
        }
        await lincoln.texts(STRANGER, "Hola")

        assert statuses == {204}
        assert await kept(lincoln, STRANGER) == ["Hola"]
        assert lincoln.heard(STRANGER) != []


async def test_the_same_update_eight_times_at_once_makes_one_turn(database_url: str) -> None:
    async with telegram_school(database_url, called=True) as lincoln:
        update = lincoln.telegram.message(STRANGER, "Hola")
        statuses = await asyncio.gather(*(lincoln.telegram.posts(lincoln.hook, update, SECRET) for _ in range(8)))
        await lincoln.settled()

        assert statuses == [204] * 8
        assert await kept(lincoln, STRANGER) == ["Hola"]
        assert len(lincoln.heard(STRANGER)) == len(set(lincoln.heard(STRANGER))) > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_stored_is_not_acknowledged_and_its_button_is_answered(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telegram_school(database_url, called=True) as lincoln:

        async def busy(inbound: object) -> bool:
            raise Busy

        with monkeypatch.context() as gone:
            gone.setattr(lincoln.app.inbox, "receive", busy)
            update = lincoln.telegram.press(lincoln.telegram.shown(ANA), "1")
            assert await lincoln.telegram.posts(lincoln.hook, update, SECRET) == 503
        assert lincoln.telegram.answered == [update["callback_query"]["id"]]

        assert await lincoln.telegram.posts(lincoln.hook, update, SECRET) == 204
        assert await kept(lincoln, ANA) == ["1"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_button_that_cannot_be_answered_costs_no_text(database_url: str) -> None:
    async with telegram_school(database_url, called=True) as lincoln:
        lincoln.telegram.next(error(400, "Bad Request: query is too old"), RESET_BEFORE, method="answerCallbackQuery")
        for reply in ("1", "2"):
            await lincoln.brings(lincoln.telegram.press(lincoln.telegram.shown(ANA), reply))

        assert await kept(lincoln, ANA) == ["1", "2"]


# Log


@WAYS
async def test_no_word_and_no_number_is_logged(
    database_url: str, called: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for name in ("sqlalchemy", "aiosqlite", "asyncio"):
        caplog.set_level("WARNING", name)
    async with telegram_school(database_url, called=called) as lincoln:
        lincoln.telegram.next(error(400, f"Bad Request: {STRANGER} cacahuate"))
        await lincoln.texts(STRANGER, "no come cacahuate")
        await lincoln.presses(ANA, "👍") if lincoln.heard(ANA) else None

        assert [word for word in (str(STRANGER), "cacahuate", lincoln.telegram.token) if word in caplog.text] == []
