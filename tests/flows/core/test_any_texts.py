"""What holds whatever a family texts, and wherever the server is started anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.core.listen import Corrected, Understood, correct, hear
from flows.core.replay import Memory, Start
from tests.flows.core.toys import NOW, read, restarted, run
from tests.flows.core.visit import painter, visit

PIECES = [
    "yes",
    "no",
    "actually",
    "sorry",
    "2",
    "3 kids",
    "4 kids",
    "1 dogs",
    "12 dogs",
    "5 red",
    "6 blue",
    "and",
    ",",
    "nuts",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)
FLOWS = st.sampled_from([visit, painter])
FINISHING = ("yes", "2", "3", "no")
"""One of these answers any question of the two flows."""


def take(start: Start, memory: Memory, text: str) -> tuple[Memory, bool]:
    """What is kept after a text as a turn takes it, and whether it was understood."""
    change = correct(start, memory, read(text), NOW, read)
    if isinstance(change, Corrected):
        return change.replayed.memory, True
    heard = hear(start, memory, read(text), NOW, read)
    return (heard.replayed.memory, True) if isinstance(heard, Understood) else (memory, False)


@given(FLOWS, st.lists(st.tuples(TEXTS, st.booleans()), max_size=8))
def test_a_restart_anywhere_changes_nothing(start: Start, texts: list[tuple[str, bool]]):
    steady = broken = run(start).memory
    for text, restart in texts:
        steady, _understood = take(start, steady, text)
        broken, _understood = take(start, restarted(broken) if restart else broken, text)

        assert broken == steady


@given(FLOWS, st.lists(TEXTS, max_size=8))
def test_another_text_always_continues(start: Start, texts: list[str]):
    memory = run(start).memory
    for text in texts:
        memory, _understood = take(start, restarted(memory), text)
    for _attempt in range(6):
        for text in FINISHING:
            if not run(start, memory).done:
                memory, _understood = take(start, restarted(memory), text)

    assert run(start, memory).done


@given(FLOWS, st.lists(TEXTS, max_size=8))
def test_a_replay_never_says_a_thing_twice(start: Start, texts: list[str]):
    memory = run(start).memory
    for text in texts:
        memory, _understood = take(start, memory, text)
        again = run(start, restarted(memory))

        assert (again.said, again.people, again.memory) == ((), (), memory)
        assert len(set(memory.told)) == len(memory.told)


@given(FLOWS, st.lists(TEXTS, max_size=8))
def test_no_word_that_was_understood_is_lost(start: Start, texts: list[str]):
    memory = run(start).memory
    typed: set[str] = set()
    for text in texts:
        memory, understood = take(start, restarted(memory), text)
        typed |= {text} if understood else set()

        assert typed <= {raw for answer in memory.answers.values() for raw in answer.raw}


@given(FLOWS, TEXTS, TEXTS)
def test_the_same_text_over_the_same_memory_comes_to_the_same(start: Start, first: str, second: str):
    memory, _understood = take(start, run(start).memory, first)

    assert take(start, memory, second) == take(start, memory, second)
    assert restarted(memory) == memory  # looking at it has not changed it
