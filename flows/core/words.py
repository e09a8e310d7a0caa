"""What a family typed, cut into tokens and compared with the word lists of the catalogs.

A reply is read with its family's own language first, then with the school's other languages. A
word that the own language knows in any of its lists is never read as another language's: in a
Spanish reply "once" is 11; in an English one it is only "once".
"""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from flows.core.lexicon import NUMBERS, Lexicon, Phrase, Words, words
from flows.core.numbers import NumberWord, numbers_in
from flows.core.tokens import ASKED, BREAKS, Token, cut, fold

__all__ = ["FILLER", "Lexicon", "Number", "Reply", "Span", "Words", "fold", "words"]

_LONGEST = 400
"""Tokens: an SMS has at most 1,600 characters."""

# With what may end the sign before it: a keycap, how it looks, the colour of a skin.
_DANGLING_LEFT = " \t\r\n.,;:!?)]}-–—…/&+\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_DANGLING_RIGHT = " \t\r\n,;:-–—([{/&+¿¡"


# Translators: courtesy and other small words that change nothing in an answer: "please", "thanks",
# "well", "I think". Whole phrases may stand here as well, to keep a word inside them from being
# read alone: "no problem" is not a no.
FILLER = words("filler")
# Translators: what joins two parts of an answer: "and", "but".
JOINERS = words("joiners")


class Span(NamedTuple):
    """The tokens of a reply from ``start`` up to, not including, ``end``, and the list they are in."""

    start: int
    end: int
    key: str = ""


class Number(NamedTuple):
    """A number that the family wrote, in digits of any script or in words."""

    value: int
    span: Span


class Reply:
    """One text of a family. It never changes, and what it was asked once it remembers."""

    def __init__(self, text: str, lexicons: Sequence[Lexicon]) -> None:
        """``lexicons`` has the family's own language first, then the school's others."""
        self.text = unicodedata.normalize("NFC", text)
        self.lexicons = tuple(lexicons)
        self.tokens: tuple[Token, ...] = cut(self.text)
        self._folded = tuple([token.folded for token in self.tokens])
        self._phrases = self._find_phrases()
        self._found = _by_list(self._phrases)
        self._asked_before: dict[tuple[Words, ...], tuple[Span, ...]] = {}

    def __repr__(self) -> str:
        return f"Reply(<{len(self.tokens)} tokens>)"  # a family's words stay out of logs

    @property
    def empty(self) -> bool:
        """True when there is nothing to read: no word, no number, no emoji."""
        return not self.tokens

    @property
    def is_letter(self) -> bool:
        """True when it is longer than an SMS can be; a person reads it, and no question does."""
        return len(self.tokens) > _LONGEST

    def find(self, *wanted: Words) -> tuple[Span, ...]:
        """Where words of the ``wanted`` lists stand, from left to right and without overlaps.

        Where two overlap the longer one counts, whichever list it is in: with yes and no both
        wanted, "claro que no" is one no, though "claro" alone is a yes.
        """
        if not self._found:
            return ()
        spans = self._asked_before.get(wanted)
        if spans is None:
            found = [span for words in wanted for span in self._found.get(words.key, ())]
            spans = tuple(found) if len(found) < 2 else _longest_first(found)
            self._asked_before[wanted] = spans
        return spans

    def known(self) -> frozenset[int]:
        """The tokens that stand in any list of these languages: by them a language is told from another."""
        return frozenset(n for spans in self._found.values() for span in spans for n in _range(span))

    def numbers(self) -> tuple[Number, ...]:
        """The numbers from left to right. Times, dates, ranges, decimals and phone numbers are none."""
        return self._numbers

    def holds_only(self, start: int, end: int, *allowed: Words) -> bool:
        """True when the tokens from ``start`` up to ``end`` are words of the ``allowed`` lists, or none."""
        for span in self.find(*allowed) if start < end else ():
            if span.start <= start < span.end:
                start = span.end
        return start >= end

    def clause(self, span: Span) -> Span:
        """The part of the reply, from one comma or full stop to the next, that ``span`` stands in."""
        return self._clauses[bisect(self._clauses, (span.start, len(self.tokens) + 1)) - 1]

    def asks(self, span: Span) -> bool:
        """True when ``span`` stands in a question of the family, which answers nothing."""
        end = self.clause(span).end
        return end < len(self.tokens) and self._folded[end] == ASKED

    def is_only(self, *spans: Span) -> bool:
        """True when the reply says nothing beyond ``spans`` but courtesy, joiners and punctuation."""
        covered = self._tokens_of(spans)
        small = [span for span in self.find(FILLER, JOINERS) if covered.isdisjoint(_range(span))]
        covered |= self._tokens_of(small)
        return all(n in covered or token in BREAKS for n, token in enumerate(self._folded))

    def without(self, *spans: Span) -> str:
        """The family's own words beyond ``spans``; "" when only courtesy and punctuation are left."""
        if self.is_only(*spans):
            return ""
        covered = self._tokens_of(spans)
        pieces = (self._piece(run) for run in _runs(len(self.tokens), covered))
        return ", ".join(piece for piece in pieces if piece)

    def _tokens_of(self, spans: Iterable[Span]) -> set[int]:
        return {n for span in spans for n in _range(span)}

    def _piece(self, run: range) -> str:
        """The text of one row of tokens that nobody took, without what joined it to its neighbours."""
        if self.holds_only(run.start, run.stop, FILLER, JOINERS):
            return ""
        dangling = self._tokens_of(self.find(JOINERS))
        left, right = run.start, run.stop
        while left < right and (left in dangling or self._folded[left] in BREAKS):
            left += 1
        while left < right and (right - 1 in dangling or self._folded[right - 1] in BREAKS):
            right -= 1
        return self._text_around(left, right).lstrip(_DANGLING_LEFT).rstrip(_DANGLING_RIGHT)

    def _text_around(self, left: int, right: int) -> str:
        """Tokens ``left`` up to ``right`` with their quotes, brackets and final mark, which are no tokens."""
        before = self.tokens[left - 1] if left else Token("", 0, 0)
        start = before.start if before.folded in BREAKS else before.end
        if right == len(self.tokens):
            return self.text[start:]
        after = self.tokens[right]
        return self.text[start : after.end if after.folded in BREAKS else after.start]

    @cached_property
    def _clauses(self) -> list[Span]:
        ends = [n for n, token in enumerate(self._folded) if token in BREAKS]
        return [Span(before + 1, end) for before, end in pairwise((-1, *ends, len(self.tokens)))]

    def _find_phrases(self) -> list[tuple[int, Phrase, Lexicon]]:
        """Each phrase with where it begins. What the own language knows, no other is asked about."""
        found: list[tuple[int, Phrase, Lexicon]] = []
        for start, (token, following) in enumerate(pairwise((*self._folded, ""))):
            known = 0  # the length of the longest phrase of the own language that begins here
            for lexicon in self.lexicons:
                longest = known
                for phrase in lexicon.starting(token, following):
                    length = len(phrase.tokens)
                    if length <= known or (length > 2 and self._folded[start : start + length] != phrase.tokens):
                        continue
                    found.append((start, phrase, lexicon))
                    longest = max(longest, length)
                if lexicon is self.lexicons[0]:
                    known = longest
        return found

    @cached_property
    def _numbers(self) -> tuple[Number, ...]:
        found = numbers_in(self._folded, self._number_words())
        return tuple(Number(value, Span(start, end, NUMBERS.key)) for start, end, value in found)

    def _number_words(self) -> dict[int, NumberWord]:
        """The number words by where they begin, the longest of each place."""
        found: dict[int, NumberWord] = {}
        for start, phrase, lexicon in self._phrases:
            end = start + len(phrase.tokens)
            if phrase.value is not None and (start not in found or end > found[start].end):
                found[start] = NumberWord(end, phrase.value, lexicon)
        return found


def _by_list(phrases: list[tuple[int, Phrase, Lexicon]]) -> dict[str, list[Span]]:
    """Every phrase of every list, overlaps included, by the key of its list."""
    found: dict[str, list[Span]] = {}
    for start, phrase, _lexicon in phrases:
        found.setdefault(phrase.key, []).append(Span(start, start + len(phrase.tokens), phrase.key))
    return found


def _range(span: Span) -> range:
    return range(span.start, span.end)


def _longest_first(found: list[Span]) -> tuple[Span, ...]:
    found.sort(key=lambda span: (span.start - span.end, span.start))
    chosen: list[Span] = []
    used: set[int] = set()
    for span in found:
        if used.isdisjoint(_range(span)):
            used.update(_range(span))
            chosen.append(span)
    return tuple(sorted(chosen, key=lambda span: span.start))


def _runs(length: int, covered: set[int]) -> Iterator[range]:
    """The rows of tokens, from left to right, that nobody took."""
    start: int | None = None
    for n in range(length + 1):
        if n < length and n not in covered:
            start = n if start is None else start
        elif start is not None:
            yield range(start, n)
            start = None
