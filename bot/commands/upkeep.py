"""``sobremesa backup`` and ``purge``: a copy of everything, and forgetting what is old."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show
from bot.commands.opening import check_ready, location, run, settings
from bot.commands.options import AsFormat, Yes
from bot.commands.terminal import confirm, progress, say
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.settings import Settings

KINDS = {
    "texts": "what families and the school wrote",
    "conversations": "answers to a flow, such as an invitation",
    "requests": "calls for a person, with their notes",
    "food": "allergies and wishes",
    "answers": "invitations, RSVPs, who was there",
    "pulses": "who was asked how they were received",
    "audit": "who did what",
    "traces": "timers, links and keys that are done with",
}


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Copy the database to a file, while it is being used."""
    from bot.store import backup

    url = settings().database_url
    check_ready(url)
    if file.is_dir():
        raise Refusal(f"{file} is a folder; name a file in it")
    if file.exists() and not force:
        raise Refusal(f"{file} is there already; --force writes over it")
    with progress("Copying") as move:
        backup.backup(url, file, move)
    say(f"{location(url)} is copied to {file} ({file.stat().st_size:,} bytes).")
    say("Whoever has that file can read all that families wrote.")


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
    yes: Yes = False,
    form: AsFormat = Format.TABLE,
) -> None:
    """Forget what is older than SOBREMESA_KEEP allows: texts, answers, requests, each after its time."""
    given = settings()
    check_ready(given.database_url)
    found = run(_look(given))
    if not dry_run and any(found.values()):
        confirm("Forget it? A backup is the only way back.", yes)
        found = run(_purge(given))
    word = "would_be_forgotten" if dry_run else "forgotten"
    rows: list[Row] = [
        {"kind": kind, "days": given.kept_for[kind], word: found.get(kind, 0), "what": what}
        for kind, what in KINDS.items()
    ]
    show(("kind", "days", word, "what"), rows, form)


async def _look(given: Settings) -> dict[str, int]:
    from bot import retention
    from bot.app import clock
    from bot.store.database import Database

    database = Database.open(given.database_url)
    try:
        return await retention.too_old(database, given.kept_for, clock())
    finally:
        await database.close()


async def _purge(given: Settings) -> dict[str, int]:
    from bot import retention
    from bot.app import clock
    from bot.store.database import Database

    database = Database.open(given.database_url)
    try:
        with progress("Forgetting") as move:
            return dict(await retention.purge(database, given.kept_for, clock(), lambda _kind, done: move(done, 0)))
    finally:
        await database.close()
