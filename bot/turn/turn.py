"""One contact's turn under way: what it says, what it keeps, whom it calls, on a draft of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.family import Changes, Draft, Family, Key, Said, TextKey
from bot.language.voice import Voice
from bot.messages import Kind, Media
from bot.records import ConsentChange, Conversation, HelpRequest, PassedOn, Stage, Timer
from bot.turn import outcomes, unsigned
from flows import FLOWS, replies
from flows.core.listen import Corrected
from flows.core.question import Question
from flows.core.replay import Ask, Memory, Replayed, Start, replay
from flows.core.text import Text
from flows.facts import Contact, Household, Permission

MENU = tuple((flow.name, flow.label) for flow in FLOWS.values() if flow.label and flow.on_menu)
"""The flows that a family can pick, with their labels."""

SOON = timedelta(days=3)
"""How long before an event it is too late to ask a family again."""


class Turn:
    """One contact's turn under way."""

    def __init__(self, family: Family, contact_id: int, now: datetime, voice: Voice, kind: Kind = Kind.REPLY) -> None:
        self.draft = Draft(family)
        self.contact_id = contact_id
        self.now = now
        self.voice = voice
        self.kind = kind
        self.words = ""
        self.media: tuple[Media, ...] = ()
        self.source = ""
        """The id of the text that it answers, kept with each answer that the text gives."""
        self.edited = False
        self.speaks_anyway = False
        """After a stop there is silence, but for its confirmation and for words of danger."""
        self.about: Key | None = None
        """The conversation that its messages are about, also where they ask nothing."""
        self.expires_at: datetime | None = None
        """When what it says is of no use any more."""
        self.text_key: TextKey | None = None
        """What the text that it answers is known by in the log."""
        self._parts: list[Text] = []
        self._asked: tuple[Key, str, Question[Any]] | None = None

    @property
    def family(self) -> Family:
        """The family as changed so far."""
        return self.draft.family

    @property
    def contact(self) -> Contact:
        """Whose turn it is."""
        return self.family.contacts[self.contact_id]

    # What the family hears

    def say(self, *texts: Text) -> None:
        """Add to the one message that answers."""
        self._parts += texts

    def tell_other(self, contact: Contact, text: Text) -> None:
        """A message of its own to another contact of the household."""
        if contact.stopped_at is None and contact.wrong_number_at is None:
            body = self.voice.say(text, contact.language)
            self.draft.changes.said.append(Said(contact.id, body, Kind.NOTICE, self.now))

    def next_message(self) -> None:
        """What is said from here on goes out as a message of its own."""
        if self._parts and (self.contact.stopped_at is None or self.speaks_anyway):
            key, buttons = self._buttons()
            taps = self.contact.taps and bool(buttons)
            body = "\n".join(self.voice.say(text, self.contact.language, taps=taps) for text in self._parts)
            self.draft.changes.said.append(
                Said(self.contact_id, body, self.kind, self.now, key or self.about, buttons, self.expires_at)
            )
        self._parts, self._asked = [], None

    def finish(self) -> Changes:
        """The changes, with all that was said to the contact since ``next_message`` as one message."""
        self.next_message()
        return self.draft.changes

    def _buttons(self) -> tuple[Key | None, tuple[tuple[str, str], ...]]:
        language = self.contact.language
        if self._asked is None:
            offered = (self.voice.say(label, language) for text in self._parts for label in text.buttons)
            return None, tuple((f"offer={label}", label) for label in offered)
        key, name, question = self._asked
        # With the name of the question, so that a button of long ago is not taken for an answer to another one.
        return key, tuple((f"{name}={reply}", self.voice.say(label, language)) for reply, label in question.buttons())

    # Conversations

    def start(self, key: Key) -> Start:
        """Begins the flow of a conversation with the facts of this moment."""
        flow = FLOWS[key[1]]
        return flow.start({name: FACTS[name](self, key) for name in flow.facts})

    def replay(self, key: Key, memory: Memory) -> Replayed:
        """The conversation run over this memory."""
        contact = self.family.contacts[key[0]]
        return replay(self.start(key), memory, self.now, self.voice.reader(contact.language))

    def begin(self, flow: str, subject_id: int = 0, memory: Memory | None = None) -> None:
        """Start a conversation, or take up the one that there is: its question is asked, its end told again."""
        key = (self.contact_id, flow, subject_id)
        known = self.family.conversations.get(key)
        if memory is None:
            fresh = known is None or known.stage is Stage.CLOSED or not subject_id
            memory = Memory() if known is None or fresh else Memory.load(known.record).untold()
        if known is None:
            self.draft.save_conversation(self.new_conversation(key, memory))
        self.keep(key, self.replay(key, memory))

    def new_conversation(self, key: Key, memory: Memory) -> Conversation:
        """A conversation that is not saved yet."""
        return Conversation(0, self.family.school.id, key[0], key[1], key[2], Stage.OPEN, memory.dump())

    def keep(self, key: Key, came_to: Replayed) -> None:
        """Save where a conversation came to, say what is new in it, and carry out what it asks for."""
        self.say(*came_to.said)
        self._ask(key, came_to)
        before = self.family.conversations.get(key)
        self.draft.save_conversation(self._conversation(key, came_to))
        self._set_timer(key, came_to)
        for reason in came_to.people:
            self.fetch_person(reason)
        outcomes.save(self, key, came_to, before)

    def ask_again(self, key: Key) -> None:
        """Say the open question of a conversation once more, with the facts and in the language of this moment."""
        self.keep(key, self.replay(key, Memory.load(self.family.conversations[key].record)))

    def keep_corrected(self, key: Key, corrected: Corrected) -> None:
        """The same after an answer was replaced, with its old and its new value said first where they differ.

        What is kept without a name is not said again: no text repeats a score.
        """
        if key[1] != unsigned.FLOW:
            self.say(*replies.changed(corrected))
        self.keep(key, corrected.replayed)

    def _ask(self, key: Key, came_to: Replayed) -> None:
        if came_to.open is not None and not self._later(came_to.open):
            self.say(came_to.open.text)
            self.leave_open(key, came_to.open)

    def leave_open(self, key: Key, ask: Ask) -> None:
        """This question is the one that the message ends with, and its buttons go with it."""
        self._asked = (key, ask.key, ask.question)

    def _later(self, ask: Ask) -> bool:
        return ask.at is not None and ask.at > self.now

    def _conversation(self, key: Key, came_to: Replayed) -> Conversation:
        known = self.family.conversations.get(key)
        said = came_to.open is not None and not self._later(came_to.open)
        return Conversation(
            id=known.id if known else 0,
            school_id=self.family.school.id,
            contact_id=key[0],
            flow=key[1],
            subject_id=key[2],
            stage=Stage.DONE if came_to.done else Stage.OPEN if said else Stage.WAITING,
            record=came_to.memory.dump(),
            asked_at=self.now if said else known.asked_at if known else None,
            updated_at=self.now,
        )

    def _set_timer(self, key: Key, came_to: Replayed) -> None:
        due = came_to.waiting
        if came_to.open is not None and came_to.open.at is not None and self._later(came_to.open):
            due = (came_to.open.key, came_to.open.at)
        if due is not None:
            self.draft.changes.timers.append(Timer(self.family.school.id, key[0], key[1], key[2], due[0], due[1]))

    # People

    def fetch_person(self, reason: str, *, urgent: bool = False) -> None:
        """Bring the contact's texts before the staff."""
        called_before = {request.id for request in self.family.requests if request.reason == reason}
        request = self.draft.open_request(
            HelpRequest(0, self.family.school.id, self.contact_id, reason, opened_at=self.now, urgent=urgent)
        )
        asks = request.id and request.reason == reason and request.id not in called_before
        self.pass_on(request, news="asks" if asks else None)

    def pass_on(self, request: HelpRequest, news: str | None = None) -> None:
        """What the family just wrote belongs to this request: its staff hear of it, and of what it did to it."""
        if request.id:
            request = self.draft.move_request(replace(request, last_family_at=self.now))
        self.draft.changes.passed_on.append(
            PassedOn(
                contact_id=self.contact_id,
                request_id=request.id,
                reason=request.reason,
                at=self.now,
                urgent=request.urgent,
                words=self.words,
                media=self.media,
                news=news or ("edited" if self.edited else "text"),
                household=self.family.household,
                name=self.contact.name,
            )
        )

    def withdraw_closing_question(self, request: HelpRequest) -> HelpRequest:
        """The request without the question whether it is settled: somebody wrote since it was asked."""
        asked = self.family.conversations.get((request.contact_id, "settled", request.id))
        if asked is not None:
            self.draft.save_conversation(replace(asked, stage=Stage.DONE, updated_at=self.now))
        return replace(request, asked_at=None)

    def consent(self, permission: Permission, topic: str, source: str, shown: Text | None = None) -> None:
        """Write a line of the consent history."""
        language = self.contact.language
        self.draft.changes.consents.append(
            ConsentChange(
                school_id=self.family.school.id,
                contact_id=self.contact_id,
                topic=topic,
                permission=permission,
                at=self.now,
                source=source,
                language=language,
                words=self.words,
                shown="" if shown is None else self.voice.say(shown, language, taps=self.contact.taps),
            )
        )


def _soon(turn: Turn, key: Key) -> bool:
    event = turn.family.events.get(key[2])
    return event is not None and event.starts - turn.now < SOON


FACTS: Mapping[str, Callable[[Turn, Key], object]] = {
    "school": lambda turn, _key: turn.family.school,
    "contact": lambda turn, key: turn.family.contacts[key[0]],
    "household": lambda turn, _key: turn.family.household or Household(0, turn.family.school.id),
    "event": lambda turn, key: turn.family.events.get(key[2]),
    "pulse": lambda turn, key: turn.family.pulses.get(key[2]),
    "room": lambda turn, key: turn.family.room_at(key[2]),
    "soon": _soon,
    "closed": lambda turn, _key: turn.family.school.closed(turn.now),
    "coming_up": lambda turn, _key: turn.family.coming_up(turn.now),
    "options": lambda _turn, _key: MENU,
    "languages": lambda turn, _key: turn.voice.language_names(),
    "between": lambda turn, key: outcomes.labels(turn.family, key),
}
"""What a flow may ask to be told, by the name of its parameter."""
