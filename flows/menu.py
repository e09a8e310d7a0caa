"""What the school can do for a family, by number."""

from __future__ import annotations

from flows.core import Text, _, ask
from flows.facts import School
from flows.outcomes import GoTo
from flows.questions import Choice, by_number


async def menu(school: School, options: tuple[tuple[str, Text], ...]) -> GoTo:
    """The flow that the family picks. ``options`` are the flows of the menu with their labels."""
    picked = await ask(
        "picked",
        Choice(options),
        _("{school}: how can we help? {how}", school=school.name, how=by_number(options)),
    )
    return GoTo(picked)
