"""What a script may say beside texts: time that passes, what staff do, a button that is tapped."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

from bot import events
from bot.messages import Media
from bot.store import families
from bot.transcripts.stage import Stage

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
PHOTO = (Media("https://example.org/photo", "image/jpeg"),)
VOICE = (Media("https://example.org/voice", "audio/ogg"),)

Direction: TypeAlias = Callable[..., Awaitable[None]]


async def _later(stage: Stage, number: str, unit: str) -> None:
    await stage.pass_time(int(number) * UNITS[unit])


async def _invite(stage: Stage, event: str) -> None:
    app = stage.app
    await events.invite(
        app.database, app.catalogs, stage.school, stage.events[event], lambda: stage.now[0], "transcripts"
    )


async def _never_wrote(stage: Stage) -> None:
    async with stage.app.database.write() as db:
        addresses = [(stage.school.id, address) for address in stage.addresses.values()]
        known = await families.by_addresses(db, addresses)
        await families.save_contacts(db, [replace(contact, introduced_at=None) for contact in known])


async def _photo(stage: Stage, name: str) -> None:
    await stage.text(name, "", PHOTO)


async def _voice_note(stage: Stage, name: str) -> None:
    await stage.text(name, "", VOICE)


async def _tap(stage: Stage, name: str, label: str) -> None:
    """Tap a button under the last message that this person got."""
    message = stage.heard_last[name]
    found = [reply for reply, words in message.buttons if words == label]
    if not found:
        raise ValueError(f"{name} sees no button {label}, but: {', '.join(words for _reply, words in message.buttons)}")
    text = found[0].partition("=")[2] or found[0]
    await stage.text(name, text, button=found[0], quoted=f"phone-{message.id}")


DIRECTIONS: tuple[tuple[re.Pattern[str], Direction], ...] = tuple(
    (re.compile(pattern), direction)
    for pattern, direction in (
        (r"(\d+) (minute|hour|day|week)s? later", _later),
        (r"invite to (\w+)", _invite),
        (r"the school never wrote to them before", _never_wrote),
        (r"(\w+) sends a photo", _photo),
        (r"(\w+) sends a voice note", _voice_note),
        (r"(\w+) taps (.+)", _tap),
    )
)
"""Each direction, as it stands in brackets in a script, and what it does."""


async def direct(stage: Stage, what: str) -> None:
    """Carry out what stands in brackets. Raises ValueError where it says nothing that is known here."""
    for pattern, direction in DIRECTIONS:
        if match := pattern.fullmatch(what):
            stage.happens(what)
            given: tuple[Any, ...] = match.groups()
            await direction(stage, *given)
            return
    raise ValueError(what)
