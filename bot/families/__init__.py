"""Families in and out of a school, as sheets: ``read`` a file, ``plan`` or ``apply`` it; ``export`` them all.

bytes ── read ──▶ Sheet ── plan ──▶ Plan         a preview: counts, people, problems and notes by line
                    └───── apply ─▶ Plan         the same decided again under lock, and written
export ──▶ cells of each person ── as_csv ──▶ lines of a file that imports again without a change
"""

from bot.families.exporting import COLUMNS, Cells, as_csv, export
from bot.families.importing import apply, plan
from bot.families.plan import Change, Counts, Person, Plan
from bot.families.sheet import Remark, Sheet, read

__all__ = [
    "COLUMNS",
    "Cells",
    "Change",
    "Counts",
    "Person",
    "Plan",
    "Remark",
    "Sheet",
    "apply",
    "as_csv",
    "export",
    "plan",
    "read",
]
