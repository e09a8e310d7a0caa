"""``sobremesa families``: sheets of families in and out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from bot.commands.listing import Format, show
from bot.commands.opening import actor, desk, run
from bot.commands.options import DryRun, OfSchool, Yes
from bot.commands.terminal import confirm, progress, say, several, tell
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.families import Cells, Person, Plan, Remark, Sheet

commands = typer.Typer(help="The families: import and export their sheet.", no_args_is_help=True)


@commands.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, readable=True, help="As Excel saves it.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Bring a sheet of families in; shows first what would change.

    One person a line. The first line names the columns: household, name, phone, language, role, permission.
    """
    run(_import(file.name, file.read_bytes(), dry_run, yes, school))


@commands.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", help="A new file, as Excel opens it; else standard output.")
    ] = None,
    school: OfSchool = None,
    form: Annotated[Format, typer.Option("--format", help="How the sheet is written.")] = Format.CSV,
) -> None:
    """Write all families as a sheet, which can be imported again."""
    if output is not None and form is not Format.CSV:
        raise typer.BadParameter("--output writes CSV; leave --format out.")
    people = run(_everyone(school))
    if output is None:
        _show(people, form)
        return
    from bot.families import as_csv

    with _private(output) as file:
        file.writelines(as_csv(people))
    say(f"{output}: {several(len(people), 'person', 'people')}. It holds names and numbers; keep it safe.")


async def _import(name: str, data: bytes, dry_run: bool, yes: bool, school: str | None) -> None:
    from bot import families
    from bot.app import clock

    async with desk(school) as at:
        sheet = families.read(data)
        with progress("Comparing"):
            async with at.database.read() as db:
                plan = await families.plan(db, at.school, sheet, clock())
        for line in preview(name, sheet, plan):
            tell(line)
        if plan.problems:
            raise Refusal("Nothing was imported. Mend these lines and import the file again.")
        if not plan.changes_anything:
            say("Everything is known already; there is nothing to do.")
            return
        if dry_run:
            say("Nothing was imported: this was --dry-run.")
            return
        confirm("Import this?", yes)
        with progress("Importing"):
            async with at.database.write() as db:
                done = await families.apply(db, at.school, sheet, clock(), actor())
    say(f"Imported into {at.school.name}: {_in_numbers(done)}.")


async def _everyone(school: str | None) -> list[Cells]:
    from bot import families

    people: list[Cells] = []
    async with desk(school) as at, at.database.read() as db:
        with progress("Reading") as moved:
            async for person in families.export(db, at.school):
                people.append(person)
                moved(len(people), 0)
    return people


def preview(name: str, sheet: Sheet, plan: Plan) -> Iterator[str]:
    """What an import would do, line by line."""
    yield f"{name}: {several(len(sheet.rows), 'person', 'people')} read; columns {', '.join(sheet.columns)}."
    if sheet.unused:
        yield f"Left aside, as nothing is known of them: {', '.join(sheet.unused)}."
    if plan.problems:
        yield from _remarks("Problems", plan.problems)
    else:
        yield f"To do: {_in_numbers(plan)}."
        yield from _changes(plan)
    if plan.notes:
        yield from _remarks("Notes (these do not stop the import)", plan.notes)


def _in_numbers(plan: Plan) -> str:
    counts = plan.counts
    parts = (
        (counts.new_households, several(counts.new_households, "new household")),
        (counts.renamed_households, f"{several(counts.renamed_households, 'household')} renamed"),
        (counts.new_contacts, several(counts.new_contacts, "new person", "new people")),
        (counts.changed_contacts, f"{several(counts.changed_contacts, 'person', 'people')} changed"),
        (counts.moved_contacts, f"{counts.moved_contacts:,} of them to another household"),
        (counts.unchanged_contacts, f"{counts.unchanged_contacts:,} unchanged"),
    )
    return ", ".join(words for count, words in parts if count) or "nothing"


def _changes(plan: Plan) -> Iterator[str]:
    known = [person for person in plan.people if person.before and person.changes]
    if known or plan.renamed_households:
        yield "Changes:"
    for before, after in plan.renamed_households:
        yield f"  household {_shown(before.name)} → {_shown(after.name)}"
    for person in known:
        yield f"  line {person.line}, {person.after.name or 'no name'}: {_differences(person)}"


def _differences(person: Person) -> str:
    return ", ".join(f"{change.column} {_shown(change.old)} → {_shown(change.new)}" for change in person.changes)


def _shown(value: str | None) -> str:
    return value or "(none)"


def _remarks(title: str, remarks: Sequence[Remark]) -> Iterator[str]:
    yield f"{title}:"
    for remark in remarks:
        yield f"  line {remark.line}{f', {remark.column}' if remark.column else ''}: {remark.sentence}"


def _show(people: Sequence[Cells], form: Format) -> None:
    from bot.families import COLUMNS, as_csv

    if form is Format.CSV:
        sys.stdout.writelines(as_csv(people))
    else:
        rows = [dict(zip(COLUMNS, person, strict=True)) for person in people]
        show(COLUMNS, rows, form, nothing="There are no families yet.")


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """A new file that only its owner may read. Raises Refusal where there is one already."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refusal(f"{path} exists already, and is left as it is; choose another name.") from error
    # Excel takes a file without this mark for one in the Windows encoding.
    with open(number, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - it is open already
        yield file
