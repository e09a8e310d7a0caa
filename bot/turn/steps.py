"""What is done about a text, once the router said what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.family import Key
from bot.records import HelpRequest
from bot.turn import outcomes, routes, unsigned, wishes
from bot.turn.situation import Situation
from bot.turn.turn import Turn
from flows import replies
from flows.core.replay import Ask, Memory, Replayed
from flows.core.text import Text
from flows.help import answers_here
from flows.media import arrived

AN_ALBUM = timedelta(minutes=1)
"""What is sent within so long of each other is one thing to a family: its photos are answered once."""

TRIES = 3
"""How many texts in a row may be not understood before a person is fetched."""


def meet_danger(turn: Turn, kind: str) -> None:
    turn.speaks_anyway = True
    turn.fetch_person("danger", urgent=True)
    turn.say(replies.danger(kind))
    if unsigned.is_asked(turn):
        turn.say(replies.danger_has_a_name())


def carry_out(turn: Turn, at: Situation, route: routes.Route, *, in_danger: bool) -> None:
    """Do what the router decided. In danger only a wish: such words are no answer, and no other parent reads them."""
    match route:
        case routes.Stop() | routes.Restart() | routes.LeaveNews() | routes.Help() | routes.Speak() | routes.NotThem():
            wishes.grant(turn, at, route)
        case _ if in_danger:
            pass
        case routes.Answer(key, heard):
            _answer(turn, at, key, heard.replayed)
        case routes.Correction() | routes.AskAnew() | routes.KeepAside():
            _change(turn, route)
        case routes.Which(keys):
            outcomes.ask_which(turn, keys, at.inbound.text)
        case routes.Nothing() | routes.ForStaff() | routes.Thread() if unsigned.is_edit(turn, at):
            pass
        case routes.Nothing():
            _media(turn, at)
        case routes.OldButton() | routes.Counted():
            _too_late(turn, at, route)
        case routes.Thread():
            _to_thread(turn, at)
        case _:
            _guide(turn, at, route)


def _too_late(turn: Turn, at: Situation, route: routes.OldButton | routes.Counted) -> None:
    """What was answered stays as it is, and the family is told so."""
    if isinstance(route, routes.Counted):
        unsigned.leave_it(turn)
    else:
        unsigned.forget_tap(turn, at)
        turn.say(replies.answered_before())


def _change(turn: Turn, route: routes.Correction | routes.AskAnew | routes.KeepAside) -> None:
    """What was said before reads otherwise now."""
    match route:
        case routes.Correction(key, corrected):
            turn.keep_corrected(key, corrected)
        case routes.KeepAside():
            outcomes.keep_aside(turn)
        case routes.AskAnew(key, withdrawn):
            turn.keep(key, withdrawn.replayed)
            asked = withdrawn.replayed.open
            if asked is not None:
                turn.say(withdrawn.why or _example(turn, asked))


def _answer(turn: Turn, at: Situation, key: Key, came_to: Replayed) -> None:
    """An answer is kept; what it is about goes to a person, or to nobody by name."""
    if key[1] == "help" and not _take_up(turn, at):
        turn.fetch_person("help")
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


def _take_up(turn: Turn, at: Situation) -> bool:
    """The text goes to the thread, or to the one that was settled lately, which goes on; False where there is none."""
    if turn.family.thread_of(turn.contact_id) is not None:
        _to_thread(turn, at)
        return True
    settled = turn.family.settled_lately(turn.contact_id, turn.now)
    if settled is not None:
        turn.pass_on(replace(settled, closed_at=None, closed_by=None, asked_at=None), news="reopened")
    return settled is not None


def _reopen(turn: Turn, at: Situation) -> None:
    """A request that was settled, or that nobody touched for long, goes on; the person who has it hears of it."""
    _take_up(turn, at)
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
            _reopen(turn, at)
        case routes.ForStaff(reason):
            turn.fetch_person(reason)
            turn.say(replies.a_person_will_look(turn.family.school))
        case routes.AskAgain(key):
            turn.ask_again(key)
        case routes.NotUnderstood(key, unsure):
            _help_to_answer(turn, at, key, unsure.why)


def _help_to_answer(turn: Turn, at: Situation, key: Key, why: Text | None) -> None:
    if turn.media and not at.inbound.edited and not at.is_unsigned(key):
        _arrived(turn, key)
        return
    unsigned.hold(turn, at, key, TRIES)
    outcomes.remember(turn, at, key)
    _say_it_otherwise(turn, key, why)


def _say_it_otherwise(turn: Turn, key: Key, why: Text | None) -> None:
    """An example; then the choices; then a person. Never the same words a third time."""
    conversation = turn.family.conversations[key]
    tries = conversation.tries + 1
    asked = turn.replay(key, Memory.load(conversation.record)).open
    if tries >= TRIES or asked is None:
        turn.fetch_person("unclear")
        turn.say(replies.a_person_will_look(turn.family.school))
    else:
        turn.say((why or _example(turn, asked)) if tries == 1 else asked.question.choices)
        turn.leave_open(key, asked)
    turn.draft.save_conversation(replace(conversation, tries=tries % TRIES, asked_at=turn.now, updated_at=turn.now))


def _example(turn: Turn, asked: Ask) -> Text:
    question = asked.question
    return replies.tap_or_write() if turn.contact.taps and question.buttons() else question.example


def _arrived(turn: Turn, key: Key) -> None:
    """A photo whose words answer nothing: it arrived, said once, and the question again, in few words where it is long.

    To say what an answer looks like would blame a family that meant none.
    """
    talk = turn.family.conversations[key]
    memory = Memory.load(talk.record)
    if not any(_came_just_now(request, turn) for request in turn.family.requests):
        turn.say(arrived(turn.family.school))
    if (asked := turn.replay(key, memory).open) is not None:
        turn.say(asked.text if memory.answers else _example(turn, asked))
        turn.leave_open(key, asked)
        turn.draft.save_conversation(replace(talk, asked_at=turn.now, updated_at=turn.now))


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


def show_to_staff(turn: Turn, at: Situation) -> None:
    """A photo whose words were answered: a person sees it all the same, unless they were promised to be unsigned."""
    known = turn.draft.changes.passed_on or turn.draft.changes.forgotten
    if not turn.media or at.inbound.edited or known:
        return
    if at.thread is not None:
        turn.pass_on(at.thread)
    else:
        turn.fetch_person("media")
