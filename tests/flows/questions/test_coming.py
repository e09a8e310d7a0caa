"""The answer to an invitation."""

from __future__ import annotations

import pytest

from flows.core.question import Json, Mode, Taken, Unsure
from flows.questions import Coming, PartySize
from tests.language.catalogs import catalogs, reply, say

COMING = Coming("party")


def party(adults: int | None = None, children: int | None = None, total: int | None = None) -> dict[str, Json]:
    size = PartySize.of(adults, children, total)
    assert size is not None
    return {"party": size.dump()}


@pytest.mark.parametrize(
    ("text", "own", "value"),
    [
        ("sí", "es", "yes"),
        ("claro que sí, ahí estaremos", "es", "yes"),
        ("vamos", "es", "yes"),
        ("sí vamos con gusto", "es", "yes"),
        ("ahí estaremos si Dios quiere", "es", "yes"),
        ("iremos, gracias", "es", "yes"),
        ("sí podemos ir", "es", "yes"),
        ("👍", "es", "yes"),
        ("no podemos esperar", "es", "yes"),
        ("no", "es", "no"),
        ("no podemos", "es", "no"),
        ("no podemos, gracias", "es", "no"),
        ("lo siento no podemos ir ese día", "es", "no"),
        ("ya no podemos ir", "es", "no"),
        ("al final no vamos", "es", "no"),
        ("no creo que podamos", "es", "no"),
        ("No, gracias por la invitación", "es", "no"),
        ("no podremos asistir", "es", "no"),
        ("0", "es", "no"),
        ("nadie", "es", "no"),
        ("para la próxima", "es", "no"),
        ("tal vez", "es", "maybe"),
        ("quizás sí", "es", "maybe"),
        ("tal vez no", "es", "maybe"),
        ("no sé todavía", "es", "maybe"),
        ("a lo mejor, luego le aviso", "es", "maybe"),
        ("🤷‍♀️", "es", "maybe"),
        ("yes", "en", "yes"),
        ("We'll be there!", "en", "yes"),
        ("we will be there", "en", "yes"),
        ("count us in", "en", "yes"),
        ("Yes we are coming", "en", "yes"),
        ("can't wait", "en", "yes"),
        ("no", "en", "no"),
        ("we can't make it", "en", "no"),
        ("Sorry, we can't make it this time", "en", "no"),
        ("not coming", "en", "no"),
        ("we won't be able to", "en", "no"),
        ("maybe", "en", "maybe"),
        ("not sure yet", "en", "maybe"),
        ("maybe we can come", "en", "maybe"),
        ("no podemos", "en", "no"),
    ],
)
def test_a_family_says_yes_no_or_maybe(text: str, own: str, value: str) -> None:
    assert COMING.read(reply(text, own), Mode.ASKED) == Taken(value)


@pytest.mark.parametrize(
    ("text", "own", "also"),
    [
        ("si vamos 2 grandes y 3 niños", "es", party(2, 3)),
        ("2 adultos 3 niños", "es", party(2, 3)),
        ("5", "es", party(total=5)),
        ("sí, 5", "es", party(total=5)),
        ("somos 5", "es", party(total=5)),
        ("vamos 4", "es", party(total=4)),
        ("sí vamos los 4", "es", party(total=4)),
        ("somos 5, 3 son niños", "es", party(2, 3)),
        ("solo yo", "es", party(1, 0)),
        ("sí, 3 niños", "es", party(children=3)),
        ("mi esposo y yo", "es", party(adults=2)),
        ("2 adultos sin niños", "es", party(2, 0)),
        ("ahí estaremos, 2 adultos y 1 niño", "es", party(2, 1)),
        ("2 adultos 3 niños, perdón, 4 niños", "es", party(2, 4)),
        ("Yes, 2 adults and 3 kids", "en", party(2, 3)),
        ("we'll be there, 2 adults no kids", "en", party(2, 0)),
        ("just me", "en", party(1, 0)),
        ("5 of us are coming", "en", party(total=5)),
        ("coming with 2 kids", "en", party(children=2)),
    ],
)
def test_a_number_of_people_means_yes_and_answers_the_next_question(text: str, own: str, also: dict[str, Json]) -> None:
    assert COMING.read(reply(text, own), Mode.ASKED) == Taken("yes", "", also)


