"""What a flow comes to, saved: an RSVP for the whole household, a permission, the way into another flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.family import Family, Key
from bot.records import Rsvp, Stage
from flows import FLOWS, replies
from flows.consent import terms
from flows.core.listen import Corrected, Listening, Understood, hear
from flows.core.replay import Memory, Replayed
from flows.core.text import Text
from flows.core.words import Reply
from flows.facts import Permission
from flows.outcomes import GoTo, Meant, Permitted, Speaks
from flows.outcomes import Rsvp as Answered
from flows.rsvp import in_words

if TYPE_CHECKING:
    from bot.situation import Situation
    from bot.turn import Turn


A_DAY = timedelta(days=1)


def save(turn: Turn, key: Key, came_to: Replayed, *, was_done: bool) -> None:
    """Carry out the outcome of a conversation, the one so far or the last; ``was_done`` before this text."""
    match came_to.outcome:
        case Answered() as answer:
            changed = _rsvp(turn, key, answer, came_to)
            if came_to.done and (changed or not was_done):
                _tell_household(turn, key, answer, came_to)
        case Permitted(given):
            _permission(turn, given)
        case GoTo(flow, subject):
            turn.draft.close(key)
            turn.begin(flow, subject)
        case Speaks(language):
            contact = replace(turn.contact, language=language, language_chosen=True)
            turn.draft.save_contact(contact)
            turn.begin(key[1])
        case Meant(flow, subject):
            _meant(turn, key, (turn.contact_id, flow, subject), came_to)
    if came_to.done and key[1] != "consent" and isinstance(came_to.outcome, Answered):
        _ask_permission_once(turn)


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
    )
    if known is not None and known.coming == new.coming == "yes":
        new = _with_what_was_said_before(new, answer, known, done=came_to.done)
    if known is not None and known == replace(new, answered_by=known.answered_by, answered_at=known.answered_at):
        return False
    turn.draft.save_rsvp(new)
    return True


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
        turn.tell_other(other, replies.answered_for_household(turn.contact.first_name, in_words(answer, event)))


def _permission(turn: Turn, given: bool) -> None:
    permission = Permission.GIVEN if given else Permission.REFUSED
    if turn.contact.permission is not permission:
        turn.draft.save_contact(replace(turn.contact, permission=permission))
        turn.consent(permission, "events", "reply", terms(turn.family.school))


def _ask_permission_once(turn: Turn) -> None:
    asked = (turn.contact_id, "consent", 0) in turn.family.conversations
    silent = turn.contact.stopped_at is not None
    if turn.contact.permission is Permission.UNKNOWN and not asked and not silent:
        turn.next_message()
        turn.begin("consent")


def ask_which(turn: Turn, keys: tuple[Key, ...], text: str) -> None:
    """Keep the text aside and ask which of these conversations it is meant for."""
    asked = turn.family.conversations.get((turn.contact_id, "which", 0))
    if asked is not None and asked.stage is Stage.OPEN and asked.asked_at and turn.now - asked.asked_at < A_DAY:
        turn.fetch_person("unclear")  # the same question would be said a second time
        turn.say(replies.a_person_will_look(turn.family.school))
        return
    between = [f"{flow}/{subject}" for _contact, flow, subject in keys]
    turn.draft.close((turn.contact_id, "which", 0))
    turn.begin("which", memory=Memory(kept={"text": text, "between": [*between]}))


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
    if event is not None:
        return replies.event_label(event)
    return FLOWS[flow].label or Text(flow)


def _meant(turn: Turn, asked: Key, meant: Key, came_to: Replayed) -> None:
    """Give the text that was kept aside to the conversation that the family picked."""
    turn.draft.close(asked)
    conversation = turn.family.conversations.get(meant)
    if conversation is None:
        return
    read = turn.voice.reader(turn.contact.language)
    reply = read(str(came_to.memory.kept.get("text", "")))
    if reply.empty:
        ask_anew(turn, meant)
        return
    memory = Memory.load(conversation.record)
    listening = Listening(turn.start(meant), memory, reply, turn.now, read)
    heard = listening.correct()
    if isinstance(heard, Corrected):
        turn.keep_corrected(meant, heard)
        return
    understood = listening.hear()
    turn.keep(meant, understood.replayed if isinstance(understood, Understood) else turn.replay(meant, memory))


def first_answer(turn: Turn, key: Key, reply: Reply) -> Memory:
    """A new conversation's memory in which ``reply`` already answers the first question."""
    heard = hear(turn.start(key), Memory(), reply, turn.now, turn.voice.reader(turn.contact.language))
    # What is told on the way must still be told, so only the answers are taken over.
    return Memory(heard.replayed.memory.answers) if isinstance(heard, Understood) else Memory()


def newest_question(turn: Turn) -> Key | None:
    """The conversation whose question was put to this contact last and is still open."""
    asked = [
        (conversation.asked_at, key)
        for key, conversation in turn.family.conversations.items()
        if key[0] == turn.contact_id and conversation.stage is Stage.OPEN and conversation.asked_at is not None
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
