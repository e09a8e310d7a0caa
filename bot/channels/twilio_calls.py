"""Calls to Twilio's API through its SDK, at any address and with failures in our own words.

Apart from ``twilio`` because the SDK's client takes 0.15 s and 14 MB to import: only who sends pays for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, encode_basic_auth

# The SDK has no types of its own.
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.twilio_codes import failure
from bot.errors import TryLater

# The SDK logs each URL it calls, and a list of messages has the family's number in its URL.
_SILENT = logging.getLogger("twilio")
_SILENT.addFilter(lambda _: False)


class Calls(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's HTTP client, pooled, that calls ``base_url`` in place of api.twilio.com.

    An answer that is no success is raised as one of our ``NotSent``, here where its status and Retry-After
    are at hand: the SDK's own error drops the header, and its words quote the family's number.
    ``max_retries`` stays unset: with any value, even 0, the SDK sends again by itself.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(logger=_SILENT)
        self._base_url = base_url.rstrip("/")

    async def request(
        self, method: str, url: str, *, auth: tuple[str, str], headers: dict[str, str], **others: Any
    ) -> Response:
        # The SDK would sign in by a class that aiohttp is about to drop.
        signed = headers | {"Authorization": encode_basic_auth(*auth)}
        try:
            answer = await super().request(method, self._elsewhere(url), headers=signed, **others)
        except ClientConnectorError as error:
            raise TryLater("Twilio cannot be reached") from error
        if not 200 <= answer.status_code < 300:
            raise failure(answer.status_code, _code(answer.text), _retry_after(answer.headers))
        return answer

    def _elsewhere(self, url: str) -> str:
        parts = urlsplit(url)
        return self._base_url + parts.path + (f"?{parts.query}" if parts.query else "")


def client(account_sid: str, auth_token: str, calls: Calls) -> Client:
    """The SDK's client on these calls; needs a running event loop."""
    return Client(account_sid, auth_token, http_client=calls)


def _code(body: str) -> int | None:
    """Twilio's own code in an answer, None when it is not Twilio that speaks."""
    try:
        code = json.loads(body)["code"]
    except (ValueError, TypeError, KeyError):
        return None
    return code if isinstance(code, int) and code >= 10_000 else None


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The wait asked for in seconds. A date would need a clock, and Twilio sends none."""
    value = headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else None
