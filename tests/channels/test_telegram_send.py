"""The real aiogram against the Bot API, played on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Chore
from bot.channels.telegram import Me, Telegram, Webhook
from bot.channels.telegram_codes import CODES, WORDS, failure
from bot.errors import Blocked, NotSent, Refused, TryLater, Unsure
from bot.messages import Media, Outgoing
from tests.wire.telegram import (
    HALF,
    RESET_AFTER,
    RESET_BEFORE,
    SILENT,
    Fault,
    TelegramWire,
    answer,
    error,
)
from tests.wire.telegram_updates import ANA, BOT_ID, GROUP

BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.fixture
async def wire() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


@pytest.fixture
async def telegram(wire: TelegramWire) -> AsyncIterator[Telegram]:
    channel = of(wire)
    yield channel
    await channel.close()


def of(wire: TelegramWire, **others: Any) -> Telegram:
    values: dict[str, Any] = {"bot_token": wire.token, "api_base_url": wire.base_url, "seconds": 1.0}
    return Telegram(**(values | {"between_parts": 0.0} | others))


def text(body: str = "Gracias", address: str = f"telegram:{ANA}", *buttons: tuple[str, str]) -> Outgoing:
    return Outgoing(42, "telegram", f"telegram:{BOT_ID}", address, body, buttons)


async def failed(channel: Telegram, message: Outgoing | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(message or text())
    return caught.value


# What goes out


async def test_a_text_goes_out_as_it_is_typed(wire: TelegramWire, telegram: Telegram):
    body = "¿Viene su <b>familia</b>? *sí* _no_ [x](http://school.example) & ñ 👨‍👩‍👧 مرحبا"
    provider_id = await telegram.send(text(body))

    [sent] = wire.sent
    assert (sent.chat, sent.text, sent.provider_id) == (ANA, body, provider_id)
    assert json.loads(sent.form["link_preview_options"]) == {"is_disabled": True}
    assert not {"parse_mode", "reply_markup", "entities"} & sent.form.keys()


async def test_buttons_stand_under_the_message(wire: TelegramWire, telegram: Telegram):
    await telegram.send(text("¿Viene?", f"telegram:{ANA}", ("👍", "Sí"), ("👎", "No")))
    await telegram.send(text("¿Qué?", f"telegram:{ANA}", ("1", "Eventos"), ("2", "Hablar con una persona")))

    assert [sent.buttons for sent in wire.sent] == [
        [[("👍", "Sí"), ("👎", "No")]],
        [[("1", "Eventos")], [("2", "Hablar con una persona")]],
    ]


async def test_a_number_is_asked_for_with_the_button_that_shares_it(wire: TelegramWire, telegram: Telegram):
    await telegram.send(text("¿Su número?", f"telegram:{ANA}", ("share-phone", "Compartir mi número"), ("no", "No")))

    assert wire.sent[0].markup == {
        "keyboard": [[{"text": "Compartir mi número", "request_contact": True}], [{"text": "No"}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


async def test_a_long_text_is_cut_and_the_last_part_has_the_buttons_and_the_id(wire: TelegramWire, telegram: Telegram):
    provider_id = await telegram.send(text("x" * 4000 + "\n" + "y" * 4000 + "\nz", f"telegram:{ANA}", ("1", "Sí")))

    assert [sent.text[0] for sent in wire.sent] == ["x", "y"]
    assert [bool(sent.markup) for sent in wire.sent] == [False, True]
    assert provider_id == wire.sent[-1].provider_id


async def test_parts_of_a_text_wait_for_each_other(wire: TelegramWire):
    channel = of(wire, between_parts=0.2)
    begun = asyncio.get_running_loop().time()
    await channel.send(text("x" * 9000))
    await channel.close()

    assert len(wire.sent) == 3
    assert asyncio.get_running_loop().time() - begun >= 0.4


async def test_a_text_without_words_is_refused_unsent(wire: TelegramWire, telegram: Telegram):
    assert isinstance(await failed(telegram, text(" \n")), Refused)
    assert isinstance(await failed(telegram, text(address="telegram:Ana")), Refused)

    assert wire.calls["sendMessage"] == 0


async def test_a_closed_channel_opens_again(wire: TelegramWire, telegram: Telegram):
    await telegram.send(text())
    await telegram.close()
    await telegram.close()
    await telegram.send(text())

    assert len(wire.sent) == 2


# Photos, voice notes and places that are passed on

SPOKEN = {"voice": "AwACx", "video": "BAACx", "audio": "CQACx", "animation": "CgACx", "document": "BQACx"}


def with_file(url: str, body: str = "Rojas writes:", *more: str) -> Outgoing:
    media = tuple(Media(each, "image/jpeg") for each in (url, *more))
    return replace(text(body, f"telegram:{ANA}", ("claim:7", "I will answer")), media=media)


@pytest.mark.parametrize(("kind", "file_id"), [("photo", "AgACx"), *SPOKEN.items()])
async def test_a_file_goes_on_as_what_it_is_with_the_words_and_buttons_beneath(
    wire: TelegramWire, telegram: Telegram, kind: str, file_id: str
):
    provider_id = await telegram.send(with_file(f"telegram-file:{kind}:{file_id}", "<b>Rojas</b> writes: _x_"))

    [sent] = wire.sent
    assert (sent.file, sent.text, sent.provider_id) == ((kind, file_id), "<b>Rojas</b> writes: _x_", provider_id)
    assert sent.buttons == [[("claim:7", "I will answer")]]
    assert "parse_mode" not in sent.form


@pytest.mark.parametrize(
    ("urls", "files"),
    [
        (["telegram-file:video_note:DQACx"], [("video_note", "DQACx")]),
        (["geo:30.267200,-97.743100"], [("location", "30.2672,-97.7431")]),
        (["telegram-file:photo:AgAC1", "telegram-file:photo:AgAC2"], [("photo", "AgAC1"), ("photo", "AgAC2")]),
    ],
)
async def test_what_takes_no_words_or_is_several_comes_after_them(
    wire: TelegramWire, telegram: Telegram, urls: list[str], files: list[tuple[str, str]]
):
    provider_id = await telegram.send(with_file(urls[0], "Rojas writes:", *urls[1:]))

    words, *rest = wire.sent
    assert (words.text, words.file, words.provider_id) == ("Rojas writes:", None, provider_id)
    assert words.buttons != []
    assert [sent.file for sent in rest] == files
    assert all(sent.buttons == [] for sent in rest)


async def test_what_comes_after_the_words_has_a_button_of_its_own(wire: TelegramWire, telegram: Telegram):
    message = with_file("telegram-file:photo:AgAC1", "Rojas writes:", "geo:30.267200,-97.743100")
    await telegram.send(
        replace(message, media=tuple(replace(m, tap="answer:7", label="Answer") for m in message.media))
    )

    words, *rest = wire.sent
    assert words.buttons == [[("claim:7", "I will answer")]]
    assert [sent.buttons for sent in rest] == [[[("answer:7", "Answer")]]] * 2


@pytest.mark.parametrize(("length", "messages"), [(1024, 1), (1025, 2), (5000, 3)])
async def test_words_too_long_for_a_photo_come_before_it(
    wire: TelegramWire, telegram: Telegram, length: int, messages: int
):
    await telegram.send(with_file("telegram-file:photo:AgACx", "x" * length))

    assert len(wire.sent) == messages
    assert wire.sent[-1].file == ("photo", "AgACx")
    assert sum(len(sent.text) for sent in wire.sent) == length


@pytest.mark.parametrize(
    "url", ["telegram-file:photo:of-another-bot", "telegram-file:document:AgACx", "telegram-file:hologram:AgACx"]
)
async def test_where_telegram_refuses_the_file_the_words_arrive(
    wire: TelegramWire, telegram: Telegram, url: str, caplog: pytest.LogCaptureFixture
):
    provider_id = await telegram.send(with_file(url))

    [sent] = wire.sent
    assert (sent.text, sent.file, sent.provider_id) == ("Rojas writes:", None, provider_id)
    assert sent.buttons != []
    if "hologram" not in url:
        assert "could not be passed on" in caplog.text


@pytest.mark.parametrize("fault", [error(429, retry_after=7), error(403, BLOCKED), error(502), HALF])
async def test_a_photo_that_may_go_later_is_not_sent_without(wire: TelegramWire, telegram: Telegram, fault: Fault):
    wire.next(fault, method="sendPhoto")

    assert not isinstance(await failed(telegram, with_file("telegram-file:photo:AgACx")), Refused)
    assert wire.calls["sendMessage"] == 0


async def test_a_file_that_fails_after_its_words_does_not_send_them_again(wire: TelegramWire, telegram: Telegram):
    wire.next(error(429, retry_after=7), method="sendVideoNote")
    provider_id = await telegram.send(with_file("telegram-file:video_note:DQACx"))

    assert [sent.provider_id for sent in wire.sent] == [provider_id]


async def test_what_another_provider_keeps_is_left_to_the_words(wire: TelegramWire, telegram: Telegram):
    await telegram.send(with_file("https://api.twilio.com/photo"))

    assert [(sent.text, sent.file) for sent in wire.sent] == [("Rojas writes:", None)]


# The commands that apps offer


async def test_the_commands_are_shown_in_each_language_and_to_all_others_in_the_first(wire: TelegramWire):
    channel = of(wire, commands={"en": [("stop", "No more messages")], "es": [("stop", "No más mensajes")]})
    await channel.show_commands()
    await channel.close()

    assert wire.commands == {
        "": [("stop", "No more messages")],
        "en": [("stop", "No more messages")],
        "es": [("stop", "No más mensajes")],
    }


@pytest.mark.parametrize("fault", [error(400, "Bad Request: LANGUAGE_CODE_INVALID"), RESET_BEFORE, SILENT, error(502)])
async def test_commands_that_cannot_be_shown_in_one_language_are_in_the_others(
    wire: TelegramWire, fault: Fault, caplog: pytest.LogCaptureFixture
):
    channel = of(wire, commands={"en": [("stop", "No more messages")], "es": [("stop", "No más mensajes")]})
    wire.next(fault, method="setMyCommands")
    await channel.show_commands()
    await channel.close()

    assert "es" in wire.commands
    assert "not shown" in caplog.text


# What a failed call means


async def test_a_refused_connection_is_tried_later_and_works_again(wire: TelegramWire, telegram: Telegram):
    await wire.go_down()
    assert isinstance(await failed(telegram), TryLater)

    await wire.come_up()
    await telegram.send(text())
    assert len(wire.sent) == 1


async def test_a_name_that_is_not_found_is_tried_later(wire: TelegramWire):
    channel = of(wire, api_base_url="http://telegram.invalid", seconds=5)

    assert isinstance(await failed(channel), TryLater)
    await channel.close()


@pytest.mark.parametrize(
    "fault",
    [
        RESET_BEFORE,
        RESET_AFTER,
        SILENT,
        HALF,
        answer(""),
        answer("[]"),
        answer("null"),
        answer("{}"),
        answer('{"ok": true}'),
        answer('{"ok": true, "result": true}'),
        answer('{"ok": true, "result": {"message_id": "7"}}'),
        answer("<html>ok</html>"),
        answer('{"ok": true, "result": {}}', status=302),
        error(500, "Internal Server Error"),
        error(502, "Bad Gateway"),
        answer("<html>Bad Gateway</html>", status=502),
        answer("", status=504),
    ],
    ids=lambda fault: f"{fault.status} {fault.end} {fault.body!r}"[:40],
)
async def test_whatever_leaves_it_open_is_unsure_and_called_once(wire: TelegramWire, telegram: Telegram, fault: Fault):
    wire.next(fault)

    assert isinstance(await failed(telegram), Unsure)
    assert wire.calls["sendMessage"] == 1


async def test_a_silent_telegram_is_given_up_after_the_time_set(wire: TelegramWire, telegram: Telegram):
    await telegram.me()  # aiogram is loaded
    wire.next(SILENT)
    begun = asyncio.get_running_loop().time()
    await failed(telegram)

    assert 0.4 < asyncio.get_running_loop().time() - begun < 3


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (error(403, BLOCKED), Blocked),
        (error(403, "Forbidden: user is deactivated"), Blocked),
        (error(403, "Forbidden: bot can't initiate conversation with a user"), Blocked),
        (error(403, "Forbidden: something new"), Blocked),
        (error(400, "Bad Request: chat not found"), Blocked),
        (error(400, "Bad Request: PEER_ID_INVALID"), Blocked),
        (error(400, "Bad Request: message is too long"), Refused),
        (error(400, "Bad Request: BUTTON_DATA_INVALID"), Refused),
        (error(400, "Bad Request: something new"), Refused),
        (error(413, "Request Entity Too Large"), Refused),
        (error(401, "Unauthorized"), TryLater),
        (error(404, "Not Found"), TryLater),
        (error(400, "Logged out"), TryLater),
        (error(409, "Conflict"), TryLater),
        (error(429, retry_after=7), TryLater),
        (error(429, "Too Many Requests"), TryLater),
        (error(500, retry_after=5), TryLater),
        (Fault(429, "<html>slow down</html>"), TryLater),
        (Fault(403, "<html>not here</html>"), TryLater),
        (Fault(404, "{}"), TryLater),
        (
            Fault(
                400,
                json.dumps(
                    {
                        "ok": False,
                        "error_code": 400,
                        "description": "Bad Request: group chat was upgraded to a supergroup chat",
                        "parameters": {"migrate_to_chat_id": -1001},
                    }
                ),
            ),
            Refused,
        ),
    ],
    ids=lambda value: str(getattr(value, "body", value.__class__.__name__))[:70],
)
async def test_a_refusal_means_what_the_table_says(
    wire: TelegramWire, telegram: Telegram, fault: Fault, outcome: type[NotSent]
):
    wire.next(fault)

    assert type(await failed(telegram)) is outcome
    assert wire.calls["sendMessage"] == 1


@pytest.mark.parametrize(
    ("wait", "after"), [(7, timedelta(seconds=7)), (0, timedelta(0)), (10**9, timedelta(days=1)), (-1, None)]
)
async def test_the_wait_that_telegram_asks_for_is_passed_on(
    wire: TelegramWire, telegram: Telegram, wait: int, after: timedelta | None
):
    wire.next(error(429, retry_after=wait))
    told = await failed(telegram)

    assert isinstance(told, TryLater)
    assert (told.after, told.code) == (after, 429)


@pytest.mark.parametrize("described", WORDS)
def test_every_row_of_the_table_decides(described: str):
    told = failure(400, {"ok": False, "error_code": 400, "description": f"Bad Request: {described.upper()}"})

    assert type(told) is WORDS[described].outcome
    assert told.reason == WORDS[described].words


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_table_decides_where_no_words_do(code: int):
    told = failure(code, {"ok": False, "error_code": code, "description": "?"})

    assert type(told) is CODES[code].outcome
    assert (told.reason, told.code) == (CODES[code].words, code)


async def test_a_wrong_token_is_tried_later_with_words_for_the_operator(wire: TelegramWire):
    channel = of(wire, bot_token=f"{BOT_ID}:yesterdays")
    told = await failed(channel)
    await channel.close()

    assert isinstance(told, TryLater)
    assert "TELEGRAM_BOT_TOKEN" in told.reason


async def test_the_rest_of_a_text_that_fails_is_unsure_since_its_beginning_arrived(
    wire: TelegramWire, telegram: Telegram
):
    wire.next(Fault(taken=True), error(429, retry_after=7))

    assert isinstance(await failed(telegram, text("x" * 5000)), Unsure)


# Chores, and the bot itself


async def test_a_button_is_answered_and_a_group_left_with_a_word(wire: TelegramWire):
    channel = of(wire, goodbye="I only write to families. Solo escribo a familias.")
    await channel.do(Chore("answer-button", "77"))
    await channel.do(Chore("say-and-leave", str(GROUP)))
    await channel.close()

    assert wire.answered == ["77"]
    assert wire.heard(GROUP) == ["I only write to families. Solo escribo a familias."]
    assert wire.left == [GROUP]


async def test_a_group_is_left_also_where_nothing_can_be_said(wire: TelegramWire):
    channel = of(wire, goodbye="…")
    wire.next(error(403, "Forbidden: bot can't send messages"))
    await channel.do(Chore("say-and-leave", str(GROUP)))
    await channel.do(Chore("leave", "-7"))
    await channel.close()

    assert wire.left == [GROUP, -7]


@pytest.mark.parametrize("fault", [error(400, "Bad Request: query is too old"), RESET_BEFORE, HALF, SILENT])
async def test_a_chore_that_fails_hurts_nobody(
    wire: TelegramWire, telegram: Telegram, fault: Fault, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "bot")
    wire.next(fault, method="answerCallbackQuery")
    await telegram.do(Chore("answer-button", "77"))

    assert "a chore failed" in caplog.text


async def test_the_bot_says_who_it_is_and_how_it_is_reached(wire: TelegramWire):
    channel = of(wire, webhook_secret="a-secret", public_url="https://school.example/")
    assert await channel.me() == Me(BOT_ID, "lincoln_school_bot")
    assert await channel.webhook() == Webhook("", 0, "")

    await channel.be_called()
    assert wire.webhook["secret_token"] == "a-secret"
    assert wire.webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert await channel.webhook() == Webhook("https://school.example/hooks/telegram", 0, "")

    await channel.be_asked()
    assert (wire.webhook["url"], wire.dropped) == ("", 0)
    await channel.close()


@pytest.mark.parametrize("result", ["true", "[]", '{"id": "7", "username": "x"}'])
async def test_an_answer_without_a_bot_is_unsure(wire: TelegramWire, telegram: Telegram, result: str):
    wire.next(answer(f'{{"ok": true, "result": {result}}}'), method="getMe")

    with pytest.raises(Unsure):
        await telegram.me()


# Privacy


async def test_what_aiogram_logs_reaches_nobody(telegram: Telegram):
    await telegram.me()
    heard = io.StringIO()
    everybody = logging.StreamHandler(heard)
    logging.root.addHandler(everybody)
    logging.getLogger("aiogram.event").error("Hola")
    logging.root.removeHandler(everybody)

    assert heard.getvalue() == ""


@pytest.mark.parametrize(
    "fault",
    [None, error(403, f"Forbidden: {ANA} says Hola"), error(429, retry_after=7), error(502), HALF, RESET_AFTER, SILENT],
)
async def test_neither_logs_nor_errors_hold_words_or_numbers(
    wire: TelegramWire, telegram: Telegram, fault: Fault | None, caplog: pytest.LogCaptureFixture
):
    await telegram.me()
    for name in ("", "aiogram", "aiogram.event", "aiohttp.client"):
        caplog.set_level(logging.DEBUG, name)
    private = (str(ANA), "cacahuate", "Hola", wire.token, wire.token.partition(":")[2])
    message, told = text("la niña no come cacahuate"), ""
    wire.next(*[fault] if fault else [])
    try:
        await telegram.send(message)
    except NotSent as problem:
        told = "".join(traceback.format_exception(problem))

    assert [word for word in private if word in caplog.text + told] == []
    assert bool(told) == bool(fault)
