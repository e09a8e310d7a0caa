"""A reply inside a conversation: answered, corrected, or not understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from flows.core.question import Json, Mode, Taken, Unsure
from flows.core.replay import FILLED_BY_ANOTHER, Answer, Ask, Memory, Read, Replayed, Start, replay
from flows.core.text import Text
from flows.core.words import Reply, Words

CUE = Words("correction")  # described to translators in flows/questions/vocabulary.py


@dataclass(frozen=True, slots=True)
class Understood:
    """The conversation after a reply was taken. ``exact``: the question that was asked took all of it as its own."""

    replayed: Replayed
    exact: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """The conversation after an answer was replaced, and how to say what it was and is, where that is short."""

    replayed: Replayed
    before: Text | str | None = field(repr=False)
    now: Text | str | None = field(repr=False)


def hear(
    start: Start, memory: Memory, reply: Reply, now: datetime, read: Read, mode: Mode = Mode.ASKED
) -> Understood | Unsure:
    """Take ``reply`` as the answer to the open question, and what it leaves over for those that follow.

    What was told after that question, when it was not yet asked, is told again. Unsure when the open question
    cannot read the reply, or when no question is open. In Mode.CORRECTING only a text
    that names what it answers is taken: "2 adults", but neither "yes" nor "2".
    """
    before = replay(start, memory, now, read)
    if before.open is None:
        return Unsure()
    reading = _as_asked(before, reply, now, mode)
    if isinstance(reading, Unsure):
        return reading
    memory = _keep(_on_the_way_to(before.open, before, memory), before.open, reading, reply.text)
    exact = not reading.rest and not before.open.question.free
    return Understood(_glean(start, memory, now, read), exact)


def correct(start: Start, memory: Memory, reply: Reply, now: datetime, read: Read) -> Corrected | Unsure:
    """Replace the answer that ``reply`` names and run on from there; Unsure when it names none.

    What was told after the corrected answer is told again. Answers that the new way does not reach are kept.
    """
    before = replay(start, memory, now, read)
    found = _one_of(before, tuple(_corrections(before, reply, now, read)))
    if found is None:
        return Unsure()
    ask, old, reading = found
    memory = _keep(_on_the_way_to(ask, before, memory), ask, reading, reply.text)
    before_and_now = ask.question.describe(old), ask.question.describe(reading.value)
    return Corrected(_glean(start, memory, now, read), *before_and_now)


_Correction: TypeAlias = tuple[Ask, Any, Taken[Any]]
"""A question, its old answer and the new one."""


def _corrections(before: Replayed, reply: Reply, now: datetime, read: Read) -> Iterator[_Correction]:
    """The answered questions that take ``reply`` as another answer, unless it answers the open one."""
    asked = _as_asked(before, reply, now)
    free = before.open is not None and before.open.question.free
    if isinstance(asked, Taken) and _answers(asked, reply, read, free):
        return
    for ask in before.answered():
        if ask is before.open:
            continue  # it holds a part of its answer, and takes the rest as what was asked
        old = ask.question.load(before.memory.answers[ask.key].value)
        reading = ask.question.read(reply, Mode.CORRECTING, old)
        # Asked about food, "1 niño es alérgico" is no number of children.
        if isinstance(reading, Taken) and not (free and reading.rest):
            yield ask, old, reading


def _answers(asked: Taken[Any], reply: Reply, read: Read, free: bool) -> bool:
    """Whether ``reply`` corrects nothing, since the open question took it: "sí, para los 3 niños", "perdón, no".

    A cue with more words beside it says otherwise: "sí, y al final somos 6". So do any words to a question
    that takes any words, but for its plain no.
    """
    if free:
        return asked.value is None
    left = read(asked.rest)
    return not reply.find(CUE) or left.is_only(*left.find(CUE))


def _one_of(before: Replayed, found: tuple[_Correction, ...]) -> _Correction | None:
    """The one that is meant where several are possible: "perdón, no".

    While the conversation is under way it is the newest answer. Afterwards it is what the conversation is about:
    the first question, by its newest answer where it was asked again.
    """
    changing = tuple(c for c in found if c[2].value != c[1]) or found
    if before.open is None and changing:
        changing = tuple(c for c in changing if c[0].question == changing[0][0].question)
    return changing[-1] if changing else None


def _as_asked(before: Replayed, reply: Reply, now: datetime, mode: Mode = Mode.ASKED) -> Taken[Any] | Unsure:
    """``reply`` as the open question takes it. One that was not said yet is not answered by an "ok" or a number."""
    if before.open is None:
        return Unsure()
    unsaid = before.open.at is not None and before.open.at > now
    return before.open.question.read(reply, Mode.CORRECTING if unsaid else mode, before.so_far)


def _on_the_way_to(ask: Ask, before: Replayed, memory: Memory) -> Memory:
    """The memory after a first run that only looked: what was said until ``ask`` is said, all else is to be said."""
    return replace(before.memory, told=memory.told).untold(but=before.told_before(ask))


def _keep(memory: Memory, ask: Ask, reading: Taken[Any], text: str) -> Memory:
    """``memory`` with what was taken from ``text``, and with what was not left over."""
    answers = {key: _answer(memory, key, value, text, FILLED_BY_ANOTHER) for key, value in reading.also.items()}
    answers[ask.key] = _answer(memory, ask.key, ask.question.dump(reading.value), text, ask.question.reader)
    # On lines of their own, so that the end of one text and the beginning of the next do not read as one.
    rest = "\n".join(filter(None, (memory.rest, reading.rest)))
    return replace(memory, answers={**memory.answers, **answers}, rest=rest)


def _answer(memory: Memory, key: str, value: Json, text: str, reader: str) -> Answer:
    known = memory.answers.get(key)
    return Answer(value, (text,), reader) if known is None else Answer(value, (*known.raw, text), known.reader)


def _glean(start: Start, memory: Memory, now: datetime, read: Read) -> Replayed:
    """Offer the words left over to each question that opens, until one must be asked after all."""
    came_to = replay(start, memory, now, read)
    while came_to.open is not None and came_to.memory.rest:
        rest = came_to.memory.rest
        reading = came_to.open.question.read(read(rest), Mode.GLEANING, came_to.so_far)
        # One that takes no word has read nothing; it would be offered the same words for ever.
        if isinstance(reading, Unsure) or len(reading.rest) >= len(rest):
            break
        # The texts said on the way stay unsaid in `memory`, so that the last run says all of them.
        memory = replace(came_to.memory, told=memory.told, rest="")
        memory = _keep(memory, came_to.open, reading, rest)
        came_to = replay(start, memory, now, read)
    return came_to
