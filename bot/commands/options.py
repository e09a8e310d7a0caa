"""Options that several commands share, so that they are named and explained alike."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.listing import Format

AsFormat = Annotated[Format, typer.Option("--format", help="How the result is written.")]
EventId = Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `events list` shows it.")]
OfSchool = Annotated[
    str | None, typer.Option("--school", metavar="NAME", help="Which school, where there are several.")
]
As = Annotated[
    str | None, typer.Option("--as", metavar="EMAIL", help="Who of the school you are, where there are several.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Go ahead without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")]


def by_language(given: list[str], option: str, *, lines: bool = False) -> dict[str, str]:
    """Texts given as ``es=Cena de familias``, by language; their ``lines`` are kept where they are wanted.

    A usage error where there is no language or no text.
    """
    found: dict[str, str] = {}
    for one in given:
        language, equals, text = one.partition("=")
        language, text = language.strip(), text.strip() if lines else " ".join(text.split())
        if not (equals and language and text):
            raise typer.BadParameter(f'{option} is a language and its text, like {option} en="Family dinner".')
        if language in found:
            raise typer.BadParameter(f"{option} is given twice for {language}.")
        found[language] = text
    return found
