"""An event as a page shows it: what one household said, and what it adds up to for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from babel import Locale

from bot.families.cells import language_name
from bot.language.dates import Dates
from bot.records import Rsvp
from bot.sample.simulator import Happening
from flows.facts import Event

ENGLISH = Dates.of(Locale("en", "US"), "EEEE, MMMM d")
"""The pages are in English."""
COMING = {"yes": "Coming", "no": "Not coming", "maybe": "Maybe"}
NOTHING_SAID = "–"


@dataclass(frozen=True, slots=True)
class Card:
    """An event: what one household said, and what it adds up to for all."""

    id: int
    title: str
    when: str
    where: str
    state: str
    coming: str
    answer: tuple[tuple[str, str], ...] = field(repr=False)
    people: tuple[tuple[str, int], ...]
    households: tuple[tuple[str, str, int], ...]
    """How many said what: a key, in words, the number."""
    interpreters: str

    @property
    def asked(self) -> int:
        """The number of households that were invited or have answered."""
        return sum(number for _key, _label, number in self.households)

    @property
    def shares(self) -> Iterator[tuple[str, int, int]]:
        """The same as stretches of a line: a key, where it begins, how long it is."""
        start = 0
        for key, _label, number in self.households:
            yield key, start, number
            start += number


def card(one: Happening, timezone: ZoneInfo) -> Card:
    """The event as its school's clock and one household have it."""
    event, totals = one.event, one.totals
    state = one.answer.coming if one.answer else "open" if one.invited else "none"
    return Card(
        id=event.id,
        title=event.title.best("en"),
        when=", ".join(ENGLISH.write(event.starts, style, timezone) for style in ("day", "time")),
        where=event.place.best("en"),
        state=state,
        coming=COMING.get(state) or ("No answer yet" if one.invited else "Not invited yet"),
        answer=tuple(_answer(event, one.answer)) if one.answer else (),
        people=(
            ("Adults", totals.adults),
            ("Children", totals.children),
            ("In child care", totals.child_care),
            ("Food wishes", totals.food),
        ),
        households=(
            ("yes", "coming", totals.yes),
            ("maybe", "maybe", totals.maybe),
            ("no", "not coming", totals.no),
            ("open", "no answer yet", totals.not_answered),
        ),
        interpreters=", ".join(f"{language_name(code)} ({n})" for code, n in totals.interpreters.items()),
    )


def _answer(event: Event, answer: Rsvp) -> Iterator[tuple[str, str]]:
    """What a household that comes has said; a dash where it has not yet."""
    if answer.coming != "yes":
        return
    yield "Adults", _or_dash(answer.adults)
    yield "Children", _or_dash(answer.children)
    if event.child_care and answer.children:
        yield "Child care", {None: NOTHING_SAID, True: "yes", False: "no"}[answer.child_care]
    if event.food:
        yield "Food", NOTHING_SAID if answer.food is None else answer.food or "no wishes"
    if answer.interpreter:
        yield "Interpreter", language_name(answer.interpreter)


def _or_dash(value: int | None) -> str:
    return NOTHING_SAID if value is None else str(value)
