"""``sobremesa staff``: the people of the school."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import actor, desk, run, voice
from bot.commands.options import AsFormat, OfSchool
from bot.commands.terminal import say, several, tell

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.records import StaffMember

commands = typer.Typer(help="The people of the school.", no_args_is_help=True)

HERE_IN_TABLE = ("id", "name", "email", "role", "language", "phone", "telegram", "alerted")
COLUMNS = (*HERE_IN_TABLE, "here", "left")

Phone = Annotated[str | None, typer.Option(help="A mobile phone: alerts go there by SMS.")]
Alerted = Annotated[
    bool | None,
    typer.Option("--alerted/--not-alerted", help="Whether this is an adult who is alerted when a family is in danger."),
]


class Role(StrEnum):
    """What a person of the school may do."""

    ADMIN = "admin"
    EDITOR = "editor"
    HELPER = "helper"


@commands.command()
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str, typer.Option(help="The name that families read under answers, such as “Sra. Ortiz”.")],
    role: Annotated[Role, typer.Option(help="What this person may do.")] = Role.HELPER,
    language: Annotated[
        str | None, typer.Option(help="The language that this person reads best, such as es; en, if not said.")
    ] = None,
    phone: Phone = None,
    alerted: Alerted = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Add a person of the school, or take one back who left."""
    from bot.records import StaffMember

    new = StaffMember(0, 0, name, email, role.value, language or "", phone=phone, alerted=bool(alerted))
    show_one(run(_add(new, school)), form)


@commands.command("set")
def set_(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str | None, typer.Option(help="The name that families read under answers.")] = None,
    role: Annotated[Role | None, typer.Option(help="What this person may do.")] = None,
    language: Annotated[str | None, typer.Option(help="The language that this person reads best, such as es.")] = None,
    phone: Annotated[str | None, typer.Option(help='A mobile phone: alerts go there by SMS. "" takes it away.')] = None,
    alerted: Alerted = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Change what is known of a person of the school."""
    given = {"name": name, "role": role and role.value, "language": language, "phone": phone, "alerted": alerted}
    show_one(run(_set(email, {key: value for key, value in given.items() if value is not None}, school)), form)


@commands.command()
def leave(
    email: Annotated[str, typer.Argument(metavar="EMAIL")], school: OfSchool = None, form: AsFormat = Format.TABLE
) -> None:
    """Somebody leaves the school: their chat, their links and alerts end, and others take their requests."""
    row, requests, unguarded, timezone = run(_leave(email, school))
    show_one(row, form, timezone=timezone)
    say(f"{row['name']} has left the school. To bring them back: sobremesa staff add {row['email']} --name …")
    if requests:
        say(f"{several(requests, 'request has', 'requests have')} nobody now; see: sobremesa requests list")
    if unguarded:
        say("No adult is named any more for a family in danger: sobremesa staff set EMAIL --phone +1… --alerted")


@commands.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those who left too.")] = False,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """List everyone of the school."""
    rows, timezone = run(_list(every, school))
    columns = COLUMNS if every or form is not Format.TABLE else HERE_IN_TABLE
    show(columns, rows, form, nothing="Nobody belongs to this school yet.", timezone=timezone)


@commands.command()
def link(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    bot: Annotated[
        str | None,
        typer.Option("--bot", metavar="NAME", help="The bot's name at Telegram. Without one Telegram is asked for it."),
    ] = None,
    school: OfSchool = None,
) -> None:
    """Link this person's Telegram chat: whoever opens the link first, within 15 minutes, works from there."""
    url = run(_link(email, bot, school))
    tell(url)
    say("Open it, or scan this with the phone, within 15 minutes. It works once.")
    _draw(url)


@commands.command()
def unlink(email: Annotated[str, typer.Argument(metavar="EMAIL")], school: OfSchool = None) -> None:
    """Unlink this person's Telegram chat; it is told so."""
    run(_unlink(email, school))
    say("The chat is not linked any more.")


async def _link(email: str, bot: str | None, school: str | None) -> str:
    from bot import links, staff
    from bot.app import clock
    from bot.commands.links import bot_name

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            member = await staff.acting(db, at.school, email)
            return links.url(name, await links.for_staff(db, member, clock(), actor()))


async def _unlink(email: str, school: str | None) -> None:
    from bot import staff
    from bot.app import clock
    from bot.desk.linking import unlink

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, email)
        await unlink(db, voice(at), member, clock(), actor())


def _draw(url: str) -> None:
    """The QR code in the terminal, among the messages, so that a pipe gets the link alone."""
    import segno

    segno.make(url, micro=False).terminal(out=sys.stderr, border=2, compact=True)


async def _add(new: StaffMember, school: str | None) -> Row:
    from bot import staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        spoken = new.language or staff.usual_language(at.school.languages)
        return _row(await staff.add(db, at.school, replace(new, language=spoken), clock(), actor()))


async def _set(email: str, changed: dict[str, Any], school: str | None) -> Row:
    from bot import staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, email)
        return _row(await staff.change(db, at.school, member, changed, clock(), actor()))


async def _leave(email: str, school: str | None) -> tuple[Row, int, bool, ZoneInfo]:
    from bot import staff
    from bot.app import clock
    from bot.desk.leaving import leave

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, email)
        left, requests = await leave(db, voice(at), member, clock(), actor())
        named = any(one.alerted for one in await staff.present(db, at.school.id))
    return _row(left), len(requests), member.alerted and not named, at.school.timezone


async def _list(every: bool, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot.store import staff

    async with desk(school) as at, at.database.read() as db:
        found = await staff.of_school(db, at.school.id)
        return [_row(member) for member in found if every or member.left_at is None], at.school.timezone


def _row(member: StaffMember) -> Row:
    return {
        "id": member.id,
        "name": member.name,
        "email": member.email,
        "role": member.role,
        "language": member.language,
        "phone": member.phone,
        "telegram": member.telegram_chat is not None,
        "alerted": member.alerted,
        "here": member.left_at is None,
        "left": member.left_at,
    }
