"""One text taken to its end: answers, messages, calls for a person. Pure; nothing here waits or writes.

The router says what a text is (``bot.router``); here that is carried out on a draft of the family. What a flow
comes to is saved by ``bot.outcomes``. Two doors lead in: ``take`` for a text, ``wake`` for a time that came; and a
third, ``begin``, for staff who start a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import outcomes, router, routes, unsigned, wishes
from bot.family import Changes, Draft, Family, Key, Said, TextKey
from bot.language.guess import guess
from bot.messages import Inbound, Kind, Media
from bot.records import ConsentChange, Conversation, HelpRequest, PassedOn, Stage, Timer
from bot.situation import Situation
from bot.voice import Voice
from flows import FLOWS, replies
from flows.core.listen import Corrected
from flows.core.question import Question
from flows.core.replay import Ask, Memory, Replayed, Start, replay
from flows.core.text import Text
from flows.facts import Contact, Household, Permission
from flows.help import answers_here

MENU = tuple((flow.name, flow.label) for flow in FLOWS.values() if flow.label and flow.on_menu)
"""The flows that a family can pick, with their labels."""

SOON = timedelta(days=3)
"""How long before an event it is too late to ask a family again."""

AN_ALBUM = timedelta(minutes=1)
"""What is sent within so long of each other is one thing to a family: its photos are answered once."""

TRIES = 3
"""How many texts in a row may be not understood before a person is fetched."""


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
        if self._asked is None:
            return None, ()
        key, name, question = self._asked
        language = self.contact.language
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
        """The same after an answer was replaced, with its old and its new value said first where they differ."""
        self.say(*replies.changed(corrected))
        self.keep(key, corrected.replayed)

    def _ask(self, key: Key, came_to: Replayed) -> None:
        if came_to.open is not None and not self._later(came_to.open):
            self.say(came_to.open.text)
            self._asked = (key, came_to.open.key, came_to.open.question)

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
        request = self.draft.open_request(
            HelpRequest(0, self.family.school.id, self.contact_id, reason, opened_at=self.now, urgent=urgent)
        )
        self.pass_on(request)

    def pass_on(self, request: HelpRequest, news: str = "text") -> None:
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
                news=news,
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
                shown="" if shown is None else self.voice.say(shown, language),
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


def take(family: Family, contact_id: int, inbound: Inbound, now: datetime, voice: Voice, quoted: Key | None) -> Turn:
    """The turn of one text; its ``finish`` gives the changes. Raises whatever a flow raises."""
    turn = Turn(family, contact_id, now, voice)
    turn.words, turn.media = inbound.text, inbound.media
    turn.text_key = (inbound.channel, inbound.account, inbound.provider_id)
    arrive(turn, inbound)
    situation = Situation(turn.family, contact_id, inbound, now, voice, turn.start, quoted)
    kind = router.danger(situation)
    if kind is not None:
        _danger(turn, kind)
    _carry_out(turn, situation, router.route(situation), in_danger=kind is not None)
    _show_to_staff(turn, situation)
    seen = replace(turn.contact, last_inbound_at=now)
    turn.draft.save_contact(seen)
    return turn


def fail(family: Family, contact_id: int, inbound: Inbound, now: datetime, voice: Voice) -> Turn:
    """The turn of a text whose own turn raised: it is kept, a person is called, and the family is told so."""
    turn = Turn(family, contact_id, now, voice)
    turn.words, turn.media = inbound.text, inbound.media
    arrive(turn, inbound)
    kind = router.danger(Situation(turn.family, contact_id, inbound, now, voice, turn.start))
    if kind is not None:
        _danger(turn, kind)
    else:
        turn.say(replies.a_person_will_look(family.school))
    turn.fetch_person("failure")
    turn.draft.save_contact(replace(turn.contact, last_inbound_at=now))
    return turn


def fail_to_wake(family: Family, contact_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn of a time whose own turn raised: the family hears nothing, and a person is called."""
    turn = Turn(family, contact_id, now, voice, Kind.EVENT)
    turn.fetch_person("failure")
    return turn


