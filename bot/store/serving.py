"""One process serves a SQLite database: it alone polls, sends and keeps time.

Commands may write beside it in short transactions. On PostgreSQL as many processes serve as one wants, so
there is nothing to hold.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import AlreadyServing
from bot.store import engines


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Serve this database until the block is left; raises AlreadyServing where another process does.

    The lock is a file beside the database. The system gives it back when a process dies, so one that was
    killed leaves nothing to clean up.
    """
    address = engines.address(url)
    if address.get_backend_name() != "sqlite":
        yield
        return
    # No text mode and no truncation: the file of another process must not be touched.
    with Path(f"{address.database}.serving").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyServing("another process serves this database already; stop it first") from error
        yield
