"""A score or words of a pulse that a family takes back: no reply repeats them, and no person learns of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import turn
from bot.family import Key, Said
from bot.messages import Kind
from bot.turn.unsigned import RUN_OUT
from tests.home import LUIS, Home
from tests.turn.test_unsigned_or_person import PULSE, after, counted, read_by_staff

FIRST: Key = (LUIS.id, "pulse", PULSE.id)
COUNTED = "Thank you. What you told us is counted already, without your name, so it cannot be changed any more."
WORDS = "nobody there spoke any Spanish"


def says(home: Home, text: str) -> list[Said]:
    before = len(home.changes.said)
    home.texts(text, LUIS)
    return home.changes.said[before:]


def edits(home: Home, text: str, *, hours: float = 0) -> list[Said]:
    """Change a text that is not in the log."""
    home.later(hours=hours, minutes=1)
    inbound = replace(home.inbound(LUIS, text), edited=True)
    before = len(home.changes.said)
    home._keep(turn.take(home.family, LUIS.id, inbound, home.now, home.voice, None, was_logged=False))
    assert (inbound.channel, inbound.account, inbound.provider_id) in home.changes.forgotten
    return home.changes.said[before:]


@pytest.mark.parametrize("story", ["help 300, pulse 120, 2 60, staff 20", "help 300, pulse 60, 2 30, staff 20"])
def test_a_score_that_is_taken_back_after_which_one_is_repeated_by_no_text(story: str) -> None:
    home = after(story)
    assert says(home, "sorry, I meant 4")[0].body.startswith("Which one do you mean?")
    forgotten = len(home.changes.forgotten)

    (said,) = says(home, "1")
    assert (said.kind, said.body.partition(".")[0]) == (Kind.PRIVATE, "Thank you")
    assert len(home.changes.forgotten) == forgotten + 1

    says(home, "no")
    assert counted(home) == [(4, "")]
    assert read_by_staff(home) == []
    shown = [said.body for said in home.changes.said if said.kind is not Kind.PRIVATE]
    assert not any("Before" in body or "Now" in body for body in shown)


def test_a_score_that_counted_while_the_family_was_asked_which_one_does_not_count_twice() -> None:
    home = after("help 2000, pulse 1450, 2 1445, staff 100")
    says(home, "sorry, I meant 4")
    home.wakes(LUIS, "pulse", PULSE.id, RUN_OUT)

    (said,) = says(home, "1")
    assert (said.kind, said.body) == (Kind.PRIVATE, COUNTED)
    assert counted(home) == [(2, "")]


def test_that_a_counted_score_was_taken_back_is_private() -> None:
    (said,) = says(after("pulse 60, 2 30, no 29"), "sorry, I meant 4")
    assert (said.kind, said.body) == (Kind.PRIVATE, COUNTED)


def test_what_is_said_to_a_second_tap_under_a_pulse_is_private() -> None:
    home = after("pulse 60, 2 30, no 29")
    inbound = replace(home.inbound(LUIS, "5"), button="score=5")
    (said,) = turn.take(home.family, LUIS.id, inbound, home.now, home.voice, FIRST).finish().said
    assert said.kind is Kind.PRIVATE


@pytest.mark.parametrize("hours", [30, 47])
@pytest.mark.parametrize("before", ["", "help 300, staff 240, "])
def test_words_that_are_changed_more_than_a_day_later_are_for_nobody(before: str, hours: float) -> None:
    home = after(f"{before}pulse 60, 2 30, nobody spoke Spanish 29")

    (said,) = edits(home, WORDS, hours=hours)
    assert (said.kind, said.body) == (Kind.PRIVATE, COUNTED)
    assert (read_by_staff(home), counted(home)) == ([], [(2, "nobody spoke Spanish")])


def test_words_that_are_changed_a_day_after_a_person_wrote_are_passed_over() -> None:
    home = after("help 300, staff 240, pulse 60, 2 30, nobody spoke Spanish 29, staff 20")

    assert edits(home, WORDS, hours=30) == []
    assert read_by_staff(home) == []


def test_after_a_day_a_new_text_takes_no_score_back_but_a_changed_one_does() -> None:
    home = after("pulse 60, 2 30, no 29")
    assert [said.body for said in edits(home, "4", hours=30)] == [COUNTED]

    home = after("pulse 60, 2 30, no 29")
    home.later(hours=30)
    assert COUNTED not in [said.body for said in says(home, "sorry, I meant 4")]


@pytest.mark.parametrize("misunderstood", ["blah blah 19", "blah blah 19, blah blah blah 18"])
def test_words_that_are_changed_answer_no_other_question_that_was_not_understood(misunderstood: str) -> None:
    home = after(f"pulse 60, 2 30, nobody spoke Spanish 29, rsvp 20, {misunderstood}")

    assert edits(home, WORDS) == []
    assert read_by_staff(home) == []


def test_words_that_wait_for_their_score_are_brought_before_nobody_when_they_are_changed() -> None:
    home = after("pulse 60, they were kind to us 59, really so very kind 58")

    assert edits(home, "they were so kind to us") == []
    assert (home.changes.requests, read_by_staff(home)) == ([], [])


def test_words_that_are_changed_to_a_score_are_taken_where_they_were_not_understood() -> None:
    home = after("pulse 60, they were kind to us 59")

    assert [said.kind for said in edits(home, "5")] == [Kind.PRIVATE]
    assert counted(home) == [(5, "they were kind to us")]


def test_words_of_a_pulse_that_are_changed_to_a_wish_for_no_more_events_are_no_wish() -> None:
    home = after("pulse 60, 2 30, nobody spoke Spanish 29")
    edits(home, "no more events so late please")

    assert home.changes.consents == []


def test_a_score_of_an_older_pulse_that_was_asked_about_is_for_nobody_when_it_is_changed() -> None:
    home = after("pulse 6000, help 300, staff 60")
    assert says(home, "3")[0].body.startswith("Which one do you mean?")

    assert edits(home, "4") == []
    assert read_by_staff(home) == []
