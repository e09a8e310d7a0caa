"""One text and the family it came from, as the router looks at them.

Everything here only looks; a conversation that is "heard" is run in memory, and nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.family import A_CALL_STANDS, Family, Key
from bot.language.voice import Voice
from bot.messages import Inbound
from bot.records import Conversation, HelpRequest, Stage
from bot.turn.naming import beside, named
from flows import FLOWS
from flows.core.edits import Same, Withdrawn, answered_by, edit
from flows.core.listen import Corrected, Listening, Understood
from flows.core.question import Mode, Taken, Unsure
from flows.core.replay import Memory, Read, Start
from flows.core.tokens import ASKED
from flows.core.words import Reply, Words, words
from flows.facts import Contact
from flows.pulse import SCALE
from flows.questions.assent import AFFIRMED
from flows.questions.vocabulary import ADULTS, CHILDREN, CORRECTION, PEOPLE, YES

# Translators: greetings. They never answer a question.
GREETINGS = words("greetings")
PEOPLE_COUNTED = (ADULTS, CHILDREN, PEOPLE)
A_FEW = 3
A_WORD_OR_TWO = 2
JUST_NOW = timedelta(minutes=10)
"""How long a question stays the thing that a text most likely answers."""
A_DAY = timedelta(days=1)
STILL_CHANGED = timedelta(days=3)
"""For how long at most a family may change a text that it sent; Telegram lets it for about two days."""


@dataclass(slots=True)
class Situation:
    """A text, its reader, and the conversations it may belong to.

    ``start`` begins the flow of a conversation with fresh facts. ``quoted`` is the conversation of the message
    that the text replies to, where the channel says so; ``was_logged`` whether the text that was changed is in the log.
    """

    family: Family
    contact_id: int
    inbound: Inbound
    now: datetime
    voice: Voice
    start: Callable[[Key], Start]
    quoted: Key | None = None
    was_logged: bool | None = None
    reply: Reply = field(init=False, repr=False)
    _read: Read = field(init=False, repr=False)
    _open: list[Key] | None = None
    _listened: dict[Key, Listening] = field(default_factory=dict, repr=False)
    _beside: dict[Key, Listening] = field(default_factory=dict, repr=False)
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

    def was_never_settled(self) -> bool:
        """Whether a request of this contact is open and has been quiet for longer than its thread lasts."""
        return self.thread is None and self.family.thread_of(self.contact_id) is not None

    def was_settled_lately(self) -> bool:
        """Whether a request of this contact was closed this week by its yes, or by its silence."""
        return self.family.settled_lately(self.contact_id, self.now) is not None

    def live(self, conversation: Conversation) -> bool:
        """Whether a text may still move it: not closed, and what it is about neither over nor cancelled."""
        if conversation.stage is Stage.CLOSED or conversation.contact_id != self.contact_id:
            return False
        if FLOWS[conversation.flow].is_over(conversation.asked_at, self.now):
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

    def is_unsigned(self, key: Key) -> bool:
        """Whether what is said in a conversation is for no person to read with its name."""
        return FLOWS[key[1]].about == "pulse"

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
            listening = Listening(self.start(key), Memory(), self.reply, self.now, self._read, self.inbound.source)
        if listening is None or listening.open_question != name:
            return None
        heard = listening.hear()
        return heard if isinstance(heard, Understood) else None

    def just_said(self, within: timedelta) -> list[Key]:
        """The open questions said since the family's last text, and no longer ago than ``within``."""
        since = max(filter(None, (self.now - within, self.contact.last_inbound_at)))
        return [key for key in self.open_keys() if self.was_said(key) and self._asked_at(key) >= since]

    @property
    def closing(self) -> Key | None:
        """The conversation in which the family is asked whether its thread is settled, or would be."""
        return None if self.thread is None else (self.contact_id, "settled", self.thread.id)

    def newest_unsigned(self) -> Key | None:
        """The pulse that was said since any other question, and since anybody wrote in the thread."""
        key = next(iter(self.open_keys()), None)
        if key is None or not self.is_unsigned(key):
            return None
        return key if self.thread is None or self._asked_at(key) > self.thread.last_moved_at else None

    def newest_is_staff(self, within: timedelta = timedelta.max) -> bool:
        """Whether the last that was said to the family, no longer ago than ``within``, came from a person."""
        request = self.thread
        if request is None or request.last_staff_at is None:
            return False
        said = [self._asked_at(key) for key in self.open_keys() if self.was_said(key)]
        return self.now - request.last_staff_at <= within and request.last_staff_at >= max(
            said, default=request.last_staff_at
        )

    def is_whole(self, words: Words, *beside: Words, only_in: str | None = None) -> bool:
        """Whether the text says one of these words and nothing else but courtesy, and what may stand ``beside``."""
        reply = self.reply if only_in is None else self.voice.reply(self.inbound.text, only_in, alone=True)
        found = reply.find(words, *beside)
        return any(span.key == words.key for span in found) and reply.is_only(*found)

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
        away = ("no", "maybe")
        return any(rsvp.coming in away for rsvp in self.family.rsvps.values() if rsvp.event_id in ahead)

    def says_more_than(self, words: int) -> bool:
        """Whether the text has more than so many tokens."""
        return len(self.reply.tokens) > words

    def is_for_a_person(self) -> bool:
        """Whether the text says more than a word or two, or asks something, and is no greeting, no thanks, no "ok"."""
        if self.reply.is_only() or self.only_greets() or self.only_agrees():
            return False
        return self.says_more_than(A_WORD_OR_TWO) or any(token.folded == ASKED for token in self.reply.tokens)

    def was_just_asked(self, key: Key, within: timedelta) -> bool:
        """Whether the question of a conversation was put to the family no longer ago than ``within``."""
        return self.now - self._asked_at(key) <= within

    def takes_any_words(self, key: Key) -> bool:
        """Whether the open question of a conversation is one for free words."""
        return self._listening(key).takes_any_words

    def just_finished(self, within: timedelta) -> bool:
        """Whether a conversation of this contact moved to its end, or to its rest, no longer ago than ``within``.

        So does an invitation whose event is cancelled.
        """
        since = self.now - within
        stages = (Stage.DONE, Stage.WAITING)
        mine = [talk for talk in self.family.conversations.values() if talk.contact_id == self.contact_id]
        ended = (talk for talk in mine if talk.stage in stages or (talk.stage is Stage.CLOSED and talk.subject_id))
        return any(talk.updated_at and talk.updated_at >= since for talk in ended)

    def was_in(self, flow: str, within: timedelta) -> bool:
        """Whether this contact was asked or answered something in this flow no longer ago than ``within``."""
        mine = (talk for key, talk in self.family.conversations.items() if key[:2] == (self.contact_id, flow))
        return any(talk.updated_at is not None and self.now - talk.updated_at <= within for talk in mine)

    def has_just_ended(self, flow: str, within: timedelta) -> bool:
        """Whether it was this contact's last text, no longer ago than ``within``, that brought this flow to its end."""
        last = self.contact.last_inbound_at
        mine = (talk for key, talk in self.family.conversations.items() if key[:2] == (self.contact_id, flow))
        recent = last is not None and self.now - last <= within
        return recent and any(talk.stage is Stage.DONE and talk.updated_at == last for talk in mine)

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
            self._heard[key] = self._taken_back(key) or self._listening(key).hear()
        return self._heard[key]

    def _taken_back(self, key: Key) -> Understood | None:
        """The score of a pulse said anew while its words are asked for: "sorry, I meant 2" are no words."""
        corrected = self.correct(key) if self.is_unsigned(key) and self.has_cue() else None
        if not isinstance(corrected, Corrected) or not corrected.exact:
            return None
        return Understood(corrected.replayed, exact=True)

    def hear_exactly(self, key: Key) -> Understood | None:
        """The same, where the question is not one for free words and nothing of the text is left over."""
        heard = self.hear_naming(key) if self._waits_for_the_thread(key) else self.hear(key)
        return heard if isinstance(heard, Understood) and heard.exact else None

    def _waits_for_the_thread(self, key: Key) -> bool:
        """Whether a person came into the thread, or the school wrote in it, since this was asked.

        A pulse waits for no person: what it takes is for nobody to read with its name.
        """
        closing, request = self.closing, self.thread
        if request is None or key == closing or self.is_unsigned(key):
            return False
        asked = self._asked_at(closing) if closing in self.open_keys() else None
        return self._asked_at(key) <= max(filter(None, (request.opened_at, request.last_staff_at, asked)))

    def hear_naming(self, key: Key) -> Understood | Unsure:
        """The same, for a text that names what it answers: "2 adults", but neither "yes" nor "2"."""
        return self._listening(key).hear(Mode.CORRECTING)

    def is_claimed(self) -> bool:
        """Whether an open question claims the text: it takes any words, or all of these, or is named by them.

        A "no" that begins a sentence, "no one called me", claims nothing: it may be said of anything.
        """
        return any(isinstance(self.hear(key), Understood) and self._claims(key) for key in self.open_keys())

    def _claims(self, key: Key) -> bool:
        return self.takes_any_words(key) or any(
            isinstance(heard, Understood) and (heard.exact or naming)
            for heard, naming in ((self.hear(key), False), (self.hear_naming(key), True))
        )

    def is_settled(self, key: Key) -> bool:
        """Whether a conversation came to its end."""
        return self.family.conversations[key].stage is Stage.DONE

    def was_misunderstood(self) -> bool:
        """Whether the open question that was said last is one whose answer was just not understood."""
        asked = [key for key in self.open_keys() if self.was_said(key)]
        return bool(asked) and self.family.conversations[asked[0]].tries > 0

    def has_cue(self) -> bool:
        """Whether the text says that it changes something: "perdón", "actually"."""
        return self.inbound.edited or bool(self.reply.find(CORRECTION))

    def correct(self, key: Key) -> Corrected | Unsure:
        """The text as a correction inside this conversation."""
        # A text that was changed takes back what it said before, in the sign that families use for that.
        return self.take_back(key) if self.inbound.edited else self._beside_its_name(key).correct()

    def take_back(self, key: Key) -> Corrected | Unsure:
        """The same, as if the text began with a cue."""
        reply = self._read(f"* {self._without_name(key).text}")
        return self._listen(key, reply).correct()

    def edit(self, key: Key) -> Corrected | Same | Withdrawn | None:
        """What the text, which was changed, makes of what it answered in this conversation."""
        memory = Memory.load(self.family.conversations[key].record)
        return edit(self.start(key), memory, self._without_name(key), self.now, self._read, self.inbound.source)

    def answered_before(self) -> Key | None:
        """The conversation in which the text, which was changed, gave an answer; None where that is not known."""
        for key, talk in self.family.conversations.items():
            mine = key[0] == self.contact_id and talk.stage is not Stage.CLOSED
            if self.inbound.edited and mine and answered_by(Memory.load(talk.record), self.inbound.source):
                return key
        return None

    def is_kept_aside(self) -> bool:
        """Whether it is the text, which was changed, of which the family is asked what it is meant for."""
        asked = self.family.conversations.get((self.contact_id, "which", 0))
        kept = Memory.load(asked.record).kept if asked is not None and asked.stage is Stage.OPEN else {}
        return self.inbound.edited and kept.get("source") == self.inbound.source

    def changes_what_has_no_name(self) -> bool:
        """Whether the text, which was changed, is surely one that a family wrote without its name.

        What it answered may be an older pulse, where the family is still to say which one it means.
        """
        lately = self.was_in("pulse", STILL_CHANGED) or any(map(self.is_unsigned, self.open_keys()))
        return self.inbound.edited and self.was_logged is False and lately

    def named(self) -> list[Key]:
        """The conversations about an event that still takes answers, and that the text names."""
        keys = self.correctable_keys()
        ids = named(self.reply, [self.family.events[id_] for id_ in dict.fromkeys(key[2] for key in keys)])
        return [next(key for key in keys if key[2] == id_) for id_ in ids]

    def is_asked_for_words(self) -> bool:
        """Whether some question that was said takes any words at all."""
        return any(self.was_said(key) and self.takes_any_words(key) for key in self.open_keys())

    def is_score(self) -> bool:
        """Whether the text is a bare number that a pulse may ask for."""
        numbers = self.reply.numbers()
        bare = len(numbers) == 1 and self.reply.is_only(numbers[0].span)
        return bare and SCALE.least <= numbers[0].value <= SCALE.most

    def takes_back_a_score(self) -> bool:
        """Whether the text takes back a score that counts already: "sorry, I meant 2", and nothing else."""
        heard = SCALE.read(self.reply, Mode.CORRECTING)
        return self.has_told() and isinstance(heard, Taken) and not heard.rest

    def has_told(self) -> bool:
        """Whether a pulse came to its end lately, and since then nothing was asked, nor did a person write.

        That is within the day; for an answer that was changed, for as long as it may be.
        """
        within = STILL_CHANGED if self.changes_what_has_no_name() else A_DAY
        mine = [(key, talk) for key, talk in self.family.conversations.items() if key[0] == self.contact_id]
        ends = (talk.updated_at for key, talk in mine if self.is_unsigned(key) and talk.stage is Stage.DONE)
        told = max(filter(None, ends), default=None)
        if told is None or self.now - told > within:
            return False
        since = [talk.asked_at for _key, talk in mine] + [self.thread.last_moved_at if self.thread else None]
        return all(moment <= told for moment in filter(None, since))

    def _listening(self, key: Key) -> Listening:
        """The text in a conversation, without the name of what that is about; but free words are left as they are."""
        if key not in self._listened:
            listening = self._listen(key, self.reply)
            self._listened[key] = listening if listening.takes_any_words else self._beside_its_name(key, listening)
        return self._listened[key]

    def _beside_its_name(self, key: Key, whole: Listening | None = None) -> Listening:
        if key not in self._beside:
            reply = self._without_name(key)
            self._beside[key] = whole if whole and reply is self.reply else self._listen(key, reply)
        return self._beside[key]

    def _without_name(self, key: Key) -> Reply:
        event = self.family.events.get(key[2]) if FLOWS[key[1]].about == "event" else None
        text = self.reply.text if event is None else beside(self.reply, event)
        return self.reply if text == self.reply.text else self._read(text)

    def _listen(self, key: Key, reply: Reply) -> Listening:
        memory = Memory.load(self.family.conversations[key].record)
        # What answers without a name is not to be found by its text either.
        source = "" if self.is_unsigned(key) else self.inbound.source
        return Listening(self.start(key), memory, reply, self.now, self._read, source)
