"""Photos, voice notes and files that families sent: which there are, and how one is had from its provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import ENDINGS
from bot.help_desk.calls import Call, thread
from bot.messages import Media

KINDS = {"image": "photo", "audio": "voice note", "video": "video"}
PLACE = "geo:"
"""Begins the address of a place on the map, which is no file."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo, voice note or file of a request. ``number`` is its place among them, from 1."""

    number: int
    request_id: int
    at: datetime
    channel: str
    media: Media = field(repr=False)

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if self.place:
            return "place"
        return KINDS.get(self.content_type.partition("/")[0], "file")

    @property
    def place(self) -> str | None:
        """Latitude and longitude, where it is a place on the map."""
        return self.media.url.removeprefix(PLACE) if self.media.url.startswith(PLACE) else None

    @property
    def content_type(self) -> str:
        """Its type, without parameters: ``audio/ogg``."""
        return self.media.content_type.partition(";")[0].strip().lower()

    def file_name(self, content_type: str) -> str:
        """Where it is saved: a name with nothing of the family's or the provider's in it."""
        ending = ENDINGS.get(content_type.partition(";")[0].strip().lower(), "bin")
        return f"request-{self.request_id}-{self.number}.{ending}"


async def pictures(db: AsyncConnection, call: Call) -> list[Picture]:
    """What came with the texts of a request, from the one that opened it on; the oldest first."""
    since, until = call.request.opened_at, call.request.closed_at
    lines = [line for line in await thread(db, call) if not line.outgoing and line.created_at >= since]
    sent = [(line, one) for line in lines if until is None or line.created_at <= until for one in line.media]
    return [Picture(n, call.request.id, line.created_at, line.channel, one) for n, (line, one) in enumerate(sent, 1)]
