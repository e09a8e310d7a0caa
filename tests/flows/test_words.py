"""A reply cut into tokens, its words found, its numbers read, and nothing of it lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.core.lexicon import Lexicon
from flows.core.words import Reply, Words, fold, words
from flows.questions.vocabulary import ADULTS, CHILDREN, CORRECTION, NO, NO_ALONE, YES, YES_ALONE
from tests.language.catalogs import catalogs, reply


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("SÍ", "si"),
        ("Sí", "si"),
        ("si\u0301", "si"),
        ("NIÑOS", "ninos"),
        ("can't", "cant"),
        ("can’t", "cant"),
        ("Straße", "strasse"),
        ("٣", "3"),
        ("３", "3"),
        ("५", "5"),
        ("👍🏽", "👍"),
        ("", ""),
    ],
)
def test_spelling_that_changes_no_meaning_is_folded_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("2adultos", ["2", "adultos"]),
        ("*5", ["*", "5"]),
        ("5️⃣", ["5"]),
        ("👍🏽🙏", ["👍", "🙏"]),
        ("🤷‍♀️", ["🤷"]),
        ("a las 6:00", ["a", "las", "6:00"]),
        ("12/3 o 2-3", ["12/3", "o", "2-3"]),
        ("thirty-three", ["thirty", "three"]),
        ("Sí, 3. ¡Gracias!", ["si", ",", "3", ",", "gracias", ","]),
        ("¿A qué hora?", ["a", "que", "hora", "?"]),
        ("si?!", ["si", "?"]),
        ("6 p. m.", ["6", "p", "m"]),
        ("!!!", []),
        ("مرحبا ٣", ["مرحبا", "3"]),
    ],
)
def test_a_text_is_cut_into_words_numbers_emoji_and_breaks(text: str, tokens: list[str]) -> None:
    assert [token.folded for token in reply(text).tokens] == tokens


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("cero", 0),
        ("una", 1),
        ("dos", 2),
        ("un par", 2),
        ("media docena", 6),
        ("once", 11),
        ("dieciséis", 16),
        ("dieciseis", 16),
        ("diez y seis", 16),
        ("veintidós", 22),
        ("veinte y dos", 22),
        ("treinta y tres", 33),
        ("treinta y 3", 33),
        ("treinta tres", 33),
        ("noventa y nueve", 99),
        ("5️⃣", 5),
        ("🔟", 10),
        ("٣", 3),
        ("2adultos", 2),
        ("three", 3),
        ("thirty three", 33),
    ],
)
def test_a_number_is_read_in_digits_and_in_words_in_spanish(text: str, value: int) -> None:
    assert [number.value for number in reply(text, "es").numbers()] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eleven", 11),
        ("thirty-three", 33),
        ("Thirty three", 33),
        ("forty 2", 42),
        ("a couple", 2),
        ("half a dozen", 6),
        ("dos", 2),
        ("7", 7),
    ],
)
def test_a_number_is_read_in_digits_and_in_words_in_english(text: str, value: int) -> None:
    assert [number.value for number in reply(text, "en").numbers()] == [value]


@pytest.mark.parametrize(
    "text",
    ["6:00", "12/3", "2-3", "3.5", "2,3", "5125550134", "99999", "", "hola", "1" * 9000],
)
def test_times_dates_ranges_and_phone_numbers_are_no_numbers(text: str) -> None:
    assert reply(text).numbers() == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2 y 3", [2, 3]),
        ("diez y dos", [10, 2]),
        ("veinte, tres", [20, 3]),
        ("dos adultos y tres niños", [2, 3]),
        ("twenty and five", [20, 5]),
    ],
)
def test_two_numbers_stay_two(text: str, values: list[int]) -> None:
    assert [number.value for number in reply(text).numbers()] == values


def test_once_is_eleven_in_spanish_and_no_number_in_english() -> None:
    assert [number.value for number in reply("once", "es").numbers()] == [11]
    assert reply("once", "en").numbers() == ()


def test_the_longer_phrase_counts_where_two_overlap() -> None:
    found = reply("claro que no").find(YES, YES_ALONE, NO, NO_ALONE)

    assert [span.key for span in found] == ["no"]


def test_words_of_the_schools_other_languages_are_found_as_well() -> None:
    assert reply("yes please", "es").find(YES)
    assert reply("sí por favor", "en").find(YES)
    assert not Reply("yes please", [catalogs()["es"].lexicon]).find(YES)


def test_no_phrase_reaches_across_a_comma() -> None:
    assert not reply("al, final").find(CORRECTION)
    assert reply("al final").find(CORRECTION)


@pytest.mark.parametrize(
    ("text", "taken", "rest"),
    [
        ("Sí", YES, ""),
        ("Sí, por favor 🙏🏽", YES, ""),
        ("hola, pues sí, muchas gracias!!", YES, ""),
        ("Sí, 3 niños", YES, "3 niños"),
        ("sí y 3 niños", YES, "3 niños"),
        ("Sí. ¿Hay estacionamiento?", YES, "¿Hay estacionamiento?"),
        ("Sí (la niña no come cacahuate)", YES, "(la niña no come cacahuate)"),
        ("mi suegra dice que va con mucho gusto", words("no such list"), "mi suegra dice que va con mucho gusto"),
        ("2 niños, uno alérgico", CHILDREN, "2, uno alérgico"),
        ("la niña: sin cacahuate 🥜", ADULTS, "la niña: sin cacahuate 🥜"),
    ],
)
def test_what_is_not_taken_is_left_in_the_familys_own_words(text: str, taken: Words, rest: str) -> None:
    read = reply(text)

    assert read.without(*read.find(taken)) == rest


def test_a_question_is_told_from_a_statement() -> None:
    read = reply("Sí. ¿Van 3 niños?")

    assert [read.asks(span) for span in (*read.find(YES), *read.find(CHILDREN))] == [False, True]


def test_a_number_without_its_name_in_the_catalog_is_refused() -> None:
    with pytest.raises(ValueError, match='"2 dos"'):
        Lexicon("es", {"numbers": "2 dos, tres"})


def test_the_familys_words_stay_out_of_the_repr() -> None:
    assert "niña" not in repr(reply("la niña no come cacahuate"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\x00\x07",
        "\ud800",
        "🙏" * 5000,
        "3 niños " * 1250,
        "si no " * 1700,
        "a" * 10_000,
        "ابن ٣ \u200f",
    ],
)
def test_anything_at_all_can_be_read(text: str) -> None:
    read = reply(text)

    assert isinstance(read.find(YES, NO), tuple)
    assert isinstance(read.numbers(), tuple)
    assert isinstance(read.without(*read.find(YES)), str)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("si no 3 niños,.?y\u0301👍🏽"))))
def test_every_word_is_either_taken_or_left(text: str) -> None:
    read = reply(text)
    taken = read.find(YES, NO, CHILDREN)
    left = Reply(read.without(*taken), read.lexicons)
    covered = {n for span in taken for n in range(span.start, span.end)}

    if not read.is_only(*taken):
        missed = [t.folded for n, t in enumerate(read.tokens) if n not in covered and t.folded not in ",?"]
        kept = [token.folded for token in left.tokens]
        joiners = {"y", "e", "&", "+", "pero", "and", "n", "plus", "but"}
        assert [token for token in missed if token not in joiners and token not in kept] == []
