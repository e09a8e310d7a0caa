"""Somebody writes for the first time."""

from __future__ import annotations

import pytest

from flows.core import _
from flows.core.text import Text
from flows.outcomes import GoTo, Speaks
from tests.flows.chat import Chat, catalogs, contact

OPTIONS = (("events", _("Events")), ("help", _("Talk to a person")))
LANGUAGES = tuple((code, Text(catalogs()[code].name)) for code in ("en", "es"))


def first(language: str | None, name: str | None = None) -> Chat:
    """A first contact by somebody whose words told this language."""
    return Chat(
        "first_contact",
        language or "en",
        contact=contact(language, name),
        options=OPTIONS,
        languages=LANGUAGES,
    )


def test_a_family_is_greeted_in_its_language_and_told_how_to_get_another():
    assert first("es").opens() == (
        "Escuela Lincoln: ¡gracias por escribir! Elija: 1 Eventos, 2 Hablar con una persona. (English: reply ENGLISH)"
    )


def test_a_family_that_staff_entered_is_greeted_by_name():
    assert first("en", "Rosa").opens() == (
        "Escuela Lincoln: hello, Rosa! Reply with the number: 1 Events, 2 Talk to a person. (Español: responda ESPAÑOL)"
    )


@pytest.mark.parametrize(
    ("text", "flow"), [("1", "events"), ("2 please", "help"), ("dos", "help"), ("number 1", "events")]
)
def test_a_number_leads_on(text: str, flow: str):
    chat = first("en")
    chat.opens()
    chat.says(text)

    assert chat.outcome == GoTo(flow)


def test_a_number_that_is_not_there_is_asked_again_in_other_words():
    chat = first("en")
    chat.opens()

    assert chat.says("3") == "Please reply with the number of your choice, for example 1."
    assert chat.says("1 or 2?") == "Only the number, please: 1 Events, 2 Talk to a person."


def test_words_that_told_no_language_are_answered_in_all_of_them():
    chat = first(None)

    assert chat.opens() == (
        "Escuela Lincoln: Thank you for writing! Choose your language: "
        "¡Gracias por escribir! Elija su idioma: 1 English, 2 español"
    )
    chat.says("2")
    assert chat.outcome == Speaks("es")


def test_a_school_with_one_language_offers_no_other():
    chat = first("en")
    chat.facts["languages"] = LANGUAGES[:1]

    assert chat.opens() == (
        "Escuela Lincoln: thank you for writing! Reply with the number: 1 Events, 2 Talk to a person."
    )
