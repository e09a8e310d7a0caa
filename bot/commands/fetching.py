"""Photos and voice notes of families, fetched from their providers into a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import NotFetched, Refusal

if TYPE_CHECKING:
    from bot.channels.base import File, Files
    from bot.help_desk import Picture
    from bot.settings import Settings


async def fetch(given: Settings, pictures: Sequence[Picture], folder: Path) -> dict[int, str]:
    """The files that were written, by the number of the picture; one that is there already is left as it is.

    Raises Refusal where nothing could be had; of several, what could be had is kept.
    """
    _make(folder)
    sources = _sources(given)
    saved, missing = {}, []
    try:
        for one in [one for one in pictures if one.place is None]:
            try:
                saved[one.number] = str(await _save(one, sources, folder))
            except NotFetched as error:
                missing.append(f"{one.number}: {error}.")
    finally:
        for source in sources.values():
            await source.close()
    if missing:
        raise Refusal("\n".join(["Not everything could be fetched.", *missing]))
    return saved


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sources(given: Settings) -> Mapping[str, Files]:
    """Where the media of each kind of address are kept, by its prefix."""
    from bot.channels.telegram_media import TelegramMedia
    from bot.channels.twilio_media import TwilioMedia

    found: dict[str, Files] = {}
    if (twilio := given.twilio) is not None:
        account = TwilioMedia(
            account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.api_base_url
        )
        found |= dict.fromkeys(("sms", "whatsapp"), account)
    if (telegram := given.telegram) is not None:
        found["telegram"] = TelegramMedia(bot_token=telegram.bot_token, api_base_url=telegram.api_base_url)
    return found


async def _save(one: Picture, sources: Mapping[str, Files], folder: Path) -> Path:
    if one.channel not in sources:
        raise NotFetched(f"the provider of {one.channel} is not set up here")
    file = await sources[one.channel].fetch(one.media)
    path = folder / one.file_name(file.content_type)
    _write(path, file)
    return path


def _write(path: Path, file: File) -> None:
    """A file that only its owner reads. What a family sent may be private."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as opened:
        opened.write(file.content)
