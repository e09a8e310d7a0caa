"""A question that is answered with a number on a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _
from flows.core.words import FILLER, Reply, Span, Words
from flows.questions.assent import AFFIRMED, DENIED, said
from flows.questions.counting import corrected, cues
from flows.questions.scores import BEFORE, LEAST, MOST, Score, scores


@dataclass(frozen=True, slots=True)
class Scale(Question[int | None]):
    """A number from ``least`` to ``most``, such as how welcome a family felt; what is said beside it is left.

    ``away`` are words of a family that has nothing to tell since it was not there, which is None: those that may have
    more words after them, and those that count only where nothing else follows.
    """

    name: ClassVar[str] = "scale"

    least: int = 1
    most: int = 5
    away: tuple[Words, Words] | None = None

    def read(self, reply: Reply, mode: Mode, so_far: int | None = None) -> Taken[int | None] | Unsure:
        if parts := corrected(reply):
            reply, mode = parts[1], Mode.CORRECTING
        if mode is Mode.GLEANING or (mode is Mode.CORRECTING and not cues(reply)):
            return Unsure()
        found = scores(reply, self.least, self.most)
        if not found and mode is Mode.ASKED and self._was_away(reply):
            return Taken(None)
        values = {score.value for score in found}
        if len(values) != 1 or not self.least <= found[0].value <= self.most:
            return Unsure()
        return self._taken(reply, found)

    def _taken(self, reply: Reply, found: tuple[Score, ...]) -> Taken[int | None] | Unsure:
        """The score without what leads up to it, "sí, 5", "del 1 al 5, un 4". A no to a high one is in doubt."""
        score = found[0]
        yes, no = _answers_before(reply, score, AFFIRMED), _answers_before(reply, score, DENIED)
        if no and score.value >= (self.least + self.most) / 2:
            return Unsure()
        leading = [span for span in reply.find(BEFORE, MOST, LEAST) if _leads_up_to(reply, span, score)]
        spans = (*(each.span for each in found), *leading, *yes, *no, *cues(reply))
        nothing_else = reply.is_only(*spans, *reply.find(MOST, LEAST, *AFFIRMED))
        return Taken(score.value, "" if nothing_else else reply.without(*spans))

    def _was_away(self, reply: Reply) -> bool:
        if self.away is None or reply.is_letter:
            return False
        anywhere, _alone = self.away
        return any(
            (span.key == anywhere.key or span.end == reply.clause(span).end)
            and not reply.asks(span)
            and _says_nothing_before(reply, span)
            for span in reply.find(*self.away)
        )

    @property
    def example(self) -> Text:
        return _("Please reply with a number from {least} to {most}.", least=self.least, most=self.most)

    @property
    def choices(self) -> Text:
        least, most = self.least, self.most
        return _("Send only the number: {least} is the least, {most} the most.", least=least, most=most)

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return tuple((str(n), _("{n}", n=n)) for n in range(self.least, self.most + 1))

    def describe(self, value: int | None) -> str | None:
        return None if value is None else str(value)


def _answers_before(reply: Reply, score: Score, lists: tuple[Words, Words]) -> tuple[Span, ...]:
    """The yes or no that the family says before its score, in its clause or in one before."""
    start = reply.clause(score.span).start
    plain = [span for span in reply.find(*lists) if start <= span.start < score.span.start]
    known = reply.find(*AFFIRMED, *DENIED, MOST, LEAST, FILLER)
    return (*plain, *(span for span in said(reply, known, lists) if span.end < start))


def _leads_up_to(reply: Reply, span: Span, score: Score) -> bool:
    clause = reply.clause(span)
    return span < score.span and (clause == reply.clause(score.span) or span[:2] == clause[:2])


def _says_nothing_before(reply: Reply, span: Span) -> bool:
    """Whether ``span`` opens the reply, but for courtesy and a no: "sorry, no, we did not go"."""
    before = Reply(reply.text[: reply.tokens[span.start].start], reply.lexicons)
    return before.is_only(*before.find(*DENIED), *cues(before))
