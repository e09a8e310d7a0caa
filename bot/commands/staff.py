"""``sobremesa staff``: the people of the school."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import actor, desk, run
from bot.commands.options import AsFormat, OfSchool

if TYPE_CHECKING:
    from bot.records import StaffMember

commands = typer.Typer(help="The people of the school.", no_args_is_help=True)

COLUMNS = ("id", "name", "email", "role", "language", "here")


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
    language: Annotated[str, typer.Option(help="The language that this person reads best, such as es.")] = "en",
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Add a person of the school."""
    show_one(run(_add(email, name, role, language, school)), form)


@commands.command("list")
def list_(school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List everyone of the school."""
    show(COLUMNS, run(_list(school)), form, nothing="Nobody belongs to this school yet.")


async def _add(email: str, name: str, role: Role, language: str, school: str | None) -> Row:
    from bot import staff
    from bot.app import clock
    from bot.records import StaffMember

    async with desk(school) as at, at.database.write() as db:
        new = StaffMember(0, at.school.id, name, email, role.value, language)
        return _row(await staff.add(db, at.school, new, clock(), actor()))


async def _list(school: str | None) -> list[Row]:
    from bot.store import staff

    async with desk(school) as at, at.database.read() as db:
        return [_row(member) for member in await staff.of_school(db, at.school.id)]


def _row(member: StaffMember) -> Row:
    return {
        "id": member.id,
        "name": member.name,
        "email": member.email,
        "role": member.role,
        "language": member.language,
        "here": member.left_at is None,
    }