def wake(family: Family, key: Key, timer: str, now: datetime, voice: Voice) -> Turn:
    """The turn of a time that came: a question that waited for it is asked, a rest is over."""
    turn = Turn(family, key[0], now, voice, Kind.EVENT)
    if timer == unsigned.RUN_OUT:
        unsigned.run_out(turn, key)
        return turn
    conversation = turn.family.conversations.get(key)
    about = FLOWS[key[1]].about
    event = turn.family.events.get(key[2]) if about == "event" else None
    over = key[2] and not (event.is_ahead(now) if event else turn.family.still_open(about, key[2], now))
    if conversation is None or conversation.stage is not Stage.WAITING or over:
        return turn
    memory = Memory.load(conversation.record)
    came_to = turn.replay(key, memory)
    if came_to.waiting is not None and came_to.waiting[0] == timer:
        came_to = turn.replay(key, memory.rested(timer))
    turn.keep(key, came_to)
    return turn


def resume(family: Family, contact_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn after a person settled a request: the question that waited for it is said again, if it still counts."""
    turn = Turn(family, contact_id, now, voice, Kind.NOTICE)
    outcomes.ask_what_waited(turn)
    return turn


def ask_settled(family: Family, contact_id: int, request_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn in which a family is asked whether its request is settled."""
    turn = Turn(family, contact_id, now, voice, Kind.NOTICE)
    for request in [request for request in family.requests if request.id == request_id]:
        turn.draft.move_request(replace(request, asked_at=now))
        turn.begin("settled", request_id, Memory())
    return turn


def begin(
    family: Family,
    contact_id: int,
    flow: str,
    subject_id: int,
    now: datetime,
    voice: Voice,
    kind: Kind = Kind.EVENT,
) -> Turn:
    """The turn in which the school begins a conversation; a contact that it never wrote to is told who writes."""
    turn = Turn(family, contact_id, now, voice, kind)
    introduce(turn)
    turn.begin(flow, subject_id)
    return turn


def introduce(turn: Turn) -> None:
    """Tell a contact that the school never wrote to who writes, in a message of its own."""
    contact = turn.contact
    if contact.introduced_at is None:
        languages = _languages_for(contact, turn.family)
        turn.say(replies.introduction(turn.family.school, contact.first_name, languages))
        turn.next_message()
        turn.draft.save_contact(replace(contact, introduced_at=turn.now))


def _languages_for(contact: Contact, family: Family) -> tuple[str, ...]:
    """The contact's own language first, then the school's others."""
    own = contact.language or family.school.languages[0]
    return (own, *(code for code in family.school.languages if code != own))


def arrive(turn: Turn, inbound: Inbound) -> None:
    """What every text changes before it is understood: the account it came to, a household, a first language."""
    contact = turn.contact
    if contact.household_id is None:
        household = Household(-contact.id, contact.school_id)
        turn.draft.save_household(household)
        contact = replace(contact, household_id=household.id, wrong_number_at=None, introduced_at=None)
    if contact.language is None:
        contact = replace(contact, language=guess(inbound.text, turn.voice) or _hinted(turn, inbound))
    if contact.account != inbound.account:
        contact = replace(contact, account=inbound.account)
    turn.draft.save_contact(contact)


def _hinted(turn: Turn, inbound: Inbound) -> str | None:
    """The language of the app, where the school speaks it; held lightly like a guess."""
    return inbound.language_hint if inbound.language_hint in turn.family.school.languages else None


def _danger(turn: Turn, kind: str) -> None:
    turn.speaks_anyway = True
    turn.fetch_person("danger", urgent=True)
    turn.say(replies.danger(kind))
    if unsigned.is_asked(turn):
        turn.say(replies.danger_has_a_name())


def _carry_out(turn: Turn, at: Situation, route: routes.Route, *, in_danger: bool) -> None:
    """Do what the router decided. In danger only a wish: such words are no answer, and no other parent reads them."""
    match route:
        case routes.Stop() | routes.Restart() | routes.LeaveNews() | routes.Help() | routes.Speak() | routes.NotThem():
            wishes.grant(turn, at, route)
        case _ if in_danger:
            pass
        case routes.Answer(key, heard):
            _answer(turn, at, key, heard.replayed)
        case routes.Correction(key, corrected):
            turn.keep_corrected(key, corrected)
        case routes.Which(keys):
            outcomes.ask_which(turn, keys, at.inbound.text)
        case routes.Nothing() | routes.ForStaff() if unsigned.is_edit(turn, at):
            pass
        case routes.Nothing():
            _media(turn, at)
        case routes.OldButton():
            unsigned.forget_tap(turn, at)
            turn.say(replies.answered_before())
        case routes.Thread():
            _to_thread(turn, at)
        case _:
            _guide(turn, at, route)


def _answer(turn: Turn, at: Situation, key: Key, came_to: Replayed) -> None:
    """An answer is kept; what it is about goes to a person, or to nobody by name."""
    if key[1] == "help":
        _to_thread(turn, at)
    if key[1] == "media":
        turn.fetch_person("media")
    if key[1] == unsigned.FLOW:
        unsigned.take(turn)
    turn.keep(key, came_to)


def _to_thread(turn: Turn, at: Situation) -> None:
    """The text is for the person who is in the thread. More than thanks, it means that something is not settled yet."""
    request = turn.family.thread_of(turn.contact_id)
    if request is None:
        return
    if request.asked_at is not None and not at.reply.is_only():
        request = turn.withdraw_closing_question(request)
    turn.pass_on(request)


def _reopen(turn: Turn) -> None:
    """A request that was settled, or that nobody touched for long, goes on; the person who has it hears of it."""
    waiting = turn.family.thread_of(turn.contact_id)
    settled = turn.family.settled_lately(turn.contact_id, turn.now)
    if waiting is not None:
        turn.pass_on(waiting)
    elif settled is not None:
        turn.pass_on(replace(settled, closed_at=None, closed_by=None, asked_at=None), news="reopened")
    turn.say(answers_here(turn.family.school, turn.family.school.closed(turn.now)))


def _guide(turn: Turn, at: Situation, route: routes.Route) -> None:
    """Help a family along that has not answered anything: a menu, an example, a person."""
    match route:
        case routes.Begin("first_contact" as flow):
            turn.draft.save_contact(replace(turn.contact, introduced_at=turn.now))
            turn.begin(flow)
        case routes.Begin("help", _subject, with_words=True):
            memory = outcomes.first_answer(turn, (turn.contact_id, "help", 0), at.reply)
            turn.begin("help", memory=memory)
        case routes.Begin(flow, subject):
            turn.begin(flow, subject)
        case routes.Change():
            outcomes.change(turn, at)
        case routes.AskEarly(key):
            outcomes.ask_early(turn, key)
        case routes.Reopen():
            _reopen(turn)
        case routes.ForStaff():
            turn.fetch_person("unclear")
            turn.say(replies.a_person_will_look(turn.family.school))
        case routes.AskAgain(key):
            turn.ask_again(key)
        case routes.NotUnderstood(key, unsure):
            unsigned.hold(turn, at, key, TRIES)
            outcomes.remember(turn, at, key)
            _say_it_otherwise(turn, key, unsure.why)


def _say_it_otherwise(turn: Turn, key: Key, why: Text | None) -> None:
    """An example; then the choices; then a person. Never the same words a third time."""
    conversation = turn.family.conversations[key]
    tries = conversation.tries + 1
    asked = turn.replay(key, Memory.load(conversation.record)).open
    if tries >= TRIES or asked is None:
        turn.fetch_person("unclear")
        turn.say(replies.a_person_will_look(turn.family.school))
    else:
        question = asked.question
        example = replies.tap_or_write() if turn.contact.taps and question.buttons() else question.example
        turn.say((why or example) if tries == 1 else question.choices)
        turn._asked = (key, asked.key, question)
    turn.draft.save_conversation(replace(conversation, tries=tries % TRIES, asked_at=turn.now, updated_at=turn.now))


def _media(turn: Turn, at: Situation) -> None:
    """A photo or voice note without words is kept for staff and answered; a sticker or nothing at all does no harm.

    It belongs to the thread where a person is in one. The photos of an album come one by one and are answered once.
    """
    if not turn.media or at.inbound.edited:
        return
    if at.thread is not None:
        turn.pass_on(at.thread)
        return
    if not any(_came_just_now(request, turn) for request in turn.family.requests):
        turn.begin("media")
    turn.fetch_person("media")


def _came_just_now(request: HelpRequest, turn: Turn) -> bool:
    """Whether this is about something else that the contact sent a moment ago."""
    if request.contact_id != turn.contact_id or request.reason != "media" or request.closed_at is not None:
        return False
    return turn.now - (request.last_family_at or request.opened_at) < AN_ALBUM


def _show_to_staff(turn: Turn, at: Situation) -> None:
    """A photo whose words were answered: a person sees it all the same, unless they were promised to be unsigned."""
    known = turn.draft.changes.passed_on or turn.draft.changes.forgotten
    if not turn.media or at.inbound.edited or known:
        return
    if at.thread is not None:
        turn.pass_on(at.thread)
    else:
        turn.fetch_person("media")
