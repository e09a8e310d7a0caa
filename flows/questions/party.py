"""Who comes: adults and children, in one text or step by step."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar

from flows.core.question import Json, Mode, Question, Taken, Unsure
from flows.core.text import Text, _, plural, typed
from flows.core.words import Reply, Span
from flows.questions.assent import DENIED
from flows.questions.counting import corrected, cues, number_buttons
from flows.questions.headcount import Headcount, headcount
from flows.questions.party_size import PartySize
from flows.questions.vocabulary import NONE

_NOBODY = PartySize()

# With what it counts, so that a second tap beneath one question is no answer to the next. No words of a language: what
# a button answers is never translated.
AN_ADULT, A_CHILD = "\N{ADULT}", "\N{CHILD}"
_TAPPED = re.compile(rf"([0-9]{{1,2}}) ({AN_ADULT}|{A_CHILD})")


@dataclass(frozen=True, slots=True)
class Party(Question[PartySize]):
    """How many adults and children, up to ``most`` people. A part of the answer is kept, and the rest asked.

    A bare number is what was asked for: adults first, then children. ``known`` is what the family said already, when it
    is asked for the rest.
    """

    name: ClassVar[str] = "party"

    most: int = 30
    known: PartySize = field(default=_NOBODY, compare=False)

    def read(self, reply: Reply, mode: Mode, so_far: PartySize | None = None) -> Taken[PartySize] | Unsure:
        if parts := corrected(reply):
            return self._read_twice(parts, mode, so_far)
        known = so_far or _NOBODY
        heard = _tapped(reply) or (_no_children(reply) if _asks_for_children(mode, known) else None)
        heard = heard or headcount(reply, _bare(reply, mode, known))
        if heard.unclear:
            return Unsure(_say_both())
        if not heard.counts:
            return Unsure(_say_both()) if mode is Mode.CORRECTING and cues(reply) else Unsure()
        party = _correct(known, heard) if mode is Mode.CORRECTING else _add(known, heard)
        return self._taken(reply, heard, party)

    def _read_twice(
        self, parts: tuple[Reply, Reply], mode: Mode, so_far: PartySize | None
    ) -> Taken[PartySize] | Unsure:
        """First what was said, then what took a part of it back: "2 adultos y 3 niños, perdón, 4 niños"."""
        first = self.read(parts[0], mode, so_far)
        if isinstance(first, Unsure):
            return first
        second = self.read(parts[1], Mode.CORRECTING, first.value)
        if isinstance(second, Unsure):
            return second
        return Taken(second.value, " ".join(filter(None, (first.rest, second.rest))))

    def _taken(self, reply: Reply, heard: Headcount, party: PartySize | None) -> Taken[PartySize] | Unsure:
        if party is None:
            return Unsure(_say_both())
        if max(party.known.values()) > self.most:
            return Unsure(_("Please reply with a number up to {most}.", most=self.most))
        return Taken(party, reply.without(*heard.spans, *cues(reply)))

    @property
    def example(self) -> Text:
        return _say_both()

    @property
    def choices(self) -> Text:
        return _("Please write how many adults and how many children. Example: 1 adult 0 children")

    def missing(self, value: PartySize) -> Text | None:
        if value.whole:
            return None
        if value.adults is not None:
            return typed(_("How many children? Reply with a number, or 0"), tapped=_("How many children?"))
        if value.total is not None:
            return typed(
                _("Of the {n}, how many are children? Reply with a number, or 0", n=value.total),
                tapped=_("Of the {n}, how many are children?", n=value.total),
            )
        return _("How many adults are coming?")

    def rest(self, value: PartySize) -> Party:
        return replace(self, known=value)

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        if _asks_for_children(Mode.ASKED, self.known):
            return number_buttons(0, self.known.total or self.most, A_CHILD)
        return number_buttons(1, self.most, AN_ADULT)

    def describe(self, value: PartySize) -> Text:
        if value.adults is None and value.children is None:
            return plural("{n} person", "{n} people", n=value.total or 0)
        adults = plural("{n} adult", "{n} adults", n=value.adults or 0)
        children = plural("{n} child", "{n} children", n=value.children or 0)
        if not value.children:
            return adults
        return _("{adults}, {children}", adults=adults, children=children) if value.adults else children

    def dump(self, value: PartySize) -> Json:
        return value.dump()

    def load(self, kept: Json) -> PartySize:
        return PartySize(**kept) if isinstance(kept, dict) else _NOBODY  # type: ignore[arg-type]  # as dumped


def _say_both() -> Text:
    return _("Please write how many, for example: 2 adults 3 children")


def _tapped(reply: Reply) -> Headcount | None:
    """The number on a button that was tapped."""
    found = _TAPPED.fullmatch(reply.text.strip())
    if found is None:
        return None
    return Headcount({"adults" if found[2] == AN_ADULT else "children": int(found[1])}, [Span(0, len(reply.tokens))])


def _asks_for_children(mode: Mode, known: PartySize) -> bool:
    return mode is Mode.ASKED and known.children is None and bool(known.known)


def _no_children(reply: Reply) -> Headcount | None:
    found = reply.find(*DENIED, NONE)
    return Headcount({"children": 0}, list(found)) if found and reply.is_only(*found) else None


def _bare(reply: Reply, mode: Mode, known: PartySize) -> str | None:
    """What a number without a unit counts: what is asked for; in a correction, the only number there is."""
    if mode is Mode.ASKED:
        return "children" if _asks_for_children(mode, known) else "adults"
    if mode is Mode.CORRECTING and cues(reply) and len(known.known) == 1:
        return next(iter(known.known))
    return None


def _add(known: PartySize, heard: Headcount) -> PartySize | None:
    alone = PartySize.of(**heard.counts)
    if alone is None or alone.whole:
        return alone
    return PartySize.of(**{**known.known, **heard.counts})


def _correct(known: PartySize, heard: Headcount) -> PartySize | None:
    """The party after a correction: a new total starts afresh, a new part keeps the other part."""
    if heard.counts.items() <= known.known.items():
        return known
    if "total" in heard.counts or len(known.known) == 1:
        return _add(_NOBODY if "total" in heard.counts else known, heard)
    parts = {name: count for name, count in known.known.items() if name != "total"}
    return PartySize.of(**{**parts, **heard.counts})
