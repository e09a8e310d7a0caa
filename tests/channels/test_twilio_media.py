"""Photos and voice notes are fetched from Twilio, and our token goes to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

from bot.channels import twilio_media
from bot.channels.twilio_media import TWILIO, TwilioMedia
from bot.errors import NotFetched
from bot.messages import Media

SID, TOKEN = "AC" + "0" * 32, "a-token"
PATH = f"/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"


class Wire:
    """Twilio's API, which sends on to a store of its own as the real one does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer = web.Response(body=b"\xff\xd8photo", content_type="image/jpeg")
        self.sends_on = 1
        self.api = TestServer(self._app(self._media))
        self.store = TestServer(self._app(self._stored))

    @staticmethod
    def _app(handle: object) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", handle)  # type: ignore[arg-type]
        return app

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(("api", request.headers.get("Authorization")))
        if request.headers.get("Authorization") != encode_basic_auth(SID, TOKEN):
            return web.Response(status=401)
        if self.sends_on:
            return web.Response(status=307, headers={"Location": str(self.store.make_url("/signed?key=1"))})
        return self.answer

    async def _stored(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(("store", request.headers.get("Authorization")))
        if self.sends_on > 1:
            return web.Response(status=302, headers={"Location": str(request.url)})
        return self.answer

    @property
    def base_url(self) -> str:
        return str(self.api.make_url("")).rstrip("/")


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    twilio = Wire()
    async with twilio.api, twilio.store:
        yield twilio


@pytest.fixture
async def media(wire: Wire) -> AsyncIterator[TwilioMedia]:
    source = TwilioMedia(account_sid=SID, auth_token=TOKEN, api_base_url=wire.base_url, seconds=2)
    yield source
    await source.close()


async def test_a_photo_is_fetched_and_the_store_it_lies_in_is_not_told_our_token(
    wire: Wire, media: TwilioMedia
) -> None:
    file = await media.fetch(Media(TWILIO + PATH, "image/png"))

    assert (file.content, file.content_type) == (b"\xff\xd8photo", "image/jpeg")
    assert wire.asked == [("api", encode_basic_auth(SID, TOKEN)), ("store", None)]


async def test_an_address_at_the_twilio_of_the_settings_is_as_good(wire: Wire, media: TwilioMedia) -> None:
    wire.sends_on = 0
    assert (await media.fetch(Media(wire.base_url + PATH, "image/jpeg"))).content == b"\xff\xd8photo"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/photo.jpg",
        "http://api.twilio.com" + PATH,
        "https://api.twilio.com.example.org" + PATH,
        "https://api.twilio.com@example.org" + PATH,
        "file:///etc/passwd",
        "telegram-file:AgAC",
        "",
    ],
)
async def test_nobody_but_twilio_is_asked(wire: Wire, media: TwilioMedia, url: str) -> None:
    with pytest.raises(NotFetched, match="not one of Twilio") as refused:
        await media.fetch(Media(url, "image/jpeg"))
    assert wire.asked == []
    assert not url or url not in str(refused.value)


async def test_a_real_twilio_may_not_send_us_on_to_an_address_in_the_open(wire: Wire) -> None:
    source = TwilioMedia(account_sid=SID, auth_token=TOKEN)
    with pytest.raises(NotFetched, match="without https"):
        source._next(TWILIO + PATH, str(wire.store.make_url("/")))


async def test_sent_on_and_on_it_gives_up(wire: Wire, media: TwilioMedia) -> None:
    wire.sends_on = 9
    with pytest.raises(NotFetched, match="one address to the next"):
        await media.fetch(Media(TWILIO + PATH, "image/jpeg"))
    assert len(wire.asked) == twilio_media.MOST_HOPS


@pytest.mark.parametrize(("status", "words"), [(404, "does not have it any more"), (500, "refused it (500)")])
async def test_what_twilio_does_not_give_is_said_in_words(
    wire: Wire, media: TwilioMedia, status: int, words: str
) -> None:
    wire.answer = web.Response(status=status)
    with pytest.raises(NotFetched) as refused:
        await media.fetch(Media(TWILIO + PATH, "image/jpeg"))
    assert words in str(refused.value)


async def test_a_file_that_is_too_large_is_given_up(
    wire: Wire, media: TwilioMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_media, "MOST_OF_A_FILE", 4)
    with pytest.raises(NotFetched, match="larger than"):
        await media.fetch(Media(TWILIO + PATH, "image/jpeg"))


async def test_a_twilio_that_is_gone_is_said_in_words(wire: Wire, media: TwilioMedia) -> None:
    await wire.api.close()
    with pytest.raises(NotFetched, match="cannot be reached"):
        await media.fetch(Media(TWILIO + PATH, "image/jpeg"))
