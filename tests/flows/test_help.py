"""A family asks for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from flows.core.text import ByLanguage, Text
from flows.facts import Closed, OpenHours
from flows.help import answers_here
from tests.flows.chat import SCHOOL, Chat

OPEN = replace(SCHOOL, hours=ByLanguage(en="Monday to Friday, 8 to 3", es="de lunes a viernes, de 8 a 3"))


def test_a_person_is_called_before_the_family_says_what_it_is_about():
    chat = Chat("help", "en")

    assert chat.opens() == "What is it about? Write it here, and a person at Escuela Lincoln reads it."
    assert chat.people == ["help"]


def test_the_familys_own_words_are_passed_on_and_nobody_is_called_twice():
    chat = Chat("help", "es", school=OPEN)
    chat.opens()

    assert chat.says("es sobre el kinder de mi hijo, tiene un IEP") == (
        "Gracias. Una persona de Escuela Lincoln le va a responder por este medio, "
        "de lunes a viernes, de 8 a 3. En una emergencia, llame al 911."
    )
    assert chat.memory.answers["words"].value == "es sobre el kinder de mi hijo, tiene un IEP"
    assert (chat.people, chat.done) == (["help"], True)


def test_a_school_that_gave_no_hours_promises_none():
    chat = Chat("help", "en")
    chat.opens()

    assert chat.says("the bus") == (
        "Thank you. A person at Escuela Lincoln will answer you here. In an emergency, call 911."
    )


@pytest.mark.parametrize(
    ("days", "opens"),
    [
        (0, "The office opens today at 8:00 AM."),
        (1, "The office opens tomorrow at 8:00 AM."),
        (3, "The office opens on Monday, March 9 at 8:00 AM."),
    ],
)
def test_while_the_office_is_closed_the_family_hears_when_it_opens(days: int, opens: str):
    monday = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    chat = Chat("help", "en", school=OPEN, closed=Closed(monday, days))
    chat.opens()

    assert chat.says("the bus") == (
        f"Thank you. A person at Escuela Lincoln will answer you here. {opens} In an emergency, call 911."
    )


@pytest.mark.parametrize(
    ("clock", "counted"), [(time(13), 1), (time(13, 30), 1), (time(8), 8), (time(12), 12), (time(14), 2), (time(0), 12)]
)
@pytest.mark.parametrize("days", [0, 1, 3])
def test_one_o_clock_has_a_form_of_its_own(clock: time, counted: int, days: int):
    """Spanish says "a la 1:00", and "a las" at every other hour."""
    opens = datetime.combine(date(2026, 3, 9), clock, SCHOOL.timezone).astimezone(UTC)
    said = answers_here(SCHOOL, Closed(opens, days)).gaps["opens"]

    assert isinstance(said, Text)
    assert (said.n, said.many) == (counted, said.msgid)


def test_an_office_that_is_open_needs_no_hours_said():
    chat = Chat("help", "en", school=replace(OPEN, office=(OpenHours(0, time(8), time(15)),)))
    chat.opens()

    assert chat.says("the bus") == (
        "Thank you. A person at Escuela Lincoln will answer you here. In an emergency, call 911."
    )


@pytest.mark.parametrize("text", ["no", "2", "yes", "🙏"])
def test_whatever_the_family_writes_a_person_reads_it(text: str):
    chat = Chat("help", "en")
    chat.opens()
    chat.says(text)

    assert chat.memory.answers["words"].value == text


def test_a_text_without_words_is_not_passed_on():
    chat = Chat("help", "en")
    chat.opens()

    assert chat.says("  ") == "Please write it in your own words."
