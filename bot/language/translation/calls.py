"""One call to a translator's HTTP API, with failures in our own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from bot.errors import NotTranslated

TIMEOUT = ClientTimeout(total=60, sock_connect=5)
"""A server of one's own on a small computer takes its time for a batch."""
PAUSES = (1.0, 3.0)
"""Seconds to wait before each further try, where the provider only asks for some patience."""
PATIENCE = {429, 503, 529}


class Calls:
    """A pooled HTTP client for one provider, which is called by its ``name`` in errors."""

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        timeout: ClientTimeout = TIMEOUT,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._headers = {"Content-Type": "application/json", **headers}
        self._timeout = timeout
        self._pauses = pauses
        self._http: ClientSession | None = None

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the JSON of an answer, None where it is no JSON; raises NotTranslated where there is none.

        To translate twice costs nothing but characters, so a provider that is busy is asked again.
        """
        for pause in self._pauses:
            status, answer = await self._once(method, path, body)
            if status not in PATIENCE:
                return status, answer
            await asyncio.sleep(pause)
        return await self._once(method, path, body)

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _once(self, method: str, path: str, body: object) -> tuple[int, Any]:
        if self._http is None:
            self._http = ClientSession(timeout=self._timeout, headers=self._headers)
        try:
            # A redirect would carry the texts and the key along, to wherever it leads.
            async with self._http.request(
                method, self._base_url + path, data=_packed(body), allow_redirects=False
            ) as answer:
                return answer.status, _parsed(await answer.read())
        except ClientConnectorError as error:
            raise NotTranslated(f"{self._name} cannot be reached at {self._base_url}") from error
        except TimeoutError as error:
            raise NotTranslated(f"{self._name} did not answer in time; try again, or translate by hand") from error
        except ClientError as error:
            raise NotTranslated(f"the connection to {self._name} broke off; try again") from error

    def not_it(self) -> NotTranslated:
        """What answered is not the provider."""
        return NotTranslated(f"what answers at {self._base_url} is not {self._name}; look at SOBREMESA_TRANSLATOR_URL")

    def refused(self, status: int) -> NotTranslated:
        """Any answer that has no words of its own here."""
        if status in PATIENCE:
            return NotTranslated(f"{self._name} is busy; try again in some minutes", status)
        if status >= 500:
            return NotTranslated(f"{self._name} has a fault of its own; try again later", status)
        if 300 <= status < 400 or status == 404:
            return self.not_it()
        if status == 413:
            return NotTranslated(f"the text is too long for {self._name}", status)
        return NotTranslated(f"{self._name} refused the request", status)


def _packed(body: object) -> bytes | None:
    """JSON in UTF-8; escaped, an accent would be three times as long, and requests have a limit."""
    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
