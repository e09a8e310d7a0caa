"""A photo that came by SMS goes on to a chat of Telegram: fetched from Twilio and uploaded, both played on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels import telegram_messages, telegram_uploads
from bot.channels.base import File
from bot.channels.telegram import Telegram
from bot.channels.telegram_uploads import upload
from bot.channels.twilio_media import TwilioMedia
from bot.errors import Blocked, NotSent, TryLater, Unsure
from bot.messages import Kind, Media, Outgoing
from tests.wire import twilio as sms
from tests.wire.telegram import RESET_AFTER, SILENT, Fault, TelegramWire, error
from tests.wire.telegram_updates import ANA, BOT_ID
from tests.wire.twilio import PHOTO, TwilioWire

WORDS = "The Rojas family sent something for you to see."
INSTEAD = "What came with it could not be shown here. The office can open it: sobremesa requests media 7"
BUTTONS = (("claim:7", "I will answer"),)
MB = 1024 * 1024


@pytest.fixture
async def wire() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioWire]:
    async with TwilioWire() as twilio:
        yield twilio


@pytest.fixture
async def telegram(wire: TelegramWire, twilio: TwilioWire) -> AsyncIterator[Telegram]:
    files = TwilioMedia(
        account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.base_url, seconds=0.5
    )
    channel = Telegram(
        bot_token=wire.token, api_base_url=wire.base_url, elsewhere=files, seconds=1.0, between_parts=0.0
    )
    await channel.me()  # aiogram is loaded, which takes seconds
    yield channel
    await channel.close()


def notice(*kept: tuple[str, str], body: str = WORDS, kind: Kind = Kind.NOTICE, attempt: int = 1) -> Outgoing:
    media = tuple(Media(url, content_type, INSTEAD) for url, content_type in kept)
    return Outgoing(42, "telegram", f"telegram:{BOT_ID}", f"telegram:{ANA}", body, BUTTONS, kind, media, attempt)


async def failed(channel: Telegram, message: Outgoing) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(message)
    return caught.value


# What it is


@pytest.mark.parametrize(
    ("content", "content_type", "file"),
    [
        (PHOTO, "image/jpeg", ("photo", "photo.jpg")),
        (b"\x89PNG", "image/png", ("photo", "photo.png")),
        (b"GIF89a", "image/gif", ("animation", "animation.gif")),
        (b"heic", "image/heic", ("document", "file.heic")),
        (b"OggS", "audio/ogg; codecs=opus", ("voice", "voice.ogg")),
        (b"ID3", "AUDIO/MPEG", ("audio", "audio.mp3")),
        (b"#!AMR", "audio/amr", ("document", "file.amr")),
        (b"ftyp", "video/mp4", ("video", "video.mp4")),
        (b"ftyp3gp", "video/3gpp", ("document", "file.3gp")),
        (b"%PDF", "application/pdf", ("document", "file.pdf")),
        (b"MZ", "application/x-msdownload", ("document", "file.bin")),
    ],
)
async def test_a_file_is_uploaded_as_what_it_is_with_the_words_and_buttons_beneath(
    wire: TelegramWire,
    twilio: TwilioWire,
    telegram: Telegram,
    content: bytes,
    content_type: str,
    file: tuple[str, str],
):
    provider_id = await telegram.send(notice(twilio.keep(content, content_type)))

    [sent] = wire.sent
    assert (sent.file, sent.content, sent.text, sent.provider_id) == (file, content, WORDS, provider_id)
    assert sent.buttons == [[("claim:7", "I will answer")]]
    assert "parse_mode" not in sent.form


def test_a_store_that_does_not_tell_the_type_is_not_asked_for_it():
    told = Media("https://api.twilio.com/x", "image/jpeg")

    assert upload(File(PHOTO, "application/octet-stream"), told).which == "photo.jpg"
    assert upload(File(PHOTO, "image/png"), told).which == "photo.png"


def test_a_photo_that_is_too_large_for_a_photo_is_a_document():
    told = Media("https://api.twilio.com/x", "image/jpeg", INSTEAD)
    kinds = {upload(File(bytes(size), "image/jpeg"), told).kind: size for size in (10 * MB, 10 * MB + 1)}

    assert kinds == {"photo": 10 * MB, "document": 10 * MB + 1}
    assert upload(File(b"", "image/jpeg"), told).instead == INSTEAD


async def test_what_telegram_does_not_take_as_a_photo_it_gets_as_a_document(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram
):
    await telegram.send(notice(twilio.keep(b"no picture", "image/jpeg")))

    [sent] = wire.sent
    assert (sent.file, sent.content, sent.text) == (("document", "photo.jpg"), b"no picture", WORDS)


async def test_several_come_after_the_words_in_their_order(wire: TelegramWire, twilio: TwilioWire, telegram: Telegram):
    kept = [twilio.keep(PHOTO + bytes([n]), "image/jpeg") for n in range(3)]
    provider_id = await telegram.send(notice(*kept))

    words, *rest = wire.sent
    assert (words.text, words.provider_id, words.file) == (WORDS, provider_id, None)
    assert [sent.content for sent in rest] == [PHOTO + bytes([n]) for n in range(3)]


async def test_words_too_long_for_a_photo_come_before_it(wire: TelegramWire, twilio: TwilioWire, telegram: Telegram):
    await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg"), body="x" * 1025))

    assert [(len(sent.text), sent.content) for sent in wire.sent] == [(1025, None), (0, PHOTO)]


# What cannot be brought


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_photo_that_twilio_does_not_have_any_more_stops_no_words(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, status: int
):
    twilio.next(sms.error(status, 20404), of="media")
    await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg")))

    [sent] = wire.sent
    assert (sent.text, sent.file) == (f"{WORDS}\n{INSTEAD}", None)
    assert sent.buttons == [[("claim:7", "I will answer")]]


async def test_a_photo_that_is_too_large_stops_no_words(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.channels.twilio_media.MOST_OF_A_FILE", 4)
    await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg")))

    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


@pytest.mark.parametrize("url", ["https://example.org/photo.jpg", "http://api.twilio.com/photo", ""])
async def test_nobody_but_twilio_is_asked(wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, url: str):
    await telegram.send(notice((url, "image/jpeg")))

    assert twilio.fetched == 0
    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


async def test_without_an_account_of_twilio_the_words_say_how_to_see_it(wire: TelegramWire, twilio: TwilioWire):
    channel = Telegram(bot_token=wire.token, api_base_url=wire.base_url)
    await channel.send(notice(twilio.keep(PHOTO, "image/jpeg")))
    await channel.close()

    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


FOR_NOW = pytest.mark.parametrize(
    "fault",
    [*[sms.error(status) for status in (429, 500, 503)], sms.RESET_BEFORE, sms.SILENT],
    ids=lambda fault: f"{fault.status} {fault.end}",
)


@FOR_NOW
async def test_while_twilio_is_out_of_reach_a_photo_waits_a_little_and_no_longer(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, fault: sms.Fault
):
    message = notice(twilio.keep(PHOTO, "image/jpeg"))
    twilio.next(*[fault] * 2, of="media")  # the client asks again by itself where a connection breaks
    assert isinstance(await failed(telegram, message), TryLater)
    assert wire.sent == []

    twilio._faults["media"].clear()
    await telegram.send(replace(message, attempt=2))
    assert [sent.content for sent in wire.sent] == [PHOTO]


@FOR_NOW
async def test_the_last_try_sends_the_words_with_how_to_see_it(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, fault: sms.Fault
):
    twilio.next(*[fault] * 2, of="media")
    await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg"), attempt=telegram_uploads.TRIES))

    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


async def test_all_photos_of_a_message_share_the_time_there_is(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telegram._elsewhere, "_seconds", 0.6)
    twilio.next(*[sms.SILENT] * 9, of="media")
    begun = asyncio.get_running_loop().time()
    message = notice(*[twilio.keep(PHOTO, "image/jpeg") for _ in range(9)], attempt=telegram_uploads.TRIES)
    await telegram.send(message)

    assert asyncio.get_running_loop().time() - begun < 2
    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


async def test_of_several_what_can_be_brought_comes_and_the_rest_is_named_once(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram
):
    kept = [twilio.keep(PHOTO, "image/jpeg") for _ in range(3)]
    twilio.next(sms.error(404, 20404), sms.error(404, 20404), of="media")
    await telegram.send(notice(*kept))

    assert [(sent.text, sent.content) for sent in wire.sent] == [(WORDS, None), ("", PHOTO), (INSTEAD, None)]


# What Telegram makes of it


async def test_where_telegram_takes_it_in_no_form_the_words_arrive(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram
):
    for method in ("sendPhoto", "sendDocument"):
        wire.next(error(400, "Bad Request: file is too big"), method=method)
    await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg")))

    assert wire.heard(ANA) == [f"{WORDS}\n{INSTEAD}"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (error(429, retry_after=7), TryLater),
        (error(403, "Forbidden: bot was blocked by the user"), Blocked),
        (RESET_AFTER, Unsure),
    ],
)
async def test_a_failed_upload_means_what_a_failed_text_means(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, fault: Fault, outcome: type[NotSent]
):
    wire.next(fault, method="sendPhoto")

    assert type(await failed(telegram, notice(twilio.keep(PHOTO, "image/jpeg")))) is outcome
    assert wire.calls["sendMessage"] == 0


async def test_an_upload_that_telegram_is_silent_about_is_given_up(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telegram_messages, "SECONDS_TO_UPLOAD", 0.5)
    wire.next(SILENT, method="sendPhoto")
    begun = asyncio.get_running_loop().time()

    assert isinstance(await failed(telegram, notice(twilio.keep(PHOTO, "image/jpeg"))), Unsure)
    assert asyncio.get_running_loop().time() - begun < 2


# Danger


async def test_words_of_danger_go_before_their_photo_is_fetched(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram
):
    provider_id = await telegram.send(notice(twilio.keep(PHOTO, "image/jpeg"), kind=Kind.URGENT))

    words, photo = wire.sent
    assert (words.text, words.file, words.provider_id) == (WORDS, None, provider_id)
    assert words.buttons == [[("claim:7", "I will answer")]]
    assert photo.content == PHOTO


@FOR_NOW
async def test_words_of_danger_are_neither_held_nor_sent_again_for_a_photo(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, fault: sms.Fault
):
    twilio.next(*[fault] * 2, of="media")
    sending = asyncio.create_task(telegram.send(notice(twilio.keep(PHOTO, "image/jpeg"), kind=Kind.URGENT)))
    while not wire.sent:  # noqa: ASYNC110 - the wire tells nobody
        await asyncio.sleep(0.01)
    assert wire.sent[0].text == WORDS
    await sending

    assert wire.heard(ANA) == [WORDS, INSTEAD]


async def test_a_photo_of_danger_that_telegram_keeps_stands_over_its_words(wire: TelegramWire, telegram: Telegram):
    await telegram.send(notice(("telegram-file:photo:AgACx", "image/jpeg"), kind=Kind.URGENT))

    [sent] = wire.sent
    assert (sent.file, sent.text) == (("photo", "AgACx"), WORDS)


# Privacy


async def test_neither_logs_nor_errors_hold_addresses_or_words(
    wire: TelegramWire, twilio: TwilioWire, telegram: Telegram, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    url, content_type = twilio.keep(PHOTO, "image/jpeg")
    twilio.next(*[sms.error(503)] * 2, of="media")
    told = await failed(telegram, notice((url, content_type)))
    await telegram.send(notice((url, content_type), attempt=telegram_uploads.TRIES))

    assert "could not be fetched" in caplog.text
    for private in (url, twilio.account_sid, twilio.auth_token, WORDS, str(ANA)):
        assert private not in caplog.text + str(told) + repr(notice((url, content_type)))
