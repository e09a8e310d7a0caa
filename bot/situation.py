"""One text and the family it came from, as the router looks at them.

Everything here only looks; a conversation that is "heard" is run in memory, and nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.family import A_CALL_STANDS, Family, Key
from bot.messages import Inbound
from bot.records import Conversation, HelpRequest, Stage
from bot.voice import Voice
from flows import FLOWS
from flows.core.listen import Corrected, Listening, Understood
from flows.core.question import Mode, Unsure
from flows.core.replay import Memory, Read, Start
from flows.core.words import Reply, Words, words
from flows.facts import Contact
from flows.questions.assent import AFFIRMED
from flows.questions.vocabulary import ADULTS, CHILDREN, CORRECTION, PEOPLE, YES

# Translators: greetings. They never answer a question.
GREETINGS = words("greetings")
PEOPLE_COUNTED = (ADULTS, CHILDREN, PEOPLE)
A_FEW = 3


@dataclass(slots=True)
class Situation:
    """A text, its reader, and the conversations it may belong to.

    ``start`` begins the flow of a conversation with fresh facts. ``quoted`` is the conversation of the message
    that the text replies to, where the channel says so.
    """

    family: Family
    contact_id: int
    inbound: Inbound
    now: datetime
    voice: Voice
    start: Callable[[Key], Start]
    quoted: Key | None = None
    reply: Reply = field(init=False, repr=False)
    _read: Read = field(init=False, repr=False)
    _open: list[Key] | None = None
    _listened: dict[Key, Listening] = field(default_factory=dict, repr=False)
    _heard: dict[Key, Understood | Unsure] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # Of the voice and not of this object: what held it would be held by it, and wait for the collector.
        self._read = self.voice.reader(self.contact.language)
        self.reply = self._read(self.inbound.text)

    @property
    def contact(self) -> Contact:
        """Who wrote."""
        return self.family.contacts[self.contact_id]

    @property
    def thread(self) -> HelpRequest | None:
        """The help request that this contact's texts belong to, unless it has been quiet for a week."""
        request = self.family.thread_of(self.contact_id)
        return None if request is None or self.now - request.last_moved_at > A_CALL_STANDS else request

    def live(self, conversation: Conversation) -> bool:
        """Whether a text may still move it: not closed, and what it is about neither over nor cancelled."""
        if conversation.stage is Stage.CLOSED or conversation.contact_id != self.contact_id:
            return False
        if not conversation.subject_id:
            return True
        return self.family.still_open(FLOWS[conversation.flow].about, conversation.subject_id, self.now)

    def open_keys(self) -> list[Key]:
        """The conversations with an open question, the one asked last first; those not yet asked come last."""
        if self._open is None:
            self._open = self._open_keys()
        return self._open

    def _open_keys(self) -> list[Key]:
        stages = (Stage.OPEN, Stage.WAITING)
        found = [key for key, c in self.family.conversations.items() if c.stage in stages and self.live(c)]
        found.sort(key=self._asked_at, reverse=True)
        return [key for n, key in enumerate(found) if n == 0 or not FLOWS[key[1]].passing]

    def correctable_keys(self) -> list[Key]:
        """The conversations about an event that hold an answer to correct, the newest first."""
        about_events = (c for c in self.family.conversations.items() if FLOWS[c[0][1]].about == "event")
        found = [key for key, conversation in about_events if conversation.subject_id and self.live(conversation)]
        return sorted(found, key=self._asked_at, reverse=True)

    def _asked_at(self, key: Key) -> datetime:
        conversation = self.family.conversations[key]
        return conversation.asked_at or self.now - timedelta(days=3650)

    def was_said(self, key: Key) -> bool:
        """Whether the open question of a conversation was put to the family; one that waits for its time was not."""
        return self.family.conversations[key].stage is Stage.OPEN

    def tap(self) -> Understood | None:
        """What a tap on a button answers: the question that the button stands under, where that is still open.

        The buttons of a ``lasting`` flow, the menu, can be tapped at any time.
        """
        key, name = self.quoted, (self.inbound.button or "").partition("=")[0]
        if key is None or key not in self.family.conversations or key[0] != self.contact_id:
            return None
        listening = self._listening(key) if key in self.open_keys() else None
        if FLOWS[key[1]].lasting:
            listening = Listening(self.start(key), Memory(), self.reply, self.now, self._read)
        if listening is None or listening.open_question != name:
            return None
        heard = listening.hear()
        return heard if isinstance(heard, Understood) else None

    def just_said(self, within: timedelta) -> list[Key]:
        """The open questions said since the family's last text, and no longer ago than ``within``."""
        since = max(filter(None, (self.now - within, self.contact.last_inbound_at)))
        return [key for key in self.open_keys() if self.was_said(key) and self._asked_at(key) >= since]

    def newest_is_staff(self, within: timedelta) -> bool:
        """Whether the last that was said to the family, no longer ago than ``within``, came from a person."""
        request = self.thread
        if request is None or request.last_staff_at is None:
            return False
        said = [self._asked_at(key) for key in self.open_keys() if self.was_said(key)]
        return self.now - request.last_staff_at <= within and request.last_staff_at >= max(
            said, default=request.last_staff_at
        )

    def is_whole(self, words: Words, only_in: str | None = None) -> bool:
        """Whether the text says one of these words and nothing else but courtesy."""
        reply = self.reply if only_in is None else self.voice.reply(self.inbound.text, only_in, alone=True)
        found = reply.find(words)
        return bool(found) and reply.is_only(*found)

    def says_in_several_words(self, words: Words) -> bool:
        """Whether a phrase of two or more words of this list stands anywhere in the text."""
        return any(span.end - span.start > 1 for span in self.reply.find(words))

    def is_almost_only(self, words: Words) -> bool:
        """Whether a phrase of this list fills the text but for a few words that count and name nobody."""
        found = [span for span in self.reply.find(words) if span.end - span.start > 1]
        others = len(self.reply.tokens) - sum(span.end - span.start for span in found)
        return bool(found) and others <= A_FEW and not self.reply.numbers() and not self.reply.find(*PEOPLE_COUNTED)

    def only_greets(self) -> bool:
        """Whether the text is a greeting and nothing else."""
        return self.is_whole(GREETINGS)

    def only_agrees(self) -> bool:
        """Whether the text says yes, ok or a thumb up, and nothing else."""
        found = self.reply.find(*AFFIRMED)
        return bool(found) and self.reply.is_only(*found)

    def says_yes(self) -> bool:
        """Whether the text says yes and nothing else, in a word that is no mere "ok"."""
        return self.is_whole(YES)

    def stays_away(self) -> bool:
        """Whether the household's last word on some event ahead was no, or perhaps."""
        ahead = {event.id for event in self.family.coming_up(self.now)}
        return any(rsvp.coming != "yes" for rsvp in self.family.rsvps.values() if rsvp.event_id in ahead)

    def says_more_than(self, words: int) -> bool:
        """Whether the text has more than so many tokens."""
        return len(self.reply.tokens) > words

    def just_finished(self, within: timedelta) -> bool:
        """Whether a conversation of this contact moved to its end, or to its rest, no longer ago than ``within``."""
        since = self.now - within
        stages = (Stage.DONE, Stage.WAITING)
        mine = (talk for talk in self.family.conversations.values() if talk.contact_id == self.contact_id)
        return any(talk.stage in stages and talk.updated_at and talk.updated_at >= since for talk in mine)

    def answers_early(self, key: Key) -> bool:
        """Whether the text would answer a question that was not said yet, if it were."""
        return self._listening(key).would_answer()

    def others_that_take_it(self, corrected: Collection[Key]) -> list[Key]:
        """The other open questions that were said and take the whole text, where it has no cue of a correction."""
        if self.has_cue():
            return []
        asked = [key for key in self.open_keys() if self.was_said(key) and key not in corrected]
        return [key for key in asked if self.hear_exactly(key) is not None]

    def hear(self, key: Key) -> Understood | Unsure:
        """The text as the answer to the open question of this conversation."""
        if key not in self._heard:
            self._heard[key] = self._listening(key).hear()
        return self._heard[key]

    def hear_exactly(self, key: Key) -> Understood | None:
        """The same, where the question is not one for free words and nothing of the text is left over."""
        heard = self.hear(key) if self.thread is None else self.hear_naming(key)
        return heard if isinstance(heard, Understood) and heard.exact else None

    def hear_naming(self, key: Key) -> Understood | Unsure:
        """The same, for a text that names what it answers: "2 adults", but neither "yes" nor "2"."""
        return self._listening(key).hear(Mode.CORRECTING)

    def is_settled(self, key: Key) -> bool:
        """Whether a conversation came to its end."""
        return self.family.conversations[key].stage is Stage.DONE

    def has_cue(self) -> bool:
        """Whether the text says that it changes something: "perdón", "actually"."""
        return bool(self.reply.find(CORRECTION))

    def correct(self, key: Key) -> Corrected | Unsure:
        """The text as a correction inside this conversation."""
        return self._listening(key).correct()

    def _listening(self, key: Key) -> Listening:
        if key not in self._listened:
            memory = Memory.load(self.family.conversations[key].record)
            self._listened[key] = Listening(self.start(key), memory, self.reply, self.now, self._read)
        return self._listened[key]
