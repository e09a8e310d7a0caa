"""``sobremesa transcripts``: every journey, written down."""

from __future__ import annotations

from typing import Annotated

import typer


def transcripts(
    language: Annotated[str | None, typer.Option(help="Only the journeys of this language, such as es.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a transcript differs.")] = False,
) -> None:
    """Write every journey to docs/transcripts, as a parent sees it (for who works on the bot)."""
    from bot.transcripts import main

    raise typer.Exit(main(language, check=check))
