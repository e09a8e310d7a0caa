"""The question of an invitation: does the family come?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _, typed
from flows.core.words import FILLER, Reply, Span, Words
from flows.questions.assent import AFFIRMED, DENIED, is_complete, said, stray
from flows.questions.counting import corrected, counts, cues
from flows.questions.headcount import Headcount, headcount
from flows.questions.party import Party
from flows.questions.party_size import PartySize
from flows.questions.vocabulary import (
    COMING,
    COMING_ALONE,
    DOUBTFUL,
    MAYBE,
    NONE,
    NOT_COMING,
    NOT_COMING_ALONE,
)

COMES = (COMING, COMING_ALONE)
STAYS = (NOT_COMING, NOT_COMING_ALONE)
_ANSWERING = {words.key for words in (*AFFIRMED, *DENIED, *COMES, *STAYS)}
_NAMING = {words.key for words in (*COMES, *STAYS)}


@dataclass(frozen=True, slots=True)
class Coming(Question[str]):
    """Whether the family comes: "yes", "no" or "maybe"; a number of people means yes.

    The number itself, as far as it is known, is left for the question under the key ``party``.
    """

    name: ClassVar[str] = "coming"

    party: str | None = None
    most: int = 30

    def read(self, reply: Reply, mode: Mode, so_far: str | None = None) -> Taken[str] | Unsure:
        if parts := corrected(reply):
            return self._read_twice(parts, mode, so_far)
        heard = headcount(reply, "total" if mode is Mode.ASKED else None)
        answer = _nobody(reply) or _answer(reply, heard)
        party = PartySize.of(**heard.counts) if answer and answer[0] == "yes" else PartySize()
        if answer is None or party is None or max(party.known.values(), default=0) > self.most:
            return Unsure()
        if not _certain(reply, mode, answer, so_far, counted=bool(party.known)):
            return Unsure()
        value, spans = answer
        if self.party is None or not party.known:
            return Taken(value, reply.without(*spans, *cues(reply)))
        rest = reply.without(*spans, *cues(reply), *heard.spans)
        return Taken(value, rest, {self.party: party.dump()})

    def _read_twice(self, parts: tuple[Reply, Reply], mode: Mode, so_far: str | None) -> Taken[str] | Unsure:
        """Numbers of which one is taken back: "sí, 2 adultos 3 niños, perdón, 4 niños"."""
        first = self.read(parts[0], mode, so_far)
        if isinstance(first, Unsure) or self.party is None or self.party not in first.also:
            return Unsure()
        party = Party(self.most)
        second = party.read(parts[1], Mode.CORRECTING, party.load(first.also[self.party]))
        if isinstance(second, Unsure):
            return second
        rest = " ".join(filter(None, (first.rest, second.rest)))
        return Taken(first.value, rest, {self.party: party.dump(second.value)})

    @property
    def example(self) -> Text:
        return _("Please reply NO, or how many, for example: 2 adults 3 children")

    @property
    def choices(self) -> Text:
        return _("One word is enough: YES, NO or MAYBE.")

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return (("👍", _("Yes")), ("👎", _("No")), ("🤷", _("Maybe")))

    def describe(self, value: str) -> Text:
        if value == "yes":
            return _("you are coming")
        return _("you are not coming") if value == "no" else _("perhaps you are coming")


def no_or_how_many() -> Text:
    """How to answer, for a gap of the question's text: "Reply NO, or how many"."""
    return typed(
        _("Reply NO, or how many. E.g.: 2 adults 3 children"),
        tapped=_("Tap a button, or write how many: 2 adults 3 children"),
    )


def _nobody(reply: Reply) -> tuple[str, tuple[Span, ...]] | None:
    found = reply.find(NONE)
    return ("no", found) if found and reply.is_only(*found) else None


def _answer(reply: Reply, heard: Headcount) -> tuple[str, tuple[Span, ...]] | None:
    """The answer and the words that give it; None where there is none, or more than one."""
    counted = {n for span in heard.spans for n in range(span.start, span.end)}
    every = reply.find(*AFFIRMED, *DENIED, MAYBE, DOUBTFUL, *COMES, *STAYS, FILLER)
    found = tuple(span for span in every if counted.isdisjoint(range(span.start, span.end)))
    known = (*found, *heard.spans)
    yes = said(reply, found, AFFIRMED) + _named(reply, found, COMES, known)
    no = said(reply, found, DENIED) + _named(reply, found, STAYS, known)
    if reply.is_letter or heard.unclear:
        return None
    if maybe := _of(reply, found, MAYBE):
        certain = not heard.counts and not counts(reply) and _in_clauses_of(reply, yes + no, maybe)
        return ("maybe", maybe + _around(reply, found, maybe)) if certain else None
    if _of(reply, found, DOUBTFUL) or bool(no) == bool(yes or heard.counts):
        return None
    if stray(reply, found, AFFIRMED if no else DENIED, yes + no):
        return None
    return ("no", no) if no else ("yes", yes)


def _named(
    reply: Reply, found: tuple[Span, ...], lists: tuple[Words, Words], known: tuple[Span, ...]
) -> tuple[Span, ...]:
    """The words that name the answer: "ahí estaremos" anywhere, "vamos" only where nothing else follows."""
    anywhere, alone = (_of(reply, found, words) for words in lists)
    return anywhere + tuple(span for span in alone if is_complete(reply, span, known))


def _of(reply: Reply, found: tuple[Span, ...], words: Words) -> tuple[Span, ...]:
    return tuple(span for span in found if span.key == words.key and not reply.asks(span))


def _in_clauses_of(reply: Reply, spans: tuple[Span, ...], others: tuple[Span, ...]) -> bool:
    return {reply.clause(span) for span in spans} <= {reply.clause(span) for span in others}


def _around(reply: Reply, found: tuple[Span, ...], maybe: tuple[Span, ...]) -> tuple[Span, ...]:
    """The words of yes or no that belong to a perhaps: "tal vez sí"."""
    others = tuple(span for span in found if span.key in _ANSWERING)
    return tuple(span for span in others if _in_clauses_of(reply, (span,), maybe))


def _certain(
    reply: Reply, mode: Mode, answer: tuple[str, tuple[Span, ...]], so_far: str | None, *, counted: bool
) -> bool:
    value, spans = answer
    if mode is Mode.ASKED or any(span.key in _NAMING for span in spans):
        return True
    if counted:  # a number of people, which corrects the number where the family comes already
        return mode is Mode.GLEANING or so_far != "yes"
    return bool(cues(reply) or value == "maybe") and reply.is_only(*spans, *cues(reply))
