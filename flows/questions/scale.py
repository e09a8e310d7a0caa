"""A question that is answered with a number on a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _
from flows.core.words import Reply
from flows.questions.count import Count
from flows.questions.vocabulary import OPTION


@dataclass(frozen=True, slots=True)
class Scale(Question[int]):
    """A number from ``least`` to ``most``, such as how welcome a family felt."""

    name: ClassVar[str] = "scale"

    least: int = 1
    most: int = 5

    def read(self, reply: Reply, mode: Mode, so_far: int | None = None) -> Taken[int] | Unsure:
        if mode is Mode.GLEANING:
            return Unsure()
        return Count(self.least, self.most, OPTION).read(reply, mode, so_far)

    @property
    def example(self) -> Text:
        return _("Please reply with a number from {least} to {most}.", least=self.least, most=self.most)

    @property
    def choices(self) -> Text:
        least, most = self.least, self.most
        return _("Send only the number: {least} is the least, {most} the most.", least=least, most=most)

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return tuple((str(n), _("{n}", n=n)) for n in range(self.least, self.most + 1))

    def describe(self, value: int) -> str:
        return str(value)
