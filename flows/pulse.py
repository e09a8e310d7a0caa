"""A family says how it was received: a number, and a few words. What it said is kept without its name."""

from __future__ import annotations

from dataclasses import replace

from flows.core import Text, _, ask, fetch_person, offering, record, tell, typed, words
from flows.facts import Pulse, School
from flows.outcomes import Welcomed
from flows.questions import FreeText, Scale

SCALE = Scale(1, 5)
LOW = 2
"""A score up to this one is answered with a person who wants to listen."""

# Translators: how a family says that it was not at an event that is over, whatever follows: "we couldn't make it".
NOT_THERE = words("not there")
# Translators: the same where nothing else follows: "we did not go", but not "we did not go hungry".
NOT_THERE_ALONE = words("not there if alone")


async def pulse(school: School, pulse: Pulse | None) -> Welcomed:
    """How welcome the family felt, and why; without a ``pulse`` it began to tell by itself, from the menu.

    Everybody is asked the same two questions and gets as many texts. What is said after the score is not kept. Who was
    not at the event is not counted.
    """
    after_an_event = pulse is not None and pulse.event is not None
    scale = replace(SCALE, away=(NOT_THERE, NOT_THERE_ALONE)) if after_an_event else SCALE
    score = await ask("score", scale, _how_welcome(school, pulse))
    if score is None:
        await tell("not-there", _not_there())
        return Welcomed(None)

    await record(Welcomed(score))
    why = await ask(
        "words",
        FreeText(gleans=True, which=_what_to_tell()),
        _("Thank you. What helped, or what can we do better? Write it, or NO"),
    )
    # Both cost as many segments in each language, so that the bill does not tell one from the other.
    if score <= LOW:
        await tell("sorry", _sorry())
    else:
        await tell("thanks", _thanks())
    return Welcomed(score, why or "")


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


def _not_there() -> Text:
    return _("Thank you for telling us. We hope to see you another time! If you need anything, just write.")


def _what_to_tell() -> Text:
    return _("What would you like to tell us? Write it here, or reply NO.")


def _sorry() -> Text:
    return _offering_a_call(
        _(
            "We are sorry, and thank you for telling us. The school reads it without your name. A person wants to "
            "listen to you: reply CALL and we call you"
        ),
        tapped=_(
            "We are sorry, and thank you for telling us. The school reads it without your name. A person wants to "
            "listen to you. May we call you?"
        ),
    )


def _thanks() -> Text:
    return _offering_a_call(
        _(
            "Thank you for telling us. The school reads it without your name. If you would like us to call you, "
            "reply CALL"
        ),
        tapped=_("Thank you for telling us. The school reads it without your name. Would you like us to call you?"),
    )


def told_before(school: School) -> Text:
    """To a family that told by itself how it is received, and wants to tell more."""
    return _offering_a_call(
        _(
            "You told us not long ago how you were received: thank you! If there is more, a person at {school} would "
            "like to hear it: reply CALL",
            school=school.name,
        ),
        tapped=_(
            "You told us not long ago how you were received: thank you! If there is more, a person at {school} would "
            "like to hear it.",
            school=school.name,
        ),
    )


def call_me() -> Text:
    """On the button that asks for a call; what it says is also what it answers."""
    # Translators: on a button. It must stand in your list "call me", since a tap says just this.
    return _("Call me")


def _offering_a_call(text: Text, *, tapped: Text) -> Text:
    return offering(typed(text, tapped=tapped), call_me())


def already_counted() -> Text:
    """To a family that takes a score back: nobody can tell any more which one was its own."""
    return _("Thank you. What you told us is counted already, without your name, so it cannot be changed any more.")


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
