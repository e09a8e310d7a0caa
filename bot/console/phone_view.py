"""What the phone page shows of a moment, ready for its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

from bot.console.event_card import ENGLISH, card
from bot.families.cells import language_name
from bot.help_desk import Call
from bot.language.guess import guess
from bot.language.voice import Voice
from bot.records import LoggedMessage
from bot.sample.simulator import Scene
from flows.facts import Contact, Household, Permission

ENOUGH_TO_GUESS = 300
TODAY = "Today"
REASONS = {
    "help": "asks for a person",
    "danger": "used a word of danger",
    "failure": "got no answer, because of a fault of ours",
    "unclear": "was not understood",
    "media": "sent a photo or a voice note",
    "wrong-number": "says that this is a wrong number",
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on the phone; ``language`` is the one that it is in, as far as we can tell."""

    id: int
    from_school: bool
    text: str = field(repr=False)
    language: str
    at: datetime
    clock: str


@dataclass(frozen=True, slots=True)
class Person:
    """A contact, or a number that the school has not heard of; then ``id`` is None."""

    id: int | None
    name: str = field(repr=False)
    number: str = field(repr=False)
    language: str
    language_name: str
    note: str = ""


class PhoneView:
    """The page of one phone; ``number`` is its address."""

    def __init__(self, scene: Scene, voice: Voice, number: str) -> None:
        self._scene = scene
        self._voice = voice
        self._number = number

    def context(self) -> dict[str, Any]:
        """Everything that the template names."""
        scene = self._scene
        return {
            "school": scene.school,
            "clock": self._clock(scene.at),
            "person": self._person(scene.contact) if scene.contact else _stranger(self._number),
            "household": _household(scene.household) if scene.household else "",
            "homes": [(_household(home), [*map(self._person, living)]) for home, living in scene.homes],
            "beside": [*self._beside()],
            "days": [(day, [*bubbles]) for day, bubbles in groupby(self._bubbles(), self._day)],
            "suggestions": scene.suggestions,
            "cards": [card(one, scene.school.timezone) for one in scene.happenings],
            "callers": [*map(self._caller, scene.calls)],
        }

    def _beside(self) -> Iterator[Person]:
        """The others of the household, whose phones hear of its answers."""
        for home, living in self._scene.homes:
            if home == self._scene.household:
                yield from (self._person(one) for one in living if one != self._scene.contact)

    def _clock(self, moment: datetime) -> str:
        return ENGLISH.write(moment, "time", self._scene.school.timezone)

    def _when(self, moment: datetime) -> str:
        """The time, with the day where that is not today."""
        day = self._named(moment)
        return self._clock(moment) if day == TODAY else f"{day}, {self._clock(moment)}"

    def _day(self, bubble: Bubble) -> str:
        return self._named(bubble.at)

    def _named(self, moment: datetime) -> str:
        zone = self._scene.school.timezone
        today, day = (each.astimezone(zone).date() for each in (self._scene.at, moment))
        named = {today: TODAY, today - timedelta(days=1): "Yesterday"}
        return named.get(day) or ENGLISH.write(day, "day", zone)

    def _bubbles(self) -> Iterator[Bubble]:
        for line in self._scene.thread:
            yield Bubble(
                line.id, line.outgoing, line.body, self._language(line), line.created_at, self._clock(line.created_at)
            )

    def _language(self, line: LoggedMessage) -> str:
        """A contact may have changed its language since, so the words themselves are asked first."""
        guessed = guess(line.body[:ENOUGH_TO_GUESS], self._voice)
        known = self._scene.contact.language if self._scene.contact else None
        return guessed or known or self._scene.school.languages[0]

    def _person(self, contact: Contact) -> Person:
        code = contact.language or self._scene.school.languages[0]
        name = language_name(contact.language) if contact.language else "Language not known yet"
        number = _number(contact.address)
        return Person(contact.id, contact.name or number, number, code, name, _note(contact))

    def _caller(self, call: Call) -> dict[str, Any]:
        reason = REASONS.get(call.request.reason, "asks for a person")
        opened = call.request.opened_at
        return {
            "id": call.request.id,
            "person": self._person(call.contact),
            "reason": reason,
            "urgent": call.request.urgent,
            "at": opened,
            "clock": self._when(opened),
        }


def _household(home: Household) -> str:
    return home.name or "A family without a name yet"


def _stranger(address: str) -> Person:
    return Person(
        None, "A new number", _number(address), "", "Language not known yet", "the school has not heard of it"
    )


def _note(contact: Contact) -> str:
    """What keeps event news from a contact, or that it is not a parent."""
    if contact.wrong_number_at is not None:
        return "wrong number"
    if contact.stopped_at is not None:
        return "stopped"
    if contact.permission is Permission.REFUSED:
        return "no event news"
    return "" if contact.role == "parent" else contact.role


def _number(address: str) -> str:
    number = address.partition(":")[2]
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number