def test_one_text_answers_four_questions_and_the_last_part_is_left_for_the_others() -> None:
    reading = COMING.read(reply("Sí, 2 adultos y 3 niños, uno con alergia a nueces"), Mode.ASKED)

    assert reading == Taken("yes", "uno con alergia a nueces", party(2, 3))


def test_courtesy_between_two_answers_is_not_left() -> None:
    reading = COMING.read(reply("Yes, coming with 2 kids, thanks, one has a peanut allergy", "en"), Mode.ASKED)

    assert reading == Taken("yes", "thanks, one has a peanut allergy", party(children=2))


def test_a_letter_is_left_to_a_person() -> None:
    assert COMING.read(reply("Ahí estaremos. " + "palabra " * 500), Mode.ASKED) == Unsure()


def test_without_a_question_for_the_number_the_number_is_left() -> None:
    assert Coming().read(reply("sí, 3 niños"), Mode.ASKED) == Taken("yes", "3 niños")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("", "es"),
        ("hola", "es"),
        ("gracias por la invitación", "es"),
        ("¿A qué hora es?", "es"),
        ("a qué hora es", "es"),
        ("No sé quién puede ir, ¿puedo hablar con alguien?", "es"),
        ("vamos a estar de viaje", "es"),
        ("sí, pero mi esposo no", "es"),
        ("no puedo abrir el mensaje", "es"),
        ("¿podemos ir con mi suegra?", "es"),
        ("¿vamos a tener comida?", "es"),
        ("sí no", "es"),
        ("no vamos, vamos 4", "es"),
        ("tal vez 3", "es"),
        ("a las 10 está bien", "es"),
        ("500", "es"),
        ("31", "es"),
        ("2 y 3", "es"),
        ("somos 2 y 3 niños", "es"),
        ("where is it?", "en"),
        ("can we come late?", "en"),
        ("is there parking", "en"),
        ("I don't know who can come", "en"),
        ("once", "en"),
        ("yes and no", "en"),
    ],
)
def test_it_is_unsure_about_anything_else(text: str, own: str) -> None:
    assert COMING.read(reply(text, own), Mode.ASKED) == Unsure()


@pytest.mark.parametrize(
    ("text", "mode", "so_far", "value"),
    [
        ("ya no podemos ir", Mode.CORRECTING, "yes", "no"),
        ("al final no vamos", Mode.CORRECTING, "yes", "no"),
        ("siempre no", Mode.CORRECTING, "yes", "no"),
        ("perdón, no", Mode.CORRECTING, "yes", "no"),
        ("no", Mode.CORRECTING, "yes", None),
        ("al final sí vamos", Mode.CORRECTING, "no", "yes"),
        ("somos 4", Mode.CORRECTING, "no", "yes"),
        ("al final somos 5", Mode.CORRECTING, "yes", None),
        ("4", Mode.CORRECTING, "no", None),
        ("we can't make it anymore", Mode.CORRECTING, "yes", "no"),
        ("ahí estaremos", Mode.GLEANING, None, "yes"),
        ("somos 5", Mode.GLEANING, None, "yes"),
        ("5", Mode.GLEANING, None, None),
        ("ok", Mode.GLEANING, None, None),
        ("tal vez", Mode.GLEANING, None, "maybe"),
        ("sí, la niña es alérgica", Mode.GLEANING, None, None),
    ],
)
def test_a_change_of_mind_is_heard_and_a_new_number_is_left_to_its_own_question(
    text: str, mode: Mode, so_far: str | None, value: str | None
) -> None:
    reading = COMING.read(reply(text), mode, so_far)

    assert (reading.value if isinstance(reading, Taken) else None) == value


@pytest.mark.parametrize("own", ["en", "es"])
def test_each_button_and_each_shown_word_is_read_in_every_language(own: str) -> None:
    read = [COMING.read(reply(text, own), Mode.ASKED) for text, _label in COMING.buttons()]
    shown = [COMING.read(reply(say(label, own), own), Mode.ASKED) for _text, label in COMING.buttons()]

    assert read == shown == [Taken("yes"), Taken("no"), Taken("maybe")]


def test_the_second_hint_differs_from_the_first() -> None:
    for language in catalogs().languages:
        assert say(COMING.example, language) != say(COMING.choices, language)
