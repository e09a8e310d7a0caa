"""Segments as Twilio's own calculator counts them (npm sms-segments-calculator 1.3.0).

The table came out of that calculator. Half of its rows are made so that a count which cut inside a character,
or only divided, would give another number.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.graphemes import graphemes
from bot.channels.segments import Segments, count, fold_for_sms

CALCULATED = [
    ("nothing", "", "GSM-7", 0, 1),
    ("one letter", "a", "GSM-7", 1, 1),
    ("160 letters", "a" * 160, "GSM-7", 160, 1),
    ("161 letters", "a" * 161, "GSM-7", 161, 2),
    ("306 letters", "a" * 306, "GSM-7", 306, 2),
    ("307 letters", "a" * 307, "GSM-7", 307, 3),
    ("1600 letters", "a" * 1600, "GSM-7", 1600, 11),
    ("Spanish in GSM-7", "¿Viene mañana con su niño? ¡Qué bien, señora Ñandú!", "UCS-2", 51, 1),
    ("an accent that is not", "¿Viene su familia al café? Sí", "UCS-2", 29, 1),
    ("70 with an accent", "á" + "a" * 69, "UCS-2", 70, 1),
    ("71 with an accent", "á" + "a" * 70, "UCS-2", 71, 2),
    ("134 with an accent", "á" + "a" * 133, "UCS-2", 134, 2),
    ("135 with an accent", "á" + "a" * 134, "UCS-2", 135, 3),
    ("all of Latin that fits", "@£$¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§äöñüà¡¿¤_", "GSM-7", 32, 1),
    ("Greek capitals that fit", "ΔΦΓΛΩΠΨΣΘΞ", "GSM-7", 10, 1),
    ("a Greek capital that does not", "ΔΑ", "UCS-2", 2, 1),
    ("signs that cost two", "^{}\\[~]|€\f", "GSM-7", 20, 1),
    ("80 signs that cost two", "€" * 80, "GSM-7", 160, 1),
    ("81 signs that cost two", "€" * 81, "GSM-7", 162, 2),
    ("153 signs that cost two", "€" * 153, "GSM-7", 306, 3),
    ("two across the end of a whole segment", "a" * 159 + "[", "GSM-7", 161, 2),
    ("two across the 153rd place", "a" * 152 + "[" + "a" * 152, "GSM-7", 306, 3),
    ("two across the 306th place", "a" * 305 + "]" + "a" * 152, "GSM-7", 459, 4),
    ("brackets all along", "[a]" * 70, "GSM-7", 350, 3),
    ("two, in UCS-2 one", "á€[", "UCS-2", 3, 1),
    ("a line end", "a\nb", "GSM-7", 3, 1),
    ("CR LF is two", "a\r\nb", "GSM-7", 4, 1),
    ("CR LF in UCS-2 is two", "á\r\nb", "UCS-2", 4, 1),
    ("80 times CR LF", "\r\n" * 80, "GSM-7", 160, 1),
    ("81 times CR LF", "\r\n" * 81, "GSM-7", 162, 2),
    ("CR LF is cut in the middle of GSM-7", "a" * 152 + "\r\n" + "a" * 152, "GSM-7", 306, 2),
    ("CR LF is cut in the middle", "á" * 66 + "\r\n" + "a" * 66, "UCS-2", 134, 2),
    ("a tab", "a\tb", "UCS-2", 3, 1),
    ("a backtick", "don`t", "UCS-2", 5, 1),
    ("a no-break space", "6:00\u00a0p. m.", "UCS-2", 10, 1),
    ("a narrow one", "6:00\u202fp. m.", "UCS-2", 10, 1),
    ("typographic quotes", "“sí”", "UCS-2", 4, 1),
    ("a long dash", "a — b", "UCS-2", 5, 1),
    ("small ç", "ç", "UCS-2", 1, 1),
    ("ordinals", "1º 2ª 3°", "UCS-2", 8, 1),
    ("an emoji", "😀", "UCS-2", 2, 1),
    ("35 emoji", "😀" * 35, "UCS-2", 70, 1),
    ("36 emoji", "😀" * 36, "UCS-2", 72, 2),
    ("an emoji across the 67th place", "á" * 66 + "😀" + "a" * 66, "UCS-2", 134, 3),
    (
        "thanks with an emoji in a long text",
        "Gracias por venir a la cena de familias. " * 3 + "🙏",
        "UCS-2",
        125,
        2,
    ),
    ("a family across the 67th place", "á" * 64 + "👨\u200d👩\u200d👧" + "a" * 62, "UCS-2", 134, 3),
    ("families all along", "👨\u200d👩\u200d👧" * 20, "UCS-2", 160, 3),
    ("a flag across the 67th place", "á" * 65 + "🇲🇽" + "a" * 65, "UCS-2", 134, 3),
    ("a flag takes one accent", "á" * 62 + "🇲🇽\u0301\u0301" + "a" * 66, "UCS-2", 134, 2),
    ("flags all along", "🇲🇽" * 40, "UCS-2", 160, 3),
    ("half a flag too many", "🇲" * 67, "UCS-2", 134, 3),
    ("a skin tone across the 67th place", "á" * 65 + "👍🏽" + "a" * 65, "UCS-2", 134, 3),
    (
        "a kiss, cut by the counter before its last tone",
        "á" * 54 + "👩🏽\u200d❤\ufe0f\u200d💋\u200d👩🏿" + "a" * 65,
        "UCS-2",
        134,
        2,
    ),
    (
        "and the same a place later",
        "á" * 55 + "👩🏽\u200d❤\ufe0f\u200d💋\u200d👩🏿" + "a" * 64,
        "UCS-2",
        134,
        3,
    ),
    (
        "England across the 67th place",
        "á" * 60 + "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" + "a" * 60,
        "UCS-2",
        134,
        3,
    ),
    ("an emoji newer than the counter, cut before its tone", "á" * 65 + "🫶🏽" + "a" * 65, "UCS-2", 134, 2),
    ("a heart in full colour", "á" * 66 + "❤\ufe0f" + "a" * 66, "UCS-2", 134, 3),
    ("a keycap", "á" * 65 + "1\ufe0f\u20e3" + "a" * 66, "UCS-2", 134, 3),
    ("a teacher", "á" * 64 + "👩\u200d🏫" + "a" * 65, "UCS-2", 134, 3),
    ("an accent that stays apart", "q\u0301", "UCS-2", 2, 1),
    ("an accent across the 67th place", "q" * 66 + "q\u0301" + "q" * 66, "UCS-2", 134, 3),
    ("three accents across it", "x" * 64 + "q\u0301\u0302\u0303" + "x" * 66, "UCS-2", 134, 3),
    ("a pile of accents", "q" + "\u0301" * 80, "UCS-2", 81, 2),
    ("two piles of accents", ("q" + "\u0301" * 69) * 2, "UCS-2", 140, 2),
    ("Hindi", "á" * 66 + "क\u094dष\u093f" + "न" * 64, "UCS-2", 134, 3),
    ("Thai", "á" * 65 + "ท\u0e35\u0e48" + "น" * 66, "UCS-2", 134, 3),
    ("Burmese, where one sign does not join", "á" * 66 + "မ\u102c" + "စ" * 66, "UCS-2", 134, 2),
    ("Arabic with vowels", "á" * 66 + "م\u064e" + "ر" * 66, "UCS-2", 134, 3),
    ("Hebrew with points", "á" * 65 + "ש\u05b8\u05c1" + "ל" * 66, "UCS-2", 134, 3),
    ("Korean syllables", "안녕하세요 " * 20, "UCS-2", 120, 2),
    ("a Korean syllable and a vowel", "á" * 66 + "개\u1161" + "한" * 66, "UCS-2", 134, 3),
    ("a complete one and a vowel", "á" * 66 + "각\u1161" + "한" * 66, "UCS-2", 134, 2),
    ("Korean letters apart", "á" * 65 + "ᅟᅡᆨ" + "한" * 66, "UCS-2", 134, 3),
    ("Chinese", "你好" * 40, "UCS-2", 80, 2),
    ("Vietnamese", "Xin chào, mời gia đình đến ạ. " * 3, "UCS-2", 90, 2),
    ("Russian", "Привет " * 20, "UCS-2", 140, 3),
    ("half a character", "\ud800", "UCS-2", 1, 1),
    ("a joiner alone", "\u200d", "UCS-2", 1, 1),
    ("a soft hyphen", "a\u00adb", "UCS-2", 3, 1),
    ("marks for direction", "\u200fא\u200e" * 20, "UCS-2", 60, 1),
]
ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Mn", "So"])) | st.text("a[€á🙏\u200d\u0301🏽\r\n")


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [row[1:] for row in CALCULATED],
    ids=[row[0] for row in CALCULATED],
)
def test_a_text_costs_what_twilios_calculator_says(text: str, encoding: str, units: int, segments: int):
    assert count(text) == Segments(encoding, units, segments)  # type: ignore[arg-type]  # one of the two words


def test_an_accent_typed_apart_costs_what_the_letter_with_it_costs():
    assert count("ma\u0301s n\u0303 u\u0308") == count("más ñ ü")
    assert count("n\u0303 u\u0308").encoding == "GSM-7"


@given(ANY_TEXT)
def test_every_text_has_a_price_between_full_segments_and_one_a_character(text: str):
    priced, nfc = count(text), unicodedata.normalize("NFC", text)

    assert 1 <= priced.segments <= max(1, len(nfc) + 1)
    assert priced.units >= len(nfc)
    assert priced.segments == 1 or priced.units > (160 if priced.encoding == "GSM-7" else 70)


@given(ANY_TEXT)
def test_pieces_that_are_read_as_one_make_up_the_whole_text(text: str):
    assert "".join(graphemes(text)) == text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("6:00\u202fp.\u00a0m.", "6:00 p. m."),
        ("“Cena” «Cena» ‘Cena’", '"Cena" "Cena" \'Cena\''),
        ("don’t don`t don´t", "don't don't don't"),
        ("5–8 — sí", "5-8 - sí"),
        ("Gracias…", "Gracias..."),
        ("uno\tdos\ntres", "uno dos\ntres"),
        ("¿Cómo está, señora Núñez? ¡Qué bien! 1º 🙏", "¿Cómo está, señora Núñez? ¡Qué bien! 1º 🙏"),
        ("man\u0303ana", "mañana"),
    ],
)
def test_spelling_for_sms_changes_signs_and_never_letters(written: str, sent: str):
    assert fold_for_sms(written) == sent


@given(ANY_TEXT)
def test_spelling_for_sms_is_done_once(text: str):
    assert fold_for_sms(fold_for_sms(text)) == fold_for_sms(text)


def test_spelling_for_sms_saves_two_segments_of_three():
    invitation = "Escuela Lincoln: “Cena de familias”, jueves 12 de marzo, 6:00\u202fp. m., gimnasio. " * 2

    assert (count(invitation).segments, count(fold_for_sms(invitation)).segments) == (3, 1)
