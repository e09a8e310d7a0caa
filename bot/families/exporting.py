"""Giving a school its families back as a sheet, which imports again without a change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import phones
from bot.families.plan import SAID, stopped_cell
from bot.spreadsheets import as_text, cleaned, write
from bot.store import blocks, families
from flows.facts import Contact, Household, School

COLUMNS = ("household", "name", "phone", "language", "role", "permission", "stopped")
PHONE = COLUMNS.index("phone")

Cells: TypeAlias = tuple[str, ...]
"""One person, in the order of ``COLUMNS``; an empty text where nothing is known."""


async def export(db: AsyncConnection, school: School) -> AsyncIterator[Cells]:
    """Everybody who lives in a household of this school and has a number, household by household."""
    dead = await blocks.dead_of_school(db, school.id)
    async for home, living in families.all_families(db, school.id):
        for contact in living:
            if number := phones.written(contact.address):
                yield _cells(home, contact, number, dead)


def as_csv(people: Iterable[Cells]) -> Iterator[str]:
    """The lines of a CSV file, headings first, in which no cell is run as a formula.

    A phone keeps its +, which makes nothing but a number of it. For Excel, write it as ``utf-8-sig``.
    """
    yield from write([COLUMNS])
    yield from write(_guarded(person) for person in people)


def _cells(home: Household, contact: Contact, number: str, dead: Collection[int]) -> Cells:
    return (
        cleaned(home.name or ""),
        cleaned(contact.name or ""),
        number,
        contact.language or "",
        contact.role,
        SAID[contact.permission] or "",
        stopped_cell(contact, dead) or "",
    )


def _guarded(cells: Sequence[str]) -> Iterator[str]:
    return (cell if place == PHONE else as_text(cell) for place, cell in enumerate(cells))
