"""Which conversation a text belongs to: each step of the router as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages import OptOut
from bot.records import HelpRequest
from bot.turn import routes
from tests.home import ANA, DINNER, NOW, STRANGER, WORKSHOP, Home

RSVP = (ANA.id, "rsvp", DINNER.id)
OTHER_RSVP = (ANA.id, "rsvp", WORKSHOP.id)


def invited() -> Home:
    home = Home()
    home.invite()
    return home


def answered() -> Home:
    home = invited()
    for text in ("2 adultos y 3 niños", "sí", "no"):
        home.texts(text)
    return home


def in_a_thread(home: Home) -> Home:
    home.family.requests.append(HelpRequest(1, 1, ANA.id, "help", opened_at=home.now))
    return home


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        "Stop.",
        "ALTO",
        "BAJA",
        "baja por favor",
        "ya no me manden mensajes",
        "unsubscribe",
        "no más mensajes",
    ],
)
def test_a_stop_in_any_language_of_the_school_comes_before_every_question(text: str) -> None:
    assert invited().route(text) == routes.Stop()


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "no podemos ir",
        "no gracias, no vamos",
        "stop by the office?",
        "when does it end?",
        "no más",
        "basta",
        "ya basta",
    ],
)
def test_what_only_looks_like_a_stop_is_none(text: str) -> None:
    assert invited().route(text) != routes.Stop()


def test_a_stop_that_the_carrier_marked_counts_whatever_its_words() -> None:
    assert invited().route("adiós", opt_out=OptOut.STOP) == routes.Stop()


@pytest.mark.parametrize("text", ["START", "ALTA", "unstop"])
def test_start_in_any_language_of_the_school(text: str) -> None:
    assert invited().route(text) == routes.Restart()


def test_yes_that_the_carrier_took_for_a_start_is_one_only_after_a_stop() -> None:
    home = invited()
    assert isinstance(home.route("YES", opt_out=OptOut.START), routes.Answer)

    home.family.contacts[ANA.id] = replace(ANA, stopped_at=NOW)
    assert home.route("YES", opt_out=OptOut.START) == routes.Restart()


@pytest.mark.parametrize("text", ["HELP", "ayuda", "INFO"])
def test_help_in_any_language_of_the_school(text: str) -> None:
    assert invited().route(text) == routes.Help()


@pytest.mark.parametrize(
    ("text", "language"),
    [("ENGLISH", "en"), ("in English please", "en"), ("español", "es"), ("Espanol por favor", "es"), ("inglés", "en")],
)
def test_a_wish_for_a_language(text: str, language: str) -> None:
    assert invited().route(text) == routes.Speak(language)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_said_is_nothing_to_answer(text: str) -> None:
    assert invited().route(text) == routes.Nothing()


@pytest.mark.parametrize(
    "text", ["wrong number", "Número equivocado", "You have the wrong number", "se equivocó de número"]
)
def test_a_wrong_number(text: str) -> None:
    assert invited().route(text) == routes.NotThem()


@pytest.mark.parametrize(
    "text",
    [
        *("sorry, wrong number of kids, we are 5", "I put the wrong number, actually 5"),
        *("puse el número equivocado de niños, son 3", "le di un numero equivocado antes: 4 adultos"),
    ],
)
def test_a_number_that_was_wrong_is_no_wrong_number(text: str) -> None:
    assert answered().route(text) != routes.NotThem()


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("menu", routes.Begin("menu")),
        ("MENÚ", routes.Begin("menu")),
        ("cambiar", routes.Change()),
        ("CHANGE", routes.Change()),
        ("persona", routes.Begin("help")),
        ("necesito hablar con alguien sobre mi hijo", routes.Begin("help", with_words=True)),
        ("No sé quién puede ir, ¿puedo hablar con alguien?", routes.Begin("help", with_words=True)),
    ],
)
def test_commands_come_before_open_questions(text: str, route: routes.Route) -> None:
    assert invited().route(text) == route


def test_a_reply_to_one_of_our_messages_goes_to_its_conversation() -> None:
    home = invited()
    home.invite(WORKSHOP)

    route = home.route("sí", quoted=RSVP)

    assert isinstance(route, routes.Answer)
    assert route.key == RSVP


@pytest.mark.parametrize(
    "text", ["al final somos 4", "4 adultos", "perdón, 1 adulto", "ya no podemos ir", "cambia a 2 niños"]
)
def test_a_correction_names_an_answered_question_or_has_a_cue(text: str) -> None:
    home = answered()
    home.later(days=7)

    route = home.route(text)

    assert isinstance(route, routes.Correction)
    assert route.key == RSVP


@pytest.mark.parametrize("text", ["sí", "si", "2 adultos", "no", "tal vez"])
def test_the_newest_question_is_the_one_that_is_answered(text: str) -> None:
    route = invited().route(text)

    assert isinstance(route, routes.Answer)
    assert route.key == RSVP


def test_an_answer_a_week_late_still_finds_its_question() -> None:
    home = invited()
    home.later(days=6)

    assert isinstance(home.route("somos 5"), routes.Answer)


def test_a_text_that_fits_two_invitations_is_asked_about() -> None:
    home = invited()
    home.invite(WORKSHOP)

    route = home.route("sí")

    assert isinstance(route, routes.Which)
    assert set(route.keys) == {RSVP, OTHER_RSVP}


def test_in_the_middle_of_one_conversation_the_other_is_not_asked_about() -> None:
    home = invited()
    home.invite(WORKSHOP)
    home.texts("sí")
    home.texts("1")

    route = home.route("2")

    assert isinstance(route, routes.Answer)
    assert route.key == RSVP


@pytest.mark.parametrize("text", ["si", "5", "a las 10 está bien", "gracias"])
def test_while_a_person_is_in_the_thread_other_questions_wait(text: str) -> None:
    home = in_a_thread(invited())
    home.later(hours=1)

    assert home.route(text) == routes.Thread()


def test_while_a_person_is_in_the_thread_a_text_that_names_its_subject_is_still_taken() -> None:
    home = in_a_thread(invited())
    home.later(hours=1)

    assert isinstance(home.route("2 adultos 1 niño"), routes.Answer)


def test_a_yes_to_what_staff_just_wrote_is_not_a_yes_to_the_dinner() -> None:
    home = invited()
    home.later(minutes=5)
    asked = HelpRequest(1, 1, ANA.id, "help", opened_at=NOW, last_staff_at=home.now)
    home.family.requests.append(asked)

    assert home.route("si") == routes.Thread()


def test_a_thread_that_was_quiet_for_a_week_takes_no_more_texts() -> None:
    home = in_a_thread(invited())
    home.later(days=8)

    assert isinstance(home.route("si"), routes.Answer)


def test_more_about_what_nobody_answered_for_a_week_reaches_a_person_and_no_menu() -> None:
    home = in_a_thread(Home())
    home.later(days=8)

    assert home.route("todavía no me ha llamado nadie") == routes.Reopen()
    assert home.route("gracias") == routes.Nothing()
    heard = home.texts("todavía no me ha llamado nadie")
    assert heard[0].startswith("Gracias. Una persona de Lincoln School le va a responder por este medio.")
    assert [one.request_id for one in home.changes.passed_on] == [1]


@pytest.mark.parametrize("text", ["Hola", "buenos días", "hello"])
def test_a_greeting_answers_nothing(text: str) -> None:
    assert invited().route(text) == routes.AskAgain(RSVP)


def test_free_words_belong_to_the_question_that_takes_them() -> None:
    home = invited()
    home.texts("2 adultos 0 niños")
    home.later(days=1)

    route = home.route("la niña no come cacahuate")

    assert isinstance(route, routes.Answer)
    assert route.key == RSVP


def test_what_no_question_reads_is_said_otherwise() -> None:
    route = invited().route("quién sabe qué")

    assert isinstance(route, routes.NotUnderstood)
    assert route.key == RSVP


@pytest.mark.parametrize("text", ["gracias!", "🙏", "muchas gracias", "ok", "👍", "sí"])
def test_thanks_after_the_end_of_a_conversation_need_no_answer(text: str) -> None:
    assert answered().route(text) == routes.Nothing()


def test_words_about_what_is_settled_are_for_a_person_and_not_for_a_menu() -> None:
    assert answered().route("la niña también es alérgica al huevo") == routes.ForStaff()


@pytest.mark.parametrize("text", ["sí", "somos 5", "5"])
def test_what_answers_a_question_that_waits_for_its_time_has_it_said_now_or_is_taken(text: str) -> None:
    home = invited()
    home.texts("tal vez")
    home.later(days=2)

    assert isinstance(home.route(text), routes.AskEarly | routes.Answer)


def test_an_ok_to_we_will_ask_again_is_not_a_yes() -> None:
    home = invited()
    home.texts("tal vez")

    assert home.route("ok") == routes.Nothing()


def test_a_refusal_that_fits_an_answer_and_an_open_invitation_is_asked_about() -> None:
    home = invited()
    home.invite(WORKSHOP)
    for text in ("sí", "1", "2 adultos 0 niños", "no"):
        home.texts(text)

    assert isinstance(home.route("no podemos"), routes.Which)


@pytest.mark.parametrize("text", ["eventos", "Events"])
def test_the_menu_is_also_taken_by_its_words(text: str) -> None:
    assert Home().route(text) == routes.Begin("events")


def test_somebody_new_is_greeted() -> None:
    assert Home((STRANGER,)).route("Hola", STRANGER) == routes.Begin("first_contact")


@pytest.mark.parametrize("text", ["novedades", "hola!", "hola buenas tardes", "muchas gracias!", "sí", "??"])
def test_somebody_known_without_a_question_gets_the_menu(text: str) -> None:
    assert Home().route(text) in (routes.Begin("menu"), routes.Nothing())


@pytest.mark.parametrize("text", ["what time does it end?", "¿a qué hora termina?", "parking?", "Leo is ill today"])
def test_words_that_nothing_asked_for_are_for_a_person(text: str) -> None:
    assert Home().route(text) == routes.ForStaff()


def test_words_long_after_a_menu_was_shown_were_not_meant_for_it() -> None:
    home = Home()
    home.texts("menú")
    assert isinstance(home.route("what time does it end?"), routes.NotUnderstood)

    home.later(days=3)
    assert home.route("what time does it end?") == routes.ForStaff()
    assert isinstance(home.route("parking"), routes.NotUnderstood)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("me quiero matar", "self-harm"),
        ("I want to kill myself", "self-harm"),
        ("tiene una pistola", "weapon"),
        ("me pega", "abuse"),
    ],
)
def test_danger_is_heard_wherever_the_conversation_is(text: str, kind: str) -> None:
    home = invited()
    home.texts(text)

    calls = [request for request in home.changes.requests if request.reason == "danger"]
    assert [request.urgent for request in calls] == [True], kind


def test_a_conversation_about_an_event_that_is_over_takes_nothing() -> None:
    home = invited()
    home.later(days=30)

    assert home.route("sí") == routes.Begin("menu")
