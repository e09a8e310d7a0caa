"""How a family was received, as it reads: two questions, and a person where it was not good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.segments import count, fold_for_sms
from flows.core.text import ByLanguage
from flows.facts import Pulse
from flows.outcomes import Welcomed
from tests.flows.chat import DINNER, SCHOOL, Chat, catalogs

PULSE = Pulse(3, 1, datetime(2026, 3, 28, tzinfo=UTC), DINNER)
WORDS = "Thank you. What helped, or what can we do better? Write it, or NO"
THANKS = "Thank you for telling us. The school reads it without your name. If you would like us to call you, reply CALL"
SORRY = (
    "We are sorry, and thank you for telling us. The school reads it without your name. A person wants to listen to "
    "you: reply CALL and we call you"
)


def pulse(language: str = "en", about: Pulse | None = PULSE) -> Chat:
    return Chat("pulse", language, pulse=about)


def test_a_family_says_how_it_was_received_in_two_texts():
    chat = pulse()

    assert chat.opens() == (
        "Escuela Lincoln: Family dinner. Did your family feel welcome? From 1 (not at all) to 5 (very much). "
        "We read it without your name"
    )
    assert chat.says("3") == WORDS
    assert chat.says("nobody spoke Spanish at the door") == THANKS
    assert chat.done
    assert chat.outcome == Welcomed(3, "nobody spoke Spanish at the door")


def test_without_an_event_it_is_about_the_school():
    assert pulse(about=None).opens().startswith("Escuela Lincoln: does your family feel welcome at our school?")


@pytest.mark.parametrize("score", ["1", "2"])
def test_a_low_score_is_offered_a_person(score: str):
    chat = pulse()
    chat.opens()
    chat.says(score)

    assert chat.says("no") == SORRY
    assert chat.outcome == Welcomed(int(score), "")


def test_one_text_may_say_both():
    chat = pulse()
    chat.opens()

    assert chat.says("5, the children loved it") == THANKS
    assert chat.outcome == Welcomed(5, "the children loved it")


def test_a_plain_no_beside_the_score_is_no_word():
    chat = pulse()
    chat.opens()

    assert chat.says("4. no") == THANKS
    assert chat.outcome == Welcomed(4, "")


@pytest.mark.parametrize("text", ["6", "0", "very good", "2 of the teachers were nice"])
def test_what_is_no_score_is_asked_again(text: str):
    chat = pulse()
    chat.opens()

    assert chat.says(text) == "Please reply with a number from 1 to 5."
    assert chat.asked == "score"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_low_score_costs_what_a_high_one_costs(language: str):
    costs = set()
    for score in "12345":
        chat = pulse(language)
        chat.opens()
        asked, said = chat.says(score), chat.says("no")
        costs.add((asked, count(fold_for_sms(said)).segments))

    assert len(costs) == 1


def test_who_asks_for_a_person_gives_its_name_and_is_told_so():
    chat = Chat("call", "en")

    assert chat.opens() == (
        "With pleasure: a person at Escuela Lincoln will call or write to you. They know your name because you ask for "
        "it; what you told us stays without it."
    )
    assert chat.people == ["pulse"]


def test_the_office_hours_are_said_with_it():
    chat = Chat("call", "en", school=replace(SCHOOL, hours=ByLanguage(en="Monday to Friday")))
    assert "will call or write to you, Monday to Friday." in chat.opens()


def test_its_texts_are_one_sms_each_in_english():
    for text in (WORDS, THANKS, SORRY):
        assert count(catalogs().render(_text(text), "en", SCHOOL.timezone)).segments == 1


def _text(words: str):
    from flows.core.text import Text

    return Text(words)
