"""The command ``sobremesa``: what each word leads to, and how a command ends.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage. It has to answer at once, so nothing heavy is imported here:
each command imports what it needs when it runs.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands import (
    announce,
    chat,
    checking,
    events,
    families,
    links,
    pulse,
    requests,
    schools,
    segments,
    serving,
    setup,
    staff,
    transcripts,
    upkeep,
)
from bot.commands.terminal import say
from bot.errors import SobremesaError, WrongSettings


class Commands(TyperGroup):
    """All commands. An error on purpose is its sentence on stderr; of any other only its kind and places are shown."""

    def invoke(self, ctx: Any) -> Any:
        """Carry out the command that was typed."""
        try:
            return super().invoke(ctx)
        except Exception as error:  # each one becomes words for the person at the keyboard
            # Wrong usage, and a reader such as `head` that has seen enough, are typer's own matter.
            if isinstance(error, typer.Exit | typer.Abort | BrokenPipeError) or hasattr(error, "exit_code"):
                raise
            say(words(error))
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    *(serving.demo, setup.init, checking.check, serving.run, setup.migrate, chat.chat),
    *(segments.segments, transcripts.transcripts, upkeep.backup, upkeep.purge),
):
    app.command()(command)
for name, group in (
    ("families", families.commands),
    ("events", events.commands),
    ("announce", announce.commands),
    ("requests", requests.commands),
    ("pulse", pulse.commands),
    ("staff", staff.commands),
    ("links", links.commands),
    ("schools", schools.commands),
):
    app.add_typer(group, name=name)


def _version(asked: bool) -> None:
    if asked:
        from bot import __version__

        sys.stdout.write(f"sobremesa {__version__}\n")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Sobremesa, the bot that families text: in their own language, answered by the school."""


def main() -> None:
    """The entrance of the command ``sobremesa``."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # In a terminal of another encoding a sign stands in the place of what it lacks, and the command goes on.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


def words(error: BaseException) -> str:
    """What a person is told of an error that ended a command."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, WrongSettings):
        return "\n".join(("The settings cannot be used:", *(f"  {problem}" for problem in error.problems)))
    if isinstance(error, SobremesaError):
        return _sentence(str(error))
    if isinstance(error, OSError) and error.strerror:
        return _sentence(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    from bot.logs import describe

    # Its own words may hold a family's.
    return f"This should not have happened, and is a mistake of ours: {describe(error)}"


def _sentence(said: str) -> str:
    # A command at the end is there to be copied, without a full stop behind it.
    ended = said if said.endswith((".", "!", "?")) or ": sobremesa " in said or "\n" in said else f"{said}."
    # Not where it begins with the name of a file or a number.
    return ended[:1].upper() + ended[1:] if ended.partition(" ")[0].isalpha() else ended
