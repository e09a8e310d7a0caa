"""What every channel has in common: how it is sent through, and what it lets in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.messages import Inbound, Media, Outgoing, Request, StatusReport

MOST_CHARACTERS = 10_000
MOST_OF_A_FILE = 50 * 1024 * 1024

ENDINGS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "application/pdf": "pdf",
    "text/vcard": "vcf",
}
"""The names of files by their type; what is not here is named .bin, so that nothing opens it by itself."""

# Databases refuse NUL and lone surrogates; the other control characters steer terminals and spreadsheets.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that a provider is owed for what it brought, whatever was answered to the family.

    ``name`` is the channel's own word for it, ``which`` what it is done to.
    """

    name: str
    which: str = field(repr=False)


async def no_chore(chore: Chore) -> None:
    """For providers that are owed nothing."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a provider calls over HTTP: the path, and what it is answered once all that it brought is committed.

    ``read`` is pure, and raises NotGenuine or Unreadable. A body that ``is_form`` is read as one, another is left as
    it is. ``do`` does the chores, after the commit and also where there was none; it raises nothing.
    """

    path: str
    read: Callable[[Request], Sequence[Inbound | StatusReport | Chore]]
    answer: str = ""
    content_type: str = "text/plain"
    is_form: bool = True
    do: Callable[[Chore], Awaitable[None]] = no_chore


@dataclass(frozen=True, slots=True)
class File:
    """A photo, voice note or file as its provider gave it."""

    content: bytes = field(repr=False)
    content_type: str


class Files(Protocol):
    """Where photos and voice notes of families are had from: the provider that keeps them."""

    async def fetch(self, media: Media) -> File:
        """The photo or voice note itself, of at most ``MOST_OF_A_FILE`` bytes.

        Raises NotFetched, and of these OutOfReach where it may be had in a moment.
        """

    async def close(self) -> None:
        """Let go of connections."""


class Channel(Protocol):
    """A way to reach a family.

    A channel that is called reads in its ``hooks``; one that asks, or listens to a keyboard, has none. Each
    gives ``Inbound``, with its text made ``clean``.
    """

    @property
    def name(self) -> str:
        """What its texts are known by in the inbox."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The kinds of address it serves: ``sms`` for ``sms:+1…``."""

    def hooks(self) -> Sequence[Hook]:
        """Where its provider calls."""

    async def send(self, message: Outgoing) -> str:
        """Send one message and return the provider's id for it; raises one of the four ``NotSent``."""

    async def close(self) -> None:
        """Let go of connections. A later ``send`` opens them again."""


def clean(text: str) -> str:
    """The text as the rest of the bot may meet it.

    NFC; lines end in ``\\n``; NUL, lone surrogates and other control characters are gone, tabs stay; at most
    10,000 characters, the rest is cut off. Cleaning twice changes nothing.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text))[:MOST_CHARACTERS]
