"""A language is warned of only where it is surely another one."""

from __future__ import annotations

import pytest

from bot.language.guess import is_surely_another
from tests.home import Home


@pytest.mark.parametrize(
    ("text", "own", "found"),
    [
        ("Good morning, can I call you at 10?", "es", "en"),
        ("Traiga el formulario el lunes", "en", "es"),
        ("Thank you", "es", "en"),
        ("Gracias", "en", "es"),
        ("Gracias", "es", None),
        ("OK", "es", None),
        ("No", "es", None),
        ("10:30", "es", None),
        ("Hillside 12, Mr. Smith", "es", None),
        ("no, gracias", "en", None),
        ("Hola, I will call you", "es", None),
        ("La cita es el martes con Mr. Smith", "es", None),
        ("Buenos días", None, None),
        ("Buenos días", "vi", None),
        ("", "es", None),
    ],
)
def test_it_is_sure_or_silent(text: str, own: str | None, found: str | None) -> None:
    assert is_surely_another(text, own, Home().voice) == found
