"""A number on a scale."""

from __future__ import annotations

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.questions import Scale
from tests.language.catalogs import reply, say


@pytest.mark.parametrize(
    ("text", "own", "value"),
    [
        ("3", "es", 3),
        ("cinco", "es", 5),
        ("un 4", "es", None),
        ("el 4", "es", 4),
        ("5️⃣", "es", 5),
        ("4 gracias!", "es", 4),
        ("five", "en", 5),
        ("0", "es", None),
        ("6", "es", None),
        ("3 o 4", "es", None),
        ("muy bien", "es", None),
        ("", "es", None),
    ],
)
def test_one_number_within_the_scale_answers(text: str, own: str, value: int | None) -> None:
    reading = Scale().read(reply(text, own), Mode.ASKED)

    assert (reading.value if isinstance(reading, Taken) else None) == value


def test_what_is_said_with_the_number_is_left() -> None:
    reading = Scale().read(reply("3, nadie hablaba español en la puerta"), Mode.ASKED)

    assert reading == Taken(3, "nadie hablaba español en la puerta")


@pytest.mark.parametrize(
    ("text", "mode", "reading"),
    [
        ("4", Mode.GLEANING, Unsure()),
        ("4", Mode.CORRECTING, Unsure()),
        ("perdón, 4", Mode.CORRECTING, Taken(4)),
    ],
)
def test_a_number_said_about_something_else_is_no_score(text: str, mode: Mode, reading: Taken[int] | Unsure) -> None:
    assert Scale().read(reply(text), mode, 2) == reading


def test_the_hints_name_the_ends_of_the_scale() -> None:
    assert say(Scale().example, "es") == "Responda con un número del 1 al 5."
    assert say(Scale().choices, "es") == "Mande solo el número: 1 es lo menos y 5 es lo más."
