"""What the school can do, and the events among it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.core import _
from flows.core.text import ByLanguage
from flows.outcomes import GoTo
from tests.flows.chat import DINNER, Chat

OPTIONS = (("events", _("Events")), ("help", _("Talk to a person")))
FAIR = replace(
    DINNER,
    id=8,
    title=ByLanguage(en="Science fair", es="Feria de ciencias"),
    starts=DINNER.starts + timedelta(days=7),
)


@pytest.mark.parametrize(("text", "flow"), [("1", "events"), ("la 2", "help"), ("opción 2 por favor", "help")])
def test_a_family_picks_by_number(text: str, flow: str):
    chat = Chat("menu", "es", options=OPTIONS)

    assert chat.opens() == ("Escuela Lincoln: ¿en qué le ayudamos? Elija: 1 Eventos, 2 Hablar con una persona.")
    chat.says(text)
    assert chat.outcome == GoTo(flow)


@pytest.mark.parametrize("text", ["0", "3", "12", "1 y 2", "somos 2", "?"])
def test_what_names_no_option_picks_none(text: str):
    chat = Chat("menu", "es", options=OPTIONS)
    chat.opens()

    assert chat.says(text) == "Responda con el número de su respuesta, por ejemplo 1."
    assert chat.outcome is None


def test_where_one_event_is_coming_up_its_invitation_follows_at_once():
    chat = Chat("events", "en", coming_up=(DINNER,))

    assert chat.opens() == ""
    assert chat.outcome == GoTo("rsvp", DINNER.id)


def test_of_several_events_the_family_picks_one():
    chat = Chat("events", "en", coming_up=(DINNER, FAIR))

    assert chat.opens() == (
        "Which event? Reply with the number: 1 Family dinner, Thursday, March 12, 2 Science fair, Thursday, March 19."
    )
    chat.says("2")
    assert chat.outcome == GoTo("rsvp", FAIR.id)


def test_where_nothing_is_planned_the_family_is_told_so():
    chat = Chat("events", "en", coming_up=())

    assert chat.opens() == "Escuela Lincoln: no events are planned right now."
    assert (chat.outcome, chat.done) == (None, True)
