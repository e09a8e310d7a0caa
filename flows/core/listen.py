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
    """The conversation after an answer was replaced, and how to say what it was and is, where that is short.

    ``exact``: the reply says nothing beside it.
    """

    replayed: Replayed
    before: Text | str | None = field(repr=False)
    now: Text | str | None = field(repr=False)
    exact: bool


class Listening:
    """One reply inside one conversation. The run to the open question, and its reading, are made once for all asked.

    ``source`` is the id of the reply, which is kept with what it answers; without it, nobody can tell later.
    """

    def __init__(self, start: Start, memory: Memory, reply: Reply, now: datetime, read: Read, source: str = "") -> None:
        self._start = start
        self._memory = memory
        self._reply = reply
        self._now = now
        self._read = read
        self._source = source
        self._before = replay(start, memory, now, read)
        self._asked = self._as_asked(Mode.ASKED)

    @property
    def takes_any_words(self) -> bool:
        """Whether the open question is one for free words."""
        return self._before.open is not None and self._before.open.question.free

    @property
    def open_question(self) -> str | None:
        """The key of the question that the reply is heard by; None where none is open."""
        return self._before.open.key if self._before.open else None

    @property
    def before(self) -> Replayed:
        """Where the conversation was without the reply."""
        return self._before

    def hear(self, mode: Mode = Mode.ASKED) -> Understood | Unsure:
        """Take the reply as the answer to the open question, and what it leaves over for those that follow.

        What was told after that question, when it was not yet asked, is told again. Unsure when the open question
        cannot read the reply, or when no question is open. In Mode.CORRECTING only a text
        that names what it answers is taken: "2 adults", but neither "yes" nor "2".
        """
        ask = self._before.open
        if ask is None:
            return Unsure()
        reading = self._asked if mode is Mode.ASKED else self._as_asked(mode)
        if isinstance(reading, Unsure):
            return reading
        exact = not reading.rest and not ask.question.free
        return Understood(self._taken(ask, reading), exact)

    def would_answer(self) -> bool:
        """Whether the reply would answer the open question, had a question that waits for its time been said."""
        ask = self._before.open
        return ask is not None and isinstance(ask.question.read(self._reply, Mode.ASKED, self._before.so_far), Taken)

    def correct(self) -> Corrected | Unsure:
        """Replace the answer that the reply names and run on from there; Unsure when it names none.

        What was told after the corrected answer is told again. Answers that the new way does not reach are kept.
        """
        found = _one_of(self._before, tuple(self._corrections()))
        if found is None:
            return Unsure()
        ask, old, reading = found
        said = ask.question.describe(old), ask.question.describe(reading.value)
        return Corrected(self._taken(ask, reading), *said, exact=not reading.rest)

    def _as_asked(self, mode: Mode) -> Taken[Any] | Unsure:
        """The reply as the open question takes it. One not said yet is not answered by an "ok" or a number."""
        ask = self._before.open
        if ask is None:
            return Unsure()
        unsaid = ask.at is not None and ask.at > self._now
        return ask.question.read(self._reply, Mode.CORRECTING if unsaid else mode, self._before.so_far)

    def _taken(self, ask: Ask, reading: Taken[Any]) -> Replayed:
        """The conversation run on after ``ask`` was answered so; what the first run said is still to be said."""
        told = self._memory.untold(but=self._before.told_before(ask)).told
        memory = _keep(self._before.memory, told, ask, reading, (self._reply.text, self._source))
        return _glean(self._start, memory, self._now, self._read, self._source)

    def _corrections(self) -> Iterator[_Correction]:
        """The answered questions that take the reply as another answer, unless it answers the open one."""
        before, reply = self._before, self._reply
        free = before.open is not None and before.open.question.free
        if isinstance(self._asked, Taken) and _answers(self._asked, reply, self._read, free):
            return
        answered = before.answered()
        for ask in answered:
            if ask is before.open:
                continue  # it holds a part of its answer, and takes the rest as what was asked
            if any(again.at and again is not ask and again.question == ask.question for again in answered):
                continue  # it was asked again later, and that answer counts
            old = ask.question.load(before.memory.answers[ask.key].value)
            reading = ask.question.read(reply, Mode.CORRECTING, old)
            # Asked about food, "1 niño es alérgico" is no number of children.
            if isinstance(reading, Taken) and not (free and reading.rest):
                yield ask, old, reading


