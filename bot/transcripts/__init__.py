"""Journeys, played through the real bot and written down as a parent would see them.

A journey is a script in ``docs/journeys/<language>/``: who texts what, and what time passes between::

    # An invitation, answered in one text

    (invite to dinner)
    Ana: si vamos 2 grandes y 3 niños
    (2 days later)
    Luis: actually 4 adults

``Ana`` speaks the language of the folder, ``Luis``, of her household, another one. ``Ortiz`` is the admin of the
school; whoever else opens the link for staff is a helper. Any other name is a number that the school does not know.
In brackets stands what is not a text: ``(invite to dinner)``, ``(3 days later)``, ``(Ana sends a photo)``; all of it is
in ``directions``. ``Ortiz replies: …`` answers the last message that Ortiz got, ``Ana edits: …`` changes the text
before. ``cast.toml`` beside the scripts names the school, its people, its events and its news. The transcripts are in
``docs/transcripts/``; a test fails where they are not what the bot says today.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot.errors import Refusal
from bot.language.catalogs import Catalogs
from bot.store import migrate
from bot.transcripts.directions import direct
from bot.transcripts.ending import known
from bot.transcripts.stage import Stage, opened

JOURNEYS = Path("docs/journeys")
TRANSCRIPTS = Path("docs/transcripts")


class BrokenJourney(Refusal):
    """A script that cannot be played; says the file and the line."""


async def play(stage: Stage, line: str) -> None:
    """One line of a script. Raises ValueError where it says nothing that is known here."""
    name, colon, text = line.partition(": ")
    if line.startswith("(") and line.endswith(")"):
        await direct(stage, line[1:-1])
    elif colon and name.endswith(" replies"):
        await _replies(stage, name.removesuffix(" replies"), text)
    elif colon and name.endswith(" edits"):
        await _edits(stage, name.removesuffix(" edits"), text)
    elif colon and name.isidentifier():
        stage.says(name, text)
        await stage.text(name, text)
    else:
        raise ValueError(line)
    await stage.settle()


async def _replies(stage: Stage, name: str, text: str) -> None:
    """Somebody answers the last message that they got, as Telegram lets them."""
    here = [message for message in stage.heard.get(name, ()) if message.address == stage.address(name)]
    if not here:
        raise ValueError(f"{name} got no message to reply to")
    stage.says(f"{name}, in reply", text)
    await stage.text(name, text, quoted=f"phone-{here[-1].id}")


async def _edits(stage: Stage, name: str, text: str) -> None:
    """Somebody changes the text that they sent last, as Telegram lets them."""
    stage.says(f"{name}, instead of that", text)
    await stage.text(name, text, edited=True, original=stage.sent[stage.address(name)])


def journeys(language: str) -> list[Path]:
    """The scripts in a language, by name."""
    return sorted((JOURNEYS / language).glob("*.txt"))


async def transcribe(script: Path, language: str, catalogs: Catalogs, empty: Path) -> str:
    """The transcript of one script, played on a copy of the ``empty`` database. Raises BrokenJourney."""
    title, *lines = _read(script)
    cast = tomllib.loads("\n".join(_read(JOURNEYS / language / "cast.toml")))
    async with opened(cast, language, catalogs, empty) as stage:
        for number, line in enumerate(lines, 2):
            if line.strip():
                try:
                    await play(stage, line.strip())
                except ValueError as error:
                    raise BrokenJourney(f"{script}, line {number}: {error}") from error
        ending = "\n".join(f"- {line}" for line in await known(stage))
        return "\n\n".join((title, *stage.lines, "---", "What the school knows now:", ending)) + "\n"


def _read(script: Path) -> list[str]:
    return script.read_text(encoding="utf-8").splitlines()


async def _all(language: str, catalogs: Catalogs) -> AsyncIterator[tuple[Path, str]]:
    """Every transcript of a language, with the file that it belongs in."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "school.db"
        await asyncio.to_thread(migrate.migrate, f"sqlite+aiosqlite:///{empty}")
        for script in journeys(language):
            text = await transcribe(script, language, catalogs, empty)
            yield TRANSCRIPTS / language / f"{script.stem}.md", text


def languages() -> Iterator[str]:
    """The languages that have journeys."""
    return (folder.name for folder in sorted(JOURNEYS.iterdir()) if folder.is_dir())


async def write(language: str, *, check: bool) -> list[Path]:
    """Write the transcripts of a language, or only ``check`` them; the files that differ, or did."""
    other = "en" if language != "en" else "es"
    changed, current = [], set()
    async for path, text in _all(language, Catalogs.load((language, other))):
        current.add(path)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return changed + _left_over(TRANSCRIPTS / language, current, check=check)


def _left_over(folder: Path, current: set[Path], *, check: bool) -> list[Path]:
    """Transcripts whose script is gone."""
    old = [path for path in sorted(folder.glob("*.md")) if path not in current]
    for path in old:
        if not check:
            path.unlink()
    return old


def main(language: str | None, *, check: bool) -> int:
    """Write or check the transcripts; 1 where a check found a difference."""
    if not JOURNEYS.is_dir():
        print("There are no journeys here: run this in a checkout of the project.", file=sys.stderr)  # noqa: T201
        return 1
    differ = [
        path for each in ([language] if language else languages()) for path in asyncio.run(write(each, check=check))
    ]
    for path in differ:
        print(f"{path} {'differs' if check else 'written'}", file=sys.stderr)  # noqa: T201 - for whoever runs the command
    return 1 if check and differ else 0
