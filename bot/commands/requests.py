"""``sobremesa requests``: families that asked for a person of the school."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import request_rows
from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import desk, run, voice
from bot.commands.options import As, AsFormat, OfSchool
from bot.commands.terminal import say, several, tell

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


commands = typer.Typer(help="Families that asked for a person of the school.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="REQUEST", help="Its number, as `requests list` shows it.")]


@commands.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """List the open requests: urgent ones first, then what waits longest."""
    rows, timezone = run(_list(every, school))
    columns: tuple[str, ...] = request_rows.COLUMNS
    if form is Format.TABLE:
        columns = request_rows.ALL_IN_TABLE if every else request_rows.OPEN_IN_TABLE
        rows = [request_rows.in_table(row) for row in rows]
    show(columns, rows, form, nothing="Nobody waits for an answer.", timezone=timezone)


@commands.command("show")
def show_(request: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show what a family and the school wrote to each other, and the notes of the staff."""
    row, thread, notes, timezone = run(_show(request, school))
    if form is Format.JSON:
        show_one({**row, "messages": thread, "notes": notes}, form, timezone=timezone)
        return
    if form is Format.TABLE:
        show_one(row, form, timezone=timezone)
        tell("")
    show(request_rows.MESSAGE, thread, form, nothing="Nothing was written.", timezone=timezone)
    if notes and form is Format.TABLE:
        tell("")
        show(request_rows.NOTE, notes, form, timezone=timezone)


@commands.command()
def claim(request: Id, me: As = None, school: OfSchool = None) -> None:
    """Take a request: you answer it from now on."""
    run(_claim(request, me, school))


@commands.command()
def assign(
    request: Id,
    to: Annotated[str, typer.Argument(metavar="EMAIL", help="Who answers it from now on.")],
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Hand a request over to somebody else of the school."""
    run(_assign(request, to, me, school))


@commands.command()
def note(
    request: Id,
    text: Annotated[str | None, typer.Argument(help="The note. Without one it is read from standard input.")] = None,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Write a note for the staff; no family reads it."""
    run(_note(request, text if text is not None else _typed("note"), me, school))


@commands.command()
def reply(
    request: Id,
    text: Annotated[str | None, typer.Argument(help="The answer. Without one it is read from standard input.")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also in a language that the family does not read.")] = False,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Answer a family, in its thread, under your name."""
    run(_reply(request, text if text is not None else _typed("answer"), anyway, me, school))


@commands.command()
def ask(request: Id, me: As = None, school: OfSchool = None) -> None:
    """Ask the family whether it is settled: its yes closes the request, or a week of silence."""
    run(_close(request, False, me, school))


@commands.command()
def close(
    request: Id,
    now: Annotated[
        bool, typer.Option("--now", help="Without asking, where there is nothing to ask or nobody to be asked.")
    ] = False,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """End a request: the family is asked whether it is settled. What needs no question is closed, as is who stopped."""
    run(_close(request, now, me, school))


@commands.command()
def media(
    request: Id,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="DIR", file_okay=False, help="Fetch them into this folder.")
    ] = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """List the photos and voice notes that came with a request, and fetch them."""
    rows, timezone = run(_media(request, save, school))
    show(request_rows.PICTURE, rows, form, nothing="No photo or voice note came with it.", timezone=timezone)


def _typed(what: str) -> str:
    if sys.stdin.isatty():
        say(f"Write the {what}; end with Ctrl-D on a line of its own.")
    return sys.stdin.read()


async def _list(every: bool, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import help_desk
    from bot.app import clock

    async with desk(school) as at, at.database.read() as db:
        calls = await help_desk.calls(db, at.school, closed=every)
        return [request_rows.row(call, clock()) for call in calls], at.school.timezone


async def _show(request: int, school: str | None) -> tuple[Row, list[Row], list[Row], ZoneInfo]:
    from bot import help_desk
    from bot.app import clock
    from bot.store import staff

    async with desk(school) as at, at.database.read() as db:
        call = await help_desk.find(db, at.school, request)
        names = {member.id: member.name for member in await staff.of_school(db, at.school.id)}
        notes = [request_rows.note(one, names) for one in await help_desk.notes(db, call)]
        thread = [request_rows.line(message, call) for message in await help_desk.thread(db, call)]
        return request_rows.details(call, clock()), thread, notes, at.school.timezone


async def _claim(request: int, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        await help_desk.claim(db, at.school, request, member, clock())
    say(f"Request {request} is yours, {member.name}.")


async def _assign(request: int, to: str, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member, other = await staff.acting(db, at.school, me), await staff.acting(db, at.school, to)
        await help_desk.hand_over(db, voice(at), request, member, other, clock())
    say(f"{other.name} has request {request} now.")


async def _note(request: int, text: str, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        await help_desk.note(db, at.school, request, member, text, clock())
    say("The note is kept; no family reads it.")


async def _reply(request: int, text: str, anyway: bool, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock
    from bot.channels.segments import count, fold_for_sms

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        message = await help_desk.reply(db, voice(at), request, text, member, clock(), anyway=anyway)
    cost = f" ({several(count(fold_for_sms(message.body)).segments, 'segment')})" if message.channel == "sms" else ""
    say(f"Queued under the name {member.name}{cost}. It goes out while `sobremesa run` serves.")


async def _close(request: int, now: bool, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        asked = await help_desk.close(db, voice(at), request, member, clock(), at_once=now)
        call = await help_desk.find(db, at.school, request)
    if asked is None:
        say(f"Request {request} is closed.{request_rows.why_not_asked(call)}")
        return
    when = "now" if asked <= clock() else f"{asked.astimezone(at.school.timezone):on %Y-%m-%d at %H:%M}"
    say(f"The family is asked {when} whether it is settled. Its yes closes request {request}, or a week of silence.")


async def _media(request: int, folder: Path | None, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import help_desk

    async with desk(school) as at:
        async with at.database.read() as db:
            found = await help_desk.pictures(db, await help_desk.find(db, at.school, request))
        saved: dict[int, str] = {}
        if folder is not None:
            from bot.commands.fetching import fetch

            saved = await fetch(at.settings, found, folder)
        return [request_rows.picture(one, saved.get(one.number)) for one in found], at.school.timezone
