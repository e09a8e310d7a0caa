"""A text that was changed after it was sent: the conversation as if it had read so from the beginning.

What it answered is taken back to what was known before it, and the new words are heard there as the old ones were:
asked, so that a bare number counts. What was said in later texts is still said, and what the new words do not speak of
any more is kept: who mends a slip seldom writes all of it again, and a number that the family did not take back is
better than none. Only where the new words answer nothing is the question asked again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from flows.core.listen import Corrected, Listening, Understood
from flows.core.question import Mode, Taken, Unsure
from flows.core.replay import FILLED_BY_ANOTHER, Answer, Ask, Memory, Read, Replayed, Start, replay
from flows.core.text import Text
from flows.core.words import Reply

_ANEW = "?"
"""The reader of an answer that is to be read again: no reader has this name."""


@dataclass(frozen=True, slots=True)
class Same:
    """The new words answer what the old ones answered. ``exact``: they say nothing beside it."""

    exact: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The new words answer nothing: the conversation with their question open again, and ``why`` where it is known."""

    replayed: Replayed
    why: Text | None


def answered_by(memory: Memory, source: str) -> tuple[str, ...]:
    """The keys of the answers that the text with this id gave, completed or corrected."""
    return tuple(key for key, answer in memory.answers.items() if source and source in answer.sources)


def edit(
    start: Start, memory: Memory, reply: Reply, now: datetime, read: Read, source: str
) -> Corrected | Same | Withdrawn | None:
    """The conversation after the text ``source`` was changed to ``reply``; None where it has no answer to change."""
    return _Edit(start, memory, reply, now, read, source).made()


class _Edit:
    """One change of one text under way."""

    def __init__(self, start: Start, memory: Memory, reply: Reply, now: datetime, read: Read, source: str) -> None:
        self._start, self._now, self._read = start, now, read
        self._memory = memory
        self._reply = reply
        self._source = source
        self._keys = answered_by(memory, source)
        self._was = replay(start, memory, now, read)

    def made(self) -> Corrected | Same | Withdrawn | None:
        without = self._without()
        # A correction stands in no question of its own: what was its cue may be what the family took out.
        reply = self._reply if self._asks(without) else self._read(f"* {self._reply.text}")
        listening = Listening(self._start, without, reply, self._now, self._read, self._source)
        heard = listening.correct()
        if isinstance(heard, Unsure) and self._asks(without):
            again = listening.hear()
            if isinstance(again, Unsure):
                return Withdrawn(self._asked_again(listening.before), again.why)
            return self._compared(listening.before, again)
        if isinstance(heard, Unsure):
            return None
        return self._compared(listening.before, heard)

    def _without(self) -> Memory:
        """What was known before the text; what nobody took of it waits for no question any more."""
        answers = dict(self._memory.answers)
        for key in self._keys:
            answer = answers.pop(key)
            earlier = answer.texts()[: answer.sources.index(self._source)]
            if earlier:
                reader = FILLED_BY_ANOTHER + _ANEW if answer.filled_by_another else _ANEW
                answers[key] = replace(answer, reader=reader).said(*earlier)
        return replace(self._memory, answers=answers, rest="")

    def _asks(self, memory: Memory) -> bool:
        """Whether a question that the text answered is open in this memory."""
        ask = replay(self._start, memory, self._now, self._read).open
        return ask is not None and ask.key in self._keys

    def _asked_again(self, before: Replayed) -> Replayed:
        told = self._told(before, self._keys)
        return replay(self._start, replace(before.memory, told=told), self._now, self._read)

    def _told(self, before: Replayed, changed: Collection[str]) -> tuple[str, ...]:
        """What stays said: all that was told before the first question whose answer changed."""
        first = next((step for step in before.path if isinstance(step, Ask) and step.key in changed), None)
        return self._memory.untold(but=before.told_before(first) if first else ()).told

    def _compared(self, before: Replayed, heard: Understood | Corrected) -> Corrected | Same:
        """The conversation with what other texts say as well, and what changed by it."""
        memory = heard.replayed.memory
        changed = {key for key in memory.answers if memory.answers[key] != before.memory.answers.get(key)}
        came_to = self._merged(replace(memory, told=self._told(before, changed | {*self._keys})))
        if _values(came_to.memory) == _values(self._was.memory):
            return Same(exact=not heard.replayed.left_over)
        was, now = _difference(self._was, came_to)
        return Corrected(came_to, was, now, heard.exact)

    def _merged(self, memory: Memory) -> Replayed:
        """Each answer of the text, as it is reached, together with what was said before it and after it."""
        waiting = {*self._keys}
        came_to = replay(self._start, memory, self._now, self._read)
        while ask := next((s for s in came_to.path if isinstance(s, Ask) and s.key in waiting), None):
            waiting.remove(ask.key)
            answer = self._with_others(ask, came_to.memory.answers.get(ask.key))
            memory = replace(memory, answers={**came_to.memory.answers, ask.key: answer})
            came_to = replay(self._start, memory, self._now, self._read)
        answers = dict(came_to.memory.answers)
        for key in waiting:  # the new way does not reach these
            if key not in answers or self._source not in answers[key].sources:
                answers[key] = self._memory.answers[key]
        return came_to._replace(memory=replace(came_to.memory, answers=answers))

    def _with_others(self, ask: Ask, new: Answer | None) -> Answer:
        """The new answer and what later texts made of it; the old one where the new words do not speak of it."""
        old, question = self._memory.answers[ask.key], ask.question
        if new is None or self._source not in new.sources:
            return old
        value, texts = question.load(new.value), [*new.texts()]
        for text, source in _after(old, self._source):
            mode = Mode.CORRECTING if question.missing(value) is None else Mode.ASKED
            reading = question.read(self._read(text), mode, value)
            if isinstance(reading, Taken):
                value = reading.value
                texts.append((text, source))
        if question.missing(value) is not None:  # "4 adults", where it said "2 adults 3 children"
            kept = question.read(self._read(f"* {self._reply.text}"), Mode.CORRECTING, question.load(old.value))
            value = kept.value if isinstance(kept, Taken) and question.missing(kept.value) is None else value
        return replace(new, value=question.dump(value)).said(*texts)


def _after(answer: Answer, source: str) -> list[tuple[str, str]]:
    """The texts that completed or corrected an answer after the one with this id."""
    texts = answer.texts()
    last = max(n for n, (_text, id_) in enumerate(texts) if id_ == source)
    return [*texts[last + 1 :]]


def _values(memory: Memory) -> dict[str, object]:
    return {key: answer.value for key, answer in memory.answers.items()}


def _difference(was: Replayed, now: Replayed) -> tuple[Text | str | None, Text | str | None]:
    """How to say what the first changed answer was and is, where both are short."""
    asked = {ask.key: ask for ask in was.answered()}
    for ask in now.answered():
        before = asked.get(ask.key)
        old, new = was.memory.answers.get(ask.key), now.memory.answers[ask.key]
        if before is not None and old is not None and old.value != new.value:
            return before.question.describe(before.question.load(old.value)), ask.question.describe(
                ask.question.load(new.value)
            )
    return None, None
