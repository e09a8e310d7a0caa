"""A copy of the whole database, made while it is being used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import which

from sqlalchemy import URL

from bot.errors import Refusal
from bot.store import engines

PAGES = 2_000
"""How many pages are copied between two looks at the progress."""

BESIDE = ("", "-wal", "-shm", "-journal", ".serving")
"""What SQLite and whoever serves keep beside a database, by the end of its name."""


def backup(url: str, file: Path, progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Write a copy of the database to ``file``, which then holds one moment of it. Raises Refusal.

    SQLite: another SQLite file, usable as it is. PostgreSQL: what pg_restore reads. The file appears when it is whole,
    readable by its owner only. ``progress`` hears how many pages are copied, of how many.
    """
    address = engines.address(url)
    if address.get_backend_name() == "sqlite":
        _check_apart(Path(address.database or ""), file)
    part = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        if address.get_backend_name() == "sqlite":
            _copy(Path(address.database or ""), part, progress)
        else:
            _dump(address, part)
        part.replace(file)
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {(error.strerror or 'the disk refuses').lower()}") from error
    finally:
        part.unlink(missing_ok=True)


def _check_apart(database: Path, file: Path) -> None:
    """Raises Refusal for the database itself: a server would go on with the file that is gone, and lose what comes."""
    own = [database.with_name(database.name + end) for end in BESIDE]
    if any(
        file.resolve() == each.resolve() or (file.exists() and each.exists() and file.samefile(each)) for each in own
    ):
        raise Refusal(f"{file} is the database itself, which is in use; name another file")


def _copy(database: Path, part: Path, progress: Callable[[int, int], None]) -> None:
    if not database.exists():
        raise Refusal(f"There is no database at {database}")

    def copied(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total)

    try:
        from_where = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(from_where, uri=True)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target, pages=PAGES, progress=copied)
            # The copy is one file: what the original keeps beside itself is in it.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Refusal(f"The database could not be copied: {error}") from error


def _dump(address: URL, part: Path) -> None:
    program = which("pg_dump")
    if program is None:
        raise Refusal(
            "A copy of PostgreSQL is made by pg_dump, which is not here; install PostgreSQL's client programs"
        )
    # The password travels in the environment, where no list of processes shows it.
    environment = {"PGPASSWORD": str(address.password or "")}
    options = {("sslmode" if name == "ssl" else name): value for name, value in address.query.items()}
    bare = address.set(drivername="postgresql", password=None, query=options).render_as_string()
    command = [program, "--format=custom", "--no-password", f"--file={part}", bare]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Refusal(f"pg_dump failed: {said[-1].removeprefix('pg_dump: ').removeprefix('error: ')}")
