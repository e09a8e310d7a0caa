"""One language's words as its catalog lists them, ready to be looked up."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from flows.core.tokens import BREAKS, cut

K = TypeVar("K", bound=Hashable)


class Words(NamedTuple):
    """One list of words in the catalogs, named by its key."""

    key: str


def words(key: str) -> Words:
    """The list that every catalog keeps under ``key``. The comment above its use is for translators."""
    return Words(key)


# Translators: number words, each with its number before it: "2 two". Tens and units are put together
# by themselves; phrases may stand here too: "2 a couple".
NUMBERS = words("numbers")
# Translators: what joins tens and units: "y" in "treinta y tres". A hyphen where there is no such word.
NUMBER_JOINER = words("number joiner")
# Translators: everyday words of your language that another language of the school uses for a number or
# an answer: "once" is eleven in Spanish. A word that stands in any of your lists needs no place here.
EVERYDAY = words("everyday words")


class Phrase(NamedTuple):
    """One phrase of a list: its tokens, the list's key and, in the list of numbers, its value."""

    tokens: tuple[str, ...]
    key: str
    value: int | None = None


class Lexicon:
    """One language's phrases, cut and folded once; it never changes afterwards."""

    def __init__(self, language: str, lists: Mapping[str, str]) -> None:
        """``lists`` holds the phrases of each key with commas between them, as the catalog has them.

        ValueError: an entry of the numbers is not a number followed by its name.
        """
        self.language = language
        self.keys = frozenset(key for key, phrases in lists.items() if phrases.strip())
        self.number_joiners = frozenset(tokens[0] for tokens in _phrases(lists.get(NUMBER_JOINER.key, "")))
        phrases = tuple(_compiled(lists))
        self._single = _grouped((p.tokens[0], p) for p in phrases if len(p.tokens) == 1)
        self._longer = _grouped((p.tokens[:2], p) for p in phrases if len(p.tokens) > 1)

    def starting(self, first: str, second: str) -> tuple[Phrase, ...]:
        """The phrases that may begin where the token ``first`` is followed by ``second``."""
        return self._longer.get((first, second), ()) + self._single.get(first, ())


def _compiled(lists: Mapping[str, str]) -> Iterator[Phrase]:
    for key, phrases in lists.items():
        for tokens in _phrases(phrases):
            yield _number(tokens) if key == NUMBERS.key else Phrase(tokens, key)


def _number(tokens: tuple[str, ...]) -> Phrase:
    value, *name = tokens
    if not value.isdecimal() or not name:
        raise ValueError(f'a number and its name are wanted, such as "2 dos", not "{" ".join(tokens)}"')
    return Phrase(tuple(name), NUMBERS.key, int(value))


def _phrases(phrases: str) -> Iterator[tuple[str, ...]]:
    for phrase in re.split("[,،、]", phrases):
        if tokens := tuple(token.folded for token in cut(phrase) if token.folded not in BREAKS):
            yield tokens


def _grouped(phrases: Iterable[tuple[K, Phrase]]) -> dict[K, tuple[Phrase, ...]]:
    found: defaultdict[K, dict[Phrase, None]] = defaultdict(dict)
    for beginning, phrase in phrases:
        found[beginning][phrase] = None
    return {beginning: tuple(same) for beginning, same in found.items()}
