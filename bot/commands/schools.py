"""``sobremesa schools``: the schools of this installation and their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import actor, database, desk, run
from bot.commands.options import AsFormat, OfSchool, by_language
from bot.commands.terminal import say

if TYPE_CHECKING:
    from flows.facts import School

commands = typer.Typer(help="The schools of this installation and their numbers.", no_args_is_help=True)

COLUMNS = ("id", "name", "timezone", "languages", "numbers", "office", "quiet", "weekly_cap", "contact", "hours")
IN_TABLE = ("id", "name", "timezone", "languages", "numbers", "office", "quiet")


@commands.command("list")
def list_(form: AsFormat = Format.TABLE) -> None:
    """List the schools."""
    columns = IN_TABLE if form is Format.TABLE else COLUMNS
    show(columns, run(_list()), form, nothing="There is no school here yet.")


@commands.command("show")
def show_(school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show a school: its numbers, office hours, quiet hours and cap."""
    show_one(run(_show(school)), form)


@commands.command("set")
def set_(
    office: Annotated[
        str | None, typer.Option(metavar="TIMES", help='When somebody is there: "mon-fri 8:00-15:00". "" forgets it.')
    ] = None,
    quiet: Annotated[
        str | None, typer.Option(metavar="HOURS", help="When nothing is begun: 21-8. The same twice for never.")
    ] = None,
    weekly_cap: Annotated[
        int | None,
        typer.Option(min=1, max=50, help="How many pieces of event news one person gets in a week, at most."),
    ] = None,
    contact: Annotated[str | None, typer.Option(help="How else the school is reached: a phone, an email.")] = None,
    hours: Annotated[
        list[str] | None,
        typer.Option(metavar="LANGUAGE=TEXT", help='When people answer, in words: --hours en="Monday to Friday".'),
    ] = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Change what families are told of a school, and when it writes to them."""
    from bot import schools
    from bot.schools.office import read

    changed: dict[str, Any] = {}
    if office is not None:
        changed["office"] = read(office)
    if quiet is not None:
        changed["quiet_from"], changed["quiet_to"] = schools.quiet(quiet)
    if weekly_cap is not None:
        changed["weekly_cap"] = weekly_cap
    if contact is not None:
        changed["contact"] = contact.strip()
    if hours:
        changed["hours"] = by_language(hours, "--hours")
    if not changed:
        raise typer.BadParameter("Say what to change: sobremesa schools set --help")
    show_one(run(_set(changed, school)), form)


@commands.command("add-number")
def add_number(
    number: Annotated[
        list[str], typer.Argument(metavar="NUMBER", help="Such as +15125550100 or whatsapp:+15125550100.")
    ],
    school: OfSchool = None,
) -> None:
    """Give a school a number that families write to."""
    run(_add(number, school))


async def _list() -> list[Row]:
    from bot.store import schools

    async with database() as (_, opened), opened.read() as db:
        return [_row(school, await schools.accounts_of(db, school.id)) for school in await schools.all_schools(db)]


async def _show(school: str | None) -> Row:
    from bot.store import schools

    async with desk(school) as at, at.database.read() as db:
        return _row(at.school, await schools.accounts_of(db, at.school.id))


async def _set(changed: dict[str, Any], school: str | None) -> Row:
    from bot import schools
    from bot.app import clock
    from bot.store.schools import accounts_of

    async with desk(school) as at, at.database.write() as db:
        kept = await schools.change(db, at.school, changed, clock(), actor())
        return _row(kept, await accounts_of(db, kept.id))


def _row(school: School, numbers: list[str]) -> Row:
    from bot.schools.office import in_words

    return {
        "id": school.id,
        "name": school.name,
        "timezone": school.timezone.key,
        "languages": school.languages,
        "numbers": numbers,
        "office": in_words(school.office),
        "quiet": f"{school.quiet_from}-{school.quiet_to}" if school.quiet_from != school.quiet_to else None,
        "weekly_cap": school.weekly_cap,
        "contact": school.contact or None,
        "hours": school.hours,
    }


async def _add(numbers: list[str], school: str | None) -> None:
    from bot import schools
    from bot.app import clock

    addresses = [schools.address(number) for number in numbers]
    async with desk(school) as at, at.database.write() as db:
        await schools.add_numbers(db, at.school, addresses, clock(), actor())
    say(f"Families write to {at.school.name} at {', '.join(addresses)} from now on.")
