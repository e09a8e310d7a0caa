"""No query reads through a table that grows: the cost of a turn stays flat with a million families."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import store
from bot.store import statements
from bot.store.database import Database
from bot.store.statements import Query

SMALL = {"schools", "accounts", "staff"}
# A list that a query makes for itself: one row an account.
MADE = {"waiting"}
# They hold only what still waits, however many old rows there are.
WAITING = {"ix_jobs_due", "ix_messages_queue", "ix_messages_unsettled", "ix_timers_due"}
# Asked once, when a process begins to serve.
ONCE = {"events.WITHOUT_JOB"}


def queries() -> Iterator[tuple[str, Query]]:
    """Every query of the store by its name."""
    for found in pkgutil.iter_modules(store.__path__, "bot.store."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, Query):
                yield f"{found.name.rpartition('.')[2]}.{name}", value


async def test_every_query_finds_its_rows_by_an_index(database: Database) -> None:
    async with database.write() as db:
        read_through = _on_sqlite if database.is_sqlite else _on_postgres
        found = {name: await read_through(db, *query.compiled(db.dialect)) for name, query in queries()}

    often = {name: tables for name, tables in found.items() if name not in ONCE}
    assert {name: grown for name, tables in often.items() if (grown := tables - SMALL - MADE)} == {}


async def _on_sqlite(db: AsyncConnection, sql: str, parameters: Sequence[Any]) -> set[str]:
    # A query that is explained is not carried out, so that any values serve.
    plan = await statements.fetch(db, f"EXPLAIN QUERY PLAN {sql}", [None] * len(parameters))
    scans = [step.split() for _, _, _, step in plan if step.startswith("SCAN")]
    return {scan[1] for scan in scans if not WAITING & set(scan)} - {"json_each"}


async def _on_postgres(db: AsyncConnection, sql: str, parameters: Sequence[Any]) -> set[str]:
    await db.execute(text("SET LOCAL enable_seqscan = off"))
    plan = await statements.fetch(db, f"EXPLAIN (GENERIC_PLAN) {sql}", [None] * len(parameters))
    return {line.partition("Seq Scan on ")[2].split()[0] for (line,) in plan if "Seq Scan on " in line}
