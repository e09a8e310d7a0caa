"""A party at an event with limited places: it fits, or it waits until it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.core import Text, _, ask, plural, record, tell, typed
from flows.facts import Event, Room
from flows.outcomes import Rsvp
from flows.questions import PartySize, Place, accept_or_no

OFFERED = ("offer-", "still-waiting-")
"""How the keys of the questions begin that a freed place leads to."""


async def seat(event: Event, party: PartySize, room: Room | None) -> Rsvp:
    """The answer of a party that comes or, where there is no room for it, waits.

    What a household has is never taken from it: who comes stays, and comes with as many as before. What it was told
    is not forgotten either: a family that waits is asked before it comes, also when there is room meanwhile.
    """
    whole = Rsvp("yes", party.adults, party.children)
    people = party.total or 0
    if room is None or people <= room.held or (people <= room.free and room.asks_for != people):
        return whole
    if room.kept_until is not None and room.asks_for == people:
        return await _offered_places(event, party, room, room.kept_until, whole)
    return await _waiting(event, party, room, whole)


async def _offered_places(event: Event, party: PartySize, room: Room, until: datetime, whole: Rsvp) -> Rsvp:
    await record(replace(_as_it_is(whole, room), listed=True))
    # Not by its time, which may begin anew: a button under the text of before still answers it.
    await _take(f"offer-{_stamp(room.since or until)}", _offer(event, party.total or 0, until), party, room)
    await tell("places-taken", _("The places are yours!"))
    return whole


async def _waiting(event: Event, party: PartySize, room: Room, whole: Rsvp) -> Rsvp:
    people, waiting = party.total or 0, _as_it_is(whole, room)
    # One that was offered fewer places keeps them until it has said what it wants in their stead.
    await record(replace(waiting, listed=room.listed) if room.kept_until is None else None)
    if not room.listed or room.kept_until is not None:
        await _take(f"wait-for-{people}", _no_room(event, people, room), party, room)
    elif room.passed_at is not None and room.asks_for == people:
        await _take(f"still-waiting-{_stamp(room.passed_at)}", _passed(event), party, room)
    if people <= room.free and (not room.listed or room.passed_at is not None):
        await tell("room-after-all", _("Good news: there is room for you after all!"))
        return whole
    await tell("waiting", _on_the_list(event, people, room))
    return replace(waiting, listed=True)


async def _take(key: str, text: Text, party: PartySize, room: Room) -> None:
    """Go on with a yes. A no, or another number of people, changes what was answered before."""
    held = PartySize.of(room.adults, room.children) if room.held else None
    await ask(key, Place(text, party, held), text)


def _as_it_is(whole: Rsvp, room: Room) -> Rsvp:
    """What is known until the party has its places: nothing, or the places that the household has."""
    if not room.held:
        return replace(whole, coming="waiting")
    return Rsvp("yes", room.adults, room.children, wanted=(whole.adults or 0) + (whole.children or 0))


def _stamp(moment: datetime) -> str:
    """Tells one offer from another in the keys of a conversation."""
    return f"{moment:%Y%m%d%H%M%S}"


def _no_room(event: Event, people: int, room: Room) -> Text:
    if room.held:
        return plural(
            "{event} does not have room for {people} now. Your place stays yours. "
            "Shall we put you on the waiting list for {people}? {how}",
            "{event} does not have room for {people} now. Your {n} places stay yours. "
            "Shall we put you on the waiting list for {people}? {how}",
            n=room.held,
            event=event.title,
            people=people,
            how=accept_or_no(),
        )
    if not room.free:
        return plural(
            "{event} is full, we are sorry. Shall we put you on the waiting list for {n} place? {how}",
            "{event} is full, we are sorry. Shall we put you on the waiting list for {n} places? {how}",
            n=people,
            event=event.title,
            how=accept_or_no(),
        )
    return plural(
        "Only {n} place is left at {event}. Shall we put you on the waiting list for {people}, or do fewer come? {how}",
        "Only {n} places are left at {event}. Shall we put you on the waiting list for {people}, or do fewer come? "
        "{how}",
        n=room.free,
        event=event.title,
        people=people,
        how=_yes_no_or_fewer(),
    )


def _yes_no_or_fewer() -> Text:
    return typed(_("Reply YES or NO, or how many come"))


def _on_the_list(event: Event, people: int, room: Room) -> Text:
    if room.held:
        return _(
            "You are on the waiting list of {event} for {people}. As soon as there is room, we write to you.",
            event=event.title,
            people=people,
        )
    return _(
        "You are on the waiting list of {event}. As soon as there is room, we write to you. "
        "To change anything, just write.",
        event=event.title,
    )


def _offer(event: Event, people: int, until: datetime) -> Text:
    return plural(
        "Good news: there is room for you at {event}, {starts:day}, {starts:time}! "
        "We keep the place until {until:day}, {until:time}. Do you take it? {how}",
        "Good news: there is room for {n} of you at {event}, {starts:day}, {starts:time}! "
        "We keep the places until {until:day}, {until:time}. Do you take them? {how}",
        n=people,
        event=event.title,
        starts=event.starts,
        until=until,
        how=accept_or_no(),
    )


def _passed(event: Event) -> Text:
    return _(
        "We kept places at {event} for you, and the time is over. Shall we keep you on the waiting list? {how}",
        event=event.title,
        how=accept_or_no(),
    )
