"""``sobremesa requests``: families that asked for a person of the school."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import desk, run
from bot.commands.options import AsFormat, OfSchool
from bot.commands.terminal import say, several, tell

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.help_desk import Call
    from bot.records import LoggedMessage

commands = typer.Typer(help="Families that asked for a person of the school.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="REQUEST", help="Its number, as `requests list` shows it.")]
As = Annotated[
    str | None, typer.Option("--as", metavar="EMAIL", help="Who of the school you are, where there are several.")
]

COLUMNS = ("id", "urgent", "since", "waiting", "family", "language", "reason", "answered", "closed")
OPEN_IN_TABLE = ("id", "urgent", "waiting", "family", "language", "reason", "answered")
ALL_IN_TABLE = ("id", "urgent", "since", "family", "reason", "closed")
MESSAGE = ("at", "who", "text", "state")
REASONS = {
    "help": "asks for a person",
    "danger": "words of danger",
    "unclear": "was not understood",
    "failure": "our mistake: answer by hand",
    "media": "a photo or voice note",
    "wrong-number": "wrong number",
}


@commands.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """List the open requests: urgent ones first, then what waits longest."""
    rows, timezone = run(_list(every, school))
    in_table = ALL_IN_TABLE if every else OPEN_IN_TABLE
    columns = in_table if form is Format.TABLE else COLUMNS
    show(columns, rows, form, nothing="Nobody waits for an answer.", timezone=timezone)


@commands.command("show")
def show_(request: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show what a family and the school wrote to each other."""
    row, thread, timezone = run(_show(request, school))
    if form is Format.JSON:
        show_one({**row, "messages": thread}, form, timezone=timezone)
        return
    if form is Format.TABLE:
        show_one(row, form, timezone=timezone)
        tell("")
    show(MESSAGE, thread, form, nothing="Nothing was written.", timezone=timezone)


@commands.command()
def reply(
    request: Id,
    text: Annotated[str | None, typer.Argument(help="The answer. Without one it is read from standard input.")] = None,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Answer a family, in its thread, under your name."""
    run(_reply(request, text if text is not None else _typed(), me, school))


@commands.command()
def close(request: Id, me: As = None, school: OfSchool = None) -> None:
    """Close a request that is settled."""
    run(_close(request, me, school))


def _typed() -> str:
    if sys.stdin.isatty():
        say("Write the answer; end with Ctrl-D on a line of its own.")
    return sys.stdin.read()


async def _list(every: bool, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import help_desk
    from bot.app import clock

    async with desk(school) as at, at.database.read() as db:
        calls = await help_desk.calls(db, at.school, closed=every)
        return [_row(call, clock()) for call in calls], at.school.timezone


async def _show(request: int, school: str | None) -> tuple[Row, list[Row], ZoneInfo]:
    from bot import help_desk
    from bot.app import clock

    async with desk(school) as at, at.database.read() as db:
        call = await help_desk.find(db, at.school, request)
        thread = await help_desk.thread(db, call)
        details = {"name": call.contact.name, "address": call.contact.address, "role": call.contact.role}
        return {**_row(call, clock()), **details}, [*map(_line, thread)], at.school.timezone


async def _reply(request: int, text: str, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock
    from bot.channels.segments import count, fold_for_sms

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        message = await help_desk.reply(db, at.school, request, text, member, clock())
    cost = f" ({several(count(fold_for_sms(message.body)).segments, 'segment')})" if message.channel == "sms" else ""
    say(f"Queued under the name {member.name}{cost}. It goes out while `sobremesa run` serves.")


async def _close(request: int, me: str | None, school: str | None) -> None:
    from bot import help_desk, staff
    from bot.app import clock
    from bot.language.catalogs import Catalogs
    from bot.voice import Voice

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        voice = Voice(Catalogs.load(at.school.languages), at.school)
        resumed = await help_desk.close(db, voice, request, member, clock())
    say(f"Request {request} is closed." + (" The invitation that waited is asked again." if resumed else ""))


def _row(call: Call, now: datetime) -> Row:
    request = call.request
    household = call.household.name if call.household else None
    return {
        "id": request.id,
        "urgent": request.urgent,
        "since": request.opened_at,
        "waiting": None if request.closed_at else _waiting(request.last_staff_at or request.opened_at, now),
        "family": household or call.contact.name,
        "language": call.contact.language,
        "reason": REASONS.get(request.reason, request.reason),
        "answered": request.last_staff_at,
        "closed": request.closed_at,
    }


def _waiting(since: datetime, now: datetime) -> str:
    """How long, in the largest unit that says enough: ``25 min``, ``3 h``, ``4 days``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def _line(message: LoggedMessage) -> Row:
    pictures = "".join(f" [{media.content_type}]" for media in message.media)
    return {
        "at": message.created_at,
        "who": "school" if message.outgoing else "family",
        "text": (message.body + pictures).strip(),
        "state": message.state.value if message.state else None,
    }
