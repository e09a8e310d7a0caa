"""A family says how it was received: a number, and a few words. What it said is kept without its name."""

from __future__ import annotations

from flows.core import Text, _, ask, fetch_person, record, tell
from flows.facts import Pulse, School
from flows.outcomes import Welcomed
from flows.questions import FreeText, Scale

LOW = 2
"""A score up to this one is answered with a person who wants to listen."""


async def pulse(school: School, pulse: Pulse | None) -> Welcomed:
    """How welcome the family felt, and why; without a ``pulse`` it began to tell by itself, from the menu.

    Everybody is asked the same two questions and gets as many texts. What is said after the score is not kept.
    """
    score = await ask("score", Scale(1, 5), _how_welcome(school, pulse))
    await record(Welcomed(score))

    words = await ask(
        "words",
        FreeText(gleans=True),
        _("Thank you. What helped, or what can we do better? Write it, or NO"),
    )
    # Both cost as many segments in each language, so that the bill does not tell one from the other.
    if score <= LOW:
        await tell(
            "sorry",
            _(
                "We are sorry, and thank you for telling us. The school reads it without your name. A person wants to "
                "listen to you: reply CALL and we call you"
            ),
        )
    else:
        await tell(
            "thanks",
            _(
                "Thank you for telling us. The school reads it without your name. If you would like us to call you, "
                "reply CALL"
            ),
        )
    return Welcomed(score, words or "")


def _how_welcome(school: School, pulse: Pulse | None) -> Text:
    if pulse is not None and pulse.event is not None:
        return _(
            "{school}: {event}. Did your family feel welcome? From 1 (not at all) to 5 (very much). "
            "We read it without your name",
            school=school.name,
            event=pulse.event.title,
        )
    return _(
        "{school}: does your family feel welcome at our school? From 1 (not at all) to 5 (very much). "
        "We read it without your name",
        school=school.name,
    )


def told_before(school: School) -> Text:
    """To a family that told by itself how it is received, and wants to tell more."""
    return _(
        "You told us not long ago how you were received: thank you! If there is more, a person at {school} would like "
        "to hear it: reply CALL",
        school=school.name,
    )


async def call(school: School) -> None:
    """A family that told how it was received asks for a person after all, and so gives its name."""
    await fetch_person("pulse")
    await tell("call", _call(school))


def _call(school: School) -> Text:
    if school.hours:
        return _(
            "With pleasure: a person at {school} will call or write to you, {hours}. They know your name because you "
            "ask for it; what you told us stays without it.",
            school=school.name,
            hours=school.hours,
        )
    return _(
        "With pleasure: a person at {school} will call or write to you. They know your name because you ask for it; "
        "what you told us stays without it.",
        school=school.name,
    )
