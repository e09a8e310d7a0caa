"""A text that is changed after it was sent corrects what it had answered, and answers nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import turn
from tests.home import ANA, DINNER, LUIS, Home


def edits(home: Home, text: str, contact=LUIS) -> list[str]:
    """A text that was sent reads so now; what the contact hears."""
    home.later(minutes=1)
    inbound = replace(home.inbound(contact, text), edited=True)
    taken = turn.take(home.family, contact.id, inbound, home.now, home.voice, None)
    return [said.body for said in home._keep(taken) if said.contact_id == contact.id]


def test_an_edited_number_replaces_the_one_before():
    home = Home(contacts=(LUIS,))
    home.invite()
    home.texts("2 adults 3 children", LUIS)
    (heard,) = edits(home, "2 adults 4 children")

    assert heard.startswith("Changed. Before: 2 adults, 3 children. Now: 2 adults, 4 children.")
    assert home.family.rsvps[DINNER.id].children == 4


def test_a_slip_that_is_mended_answers_nothing_a_second_time():
    home = Home(contacts=(LUIS,))
    home.invite()
    home.texts("2 adults 3 children", LUIS)
    assert home.heard_by(LUIS)[-1].startswith("Child care")

    assert edits(home, "2 adults, 3 children!") == []
    assert edits(home, "Yes") == []
    assert home.family.rsvps[DINNER.id].child_care is None


def test_a_yes_that_becomes_a_no_is_a_no():
    home = Home(contacts=(ANA,))
    home.invite()
    home.texts("si", ANA)
    edits(home, "no", ANA)

    assert home.family.rsvps[DINNER.id].coming == "no"


def test_what_was_not_understood_is_read_anew():
    home = Home(contacts=(LUIS,))
    home.invite()
    home.texts("blorp", LUIS)
    edits(home, "2 adults 1 child")

    assert (home.family.rsvps[DINNER.id].adults, home.family.rsvps[DINNER.id].children) == (2, 1)


def test_words_to_a_person_reach_the_person_as_they_read_now():
    home = Home(contacts=(LUIS,))
    home.texts("I need to talk to a person", LUIS)
    home.texts("about kindergarten", LUIS)
    edits(home, "about kindergarten in fall")

    assert home.changes.passed_on[-1].words == "about kindergarten in fall"


def test_words_about_food_that_were_changed_are_read_by_a_person():
    home = Home(contacts=(LUIS,))
    home.invite()
    for text in ("2 adults 1 child", "yes", "no nuts please"):
        home.texts(text, LUIS)
    edits(home, "no nuts and no milk please")

    assert home.family.requests[-1].reason == "unclear"


@pytest.mark.parametrize(("text", "stopped"), [("STOP", True), ("ALTO", True), ("stop by", False)])
def test_a_stop_is_a_stop_also_where_it_was_edited(text: str, stopped: bool):
    home = Home(contacts=(LUIS,))
    edits(home, text)

    assert (home.family.contacts[LUIS.id].stopped_at is not None) is stopped


def test_words_of_danger_are_heard_in_an_edit():
    home = Home(contacts=(LUIS,))
    (heard,) = edits(home, "I want to kill myself")

    assert "988" in heard
