"""A text cut into tokens: words, numbers, emoji, and the breaks between clauses."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

BREAK = ","
ASKED = "?"
"""The end of a question; ``BREAK`` stands for every other mark that ends a clause."""
BREAKS = frozenset({BREAK, ASKED})

# What changes how a sign looks and not what it says: variation selectors, keycaps, skin tones,
# zero-width characters, marks of direction, and the sex of a person in an emoji.
_UNSEEN = "\u00ad\u2640\u2642\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20e3\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff"
_EMOJI = "\u2190-\u263f\u2641\u2643-\u2bff\u3030\u303d\U0001f000-\U0001f3fa\U0001f400-\U0001faff"


def _marks() -> str:
    """Every mark written over, under or around a letter, for which regular expressions have no name."""
    marks = (chr(n) for n in range(0x300, 0xAC00) if unicodedata.category(chr(n))[0] == "M")
    return "".join(mark for mark in marks if mark != "\u20e3")


_TOKEN = re.compile(
    rf"""
    (?P<joined> \d+ (?: [:/.,\-\u2013] \d+ )+ )  # 6:00, 12/3, 3.5, 2-3: said in digits, but no count
    | (?P<digits> \d+ )
    | (?P<word> [^\W\d_] (?: [^\W\d_{_UNSEEN}] | [{_marks()}{_UNSEEN}] | ['\u2019\u02bc](?=[^\W\d_]) )* )
    | (?P<sign> [*&+$\u20ac\#%\u00b0{_EMOJI}] )
    | (?P<break> [,;!?\u2026\n\r()\u060c\u061b\u061f\u3001\u3002\u00bf\u00a1]
               | (?<=\w\w)\.(?!\w) | (?<=\d)\.(?!\w) )
    """,
    re.VERBOSE,
)
_DROPPED = re.compile(rf"[{_UNSEEN}\u0300-\u036f'\u2019\u02bc]")


class Token(NamedTuple):
    """One piece of a text as it is compared (``folded``), and where it stands in the text."""

    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """``text`` as it is compared: no capitals, no accents, no apostrophes, digits of any script as 0-9."""
    if text.isascii():
        return text.lower().replace("'", "")
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return plain if plain.isascii() else "".join(map(_digit, plain))


def cut(text: str) -> tuple[Token, ...]:
    """The tokens of ``text``; a row of marks that end a clause becomes one token of ``BREAKS``."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match.lastgroup != "break":
            tokens.append(Token(fold(match[0]), start, end))
        elif tokens:  # a break at the very beginning says nothing
            _end_clause(tokens, ASKED if match[0] in "?\u061f" else BREAK, start, end)
    return tuple(tokens)


def _end_clause(tokens: list[Token], mark: str, start: int, end: int) -> None:
    if tokens[-1].folded in BREAKS:
        before = tokens.pop()
        mark, start = (ASKED if ASKED in (before.folded, mark) else BREAK), before.start
    tokens.append(Token(mark, start, end))


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
