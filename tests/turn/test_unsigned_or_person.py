"""A pulse is open and a person is in the thread: who gets the text. What was to have no name stays without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import turn
from bot.family import Key
from bot.records import HelpRequest, Stage
from bot.turn import routes
from flows.facts import Pulse
from tests.home import DINNER, LUIS, NOW, WORKSHOP, Home

REQUEST = 900
PULSE = Pulse(30, 1, NOW + timedelta(days=14), DINNER)
CLOSING: Key = (LUIS.id, "settled", REQUEST)


class Family(Home):
    """Luis, who reads English, and what was said to him and by him."""

    def says(self, words: str) -> None:
        """Something happens: a name of the table below."""
        match words:
            case "help":
                self.family.requests.append(HelpRequest(REQUEST, 1, LUIS.id, "help", self.now, owner_id=5))
            case "staff":
                self._staff_write()
            case "closing":
                self._keep(turn.ask_settled(self.family, LUIS.id, REQUEST, self.now, self.voice))
            case "pulse":
                self.family.pulses[PULSE.id] = PULSE
                self._keep(turn.begin(self.family, LUIS.id, "pulse", PULSE.id, self.now, self.voice))
            case "rsvp":
                self.invite()
            case "workshop":
                self.invite(WORKSHOP)
            case text:
                self.now -= timedelta(minutes=1)
                self.texts(text, LUIS)

    def _staff_write(self) -> None:
        """A person writes, as the help desk notes it: a closing question that stood there is withdrawn."""
        (known,) = self.family.requests
        self.family.requests = [replace(known, last_staff_at=self.now, asked_at=None)]
        if CLOSING in self.family.conversations:
            done = replace(self.family.conversations[CLOSING], stage=Stage.DONE)
            self.family.conversations[CLOSING] = done


def after(story: str) -> Family:
    """``after("help 90, staff 60, pulse 5")``: each so many minutes ago, the oldest first."""
    home = Family()
    for event in story.split(", "):
        words, _space, minutes = event.rpartition(" ")
        home.now = NOW + timedelta(days=1, minutes=-int(minutes))
        home.says(words)
    home.now = NOW + timedelta(days=1)
    return home


def goes_to(route: routes.Route) -> str:
    match route:
        case routes.Answer(key):
            return {"settled": "closing"}.get(key[1], key[1])
        case routes.Thread():
            return "person"
        case routes.Counted():
            return "counted"
        case routes.Which(keys):
            return "which: " + ", ".join(sorted(key[1] for key in keys))
    return repr(route)


CASES = [
    # Only the closing question is newer than the pulse: it takes a yes, a no, and nothing else.
    ("help 300, staff 240, pulse 120, closing 5", "3", "pulse"),
    ("help 300, staff 240, pulse 120, closing 5", "three", "pulse"),
    ("help 300, staff 240, pulse 120, closing 5", "5!", "pulse"),
    ("help 300, staff 240, pulse 120, closing 5", "yes", "closing"),
    ("help 300, staff 240, pulse 120, closing 5", "no", "closing"),
    ("help 300, staff 240, pulse 120, closing 5", "not yet", "closing"),
    ("help 300, staff 240, pulse 120, closing 5", "the form is missing", "person"),
    ("help 300, staff 240, pulse 120, closing 5", "3 people promised to call me", "person"),
    ("help 300, staff 240, pulse 120, closing 5", "6", "person"),
    ("help 300, staff 240, pulse 120, closing 5", "thank you", "person"),
    ("help 300, pulse 240, staff 120, closing 5", "3", "pulse"),
    ("help 300, pulse 240, staff 120, closing 90", "3", "pulse"),
    ("help 300, pulse 240, staff 120, closing 90, thank you 60", "3", "pulse"),
    ("help 300, staff 9, pulse 7, closing 2", "3", "pulse"),
    ("help 300, pulse 9, staff 7, closing 2", "3", "pulse"),
    ("help 300, staff 120, closing 60, pulse 30", "3", "pulse"),
    ("help 300, staff 120, closing 60, pulse 30", "yes", "closing"),
    ("help 300, staff 120, closing 60, pulse 3", "3", "pulse"),
    # A person wrote a moment ago and counts as an open question that takes any text; but a bare score is asked about.
    ("help 300, pulse 120, staff 5", "3", "which: pulse, settled"),
    ("help 300, pulse 9, staff 5", "3", "which: pulse, settled"),
    ("help 300, pulse 9, staff 5", "three", "which: pulse, settled"),
    ("help 300, pulse 9, staff 5", "2!", "which: pulse, settled"),
    ("help 300, pulse 9, staff 5", "6", "person"),
    ("help 300, pulse 9, staff 5", "3 or 4", "person"),
    ("help 300, pulse 9, staff 5", "very much", "person"),
    ("help 300, pulse 120, 2 60, staff 5", "3", "person"),
    ("help 300, staff 5", "3", "person"),
    ("help 300, pulse 120, staff 5", "3 children", "person"),
    ("help 300, staff 8, pulse 5", "3", "pulse"),
    ("help 300, staff 8, pulse 5", "at ten is fine", "person"),
    ("help 300, pulse 120, closing 20, staff 5", "3", "which: pulse, settled"),
    # A person wrote some time ago: what came after is asked last, what came before may be meant or not.
    ("help 300, staff 120, pulse 60", "3", "pulse"),
    ("help 300, staff 120, pulse 60", "at ten is fine", "person"),
    ("help 300, pulse 120, staff 60", "3", "which: pulse, settled"),
    ("help 300, pulse 120, staff 60", "at ten is fine", "person"),
    ("help 300, pulse 120, closing 90, staff 60", "3", "which: pulse, settled"),
    ("pulse 120, help 60", "3", "pulse"),
    ("pulse 120, help 60", "my son is in kindergarten", "person"),
    # The words after a score, while nobody else said anything since; and a score with its words.
    ("help 300, staff 240, pulse 60, 2 30", "nobody spoke Spanish", "pulse"),
    ("help 300, staff 240, pulse 60, 2 5", "nobody spoke Spanish", "pulse"),
    ("help 300, staff 240, pulse 60, 2 30", "no", "pulse"),
    ("help 300, staff 240, pulse 60", "2, nobody spoke Spanish", "pulse"),
    ("help 300, staff 240, pulse 60, 2 30, staff 20", "nobody spoke Spanish", "person"),
    ("help 300, staff 240, pulse 60, 2 30, closing 20", "nobody spoke Spanish", "person"),
    ("help 300, staff 240, pulse 60, 2 30, staff 5", "nobody spoke Spanish", "person"),
    ("rsvp 300, 2 adults 0 children 290, no 280, help 200, staff 100, pulse 60", "at ten is fine", "person"),
    # What takes a score back: before its words it is one, afterwards it is for nobody, but to a person it is for them.
    ("help 300, staff 240, pulse 60, 2 30", "sorry, I meant 4", "pulse"),
    ("help 300, staff 240, pulse 60, 2 30, no 29", "sorry, I meant 4", "counted"),
    ("help 300, staff 240, pulse 60, 2 30, no 29, staff 5", "sorry, I meant 4", "person"),
    ("help 300, staff 240, pulse 60, 2 30, no 29, staff 20", "sorry, I meant 4", "person"),
    ("pulse 60, 2 30, no 29, rsvp 20", "sorry, I meant 4", "rsvp"),
    # Invitations as well.
    ("rsvp 300, help 200, staff 100", "5", "person"),
    ("rsvp 300, help 200, staff 100", "yes", "person"),
    ("rsvp 300, help 200, staff 100", "2 adults 1 child", "rsvp"),
    ("rsvp 300, help 200, staff 100, closing 50", "5", "person"),
    ("help 200, staff 100, rsvp 50", "5", "rsvp"),
    ("help 200, staff 100, rsvp 50", "yes", "rsvp"),
    ("help 200, staff 100, rsvp 50", "at ten is fine", "person"),
    ("help 200, staff 100, closing 50, rsvp 30", "5", "rsvp"),
    ("help 200, staff 100, closing 50, rsvp 30", "yes", "which: rsvp, settled"),
    ("help 200, staff 100, closing 50, rsvp 30, thank you 29", "5", "rsvp"),
    ("rsvp 300, pulse 200, help 150, staff 100, closing 5", "3", "pulse"),
    ("rsvp 300, pulse 200, help 150, staff 100, closing 5", "2 adults", "rsvp"),
    ("help 300, pulse 200, staff 100, rsvp 50", "3", "which: pulse, rsvp"),
    ("help 300, pulse 200, staff 100, closing 50, rsvp 5", "3", "rsvp"),
]


@pytest.mark.parametrize(("story", "text", "reader"), CASES)
def test_who_gets_a_text_while_a_person_is_in_the_thread(story: str, text: str, reader: str) -> None:
    assert goes_to(after(story).route(text, LUIS)) == reader


def read_by_staff(home: Family) -> list[str]:
    return [one.words for one in home.changes.passed_on]


def counted(home: Family) -> list[tuple[int, str]]:
    return [(answer.score, answer.words) for answer in home.changes.pulse_answers]


def test_a_score_after_the_closing_question_is_counted_and_no_person_reads_it() -> None:
    home = after("help 300, pulse 240, staff 120, closing 5")
    assert home.texts("2", LUIS)[0].startswith("Thank you. What helped")
    home.texts("nobody spoke Spanish", LUIS)

    assert counted(home) == [(2, "nobody spoke Spanish")]
    assert read_by_staff(home) == []
    assert home.texts("yes", LUIS) == ["We are glad. If anything else comes up, just write here."]


def test_a_number_that_a_person_may_have_asked_for_is_theirs_where_the_family_says_so() -> None:
    home = after("help 300, pulse 120, staff 60")
    (which,) = home.texts("3", LUIS)
    assert "1 Family dinner: how were you received?, 2 Your question to a person" in which
    assert read_by_staff(home) == []

    assert home.texts("2", LUIS)[0].startswith("Thank you. A person at Lincoln School will answer you here.")
    assert read_by_staff(home) == ["3"]
    assert [*home.changes.logged_as.values()] == ["3"]
    assert counted(home) == []


def test_a_number_that_a_person_may_have_asked_for_is_a_score_where_the_family_says_so() -> None:
    home = after("help 300, pulse 120, staff 60")
    for text in ("3", "1", "no"):
        home.texts(text, LUIS)

    assert counted(home) == [(3, "")]
    assert read_by_staff(home) == []
    assert home.changes.logged_as == {}


def test_a_score_that_is_said_again_is_a_score() -> None:
    home = after("help 300, pulse 120, staff 60")

    assert home.texts("3", LUIS)[0].startswith("Which one do you mean?")
    assert home.texts("3", LUIS)[0].startswith("Thank you. What helped")
    assert read_by_staff(home) == []


def test_a_number_for_a_person_whose_request_was_closed_meanwhile_finds_another() -> None:
    home = after("help 300, pulse 120, staff 60")
    home.texts("3", LUIS)
    home.family.requests = [replace(home.family.requests[0], closed_at=home.now, closed_by="staff")]
    home.texts("2", LUIS)

    assert [request.reason for request in home.changes.requests] == ["unclear"]
    assert read_by_staff(home) == ["3"]


def test_a_score_that_is_said_again_instead_of_which_one_is_asked_about_again_and_no_person_is_called() -> None:
    home = after("pulse 120, rsvp 60")
    assert home.texts("4", LUIS)[0].startswith("Which one do you mean?")

    (which,) = home.texts("3", LUIS)
    assert which.startswith("Which one do you mean? Reply with the number: 1 Family dinner, Friday, March 12, 2 ")
    assert (read_by_staff(home), home.changes.requests) == ([], [])
    assert len(home.changes.forgotten) == 2

    for text in ("2", "no"):
        home.texts(text, LUIS)
    assert counted(home) == [(3, "")], "the newer text is the one that is meant"
    assert home.family.rsvps == {}


def test_a_score_does_not_take_the_place_of_an_answer_that_waits_for_which_one() -> None:
    home = after("pulse 180, rsvp 120, workshop 110")
    assert home.texts("2 adults 0 children", LUIS)[0].startswith("Which one do you mean?")

    (which,) = home.texts("5", LUIS)
    assert "1 Reading workshop, Monday, March 15, 2 Family dinner" in which
    assert "3 Family dinner: how were you received?" in which
    assert read_by_staff(home) == ["2 adults 0 children"]
    home.texts("3", LUIS)
    home.texts("no", LUIS)
    assert counted(home) == [(5, "")]


def test_a_number_for_a_person_reaches_the_person_also_where_the_closing_question_was_put_meanwhile() -> None:
    home = after("help 300, pulse 120, staff 60")
    assert home.texts("5", LUIS)[0].startswith("Which one do you mean?")
    home.says("closing")

    assert home.texts("2", LUIS)[0].startswith("Thank you. A person at Lincoln School will answer you here.")
    assert read_by_staff(home) == ["5"]
    assert [*home.changes.logged_as.values()] == ["5"]
    assert home.family.conversations[CLOSING].stage is Stage.DONE, "it is not settled"
    assert home.family.requests[0].asked_at is None


def test_a_yes_to_the_closing_question_that_was_asked_about_settles_the_request() -> None:
    home = after("help 200, staff 100, closing 50, rsvp 30")
    assert home.texts("yes", LUIS)[0].startswith("Which one do you mean?")
    home.texts("2", LUIS)

    assert home.family.requests[0].closed_by == "family"


def edits(home: Family, text: str) -> None:
    home.later(minutes=1)
    inbound = replace(home.inbound(LUIS, text), edited=True)
    home._keep(turn.take(home.family, LUIS.id, inbound, home.now, home.voice, None))


@pytest.mark.parametrize(("before", "now"), [("2", "4"), ("nobody spoke Spanish", "nobody there spoke Spanish")])
def test_an_answer_that_is_changed_while_a_person_is_in_the_thread_goes_to_nobody(before: str, now: str) -> None:
    home = after("help 300, staff 240, pulse 60, 2 30")
    if before != "2":
        home.texts(before, LUIS)
    forgotten = len(home.changes.forgotten)
    edits(home, now)

    assert read_by_staff(home) == []
    assert len(home.changes.forgotten) == forgotten + 1


def test_words_to_a_person_that_are_changed_after_a_pulse_reach_the_person() -> None:
    home = after("help 300, staff 240, pulse 60, 2 30, no 29")
    home.texts("the bus is late on Tuesday", LUIS)
    edits(home, "the bus is late on Wednesday")

    assert read_by_staff(home) == ["the bus is late on Tuesday", "the bus is late on Wednesday"]
