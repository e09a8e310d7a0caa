"""A score somewhere in a reply: "un 4", "4 de 5", "⭐⭐⭐⭐", "mucho", "3 nadie hablaba español".

Only what is certain counts. A number that counts something, "2 maestros", "a las 5", is no score; so a number with
words right behind it is one only where these begin a sentence of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from flows.core.tokens import BREAKS
from flows.core.words import FILLER, JOINERS, Number, Reply, Span, words
from flows.questions.assent import AFFIRMED, DENIED
from flows.questions.counting import counts
from flows.questions.vocabulary import (
    ADULTS,
    CHILDREN,
    COMING,
    COMING_ALONE,
    CORRECTION,
    JUST_ME,
    NONE,
    NOT_COMING,
    PEOPLE,
    TWO_OF_US,
    WE_ARE,
)

# Translators: what says the most on a scale from "not at all" to "very much": "very much", "a lot".
MOST = words("scale most")
# Translators: what says the least on a scale from "not at all" to "very much": "not at all", but not "not much".
LEAST = words("scale least")
# Translators: what leads up to a score: "I'd say" in "I'd say 4", "it's a", "from 1 to 5".
BEFORE = words("before a score")
# Translators: what a score is counted in: "points", "stars".
POINTS = words("points")
# Translators: what stands between a score and the highest one: "out of" in "4 out of 5".
OUT_OF = words("out of")
# Translators: words that begin a sentence right behind a score: "nobody" in "3 nobody spoke Spanish", "because".
# Never one that may stand behind a number that counts people: "of" in "2 of us", "teachers" in "2 teachers".
AFTER = words("after a score")

_PARTY = (ADULTS, CHILDREN, PEOPLE, WE_ARE, JUST_ME, TWO_OF_US, COMING, COMING_ALONE, NOT_COMING)
"""What says that a number counts who comes: "5 vamos todos"."""

_STAR, _EMPTY_STAR = "⭐🌟★", "☆"
_OF_THE_MOST = re.compile(r"(\d)/(\d)")
_ENDS_IT = re.compile(r"\s*[-–—:=.\"”)\]]+\s+|\s+[-–—:=.\"“(\[]+\s*")
"""Marks that end the clause of a number, and are no tokens: "3 - nadie nos saludó"."""


class Score(NamedTuple):
    """A score, in the range or not, and the words that say it."""

    value: int
    span: Span


def scores(reply: Reply, least: int, most: int) -> tuple[Score, ...]:
    """All that may be a score, from ``least`` to ``most`` or out of that range; from left to right."""
    if reply.is_letter:
        return ()
    found = [*_numbers(reply, most), *_of_the_most(reply, most), *_stars(reply, most)]
    found += _ends(reply, least, most, found)
    return tuple(sorted(found, key=lambda score: score.span))


def _numbers(reply: Reply, most: int) -> Iterator[Score]:
    """Numbers that count nothing: "5!", "un 4", "4 de 5", "3 nadie hablaba español"."""
    starts = {number.span.start: number for number in reply.numbers()}
    before = reply.find(BEFORE)
    for number in counts(reply):
        if any(_is_within(number.span, span) for span in before) or not _leads(reply, number.span.start):
            continue
        end = _past_the_most(reply, number, starts, most)
        digits = reply.tokens[number.span.start].folded.isdecimal()
        if end is not None and (end := _past_the_score(reply, end, starts, digits=digits)) is not None:
            yield Score(number.value, Span(number.span.start, end))


def _is_within(number: Span, span: Span) -> bool:
    """Whether a number is no score but stands among what leads up to it: "del 1 al 5: 4"."""
    inside = span.start <= number.start and number.end <= span.end
    return inside and span.end - span.start > number.end - number.start


def _leads(reply: Reply, start: int) -> bool:
    """Whether what begins there begins its clause, but for words that give it no other meaning; "we are" does."""
    if any(span.end == start for span in reply.find(*_PARTY)):
        return False
    small = (FILLER, JOINERS, CORRECTION, BEFORE, MOST, LEAST, *AFFIRMED, *DENIED)
    return reply.holds_only(reply.clause(Span(start, start + 1)).start, start, *small)


def _past_the_most(reply: Reply, number: Number, starts: dict[int, Number], most: int) -> int | None:
    """The end of "4", "4 de 5", "4 / 5"; None where another number follows: "4 de 10", "3 4"."""
    end = number.span.end
    of = next((span.end for span in reply.find(OUT_OF) if span.start == end), end)
    following = starts.get(of)
    if following is None:
        return end
    between = reply.text[reply.tokens[end - 1].end : reply.tokens[of].start].strip()
    return following.span.end if following.value == most and (of > end or between == "/") else None


def _past_the_score(reply: Reply, end: int, starts: dict[int, Number], *, digits: bool) -> int | None:
    """The end of a score with what decorates it; None where what follows gives it another meaning.

    A number in words is a word like others, "uno se siente mal", and has nothing behind it.
    """
    end = _past_decoration(reply, end)
    clause = reply.clause(Span(end - 1, end))
    if _is_over(reply, end) or reply.holds_only(end, clause.end, FILLER, CORRECTION, MOST, LEAST, *AFFIRMED):
        joined = next((span.end for span in reply.find(JOINERS) if span.start == clause.end + 1), None)
        return None if joined in starts else end  # "2, y 3 niños"
    return end if digits and _begins_a_sentence(reply, end) else None


def _past_decoration(reply: Reply, end: int) -> int:
    """The end of "4 estrellas", "5 ⭐", "4 😊"."""
    end = next((span.end for span in reply.find(POINTS) if span.start == end), end)
    signs = {span.start for span in reply.find(FILLER, *AFFIRMED, *DENIED)}
    while end < len(reply.tokens) and not reply.tokens[end].folded.isalnum():
        if end not in signs and not _is_star(reply.tokens[end].folded):
            break
        end += 1
    return end


def _is_over(reply: Reply, end: int) -> bool:
    """Whether nothing follows there, or a mark stands between."""
    if end == len(reply.tokens) or reply.tokens[end].folded in BREAKS:
        return True
    between = reply.text[reply.tokens[end - 1].end : reply.tokens[end].start]
    return _ENDS_IT.fullmatch(between) is not None


def _begins_a_sentence(reply: Reply, start: int) -> bool:
    """Whether words that say why begin there: "nadie hablaba español", "y todos muy amables"."""
    found = {span.start: span for span in reply.find(AFTER, *_PARTY, JOINERS)}
    first = found.get(start)
    if first is not None and first.key == JOINERS.key:
        if reply.holds_only(first.end, reply.clause(first).end, FILLER):
            return False  # "2 y mi familia"
        first = found.get(first.end)
    return first is not None and first.key == AFTER.key


def _of_the_most(reply: Reply, most: int) -> Iterator[Score]:
    """ "4/5", which is one token."""
    for at, token in enumerate(reply.tokens):
        of = _OF_THE_MOST.fullmatch(token.folded)
        if of is None or int(of[2]) != most or not _leads(reply, at):
            continue
        if (end := _past_the_score(reply, at + 1, {}, digits=True)) is not None:
            yield Score(int(of[1]), Span(at, end))


def _stars(reply: Reply, most: int) -> Iterator[Score]:
    """Rows of stars. One alone, or some behind other words, may be there for joy."""
    places = [n for n, token in enumerate(reply.tokens) if _is_star(token.folded)]
    for _row, members in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
        row = [place for _n, place in members]
        value = sum(reply.tokens[place].folded != _EMPTY_STAR for place in row)
        if value == most or (len(row) > 1 and _leads(reply, row[0])):
            yield Score(value, Span(row[0], row[-1] + 1))


def _is_star(sign: str) -> bool:
    return sign in _STAR or sign in _EMPTY_STAR


def _ends(reply: Reply, least: int, most: int, numbers: list[Score]) -> Iterator[Score]:
    """The words of the question itself: "mucho", "nada". What also means "nothing to say" must stand alone."""
    found = reply.find(MOST, LEAST, FILLER, *AFFIRMED, *DENIED)
    ends = [span for span in found if span.key in (MOST.key, LEAST.key) and _is_clause(reply, span)]
    nothing = {(span.start, span.end) for span in reply.find(NONE)}
    others = (*ends, *(score.span for score in numbers), *reply.find(*AFFIRMED, *DENIED))
    for span in ends:
        if (span.start, span.end) not in nothing or reply.is_only(*others):
            yield Score(most if span.key == MOST.key else least, span)


def _is_clause(reply: Reply, span: Span) -> bool:
    clause = reply.clause(span)
    ends = reply.holds_only(span.end, clause.end, FILLER, MOST, LEAST, *AFFIRMED)
    return ends and not reply.asks(span) and _leads(reply, span.start)
