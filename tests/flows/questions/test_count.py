"""One number."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.questions import Count
from flows.questions.vocabulary import CHILDREN
from tests.language.catalogs import reply, say

ANY = Count(0, 20)
KIDS = Count(0, 20, CHILDREN)


@pytest.mark.parametrize(
    ("text", "own", "value"),
    [
        ("4", "es", 4),
        ("cuatro", "es", 4),
        ("4 por favor", "es", 4),
        ("somos nomás 4, gracias", "es", None),
        ("son 4 gracias 🙏", "es", 4),
        ("creo que 4", "es", 4),
        ("como 5", "es", 5),
        ("un par", "es", 2),
        ("diez y seis", "es", 16),
        ("4 personas", "es", 4),
        ("2 adultos", "es", 2),
        ("sí, 4", "es", 4),
        ("ninguno", "es", 0),
        ("no", "es", 0),
        ("cero", "es", 0),
        ("٣", "es", 3),
        ("5️⃣", "es", 5),
        ("5, perdón, 4", "es", 4),
        ("four", "en", 4),
        ("I think 4", "en", 4),
        ("a couple", "en", 2),
        ("none", "en", 0),
        ("just 3 thanks", "en", 3),
        ("4 people", "en", 4),
        ("3 o 4", "es", None),
        ("2-3", "es", None),
        ("a las 4", "es", None),
        ("4 pm", "es", None),
        ("mi hijo tiene 8 años", "es", None),
        ("una pregunta", "es", None),
        ("5 y mi suegra", "es", None),
        ("5, y mi suegra", "es", None),
        ("salón 4", "es", None),
        ("4, pero no sé si 5", "es", None),
        ("¿son 4?", "es", None),
        ("which one", "en", None),
        ("hola", "es", None),
        ("", "es", None),
        ("once", "en", None),
    ],
)
def test_a_bare_number_answers_and_anything_less_certain_does_not(text: str, own: str, value: int | None) -> None:
    reading = ANY.read(reply(text, own), Mode.ASKED)

    assert reading == (Unsure() if value is None else Taken(value))


@pytest.mark.parametrize(("text", "least"), [("21", 0), ("0", 1), ("no", 1)])
def test_a_number_out_of_range_is_not_taken(text: str, least: int) -> None:
    assert isinstance(Count(least, 20).read(reply(text), Mode.ASKED), Unsure)


def test_a_number_out_of_range_is_answered_with_the_limits() -> None:
    reading = Count(1, 20).read(reply("21"), Mode.ASKED)

    assert isinstance(reading, Unsure)
    assert say(reading.why, "es") == "Responda con un número del 1 al 20."
    assert say(reading.why, "en") == "Please reply with a number from 1 to 20."


@pytest.mark.parametrize(
    ("text", "mode", "reading"),
    [
        ("3 niños", Mode.GLEANING, Taken(3)),
        ("3", Mode.GLEANING, Unsure()),
        ("3 de ellos son niños", Mode.GLEANING, Taken(3)),
        ("2 adultos y 3 niños", Mode.GLEANING, Taken(3, "2 adultos")),
        ("2 niños, 3 niñas", Mode.GLEANING, Unsure()),
        ("niños: 3", Mode.ASKED, Taken(3)),
        ("cambia a 3 niños", Mode.CORRECTING, Taken(3)),
        ("3 niños", Mode.CORRECTING, Taken(3)),
        ("*5", Mode.CORRECTING, Taken(5)),
        ("perdón, 4", Mode.CORRECTING, Taken(4)),
        ("4", Mode.CORRECTING, Unsure()),
        ("perdón por la tardanza, 4", Mode.CORRECTING, Unsure()),
    ],
)
def test_a_unit_makes_a_number_certain_and_a_cue_corrects_it(
    text: str, mode: Mode, reading: Taken[int] | Unsure
) -> None:
    assert KIDS.read(reply(text), mode, 2) == reading


def test_an_hour_beside_the_number_is_left_and_is_no_second_number() -> None:
    assert ANY.read(reply("4, llegamos a las 6"), Mode.ASKED) == Taken(4, "llegamos a las 6")


def test_a_letter_is_left_to_a_person() -> None:
    assert ANY.read(reply("4. " + "palabra " * 500), Mode.ASKED) == Unsure()


@pytest.mark.parametrize("own", ["en", "es"])
@pytest.mark.parametrize(
    ("question", "numbers"),
    [(ANY, range(7)), (KIDS, range(7)), (Count(1, 4), range(1, 5)), (Count(5, 20), (5, 6)), (Count(7, 20), ())],
)
def test_small_numbers_have_a_button_and_larger_ones_are_written(
    question: Count, numbers: Sequence[int], own: str
) -> None:
    assert [question.read(reply(text, own), Mode.ASKED) for text, _label in question.buttons()] == [
        *map(Taken, numbers)
    ]
    assert [say(label, own) for _text, label in question.buttons()] == [*map(str, numbers)]
