"""An invitation, and a household's answer to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from textwrap import shorten

from flows.core import Text, _, ask, keep, plural, record, tell
from flows.facts import Contact, Event, Household, Room, School
from flows.outcomes import Rsvp
from flows.places import seat
from flows.questions import Coming, FreeText, Party, YesNo, no_or_how_many, yes_or_no

ASK_AGAIN = timedelta(days=2)
"""How long before the event a family that said "maybe" is asked again."""

LONGEST_QUOTE = 80
"""How many characters of the family's own words are said back: enough to know them again, for half an SMS."""


async def rsvp(
    school: School, event: Event, contact: Contact, household: Household, soon: bool, room: Room | None
) -> Rsvp:
    """Who of the household comes, and what they need.

    ``soon``: there is no time left to ask again. ``room`` is None where places are not limited.
    """
    coming = await _coming(school, event, soon)
    if coming == "maybe":
        await tell("still-maybe", _("Thank you. You are welcome until the last minute: just write."))
        return Rsvp("maybe")

    if coming == "no":
        await tell(
            "declined",
            _(
                "Thank you for telling us. We will miss you at {event}! If that changes, just write.",
                event=event.title,
            ),
        )
        return Rsvp("no")

    party = await ask("party", Party(), _("How many adults will come?"))
    answer = await seat(event, party, room)
    await record(answer)
    if answer.coming == "waiting":
        return answer

    answer = replace(answer, name=await _name(household), child_care=await _child_care(event, answer.children))
    await record(answer)

    answer = replace(answer, food=await _food(event), interpreter=await _interpreter(event, contact))
    await tell("confirmed", _confirmation(event, answer))
    return answer


async def _coming(school: School, event: Event, soon: bool) -> str:
    coming = await ask(
        "coming",
        Coming(party="party"),
        _(
            "{school}: {event}, {starts:day}, {starts:time}, {place}. Will your family come? {how}",
            school=school.name,
            event=event.title,
            starts=event.starts,
            place=event.place,
            how=no_or_how_many(),
        ),
    )
    if coming != "maybe" or await keep("soon", soon):
        return coming

    await record(Rsvp("maybe"))
    await tell("maybe", _("No hurry, thank you! We will ask again two days before. If you know sooner, just write."))
    return await ask(
        "coming-after-all",
        Coming(party="party"),
        _(
            "{school}: {event} is on {starts:day}, {starts:time}. Can your family come? {how}",
            school=school.name,
            event=event.title,
            starts=event.starts,
            how=no_or_how_many(),
        ),
        at=event.starts - ASK_AGAIN,
    )


async def _name(household: Household) -> str | None:
    if household.name is not None:
        return None
    return await ask("name", FreeText(), _("What name may we write on the list at the door?"))


async def _child_care(event: Event, children: int | None) -> bool | None:
    if not event.child_care or not children:
        return None
    return await ask(
        "child-care",
        YesNo(),
        plural(
            "Child care for your child during the event? {how}",
            "Child care for the {n} children during the event? {how}",
            n=children,
            how=yes_or_no(),
        ),
    )


async def _food(event: Event) -> str | None:
    if not event.food:
        return None
    return await ask("food", FreeText(), _("Any allergies or special food? Write which, or NO")) or ""


async def _interpreter(event: Event, contact: Contact) -> bool | None:
    if contact.language is None or not event.interpreted_for(contact.language):
        return None
    # Translators: in your own language: "in Spanish" in the Spanish catalog.
    return await ask("interpreter", YesNo(), _("Would you like an interpreter in English? {how}", how=yes_or_no()))


def _confirmation(event: Event, answer: Rsvp) -> Text:
    return _(
        "See you at {event}! {starts:day}, {starts:time}, {place}: {details}. To change anything, just write.",
        event=event.title,
        starts=event.starts,
        place=event.place,
        details=details(answer),
    )


def details(answer: Rsvp, *, quoting: bool = True) -> tuple[Text | str, ...]:
    """What a household that comes asked for, as a list to say: 2 adults, 3 children, child care, the food.

    Without ``quoting`` the family's own words are left out: they were written to the school, not to each other.
    """
    listed: list[Text | str] = []
    if answer.adults:
        listed.append(plural("{n} adult", "{n} adults", n=answer.adults))
    if answer.children:
        listed.append(plural("{n} child", "{n} children", n=answer.children))
    if answer.child_care:
        listed.append(_("child care"))
    if answer.interpreter:
        listed.append(_("interpreter"))
    if answer.food and quoting:
        listed.append(_('"{food}"', food=shorten(answer.food, LONGEST_QUOTE, placeholder="...")))
    return tuple(listed)


def in_words(answer: Rsvp, event: Event) -> Text:
    """The answer in one sentence, for the others of the household."""
    if answer.coming == "no":
        return _("{event}: your family is not coming", event=event.title)
    if answer.coming == "maybe":
        return _("{event}: perhaps your family comes", event=event.title)
    if answer.coming == "waiting":
        return _("{event}: your family is on the waiting list", event=event.title)
    return _("{event}: {details}", event=event.title, details=details(answer, quoting=False))
