"""Permission for event news."""

from __future__ import annotations

import pytest

from flows.outcomes import Permitted
from tests.flows.chat import Chat

TERMS = (
    "May Escuela Lincoln text you about events, about 4 messages a month? Message and data rates may apply. "
    "STOP to stop, HELP for help. Reply with YES or NO"
)


def test_permission_is_asked_and_confirmed_in_the_terms_that_carriers_require():
    chat = Chat("consent", "en")

    assert chat.opens() == TERMS
    assert chat.says("yes, thank you") == (
        "Thank you! Escuela Lincoln will text you about events, about 4 messages a month. "
        "Message and data rates may apply. Reply HELP for help, STOP to stop."
    )
    assert chat.outcome == Permitted(given=True)


def test_who_refuses_is_left_in_peace():
    chat = Chat("consent", "en")
    chat.opens()

    assert chat.says("no") == "All right, no event news. You can write to us at any time."
    assert chat.outcome == Permitted(given=False)


@pytest.mark.parametrize("text", ["maybe", "yes but not at night, no", "what for?", "3", "🤷"])
def test_nothing_less_than_a_clear_yes_is_permission(text: str):
    chat = Chat("consent", "en")
    chat.opens()

    assert chat.says(text) == "Please reply YES or NO."
    assert (chat.outcome, chat.done) == (None, False)


def test_the_terms_are_said_in_the_language_of_the_family():
    chat = Chat("consent", "es")

    assert chat.opens() == (
        "¿Puede Escuela Lincoln escribirle sobre eventos, unos 4 mensajes al mes? Pueden aplicarse cargos por "
        "mensajes y datos. ALTO para terminar, AYUDA para ayuda. Responda ACEPTO o NO"
    )
    chat.says("claro que sí")
    assert chat.outcome == Permitted(given=True)
