"""``sobremesa schools``: the schools of this installation and their numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.listing import Format, Row, show
from bot.commands.opening import actor, database, desk, run
from bot.commands.options import AsFormat, OfSchool
from bot.commands.terminal import say

commands = typer.Typer(help="The schools of this installation and their numbers.", no_args_is_help=True)

COLUMNS = ("id", "name", "timezone", "languages", "numbers")


@commands.command("list")
def list_(form: AsFormat = Format.TABLE) -> None:
    """List the schools."""
    show(COLUMNS, run(_list()), form, nothing="There is no school here yet.")


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
        return [
            {
                "id": school.id,
                "name": school.name,
                "timezone": school.timezone.key,
                "languages": school.languages,
                "numbers": await schools.accounts_of(db, school.id),
            }
            for school in await schools.all_schools(db)
        ]


async def _add(numbers: list[str], school: str | None) -> None:
    from bot import schools
    from bot.app import clock

    addresses = [schools.address(number) for number in numbers]
    async with desk(school) as at, at.database.write() as db:
        await schools.add_numbers(db, at.school, addresses, clock(), actor())
    say(f"Families write to {at.school.name} at {', '.join(addresses)} from now on.")
