"""A text that names an event goes to its invitation, whatever was asked since; what only tells of it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import turn
from bot.records import HelpRequest
from bot.turn import routes
from bot.turn.naming import COMMON, beside, named
from flows.core.lexicon import Lexicon
from flows.core.text import ByLanguage
from flows.core.words import Reply
from flows.facts import Contact, Event, Pulse
from tests.home import ANA, DINNER, LUIS, NOW, WORKSHOP, Home

PULSE = Pulse(30, 1, NOW + timedelta(days=14), None)
ART = replace(WORKSHOP, id=12, title=ByLanguage(en="Art workshop", es="Taller de arte"))
LEXICON = Lexicon("en", {COMMON.key: "family, night, with", "adults": "adults, parents", "no if alone": "no"})


def invited(who: Contact = LUIS, *, pulse: str = "", events: tuple[Event, ...] = (DINNER, WORKSHOP)) -> Home:
    """Somebody at home who was invited to these an hour apart; with a ``pulse`` who gave that score since."""
    home = Home(contacts=(who,), events=events)
    for event in events:
        home.invite(event)
        home.later(hours=1)
    if pulse:
        home.family.pulses[PULSE.id] = PULSE
        home._keep(turn.begin(home.family, who.id, "pulse", PULSE.id, home.now, home.voice))
        home.texts(pulse, who)
    return home


def answers(home: Home) -> dict[str, tuple[str, int | None, int | None]]:
    """What is known of each event, by the first word of its English title."""
    return {
        home.family.events[id_].title["en"].split()[0]: (rsvp.coming, rsvp.adults, rsvp.children)
        for id_, rsvp in home.family.rsvps.items()
    }


NAMED = [
    (ANA, "al taller vamos 2 adultos 0 niños", {"Reading": ("yes", 2, 0)}),
    (ANA, "taller de lectura: 2 adultos 0 niños", {"Reading": ("yes", 2, 0)}),
    (ANA, "al taller si, 2 adultos y 0 niños", {"Reading": ("yes", 2, 0)}),
    (ANA, "al taller no", {"Reading": ("no", None, None)}),
    (ANA, "taller: no", {"Reading": ("no", None, None)}),
    (ANA, "no vamos al taller", {"Reading": ("no", None, None)}),
    (ANA, "a la cena no", {"Family": ("no", None, None)}),
    (ANA, "a la cena vamos 2 adultos y 3 niños", {"Family": ("yes", 2, 3)}),
    (ANA, "para la lectura somos 2 adultos y 1 niño", {"Reading": ("yes", 2, 1)}),
    (LUIS, "to the workshop, 2 adults 0 children", {"Reading": ("yes", 2, 0)}),
    (LUIS, "reading workshop: 2 adults 0 children", {"Reading": ("yes", 2, 0)}),
    (LUIS, "workshop: no", {"Reading": ("no", None, None)}),
    (LUIS, "we can't come to the dinner", {"Family": ("no", None, None)}),
    (LUIS, "we'll be at the workshop, 2 adults 1 kid", {"Reading": ("yes", 2, 1)}),
    (LUIS, "al taller vamos 2 adultos 0 niños", {"Reading": ("yes", 2, 0)}),
]


@pytest.mark.parametrize(("who", "text", "known"), NAMED)
@pytest.mark.parametrize("newest", ["dinner", "workshop"])
def test_an_event_that_is_named_is_the_one_that_is_answered(
    who: Contact, text: str, known: dict[str, object], newest: str
) -> None:
    events = (WORKSHOP, DINNER) if newest == "dinner" else (DINNER, WORKSHOP)
    home = invited(who, events=events)
    home.texts(text, who)

    assert answers(home) == known


@pytest.mark.parametrize(
    "text",
    ["2 adults 0 children", "dinner and workshop: 2 adults 0 children", "our family: 2 adults 0 children"],
)
def test_where_none_is_named_or_both_the_family_is_asked_which(text: str) -> None:
    home = invited()

    assert home.texts(text, LUIS)[0].startswith("Which one do you mean?")
    home.texts("1", LUIS)
    assert len(answers(home)) == 1


def test_to_the_workshop_two_adults_asks_how_many_children_come_there() -> None:
    home = invited(events=(WORKSHOP, DINNER))

    assert home.texts("to the workshop, 2 adults", LUIS) == ["How many children? Reply with a number, or 0"]
    home.texts("1", LUIS)
    assert answers(home) == {"Reading": ("yes", 2, 1)}


def test_words_that_two_titles_share_name_neither_and_more_of_them_name_one() -> None:
    home = invited(events=(DINNER, WORKSHOP, ART))

    assert "1 Art workshop, Monday, March 15, 2 Reading" in home.texts("workshop: 2 adults 0 children", LUIS)[0]
    home = invited(events=(DINNER, WORKSHOP, ART))
    home.texts("art workshop: 2 adults 0 children", LUIS)
    assert answers(home) == {"Art": ("yes", 2, 0)}


def test_the_answer_beside_a_name_is_understood_once_the_family_says_which_one() -> None:
    home = invited(events=(DINNER, WORKSHOP, ART))
    home.texts("workshop: no", LUIS)
    home.texts("2", LUIS)

    assert [*answers(home).values()] == [("no", None, None)]


@pytest.mark.parametrize("picks", [True, False])
def test_which_one_is_asked_a_second_time_with_the_choices_of_this_time(picks: bool) -> None:
    home = invited(events=(DINNER, WORKSHOP, ART))
    home.texts("workshop: no", LUIS)
    if picks:
        home.texts("2", LUIS)
    home.later(days=2)

    (which,) = home.texts("2 adults 0 children", LUIS)
    assert all(title in which for title in ("Reading workshop", "Art workshop", "Family dinner"))


def test_what_is_settled_is_corrected_by_name_also_while_another_question_is_open() -> None:
    home = invited()
    home.texts("workshop: 2 adults 0 children", LUIS)
    home.later(hours=1)

    assert home.texts("workshop: 3 adults 0 children", LUIS)[0].startswith("Changed. Before: 2 adults. Now: 3 adults.")
    home.texts("workshop: no", LUIS)
    assert answers(home) == {"Reading": ("no", None, None)}


@pytest.mark.parametrize(
    "text", ["reading workshop: 2 adults 0 children", "to the workshop, 2 adults 0 children", "workshop: no"]
)
def test_an_answer_that_names_an_event_is_no_word_of_a_pulse(text: str) -> None:
    home = invited(pulse="5")
    home.texts(text, LUIS)

    assert [*answers(home)] == ["Reading"]
    assert home.changes.pulse_answers == []


@pytest.mark.parametrize(
    ("who", "text"),
    [
        (ANA, "el taller estuvo muy bonito"),
        (ANA, "en el taller no había sillas"),
        (ANA, "al taller fuimos 2 adultos y no cabíamos"),
        (LUIS, "the workshop was so nice"),
        (LUIS, "no one spoke Spanish at the workshop"),
    ],
)
def test_what_tells_of_an_event_and_answers_nothing_stays_in_the_pulse(who: Contact, text: str) -> None:
    home = invited(who, pulse="5")
    home.texts(text, who)

    assert [answer.words for answer in home.changes.pulse_answers] == [text]
    assert answers(home) == {}


def test_a_number_of_people_while_a_pulse_asks_for_words_is_for_the_invitation() -> None:
    home = invited(pulse="5", events=(DINNER,))
    home.texts("2 adults 0 children", LUIS)

    assert answers(home) == {"Family": ("yes", 2, 0)}


def test_a_number_of_people_while_a_pulse_asks_for_words_is_asked_about_where_two_invite() -> None:
    home = invited(pulse="5")

    (which,) = home.texts("2 adults 0 children", LUIS)
    assert which == (
        "Which one do you mean? Reply with the number: "
        "1 Reading workshop, Monday, March 15, 2 Family dinner, Friday, March 12."
    )
    assert (home.changes.requests, home.changes.pulse_answers) == ([], [])


def test_a_person_who_just_wrote_is_answered_also_where_an_event_is_named() -> None:
    home = invited()
    request = HelpRequest(900, 1, LUIS.id, "help", home.now, last_staff_at=home.now)
    home.family.requests.append(request)

    assert home.route("to the workshop, 2 adults 0 children", LUIS) == routes.Thread()
    home.later(hours=1)
    assert isinstance(home.route("to the workshop, 2 adults 0 children", LUIS), routes.Answer)
    assert home.route("to the workshop, 2 adults, and where do we park", LUIS) == routes.Thread()


def test_one_invitation_is_answered_by_its_name_as_well() -> None:
    home = invited(events=(WORKSHOP,))
    home.texts("reading workshop: no", LUIS)

    assert answers(home) == {"Reading": ("no", None, None)}


def reply(text: str) -> Reply:
    return Reply(text, [LEXICON])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the dinner", [DINNER.id]),
        ("DINNERS", [DINNER.id]),
        ("la cena", [DINNER.id]),
        ("our family: 2 adults", []),
        ("2 parents", []),
        ("reading and dinner", [DINNER.id, WORKSHOP.id]),
        ("of", []),
        ("a winner", []),
    ],
)
def test_which_events_a_text_names(text: str, ids: list[int]) -> None:
    parents = replace(ART, title=ByLanguage(en="Night of parents with children"))

    assert named(reply(text), [DINNER, WORKSHOP, parents]) == ids


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("reading workshop: no", ": no"),
        ("to the reading workshop, 2 adults", ", 2 adults"),
        ("2 adults to the workshop", "2 adults"),
        ("no to the workshop", "no"),
        ("al taller de lectura no", "no"),
        ("workshop, workshop: 2", ", : 2"),
        ("to the dinner, 2 adults", "to the dinner, 2 adults"),
    ],
)
def test_what_a_text_says_beside_the_name(text: str, left: str) -> None:
    assert beside(reply(text), WORKSHOP) == left
