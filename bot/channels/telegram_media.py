"""Photos and voice notes that came by Telegram, from the server of its Bot API, which keeps them for a while.

The token of our bot stands in every address there, so no address is ever said, and nobody sends us on to another one.
aiogram would take seconds to load for two calls that any HTTP client makes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession

from bot.channels.base import File
from bot.channels.downloads import content
from bot.channels.telegram_files import attached
from bot.errors import NotFetched
from bot.messages import Media

SECONDS = 30.0
MOST_OF_A_FILE = 20 * 1024 * 1024
"""Telegram hands a bot no larger ones."""
TELEGRAM = "https://api.telegram.org"
# "photos/file_7.jpg", as Telegram names it; where its server keeps files for itself it is a path of that machine.
_PATH = re.compile(r"(?!.*\.\.)[\w-][\w./ -]*")


class TelegramMedia:
    """The files that one bot was sent."""

    def __init__(self, *, bot_token: str, api_base_url: str = TELEGRAM, seconds: float = SECONDS) -> None:
        self._token = bot_token
        self._base_url = api_base_url.rstrip("/")
        self._seconds = seconds
        self._session: ClientSession | None = None

    async def fetch(self, media: Media) -> File:
        """The photo or voice note itself. Raises NotFetched."""
        file = attached(media)
        if file is None or file.kind == "location":
            raise NotFetched("Telegram does not keep it")
        try:
            async with asyncio.timeout(self._seconds):
                return File(await self._download(await self._path(file.which)), media.content_type)
        # Without their causes, whose words may hold the address, and that our token.
        except TimeoutError:
            raise NotFetched(f"Telegram did not send it within {self._seconds:.0f} seconds") from None
        except (ClientError, OSError, ValueError):
            raise NotFetched("Telegram cannot be reached, or broke off") from None

    async def close(self) -> None:
        """Let go of connections. A later ``fetch`` opens them again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _path(self, file_id: str) -> str:
        """Where the file lies right now; for an hour at least."""
        url = f"{self._base_url}/bot{self._token}/getFile"
        async with self._open().post(url, data={"file_id": file_id}, allow_redirects=False) as answer:
            told: Any = await answer.json(content_type=None) if answer.status in (200, 400) else None
            if answer.status != 200:
                raise NotFetched(_why_not(answer.status, told))
        match told:
            case {"result": {"file_path": str(path)}} if _PATH.fullmatch(path):
                return path
        raise NotFetched("Telegram does not say where it is; a server of your own must not run with --local")

    async def _download(self, path: str) -> bytes:
        url = f"{self._base_url}/file/bot{self._token}/{quote(path)}"
        async with self._open().get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise NotFetched(_why_not(answer.status, None))
            return await content(answer, MOST_OF_A_FILE)

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession()
        return self._session


def _why_not(status: int, told: Any) -> str:
    """What a refusal means, in our words: Telegram's may quote the id."""
    described = told.get("description") if isinstance(told, Mapping) else None
    if isinstance(described, str) and "too big" in described.lower():
        return f"it is larger than {MOST_OF_A_FILE // 1024 // 1024} MB, and Telegram hands out no such file"
    if status in (401, 404):
        return "Telegram does not accept TELEGRAM_BOT_TOKEN, or does not have it any more"
    if status == 400:
        return "Telegram does not have it any more, or it was sent to another bot"
    return f"Telegram refused it ({status})"
