"""A school's sheet of families, read: one row a person, and what could not be read by its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot import phones, spreadsheets
from bot.errors import Refusal
from bot.families import cells
from bot.families.columns import Column, find_columns
from bot.spreadsheets import Line
from flows.facts import Permission

LONGEST = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something to tell about a line of the file; the sentence holds no name and no number."""

    line: int
    column: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the sheet has them; None where the cell is blank or there is no such column."""

    line: int
    address: str = field(repr=False)
    household: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    language: str | None = None
    role: str | None = None
    permission: Permission | None = None
    permission_words: str = field(default="", repr=False)
    """What stands in the permission cell: how it was given."""
    stopped: bool | None = None
    takes_none: bool = False
    """The cell of ``stopped`` says that it is the number: it takes no texts."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read. With a problem in it nothing is imported; notes only tell."""

    rows: tuple[Row, ...]
    problems: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    columns: tuple[str, ...] = ()
    """The columns that were found, by our names."""
    unused: tuple[str, ...] = ()
    """The headings that were not understood, whose cells are left aside."""


def read(data: bytes, region: str = phones.REGION) -> Sheet:
    """The sheet in a CSV file; a number without a country is of ``region``.

    Raises Refusal where the file is no CSV or names no phones; what is wrong in a line is in ``problems``.
    """
    lines = spreadsheets.read(data)
    headings, columns = find_columns(lines)
    reader = _Reader(columns, region)
    rows = tuple(row for line in lines if line.number > headings.number for row in reader.read(line))
    notes = list(reader.notes)
    if Column.HOUSEHOLD not in columns:
        sentence = "There is no household column, so each new person is a household of their own."
        notes.insert(0, Remark(headings.number, Column.HOUSEHOLD.value, sentence))
    return Sheet(
        rows,
        tuple(reader.problems),
        tuple(notes),
        tuple(column.value for column in columns if column),
        tuple(name for name, column in zip(headings.cells, columns, strict=True) if name and not column),
    )


class _Reader:
    """Reads line after line, and gathers what there is to say about them."""

    def __init__(self, columns: Sequence[Column | None], region: str) -> None:
        self.problems: list[Remark] = []
        self.notes: list[Remark] = []
        self._columns = columns
        self._region = region
        self._told: set[str] = set()

    def read(self, line: Line) -> Iterator[Row]:
        """The person of a line, or none."""
        if any(line.cells[len(self._columns) :]):
            self._wrong(line, None, "This line has more cells than there are columns; is there a comma in a cell?")
            return
        texts = {column: text for column, text in zip(self._columns, line.cells, strict=False) if column and text}
        if not texts:
            return
        if Column.PHONE not in texts:
            self.notes.append(Remark(line.number, Column.PHONE.value, "There is no phone, so this line was left out."))
            return
        before = len(self.problems)
        row = self._row(line, texts)
        if row and len(self.problems) == before:
            yield row

    def _row(self, line: Line, texts: Mapping[Column, str]) -> Row | None:
        def read(column: Column, reader: Callable[[str], T]) -> T | None:
            return self._cell(line, column, texts.get(column), reader)

        address = read(Column.PHONE, lambda text: phones.parse(text, self._region))
        row = Row(
            line=line.number,
            address=address or "",
            household=read(Column.HOUSEHOLD, _short),
            name=" ".join(filter(None, (read(Column.NAME, _short), read(Column.LAST_NAME, _short)))) or None,
            language=read(Column.LANGUAGE, cells.language),
            role=read(Column.ROLE, cells.role),
            permission=read(Column.PERMISSION, cells.permission),
            permission_words=texts.get(Column.PERMISSION, ""),
            stopped=read(Column.STOPPED, cells.stopped),
            takes_none=cells.takes_none(texts.get(Column.STOPPED, "")),
        )
        self._tell_stand_in(line, texts.get(Column.ROLE, ""), row.role)
        return row if address else None

    def _tell_stand_in(self, line: Line, cell: str, role: str | None) -> None:
        """Once for each such word: there may be a hundred volunteers."""
        word = cells.stand_in(cell)
        if word and word not in self._told:
            self._told.add(word)
            self.notes.append(Remark(line.number, Column.ROLE.value, f"“{word}” is kept as {role}, here and below."))

    def _cell(self, line: Line, column: Column, text: str | None, reader: Callable[[str], T]) -> T | None:
        if text is None:
            return None
        try:
            return reader(text)
        except Refusal as refusal:
            self._wrong(line, column, str(refusal))
            return None

    def _wrong(self, line: Line, column: Column | None, sentence: str) -> None:
        self.problems.append(Remark(line.number, column and column.value, sentence))


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise Refusal(f"This is longer than {LONGEST} characters.")
    return spreadsheets.from_text(text)
