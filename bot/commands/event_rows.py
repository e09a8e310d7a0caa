"""An event, and the families that come to it, as rows to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands.listing import Row
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.records import HeadCount, Rsvp
    from flows.facts import Event, Household, School

COLUMNS = (
    *("id", "starts", "title", "invited", "yes", "no", "maybe", "waiting", "not_answered", "people", "places"),
    *("attended", "cancelled"),
)
IN_TABLE = ("id", "starts", "title", "invited", "yes", "no", "maybe", "waiting", "not_answered", "people")
RSVP = ("family", "coming", "adults", "children", "child_care", "food", "interpreter", "answered")


def family(household: Household) -> str:
    """The name of a family, or its number where nobody said one."""
    return household.name or f"(no name, {household.id})"


def check_languages(school: School, event: Event) -> None:
    """Texts that nobody would ever be sent are a mistake, most likely of the language's name."""
    strange = (event.title.keys() | event.place.keys()) - set(school.languages)
    if strange:
        ours = ", ".join(school.languages)
        raise Refusal(f"{school.name} does not write in {', '.join(sorted(strange))}; its languages are {ours}.")


def details(event: Event) -> Row:
    """All that staff say of an event."""
    return {
        "id": event.id,
        "title": dict(event.title),
        "place": dict(event.place),
        "starts": event.starts,
        "ends": event.ends,
        "spoken": event.languages,
        "child_care": event.child_care,
        "food": event.food,
        "places": event.places,
        "cancelled": event.cancelled,
    }


def counted(counts: HeadCount) -> Row:
    """What an event has to be ready for, and who was there."""
    return {
        "families_invited": counts.invited,
        "families_yes": counts.yes,
        "families_no": counts.no,
        "families_maybe": counts.maybe,
        "families_waiting": counts.waiting,
        "families_not_answered": counts.not_answered,
        "adults_coming": counts.adults,
        "children_coming": counts.children,
        "children_in_child_care": counts.child_care,
        "families_with_food_wishes": counts.food,
        "families_with_interpreter": counts.interpreters,
        "families_attended": counts.attended,
        "people_attended": counts.attended_people,
    }


def line(event: Event, counts: HeadCount, school: School) -> Row:
    """One event of a list."""
    return {
        "id": event.id,
        "starts": event.starts,
        "title": event.title.best(school.languages[0]),
        "invited": counts.invited,
        "yes": counts.yes,
        "no": counts.no,
        "maybe": counts.maybe,
        "waiting": counts.waiting,
        "not_answered": counts.not_answered,
        "people": counts.adults + counts.children,
        "places": event.places,
        "attended": counts.attended,
        "cancelled": event.cancelled,
    }


def answer(household: Household, rsvp: Rsvp) -> Row:
    """What one family answered."""
    return {
        "family": family(household),
        "coming": rsvp.coming,
        "adults": rsvp.adults,
        "children": rsvp.children,
        "child_care": rsvp.child_care,
        "food": rsvp.food,
        "interpreter": rsvp.interpreter,
        "answered": rsvp.answered_at,
    }


def no_answer(household: Household) -> Row:
    """A family that was invited and has said nothing."""
    return dict.fromkeys(RSVP) | {"family": family(household)}
