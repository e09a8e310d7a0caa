"""A question that is answered with one of several options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _, typed
from flows.core.words import Reply, Span, Words
from flows.questions.counting import counts, cues, stands_alone
from flows.questions.vocabulary import OPTION


@dataclass(frozen=True, slots=True)
class Choice(Question[str]):
    """One of ``options``, each a value and its label, by number or by the option's own words."""

    name: ClassVar[str] = "choice"

    options: tuple[tuple[str, Text], ...]
    words: Mapping[str, Words] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    """Words that have a button of their own and are no answer: what they say at any moment, such as "English"."""

    def read(self, reply: Reply, mode: Mode, so_far: str | None = None) -> Taken[str] | Unsure:
        took_back = cues(reply) if mode is Mode.CORRECTING else ()
        named = self._named(reply)
        heard = named or self._numbered(reply, mode)
        if heard is None or (mode is Mode.CORRECTING and not took_back):
            return Unsure()
        value, spans = heard
        if mode is Mode.GLEANING and not reply.is_only(*spans):
            return Unsure()
        return Taken(value, reply.without(*spans, *took_back))

    def _named(self, reply: Reply) -> tuple[str, tuple[Span, ...]] | None:
        found = reply.find(*self.words.values())
        options = {option for option, words in self.words.items() for span in found if span.key == words.key}
        if len(options) != 1 or any(reply.asks(span) for span in found):
            return None
        return options.pop(), found

    def _numbered(self, reply: Reply, mode: Mode) -> tuple[str, tuple[Span, ...]] | None:
        numbers = counts(reply)
        if mode is Mode.GLEANING or len(numbers) != 1 or not stands_alone(reply, numbers[0].span, OPTION):
            return None
        if not 1 <= numbers[0].value <= len(self.options):
            return None
        return self.options[numbers[0].value - 1][0], (numbers[0].span, *reply.find(OPTION))

    @property
    def example(self) -> Text:
        return _("Please reply with the number of your choice, for example {n}.", n=1)

    @property
    def choices(self) -> Text:
        return _("Only the number, please: {choices}.", choices=numbered(self.options))

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        numbered = tuple((str(n), label) for n, (_value, label) in enumerate(self.options, 1))
        return numbered + tuple((words, Text(words)) for words in self.beside)

    def describe(self, value: str) -> Text | str:
        return dict(self.options).get(value, value)


def by_number(options: tuple[tuple[str, Text], ...]) -> Text:
    """How to pick one of ``options``, for a gap of the question's text: "Reply with the number: 1 Events." """
    return typed(_("Reply with the number: {choices}.", choices=numbered(options)))


def numbered(options: tuple[tuple[str, Text], ...]) -> tuple[Text, ...]:
    """The labels of ``options`` with their numbers before them: "1 Events", "2 Talk to a person"."""
    return tuple(_("{n} {option}", n=n, option=label) for n, (_value, label) in enumerate(options, 1))
