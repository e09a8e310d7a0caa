"""A text that is changed after it was sent corrects what it had answered, and answers nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import turn
from bot.messages import Media
from bot.records import HelpRequest, Rsvp
from flows.facts import Pulse
from tests.home import ANA, DINNER, LUIS, NOW, WORKSHOP, Home

PULSE = Pulse(30, 1, NOW + timedelta(days=14), DINNER)


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


# What a text had answered is known, and is answered anew


class Phone:
    """Luis at home, on an app in which each text can be changed: ``Phone("2 adults", "3")``, the oldest first."""

    def __init__(self, *texts: str, home: Home | None = None) -> None:
        self.home = home or Home(contacts=(LUIS,))
        if home is None:
            self.home.invite()
        self.sent: list[str] = []
        for text in texts:
            self.says(text)

    def says(self, text: str, **how: Any) -> list[str]:
        """A text is sent, a minute later; what Luis hears."""
        self.home.later(minutes=1)
        inbound = replace(self.home.inbound(LUIS, text), **how)
        if inbound.original is None:
            self.sent.append(inbound.provider_id)
        logged = None if inbound.original is None else inbound.original not in self.private
        taken = turn.take(self.home.family, LUIS.id, inbound, self.home.now, self.home.voice, None, logged)
        return [said.body for said in self.home._keep(taken) if said.contact_id == LUIS.id]

    def edits(self, text: str, which: int = -1) -> list[str]:
        """A text that was sent reads so now, the last one or another; what Luis hears."""
        return self.says(text, edited=True, original=self.sent[which])

    @property
    def private(self) -> set[str]:
        """The texts that are not in the log."""
        return {provider_id for _channel, _account, provider_id in self.home.changes.forgotten}

    @property
    def rsvp(self) -> Rsvp:
        return self.home.family.rsvps[DINNER.id]

    @property
    def party(self) -> tuple[str, int | None, int | None]:
        return self.rsvp.coming, self.rsvp.adults, self.rsvp.children

    def read_by_staff(self) -> list[tuple[str, str, str]]:
        return [(one.reason, one.news, one.words) for one in self.home.changes.passed_on]


def test_an_answer_that_is_mended_before_the_next_one_counts_and_the_open_question_is_said_again() -> None:
    luis = Phone("2 adults")
    (heard,) = luis.edits("4 adults")

    assert heard == "Changed. Before: 2 adults. Now: 4 adults.\nHow many children? Reply with a number, or 0"
    luis.says("0")
    assert luis.party == ("yes", 4, 0)


def test_an_answer_is_mended_again_and_again() -> None:
    luis = Phone("2 adults")
    luis.edits("3 adults")
    luis.edits("4 adults")
    luis.says("1")

    assert luis.party == ("yes", 4, 1)


@pytest.mark.parametrize(
    ("texts", "which", "now", "party"),
    [
        (["yes", "2", "3"], 1, "4", ("yes", 4, 3)),
        (["yes", "2", "3"], 2, "1", ("yes", 2, 1)),
        (["2 adults", "3"], 0, "4 adults", ("yes", 4, 3)),
        (["2 adults", "3"], 0, "4 adults 1 child", ("yes", 4, 1)),
        (["2 adults 3 children", "yes"], 0, "4 adults", ("yes", 4, 3)),
        (["2 adults 3 children", "yes"], 0, "2 adults 4 kids", ("yes", 2, 4)),
        (["2 adults 3 children", "actually 4 adults"], 0, "2 adults 2 children", ("yes", 4, 2)),
        (["2 adults 3 children", "actually 4 adults"], 1, "actually 5 adults", ("yes", 5, 3)),
        (["2 adults 3 children", "actually 4 adults"], 1, "5 adults", ("yes", 5, 3)),
        (["we are 5", "3"], 0, "we are 6", ("yes", 3, 3)),
        (["yes", "2", "3", "yes", "no"], 1, "1", ("yes", 1, 3)),
        (["yes", "2", "3", "yes", "no"], 0, "no", ("no", None, None)),
        (["no"], 0, "yes, 2 adults 0 children", ("yes", 2, 0)),
        (["maybe"], 0, "2 adults 0 children", ("yes", 2, 0)),
    ],
)
def test_any_text_of_an_answer_can_be_changed(
    texts: list[str], which: int, now: str, party: tuple[str, int | None, int | None]
) -> None:
    luis = Phone(*texts)
    luis.edits(now, which)

    assert luis.party == party
    assert luis.home.changes.requests == []


def test_an_allergy_that_is_told_by_changing_a_no_is_kept() -> None:
    luis = Phone("2 adults 0 children", "no")
    (heard,) = luis.edits("peanut allergy")

    assert heard.startswith('Changed. Before: nothing. Now: "peanut allergy".\nSee you at Family dinner!')
    assert luis.rsvp.food == "peanut allergy"


def test_the_other_parent_hears_of_a_changed_answer() -> None:
    home = Home()
    home.invite()
    luis = Phone("2 adults 0 children", "no", home=home)
    before = len(home.heard_by(ANA))
    luis.edits("3 adults 0 children", 0)

    assert len(home.heard_by(ANA)) == before + 1
    assert "3 adultos" in home.heard_by(ANA)[-1]


def test_what_a_changed_text_does_not_say_again_is_kept() -> None:
    luis = Phone("2 adults 3 children", "yes", "peanut allergy")

    assert luis.edits("yes", 0) == []
    assert (luis.party, luis.rsvp.child_care, luis.rsvp.food) == (("yes", 2, 3), True, "peanut allergy")


def test_what_a_changed_text_does_not_reach_any_more_is_kept_as_well() -> None:
    luis = Phone("2 adults 3 children", "actually 4 adults")
    luis.edits("we can't come")
    declined = luis.party

    luis.says("actually yes")
    assert (declined, luis.party) == (("no", None, None), ("yes", 4, 3))


@pytest.mark.parametrize(
    "now",
    [
        "2 adults, 3 children!",
        "2 adults and 3 kids",
        "Two adults, three children",
        "Hello! 2 adults and 3 children, thank you",
        "Yes, we will come: 2 adults and 3 children",
    ],
)
def test_a_change_that_says_the_same_is_answered_with_silence(now: str) -> None:
    assert Phone("2 adults 3 children").edits(now) == []


@pytest.mark.parametrize(
    ("before", "now"),
    [("no", "No!"), ("no", "nope"), ("peanut allergy", "peanut allergy"), ("no", "no, thank you")],
)
def test_free_words_that_say_the_same_are_answered_with_silence(before: str, now: str) -> None:
    luis = Phone("2 adults 0 children", before)

    assert luis.edits(now) == []
    assert luis.read_by_staff() == []


ADDED = "2 adults 0 children, my son uses a wheelchair"


@pytest.mark.parametrize("texts", [["2 adults 0 children"], ["2 adults 0 children", "no"]])
def test_what_a_change_adds_beside_the_same_numbers_is_read_by_a_person(texts: list[str]) -> None:
    luis = Phone(*texts)
    (heard,) = luis.edits(ADDED, 0)

    assert heard == "Thank you. A person at Lincoln School will read your message and answer you here."
    assert luis.read_by_staff() == [("unclear", "edited", ADDED)]
    assert luis.party == ("yes", 2, 0)


def test_what_a_change_adds_goes_to_the_person_who_is_in_the_thread() -> None:
    luis = Phone("2 adults 0 children", "no")
    luis.home.family.requests.append(HelpRequest(900, 1, LUIS.id, "help", luis.home.now, owner_id=5))

    assert luis.edits(ADDED, 0) == []
    assert luis.read_by_staff() == [("help", "edited", ADDED)]


def to_dinner(*texts: str) -> Phone:
    """Luis, who was invited to two events and answered for the dinner."""
    home = Home(contacts=(LUIS,))
    home.invite()
    home.invite(WORKSHOP)
    return Phone("dinner 2 adults 1 child", *texts, home=home)


@pytest.mark.parametrize(
    ("now", "party"),
    [
        ("workshop 2 adults 1 child", ("yes", 2, 1)),
        ("workshop 3 adults 1 child", ("yes", 3, 1)),
        ("workshop: no", ("no", None, None)),
    ],
)
@pytest.mark.parametrize("texts", [[], ["yes", "no"]])
def test_an_answer_that_is_changed_to_name_another_event_is_given_there(
    texts: list[str], now: str, party: tuple[str, int | None, int | None]
) -> None:
    luis = to_dinner(*texts)
    (heard,) = luis.edits(now, 0)
    there = luis.home.family.rsvps[WORKSHOP.id]

    assert "Reading workshop" in heard
    assert (there.coming, there.adults, there.children) == party
    assert luis.party == ("yes", 2, 1), "nobody took it back"
    assert luis.home.changes.requests == []


def test_an_answer_to_another_event_can_be_changed_there_again() -> None:
    luis = to_dinner()
    luis.edits("workshop 3 adults 1 child")
    (heard,) = luis.edits("workshop 4 adults 1 child")

    assert heard.startswith("Changed. Before: 3 adults, 1 child. Now: 4 adults, 1 child.")
    assert (luis.party, luis.home.family.rsvps[WORKSHOP.id].adults) == (("yes", 2, 1), 4)


def test_an_answer_that_still_names_its_own_event_is_changed_there() -> None:
    luis = to_dinner()
    luis.edits("dinner 3 adults 1 child")

    assert luis.party == ("yes", 3, 1)
    assert WORKSHOP.id not in luis.home.family.rsvps


@pytest.mark.parametrize(("in_thread", "reason"), [(False, "unclear"), (True, "help")])
def test_a_change_that_names_another_event_and_answers_nothing_there_is_read_by_a_person(
    in_thread: bool, reason: str
) -> None:
    luis = to_dinner()
    if in_thread:
        luis.home.family.requests.append(HelpRequest(900, 1, LUIS.id, "help", luis.home.now, owner_id=5))
    luis.edits("when does the workshop begin")

    assert luis.read_by_staff() == [(reason, "edited", "when does the workshop begin")]
    assert luis.party == ("yes", 2, 1)


def test_an_answer_that_is_changed_to_what_nobody_understands_is_asked_again_with_an_example() -> None:
    luis = Phone("2 adults 0 children", "no")
    (heard,) = luis.edits("blorp", 0)

    assert heard.startswith("Lincoln School: Family dinner")
    assert heard.endswith("Please reply NO, or how many, for example: 2 adults 3 children")
    assert luis.party == ("yes", 2, 0), "what was known stays until it is answered"
    luis.says("3 adults 0 children")
    assert luis.party == ("yes", 3, 0)


def test_the_number_that_is_asked_again_is_asked_with_its_own_example() -> None:
    luis = Phone("yes", "2", "0")
    (heard,) = luis.edits("blorp", 1)

    assert heard == "How many adults will come?\nPlease write how many, for example: 2 adults 3 children"


def test_a_wish_for_a_person_in_a_changed_answer_is_one() -> None:
    luis = Phone("2 adults 0 children", "no")
    luis.edits("I want to talk to a person", 1)

    assert [request.reason for request in luis.home.changes.requests] == ["help"]


@pytest.mark.parametrize(("now", "stopped"), [("STOP", True), ("no", False)])
def test_a_stop_in_a_changed_answer_is_a_stop(now: str, stopped: bool) -> None:
    luis = Phone("2 adults 0 children")
    luis.edits(now)

    assert (luis.home.family.contacts[LUIS.id].stopped_at is not None) is stopped


def test_words_of_danger_in_a_changed_answer_reach_an_adult_and_are_no_answer() -> None:
    luis = Phone("2 adults 0 children", "no")
    (heard,) = luis.edits("my husband beats me")

    assert "911" in heard
    assert luis.rsvp.food == ""


@pytest.mark.parametrize(
    "texts",
    [["I need to talk to a person about kindergarten"], ["I need to talk to a person", "about kindergarten"]],
)
def test_the_words_that_opened_a_request_reach_its_thread_as_changed_ones(texts: list[str]) -> None:
    luis = Phone(*texts)
    before = len(luis.read_by_staff())
    luis.edits("I need to talk to a person about kindergarten in fall")

    assert luis.read_by_staff()[before:] == [
        ("help", "edited", "I need to talk to a person about kindergarten in fall")
    ]
    assert len(luis.home.changes.requests) == 1


def test_what_a_photo_is_about_can_be_changed() -> None:
    luis = Phone(home=Home(contacts=(LUIS,)))
    luis.says("", media=(Media("https://example.org/1", "image/jpeg"),))
    luis.says("the form for the bus")
    luis.edits("the form for the lunch")

    assert luis.read_by_staff()[-1] == ("media", "edited", "the form for the lunch")


def test_a_text_of_an_event_that_is_over_changes_nothing() -> None:
    luis = Phone("2 adults 0 children", "no")
    luis.home.now = DINNER.ends + timedelta(days=1)

    assert luis.edits("3 adults", 0) == []
    assert luis.party == ("yes", 2, 0)


def test_a_yes_that_settled_a_request_can_be_taken_back() -> None:
    luis = Phone("I need to talk to a person about kindergarten", home=Home(contacts=(LUIS,)))
    home = luis.home
    home.family.requests = [replace(home.family.requests[0], id=900, last_staff_at=home.now)]
    home.later(minutes=1)
    home._keep(turn.ask_settled(home.family, LUIS.id, 900, home.now, home.voice))
    luis.says("yes")
    luis.edits("no")

    assert luis.read_by_staff()[-1] == ("help", "reopened", "no")


def test_a_text_that_waits_for_which_one_is_changed_in_silence_and_counts_as_it_reads_now() -> None:
    home = Home(contacts=(LUIS,))
    home.invite()
    home.later(hours=1)
    home.invite(WORKSHOP)
    home.later(hours=1)
    luis = Phone("2 adults 0 children", home=home)

    assert luis.edits("3 adults 0 children") == []
    luis.says("1")
    assert home.family.rsvps[WORKSHOP.id].adults == 3
    luis.edits("4 adults 0 children", 0)
    assert home.family.rsvps[WORKSHOP.id].adults == 4


def test_a_conversation_from_before_texts_were_known_can_be_corrected_by_its_own_words() -> None:
    luis = Phone("2 adults 3 children")
    key = (LUIS.id, "rsvp", DINNER.id)
    talk = luis.home.family.conversations[key]
    record = {name: kept for name, kept in talk.record.items() if name != "sources"}
    assert record != talk.record
    luis.home.family.conversations[key] = replace(talk, record=record)
    luis.edits("2 adults 4 children")

    assert luis.party == ("yes", 2, 4)


# Texts that were written without a name


def told(*texts: str) -> Phone:
    """Luis, who was asked how he was received, and said this."""
    home = Home(contacts=(LUIS,))
    home.family.pulses[PULSE.id] = PULSE
    home._keep(turn.begin(home.family, LUIS.id, "pulse", PULSE.id, home.now, home.voice))
    return Phone(*texts, home=home)


def test_nothing_that_is_kept_of_a_pulse_names_its_texts() -> None:
    luis = told("2")
    record = luis.home.family.conversations[LUIS.id, "pulse", PULSE.id].record

    assert luis.sent[0] not in json.dumps(record)


def test_a_score_is_mended_until_its_words_are_there() -> None:
    luis = told("2")
    luis.edits("4")
    luis.says("no")

    assert [answer.score for answer in luis.home.changes.pulse_answers] == [4]
    assert luis.read_by_staff() == []


@pytest.mark.parametrize(("which", "now"), [(0, "4"), (1, "nobody there spoke Spanish"), (1, "2 adults 1 child")])
def test_what_is_counted_cannot_be_changed_any_more_and_no_person_reads_it(which: int, now: str) -> None:
    luis = told("2", "nobody spoke Spanish")

    assert luis.edits(now, which) == [
        "Thank you. What you told us is counted already, without your name, so it cannot be changed any more."
    ]
    assert (luis.read_by_staff(), luis.home.changes.requests) == ([], [])
    assert len(luis.private) == 3


def test_what_was_said_by_name_is_changed_also_on_the_day_of_a_pulse() -> None:
    luis = Phone("2 adults 0 children", "no")
    home = luis.home
    home.family.pulses[PULSE.id] = PULSE
    home._keep(turn.begin(home.family, LUIS.id, "pulse", PULSE.id, home.now, home.voice))
    for text in ("2", "no"):
        luis.says(text)
    luis.edits("peanut allergy", 1)

    assert luis.rsvp.food == "peanut allergy"


def test_words_to_a_person_from_before_a_pulse_reach_the_person_as_they_read_now() -> None:
    home = Home(contacts=(LUIS,))
    luis = Phone("I need to talk to a person about the bus", home=home)
    home.family.pulses[PULSE.id] = PULSE
    home.later(minutes=5)
    home._keep(turn.begin(home.family, LUIS.id, "pulse", PULSE.id, home.now, home.voice))
    for text in ("2", "no"):
        luis.says(text)
    luis.edits("I need to talk to a person about the train", 0)

    assert luis.read_by_staff()[-1][2] == "I need to talk to a person about the train"
