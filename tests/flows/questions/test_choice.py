"""One of several options."""

from __future__ import annotations

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.core.text import _
from flows.core.words import words
from flows.questions import Choice, numbered
from tests.language.catalogs import reply, say

MENU = Choice(
    (("events", _("Events")), ("help", _("Talk to a person"))),
    {"help": words("person")},
)


@pytest.mark.parametrize(
    ("text", "own", "value"),
    [
        ("1", "es", "events"),
        ("2", "es", "help"),
        ("la 2", "es", "help"),
        ("opción 2", "es", "help"),
        ("el número dos por favor", "es", "help"),
        ("#2", "es", "help"),
        ("uno", "es", "events"),
        ("2.", "es", "help"),
        ("hablar con alguien", "es", "help"),
        ("option 2", "en", "help"),
        ("the 2", "en", "help"),
        ("number one", "en", "events"),
        ("talk to someone please", "en", "help"),
    ],
)
def test_an_option_is_picked_by_its_number_or_its_own_words(text: str, own: str, value: str) -> None:
    assert MENU.read(reply(text, own), Mode.ASKED) == Taken(value)


@pytest.mark.parametrize("text", ["", "3", "0", "1 o 2", "1 y 2", "hola", "a las 2", "2 niños", "¿2?", "una pregunta"])
def test_it_is_unsure_about_anything_else(text: str) -> None:
    assert MENU.read(reply(text), Mode.ASKED) == Unsure()


@pytest.mark.parametrize(
    ("text", "mode", "reading"),
    [
        ("2", Mode.GLEANING, Unsure()),
        ("una persona", Mode.GLEANING, Taken("help")),
        ("una persona de mi familia", Mode.GLEANING, Unsure()),
        ("2", Mode.CORRECTING, Unsure()),
        ("perdón, la 2", Mode.CORRECTING, Taken("help")),
        ("*2", Mode.CORRECTING, Taken("help")),
    ],
)
def test_a_number_that_was_not_asked_for_picks_nothing(text: str, mode: Mode, reading: Taken[str] | Unsure) -> None:
    assert MENU.read(reply(text), mode, "events") == reading


def test_the_choices_are_said_with_their_numbers() -> None:
    assert say(MENU.choices, "es") == "Solo el número, por favor: 1 Eventos, 2 Hablar con una persona."
    assert [say(text, "en") for text in numbered(MENU.options)] == ["1 Events", "2 Talk to a person"]


def test_each_button_is_the_number_of_its_option() -> None:
    assert [MENU.read(reply(text), Mode.ASKED) for text, _label in MENU.buttons()] == [Taken("events"), Taken("help")]
