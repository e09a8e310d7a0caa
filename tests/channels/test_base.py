import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import MOST_CHARACTERS, clean

ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Cc"]))


@pytest.mark.parametrize(
    ("arrived", "kept"),
    [
        ("Hola", "Hola"),
        ("", ""),
        ("sí\x00 vamos", "sí vamos"),
        ("sí\ud83d vamos\udc00", "sí vamos"),
        ("uno\r\ndos\rtres\n", "uno\ndos\ntres\n"),
        ("uno\tdos", "uno\tdos"),
        ("\x1b[31mrojo\x07\x7f\x85", "[31mrojo"),
        ("si\u0301", "sí"),
        ("مرحبا 👨‍👩‍👧 \u200f!", "مرحبا 👨‍👩‍👧 \u200f!"),
    ],
)
def test_a_text_is_cleaned_of_what_no_family_types(arrived: str, kept: str):
    assert clean(arrived) == kept


def test_a_text_is_cut_at_ten_thousand_characters():
    assert clean("ñ" * 10_001) == "ñ" * 10_000


@given(ANY_TEXT)
def test_a_cleaned_text_can_be_stored_shown_and_cleaned_again(text: str):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert len(cleaned.encode()) <= 4 * MOST_CHARACTERS
    assert not {c for c in cleaned if unicodedata.category(c) == "Cc"} - {"\n", "\t"}
