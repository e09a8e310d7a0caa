"""A question that is answered in the family's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.text import Text, _
from flows.core.tokens import ASKED, BREAKS
from flows.core.words import Reply
from flows.questions.assent import AFFIRMED, DENIED
from flows.questions.counting import cues
from flows.questions.vocabulary import NONE

_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class FreeText(Question[str | None]):
    """Whatever the family writes, up to 1,000 characters; None for a plain no where it is ``optional``.

    One that ``gleans`` also takes what another question of the flow left over, "3, nobody spoke Spanish", and thanks
    and praise, which are no allergy. ``which`` is said to a mere yes.
    """

    name: ClassVar[str] = "free-text"
    free: ClassVar[bool] = True

    optional: bool = True
    gleans: bool = False
    which: Text | None = None

    def read(self, reply: Reply, mode: Mode, so_far: str | None = None) -> Taken[str | None] | Unsure:
        listening = mode is Mode.ASKED or (self.gleans and mode is Mode.GLEANING)
        if not listening or reply.empty or (self.optional and not self.gleans and _says_nothing(reply)):
            return Unsure()
        if self.optional and (agreed := reply.find(*AFFIRMED)) and reply.is_only(*agreed):
            return Unsure(self.which or _("Which? Please write it in your own words."))
        nothing = reply.find(*DENIED, NONE)
        if self.optional and nothing and reply.is_only(*nothing, *cues(reply)):  # "sorry, no"
            return Taken(None)
        return Taken(reply.text.strip()[:_LONGEST])

    @property
    def example(self) -> Text:
        if self.optional:
            return _("Please write it in your own words, or reply NO.")
        return _("Please write it in your own words.")

    @property
    def choices(self) -> Text:
        if self.optional:
            return _("A few words are enough. If there is nothing to say, reply NO.")
        return _("A few words are enough.")

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return (("👎", _("No")),) if self.optional else ()

    def describe(self, value: str | None) -> Text | str:
        return _("nothing") if value is None else f'"{value}"'


def _says_nothing(reply: Reply) -> bool:
    """Whether it is only courtesy, or only asks: neither "gracias" nor "what time is it?" is an allergy."""
    ends = [token.folded for token in reply.tokens if token.folded in BREAKS]
    return reply.is_only() or (ends == [ASKED] and reply.tokens[-1].folded == ASKED)
