"""What a flow comes to, saved: an RSVP for the whole household, a permission, the way into another flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.family import Family, Key
from bot.messages import Kind
from bot.records import Conversation, Rsvp, Stage
from bot.turn import unsigned
from bot.turn.naming import beside
from bot.turn.situation import A_DAY
from flows import FLOWS, replies
from flows.consent import terms
from flows.core.listen import Corrected, Listening, Understood, hear
from flows.core.replay import Memory, Replayed
from flows.core.text import Text
from flows.core.words import Reply
from flows.facts import Permission
from flows.help import answers_here
from flows.outcomes import GoTo, Meant, Permitted, Settled, Speaks, Welcomed
from flows.outcomes import Rsvp as Answered
from flows.rsvp import in_words

if TYPE_CHECKING:
    from bot.turn.situation import Situation
    from bot.turn.turn import Turn


NOT_UNDERSTOOD = "not-understood"
"""Under what a menu keeps a text that it did not understand."""


def save(turn: Turn, key: Key, came_to: Replayed, before: Conversation | None) -> None:
    """Carry out the outcome of a conversation, the one so far or the last; ``before`` is how it was until this text."""
    match came_to.outcome:
        case Answered() as answer:
            _answered(turn, key, answer, came_to, was_done=before is not None and before.stage is Stage.DONE)
        case Permitted(given):
            _permission(turn, given)
        case Welcomed() as welcomed:
            unsigned.save(turn, key, welcomed, done=came_to.done)
        case Settled(yes):
            _settled(turn, key[2], yes)
        case GoTo(flow, subject):
            _go_to(turn, key, flow, subject, _not_understood(before, turn.now))
        case Speaks(language):
            contact = replace(turn.contact, language=language, language_chosen=True)
            turn.draft.save_contact(contact)
            turn.begin(key[1])
        case Meant(flow, subject):
            _meant(turn, key, (turn.contact_id, flow, subject), came_to)


def _answered(turn: Turn, key: Key, answer: Answered, came_to: Replayed, *, was_done: bool) -> None:
    known = turn.family.rsvps.get(key[2])
    changed = _rsvp(turn, key, answer, came_to)
    # All of a household are offered a freed place. Where one has answered, the others need not any more.
    settled = known is not None and known.is_offered and answer.coming == "yes" and not answer.listed
    if settled or (came_to.done and (changed or not was_done)):
        _tell_household(turn, key, answer, came_to)
    if came_to.done:
        ask_permission_once(turn)


def _go_to(turn: Turn, key: Key, flow: str, subject: int, said: str) -> None:
    """Go on in another flow. What the family ``said`` before it picked a person need not be said again."""
    turn.draft.close(key)
    if flow == unsigned.FLOW:
        unsigned.begin(turn)
    elif flow == "help" and said:
        turn.words = said
        reply = turn.voice.reader(turn.contact.language)(said)
        turn.begin(flow, memory=first_answer(turn, (turn.contact_id, flow, 0), reply))
    else:
        turn.begin(flow, subject)


def remember(turn: Turn, at: Situation, key: Key) -> None:
    """Keep words that a menu did not understand, for the person that the family may pick from it next."""
    if not FLOWS[key[1]].lasting or not at.is_for_a_person():
        return
    menu = turn.family.conversations[key]
    memory = replace(Memory.load(menu.record), kept={NOT_UNDERSTOOD: turn.words})
    turn.draft.save_conversation(replace(menu, record=memory.dump()))


def _not_understood(menu: Conversation | None, now: datetime) -> str:
    """What ``remember`` kept, while it is fresh."""
    if menu is None or menu.stage is not Stage.OPEN or now - (menu.updated_at or now) > A_DAY:
        return ""
    return str(Memory.load(menu.record).kept.get(NOT_UNDERSTOOD, ""))


def _rsvp(turn: Turn, key: Key, answer: Answered, came_to: Replayed) -> bool:
    """Save the answer; whether it differs from the one that was known."""
    household = turn.family.household
    if household is None:
        return False
    if answer.name and household.name is None:
        household = replace(household, name=answer.name)
        turn.draft.save_household(household)
    known = turn.family.rsvps.get(key[2])
    new = Rsvp(
        school_id=turn.family.school.id,
        event_id=key[2],
        household_id=household.id,
        coming=answer.coming,
        adults=answer.adults,
        children=answer.children,
        child_care=answer.child_care,
        food=answer.food,
        interpreter=turn.contact.language if answer.interpreter else None,
        answered_by=turn.contact_id,
        answered_at=turn.now,
        wanted=answer.wanted,
    )
    if answer.listed:
        new = _on_the_list(turn, new, known)
    if known is not None and known.coming == new.coming == "yes":
        new = _with_what_was_said_before(new, answer, known, done=came_to.done)
    if known is not None and known == replace(new, answered_by=known.answered_by, answered_at=known.answered_at):
        return False
    turn.draft.save_rsvp(new)
    return True


def _on_the_list(turn: Turn, new: Rsvp, known: Rsvp | None) -> Rsvp:
    """The answer with its turn on the waiting list, and with the places that are kept for just so many people.

    Who let an offer pass is in the line again with the next word of its own.
    """
    since = known.waiting_since if known is not None else None
    if known is None or since is None:
        return replace(new, waiting_since=turn.now)
    keeps = known.asks_for == new.asks_for and (known.is_offered or turn.kind is not Kind.REPLY)
    return replace(new, waiting_since=since, offered_until=known.offered_until if keeps else None)


def _with_what_was_said_before(new: Rsvp, answer: Answered, known: Rsvp, *, done: bool) -> Rsvp:
    """The new answer with what it was not asked for: an allergy while the number changes, the interpreter of the
    other parent, whose language is not this one's."""
    interpreter = known.interpreter if answer.interpreter is None else new.interpreter
    if done:
        return replace(new, interpreter=interpreter)
    return replace(
        new,
        child_care=known.child_care if new.child_care is None else new.child_care,
        food=known.food if new.food is None else new.food,
        interpreter=interpreter,
    )


