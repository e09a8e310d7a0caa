"""A question that is answered with yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _, typed
from flows.core.words import FILLER, Reply, Span
from flows.questions.assent import AFFIRMED, DENIED, said, stray
from flows.questions.counting import cues
from flows.questions.vocabulary import DOUBTFUL, MAYBE, YES, YES_ALONE


@dataclass(frozen=True, slots=True)
class YesNo(Question[bool]):
    """Yes or no; with both in one reply, or neither, it is unsure."""

    name: ClassVar[str] = "yes-no"

    def read(self, reply: Reply, mode: Mode, so_far: bool | None = None) -> Taken[bool] | Unsure:
        answer = _answer(reply)
        took_back = cues(reply)
        if not answer or not _certain(reply, mode, answer, took_back):
            return Unsure()
        return Taken(answer[0].key in (YES.key, YES_ALONE.key), reply.without(*answer, *took_back))

    @property
    def example(self) -> Text:
        return _("Please reply YES or NO.")

    @property
    def choices(self) -> Text:
        return _("One word is enough: YES, or NO.")

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return (("👍", _("Yes")), ("👎", _("No")))


def yes_or_no() -> Text:
    """How to answer, for a gap of the question's text: "Reply YES or NO"."""
    return typed(_("Reply YES or NO"))


def _answer(reply: Reply) -> tuple[Span, ...]:
    """The words that say yes, or those that say no; nothing where both do, or one of them is in doubt."""
    found = reply.find(*AFFIRMED, *DENIED, MAYBE, DOUBTFUL, FILLER)
    yes, no = said(reply, found, AFFIRMED), said(reply, found, DENIED)
    doubtful = any(span.key in (MAYBE.key, DOUBTFUL.key) for span in found)
    if doubtful or bool(yes) == bool(no) or stray(reply, found, DENIED if yes else AFFIRMED, yes or no):
        return ()
    return yes or no


def _certain(reply: Reply, mode: Mode, answer: tuple[Span, ...], took_back: tuple[Span, ...]) -> bool:
    """A yes said to something else answers nothing here; to correct an answer it takes a cue."""
    if mode is Mode.ASKED:
        return True
    return bool(took_back) and reply.is_only(*answer, *took_back)
