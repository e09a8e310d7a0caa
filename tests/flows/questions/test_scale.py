"""A number on a scale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.core.words import Reply
from flows.pulse import NOT_THERE, NOT_THERE_ALONE
from flows.questions import Scale
from tests.language.catalogs import reply, say

SPANISH = {
    5: [
        *("5", "5!", "5.", "cinco", "Cinco!!", "el 5", "un 5", "sí, 5", "5 sí", "5️⃣", "5 👍", "5 ⭐", "5 estrellas"),
        *("5/5", "5 de 5", "cinco de cinco", "⭐⭐⭐⭐⭐", "⭐️⭐️⭐️⭐️⭐️", "🌟🌟🌟🌟🌟", "★★★★★", "5 ⭐⭐⭐⭐⭐"),
        *(
            "mucho",
            "Mucho!",
            "muchísimo",
            "muchisimo 😊",
            "sí, mucho",
            "si mucho gracias",
            "muy bienvenidos",
            "mucho, 5",
        ),
        *("5 mucho", "5 (mucho)", "very much", "muy bien, 5", "5, mucho", "5 puntos", "perdón por la tardanza, 5"),
    ],
    4: [
        *("4", "cuatro", "un 4", "un cuatro", "4 gracias!", "hola, 4", "4/5", "4 de 5", "4 sobre 5", "4 / 5", "4 🙏"),
        *(
            "le doy un 4",
            "yo le doy un 4",
            "yo diría 4",
            "yo diría que un 4",
            "pues un 4",
            "creo que 4",
            "tal vez un 4",
        ),
        *("mi respuesta es 4", "nos sentimos un 4", "del 1 al 5: 4", "del 1 al 5 un 4", "⭐⭐⭐⭐", "★★★★☆", "4 😊"),
        *("3, perdón, 4", "a 4", "#4", "número 4", "④"),
    ],
    3: ["3", "tres", "3️⃣", "como un 3", "3 más o menos", "3, más o menos", "más o menos, 3", "★★★☆☆", "３"],
    1: [
        *("1", "uno", "un 1", "nada", "Nada.", "nada de nada", "para nada", "no, nada", "no nada", "no, 1", "1 👎"),
        *("nada, 1", "1 nada", "1 (nada)", "not at all", "★☆☆☆☆", "1 ⭐", "1 de 5", "nada bienvenidos"),
    ],
}
ENGLISH = {
    5: [
        *("5", "5!", "five", "FIVE!!", "a 5", "a five", "yes, 5", "yes 5", "5 yes", "5️⃣", "5 👍", "5 stars", "5 ⭐"),
        *("5/5", "5 out of 5", "five out of five", "5 of 5", "⭐⭐⭐⭐⭐", "★★★★★", "⭐ ⭐ ⭐ ⭐ ⭐", "a 5!"),
        *("very much", "Very much!", "very much so", "yes, very much", "yes very much, thank you", "a lot", "so much"),
        *("very welcome", "5 (very much)", "very much, 5", "mucho", "5, very much 😊"),
    ],
    4: [
        *("4", "four", "a 4", "I'd say 4", "I’d say a 4", "i would say 4", "I would give it a 4", "it was a 4"),
        *(
            "4/5",
            "4 out of 5",
            "4 / 5",
            "probably a 4",
            "maybe 4",
            "4 thank you",
            "hi, 4",
            "4 points",
            "my answer is 4",
        ),
        *(
            "on a scale of 1 to 5, 4",
            "out of 5, 4",
            "a solid 4",
            "⭐⭐⭐⭐",
            "★★★★☆",
            "3, sorry, 4",
            "4 🙂",
            "number 4",
        ),
    ],
    3: ["3", "three", "3️⃣", "about 3", "3 i think", "I think 3", "★★★☆☆", "it's a 3"],
    1: [
        *("1", "one", "a 1", "not at all", "Not at all.", "no, not at all", "no, 1", "not at all, 1", "1 (not at all)"),
        *("1 👎", "★☆☆☆☆", "1/5", "1 out of 5", "nada", "not at all welcome"),
    ],
}
WITH_WORDS = [
    ("es", "3, nadie hablaba español en la puerta", 3, "nadie hablaba español en la puerta"),
    ("es", "3 nadie hablaba español en la puerta", 3, "nadie hablaba español en la puerta"),
    ("es", "3. nadie hablaba español", 3, "nadie hablaba español"),
    ("es", "3\nnadie hablaba español", 3, "nadie hablaba español"),
    ("es", "3 - nadie hablaba español", 3, "nadie hablaba español"),
    ("es", "3: nadie hablaba español", 3, "nadie hablaba español"),
    ("es", "3️⃣ nadie hablaba español", 3, "nadie hablaba español"),
    ("es", "(3) nadie hablaba español", 3, "nadie hablaba español"),
    ("es", "4 porque no había intérprete", 4, "porque no había intérprete"),
    ("es", "4 pero hacía mucho frío", 4, "hacía mucho frío"),
    ("es", "4, pero llegamos tarde", 4, "llegamos tarde"),
    ("es", "4 y todo muy bonito", 4, "todo muy bonito"),
    ("es", "un 4 porque la comida no alcanzó", 4, "porque la comida no alcanzó"),
    ("es", "5 todo excelente", 5, "todo excelente"),
    ("es", "5 porque nos gustó mucho", 5, "porque nos gustó mucho"),
    ("es", "5 ⭐ todo excelente", 5, "todo excelente"),
    ("es", "⭐⭐⭐⭐ muy bonito todo", 4, "muy bonito todo"),
    ("es", "todo excelente ⭐⭐⭐⭐⭐", 5, "todo excelente"),
    ("es", "estuvo muy bonito, 5", 5, "estuvo muy bonito"),
    ("es", "no hubo problemas, 5", 5, "no hubo problemas"),
    ("es", "sí, 5, los maestros muy amables", 5, "los maestros muy amables"),
    ("es", "4, los 3 niños se divirtieron", 4, "los 3 niños se divirtieron"),
    ("es", "2, llegamos a las 5 y nadie nos saludó", 2, "llegamos a las 5 y nadie nos saludó"),
    ("es", "1 nadie nos saludó, 2 maestras se fueron", 1, "nadie nos saludó, 2 maestras se fueron"),
    ("es", "mucho, nos encantó", 5, "nos encantó"),
    ("es", "para nada, nadie nos saludó", 1, "nadie nos saludó"),
    ("es", "4/5 faltó un intérprete", 4, "faltó un intérprete"),
    ("es", "4. no", 4, "no"),
    ("en", "4 everything was fine but nobody speaks Spanish", 4, "everything was fine but nobody speaks Spanish"),
    ("en", "4, everything was fine", 4, "everything was fine"),
    ("en", "4 but nobody speaks Spanish", 4, "nobody speaks Spanish"),
    ("en", "3 because it was cold", 3, "because it was cold"),
    ("en", "3. it was cold", 3, "it was cold"),
    ("en", "3 - it was cold", 3, "it was cold"),
    ("en", "3 and nobody said hello", 3, "nobody said hello"),
    ("en", "I'd say 3, the line was long", 3, "the line was long"),
    ("en", "5 stars! the kids loved it", 5, "the kids loved it"),
    ("en", "5 we loved it", 5, "we loved it"),
    ("en", "the food was great, 5", 5, "the food was great"),
    ("en", "no problems, 5", 5, "no problems"),
    ("en", "not at all, nobody spoke to us", 1, "nobody spoke to us"),
    ("en", "very much, we loved it", 5, "we loved it"),
    ("en", "2 nobody greeted us, 3 teachers walked by", 2, "nobody greeted us, 3 teachers walked by"),
    ("en", "⭐⭐⭐ it was loud", 3, "it was loud"),
]
NO_SCORE = {
    "es": [
        *("", "hola", "sí", "ok", "gracias", "muy bien", "bien", "excelente", "más o menos", "regular", "no", "no sé"),
        *("0", "6", "10", "55", "3 o 4", "3, 4", "3 4", "entre 3 y 4", "4-5", "4.5", "3,5", "4/10", "4 de 10", "10/10"),
        *(
            "no mucho",
            "no, mucho",
            "mucho no",
            "no tanto",
            "no, 5",
            "nada, todo bien",
            "nada mal",
            "nada malo",
            "de nada",
        ),
        *("con mucho gusto", "mucho gusto", "mucho ruido", "muchas gracias", "más de 3", "menos de 3", "casi 5"),
        *("a las 5", "a las 5 pm", "2 adultos", "2 adultos 3 niños", "2 y 3 niños", "2, y 3 niños", "somos 4"),
        *(
            "fuimos 5",
            "5 vamos todos",
            "2 mi esposo y yo",
            "¿mucho?",
            "4 - 5",
            "4 5",
            "los 3 niños se aburrieron",
            "2 maestros fueron groseros",
            "3 de los maestros",
        ),
        *("3 horas esperando", "esperamos 5 minutos", "3 veces pregunté", "uno se siente mal", "una muy bonita noche"),
        *("un poco", "2 y mi familia", "¿5?", "el 3 de marzo", "salón 5", "⭐", "muy bonito ⭐⭐⭐", "⭐⭐⭐⭐⭐⭐"),
        *("3 ⭐⭐⭐⭐⭐", "5125550101", "6 todo bien", "10, todo bien", "no fuimos"),
    ],
    "en": [
        *("", "hello", "yes", "ok", "thanks", "very good", "great", "very nice", "it was ok", "no", "I don't know"),
        *(
            "0",
            "6",
            "10",
            "55",
            "3 or 4",
            "3, 4",
            "3 4",
            "between 3 and 4",
            "4-5",
            "4.5",
            "4/10",
            "4 out of 10",
            "10/10",
        ),
        *("not much", "not very much", "not a lot", "no, very much", "no 5", "no. 5", "no, 5", "thank you very much"),
        *("more than 3", "less than 3", "almost 5", "at 5", "5 pm", "2 adults", "2 adults and 3 kids", "party of 5"),
        *(
            "there were 4 of us",
            "5 of us",
            "we are 4",
            "we're coming 5",
            "the 3 kids were bored",
            "2 of the teachers were nice",
        ),
        *("2 teachers were rude", "3 hours of waiting", "waited 5 minutes", "3 times", "one of us", "two were rude"),
        *(
            "5?",
            "room 5",
            "march 3",
            "⭐",
            "so pretty ⭐⭐⭐",
            "⭐⭐⭐⭐⭐⭐",
            "3 ⭐⭐⭐⭐⭐",
            "6 all good",
            "10, all good",
            "2 and my family",
        ),
    ],
}


def read(text: str, own: str) -> int | None:
    reading = Scale().read(reply(text, own), Mode.ASKED)
    return reading.value if isinstance(reading, Taken) else None


@pytest.mark.parametrize(("text", "value"), [(text, value) for value, texts in SPANISH.items() for text in texts])
def test_a_family_says_its_score_in_spanish(text: str, value: int) -> None:
    assert Scale().read(reply(text, "es"), Mode.ASKED) == Taken(value)


@pytest.mark.parametrize(("text", "value"), [(text, value) for value, texts in ENGLISH.items() for text in texts])
def test_a_family_says_its_score_in_english(text: str, value: int) -> None:
    assert Scale().read(reply(text, "en"), Mode.ASKED) == Taken(value)


@pytest.mark.parametrize(("own", "text", "value", "rest"), WITH_WORDS)
def test_what_is_said_with_the_score_is_left(own: str, text: str, value: int, rest: str) -> None:
    assert Scale().read(reply(text, own), Mode.ASKED) == Taken(value, rest)


@pytest.mark.parametrize(("own", "text"), [(own, text) for own, texts in NO_SCORE.items() for text in texts])
def test_what_is_not_certain_is_no_score(own: str, text: str) -> None:
    assert read(text, own) is None


@pytest.mark.parametrize(
    ("text", "mode", "reading"),
    [
        ("4", Mode.GLEANING, Unsure()),
        ("mucho", Mode.GLEANING, Unsure()),
        ("4", Mode.CORRECTING, Unsure()),
        ("mucho", Mode.CORRECTING, Unsure()),
        ("perdón, 4", Mode.CORRECTING, Taken(4)),
        ("perdon, quise decir 4", Mode.CORRECTING, Taken(4)),
        ("en realidad fue 4", Mode.CORRECTING, Taken(4)),
        ("perdón, a las 4", Mode.CORRECTING, Unsure()),
    ],
)
def test_a_number_said_about_something_else_is_no_score(
    text: str, mode: Mode, reading: Taken[int | None] | Unsure
) -> None:
    assert Scale().read(reply(text), mode, 2) == reading


AWAY = replace(Scale(), away=(NOT_THERE, NOT_THERE_ALONE))
WAS_AWAY = {
    "es": [
        *("no fuimos", "No fui.", "lo siento, no pudimos ir", "no, no fuimos", "no fuimos, mi hijo estaba enfermo"),
        *(
            "no pudimos ir porque trabajo",
            "no pude ir",
            "no asistimos",
            "al final no fuimos",
            "No pudimos ir a la cena 😔",
        ),
    ],
    "en": [
        *("we did not go", "We didn't go.", "sorry, we couldn't make it", "no, we didn't go", "I couldn't go"),
        *(
            "we did not go, my son was sick",
            "we couldn't make it because of work",
            "we didn't attend",
            "we weren't there",
        ),
    ],
}
WAS_THERE = {
    "es": [
        *(
            "no fuimos bien recibidos",
            "no fuimos bienvenidos",
            "no fuimos tratados igual",
            "¿no fuimos?",
            "no pudimos entrar",
        ),
        *(
            "no hablaban español, no pudimos ir al baño",
            "no fuimos, 5",
            "fuimos",
            "no pudimos ir al baño",
            "nadie nos ayudó, no pudimos",
        ),
    ],
    "en": [
        *(
            "we did not go hungry",
            "we didn't go inside",
            "nobody helped, we could not go in",
            "we went",
            "did we not go?",
        ),
    ],
}


@pytest.mark.parametrize(("own", "text"), [(own, text) for own, texts in WAS_AWAY.items() for text in texts])
def test_who_was_not_there_has_no_score(own: str, text: str) -> None:
    assert AWAY.read(reply(text, own), Mode.ASKED) == Taken(None)
    assert AWAY.read(reply(text, own), Mode.GLEANING) == Unsure()
    assert Scale().read(reply(text, own), Mode.ASKED) == Unsure()


@pytest.mark.parametrize(("own", "text"), [(own, text) for own, texts in WAS_THERE.items() for text in texts])
def test_who_says_something_else_was_there(own: str, text: str) -> None:
    reading = AWAY.read(reply(text, own), Mode.ASKED)
    assert isinstance(reading, Unsure) or reading.value is not None


def test_a_letter_is_read_by_a_person() -> None:
    letter = Reply("5, " + "no " * 500, reply("").lexicons)
    assert AWAY.read(letter, Mode.ASKED) == Unsure()


def test_the_hints_name_the_ends_of_the_scale() -> None:
    assert say(Scale().example, "es") == "Responda con un número del 1 al 5."
    assert say(Scale().choices, "es") == "Mande solo el número: 1 es lo menos y 5 es lo más."


def test_a_score_is_described_by_its_number() -> None:
    assert (Scale().describe(4), Scale().describe(None)) == ("4", None)
