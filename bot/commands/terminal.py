"""What a command says and asks: its result on stdout, everything else on stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bot.errors import Refusal

if TYPE_CHECKING:
    from rich.console import Console

# Marks without a width, and the letters in invisible ink that follow a flag; the joiner U+200D makes families of emoji.
UNSEEN = re.compile("[\u00ad\u180e\u200b\u200c\u2060-\u2064\ufeff\U000e0000-\U000e007f]")

WIDE = 10_000
"""The width of a file or pipe, where nothing is wrapped."""


def say(text: str) -> None:
    """A message to the person at the keyboard, on stderr."""
    _write(text, console(stderr=True))


def tell(text: str) -> None:
    """A part of the result, on stdout."""
    _write(text, console())


def _write(text: str, to: Console) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for line in safe(text).split("\n"):
        said = line.lstrip(" ")
        # Not as markup: a family may well write [red] or [/]. A line without words is still a line.
        to.print(Padding(Text(said), (0, 0, 0, len(line) - len(said)), expand=False) if said else "")


def console(*, stderr: bool = False) -> Console:
    """Where text is laid out; as wide as the terminal, or without an end where there is none."""
    from rich.console import Console

    place = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not place.is_terminal:
        place.width = WIDE
    return place


def safe(text: str) -> str:
    """Words of other people without what would steer a terminal; their lines stay lines, and as far in."""
    return "\n".join(map(_safe_line, text.split("\n")))


def _safe_line(line: str) -> str:
    from bot.spreadsheets import cleaned

    said = line.lstrip(" ")
    return " " * (len(line) - len(said)) + UNSEEN.sub("", cleaned(said))


def several(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 family``, ``1,204 families``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def confirm(question: str, yes: bool) -> None:
    """Return where ``yes`` was given or the person says so; else end the command, nothing changed."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refusal("Nothing was changed: nobody is here to be asked. To go ahead, add --yes.")
    if not typer.confirm(safe(question), err=True):
        say("Nothing was changed.")
        raise typer.Exit(1)


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where that is a terminal, moved by calls with (done, of how many: 0 where nobody knows)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    place = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=place, transient=True, disable=not place.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)