def hear(
    start: Start, memory: Memory, reply: Reply, now: datetime, read: Read, source: str = ""
) -> Understood | Unsure:
    """``Listening.hear``, for a reply that is asked about once."""
    return Listening(start, memory, reply, now, read, source).hear()


def correct(start: Start, memory: Memory, reply: Reply, now: datetime, read: Read) -> Corrected | Unsure:
    """``Listening.correct``, for a reply that is asked about once."""
    return Listening(start, memory, reply, now, read).correct()


_Correction: TypeAlias = tuple[Ask, Any, Taken[Any]]
"""A question, its old answer and the new one."""


def _answers(asked: Taken[Any], reply: Reply, read: Read, free: bool) -> bool:
    """Whether ``reply`` corrects nothing, since the open question took it: "sí, para los 3 niños", "perdón, no".

    A cue with more words beside it says otherwise: "sí, y al final somos 6". So do any words to a question
    that takes any words, but for its plain no.
    """
    if free:
        return asked.value is None
    if not reply.find(CUE):
        return True
    left = read(asked.rest)
    return left.is_only(*left.find(CUE))


def _one_of(before: Replayed, found: tuple[_Correction, ...]) -> _Correction | None:
    """The one that is meant where several are possible: "perdón, no".

    While the conversation is under way it is the newest answer. Afterwards it is what the conversation is about:
    the first question, by its newest answer where it was asked again.
    """
    changing = tuple(c for c in found if c[2].value != c[1]) or found
    if before.open is None and changing:
        changing = tuple(c for c in changing if c[0].question == changing[0][0].question)
    return changing[-1] if changing else None


def _keep(memory: Memory, told: tuple[str, ...], ask: Ask, reading: Taken[Any], text: tuple[str, str]) -> Memory:
    """``memory`` with what was taken from ``text``, with what was not left over, and with what is ``told``."""
    answers = {key: _answer(memory, key, value, text, FILLED_BY_ANOTHER) for key, value in reading.also.items()}
    answers[ask.key] = _answer(memory, ask.key, ask.question.dump(reading.value), text, ask.question.reader)
    # On lines of their own, so that the end of one text and the beginning of the next do not read as one.
    rest = "\n".join(filter(None, (memory.rest, reading.rest)))
    return Memory({**memory.answers, **answers}, told, memory.kept, rest)


def _answer(memory: Memory, key: str, value: Json, text: tuple[str, str], reader: str) -> Answer:
    known = memory.answers.get(key)
    if known is None:
        return Answer(value, (), reader).said(text)
    return replace(known, value=value).said(*known.texts(), text)


def _glean(start: Start, memory: Memory, now: datetime, read: Read, source: str) -> Replayed:
    """Offer the words left over to each question that opens, until one must be asked after all."""
    came_to = replay(start, memory, now, read)
    while came_to.open is not None and came_to.memory.rest:
        rest = came_to.memory.rest
        reading = came_to.open.question.read(read(rest), Mode.GLEANING, came_to.so_far)
        # One that takes no word has read nothing; it would be offered the same words for ever.
        if isinstance(reading, Unsure) or len(reading.rest) >= len(rest):
            break
        # The texts said on the way stay unsaid in `memory`, so that the last run says all of them.
        memory = _keep(replace(came_to.memory, rest=""), memory.told, came_to.open, reading, (rest, source))
        came_to = replay(start, memory, now, read)
    return came_to
