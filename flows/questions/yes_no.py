"""A question that is answered with yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _, typed
from flows.core.words import FILLER, Reply, Span, Words
from flows.questions.assent import AFFIRMED, DENIED, said, stray
from flows.questions.counting import cues
from flows.questions.vocabulary import DOUBTFUL, MAYBE, YES, YES_ALONE


@dataclass(frozen=True, slots=True)
class YesNo(Question[bool]):
    """Yes or no; with both in one reply, or neither, it is unsure.

    ``not_yet`` are words that say no to this very question, where nothing is said beside them.
    """

    name: ClassVar[str] = "yes-no"

    not_yet: Words | None = None

    def read(self, reply: Reply, mode: Mode, so_far: bool | None = None) -> Taken[bool] | Unsure:
        if mode is Mode.ASKED and self._says_not_yet(reply):
            return Taken(False)
        answer = _answer(reply)
        took_back = cues(reply)
        if not answer or not _certain(reply, mode, answer, took_back):
            return Unsure()
        return Taken(answer[0].key in (YES.key, YES_ALONE.key), reply.without(*answer, *took_back))

    def _says_not_yet(self, reply: Reply) -> bool:
        if self.not_yet is None or not (named := reply.find(self.not_yet)):
            return False
        return not reply.asks(named[0]) and reply.is_only(*reply.find(self.not_yet, *DENIED), *cues(reply))

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


def accept_or_no() -> Text:
    """The same for a long text, in words that do not make it cost more."""
    # Translators: where your word for yes makes a text cost more, another word of consent serves as well.
    return typed(_("Reply with YES or NO"))


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
