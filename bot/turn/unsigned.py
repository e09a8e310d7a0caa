"""What a turn does with words that are kept without a name: a family's answers to a pulse.

The score waits in its conversation for the words, for a day at most. The text itself never reaches the message log, and
what is said back leaves it as soon as it is sent, since it tells a low score from a high one. When the conversation
ends, all that it held is wiped; the answer goes on without the contact (``bot.store.pulses``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.family import Key
from bot.messages import Kind
from bot.records import PulseAnswer, Stage, Timer
from bot.turn.situation import A_DAY, A_WORD_OR_TWO, JUST_NOW
from flows.core.replay import Memory
from flows.facts import A_SEASON
from flows.outcomes import Welcomed
from flows.pulse import already_counted, told_before

if TYPE_CHECKING:
    from bot.turn.situation import Situation
    from bot.turn.turn import Turn

FLOW = "pulse"
RUN_OUT = "unsigned"
"""The timer after which nothing waits any more for the rest of an answer."""


def take(turn: Turn) -> None:
    """The text of this turn answers a pulse: it is not logged, and the reply to it is not kept."""
    forget(turn)
    turn.kind = Kind.PRIVATE


def forget(turn: Turn) -> None:
    """Leave the text of this turn out of the message log."""
    if turn.text_key is not None:
        turn.draft.changes.forgotten.add(turn.text_key)


def is_edit(turn: Turn, at: Situation) -> bool:
    """Whether a text was changed after it was sent, shortly after a pulse. It may be an answer, so it is not logged.

    One that is in the log was none. Where that is not known, who wrote to a person since has changed those words.
    """
    if at.was_logged is not None:
        if private := at.changes_what_has_no_name():
            forget(turn)
        return private
    wrote = at.thread.last_family_at if at.thread is not None else None
    edit = at.inbound.edited and at.was_in(FLOW, A_DAY if wrote is None else min(A_DAY, turn.now - wrote))
    if edit:
        forget(turn)
    return edit


def forget_tap(turn: Turn, at: Situation) -> None:
    """A second tap under the question of a pulse is not logged, nor what is said to it: the first was an answer."""
    if at.quoted is not None and at.quoted[1] == FLOW:
        take(turn)


def save(turn: Turn, key: Key, welcomed: Welcomed, *, done: bool) -> None:
    """Pass the answer on without its contact once it is whole; until then it waits, for a day at most.

    Who was not there has answered nothing.
    """
    if done:
        _count(turn, key, welcomed)
    elif turn.kind is Kind.PRIVATE:
        run_out_later(turn, key)


def run_out_later(turn: Turn, key: Key) -> None:
    """Wipe what this conversation holds in a day, whatever has come of it by then."""
    timer = Timer(turn.family.school.id, key[0], key[1], key[2], RUN_OUT, turn.now + A_DAY)
    turn.draft.changes.timers.append(timer)


def run_out(turn: Turn, key: Key) -> None:
    """The day is over: a score counts without words; a question that has no answer stays open, and holds nothing."""
    talk = turn.family.conversations.get(key)
    if talk is None or talk.stage is not Stage.OPEN:
        return
    if key[1] != FLOW:
        wipe(turn, key, Stage.CLOSED)
        return
    come_to = turn.replay(key, Memory.load(talk.record))
    match come_to.outcome:
        case Welcomed() as welcomed if _still_counts(turn, key):
            _count(turn, key, welcomed)
        case Welcomed():
            wipe(turn, key, Stage.DONE)
        case _:
            wipe(turn, key, Stage.OPEN)


def _still_counts(turn: Turn, key: Key) -> bool:
    """Not once results are shown: an answer that came to them later could be told by the difference."""
    pulse = turn.family.pulses.get(key[2])
    return not key[2] or (pulse is not None and turn.now < pulse.closes + A_DAY)


def _count(turn: Turn, key: Key, welcomed: Welcomed) -> None:
    if welcomed.score is None:
        wipe(turn, key, Stage.CLOSED)
        return
    school = turn.family.school
    language = turn.family.contacts[key[0]].language or school.languages[0]
    answer = PulseAnswer(school.id, key[2], key[0], language, welcomed.score, welcomed.words)
    turn.draft.changes.pulse_answers.append(answer)
    wipe(turn, key, Stage.DONE)


def wipe(turn: Turn, key: Key, stage: Stage) -> None:
    """Forget all that a conversation holds."""
    talk = turn.family.conversations[key]
    wiped = replace(talk, stage=stage, record=Memory().dump(), tries=0, updated_at=turn.now)
    turn.draft.save_conversation(wiped)


def hold(turn: Turn, at: Situation, key: Key, tries: int) -> None:
    """Words that came in place of the score wait for it, and are not logged, unless a person will read them."""
    if key[1] != FLOW or key not in at.just_said(JUST_NOW) or not at.says_more_than(A_WORD_OR_TWO):
        return
    talk = turn.family.conversations[key]
    memory = Memory.load(talk.record)
    if "score" in memory.answers or talk.tries + 1 >= tries:
        return
    rest = "\n".join(filter(None, (memory.rest, at.inbound.text)))
    turn.draft.save_conversation(replace(talk, record=replace(memory, rest=rest).dump()))
    run_out_later(turn, key)
    forget(turn)


def begin(turn: Turn) -> None:
    """A family begins to tell how it is received, unless it did so not long ago: an answer each is what counts."""
    key = (turn.contact_id, FLOW, 0)
    before = turn.family.conversations.get(key)
    if before is not None and before.stage is Stage.DONE and turn.now - (before.updated_at or turn.now) < A_SEASON:
        turn.say(told_before(turn.family.school))
    else:
        turn.begin(FLOW)


def leave_it(turn: Turn) -> None:
    """A score that was taken back stays: nobody can find it any more. That it was is for no person to read."""
    take(turn)
    turn.say(already_counted())


def is_asked(turn: Turn) -> bool:
    """Whether this contact was promised that it answers without its name, and has not answered yet."""
    talks = (talk for key, talk in turn.family.conversations.items() if key[:2] == (turn.contact_id, FLOW))
    return any(talk.stage is Stage.OPEN for talk in talks)
