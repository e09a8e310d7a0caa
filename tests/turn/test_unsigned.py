"""Turns of a pulse: what the family said goes on without its name, and nothing of it stays behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import turn
from bot.family import Key, TextKey
from bot.messages import Kind
from bot.records import PulseAnswer, Stage
from bot.turn.unsigned import RUN_OUT
from flows.facts import Contact, Pulse
from tests.home import ANA, DINNER, LUIS, NOW, WORKSHOP, Home

PULSE = Pulse(30, 1, NOW + timedelta(days=14), DINNER)
OTHER = Pulse(31, 1, NOW + timedelta(days=14), WORKSHOP)
FIRST = (LUIS.id, "pulse", PULSE.id)


def asked(*pulses: Pulse) -> Home:
    """A household in which Luis, who reads English, was just asked."""
    home = Home()
    for pulse in pulses or (PULSE,):
        home.family.pulses[pulse.id] = pulse
        home._keep(turn.begin(home.family, LUIS.id, "pulse", pulse.id, home.now, home.voice))
    return home


def answers(home: Home) -> list[tuple[int, int, str]]:
    return [(a.pulse_id, a.score, a.words) for a in home.changes.pulse_answers]


def logged(home: Home, text: str, contact: Contact = LUIS) -> bool:
    """Send a text; whether it stays in the message log."""
    before = len(home.changes.forgotten)
    home.texts(text, contact)
    return len(home.changes.forgotten) == before


def held(home: Home, key: Key = FIRST) -> str:
    return json.dumps(home.family.conversations[key].record)


def fire(home: Home, key: Key = FIRST) -> list[str]:
    assert (key, RUN_OUT) in {((t.contact_id, t.flow, t.subject_id), t.key) for t in home.changes.timers}
    return home.wakes(home.family.contacts[key[0]], key[1], key[2], RUN_OUT)


def test_an_answer_goes_on_without_the_conversation_and_the_texts() -> None:
    home = asked()

    assert not logged(home, "2")
    assert not logged(home, "nobody spoke Spanish")

    assert home.changes.pulse_answers == [PulseAnswer(1, 30, LUIS.id, "en", 2, "nobody spoke Spanish")]
    assert home.family.conversations[FIRST].stage is Stage.DONE
    assert held(home) == json.dumps({"answers": {}, "told": [], "kept": {}, "rest": ""})


def test_a_photo_beneath_which_an_answer_stands_is_shown_to_nobody() -> None:
    home = asked()
    for text in ("2", "nobody spoke Spanish"):
        home.texts(text, LUIS, media=True)

    assert answers(home) == [(30, 2, "nobody spoke Spanish")]
    assert home.changes.passed_on == []


def test_what_is_left_behind_is_the_same_for_every_answer() -> None:
    left = set()
    for score, words in (("1", "no"), ("5", "no"), ("3", "the door was closed")):
        home = asked()
        home.texts(score, LUIS)
        home.texts(words, LUIS)
        said = [(s.kind, s.at, s.conversation, s.buttons) for s in home.changes.said]
        left.add((held(home), repr(home.family.conversations[FIRST]), repr(said), repr(home.changes.timers)))

    assert len(left) == 1


def test_what_is_said_after_the_score_is_private() -> None:
    home = asked()
    home.texts("1", LUIS)
    home.texts("no", LUIS)

    assert [said.kind for said in home.changes.said] == [Kind.EVENT, Kind.PRIVATE, Kind.PRIVATE]


def test_a_score_counts_without_words_after_a_day() -> None:
    home = asked()
    home.texts("4", LUIS)
    assert '"4"' in held(home)

    home.later(days=1)
    assert fire(home) == []

    assert answers(home) == [(30, 4, "")]
    assert "4" not in held(home)


def test_the_day_changes_nothing_for_who_answered_both() -> None:
    home = asked()
    home.texts("4", LUIS)
    home.texts("no", LUIS)
    home.later(days=1)
    fire(home)

    assert len(answers(home)) == 1


def test_words_after_the_day_do_not_count_twice() -> None:
    home = asked()
    home.texts("4", LUIS)
    home.later(days=1)
    fire(home)
    home.texts("the food was good", LUIS)

    assert answers(home) == [(30, 4, "")]


def test_a_score_whose_day_ends_after_results_are_shown_is_forgotten() -> None:
    home = asked()
    home.later(days=13, hours=23)
    home.texts("4", LUIS)
    home.now = PULSE.closes + timedelta(days=1)
    fire(home)

    assert answers(home) == []
    assert "4" not in held(home)


def test_after_it_closed_nothing_is_taken() -> None:
    home = asked()
    home.later(days=15)

    assert logged(home, "4")
    assert answers(home) == []


def test_words_before_the_number_wait_for_it_and_are_not_logged() -> None:
    home = asked()

    assert home.texts("they were all so kind to us", LUIS) == ["Please reply with a number from 1 to 5."]
    assert len(home.changes.forgotten) == 1
    assert "so kind" in held(home)

    home.texts("5", LUIS)
    assert answers(home) == [(30, 5, "they were all so kind to us")]
    assert "kind" not in held(home)


def test_words_without_a_number_are_wiped_after_a_day_and_the_question_stays() -> None:
    home = asked()
    home.texts("they were all so kind to us", LUIS)
    home.later(days=1)
    fire(home)

    assert "kind" not in held(home)
    assert home.texts("5", LUIS)[0].startswith("Thank you. What helped")


def test_a_text_hours_later_that_is_no_number_is_a_text_like_any_other() -> None:
    home = asked()
    home.later(hours=5)

    assert logged(home, "my daughter lost her backpack yesterday")
    assert "backpack" not in held(home)


def test_what_a_person_will_read_is_logged() -> None:
    home = asked()
    home.texts("they were all so kind to us", LUIS)
    home.texts("really so very kind to us", LUIS)

    assert logged(home, "what do you want from me")
    assert [request.reason for request in home.changes.requests] == ["unclear"]


def test_danger_overrides_it_and_the_family_is_told_so() -> None:
    home = asked()
    home.texts("1", LUIS)
    before = len(home.changes.forgotten)
    (said,) = home.texts("my husband beats me", LUIS)

    assert said.endswith("That person sees your name, to be able to help you.")
    assert len(home.changes.forgotten) == before
    assert answers(home) == []
    assert [request.reason for request in home.changes.requests] == ["danger"]


def test_danger_says_no_word_of_names_where_nothing_was_promised() -> None:
    (said,) = Home().texts("my husband beats me", LUIS)
    assert "your name" not in said


@pytest.mark.parametrize("text", ["STOP", "HELP", "español", "menu"])
def test_wishes_inside_a_pulse_are_wishes(text: str) -> None:
    home = asked()

    assert logged(home, text)
    assert answers(home) == []


def test_another_language_says_the_question_again() -> None:
    home = asked()
    home.texts("1", LUIS)
    timers = len(home.changes.timers)

    assert "Escríbalo, o NO" in home.texts("español", LUIS)[-1]
    assert len(home.changes.timers) == timers, "its day must not begin anew"


def test_a_number_that_fits_an_invitation_too_is_asked_about() -> None:
    home = asked()
    home.invite()
    home.later(hours=1)

    (which,) = home.texts("3", LUIS)
    assert "1 Family dinner: how were you received?, 2 Family dinner, Friday, March 12" in which
    assert len(home.changes.forgotten) == 1

    assert home.texts("1", LUIS)[0].startswith("Thank you. What helped")
    home.texts("no", LUIS)
    assert answers(home) == [(30, 3, "")]
    assert "3" not in held(home, (LUIS.id, "which", 0)).replace("30", "")


def test_two_pulses_are_told_apart_by_their_events() -> None:
    home = asked(PULSE, OTHER)
    home.later(hours=1)

    (which,) = home.texts("3", LUIS)
    assert "Family dinner: how were you received?" in which
    assert "Reading workshop: how were you received?" in which

    home.texts("2", LUIS)
    home.texts("no", LUIS)
    assert [pulse for pulse, _score, _words in answers(home)] == [31]


def test_the_text_kept_for_which_one_is_wiped_after_a_day() -> None:
    home = asked(PULSE, OTHER)
    home.later(hours=1)
    home.texts("3", LUIS)
    home.later(days=1)
    fire(home, (LUIS.id, "which", 0))

    assert held(home, (LUIS.id, "which", 0)) == json.dumps({"answers": {}, "told": [], "kept": {}, "rest": ""})


def test_what_was_just_asked_takes_the_number() -> None:
    home = Home()
    home.invite()
    home.later(hours=1)
    home.family.pulses[PULSE.id] = PULSE
    home._keep(turn.begin(home.family, LUIS.id, "pulse", PULSE.id, home.now, home.voice))

    assert home.texts("3", LUIS)[0].startswith("Thank you. What helped")


def test_call_brings_a_person_after_a_pulse() -> None:
    home = asked()
    home.texts("1", LUIS)
    home.texts("no", LUIS)
    home.later(days=3)

    (said,) = home.texts("call", LUIS)
    assert "They know your name because you ask for it" in said
    assert [(r.reason, r.contact_id) for r in home.changes.requests] == [("pulse", LUIS.id)]


def test_call_without_a_pulse_asks_what_it_is_about() -> None:
    home = Home()

    assert home.texts("call me please", LUIS)[0].startswith("What is it about?")
    assert [request.reason for request in home.changes.requests] == ["help"]


def test_a_family_tells_by_itself_from_the_menu() -> None:
    home = Home()
    (menu,) = home.texts("menu", LUIS)
    assert "3 Tell us how you were received." in menu

    assert home.texts("3", LUIS)[0].startswith("Lincoln School: does your family feel welcome")
    home.texts("2", LUIS)
    home.texts("the office never answers", LUIS)
    assert answers(home) == [(0, 2, "the office never answers")]


def test_a_family_counts_once_a_season() -> None:
    home = Home()
    for text in ("menu", "3", "2", "no", "menu"):
        home.texts(text, LUIS)

    assert home.texts("3", LUIS)[0].startswith("You told us not long ago")
    home.later(days=31)
    home.texts("menu", LUIS)
    assert home.texts("3", LUIS)[0].startswith("Lincoln School: does your family feel welcome")


def test_taps_answer_and_a_second_tap_is_not_logged() -> None:
    home = asked()
    for score in ("3", "1"):
        inbound = replace(home.inbound(LUIS, score), button=f"score={score}")
        home._keep(turn.take(home.family, LUIS.id, inbound, home.now, home.voice, FIRST))
    assert len(home.changes.forgotten) == 2

    home.texts("no", LUIS)
    assert answers(home) == [(30, 3, "")]


def test_an_edit_after_the_answer_is_not_logged() -> None:
    home = asked()
    home.texts("2", LUIS)
    home.texts("no", LUIS)
    inbound = replace(home.inbound(LUIS, "4"), edited=True)
    taken = turn.take(home.family, LUIS.id, inbound, home.now, home.voice, None)

    key: TextKey = (inbound.channel, inbound.account, inbound.provider_id)
    assert key in taken.finish().forgotten


def test_an_edit_of_the_words_is_not_brought_before_a_person() -> None:
    home = asked()
    home.invite()
    home.texts("2 adults", LUIS)
    for text in ("no", "no", "2", "nobody spoke Spanish"):
        home.texts(text, LUIS)
    inbound = replace(home.inbound(LUIS, "nobody there spoke any Spanish"), edited=True)
    changes = turn.take(home.family, LUIS.id, inbound, home.now, home.voice, None).finish()

    assert (changes.requests, changes.said, len(changes.forgotten)) == ([], [], 1)


def test_who_was_not_there_is_not_counted_and_no_word_of_it_stays() -> None:
    home = asked()

    assert not logged(home, "we couldn't make it because of work")
    assert answers(home) == []
    assert home.family.conversations[FIRST].stage is Stage.CLOSED
    assert held(home) == json.dumps({"answers": {}, "told": [], "kept": {}, "rest": ""})


@pytest.mark.parametrize("text", ["sorry, I meant 2", "actually it was a 2", "oops, 2"])
def test_a_score_is_taken_back_until_the_words_are_said(text: str) -> None:
    home = asked()
    home.texts("5", LUIS)

    assert not logged(home, text)
    home.texts("nobody spoke Spanish", LUIS)
    assert answers(home) == [(30, 2, "nobody spoke Spanish")]


@pytest.mark.parametrize("text", ["sorry, I meant 2", "actually it was a 2", "oops, 2"])
def test_a_score_that_counts_already_stays_and_no_person_reads_the_other(text: str) -> None:
    home = asked()
    for said in ("5", "no"):
        home.texts(said, LUIS)
    forgotten = len(home.changes.forgotten)

    assert home.texts(text, LUIS) == [
        "Thank you. What you told us is counted already, without your name, so it cannot be changed any more."
    ]
    assert len(home.changes.forgotten) == forgotten + 1
    assert answers(home) == [(30, 5, "")]
    assert (home.changes.requests, home.changes.passed_on) == ([], [])


@pytest.mark.parametrize("text", ["perdon, quise decir 2", "en realidad fue 2", "me equivoqué, 2"])
def test_a_score_is_taken_back_in_spanish_as_well(text: str) -> None:
    home = asked()
    home.family.contacts[LUIS.id] = replace(LUIS, language="es")
    for said in ("5", "no"):
        home.texts(said, LUIS)

    assert not logged(home, text)
    assert (home.changes.requests, home.changes.passed_on) == ([], [])


@pytest.mark.parametrize(
    ("text", "later"),
    [("sorry, I am late", 0), ("actually 2 teachers were rude", 0), ("sorry, I meant 2", 25), ("sorry, at 2", 0)],
)
def test_what_takes_no_score_back_is_a_text_like_any_other(text: str, later: int) -> None:
    home = asked()
    for said in ("5", "no"):
        home.texts(said, LUIS)
    home.later(hours=later)

    assert logged(home, text)
    assert "is counted already" not in home.heard_by(LUIS)[-1]


def test_what_changes_an_invitation_said_since_takes_no_score_back() -> None:
    home = asked()
    for said in ("5", "no"):
        home.texts(said, LUIS)
    home.invite(WORKSHOP)
    home.texts("4 adults 0 children", LUIS)

    assert "2 adults" in home.texts("sorry, 2 adults", LUIS)[0]


def test_who_was_not_there_has_nothing_to_take_back() -> None:
    home = asked()
    home.texts("we did not go", LUIS)

    assert logged(home, "sorry, I meant 2")
    assert "is counted already" not in home.heard_by(LUIS)[-1]


def test_the_other_parent_hears_nothing_of_it() -> None:
    home = asked()
    home.texts("1", LUIS)
    home.texts("no", LUIS)

    assert home.heard_by(ANA) == []
