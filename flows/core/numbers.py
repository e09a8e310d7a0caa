"""Numbers in digits and in words, found among the tokens of a reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flows.core.lexicon import Lexicon

_MOST_DIGITS = 4
"""A longer row of digits is a phone number or a code, never a count."""


class NumberWord(NamedTuple):
    """A number word of one language that ends before the token ``end``."""

    end: int
    value: int
    lexicon: Lexicon


def numbers_in(tokens: tuple[str, ...], named: Mapping[int, NumberWord]) -> Iterator[tuple[int, int, int]]:
    """(start, end, value) of each number; ``named`` holds the number words by where they begin."""
    at = 0
    while at < len(tokens):
        if word := named.get(at):
            end, value = _with_unit(tokens, named, at, word)
            yield at, end, value
            at = end
        else:
            if (digits := _digits(tokens[at])) is not None:
                yield at, at + 1, digits
            at += 1


def _with_unit(tokens: tuple[str, ...], named: Mapping[int, NumberWord], at: int, tens: NumberWord) -> tuple[int, int]:
    """The end and value of "treinta", "treinta y tres", "treinta y 3", "diez y seis"."""
    alone = tens.end, tens.value
    if tens.end > at + 1 or tens.value % 10 or not 10 <= tens.value <= 90:
        return alone
    joined = tens.end < len(tokens) and tokens[tens.end] in tens.lexicon.number_joiners
    unit = _one_token(tokens, named, tens.end + joined)
    # Eleven to fifteen have names of their own: "diez y dos" is ten of one and two of another.
    least = 1 if tens.value > 10 else 6 if joined else 10
    if unit is None or not least <= unit <= 9:
        return alone
    return tens.end + joined + 1, tens.value + unit


def _one_token(tokens: tuple[str, ...], named: Mapping[int, NumberWord], at: int) -> int | None:
    if at in named:
        return named[at].value if named[at].end == at + 1 else None
    return _digits(tokens[at]) if at < len(tokens) else None


def _digits(token: str) -> int | None:
    return int(token) if token.isdecimal() and len(token) <= _MOST_DIGITS else None
