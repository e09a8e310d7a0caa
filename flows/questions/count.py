"""A question that is answered with one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _
from flows.core.words import Number, Reply, Span, Words
from flows.questions.assent import AFFIRMED, DENIED
from flows.questions.counting import corrected, counts, cues, number_buttons, paired, stands_alone, together
from flows.questions.vocabulary import ADULTS, CHILDREN, NONE, PEOPLE


@dataclass(frozen=True, slots=True)
class Count(Question[int]):
    """How many, from ``least`` to ``most``; with ``unit`` also where the family names it: "3 niños"."""

    name: ClassVar[str] = "count"

    least: int
    most: int
    unit: Words | None = None

    def read(self, reply: Reply, mode: Mode, so_far: int | None = None) -> Taken[int] | Unsure:
        if parts := corrected(reply):
            reply, mode = parts[1], Mode.CORRECTING
        if mode is Mode.ASKED and self.least == 0 and (none := _none(reply)):
            return Taken(0, reply.without(*none))
        heard = self._with_unit(reply) or self._bare(reply, mode)
        if not heard:
            return Unsure()
        value, spans = heard
        if not self.least <= value <= self.most:
            return Unsure(self._limits)
        return Taken(value, reply.without(*spans))

    def _with_unit(self, reply: Reply) -> tuple[int, list[Span]] | None:
        pairs = paired(reply, self.unit) if self.unit else ()
        if len({number.value for number, _unit in pairs}) != 1:
            return None
        return pairs[0][0].value, [*map(together, pairs), *cues(reply)]

    def _bare(self, reply: Reply, mode: Mode) -> tuple[int, list[Span]] | None:
        took_back, numbers = cues(reply), counts(reply)
        if mode is Mode.GLEANING or (mode is Mode.CORRECTING and not took_back) or len(numbers) != 1:
            return None
        # Asked for a number of anything, "5 personas" is 5 as well.
        units = () if self.unit else (ADULTS, CHILDREN, PEOPLE)
        number: Number = numbers[0]
        if not stands_alone(reply, number.span, *AFFIRMED, *units):
            return None
        return number.value, [number.span, *took_back, *reply.find(*AFFIRMED, *units)]

    @property
    def _limits(self) -> Text:
        return _("Please reply with a number from {least} to {most}.", least=self.least, most=self.most)

    @property
    def example(self) -> Text:
        return _("Please reply with a number, for example {n}.", n=min(self.least + 2, self.most))

    @property
    def choices(self) -> Text:
        return _("Only a number, please, from {least} to {most}.", least=self.least, most=self.most)

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return number_buttons(self.least, self.most)

    def describe(self, value: int) -> str:
        return str(value)


def _none(reply: Reply) -> tuple[Span, ...]:
    found = reply.find(NONE, *DENIED)
    return found if found and reply.is_only(*found) else ()
