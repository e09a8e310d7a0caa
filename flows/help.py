"""A family asks for a person."""

from __future__ import annotations

from flows.core import Text, _, ask, fetch_person, plural, tell
from flows.facts import Closed, School
from flows.questions import FreeText


async def help(school: School, closed: Closed | None) -> None:  # noqa: A001 - the word of the glossary; nobody calls Python's help here
    """A person is called at once, then the family may say what it is about."""
    await fetch_person("help")
    await ask(
        "words",
        FreeText(optional=False),
        _("What is it about? Write it here, and a person at {school} reads it.", school=school.name),
    )
    await tell("passed-on", answers_here(school, closed))


def answers_here(school: School, closed: Closed | None) -> Text:
    """Who answers, and when: now, when the office opens, or in the words of a school that gave no clock."""
    if closed is not None:
        return _(
            "Thank you. A person at {school} will answer you here. {opens} In an emergency, call 911.",
            school=school.name,
            opens=_opens(school, closed),
        )
    if school.hours and not school.office:
        return _(
            "Thank you. A person at {school} will answer you here, {hours}. In an emergency, call 911.",
            school=school.name,
            hours=school.hours,
        )
    return _("Thank you. A person at {school} will answer you here. In an emergency, call 911.", school=school.name)


def _opens(school: School, closed: Closed) -> Text:
    """A sentence of its own, which stands in the middle of another text. It counts by the hour on a clock of twelve."""
    hour = closed.until.astimezone(school.timezone).hour % 12 or 12
    match closed.days:
        case 0:
            # Translators: one form is for one o'clock ("a la 1:00"), the other for all hours after it ("a las 2:00").
            # In a language that says them alike, or counts to 24, they are the same.
            return plural(
                "The office opens today at {opens:time}.",
                "The office opens today at {opens:time}.",
                n=hour,
                opens=closed.until,
            )
        case 1:
            # Translators: the first form is for one o'clock, the other for all hours after it, as for "today".
            return plural(
                "The office opens tomorrow at {opens:time}.",
                "The office opens tomorrow at {opens:time}.",
                n=hour,
                opens=closed.until,
            )
        case _:
            # Translators: the first form is for one o'clock, the other for all hours after it, as for "today".
            return plural(
                "The office opens on {opens:day} at {opens:time}.",
                "The office opens on {opens:day} at {opens:time}.",
                n=hour,
                opens=closed.until,
            )
