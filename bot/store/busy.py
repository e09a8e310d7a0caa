"""Telling a database that is locked or gone, where the same may succeed later, from a mistake of ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLite's primary result codes: busy, locked, I/O error, full, cannot open.
SQLITE = {5, 6, 10, 13, 14}
# SQLSTATEs by their beginning: no connection, out of resources, being stopped, cancelled, system error;
# not serializable, deadlock, lock not available.
POSTGRES = ("08", "53", "57P", "57014", "58", "40001", "40P01", "55P03")


def is_busy(error: BaseException) -> bool:
    """Whether the database is locked, full, stopping or gone, by an error of a driver or of SQLAlchemy."""
    if isinstance(error, ConnectionError | TimeoutError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and _says_busy(error.orig))
    return _says_busy(error)


def _says_busy(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    state = getattr(error, "sqlstate", None)
    return (code is not None and code & 0xFF in SQLITE) or (state is not None and state.startswith(POSTGRES))
