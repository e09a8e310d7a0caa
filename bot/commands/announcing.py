"""What the commands of ``sobremesa announce`` are given: who acts, whom a text is for, and the texts."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import by_language
from bot.commands.terminal import say
from bot.errors import Refusal

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.announcements import Audience
    from bot.commands.opening import Desk
    from bot.records import StaffMember

Id = Annotated[int, typer.Argument(metavar="ANNOUNCEMENT", help="Its number, as `announce list` shows it.")]
Language = Annotated[str, typer.Argument(metavar="LANGUAGE", help="Such as es.")]
Texts = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="LANGUAGE=TEXT", help="Once for each language; without any they are typed."),
]

FOR_WHOM = (
    "all; invited:EVENT, unanswered:EVENT or coming:EVENT; role:parent; answered:PULSE; "
    "list:FILE, with a phone number a line."
)
ABOUT = ("invited", "unanswered", "coming", "answered")
KINDS = ("all", *ABOUT, "role", "list")
LANGUAGE_FIRST = re.compile(r"\s*([a-z]{2,3}(?:[_-][A-Za-z]{2,4})?)\s*=(.*)")


async def acting(db: AsyncConnection, at: Desk, me: str | None) -> StaffMember:
    """The person of the school at the keyboard, who may announce. Raises Refusal."""
    from bot import staff

    member = await staff.acting(db, at.school, me)
    staff.check(member, "announce")
    return member


# Whom it is for


async def audience(db: AsyncConnection, at: Desk, to: str, only: str | None) -> Audience:
    """The audience as it was typed: ``all``, ``invited:12``, ``list:parents.txt``. Raises Refusal."""
    from bot.announcements import Audience, audiences

    kind, _colon, what = (part.strip() for part in to.partition(":"))
    if kind not in KINDS:
        raise Refusal(f"“{kind}” is nobody that can be written to. Write one of: {FOR_WHOM}")
    if kind == "all" and what:
        raise Refusal("“all” takes nothing after the colon.")
    if kind == "list":
        return await audiences.listed(db, at.school, _entries(what), only)
    if kind == "role":
        return Audience(kind, role=what, language=only)
    return Audience(kind, _number(kind, what) if kind in ABOUT else 0, language=only)


def _number(kind: str, what: str) -> int:
    if not (what.isascii() and what.isdigit()):
        raise Refusal(f"Which one? Write its number, like {kind}:12.")
    return int(what)


def _entries(name: str) -> list[str]:
    """The lines of a list."""
    if not name:
        raise Refusal("Which file? Write its name, like list:parents.txt.")
    try:
        return _bytes(Path(name)).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Refusal(f"{name}: a list is plain text in UTF-8, with a phone number a line.") from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refusal(f"{file}: {(error.strerror or 'it cannot be read').lower()}.") from error


# Texts


def texts_given(given: list[str] | None) -> dict[str, str]:
    """The texts of ``--text``, else of standard input, by language. Raises Refusal."""
    if given:
        return by_language(given, "--text", lines=True)
    if sys.stdin.isatty():
        say("Write each text after its language, like en=No school on Friday. End with Ctrl-D on a line of its own.")
    return texts_typed(sys.stdin.read())


def texts_typed(written: str) -> dict[str, str]:
    """Texts led by their language, ``es=…``; a line without one goes on with the text above. Raises Refusal."""
    found: dict[str, str] = {}
    language = ""
    for line in written.splitlines():
        if led := LANGUAGE_FIRST.fullmatch(line):
            language = led[1]
            _check_once(language, found)
            found[language] = led[2]
        elif language:
            found[language] += f"\n{line}"
        elif line.strip():
            raise Refusal("A text begins with its language, like en=No school on Friday.")
    if not found:
        raise Refusal('There is no text. Give one: --text en="No school on Friday".')
    return {language: text.strip() for language, text in found.items()}


def texts_of(file: Path) -> dict[str, str]:
    """The texts of a sheet with the columns language and text, their lines kept. Raises Refusal."""
    from bot import spreadsheets

    header, *lines = spreadsheets.read(_bytes(file), multiline=True) or [spreadsheets.Line(1, ())]
    names = [cell.casefold() for cell in header.cells]
    if not {"language", "text"} <= set(names):
        raise Refusal(f"{file}: the first line names two columns, language and text.")
    found: dict[str, str] = {}
    for line in lines:
        cells = dict(zip(names, line.cells, strict=False))
        language, text = cells.get("language", ""), cells.get("text", "")
        if not (language and text):
            raise Refusal(f"{file}, line {line.number}: a language and its text belong here.")
        _check_once(language, found)
        found[language] = spreadsheets.from_text(text)
    if not found:
        raise Refusal(f"{file}: there is no text below the first line.")
    return found


def _check_once(language: str, found: dict[str, str]) -> None:
    if language in found:
        raise Refusal(f"There are two texts in {language}.")
