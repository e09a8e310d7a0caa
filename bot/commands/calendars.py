"""``sobremesa events calendar``: events as a file for calendars."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import desk, run
from bot.commands.options import OfSchool
from bot.commands.terminal import say
from bot.errors import Refusal

if TYPE_CHECKING:
    from flows.facts import School


def calendar(
    event: Annotated[str | None, typer.Argument(metavar="EVENT", help="Its number; none with --all.")] = None,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Like dinner.ics; without it, to stdout.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All events that are coming up, cancelled ones as such.")
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="One of the school's languages; the first one unless you say.")
    ] = None,
    school: OfSchool = None,
) -> None:
    """Write an event, or all that come up, as a calendar file (.ics)."""
    if every and event is not None:
        if file is not None:
            raise typer.BadParameter("Give an event or --all, not both.")
        file, event = Path(event), None
    if not every and event is None:
        raise typer.BadParameter("Give the number of an event, or --all.")
    if event is not None and not event.isdecimal():
        raise typer.BadParameter(f"“{event}” is not the number of an event.")
    _put(run(_calendar(None if event is None else int(event), language, school)), file)


async def _calendar(event_id: int | None, language: str | None, school: str | None) -> bytes:
    from bot import events
    from bot.app import clock
    from bot.events import calendar
    from bot.store import events as stored

    async with desk(school) as at, at.database.read() as db:
        now = clock()
        spoken = _language(at.school, language)
        if event_id is not None:
            chosen = [await events.find(db, at.school, event_id)]
        else:
            chosen = await stored.coming_up(db, [at.school.id], now)
        return await calendar.calendar(db, at.school, chosen, spoken, now)


def _language(school: School, wanted: str | None) -> str:
    if wanted is not None and wanted not in school.languages:
        raise Refusal(f"{school.name} does not write in {wanted}; its languages are {', '.join(school.languages)}.")
    return wanted or school.languages[0]


def _put(written: bytes, file: Path | None) -> None:
    if file is None:
        sys.stdout.buffer.write(written)
        return
    try:
        file.write_bytes(written)
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {error.strerror}.") from error
    say(f"Written: {file}")
