"""Photos and voice notes are fetched from Telegram, and our token is said to nobody."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator

import pytest

from bot.channels import telegram_media
from bot.channels.telegram_media import TelegramMedia
from bot.errors import NotFetched
from bot.messages import Media
from tests.wire.telegram import FILE, RESET_BEFORE, SILENT, Fault, TelegramWire, answer, error

VOICE = Media("telegram-file:voice:AwACAgEAAx7", "audio/ogg")


@pytest.fixture
async def wire() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


@pytest.fixture
async def media(wire: TelegramWire) -> AsyncIterator[TelegramMedia]:
    source = TelegramMedia(bot_token=wire.token, api_base_url=f"{wire.base_url}/", seconds=0.5)
    yield source
    await source.close()


async def why_not(media: TelegramMedia, wanted: Media = VOICE) -> str:
    with pytest.raises(NotFetched) as refused:
        await media.fetch(wanted)
    return "".join(traceback.format_exception(refused.value))


async def test_a_voice_note_is_fetched_with_the_type_that_its_text_told(wire: TelegramWire, media: TelegramMedia):
    file = await media.fetch(VOICE)

    assert (file.content, file.content_type) == (FILE, "audio/ogg")
    assert (wire.calls["getFile"], wire.calls["file"]) == (1, 1)


async def test_a_closed_source_opens_again(media: TelegramMedia):
    await media.fetch(VOICE)
    await media.close()
    await media.close()

    assert (await media.fetch(VOICE)).content == FILE


@pytest.mark.parametrize("url", ["https://api.twilio.com/x", "geo:30.2,-97.7", "telegram", ""])
async def test_what_telegram_does_not_keep_is_not_asked_for(wire: TelegramWire, media: TelegramMedia, url: str):
    assert "Telegram does not keep it" in await why_not(media, Media(url, "image/jpeg"))
    assert wire.calls.total() == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (error(400, "Bad Request: file is too big"), "larger than 20 MB"),
        (error(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), "does not have it any more"),
        (error(401, "Unauthorized"), "TELEGRAM_BOT_TOKEN"),
        (error(502, "Bad Gateway"), "refused it (502)"),
        (Fault(302, "elsewhere"), "refused it (302)"),
        (RESET_BEFORE, "broke off"),
        (SILENT, "within 0 seconds"),
        (answer("<html>ok</html>"), "broke off"),
        (answer("[]"), "does not say where it is"),
        (answer('{"ok": true, "result": {"file_id": "x"}}'), "does not say where it is"),
        (answer('{"ok": true, "result": {"file_path": 7}}'), "does not say where it is"),
        (answer('{"ok": true, "result": {"file_path": "/var/lib/telegram-bot-api/x.jpg"}}'), "--local"),
        (answer('{"ok": true, "result": {"file_path": "../bot1:x/getMe"}}'), "does not say where it is"),
        (answer('{"ok": true, "result": {"file_path": "https://example.org/x.jpg"}}'), "does not say where it is"),
    ],
    ids=lambda value: str(getattr(value, "body", value))[:60],
)
async def test_what_telegram_does_not_give_is_said_in_words(
    wire: TelegramWire, media: TelegramMedia, fault: Fault, words: str
):
    wire.next(fault, method="getFile")

    told = await why_not(media)
    assert words in told
    assert wire.calls["file"] == 0
    assert wire.token.partition(":")[2] not in told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(404, "gone"), "does not have it any more"),
        (Fault(301, ""), "refused it (301)"),
        (RESET_BEFORE, "broke off"),
        (SILENT, "within 0 seconds"),
    ],
    ids=lambda value: str(getattr(value, "status", value))[:60],
)
async def test_a_download_that_fails_is_said_in_words_without_its_address(
    wire: TelegramWire, media: TelegramMedia, fault: Fault, words: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    wire.next(fault, fault, method="file")  # the client tries once more where a connection breaks

    told = await why_not(media)
    assert words in told
    assert wire.token.partition(":")[2] not in told + caplog.text


async def test_who_would_be_sent_on_to_another_address_is_not(wire: TelegramWire, media: TelegramMedia):
    wire.redirects = True

    assert "refused it (302)" in await why_not(media)
    assert (wire.calls["file"], wire.calls["elsewhere"]) == (1, 0)


async def test_a_file_that_is_too_large_is_given_up(
    wire: TelegramWire, media: TelegramMedia, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telegram_media, "MOST_OF_A_FILE", 4)

    assert "larger than" in await why_not(media)


async def test_an_address_that_is_none_is_not_said_with_our_token():
    source = TelegramMedia(bot_token="1:a-token", api_base_url="http://")
    told = await why_not(source)
    await source.close()

    assert "cannot be reached" in told
    assert "a-token" not in told


async def test_a_telegram_that_is_gone_is_said_in_words(wire: TelegramWire, media: TelegramMedia):
    await wire.go_down()

    told = await why_not(media)
    assert "cannot be reached" in told
    assert wire.token.partition(":")[2] not in told
