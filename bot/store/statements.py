"""Statements that are compiled once and handed straight to the driver.

SQLAlchemy writes the SQL and holds the connection. On the road of a text it does not carry the rows: its
way to them costs ten times what the database does, and a batch asks a dozen questions. Values travel as
they are kept (see ``bot.store.values``): moments as microseconds, JSON as text.

On SQLite a transaction that writes speaks to the database at once, in the event loop, since it holds the
only lock and a statement takes microseconds; beginning, committing and long work go to a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ClauseElement, Dialect, Table, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from bot.store.database import driver
from bot.store.engines import DirectConnection

# More rows than this are written in a thread, so that nobody waits for them in the event loop.
AT_ONCE = 500

Row = Sequence[Any]


class _Parameter(NamedTuple):
    name: str
    constant: Any
    keep: Callable[[Any], Any] | None


class Query:
    """A SELECT, UPDATE or DELETE; its parameters are the names of its ``bindparam``s.

    Write constants that an index depends on with ``literal_column``: PostgreSQL plans a statement once for
    all values of a parameter, and then cannot see that a partial index fits.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[_Parameter]]] = {}

    async def rows(self, db: AsyncConnection, **given: Any) -> Sequence[Row]:
        """The rows that the database answers with, in the order of the statement's columns."""
        sql, parameters = self._compiled.get(db.dialect.name) or self.compiled(db.dialect)
        values = [given.get(name, constant) for name, constant, _ in parameters]
        for place, parameter in enumerate(parameters):
            if parameter.keep:
                values[place] = parameter.keep(values[place])
        return await fetch(db, sql, values)

    def compiled(self, dialect: Dialect) -> tuple[str, list[_Parameter]]:
        """The statement in the words of a database, and its parameters in order."""
        compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect))
        parameters = [
            _Parameter(name, compiled.params[name], _bind_processor(compiled, name, dialect))
            for name in compiled.positiontup or ()
        ]
        self._compiled[dialect.name] = (str(compiled), parameters)
        return self._compiled[dialect.name]


class Insert:
    """Rows for one table in one statement.

    Where a row with the same ``keys`` is there already, its columns ``update`` are overwritten; without
    ``update`` it is left as it is. Without ``keys`` a second one is a mistake and raises.
    """

    def __init__(
        self,
        table: Table,
        columns: Sequence[str],
        *,
        keys: Sequence[str] = (),
        update: Sequence[str] = (),
        returning: Sequence[str] = (),
    ) -> None:
        self._into = f"INSERT INTO {table.name} ({_listed(columns)})"
        self._from_arrays = f"{self._into} SELECT * FROM {_arrays(table, columns)}"  # noqa: S608  # our names only
        self._values = f"({', '.join('?' * len(columns))})"
        self._tail = _on_conflict(keys, update)
        if returning:
            self._tail += f" RETURNING {_listed(returning)}"

    async def run(self, db: AsyncConnection, rows: Sequence[Row]) -> None:
        """Write the rows; none is fine."""
        if not rows:
            return
        if db.dialect.name == "sqlite":
            await _execute_many(db, f"{self._into} VALUES {self._values}{self._tail}", rows)
        else:
            await fetch(db, self._from_arrays + self._tail, _columns(rows))

    async def returning(self, db: AsyncConnection, rows: Sequence[Row]) -> Sequence[Row]:
        """Write the rows and give those back that were written, in no certain order."""
        if not rows:
            return []
        if db.dialect.name != "sqlite":
            return await fetch(db, self._from_arrays + self._tail, _columns(rows))
        written: list[Row] = []
        for some in _chunks(rows):
            values = ", ".join([self._values] * len(some))
            flat = [value for row in some for value in row]
            written += await fetch(db, f"{self._into} VALUES {values}{self._tail}", flat)
        return written


class Update:
    """New values for rows that are there, found by ``key``, the first of ``columns``."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        key, *changed = columns
        update = f"UPDATE {table.name} SET"
        self._sqlite = f"{update} {', '.join(f'{column} = ?' for column in changed)} WHERE {key} = ?"
        setting = ", ".join(f"{column} = given.{column}" for column in changed)
        arrays = _arrays(table, columns)
        self._postgres = f"{update} {setting} FROM {arrays} WHERE {table.name}.{key} = given.{key}"

    async def run(self, db: AsyncConnection, rows: Sequence[Row]) -> None:
        """Write the rows, each led by its key; none is fine."""
        if not rows:
            return
        if db.dialect.name == "sqlite":
            await _execute_many(db, self._sqlite, [(*row[1:], row[0]) for row in rows])
        else:
            await fetch(db, self._postgres, _columns(rows))


async def fetch(db: AsyncConnection, sql: str, values: Sequence[Any]) -> Sequence[Row]:
    """Carry out a statement in the database's own words, and give its rows."""
    connection = driver(db)
    rows: Sequence[Row]
    if isinstance(connection, DirectConnection):
        rows = connection.direct.execute(sql, values).fetchall()
    elif db.dialect.name == "sqlite":
        rows = await connection.execute_fetchall(sql, values)
    else:
        rows = await connection.fetch(sql, *values)
    return rows


async def _execute_many(db: AsyncConnection, sql: str, rows: Sequence[Row]) -> None:
    connection = driver(db)
    if isinstance(connection, DirectConnection) and len(rows) <= AT_ONCE:
        connection.direct.executemany(sql, rows)
    else:
        await connection.executemany(sql, rows)


def _bind_processor(compiled: SQLCompiler, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    kind = compiled.binds[name].type
    if not isinstance(kind, TypeDecorator):
        kind = kind.dialect_impl(dialect)
    return kind.bind_processor(dialect)


def _on_conflict(keys: Sequence[str], update: Sequence[str]) -> str:
    if not keys:
        return ""
    if not update:
        return f" ON CONFLICT ({_listed(keys)}) DO NOTHING"
    setting = ", ".join(f"{column} = excluded.{column}" for column in update)
    return f" ON CONFLICT ({_listed(keys)}) DO UPDATE SET {setting}"


def _arrays(table: Table, columns: Sequence[str]) -> str:
    """PostgreSQL's way to take many rows as one value: an array for each column."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    types = (table.c[column].type.compile(dialect) for column in columns)
    arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
    return f"unnest({arrays}) AS given ({_listed(columns)})"


def _columns(rows: Sequence[Row]) -> list[Row]:
    return list(zip(*rows, strict=True))


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns)
