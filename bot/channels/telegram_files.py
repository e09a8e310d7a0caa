"""The files that Telegram keeps, as we write them down: ``telegram-file:voice:AwAC…``. A place needs no file.

An id is good for our own bot alone, and only for a file of its kind: a photo cannot be sent on as a document.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.telegram_layout import Button
from bot.messages import Media

FILE = "telegram-file:"
PLACE = "geo:"
"""Begins the address of a place on the map (RFC 5870)."""

WITH_WORDS = frozenset({"photo", "voice", "video", "audio", "animation", "document"})
"""The kinds that take words beneath them."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What is sent on: a file by its ``kind`` and id, or a "location" by its latitude and longitude.

    With ``content`` it is one that Telegram does not keep yet, and ``which`` the name that it gets. ``instead`` is said
    where it cannot be sent. ``buttons`` stand under it where it is a message of its own.
    """

    kind: str
    which: str
    instead: str = field(default="", repr=False)
    content: bytes | None = field(default=None, repr=False)
    buttons: tuple[Button, ...] = ()


def named(kind: str, file_id: str) -> str:
    """How a file of Telegram's is written down."""
    return f"{FILE}{kind}:{file_id}"


def attached(media: Media) -> Attached | None:
    """The file or place; None for what another provider keeps."""
    if media.url.startswith(PLACE):
        return Attached("location", media.url.removeprefix(PLACE), media.instead, buttons=buttons_of(media))
    if not media.url.startswith(FILE):
        return None
    kind, _colon, file_id = media.url.removeprefix(FILE).rpartition(":")
    return Attached(kind or "document", file_id, media.instead, buttons=buttons_of(media))


def buttons_of(media: Media) -> tuple[Button, ...]:
    """What stands under it where it is a message of its own."""
    return ((media.tap, media.label),) if media.tap else ()
