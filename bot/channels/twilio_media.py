"""Photos and voice notes that came by SMS or WhatsApp, from Twilio, which keeps them.

The address of one stands in what Twilio posted to us. Our name and token go to the Twilio that the settings name and to
nobody else: an address of another host is refused, and where Twilio sends us on to its store, we go without them.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, encode_basic_auth

from bot.channels.base import MOST_OF_A_FILE, File
from bot.channels.downloads import content
from bot.errors import NotFetched, OutOfReach
from bot.messages import Media

SECONDS = 30.0
MOST_HOPS = 3
TWILIO = "https://api.twilio.com"
SENT_ON = frozenset({301, 302, 303, 307, 308})
"""Answers that name another address."""
TOO_FAST = 429


class TwilioMedia:
    """The media of one Twilio account."""

    def __init__(
        self, *, account_sid: str, auth_token: str, api_base_url: str = TWILIO, seconds: float = SECONDS
    ) -> None:
        self._authorization = encode_basic_auth(account_sid, auth_token)
        self._base_url = api_base_url.rstrip("/")
        self._seconds = seconds
        self._session: ClientSession | None = None

    async def fetch(self, media: Media) -> File:
        """The photo or voice note itself. Raises NotFetched, and of these OutOfReach where it may come in a moment."""
        url = self._at_twilio(media.url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(url, media.content_type)
        except TimeoutError as error:
            raise OutOfReach(f"Twilio did not send it within {self._seconds:.0f} seconds") from error
        except ValueError as error:  # some of aiohttp's own are both
            raise NotFetched("Twilio named an address that is none") from error
        except (ClientError, OSError) as error:
            raise OutOfReach("Twilio cannot be reached, or broke off") from error

    async def close(self) -> None:
        """Let go of connections. A later ``fetch`` opens them again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _at_twilio(self, url: str) -> str:
        """The address at the Twilio of the settings. Raises NotFetched for one that is not of Twilio."""
        for origin in (TWILIO, self._base_url):
            if url.startswith(f"{origin}/"):
                return self._base_url + url.removeprefix(origin)
        raise NotFetched("its address is not one of Twilio")

    async def _get(self, url: str, content_type: str) -> File:
        headers = {"Authorization": self._authorization}
        for _hop in range(MOST_HOPS):
            async with self._open().get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in SENT_ON:
                    return await _taken(answer, content_type)
                url = self._next(url, answer.headers.get("Location", ""))
            headers = {}
        raise NotFetched("Twilio sends us from one address to the next")

    def _next(self, url: str, location: str) -> str:
        """Where we are sent on to. Raises NotFetched for one that does not hide what is sent."""
        url = urljoin(url, location)
        if urlsplit(url).scheme != urlsplit(self._base_url).scheme:
            raise NotFetched("Twilio sends us on to an address without https")
        return url

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession()
        return self._session


async def _taken(answer: ClientResponse, content_type: str) -> File:
    if answer.status == 404:
        raise NotFetched("Twilio does not have it any more")
    if answer.status != 200:
        for_now = answer.status == TOO_FAST or answer.status >= 500
        raise (OutOfReach if for_now else NotFetched)(f"Twilio refused it ({answer.status})")
    return File(await content(answer, MOST_OF_A_FILE), answer.headers.get("Content-Type") or content_type)
