"""A family asks for a person."""

from __future__ import annotations

from flows.core import Text, _, ask, fetch_person, tell
from flows.facts import School
from flows.questions import FreeText


async def help(school: School) -> None:  # noqa: A001 - the word of the glossary; nobody calls Python's help here
    """A person is called at once, then the family may say what it is about."""
    await fetch_person("help")
    await ask(
        "words",
        FreeText(optional=False),
        _("What is it about? Write it here, and a person at {school} reads it.", school=school.name),
    )
    await tell("passed-on", _passed_on(school))


def _passed_on(school: School) -> Text:
    if school.hours:
        return _(
            "Thank you. A person at {school} will answer you here, {hours}. In an emergency, call 911.",
            school=school.name,
            hours=school.hours,
        )
    return _("Thank you. A person at {school} will answer you here. In an emergency, call 911.", school=school.name)
