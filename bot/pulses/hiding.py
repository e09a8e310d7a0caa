"""What of a pulse may be shown: only groups of five answers or more, however one adds and subtracts.

All that is shown is put together from *blocks*: groups of at least five answers that never overlap. Whatever is taken
from whatever else that is shown, a difference is made of whole blocks again, and so of five answers at least.

- A language with fewer than five answers is put together with the other such languages; where those are fewer than
  five together, with the smallest of the languages that would have been shown. With nine answers in English and three
  in Spanish nobody sees either; else three would be the difference between the nine and the twelve.
- A pulse with fewer than five answers waits until the next such pulses make five with it, in the order in which they
  closed. Then they are shown as one, and their words are read after all.
- Nothing is shown while a pulse still takes answers: an answer could be told by what it changed. Blocks that were
  shown once stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

LEAST = 5


class Answer(Protocol):
    """What somebody said in a pulse."""

    @property
    def pulse_id(self) -> int:
        """In which pulse."""

    @property
    def language(self) -> str:
        """In which language it was asked."""


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Block(Generic[A]):
    """Five answers or more that are shown together, or as a part of more; of which pulses and languages they are."""

    pulses: frozenset[int]
    languages: frozenset[str]
    answers: tuple[A, ...] = field(repr=False)


def blocks(closed: Iterable[Sequence[A]]) -> list[Block[A]]:
    """The blocks of these pulses, each given by its answers, in the order in which they closed."""
    found: list[Block[A]] = []
    waiting: list[A] = []
    for answers in closed:
        if len(answers) >= LEAST:
            found += _by_language(answers)
            continue
        waiting += answers
        if len(waiting) >= LEAST:
            found += _by_language(waiting)
            waiting = []
    return found


def _by_language(answers: Sequence[A]) -> list[Block[A]]:
    """Blocks of five answers or more, each of one language where that is possible."""
    groups: defaultdict[str, list[A]] = defaultdict(list)
    for answer in answers:
        groups[answer.language].append(answer)
    ordered = sorted(groups.values(), key=lambda group: (len(group), group[0].language))
    hidden = [answer for group in ordered if len(group) < LEAST for answer in group]
    shown = [group for group in ordered if len(group) >= LEAST]
    if hidden and len(hidden) < LEAST:
        hidden += shown.pop(0)
    return [_block(group) for group in (*shown, hidden) if group]


def _block(answers: Sequence[A]) -> Block[A]:
    return Block(
        frozenset(answer.pulse_id for answer in answers),
        frozenset(answer.language for answer in answers),
        tuple(answers),
    )
