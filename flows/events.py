"""The events that are coming up, for a family that asks."""

from __future__ import annotations

from flows.core import _, ask, tell
from flows.facts import Event, School
from flows.outcomes import GoTo
from flows.questions import Choice, by_number
from flows.replies import event_label


async def events(school: School, coming_up: tuple[Event, ...]) -> GoTo | None:
    """The invitation to the one event that is coming up, or to the one that the family picks."""
    if not coming_up:
        await tell("none", _("{school}: no events are planned right now.", school=school.name))
        return None

    if len(coming_up) == 1:
        return GoTo("rsvp", coming_up[0].id)

    options = tuple((str(event.id), event_label(event)) for event in coming_up)
    picked = await ask(
        "picked",
        Choice(options),
        _("Which event? {how}", how=by_number(options)),
    )
    return GoTo("rsvp", int(picked))
