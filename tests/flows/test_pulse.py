"""How a family was received, as it reads: two questions, and a person where it was not good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.segments import count, fold_for_sms
from bot.turn.wish_words import CALL
from flows.core.text import ByLanguage, Text, tapped
from flows.core.words import Reply
from flows.facts import Pulse
from flows.outcomes import Welcomed
from flows.pulse import already_counted, call_me, told_before
from tests.flows.chat import DINNER, SCHOOL, Chat, catalogs

PULSE = Pulse(3, 1, datetime(2026, 3, 28, tzinfo=UTC), DINNER)
WORDS = "Thank you. What helped, or what can we do better? Write it, or NO"
THANKS = "Thank you for telling us. The school reads it without your name. If you would like us to call you, reply CALL"
SORRY = (
    "We are sorry, and thank you for telling us. The school reads it without your name. A person wants to listen to "
    "you: reply CALL and we call you"
)


NOT_THERE = "Thank you for telling us. We hope to see you another time! If you need anything, just write."
WHAT_TO_TELL = "What would you like to tell us? Write it here, or reply NO."


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


@pytest.mark.parametrize(
    ("language", "text", "score", "words"),
    [
        ("es", "3 nadie hablaba español en la puerta", 3, "nadie hablaba español en la puerta"),
        ("en", "4 everything was fine but nobody speaks Spanish", 4, "everything was fine but nobody speaks Spanish"),
        ("es", "mucho, los maestros muy amables", 5, "los maestros muy amables"),
        ("en", "not at all, nobody spoke to us", 1, "nobody spoke to us"),
    ],
)
def test_a_score_and_its_words_need_no_comma_between(language: str, text: str, score: int, words: str):
    chat = pulse(language)
    chat.opens()
    chat.says(text)

    assert chat.done
    assert chat.outcome == Welcomed(score, words)


@pytest.mark.parametrize(
    ("language", "text", "score"),
    [("en", "very much", 5), ("en", "not at all", 1), ("es", "mucho", 5), ("es", "nada", 1), ("en", "4 out of 5", 4)],
)
def test_the_words_of_the_question_are_a_score(language: str, text: str, score: int):
    chat = pulse(language)
    chat.opens()
    chat.says(text)

    assert chat.asked == "words"
    assert chat.outcome == Welcomed(score)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "we did not go"), ("en", "sorry, we couldn't make it"), ("es", "no fuimos"), ("es", "no pudimos ir")],
)
def test_who_was_not_there_is_thanked_and_not_counted(language: str, text: str):
    chat = pulse(language)
    chat.opens()
    said = chat.says(text)

    assert said == catalogs().render(Text(NOT_THERE), language, SCHOOL.timezone)
    assert chat.done
    assert chat.outcome == Welcomed(None)


def test_how_the_school_is_needs_nobody_to_have_been_anywhere():
    chat = pulse(about=None)
    chat.opens()

    assert chat.says("we did not go") == "Please reply with a number from 1 to 5."


@pytest.mark.parametrize("text", ["great", "thanks", "very well", "👏", "good", "thank you so much 🙏", "the food!"])
def test_praise_and_thanks_are_words_as_well(text: str):
    chat = pulse()
    chat.opens()
    chat.says("5")

    assert chat.says(text) == THANKS
    assert chat.outcome == Welcomed(5, text)


@pytest.mark.parametrize("text", ["yes", "ok", "👍", "sure", "yes please"])
def test_a_yes_to_the_words_is_asked_what_it_wants_to_say(text: str):
    chat = pulse()
    chat.opens()
    chat.says("3")

    assert chat.says(text) == WHAT_TO_TELL
    assert chat.says("nobody spoke Spanish") == THANKS
    assert chat.outcome == Welcomed(3, "nobody spoke Spanish")


@pytest.mark.parametrize("text", ["no", "no thanks", "nothing", "👎"])
def test_a_no_to_the_words_ends_it(text: str):
    chat = pulse()
    chat.opens()
    chat.says("3")

    assert chat.says(text) == THANKS
    assert chat.outcome == Welcomed(3, "")


def test_a_score_is_taken_back_while_the_words_are_asked_for():
    chat = pulse()
    chat.opens()
    chat.says("5")

    assert WORDS in chat.says("sorry, I meant 2")
    assert chat.says("no") == SORRY
    assert chat.outcome == Welcomed(2, "")


def test_a_plain_no_beside_the_score_is_no_word():
    chat = pulse()
    chat.opens()

    assert chat.says("4. no") == THANKS
    assert chat.outcome == Welcomed(4, "")


@pytest.mark.parametrize("text", ["6", "0", "very good", "2 of the teachers were nice", "3 or 4", "at 5", "not much"])
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
    for text in (WORDS, THANKS, SORRY, NOT_THERE, WHAT_TO_TELL):
        assert count(catalogs().render(Text(text), "en", SCHOOL.timezone)).segments == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_score_that_is_counted_already_is_said_so_in_two_sms_at_most(language: str):
    assert count(fold_for_sms(catalogs().render(already_counted(), language, SCHOOL.timezone))).segments <= 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_button_that_asks_for_a_call_says_what_is_understood_as_such(language: str):
    label = catalogs().render(call_me(), language, SCHOOL.timezone)
    reply = Reply(label, catalogs().lexicons(language))

    assert reply.find(CALL)
    assert reply.is_only(*reply.find(CALL))


def test_who_taps_is_not_told_to_reply_a_word():
    assert told_before(SCHOOL).buttons == (call_me(),)
    assert "CALL" in catalogs().render(told_before(SCHOOL), "en", SCHOOL.timezone)
    assert "CALL" not in catalogs().render(tapped(told_before(SCHOOL)), "en", SCHOOL.timezone)
