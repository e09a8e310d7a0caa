"""The numbers of people in a reply: "2 adultos y 3 niños", "somos 5, 3 son niños", "just me"."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.core.words import FILLER, JOINERS, Number, Reply, Span
from flows.questions.assent import AFFIRMED
from flows.questions.counting import Pair, counts, paired, stands_alone, together
from flows.questions.vocabulary import (
    ADULTS,
    CHILDREN,
    COMING,
    COMING_ALONE,
    IN_TOTAL,
    JUST_ME,
    LINKING,
    PEOPLE,
    TWO_OF_US,
    WE_ARE,
    WITHOUT,
)

_NAMES = {ADULTS.key: "adults", CHILDREN.key: "children", PEOPLE.key: "total"}


@dataclass(slots=True)
class Headcount:
    """The numbers by what they count ("adults", "children", "total"), and the words that said so."""

    counts: dict[str, int] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    unclear: bool = False
    """Two words of the family contradict each other, or one may be meant in two ways."""

    def take(self, name: str, value: int, *spans: Span) -> None:
        """Note ``value``; unclear when another one was noted before."""
        if self.counts.setdefault(name, value) != value:
            self.unclear = True
        self.spans.extend(spans)


def headcount(reply: Reply, bare: str | None = None) -> Headcount:
    """What ``reply`` counts; ``bare`` says what a number without a unit counts, if it counts at all."""
    heard = Headcount()
    ours = reply.find(TWO_OF_US, JUST_ME)
    pairs = tuple(pair for pair in paired(reply, ADULTS, CHILDREN, PEOPLE) if not _inside(pair[0], ours))
    _take_pairs(reply, heard, pairs)
    free = [n for n in counts(reply) if not _inside(n, ours) and not _inside(n, heard.spans)]
    for number in free:
        _take_total(reply, heard, number, pairs, bare)
    _take_no_children(reply, heard)
    for span in ours:
        _take_ours(reply, heard, span)
    if bare and not heard.counts:
        _take_bare(reply, heard, free, bare)
    return heard


def _take_pairs(reply: Reply, heard: Headcount, pairs: tuple[Pair, ...]) -> None:
    named = {_NAMES[unit.key] for _number, unit in pairs}
    for number, unit in pairs:
        name = _NAMES[unit.key]
        if name == "total" and len(named) == 2 and _in_one_clause(reply, pairs):
            heard.unclear = True  # "5 personas y 3 niños": are the three among the five?
        if name in heard.counts and _adds(reply, number):
            heard.counts[name] += number.value
            heard.spans.append(together((number, unit)))
        else:
            heard.take(name, number.value, together((number, unit)))


def _adds(reply: Reply, number: Number) -> bool:
    """True for the second number of "2 niños y 1 bebé"."""
    return any(joiner.end == number.span.start for joiner in reply.find(JOINERS))


def _take_total(reply: Reply, heard: Headcount, number: Number, pairs: tuple[Pair, ...], bare: str | None) -> None:
    """A number that counts everybody: "somos 5", "5 en total"; "vamos 5" where adults are not asked for."""
    explicit = [span for span in reply.find(IN_TOTAL) if _beside(reply, number, span)]
    before = [span for span in reply.find(WE_ARE) if _links(reply, span.end, number.span.start)]
    if bare in (None, "total"):
        before += [span for span in reply.find(COMING, COMING_ALONE) if _beside(reply, number, span)]
    if not explicit and not before:
        return
    if not explicit and len(pairs) == 1 and _in_one_clause(reply, ((number, number.span), *pairs)):
        heard.unclear = True  # "somos 2 y 3 niños": five of them, or two?
    heard.take("total", number.value, number.span, *explicit, *before)


def _take_no_children(reply: Reply, heard: Headcount) -> None:
    """No number, and yet one: "sin niños", "no kids"."""
    units = {unit.start: unit for unit in reply.find(CHILDREN)}
    for span in reply.find(WITHOUT):
        if span.end in units:
            heard.take("children", 0, span, units[span.end])


def _take_ours(reply: Reply, heard: Headcount, span: Span) -> None:
    """ "Solo yo" is one adult and nobody else, unless the family goes on: "solo yo y mis 2 hijos"."""
    if span.key == TWO_OF_US.key:
        heard.take("adults", 2, span)
        return
    if any(joiner.start == span.end for joiner in reply.find(JOINERS)):
        with_children = any(0 < unit.start - span.end <= 4 for unit in reply.find(CHILDREN))
        if not with_children:
            return
    else:
        heard.counts.setdefault("children", 0)
    heard.take("adults", 1, span)


def _take_bare(reply: Reply, heard: Headcount, numbers: list[Number], bare: str) -> None:
    if len(numbers) != 1 or not stands_alone(reply, numbers[0].span, *AFFIRMED, COMING, COMING_ALONE):
        return
    if numbers[0].value or bare == "children":  # no adults at all is hardly what was meant
        heard.take(bare, numbers[0].value, numbers[0].span)


def _beside(reply: Reply, number: Number, span: Span) -> bool:
    return _links(reply, number.span.end, span.start) or _links(reply, span.end, number.span.start)


def _links(reply: Reply, end: int, start: int) -> bool:
    """True when what ends at ``end`` belongs to what starts at ``start``."""
    return 0 <= start - end <= 3 and reply.holds_only(end, start, LINKING, FILLER)


def _in_one_clause(reply: Reply, pairs: tuple[Pair, ...]) -> bool:
    return len({reply.clause(number.span) for number, _unit in pairs}) == 1


def _inside(number: Number, spans: tuple[Span, ...] | list[Span]) -> bool:
    return any(span.start <= number.span.start < span.end for span in spans)
