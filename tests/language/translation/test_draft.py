"""What a person is told to look at before a draft by machine is approved."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.language.translation import Draft, draft
from tests.home import CHICAGO, catalogs


class Parrot:
    """A translator that says what it was told to."""

    def __init__(self, *said: str) -> None:
        self._said = said

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        return list(self._said)

    async def close(self) -> None: ...


async def warned(original: str, translated: str) -> list[str]:
    """The warnings, in English."""
    (made,) = await draft(Parrot(translated), [original], "en", "es")
    assert made.text == translated
    return [catalogs()["en"].render(warning, CHICAGO) for warning in made.warnings]


@pytest.mark.parametrize(
    ("original", "translated"),
    [
        ("Dinner at 6:00 pm", "Cena a las 6:00 p. m."),
        ("Dinner at 6 pm", "Cena a las 6:00 p.m."),
        ("From 6:00 to 8:00 pm", "De 6:00 p. m. a 8:00 p. m."),
        ("6-8 PM", "de 6 a 8 p. m."),
        ("Call (512) 555-0100.", "Llame al 512-555-0100."),
        ("Call +1 512 555 0100", "Llame al +1 512 555 0100"),
        ("March 12th", "12 de marzo"),
        ("It costs $1,500.50", "Cuesta $1.500,50"),
        ("See https://lincoln.example/cena.", "Vea (https://lincoln.example/cena)"),
        ("Write to ortiz@lincoln.example!", "Escriba a ortiz@lincoln.example."),
        ("No figures at all", "Nada de cifras"),
        ("2 adults, 2 children", "2 adultos, 2 niños"),
        ("I am in room 12 a month", "Estoy un mes en el salón 12"),
        ("5", "5"),
        ("", ""),
    ],
)
async def test_a_faithful_draft_gets_no_warning(original: str, translated: str):
    assert await warned(original, translated) == []


@pytest.mark.parametrize(
    ("original", "translated", "missing", "added"),
    [
        ("at 6:00 pm", "a las 18:00", ["6:00 pm"], ["18:00"]),
        ("at 6:00 pm", "a las 6:00 a. m.", ["6:00 pm"], ["6:00 a. m."]),
        ("6 to 8 pm", "de 6 a. m. a 8 a. m.", ["8 pm"], ["8 a. m."]),
        ("on 3/12", "el 12/3", ["3/12"], ["12/3"]),
        ("Call 512-555-0100", "Llame al 512-555-0101", ["512-555-0100"], ["512-555-0101"]),
        ("room 12 and room 14", "salones 12", ["14"], []),
        ("2 adults, 2 children", "2 adultos y niños", ["2"], []),
        ("a dozen", "12", [], ["12"]),
        (
            "https://lincoln.example/dinner",
            "https://lincoln.example/cena",
            *[[f"https://lincoln.example/{word}"] for word in ("dinner", "cena")],
        ),
        ("ask ortiz@lincoln.example", "pregunte", ["ortiz@lincoln.example"], []),
    ],
)
async def test_each_figure_that_changed_is_named(original: str, translated: str, missing: list[str], added: list[str]):
    assert await warned(original, translated) == [
        *(f"{figure} stands in the original, and not in the draft." for figure in missing),
        *(f"{figure} stands in the draft, and not in the original." for figure in added),
    ]


async def test_a_draft_that_is_not_one_is_told():
    assert await warned("See you soon", "See you soon") == ["The draft has the same words as the original."]
    assert await warned("See you soon", " ") == ["The draft is empty."]


async def test_each_text_has_its_own_draft():
    made = await draft(Parrot("Hola", "Adiós 5"), ["Hello", "Bye"], "en", "es")

    assert [(one.text, len(one.warnings)) for one in made] == [("Hola", 0), ("Adiós 5", 1)]


def test_a_draft_that_is_printed_hides_its_words():
    assert "Rosa" not in repr(Draft("Rosa está enferma"))