def _tell_household(turn: Turn, key: Key, answer: Answered, came_to: Replayed) -> None:
    """The others of the household learn the answer, and hold it too: each may change it from here."""
    event = turn.family.events[key[2]]
    for other in list(turn.family.contacts.values()):
        theirs = (other.id, key[1], key[2])
        known = turn.family.conversations.get(theirs)
        if other.id == turn.contact_id or other.household_id != turn.contact.household_id:
            continue
        if known is None and other.permission is not Permission.GIVEN:
            continue  # nobody asked them yet whether the school may write
        known = known or turn.new_conversation(theirs, Memory())
        turn.draft.save_conversation(
            replace(known, stage=Stage.DONE, record=came_to.memory.dump(), tries=0, updated_at=turn.now)
        )
        if other.id not in turn.family.person(turn.contact_id) and turn.family.hears(other):
            turn.tell_other(other, replies.answered_for_household(turn.contact.first_name, in_words(answer, event)))


def _permission(turn: Turn, given: bool) -> None:
    permission = Permission.GIVEN if given else Permission.REFUSED
    if turn.contact.permission is not permission:
        turn.draft.save_contact(replace(turn.contact, permission=permission))
        turn.consent(permission, "events", "reply", terms(turn.family.school, turn.contact))


def _settled(turn: Turn, request_id: int, yes: bool) -> None:
    """The family's yes closes its request, and what had to wait for it is asked again; with a no it goes on."""
    request = next((r for r in turn.family.requests if r.id == request_id and r.closed_at is None), None)
    if request is None:
        return
    if not yes:
        turn.pass_on(replace(request, asked_at=None), news="not-settled")
        return
    turn.pass_on(replace(request, closed_at=turn.now, closed_by="family"), news="settled")
    asked = turn.family.conversations.get((request.contact_id, "help", 0))
    if request.reason == "help" and asked is not None and asked.stage is Stage.OPEN:
        turn.draft.close((request.contact_id, "help", 0))  # what it is about need not be said any more
    turn.next_message()
    ask_what_waited(turn)


