"""How a text and its buttons fit into Telegram's messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram_layout import cut, rows


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n ", []),
        ("Hola", ["Hola"]),
        ("x" * 4096, ["x" * 4096]),
        ("x" * 4097, ["x" * 4096, "x"]),
        ("x" * 4000 + "\n" + "y " * 100, ["x" * 4000, ("y " * 100).strip()]),
        ("x" * 4000 + " " + "y" * 200, ["x" * 4000, "y" * 200]),
        ("a\n" + "x" * 4095 + " y", ["a\n" + "x" * 4094, "x y"]),
        ("👍" * 2049, ["👍" * 2048, "👍"]),
    ],
    ids=["empty", "blank", "short", "just", "one more", "at a line", "at a word", "not too early", "emoji"],
)
def test_a_long_text_is_cut_between_lines_or_words(text: str, parts: list[str]):
    assert cut(text) == parts


@given(st.lists(st.sampled_from(["x" * 700, "👨‍👩‍👧" * 90, "hola", " ", "\n", "\n\n"]), max_size=40))
def test_no_part_is_too_long_or_empty_and_no_word_is_lost(pieces: list[str]):
    text = "".join(pieces)
    parts = cut(text)

    assert all(part.strip() and units(part) <= 4096 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("labels", "shape"),
    [
        ([], []),
        (["Yes", "No"], [2]),
        (["1", "2", "3", "4", "5"], [5]),
        ([str(n) for n in range(1, 11)], [5, 5]),
        ([str(n) for n in range(1, 7)], [3, 3]),
        ([str(n) for n in range(7)], [4, 3]),
        (["English", "Español"], [2]),
        (["Events", "Talk to a person", "Tell us how we treat you"], [1, 1, 1]),
    ],
)
def test_short_labels_stand_side_by_side(labels: list[str], shape: list[int]):
    laid = rows([(str(n), label) for n, label in enumerate(labels)])

    assert [len(row) for row in laid] == shape
    assert [label for row in laid for _reply, label in row] == labels


def test_a_button_that_carries_too_much_is_left_out():
    assert rows([("ñ" * 32, "a"), ("ñ" * 33, "b"), ("", "c")]) == [[("ñ" * 32, "a")]]


def test_a_button_without_a_label_shows_what_it_answers():
    assert rows([("1", " ")]) == [[("1", "1")]]
