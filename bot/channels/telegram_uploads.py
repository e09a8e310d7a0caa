"""Photos and voice notes that another provider keeps: fetched there, to be uploaded to Telegram as what each is.

A file is in memory while it is on its way. The sender writes to one chat one message at a time, so there are never
more of them than members of staff who are linked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.channels.base import ENDINGS, File, Files
from bot.channels.telegram_files import Attached, attached, buttons_of
from bot.errors import NotFetched, OutOfReach, TryLater
from bot.messages import Kind, Media, Outgoing

log = logging.getLogger(__name__)

SECONDS = 15.0
TRIES = 3
"""How often a message waits for its files; then it goes without them."""
MOST_OF_A_PHOTO = 10 * 1024 * 1024

KINDS: Mapping[str, str] = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "image/gif": "animation",
    "audio/ogg": "voice",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "video/mp4": "video",
}
"""What a phone shows at once; everything else is a document, which it opens."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What goes with a message; ``missing`` says what is said in place of the rest."""

    files: tuple[Attached, ...] = ()
    missing: tuple[str, ...] = ()


class Elsewhere:
    """What other providers keep, had from ``files``; with None nothing is."""

    def __init__(self, files: Files | None, seconds: float = SECONDS) -> None:
        self._files = files
        self._seconds = seconds

    async def bring(self, message: Outgoing) -> Brought:
        """All that goes with a message, within so many seconds.

        Raises TryLater where something may be had in a moment, and there is time for it: an urgent message has none.
        """
        files, missing, later = list[Attached](), list[str](), False
        until = asyncio.get_running_loop().time() + self._seconds
        for media in message.media:
            try:
                files.append(attached(media) or await self._fetch(media, until))
            except NotFetched as error:
                log.warning("a file could not be fetched", extra={"message_id": message.id, "why": str(error)})
                missing.append(media.instead)
                later |= isinstance(error, OutOfReach)
        if later and message.kind is not Kind.URGENT and message.attempt < TRIES:
            raise TryLater("A photo or voice note cannot be fetched from its provider right now")
        return Brought(tuple(files), lines(missing))

    async def close(self) -> None:
        """Let go of connections."""
        if self._files is not None:
            await self._files.close()

    async def _fetch(self, media: Media, until: float) -> Attached:
        if self._files is None:
            raise NotFetched("its provider is not set up here")
        try:
            async with asyncio.timeout_at(until):
                return upload(await self._files.fetch(media), media)
        except TimeoutError as error:
            raise OutOfReach("it did not come in time") from error


def upload(file: File, media: Media) -> Attached:
    """The file as Telegram shows it best: by its type, else by the type that was told before, and by its size."""
    kinds = [given.partition(";")[0].strip().lower() for given in (file.content_type, media.content_type)]
    content_type = next((one for one in kinds if one in ENDINGS), "")
    kind = KINDS.get(content_type, "document")
    if kind == "photo" and len(file.content) > MOST_OF_A_PHOTO:
        kind = "document"
    name = f"{'file' if kind == 'document' else kind}.{ENDINGS.get(content_type, 'bin')}"
    return Attached(kind, name, media.instead, file.content, buttons_of(media))


def as_document(file: Attached) -> Attached | None:
    """The same upload for a Telegram that does not take it as what it is; None where nothing else is left to try."""
    return None if file.content is None or file.kind == "document" else replace(file, kind="document")


def lines(instead: Iterable[str]) -> tuple[str, ...]:
    """What is said in place of files, each line once."""
    return tuple(dict.fromkeys(filter(None, instead)))
