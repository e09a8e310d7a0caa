"""What a turn is told of a family, and the changes that it makes.

A ``Family`` is one household as it was read for a batch: its contacts, their conversations, the school and its
events. A turn works on a copy and notes each change; a turn that raises leaves no trace of itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.hall import Hall
from bot.messages import Kind
from bot.records import ConsentChange, Conversation, HelpRequest, PassedOn, PulseAnswer, Rsvp, Stage, Timer
from flows.facts import Contact, Event, Household, Pulse, Room, School

Key: TypeAlias = tuple[int, str, int]
"""A conversation: contact, flow, subject."""

TextKey: TypeAlias = tuple[str, str, str]
"""What a text that arrived is known by: the channel, the address written to, the provider's id."""

A_CALL_STANDS = timedelta(days=7)
A_CALL_IN_DANGER_STANDS = timedelta(minutes=10)
"""How long a call for a person that nobody touches takes the family's texts, and stands for the next such call."""
REOPENED_WITHIN = timedelta(days=7)
"""How long after a request was settled a new text may open it again."""
ASKED_FOR = ("help", "pulse")
"""The reasons of a request in which the family itself asked for a person."""


@dataclass(slots=True)
class Family:
    """One household as a batch knows it.

    ``events`` are those coming up and those that its conversations are about; ``pulses`` those that it was asked in.
    ``halls`` are the events with limited places, by id, shared by all families that were read together.
    """

    school: School
    household: Household | None
    contacts: dict[int, Contact] = field(default_factory=dict)
    conversations: dict[Key, Conversation] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    rsvps: dict[int, Rsvp] = field(default_factory=dict)
    requests: list[HelpRequest] = field(default_factory=list)
    pulses: dict[int, Pulse] = field(default_factory=dict)
    halls: dict[int, Hall] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    """Contacts whose number was shared with a chat of the same household, which is then the same person's."""

    def copy(self) -> Family:
        """A copy whose changes do not show here. The events are shared: a turn never changes them."""
        return Family(
            self.school,
            self.household,
            dict(self.contacts),
            dict(self.conversations),
            self.events,
            dict(self.rsvps),
            list(self.requests),
            self.pulses,
            self.halls,
            self.moved,
        )

    def person(self, contact_id: int) -> frozenset[int]:
        """The contacts that are surely the same person as this one, itself among them."""
        chat = self.moved.get(contact_id, contact_id)
        return frozenset({chat, *(phone for phone, other in self.moved.items() if other == chat)})

    def hears(self, contact: Contact) -> bool:
        """Whether what the school begins to say goes to this contact; a person with a chat hears it there alone.

        What stands between two adults of a household is not known, so that each of them hears it.
        """
        chat = self.contacts.get(self.moved.get(contact.id, 0))
        return chat is None or chat.stopped_at is not None or chat.wrong_number_at is not None

    def coming_up(self, now: datetime) -> tuple[Event, ...]:
        """The school's events that are not over and not cancelled, the next one first."""
        ahead = (event for event in self.events.values() if event.takes_answers(now))
        return tuple(sorted(ahead, key=lambda event: (event.starts, event.id)))

    def room_at(self, event_id: int) -> Room | None:
        """Where this household stands at an event with limited places; None where they are not limited."""
        hall = self.halls.get(event_id)
        return None if hall is None else hall.room_for(self.household.id if self.household else 0)

    def still_open(self, about: str | None, subject_id: int, now: datetime) -> bool:
        """Whether a word about this subject still counts: an event not over, a pulse not closed, a request open."""
        if about == "event":
            event = self.events.get(subject_id)
            return event is not None and event.takes_answers(now)
        if about == "pulse":
            pulse = self.pulses.get(subject_id)
            return pulse is not None and pulse.closes > now
        if about == "request":
            return any(request.id == subject_id and request.closed_at is None for request in self.requests)
        return True

    def thread_of(self, contact_id: int) -> HelpRequest | None:
        """The open help request of this contact whose thread its texts belong to."""
        mine = [r for r in self.requests if r.contact_id == contact_id and r.closed_at is None and r.is_thread]
        return max(mine, key=lambda request: request.last_moved_at, default=None)

    def settled_lately(self, contact_id: int, now: datetime) -> HelpRequest | None:
        """The request of this contact that its yes, or its silence, closed last, no more than a week ago."""
        since = now - REOPENED_WITHIN
        mine = [r for r in self.requests if r.contact_id == contact_id and r.closed_by in ("family", "silence")]
        lately = [(r.closed_at, r.id, r) for r in mine if r.closed_at is not None and r.closed_at >= since]
        return max(lately)[2] if lately else None

    def without(self, contact_id: int) -> Family:
        """The family after this contact left it."""
        return Family(
            self.school,
            self.household,
            {id_: contact for id_, contact in self.contacts.items() if id_ != contact_id},
            {key: talk for key, talk in self.conversations.items() if key[0] != contact_id},
            self.events,
            dict(self.rsvps),
            [request for request in self.requests if request.contact_id != contact_id],
            self.pulses,
            self.halls,
            self.moved,
        )

    def alone(self, contact_id: int) -> Family:
        """This contact by itself, with nothing of the household."""
        return Family(
            self.school,
            None,
            {contact_id: self.contacts[contact_id]},
            {key: talk for key, talk in self.conversations.items() if key[0] == contact_id},
            self.events,
            {},
            [request for request in self.requests if request.contact_id == contact_id],
            self.pulses,
            self.halls,
            self.moved,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a turn queues. ``conversation`` is the one whose question it asks, or that it is about."""

    contact_id: int
    body: str = field(repr=False)
    kind: Kind
    at: datetime
    conversation: Key | None = None
    buttons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    expires_at: datetime | None = None


@dataclass(slots=True)
class Changes:
    """All that one or more turns want written, the newest of each row."""

    contacts: dict[int, Contact] = field(default_factory=dict)
    households: dict[int, Household] = field(default_factory=dict)
    conversations: dict[Key, Conversation] = field(default_factory=dict)
    rsvps: dict[tuple[int, int], Rsvp] = field(default_factory=dict)
    consents: list[ConsentChange] = field(default_factory=list)
    requests: list[HelpRequest] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    passed_on: list[PassedOn] = field(default_factory=list)
    """What staff have to hear of, now that the family wrote it."""
    pulse_answers: list[PulseAnswer] = field(default_factory=list)
    forgotten: set[TextKey] = field(default_factory=set)
    """Texts that are not logged: they answered without a name."""
    logged_as: dict[TextKey, str] = field(default_factory=dict, repr=False)
    """What is logged in place of a text, which said no more than for whom those earlier words were."""

    def add(self, later: Changes) -> None:
        """Take in what a later turn changed."""
        self.contacts.update(later.contacts)
        self.households.update(later.households)
        self.conversations.update(later.conversations)
        self.rsvps.update(later.rsvps)
        self.consents += later.consents
        moved = {request.id for request in later.requests if request.id}
        self.requests = [request for request in self.requests if request.id not in moved] + later.requests
        self.timers += later.timers
        self.said += later.said
        self.passed_on += later.passed_on
        self.pulse_answers += later.pulse_answers
        self.forgotten |= later.forgotten
        self.logged_as |= later.logged_as


class Draft:
    """A family under change during one turn: every change is made to the copy and noted."""

    def __init__(self, family: Family) -> None:
        self.family = family.copy()
        self.changes = Changes()

    def save_contact(self, contact: Contact) -> Contact:
        """Note a changed contact."""
        self.family.contacts[contact.id] = self.changes.contacts[contact.id] = contact
        return contact

    def save_household(self, household: Household) -> None:
        """Note a new or changed household; a new one has the negative id of the contact that it is made for."""
        self.family.household = self.changes.households[household.id] = household

    def save_conversation(self, conversation: Conversation) -> None:
        """Note a new or changed conversation."""
        key = (conversation.contact_id, conversation.flow, conversation.subject_id)
        self.family.conversations[key] = self.changes.conversations[key] = conversation

    def close(self, key: Key) -> None:
        """End a conversation for good."""
        if key in self.family.conversations:
            self.save_conversation(replace(self.family.conversations[key], stage=Stage.CLOSED))

    def save_rsvp(self, rsvp: Rsvp) -> None:
        """Note what the household answered."""
        self.family.rsvps[rsvp.event_id] = self.changes.rsvps[rsvp.event_id, rsvp.household_id] = rsvp

    def open_request(self, request: HelpRequest) -> HelpRequest:
        """Note a call for a person, or find the one for the same reason that was just made.

        A danger is called again soon. What the bot did not understand is one with a call for a person: whichever came
        second, it goes on in the first, which is then such a call.
        """
        since = request.opened_at - (A_CALL_IN_DANGER_STANDS if request.urgent else A_CALL_STANDS)
        stand = [r for r in self.family.requests if r.contact_id == request.contact_id and r.closed_at is None]
        stand = [known for known in stand if known.last_moved_at >= since]
        for known in stand:
            if known.reason == request.reason:
                return known
        for known in stand:
            if request.reason == "unclear" and known.reason in ASKED_FOR:
                return known
            # One that is not written yet is found by its reason (``bot.help_desk.alerts``), and keeps it.
            if request.reason in ASKED_FOR and known.reason == "unclear":
                return replace(known, reason=request.reason) if known.id else known
        self.family.requests.append(request)
        self.changes.requests.append(request)
        return request

    def move_request(self, request: HelpRequest) -> HelpRequest:
        """Note that a known request went on."""
        self.family.requests = [request if known.id == request.id else known for known in self.family.requests]
        self.changes.requests = [known for known in self.changes.requests if known.id != request.id or not known.id]
        self.changes.requests.append(request)
        return request
