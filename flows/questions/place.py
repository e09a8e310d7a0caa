"""The question to a party that does not fit: does it wait for its places, or come with fewer?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.core.question import Json, Mode, Question, Taken, Unsure
from flows.core.text import Text
from flows.core.words import Reply
from flows.questions.coming import Coming
from flows.questions.party import Party
from flows.questions.party_size import PartySize
from flows.questions.yes_no import YesNo

YES, NO, OTHERS = "yes", "no", "others"
_COMING = Coming(party="party")
_YES_NO = YesNo()


@dataclass(frozen=True, slots=True)
class Place(Question[str]):
    """Whether the ``party`` wants the places that ``asking`` speaks of; another number of people is an answer as well.

    Only a yes answers this question itself. Another number changes the answer under the key ``party``; a no the one
    under ``coming``, or where the family has places already, it is the party again that it ``held``.
    """

    name: ClassVar[str] = "place"

    asking: Text
    party: PartySize
    held: PartySize | None = None

    def read(self, reply: Reply, mode: Mode, so_far: str | None = None) -> Taken[str] | Unsure:
        if mode is Mode.GLEANING or (mode is Mode.CORRECTING and so_far == YES):
            return Unsure()  # its yes is not taken back here: who comes, and how many, are questions before it
        if self.held and _stays_away(reply):
            return Unsure()  # "we can't come" gives up more than what was asked about
        coming = _COMING.read(reply, mode)
        if not isinstance(coming, Taken):
            return self._plain(reply, mode)
        if "party" in coming.also:
            return self._counted(coming)
        return Unsure() if coming.value == "maybe" else self._said(coming.value == "yes", coming.rest)

    def _plain(self, reply: Reply, mode: Mode) -> Taken[str] | Unsure:
        answer = _YES_NO.read(reply, mode)
        return self._said(answer.value, answer.rest) if isinstance(answer, Taken) else answer

    def _said(self, yes: bool, rest: str) -> Taken[str]:
        return Taken(YES, rest) if yes else Taken(NO, rest, self._as_before)

    def _counted(self, coming: Taken[str]) -> Taken[str]:
        """A number of people: all of them, those who have their places, or others."""
        counted = Party().load(coming.also["party"])
        if _is_same(counted, self.party):
            return Taken(YES, coming.rest)
        if self.held and _is_same(counted, self.held):
            return Taken(NO, coming.rest, self._as_before)
        return Taken(OTHERS, coming.rest, coming.also)

    @property
    def _as_before(self) -> Mapping[str, Json]:
        return {"party": self.held.dump()} if self.held else {"coming": "no"}

    @property
    def example(self) -> Text:
        return _YES_NO.example

    @property
    def choices(self) -> Text:
        return _YES_NO.choices

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        return _YES_NO.buttons()

    def missing(self, value: str) -> Text | None:
        return None if value == YES else self.asking


def _is_same(counted: PartySize, party: PartySize) -> bool:
    """Whether somebody counts this party, be it only the total of it."""
    return counted.total == party.total and counted.adults in (None, party.adults)


def _stays_away(reply: Reply) -> bool:
    """Whether the family says in words that it does not come at all."""
    named = _COMING.read(reply, Mode.CORRECTING, "yes")
    return isinstance(named, Taken) and named.value == "no"
