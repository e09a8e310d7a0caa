"""One text taken to its end: what is said, saved and asked of people. Pure, so there is no database here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import turn
from bot.messages import Kind, OptOut
from bot.records import Stage
from flows import FLOWS
from flows.core.flow import Flow
from flows.facts import Permission
from tests.home import ANA, DINNER, LUIS, STRANGER, WORKSHOP, Home


def invited() -> Home:
    home = Home()
    home.invite()
    return home


def test_one_text_answers_the_whole_invitation_up_to_what_it_left_open() -> None:
    home = invited()

    assert home.texts("si vamos 2 grandes y 3 niños") == [
        "¿Cuidado infantil para los 3 niños en el evento? Responda SÍ o NO"
    ]
    home.texts("Sí por favor 🙏")
    (confirmed,) = home.texts("la niña no come cacahuate")

    rsvp = home.family.rsvps[DINNER.id]
    assert (rsvp.coming, rsvp.adults, rsvp.children, rsvp.child_care) == ("yes", 2, 3, True)
    assert rsvp.food == "la niña no come cacahuate"
    assert "Cena de familias" in confirmed
    assert "2 adultos, 3 niños, cuidado infantil" in confirmed


def test_who_comes_is_known_before_the_last_question_is_answered() -> None:
    home = invited()
    home.texts("2 adultos 3 niños")

    assert home.family.rsvps[DINNER.id].adults == 2


def test_the_other_parent_is_told_once_and_in_another_language() -> None:
    home = invited()
    for text in ("2 adultos 1 niño", "no", "no"):
        home.texts(text)

    told = [text for text in home.heard_by(LUIS) if "answered for your family" in text]
    assert told == ["Ana answered for your family. Family dinner: 2 adults, 1 child. To change anything, just write."]


def test_the_other_parent_may_change_the_answer_and_the_last_one_counts() -> None:
    home = invited()
    for text in ("2 adultos 1 niño", "no", "no"):
        home.texts(text)

    heard = home.texts("actually 4 adults", LUIS)

    assert heard[0].startswith("Changed. Before: 2 adults, 1 child. Now: 4 adults, 1 child.")
    assert home.family.rsvps[DINNER.id].adults == 4
    assert "4 adultos" in home.heard_by(ANA)[-1]


def test_perhaps_is_kept_and_asked_again_two_days_before() -> None:
    home = invited()
    home.texts("tal vez")

    assert home.family.rsvps[DINNER.id].coming == "maybe"
    (timer,) = home.changes.timers
    assert DINNER.starts - timer.due_at == timedelta(days=2)

    home.now = timer.due_at
    (asked,) = home.wakes(ANA, "rsvp", DINNER.id, timer.key)
    assert "¿Puede venir su familia?" in asked
    assert home.wakes(ANA, "rsvp", DINNER.id, timer.key) == []


def test_perhaps_may_become_a_yes_before_it_is_asked_again() -> None:
    home = invited()
    home.texts("tal vez")
    home.later(days=3)
    home.texts("sí vamos, 2 adultos y 1 niño")

    assert home.family.rsvps[DINNER.id].coming == "yes"
    assert home.wakes(ANA, "rsvp", DINNER.id, "coming-after-all") == []


def test_after_a_perhaps_that_became_a_yes_the_number_is_corrected_like_any_other() -> None:
    home = invited()
    for text in ("tal vez", "sí\n2 adultos y 1 niño", "no", "no"):
        home.texts(text)

    (changed,) = home.texts("al final 4 adultos")

    assert changed.startswith("Listo, ya lo cambiamos. Antes: 2 adultos, 1 niño. Ahora: 4 adultos, 1 niño.")
    assert home.family.rsvps[DINNER.id].adults == 4
    home.texts("ya no podemos ir")
    assert home.family.rsvps[DINNER.id].coming == "no"


def test_a_yes_long_before_a_question_is_asked_again_has_it_asked_now() -> None:
    home = invited()
    home.texts("tal vez")
    home.later(days=2)

    (asked,) = home.texts("sí")
    assert "¿Puede venir su familia?" in asked
    home.texts("somos 5, 3 niños")
    assert home.family.rsvps[DINNER.id].children == 3


def test_perhaps_on_the_day_before_is_not_asked_again() -> None:
    home = Home(now=DINNER.starts - timedelta(hours=20))
    home.invite()

    (kept,) = home.texts("tal vez")

    assert "otra vez" not in kept
    assert home.changes.timers == []
    assert home.family.rsvps[DINNER.id].coming == "maybe"


def test_an_allergy_is_not_forgotten_while_the_number_changes() -> None:
    home = invited()
    for text in ("2 adultos 0 niños", "nueces"):
        home.texts(text)
    home.texts("al final 2 adultos y 1 niño")

    rsvp = home.family.rsvps[DINNER.id]
    assert (rsvp.children, rsvp.food) == (1, "nueces")


def test_the_other_parent_does_not_undo_the_interpreter() -> None:
    dinner = replace(DINNER, languages=("en",))
    home = Home(events=(dinner,))
    home.invite(dinner)
    for text in ("2 adultos 0 niños", "no", "sí"):
        home.texts(text)
    home.texts("actually 3 adults", LUIS)

    rsvp = home.family.rsvps[DINNER.id]
    assert (rsvp.adults, rsvp.interpreter) == (3, "es")


def test_changing_begins_the_answer_anew() -> None:
    home = invited()
    for text in ("2 adultos 0 niños", "nueces", "CAMBIAR", "1 adulto 0 niños", "no"):
        home.texts(text)

    rsvp = home.family.rsvps[DINNER.id]
    assert (rsvp.adults, rsvp.food) == (1, "")


@pytest.mark.parametrize("text", ["mi esposo me pega", "me quiero matar"])
def test_words_of_danger_are_no_answer_and_no_other_parent_reads_them(text: str) -> None:
    home = invited()
    home.texts("2 adultos 0 niños")

    home.texts(text)

    assert home.family.rsvps[DINNER.id].food is None
    assert not any(text in said.body for said in home.changes.said)
    assert [request.reason for request in home.changes.requests] == ["danger"]


def test_what_a_family_wrote_to_the_school_is_not_read_by_the_other_parent() -> None:
    home = invited()
    for text in ("2 adultos 0 niños", "pastillas"):
        home.texts(text)

    assert home.family.rsvps[DINNER.id].food == "pastillas"
    assert not any("pastillas" in text for text in home.heard_by(LUIS))


def test_danger_is_called_again_when_it_is_said_again() -> None:
    home = invited()
    home.texts("me quiero matar")
    home.texts("me quiero matar")
    home.later(days=9)
    home.texts("me quiero matar")

    assert [request.urgent for request in home.changes.requests] == [True, True]


def test_a_flow_that_raises_does_not_hide_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of ours")

    home = invited()
    monkeypatch.setitem(FLOWS, "rsvp", Flow("rsvp", broken, about="event"))
    failed = turn.fail(home.family, ANA.id, home.inbound(ANA, "me quiero matar"), home.now, home.voice)
    changes = failed.finish()

    assert "988" in changes.said[0].body
    assert {(request.reason, request.urgent) for request in changes.requests} == {("danger", True), ("failure", False)}


def test_start_is_not_an_answer_and_says_the_open_question_again() -> None:
    home = invited()
    home.texts("2 adultos 0 niños")

    welcome, asked = home.texts("START")

    assert "ALTO para terminar" in welcome
    assert asked.startswith("¿Alergias")
    assert home.family.rsvps[DINNER.id].food is None


def test_a_yes_after_a_no_asks_again() -> None:
    home = invited()
    home.texts("no")
    home.later(hours=1)

    (asked,) = home.texts("sí")

    assert "¿Viene su familia?" in asked


def test_a_yes_soon_after_a_perhaps_is_not_left_without_an_answer() -> None:
    home = invited()
    home.texts("tal vez")

    assert len(home.texts("sí")) == 1


@pytest.mark.parametrize("text", ["mis 3 niños están enfermos hoy", "tengo 2 niños en kinder"])
def test_a_story_that_counts_changes_no_answer(text: str) -> None:
    home = invited()
    for said in ("2 adultos 1 niño", "no", "no"):
        home.texts(said)
    home.later(days=1)
    home.texts(text)

    assert home.family.rsvps[DINNER.id].children == 1


def test_an_answer_that_names_its_subject_does_not_go_to_the_help_request() -> None:
    home = invited()
    home.texts("quiero hablar con una persona")
    home.texts("2 adultos 3 niños")

    assert home.family.rsvps[DINNER.id].children == 3


def test_the_other_parent_is_told_even_when_nobody_was_invited() -> None:
    home = Home()
    for text in ("eventos", "1", "2 adultos 0 niños", "no"):
        home.texts(text)

    assert any("Ana answered for your family" in text for text in home.heard_by(LUIS))


def test_which_one_is_not_asked_three_times() -> None:
    home = invited()
    home.invite(WORKSHOP)

    said = [home.texts("2 adultos 1 niño") for _ in range(3)]

    assert said[0] != said[1]
    assert "unclear" in [request.reason for request in home.changes.requests]


def test_an_invitation_that_waited_for_a_person_is_asked_again() -> None:
    home = invited()
    for text in ("quiero hablar con una persona", "sobre mi hijo", "si"):
        home.texts(text)
    home.family.requests.clear()

    said = turn.resume(home.family, ANA.id, home.now, home.voice).finish().said

    assert ["¿Viene su familia?" in one.body for one in said] == [True]
    assert turn.resume(Home().family, ANA.id, home.now, home.voice).finish().said == []


def test_a_later_call_for_a_person_is_not_lost_in_an_old_one() -> None:
    home = Home()
    for text in ("quiero hablar con una persona", "mi hijo tiene fiebre"):
        home.texts(text)
    home.later(days=9)
    for text in ("necesito hablar con una persona", "falta mañana"):
        home.texts(text)

    assert [request.reason for request in home.changes.requests] == ["help", "help"]


def test_after_a_stop_there_is_one_confirmation_and_then_silence_until_start() -> None:
    home = invited()

    (goodbye,) = home.texts("ALTO")
    assert "ya no le mandaremos mensajes" in goodbye
    assert [home.texts(text) for text in ("ALTO", "hola", "2 adultos", "AYUDA", "xyz")] == [[], [], [], [], []]

    assert home.texts("ALTA") != []
    assert home.family.contacts[ANA.id].stopped_at is None


def test_after_a_stop_a_call_for_a_person_and_a_word_of_danger_still_reach_staff() -> None:
    home = invited()
    home.texts("ALTO")

    assert home.texts("necesito hablar con alguien") == []
    (numbers,) = home.texts("me quiero matar")

    assert "988" in numbers
    assert [request.reason for request in home.changes.requests] == ["help", "danger"]


def test_a_stop_that_the_carrier_answered_is_recorded_in_silence() -> None:
    home = invited()

    assert home.texts("STOP", opt_out=OptOut.STOP, answered=True) == []

    (line,) = home.changes.consents
    assert (line.permission, line.source, line.words) == (Permission.REFUSED, "carrier", "STOP")


def test_yes_after_a_stop_is_recorded_as_consent_and_answers_the_open_question() -> None:
    home = invited()
    home.texts("STOP", opt_out=OptOut.STOP, answered=True)

    assert home.texts("YES", opt_out=OptOut.START) == ["¿Cuántos adultos vienen?"]
    assert home.changes.consents[-1].permission is Permission.GIVEN


def test_a_stop_of_one_parent_does_not_silence_the_other() -> None:
    home = invited()
    home.texts("ALTO")
    home.texts("2 adults 0 kids", LUIS)
    home.texts("no", LUIS)

    assert home.family.rsvps[DINNER.id].adults == 2
    assert not any("Luis" in text for text in home.heard_by(ANA))


def test_a_wrong_number_leaves_the_household_and_hears_so_once() -> None:
    home = invited()

    (goodbye,) = home.texts("número equivocado")

    assert "no va a escribir" in goodbye
    contact = home.family.contacts[ANA.id]
    assert contact.household_id is None
    assert contact.name is None
    assert contact.permission is Permission.REFUSED
    assert [request.reason for request in home.changes.requests] == ["wrong-number"]


def test_permission_is_asked_once_of_a_family_that_came_by_itself_and_kept_with_its_terms() -> None:
    home = Home((STRANGER,))
    for text in ("Hola", "1", "1", "2 adultos 0 niños", "Familia Paz", "no"):
        home.texts(text, STRANGER)
    home.texts("sí", STRANGER)

    contact = home.family.contacts[STRANGER.id]
    assert contact.permission is Permission.GIVEN
    (line,) = home.changes.consents
    assert (line.topic, line.source, line.language, line.words) == ("events", "reply", "es", "sí")
    assert "ALTO para terminar" in line.shown
    assert home.family.household is not None
    assert home.family.household.name == "Familia Paz"


def test_a_family_that_the_school_never_wrote_to_is_told_in_both_languages_who_writes() -> None:
    home = Home((replace(ANA, introduced_at=None),))

    introduction, invitation = home.invite()

    assert introduction.index("¡Hola, Ana!") < introduction.index("Hello, Ana!")
    assert "ALTO" in introduction
    assert "STOP" in introduction
    assert invitation.startswith("Lincoln School: Cena de familias")
    assert "Hello" not in home.invite(WORKSHOP)[0]


def test_what_is_not_understood_is_said_in_other_words_and_then_a_person_is_fetched() -> None:
    home = invited()

    said = [home.texts("quién sabe qué"), home.texts("pues no sé qué"), home.texts("mmm")]

    assert len({text for texts in said for text in texts}) == 3
    assert "Una persona" in said[2][0]
    assert [request.reason for request in home.changes.requests] == ["unclear"]
    assert home.texts("mmm") == []


def test_danger_is_answered_with_numbers_and_no_menu_follows() -> None:
    home = invited()

    (numbers,) = home.texts("ya no quiero vivir")

    assert "988" in numbers
    assert "Eventos" not in numbers


def test_a_photo_without_words_is_kept_for_staff_and_answered() -> None:
    home = invited()

    assert len(home.texts("", media=True)) == 1
    assert [request.reason for request in home.changes.requests] == ["media"]
    assert home.texts("", media=False) == []


def test_the_photos_of_an_album_are_answered_once_and_all_are_for_staff() -> None:
    home = invited()
    assert len(home.texts("", media=True)) == 1
    for _photo in range(3):
        home.later(seconds=-59)  # a second after the one before
        assert home.texts("", media=True) == []
    assert len(home.texts("", media=True)) == 1, "a minute later it is another thing"

    assert {request.reason for request in home.changes.requests} == {"media"}
    assert [len(one.media) for one in home.changes.passed_on] == [1] * 5


def explained(text: str, home: Home) -> tuple[list[str], list[tuple[str, str]]]:
    """What is said to a text after a photo, and the reasons and words that staff are told then."""
    home.texts("", LUIS, media=True)
    before = len(home.changes.passed_on)
    return home.texts(text, LUIS), [(one.reason, one.words) for one in home.changes.passed_on[before:]]


def test_what_a_photo_is_about_is_for_the_person_who_sees_it() -> None:
    home = Home()

    said, passed_on = explained("it is the form for the bus", home)
    assert said == ["Thank you. A person at Lincoln School will read your message and answer you here."]
    assert passed_on == [("media", "it is the form for the bus")]


def test_a_photo_does_not_keep_the_next_text_from_what_it_answers() -> None:
    home = invited()

    _said, passed_on = explained("2 adults 3 children", home)
    assert passed_on == []
    assert home.family.rsvps[DINNER.id].adults == 2


def test_words_that_wait_for_an_answer_and_fit_none_are_about_the_photo() -> None:
    _said, passed_on = explained("no idea who signs it", invited())

    assert passed_on == [("media", "no idea who signs it")]


@pytest.mark.parametrize("text", ["thank you", "STOP", "menu"])
def test_thanks_and_commands_are_not_what_a_photo_is_about(text: str) -> None:
    assert explained(text, Home())[1] == []


def test_two_days_later_nobody_is_waiting_to_hear_what_a_photo_was() -> None:
    home = Home()
    home.texts("", LUIS, media=True)
    home.later(days=2)
    home.texts("what time does school start", LUIS)

    assert home.changes.passed_on[-1].reason == "unclear"


def test_words_that_a_menu_did_not_understand_go_along_to_the_person() -> None:
    home = Home()
    for text in ("menu", "what time does it end?"):
        home.texts(text, LUIS)

    assert home.texts("2", LUIS) == [
        "Thank you. A person at Lincoln School will answer you here. In an emergency, call 911."
    ]
    assert (home.changes.passed_on[-1].reason, home.changes.passed_on[-1].words) == ("help", "what time does it end?")


def test_old_words_do_not_go_along_to_a_person() -> None:
    home = Home()
    for text in ("menu", "what time does it end?"):
        home.texts(text, LUIS)
    home.later(days=2)

    assert home.texts("2", LUIS)[0].startswith("What is it about?")


@pytest.mark.parametrize(
    "text",
    [
        "quiero hablar con una persona",
        "I want to talk to a person",
        "I need to talk to somebody please",
        "can I talk to a teacher",
    ],
)
def test_who_asks_for_a_person_and_says_no_more_is_asked_what_it_is_about(text: str) -> None:
    assert Home().texts(text, LUIS)[0].startswith("What is it about?")


def test_a_photo_with_words_is_answered_by_its_words_and_seen_by_staff() -> None:
    home = invited()
    (question,) = home.texts("2 adultos 3 niños", media=True)
    assert question.startswith("¿Cuidado infantil")
    (passed_on,) = home.changes.passed_on
    assert (passed_on.reason, passed_on.words, len(passed_on.media)) == ("media", "2 adultos 3 niños", 1)

    home.later(seconds=-59)
    assert home.texts("", media=True) == [], "the rest of its album"
    home.texts("sí")
    assert len(home.changes.passed_on) == 2


def test_a_photo_belongs_to_the_thread_in_which_a_person_is() -> None:
    home = invited()
    home.texts("quiero hablar con una persona")
    for text in ("", "así está la mochila"):
        assert home.texts(text, media=True) == []

    assert [request.reason for request in home.family.requests] == ["help"]
    assert [len(one.media) for one in home.changes.passed_on] == [0, 1, 1]


def test_words_beneath_a_photo_that_are_changed_show_it_to_nobody_again() -> None:
    home = invited()
    home.texts("2 adultos 3 niños", media=True)
    changed = replace(home.inbound(ANA, "2 adultos 4 niños", media=True), edited=True)
    home._keep(turn.take(home.family, ANA.id, changed, home.now, home.voice, None))

    assert len(home.changes.passed_on) == 1


def test_another_language_says_the_open_question_again() -> None:
    home = invited()

    (asked,) = home.texts("in English please")

    assert "Will your family come?" in asked
    assert home.family.contacts[ANA.id].language == "en"


def test_a_text_meant_for_one_of_two_events_is_given_to_the_one_that_the_family_picks() -> None:
    home = invited()
    home.invite(WORKSHOP)

    (which,) = home.texts("somos 4, 2 niños")
    home.texts("2")

    assert "1 " in which
    picked = [event for event, rsvp in home.family.rsvps.items() if rsvp.adults == 2]
    assert len(picked) == 1


def test_only_event_news_is_held_at_night() -> None:
    home = invited()
    home.texts("2 adultos")

    kinds = {said.kind for said in home.changes.said if said.contact_id == ANA.id}
    assert kinds == {Kind.EVENT, Kind.REPLY}


TEXTS = st.sampled_from(
    [
        *("sí", "no", "tal vez", "2", "5", "2 adultos 3 niños", "somos 4", "al final no vamos", "perdón, 3 adultos"),
        *("Hola", "menú", "1", "persona", "cambiar", "in English please", "español", "ALTO", "ALTA", "AYUDA"),
        *("la niña no come cacahuate", "xyz", "🙏", "", "número equivocado", "me quiero matar", "¿a qué hora es?"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from([ANA, LUIS]), st.integers(0, 3000)), max_size=12), TEXTS)
def test_any_texts_in_any_order_leave_a_family_that_another_text_continues(
    texts: list[tuple[str, object, int]], last: str
) -> None:
    home = Home()
    home.invite()
    home.invite(WORKSHOP)
    for text, contact, minutes in texts:
        home.later(minutes=minutes)
        home.texts(text, contact)  # type: ignore[arg-type]  # one of the two contacts
        _restart(home)
    home.texts(last)

    for conversation in home.family.conversations.values():
        assert conversation.stage in Stage
    for rsvp in home.family.rsvps.values():
        assert rsvp.coming in {"yes", "no", "maybe"}
        assert (rsvp.adults or 0) + (rsvp.children or 0) <= 30


def _restart(home: Home) -> None:
    """All that a process remembers is what the database would give back."""
    for key, conversation in home.family.conversations.items():
        home.family.conversations[key] = replace(conversation, record=json.loads(json.dumps(conversation.record)))


@pytest.mark.parametrize("size", [10_000, 1_600])
def test_a_very_long_text_is_taken_like_any_other(size: int) -> None:
    home = invited()
    home.texts("2 adultos 0 niños")

    (confirmed,) = home.texts("nuez " * (size // 5))

    assert len(confirmed) < 300
    assert home.changes.requests == []


# A photo beside an open question


def test_a_photo_whose_words_answer_nothing_has_arrived_and_the_open_question_is_said_again() -> None:
    home = Home()
    home.invite()
    home.texts("2 adults", LUIS)

    assert home.texts("my son drew this", LUIS, media=True) == [
        "Thank you, it arrived. A person at Lincoln School will look at it.\n"
        "How many children? Reply with a number, or 0"
    ]
    assert [(one.reason, one.words) for one in home.changes.passed_on] == [("media", "my son drew this")]
    home.texts("3", LUIS)
    assert home.family.rsvps[DINNER.id].children == 3


def test_the_long_question_of_an_invitation_is_said_again_in_few_words_beside_a_photo() -> None:
    home = Home()
    home.invite()

    assert home.texts("my son drew this", LUIS, media=True) == [
        "Thank you, it arrived. A person at Lincoln School will look at it.\n"
        "Please reply NO, or how many, for example: 2 adults 3 children"
    ]


def test_photos_do_not_count_as_answers_that_were_not_understood() -> None:
    home = Home()
    home.invite()
    for _photo in range(4):
        home.later(minutes=5)
        home.texts("my son drew this", LUIS, media=True)

    assert {request.reason for request in home.changes.requests} == {"media"}


def test_the_rest_of_an_album_is_not_answered_and_all_of_it_is_for_staff() -> None:
    home = Home()
    home.invite()
    home.texts("my son drew this", LUIS, media=True)
    home.later(seconds=-30)

    assert home.texts("", LUIS, media=True) == []
    assert [len(one.media) for one in home.changes.passed_on] == [1, 1]


def test_an_answer_beneath_a_photo_is_an_answer() -> None:
    home = Home()
    home.invite()
    home.texts("2 adults 0 children", LUIS, media=True)

    assert home.family.rsvps[DINNER.id].adults == 2
    assert [one.reason for one in home.changes.passed_on] == ["media"]


# A question in place of an answer


@pytest.mark.parametrize("text", ["what time does it start?", "¿a qué hora es?", "a que hora es?"])
def test_a_question_is_no_allergy(text: str) -> None:
    home = Home()
    home.invite()
    home.texts("2 adults 0 children", LUIS)

    assert home.texts(text, LUIS) == ["Please write it in your own words, or reply NO."]
    assert home.family.rsvps[DINNER.id].food is None


@pytest.mark.parametrize("text", ["peanuts, is that a problem?", "My son is allergic to nuts. Is that ok?", "no nuts"])
def test_an_allergy_with_a_question_is_one(text: str) -> None:
    home = Home()
    home.invite()
    for said in ("2 adults 0 children", text):
        home.texts(said, LUIS)

    assert home.family.rsvps[DINNER.id].food == text
