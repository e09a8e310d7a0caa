"""One result in three forms: a table to read, one JSON document, or CSV for a spreadsheet."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from bot.commands.terminal import console, safe, say

if TYPE_CHECKING:
    from rich.table import Table

Cell: TypeAlias = str | int | bool | datetime | Sequence[Any] | Mapping[str, Any] | None
Row: TypeAlias = Mapping[str, Cell]


SHORT: Mapping[str, str] = {"not_answered": "no reply"}
"""Columns whose names are too wide for a terminal of 80 columns."""


class Format(StrEnum):
    """The forms of a listing."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show(
    columns: Sequence[str], rows: Sequence[Row], form: Format, *, nothing: str = "", timezone: ZoneInfo | None = None
) -> None:
    """Rows under their columns. A table without rows is the sentence ``nothing``, on stderr.

    Moments are shown in ``timezone``. JSON is a list of objects with every column in each.
    """
    rows = [{column: row[column] for column in columns} for row in rows]
    if form is Format.JSON:
        _json([{column: _plain(cell, timezone) for column, cell in row.items()} for row in rows])
    elif form is Format.CSV:
        _csv(columns, rows, timezone)
    elif rows:
        _table(columns, rows, timezone)
    else:
        say(nothing)


def show_one(row: Row, form: Format, *, timezone: ZoneInfo | None = None) -> None:
    """One thing: in a table a line for each column with something in it, in JSON an object, in CSV a single row."""
    if form is Format.JSON:
        _json({column: _plain(cell, timezone) for column, cell in row.items()})
    elif form is Format.CSV:
        _csv([*row], [row], timezone)
    else:
        _pairs(row, timezone)


def text(cell: Cell, timezone: ZoneInfo | None = None, between: str = ", ") -> str:
    """A cell as a person reads it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(timezone):%Y-%m-%d %H:%M}"
    if isinstance(cell, Mapping):
        return between.join(f"{key}: {value}" for key, value in cell.items())
    return str(cell) if isinstance(cell, str | int) else between.join(cell)


def heading(column: str) -> str:
    """What stands over a column."""
    return SHORT.get(column, column).replace("_", " ")


def _plain(cell: Cell, timezone: ZoneInfo | None) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(timezone).isoformat()
    if isinstance(cell, Mapping):
        return {key: _plain(value, timezone) for key, value in cell.items()}
    return cell if cell is None or isinstance(cell, str | int) else [_plain(each, timezone) for each in cell]


# JSON itself escapes only the oldest control characters; the newer ones steer a terminal as well.
_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029]")


def _json(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", written) + "\n")


def _csv(columns: Sequence[str], rows: Iterable[Row], timezone: ZoneInfo | None) -> None:
    from bot.spreadsheets import as_text

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(safe(text(row[column], timezone))) for column in columns])


def _table(columns: Sequence[str], rows: Sequence[Row], timezone: ZoneInfo | None) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        words = any(isinstance(row[column], str | Sequence | Mapping) for row in rows)
        numbers = all(isinstance(row[column], int | None) and not isinstance(row[column], bool) for row in rows)
        table.add_column(heading(column), justify="right" if numbers else "left", overflow="fold", no_wrap=not words)
    for row in rows:
        table.add_row(*(Text(safe(text(row[column], timezone))) for column in columns))
    _print(table)


def _pairs(row: Row, timezone: ZoneInfo | None) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column, cell in row.items():
        if said := safe(text(cell, timezone, between="\n")):
            table.add_row(heading(column), Text(said))
    _print(table)


def _print(table: Table) -> None:
    place = console()
    with place.capture() as written:
        place.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in written.get().splitlines()))