def ask_what_waited(turn: Turn) -> None:
    """Put the question again that had to wait while a person was in the thread, if it still counts."""
    key = newest_question(turn)
    event = turn.family.events.get(key[2]) if key else None
    if key is not None and event is not None and event.is_ahead(turn.now):
        turn.ask_again(key)


def ask_permission_once(turn: Turn) -> None:
    """Ask for permission for event news, in a message of its own, unless it was asked or given before."""
    asked = (turn.contact_id, "consent", 0) in turn.family.conversations
    silent = turn.contact.stopped_at is not None
    if turn.contact.permission is Permission.UNKNOWN and not asked and not silent:
        turn.next_message()
        turn.begin("consent")


def ask_which(turn: Turn, keys: tuple[Key, ...], text: str) -> None:
    """Keep the text aside and ask which of these conversations it is meant for."""
    private = bool(text) and any(flow == unsigned.FLOW for _contact, flow, _subject in keys)
    source = "" if private else turn.source
    if private:
        unsigned.forget(turn)
    key = (turn.contact_id, "which", 0)
    asked = turn.family.conversations.get(key)
    if asked is not None and asked.stage is Stage.OPEN and asked.asked_at and turn.now - asked.asked_at < A_DAY:
        if not private:
            turn.fetch_person("unclear")  # the same question would be said a second time
            turn.say(replies.a_person_will_look(turn.family.school))
            return
        _give_way(turn, asked)  # a score can be shown to nobody, so it is asked about again
    between = [f"{flow}/{subject}" for _contact, flow, subject in keys]
    memory = Memory(kept={"text": text, "between": [*between], "source": source})
    if asked is not None:  # its labels are read from its record: not from that of the time before
        turn.draft.save_conversation(replace(asked, stage=Stage.CLOSED, record=memory.dump()))
    turn.begin("which", memory=memory)
    if private:
        unsigned.run_out_later(turn, key)


def _give_way(turn: Turn, asked: Conversation) -> None:
    """A text that was kept aside with its name makes room for one without: a person reads the first, and only that."""
    kept = Memory.load(asked.record).kept
    text, between = str(kept.get("text", "")), kept.get("between")
    names = [str(name).partition("/")[0] for name in between] if isinstance(between, list) else []
    if text and unsigned.FLOW not in names:
        turn.words, turn.media = text, ()
        turn.fetch_person("unclear")


def keep_aside(turn: Turn) -> None:
    """The text that is kept aside reads otherwise now."""
    asked = turn.family.conversations[turn.contact_id, "which", 0]
    memory = Memory.load(asked.record)
    changed = replace(memory, kept={**memory.kept, "text": turn.words})
    turn.draft.save_conversation(replace(asked, record=changed.dump()))


def labels(family: Family, key: Key) -> tuple[tuple[str, Text], ...]:
    """The conversations that "which one?" is about, each with a label; none for any other flow."""
    conversation = family.conversations.get(key)
    if key[1] != "which" or conversation is None:
        return ()
    between = Memory.load(conversation.record).kept.get("between")
    names = [str(name) for name in between] if isinstance(between, list) else []
    return tuple((name, _label(family, name)) for name in names)


def _label(family: Family, name: str) -> Text:
    flow, _slash, subject = name.partition("/")
    event = family.events.get(int(subject))
    pulse = family.pulses.get(int(subject))
    if pulse is not None and pulse.event is not None:
        return replies.pulse_label(pulse.event)
    if event is not None:
        return replies.event_label(event)
    return FLOWS[flow].label or Text(flow)


