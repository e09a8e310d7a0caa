"""The family's own words."""

from __future__ import annotations

import unicodedata

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.core.text import Text
from flows.questions import Coming, Count, FreeText, Party, Scale, YesNo
from tests.language.catalogs import reply, say


@pytest.mark.parametrize(
    "text",
    [
        "la niña no come cacahuate",
        "no come cacahuate",
        "5",
        "huevo 😊",
        "sí, huevo",
        "nadie hablaba español en la puerta",
    ],
)
def test_anything_is_taken_as_it_was_written(text: str) -> None:
    assert FreeText().read(reply(f"  {text} "), Mode.ASKED) == Taken(text)


@pytest.mark.parametrize("text", ["sí", "ok", "👍", "gracias", "🙏"])
def test_a_yes_or_thanks_alone_says_nothing_where_no_would_be_an_answer(text: str) -> None:
    assert isinstance(FreeText().read(reply(text), Mode.ASKED), Unsure)
    assert FreeText(optional=False).read(reply(text), Mode.ASKED) == Taken(text)


@pytest.mark.parametrize(
    "text", ["gracias", "muy bien", "bien", "👏", "🙏", "qué bueno", "nada mal", "no hay problema"]
)
def test_thanks_and_praise_are_words_where_what_was_left_over_is_too(text: str) -> None:
    for mode in (Mode.ASKED, Mode.GLEANING):
        assert FreeText(gleans=True).read(reply(text), mode) == Taken(text)


@pytest.mark.parametrize("text", ["sí", "ok", "👍", "si por favor", "claro"])
def test_a_mere_yes_is_asked_in_the_words_of_the_question(text: str) -> None:
    which = Text("What would you like to tell us?")

    assert FreeText(gleans=True, which=which).read(reply(text), Mode.ASKED) == Unsure(which)
    assert FreeText().read(reply(text), Mode.ASKED) == Unsure(Text("Which? Please write it in your own words."))


@pytest.mark.parametrize("text", ["no", "nada", "no, gracias", "👎"])
def test_a_plain_no_ends_it_there_too(text: str) -> None:
    assert FreeText(gleans=True).read(reply(text), Mode.ASKED) == Taken(None)


@pytest.mark.parametrize(
    ("text", "own"),
    [("no", "es"), ("NO, gracias", "es"), ("ninguna", "es"), ("nada 🙏", "es"), ("none", "en"), ("No, sorry", "en")],
)
def test_a_plain_no_means_that_there_is_nothing_to_say(text: str, own: str) -> None:
    assert FreeText().read(reply(text, own), Mode.ASKED) == Taken(None)


def test_where_words_are_needed_a_no_is_words_as_well() -> None:
    assert FreeText(optional=False).read(reply("no"), Mode.ASKED) == Taken("no")


@pytest.mark.parametrize("mode", [Mode.GLEANING, Mode.CORRECTING])
def test_words_said_to_another_question_are_not_taken(mode: Mode) -> None:
    assert FreeText().read(reply("nueces"), mode) == Unsure()


def test_a_text_without_words_is_no_answer() -> None:
    assert FreeText().read(reply(" \n"), Mode.ASKED) == Unsure()


def test_the_first_thousand_characters_are_kept_in_one_unicode_form() -> None:
    reading = FreeText().read(reply(unicodedata.normalize("NFD", "ñ") + "a" * 2000), Mode.ASKED)

    assert isinstance(reading, Taken)
    assert reading.value == "ñ" + "a" * 999


def test_it_is_the_one_question_that_any_words_answer() -> None:
    assert [q.free for q in (FreeText(), YesNo(), Count(0, 9), Party(), Coming(), Scale())] == [True] + [False] * 5


def test_its_hints_ask_for_words() -> None:
    assert say(FreeText().example, "es") == "Puede escribirlo con sus palabras, o responder NO."
    assert say(FreeText(optional=False).choices, "es") == "Con unas palabras basta."
    assert say(FreeText().describe(None), "es") == "nada"
    assert FreeText().describe("nueces") == '"nueces"'
