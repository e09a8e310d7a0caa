"""A text that fits two open questions: the family says which one it meant."""

from __future__ import annotations

from flows.core import Text, _, ask
from flows.outcomes import Meant
from flows.questions import Choice, by_number


async def which(between: tuple[tuple[str, Text], ...]) -> Meant:
    """The conversation that the family picks. ``between`` are "flow/subject" and a label for each."""
    picked = await ask(
        "picked",
        Choice(between),
        _("Which one do you mean? {how}", how=by_number(between)),
    )
    flow, _slash, subject = picked.partition("/")
    return Meant(flow, int(subject))
