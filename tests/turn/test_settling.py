"""Whether a request is settled: only the family says so, and a new text opens it again. Pure, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import turn
from bot.records import HelpRequest, PassedOn, Stage
from bot.turn import routes
from tests.home import ANA, DINNER, WORKSHOP, Home

REQUEST = 900
ASKED = "Lincoln School: is your question settled? Reply YES or NO"
OPEN_AGAIN = "Thank you. A person at Lincoln School will answer you here. In an emergency, call 911."


def helped() -> Home:
    """Ana, who reads English here, asked for a person and was answered five minutes ago."""
    home = Home(contacts=(replace(ANA, language="en"),))
    opened = home.now - timedelta(hours=1)
    home.family.requests.append(
        HelpRequest(REQUEST, 1, ANA.id, "help", opened, owner_id=5, last_staff_at=home.now - timedelta(minutes=5))
    )
    return home


def ask(home: Home) -> list[str]:
    """Staff have the family asked whether it is settled, a minute later."""
    home.later(minutes=1)
    return [said.body for said in home._keep(turn.ask_settled(home.family, ANA.id, REQUEST, home.now, home.voice))]


def request(home: Home) -> HelpRequest:
    (found,) = [one for one in home.family.requests if one.id == REQUEST]
    return found


def staff_write(home: Home) -> None:
    """A person writes in the thread, as the help desk notes it: a closing question that stood there is withdrawn."""
    home.later(minutes=1)
    home.family.requests = [replace(request(home), last_staff_at=home.now, asked_at=None)]
    key = (ANA.id, "settled", REQUEST)
    if key in home.family.conversations:
        home.family.conversations[key] = replace(home.family.conversations[key], stage=Stage.DONE)


def news(home: Home) -> list[str]:
    return [one.news for one in home.changes.passed_on]


def last(home: Home) -> PassedOn:
    return home.changes.passed_on[-1]


def test_the_familys_yes_closes_its_request() -> None:
    home = helped()
    assert ask(home) == [ASKED]
    assert request(home).asked_at == home.now

    assert home.texts("sí, gracias") == ["We are glad. If anything else comes up, just write here."]
    assert (request(home).closed_at, request(home).closed_by) == (home.now, "family")
    assert news(home) == ["settled"]


def test_with_a_no_it_goes_on_and_may_be_asked_again() -> None:
    home = helped()
    ask(home)

    assert home.texts("no") == [OPEN_AGAIN]
    assert (request(home).closed_at, request(home).asked_at) == (None, None)
    assert news(home) == ["not-settled"]
    home.later(days=1)
    assert ask(home) == [ASKED]
    home.texts("yes")
    assert request(home).closed_by == "family"


@pytest.mark.parametrize("hours", [0, 1, 30, 150])
def test_the_answer_may_come_days_later(hours: int) -> None:
    home = helped()
    ask(home)
    home.later(hours=hours)
    home.texts("si")

    assert request(home).closed_by == "family"


@pytest.mark.parametrize("text", ["yes but the form is missing", "no, the form is missing", "the form is missing", "5"])
@pytest.mark.parametrize("hours", [0, 5])
def test_more_than_a_yes_or_no_goes_to_the_person_and_takes_the_question_back(text: str, hours: int) -> None:
    home = helped()
    ask(home)
    home.later(hours=hours)

    assert home.texts(text) == []
    assert (request(home).closed_at, request(home).asked_at) == (None, None)
    assert (last(home).words, last(home).news) == (text, "text")
    assert home.texts("yes") == []  # to whatever the person makes of it
    assert request(home).closed_at is None


@pytest.mark.parametrize("text", ["no, not yet", "Not yet", "no, todavía no", "todavía no", "aún no", "sorry, not yet"])
@pytest.mark.parametrize("hours", [0, 5])
def test_not_yet_is_a_no(text: str, hours: int) -> None:
    home = helped()
    ask(home)
    home.later(hours=hours)

    assert home.texts(text) == [OPEN_AGAIN]
    assert news(home) == ["not-settled"]


@pytest.mark.parametrize("text", ["not yet", "todavía no"])
def test_not_yet_does_not_undo_an_answer_to_the_dinner(text: str) -> None:
    home = helped()
    home.family.requests.clear()
    home.invite()
    for answer in ("2 adults 1 child", "no", "no"):
        home.texts(answer)
    home.family.requests.append(HelpRequest(REQUEST, 1, ANA.id, "help", home.now, last_staff_at=home.now))
    ask(home)

    assert home.texts(text) == [OPEN_AGAIN]
    assert home.family.rsvps[DINNER.id].coming == "yes"


def test_thanks_alone_leave_the_question_standing() -> None:
    home = helped()
    ask(home)

    assert home.texts("muchas gracias") == []
    assert request(home).asked_at is not None
    home.texts("yes")
    assert request(home).closed_by == "family"


def test_a_yes_is_for_the_person_who_wrote_after_the_closing_question() -> None:
    home = helped()
    ask(home)
    staff_write(home)

    assert home.texts("sí") == []
    assert request(home).closed_at is None
    assert (last(home).words, last(home).news) == ("sí", "text")
    home.later(hours=3)
    home.texts("sí")
    assert request(home).closed_at is None


def test_a_yes_is_not_for_the_dinner_that_waits_while_a_person_is_in_the_thread() -> None:
    home = helped()
    home.invite()
    staff_write(home)
    home.texts("si")
    ask(home)
    home.texts("si")

    assert home.family.rsvps == {}
    assert request(home).closed_by == "family"


def test_what_had_to_wait_is_asked_again_once_it_is_settled() -> None:
    home = helped()
    home.invite()
    staff_write(home)
    ask(home)

    glad, dinner = home.texts("yes")
    assert glad.startswith("We are glad")
    assert "Family dinner" in dinner
    home.texts("2 adults 1 child")
    assert home.family.rsvps[DINNER.id].adults == 2


def test_a_yes_that_may_be_for_a_later_invitation_is_asked_about() -> None:
    home = helped()
    ask(home)
    home.later(hours=1)
    home.invite()
    home.later(hours=1)

    route = home.route("yes")
    assert isinstance(route, routes.Which)
    (which,) = home.texts("yes")
    assert "Your question to a person" in which
    assert "Family dinner" in which


def test_a_no_does_not_undo_an_answer_to_the_dinner() -> None:
    home = helped()
    home.family.requests.clear()
    home.invite()
    for text in ("2 adults 1 child", "no", "no"):
        home.texts(text)
    home.family.requests.append(HelpRequest(REQUEST, 1, ANA.id, "help", home.now, last_staff_at=home.now))
    ask(home)
    home.texts("no")

    assert home.family.rsvps[DINNER.id].coming == "yes"
    assert news(home)[-1] == "not-settled"


def settled(home: Home, by: str = "family") -> None:
    home.family.requests = [replace(request(home), closed_at=home.now, closed_by=by)]


@pytest.mark.parametrize("by", ["family", "silence"])
@pytest.mark.parametrize("text", ["nobody called me", "todavía no me han llamado", "form?"])
def test_a_new_text_within_the_week_opens_it_again(text: str, by: str) -> None:
    home = helped()
    settled(home, by)
    home.later(days=6, hours=23)

    assert home.texts(text) == [OPEN_AGAIN]
    found = request(home)
    assert (found.closed_at, found.closed_by, found.asked_at, found.owner_id) == (None, None, None, 5)
    assert (last(home).news, last(home).words) == ("reopened", text)
    assert home.texts("and the bus?") == []  # it is a thread again
    assert last(home).news == "text"


@pytest.mark.parametrize("text", ["gracias", "ok", "👍", "thank you!", "hola", "sí"])
def test_courtesy_opens_nothing_again(text: str) -> None:
    home = helped()
    settled(home)
    home.later(days=1)
    home.texts(text)

    assert request(home).closed_at is not None
    assert news(home) == []


def test_after_a_week_or_when_staff_closed_it_a_text_is_a_new_matter() -> None:
    home = helped()
    settled(home)
    home.later(days=8)
    home.texts("nobody called me")
    assert request(home).closed_at is not None

    home = helped()
    settled(home, "staff")
    home.texts("nobody called me")
    assert request(home).closed_at is not None


@pytest.mark.parametrize("text", ["2 adults and 1 child", "maybe", "no we cannot come", "we are 5, is there parking?"])
@pytest.mark.parametrize("hours", [0, 5])
def test_what_another_conversation_claims_opens_nothing_again(text: str, hours: int) -> None:
    home = helped()
    settled(home)
    home.invite()
    home.later(hours=hours)

    assert home.texts(text)
    assert request(home).closed_at is not None
    assert news(home) == []


def test_the_allergy_that_was_asked_for_opens_nothing_again() -> None:
    home = helped()
    settled(home)
    home.invite()
    home.texts("2 adults")
    home.texts("0")
    home.later(hours=5)
    home.texts("Emma does not eat peanuts")

    assert request(home).closed_at is not None
    assert home.family.rsvps[DINNER.id].food == "Emma does not eat peanuts"


def test_a_no_that_begins_a_story_is_no_answer_to_an_invitation_of_yesterday() -> None:
    home = helped()
    settled(home)
    home.invite()
    home.later(days=1)

    assert home.texts("no one has called me about the bus") == [OPEN_AGAIN]
    assert home.family.rsvps == {}


def test_a_slip_of_the_finger_at_an_open_question_opens_nothing_again() -> None:
    home = helped()
    settled(home)
    home.invite(WORKSHOP)

    assert home.texts("yws")
    assert request(home).closed_at is not None
    assert home.texts("nobody called me yet") == [OPEN_AGAIN]


def test_a_request_that_a_person_answered_is_a_thread_whatever_began_it() -> None:
    home = helped()
    home.family.requests = [replace(request(home), reason="media")]

    assert home.texts("it is the paper of the doctor") == []
    assert last(home).words == "it is the paper of the doctor"


def test_a_text_about_danger_opens_a_request_of_its_own_and_settles_nothing() -> None:
    home = helped()
    ask(home)
    home.texts("I want to kill myself")

    assert request(home).closed_at is None
    assert (last(home).reason, last(home).urgent) == ("danger", True)


def test_after_a_stop_a_family_is_not_asked() -> None:
    home = helped()
    home.texts("STOP")

    assert ask(home) == []


def never_said_what_about(home: Home) -> None:
    """Ana asked for a person, never said what it is about, was answered, and said that it is settled."""
    home.texts("person")
    (new,) = home.family.requests
    home.family.requests = [replace(new, id=REQUEST, last_staff_at=home.now, owner_id=5)]
    ask(home)
    home.texts("yes")
    assert request(home).closed_by == "family"


@pytest.mark.parametrize(("days", "news_of_it"), [(3, "reopened"), (9, "text")])
@pytest.mark.parametrize("still_asked", [False, True])
def test_what_it_is_about_said_days_after_it_was_settled_reaches_a_person(
    days: int, news_of_it: str, *, still_asked: bool
) -> None:
    home = Home(contacts=(replace(ANA, language="en"),))
    never_said_what_about(home)
    asked = (ANA.id, "help", 0)
    if still_asked:  # as it was left by a version that did not end the question together with the request
        home.family.conversations[asked] = replace(home.family.conversations[asked], stage=Stage.OPEN)
    home.later(days=days)

    (said,) = home.texts("the bus did not come today")
    assert "person" in said
    assert len([one for one in home.family.requests if one.closed_at is None]) == 1
    assert (last(home).words, last(home).news) == ("the bus did not come today", news_of_it)


def test_thanks_after_it_was_settled_bring_nobody_back() -> None:
    home = Home(contacts=(replace(ANA, language="en"),))
    never_said_what_about(home)
    told = len(home.changes.passed_on)
    home.later(days=1)
    home.texts("thank you so much")

    assert request(home).closed_by == "family"
    assert len(home.changes.passed_on) == told
