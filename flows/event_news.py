"""What families are told about an event outside of a conversation: that it is near, has moved, or is cancelled."""

from __future__ import annotations

from datetime import datetime

from flows.core import Text, _
from flows.core.text import ByLanguage
from flows.facts import Event, School
from flows.questions import no_or_how_many


def reminder(school: School, event: Event) -> Text:
    """Date, time and place; nothing else brings more families, as studies found."""
    return _(
        "{school} reminds you: {event}, {starts:day}, {starts:time}, {place}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
    )


def reminder_today(school: School, event: Event) -> Text:
    """The same on the day itself."""
    return _(
        "{school} reminds you: today, {event}, {starts:time}, {place}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
    )


def will_you_come() -> Text:
    """The question of an invitation, after a text that names the event already."""
    return _("Will your family come? {how}", how=no_or_how_many())


def moved(school: School, event: Event, was: datetime) -> Text:
    """The event has another day or hour; it was at ``was``."""
    return _(
        "{school}: {event} has moved. Now: {starts:day}, {starts:time}, {place}. Before: {was:day}, {was:time}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
        was=was,
    )


def moved_elsewhere(school: School, event: Event, was: datetime, was_at: ByLanguage) -> Text:
    """The event has another day or hour, and another place."""
    return _(
        "{school}: {event} has moved. Now: {starts:day}, {starts:time}, {place}. "
        "Before: {was:day}, {was:time}, {was_at}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
        was=was,
        was_at=was_at,
    )


def elsewhere(school: School, event: Event, was_at: ByLanguage) -> Text:
    """The event is somewhere else, at the same time."""
    return _(
        "{school}: {event} has another place. Now: {place}. Before: {was_at}. {starts:day}, {starts:time}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
        was_at=was_at,
    )


def renamed(school: School, event: Event, was: ByLanguage) -> Text:
    """The event has another title."""
    return _(
        "{school}: {was} is now called {event}. {starts:day}, {starts:time}, {place}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
        place=event.place,
        was=was,
    )


def no_child_care(school: School, event: Event) -> Text:
    """To those who asked for child care, which there is no more."""
    return _(
        "{school}: we are sorry, there will be no child care at {event}, {starts:day}.",
        school=school.name,
        event=event.title,
        starts=event.starts,
    )


def answer_stays() -> Text:
    """To those who said that they come, when something changed."""
    return _("Your answer stays. If it changes, just write.")


def cancelled(school: School, event: Event, was: datetime) -> Text:
    """The event does not take place; ``was`` is the time that the family knows."""
    return _(
        "{school}: we are sorry, {event}, {was:day}, {was:time}, is cancelled.",
        school=school.name,
        event=event.title,
        was=was,
    )