def _meant(turn: Turn, asked: Key, meant: Key, came_to: Replayed) -> None:
    """Give the text that was kept aside to the conversation that the family picked."""
    unsigned.wipe(turn, asked, Stage.CLOSED)
    text = str(came_to.memory.kept.get("text", ""))
    conversation = turn.family.conversations.get(meant)
    if FLOWS[meant[1]].about == "request" and (conversation is None or conversation.stage is not Stage.OPEN):
        _for_the_person(turn, meant[2], text)
        return
    if conversation is None:
        return
    if meant[1] == unsigned.FLOW:
        if conversation.stage is Stage.DONE:  # its day was over meanwhile, and it counts once
            unsigned.leave_it(turn)
            return
        unsigned.take(turn)
    read = turn.voice.reader(turn.contact.language)
    reply = read(text)
    if reply.empty:
        ask_anew(turn, meant)
        return
    event = turn.family.events.get(meant[2]) if FLOWS[meant[1]].about == "event" else None
    reply = reply if event is None else read(beside(reply, event))
    memory = Memory.load(conversation.record)
    source = str(came_to.memory.kept.get("source", ""))
    listening = Listening(turn.start(meant), memory, reply, turn.now, read, source)
    heard = listening.correct()
    if isinstance(heard, Corrected):
        turn.keep_corrected(meant, heard)
        return
    understood = listening.hear()
    if FLOWS[meant[1]].about == "request" and not isinstance(understood, Understood):
        _for_the_person(turn, meant[2], text)  # whether it is settled was asked meanwhile, and this is no answer to it
        return
    turn.keep(meant, understood.replayed if isinstance(understood, Understood) else turn.replay(meant, memory))


def _for_the_person(turn: Turn, request_id: int, text: str) -> None:
    """The text that was kept aside is for the person in the thread: it stands there in the place of this one."""
    turn.words = text
    if turn.text_key is not None:
        turn.draft.changes.logged_as[turn.text_key] = text
    request = next((r for r in turn.family.requests if r.id == request_id and r.closed_at is None), None)
    if request is None:
        turn.fetch_person("unclear")
    else:
        turn.pass_on(turn.withdraw_closing_question(request) if request.asked_at is not None else request)
    turn.say(answers_here(turn.family.school, turn.family.school.closed(turn.now)))


def first_answer(turn: Turn, key: Key, reply: Reply) -> Memory:
    """A new conversation's memory in which ``reply`` already answers the first question."""
    heard = hear(turn.start(key), Memory(), reply, turn.now, turn.voice.reader(turn.contact.language), turn.source)
    # What is told on the way must still be told, so only the answers are taken over.
    return Memory(heard.replayed.memory.answers) if isinstance(heard, Understood) else Memory()


def newest_question(turn: Turn) -> Key | None:
    """The conversation whose question was put to this contact last and is still open."""
    asked = [
        (conversation.asked_at, key)
        for key, conversation in turn.family.conversations.items()
        if key[0] == turn.contact_id and conversation.stage is Stage.OPEN and conversation.asked_at is not None
        if not FLOWS[key[1]].is_over(conversation.asked_at, turn.now)
    ]
    return max(asked)[1] if asked else None


def change(turn: Turn, at: Situation) -> None:
    """The family wants to change its answer: the invitation is asked again; which one, where there are several."""
    keys = [key for key in at.correctable_keys() if key[1] == "rsvp"]
    if not keys:
        turn.begin("events")
    elif len(keys) > 1:
        ask_which(turn, tuple(keys), "")
    else:
        ask_anew(turn, keys[0])


def ask_anew(turn: Turn, key: Key) -> None:
    """Put the invitation again, with all that was answered forgotten."""
    turn.keep(key, turn.replay(key, Memory()))


def ask_early(turn: Turn, key: Key) -> None:
    """Say a question now that waits for its time."""
    memory = Memory.load(turn.family.conversations[key].record)
    waiting = turn.replay(key, memory).open
    if waiting is not None:
        turn.keep(key, turn.replay(key, memory.rested(waiting.key)))
