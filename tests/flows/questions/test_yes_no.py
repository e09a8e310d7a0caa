"""Yes and no, as families write them."""

from __future__ import annotations

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.questions import YesNo
from tests.language.catalogs import catalogs, reply, say

YES_ES = [
    "si",
    "Sí",
    "SÍ",
    "sí por favor 🙏",
    "claro que sí",
    "simón",
    "sip",
    "pues sí",
    "ok",
    "👍",
    "👍🏽",
    "✅",
    "va",
]
YES_ES += [
    "yes",
    "creo que sí",
    "Hola, sí, muchas gracias!",
    "sí claro",
    "nosotros sí",
    "sí, si Dios quiere",
    "si quiero",
]
NO_ES = ["no", "NO", "no gracias", "No, gracias 🙏🏽", "nel", "claro que no", "👎", "creo que no", "yo no", "nope"]
NO_ES += ["no, no hay problema", "lo siento, no", "no lo necesitamos", "gracias, pero no"]
YES_EN = ["yes", "Yeah", "yep", "Yes please!", "sure", "ok thanks", "of course", "👍", "sí", "y", "Yes ma'am", "ok"]
NO_EN = ["no", "nope", "No thank you", "no thanks!", "nah", "n", "👎", "not this time", "Sorry, no", "no, no problem"]


@pytest.mark.parametrize(
    ("text", "own", "value"),
    [(text, "es", True) for text in YES_ES]
    + [(text, "es", False) for text in NO_ES]
    + [(text, "en", True) for text in YES_EN]
    + [(text, "en", False) for text in NO_EN],
)
def test_a_plain_answer_fits_exactly(text: str, own: str, value: bool) -> None:
    assert YesNo().read(reply(text, own), Mode.ASKED) == Taken(value)


@pytest.mark.parametrize(
    ("text", "own", "value", "rest"),
    [
        ("Sí, 3 niños", "es", True, "3 niños"),
        ("si vamos a necesitarlo", "es", True, "vamos a necesitarlo"),
        ("no gracias ya comimos", "es", False, "ya comimos"),
        ("sí. la niña no come cacahuate", "es", True, "la niña no come cacahuate"),
        ("yes for the baby", "en", True, "for the baby"),
        ("no, my mom watches them", "en", False, "my mom watches them"),
    ],
)
def test_what_follows_the_answer_is_left(text: str, own: str, value: bool, rest: str) -> None:
    assert YesNo().read(reply(text, own), Mode.ASKED) == Taken(value, rest)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("", "es"),
        ("hola", "es"),
        ("gracias", "es"),
        ("5", "es"),
        ("sí, pero mi esposo no", "es"),
        ("no, digo sí", "es"),
        ("sí no", "es"),
        ("no sé", "es"),
        ("no estoy segura", "es"),
        ("tal vez", "es"),
        ("si puedo le aviso", "es"),
        ("la niña no come cacahuate", "es"),
        ("no come cacahuate", "es"),
        ("no entiendo", "es"),
        ("¿sí?", "es"),
        ("ok a qué hora es", "es"),
        ("mi esposo no", "es"),
        ("no hay problema", "es"),
        ("🙏", "es"),
        ("no, I said yes", "en"),
        ("I don't know", "en"),
        ("not sure yet", "en"),
        ("maybe", "en"),
        ("yes and no", "en"),
        ("no idea", "en"),
        ("no problem", "en"),
        ("ok what time is it", "en"),
    ],
)
def test_it_is_unsure_where_nothing_or_both_is_said(text: str, own: str) -> None:
    assert YesNo().read(reply(text, own), Mode.ASKED) == Unsure()


@pytest.mark.parametrize(
    ("text", "mode", "reading"),
    [
        ("sí, gracias", Mode.GLEANING, Unsure()),
        ("sí, 3 niños", Mode.GLEANING, Unsure()),
        ("no", Mode.CORRECTING, Unsure()),
        ("perdón, no", Mode.CORRECTING, Taken(False)),
        ("al final sí", Mode.CORRECTING, Taken(True)),
        ("* no", Mode.CORRECTING, Taken(False)),
        ("perdón, no vi su mensaje", Mode.CORRECTING, Unsure()),
        ("actually yes please", Mode.CORRECTING, Taken(True)),
    ],
)
def test_unasked_it_takes_nothing_and_to_correct_only_a_bare_answer_with_a_cue(
    text: str, mode: Mode, reading: Taken[bool] | Unsure
) -> None:
    assert YesNo().read(reply(text), mode, True) == reading


@pytest.mark.parametrize("own", ["en", "es"])
def test_each_button_and_each_asked_word_is_read_in_every_language(own: str) -> None:
    question = YesNo()
    values = [question.read(reply(text, own), Mode.ASKED) for text, _label in question.buttons()]

    assert values == [Taken(True), Taken(False)]
    assert [question.read(reply(say(label, own), own), Mode.ASKED) for _text, label in question.buttons()] == values


def test_the_second_hint_differs_from_the_first() -> None:
    for language in catalogs().languages:
        assert say(YesNo().example, language) != say(YesNo().choices, language)


def test_a_letter_is_left_to_a_person() -> None:
    assert YesNo().read(reply("Sí. " + "palabra " * 500), Mode.ASKED) == Unsure()
