"""Whatever is shown of pulses, and whenever, nothing about fewer than five answers follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from bot.pulses.hiding import LEAST, Block, blocks


class Answer(NamedTuple):
    pulse_id: int
    language: str
    number: int


def pulse(id_: int, **by_language: int) -> list[Answer]:
    return [Answer(id_, language, n) for language, many in by_language.items() for n in range(many)]


def shown(*closed: Sequence[Answer]) -> set[tuple[tuple[int, ...], tuple[str, ...], int]]:
    return {(tuple(sorted(b.pulses)), tuple(sorted(b.languages)), len(b.answers)) for b in blocks(closed)}


def test_groups_of_five_are_shown() -> None:
    assert shown(pulse(1, en=5, es=7)) == {((1,), ("en",), 5), ((1,), ("es",), 7)}


def test_a_smaller_group_takes_another_with_it() -> None:
    assert shown(pulse(1, en=9, es=3)) == {((1,), ("en", "es"), 12)}


def test_the_smallest_of_the_others_is_enough() -> None:
    assert shown(pulse(1, en=9, es=6, pt=1)) == {((1,), ("en",), 9), ((1,), ("es", "pt"), 7)}


def test_small_groups_that_are_five_together_hide_each_other() -> None:
    assert shown(pulse(1, en=9, es=3, pt=2)) == {((1,), ("en",), 9), ((1,), ("es", "pt"), 5)}


def test_a_small_pulse_waits_for_the_next_small_ones() -> None:
    assert shown(pulse(1, es=4)) == set()
    assert shown(pulse(1, es=4), pulse(2, en=6)) == {((2,), ("en",), 6)}
    assert shown(pulse(1, es=4), pulse(2, en=6), pulse(3, es=1)) == {((1, 3), ("es",), 5), ((2,), ("en",), 6)}


CLOSED = st.lists(st.dictionaries(st.sampled_from(["en", "es", "pt", "vi"]), st.integers(0, 9)), max_size=6)


def everything_shown(found: Sequence[Block[Answer]]) -> list[frozenset[Answer]]:
    """Each group that the results show: all, each pulse, each language, each language of a pulse."""
    groups: list[list[Block[Answer]]] = [list(found)]
    pulses = {id_ for block in found for id_ in block.pulses}
    languages = {language for block in found for language in block.languages}
    groups += [[b for b in found if b.pulses == {id_}] for id_ in pulses]
    groups += [[b for b in found if b.languages == {language}] for language in languages]
    for id_ in pulses:
        groups += [[b for b in found if b.pulses == {id_} and b.languages == {language}] for language in languages]
    return [frozenset(answer for block in group for answer in block.answers) for group in groups if group]


@given(CLOSED)
def test_no_sum_and_no_difference_tells_of_fewer_than_five(closed: list[dict[str, int]]) -> None:
    every = [pulse(id_, **by_language) for id_, by_language in enumerate(closed)]
    # What is shown after each pulse closed, kept by somebody who looks every day.
    kept = {group for seen in range(len(every) + 1) for group in everything_shown(blocks(every[:seen]))}

    # Answers that stand in the same groups cannot be told apart: all others follow from sums and differences.
    apart: dict[frozenset[frozenset[Answer]], int] = {}
    for answer in (answer for answers in every for answer in answers):
        where = frozenset(group for group in kept if answer in group)
        apart[where] = apart.get(where, 0) + 1
    apart.pop(frozenset(), None)

    assert all(size >= LEAST for size in apart.values())
    assert all(len(a - b) >= LEAST or not a - b for pair in combinations(kept, 2) for a, b in (pair, pair[::-1]))


@given(CLOSED)
def test_five_answers_are_never_hidden_for_good(closed: list[dict[str, int]]) -> None:
    every = [pulse(id_, **by_language) for id_, by_language in enumerate(closed)]
    count = sum(map(len, every))

    assert count - sum(len(block.answers) for block in blocks(every)) < LEAST
