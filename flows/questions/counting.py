"""Numbers that count something, and the units they stand beside."""

from __future__ import annotations

from typing import TypeAlias

from flows.core.text import Text, _
from flows.core.words import FILLER, JOINERS, Number, Reply, Span, Words
from flows.questions.vocabulary import CORRECTION, LINKING, MEASURES, PLACES

Pair: TypeAlias = tuple[Number, Span]

MOST_BUTTONS = 6
"""The largest number that has a button; larger ones are written."""

_FARTHEST = 4
"""Words of linking between a number and its unit, at most: "3 de ellos son niños"."""


def cues(reply: Reply) -> tuple[Span, ...]:
    """The words that take something back; "perdón por la tardanza" takes back nothing."""
    return tuple(span for span in reply.find(CORRECTION, FILLER) if span.key == CORRECTION.key)


def counts(reply: Reply) -> tuple[Number, ...]:
    """The numbers that may count people or things: no ages, hours or rooms, and none in a question."""
    numbers = reply.numbers()
    if not numbers or reply.is_letter:
        return ()
    measures = {span.start for span in reply.find(MEASURES)}
    places = {span.end for span in reply.find(PLACES)}
    return tuple(
        number
        for number in numbers
        if number.span.end not in measures and number.span.start not in places and not reply.asks(number.span)
    )


def paired(reply: Reply, *units: Words) -> tuple[Pair, ...]:
    """Each number that stands beside one of the ``units``: "2 adultos 3 niños", "adultos: 2 niños: 3"."""
    numbers, found = counts(reply), reply.find(*units)
    if not numbers or not found:
        return ()
    after = _beside(reply, numbers, {unit.start: unit for unit in found}, forward=True)
    before = _beside(reply, numbers, {unit.end: unit for unit in found}, forward=False)
    if len(after) != len(before):
        return max(after, before, key=len)
    if _apart(after, before):
        return (*before, *after)
    same = [number for number, _ in after] == [number for number, _ in before]
    return () if same else after  # "niños 3 adultos": the number could belong to either


def _apart(some: tuple[Pair, ...], others: tuple[Pair, ...]) -> bool:
    """True when no number and no unit is in both: "niños 3, 2 adultos"."""
    return {number for number, _ in some}.isdisjoint(number for number, _ in others) and {
        unit for _, unit in some
    }.isdisjoint(unit for _, unit in others)


def together(pair: Pair) -> Span:
    """A number, its unit, and what stands between them."""
    number, unit = pair
    return Span(min(number.span.start, unit.start), max(number.span.end, unit.end))


def stands_alone(reply: Reply, span: Span, *allowed: Words) -> bool:
    """True when nothing in the clause around ``span`` gives it another meaning: "5", "perdón, 4 gracias"."""
    clause = reply.clause(span)
    small = (FILLER, CORRECTION, *allowed)
    goes_on = any(joiner.start == clause.end + 1 for joiner in reply.find(JOINERS))
    return (
        not goes_on
        and reply.holds_only(clause.start, span.start, JOINERS, *small)
        and reply.holds_only(span.end, clause.end, *small)
    )


def corrected(reply: Reply) -> tuple[Reply, Reply] | None:
    """What stands before and after a word of correction between two numbers: "5, perdón, 4"."""
    took_back = cues(reply)
    numbers = counts(reply) if took_back else ()
    if len(numbers) < 2:
        return None
    last = took_back[-1].start
    if not numbers[0].span.start < last < numbers[-1].span.start:
        return None
    cue = reply.tokens[last]
    return Reply(reply.text[: cue.start], reply.lexicons), Reply(reply.text[cue.start :], reply.lexicons)


def number_buttons(least: int, most: int, unit: str = "") -> tuple[tuple[str, Text], ...]:
    """A button for each small number of ``least`` to ``most``, which answers with the ``unit`` behind it."""
    return tuple((f"{n} {unit}".strip(), _("{n}", n=n)) for n in range(least, min(most, MOST_BUTTONS) + 1))


def _beside(reply: Reply, numbers: tuple[Number, ...], units: dict[int, Span], *, forward: bool) -> tuple[Pair, ...]:
    found = ((number, _nearest(reply, number.span, units, forward=forward)) for number in numbers)
    return tuple((number, unit) for number, unit in found if unit is not None)


def _nearest(reply: Reply, number: Span, units: dict[int, Span], *, forward: bool) -> Span | None:
    for distance in range(_FARTHEST + 1):
        edge = number.end + distance if forward else number.start - distance
        start, end = sorted((edge, number.end if forward else number.start))
        if edge in units:
            return units[edge] if reply.holds_only(start, end, LINKING) else None
    return None
