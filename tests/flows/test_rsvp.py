"""The invitation, as families answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.facts import Event
from flows.outcomes import Rsvp
from tests.flows.chat import DINNER, HOUSEHOLD, Chat, contact

INVITATION = (
    "Escuela Lincoln: Family dinner, Thursday, March 12, 7:00 PM, gym. Will your family come? "
    "Reply NO, or how many. E.g.: 2 adults 3 children"
)
MEETING = replace(DINNER, child_care=False, food=False)
IN_ENGLISH = replace(MEETING, languages=("en",))


def english(event: Event = DINNER, **facts: object) -> Chat:
    """A family that was just invited in English."""
    chat = Chat("rsvp", "en", event=event, **facts)
    assert chat.opens() == INVITATION
    return chat


def confirmed(details: str) -> str:
    """The confirmation that lists ``details``."""
    return f"See you at Family dinner! Thursday, March 12, 7:00 PM, gym: {details}. To change anything, just write."


def test_an_invitation_is_answered_in_one_text():
    chat = Chat("rsvp", "es")

    assert chat.opens() == (
        "Escuela Lincoln: Cena de familias, jueves 12 de marzo, 7:00 p.m., gimnasio. ¿Viene su familia? "
        "Responda NO, o el total. Ej: 2 adultos 3 niños"
    )
    assert chat.says("si vamos 2 grandes y 3 niños") == (
        "¿Cuidado infantil para los 3 niños en el evento? Responda SÍ o NO"
    )
    assert chat.says("Sí por favor 🙏") == "¿Alergias o comida especial? Escriba cuál, o NO"
    assert chat.says("la niña no come cacahuate") == (
        "¡Les esperamos! Cena de familias, jueves 12 de marzo, 7:00 p.m., gimnasio: 2 adultos, 3 niños, "
        'cuidado infantil, "la niña no come cacahuate". Para cambiar algo, solo escriba.'
    )
    assert chat.outcome == Rsvp("yes", 2, 3, child_care=True, food="la niña no come cacahuate")


def test_an_invitation_is_answered_step_by_step():
    chat = english()

    assert chat.says("yes") == "How many adults will come?"
    assert chat.says("two") == "How many children? Reply with a number, or 0"
    assert chat.says("1") == "Child care for your child during the event? Reply YES or NO"
    assert chat.says("no thanks") == "Any allergies or special food? Write which, or NO"
    assert chat.says("no") == confirmed("2 adults, 1 child")
    assert chat.outcome == Rsvp("yes", 2, 1, child_care=False, food="")


def test_a_total_is_split_by_one_more_question():
    chat = english()

    assert chat.says("5") == "Of the 5, how many are children? Reply with a number, or 0"
    assert chat.says("3") == "Child care for the 3 children during the event? Reply YES or NO"


def test_one_person_is_an_adult():
    chat = english(MEETING)

    assert chat.says("just me") == confirmed("1 adult")


@pytest.mark.parametrize("text", ["no", "No podemos", "we can't make it", "sorry, no", "nobody"])
def test_a_family_that_does_not_come_is_asked_nothing_more(text: str):
    chat = english()

    assert chat.says(text) == (
        "Thank you for telling us. We will miss you at Family dinner! If that changes, just write."
    )
    assert (chat.outcome, chat.done) == (Rsvp("no"), True)


def test_only_what_the_event_offers_is_asked():
    chat = english(MEETING)

    assert chat.says("2 adults 3 children") == confirmed("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_a_party_without_children_is_not_asked_about_child_care():
    chat = english()

    assert chat.says("2 adults, no kids") == "Any allergies or special food? Write which, or NO"


def test_a_household_without_a_name_is_asked_for_one():
    chat = english(MEETING, household=replace(HOUSEHOLD, name=None))

    assert chat.says("2 adults 3 children") == "What name may we write on the list at the door?"
    assert chat.says("Familia Luna") == confirmed("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3, name="Familia Luna")


def test_a_family_of_another_language_is_offered_an_interpreter():
    chat = Chat("rsvp", "es", event=IN_ENGLISH)
    chat.opens()

    assert chat.says("2 adultos 3 niños") == "¿Quiere un intérprete de español? Responda SÍ o NO"
    assert "intérprete" in chat.says("sí")
    assert chat.outcome == Rsvp("yes", 2, 3, interpreter=True)


@pytest.mark.parametrize("language", ["en", None])
def test_nobody_else_is_offered_one(language: str | None):
    chat = english(IN_ENGLISH, contact=contact(language))

    assert chat.says("2 adults 3 children") == confirmed("2 adults, 3 children")


# Maybe


def maybe() -> Chat:
    """A family that does not know yet, and has a week and a half to think."""
    chat = english(MEETING)
    assert chat.says("maybe") == (
        "No hurry, thank you! We will ask again two days before. If you know sooner, just write."
    )
    assert chat.outcome == Rsvp("maybe")
    return chat


def test_a_family_that_does_not_know_is_asked_again_two_days_before():
    chat = maybe()
    chat.now = DINNER.starts - timedelta(days=2)

    assert chat.opens() == (
        "Escuela Lincoln: Family dinner is on Thursday, March 12, 7:00 PM. Can your family come? "
        "Reply NO, or how many. E.g.: 2 adults 3 children"
    )
    assert chat.says("yes, 2 adults and 1 kid") == confirmed("2 adults, 1 child")


def test_a_family_that_knows_sooner_just_writes():
    chat = maybe()

    assert chat.says("we are coming, 2 adults 1 kid") == confirmed("2 adults, 1 child")


@pytest.mark.parametrize("text", ["ok", "👍", "thank you", "5"])
def test_what_thanks_for_the_patience_is_no_answer(text: str):
    chat = maybe()

    assert chat.says(text) == ""
    assert (chat.outcome, chat.asked) == (Rsvp("maybe"), "coming-after-all")


def test_a_second_maybe_ends_it():
    chat = maybe()
    chat.now = DINNER.starts - timedelta(days=2)
    chat.opens()

    assert chat.says("not sure") == "Thank you. You are welcome until the last minute: just write."
    assert (chat.outcome, chat.done) == (Rsvp("maybe"), True)


def test_who_said_maybe_and_came_after_all_may_still_stay_at_home():
    chat = maybe()
    chat.says("we are coming, 2 adults 1 kid")

    assert chat.says("we can't make it anymore") == (
        "Thank you for telling us. We will miss you at Family dinner! If that changes, just write."
    )


# A change of mind


def answered(event: Event = DINNER) -> Chat:
    """Two adults and three children who take the child care and eat no nuts."""
    chat = english(event)
    for text in ("2 adults 3 children", "yes", "no nuts"):
        chat.says(text)
    assert chat.outcome == Rsvp("yes", 2, 3, child_care=True, food="no nuts")
    return chat


def test_a_new_number_is_confirmed_beside_the_old_one():
    chat = answered()

    assert chat.says("actually 4 adults") == (
        "Changed. Before: 2 adults, 3 children. Now: 4 adults, 3 children.\n"
        + confirmed('4 adults, 3 children, child care, "no nuts"')
    )
    assert chat.outcome == Rsvp("yes", 4, 3, child_care=True, food="no nuts")


def test_a_new_total_asks_how_many_are_children():
    chat = answered()

    assert chat.says("al final somos 6") == (
        "Changed. Before: 2 adults, 3 children. Now: 6 people.\n"
        "Of the 6, how many are children? Reply with a number, or 0"
    )
    assert chat.says("4") == confirmed('2 adults, 4 children, child care, "no nuts"')


def test_who_comes_after_all_need_not_say_everything_again():
    chat = answered()
    chat.says("we can't come anymore")
    assert chat.outcome == Rsvp("no")

    assert chat.says("yes, we are coming") == (
        "Changed. Before: you are not coming. Now: you are coming.\n"
        + confirmed('2 adults, 3 children, child care, "no nuts"')
    )


def test_who_says_the_same_again_is_confirmed_again():
    chat = answered()

    assert chat.says("2 adults 3 children") == confirmed('2 adults, 3 children, child care, "no nuts"')
    assert chat.says("we are 5") == confirmed('2 adults, 3 children, child care, "no nuts"')


def test_a_child_more_may_need_what_was_not_asked_before():
    chat = english()
    for text in ("2 adults, no kids", "no nuts"):
        chat.says(text)

    assert chat.says("actually 1 kid") == (
        "Changed. Before: 2 adults. Now: 2 adults, 1 child.\n"
        "Child care for your child during the event? Reply YES or NO"
    )
    assert chat.says("yes") == confirmed('2 adults, 1 child, child care, "no nuts"')


def test_a_dinner_that_moved_is_confirmed_with_its_new_time():
    chat = answered()
    chat.facts["event"] = replace(DINNER, starts=DINNER.starts + timedelta(days=1))

    assert "Friday, March 13" in chat.says("actually 4 adults")


def test_child_care_that_staff_offer_later_is_asked_about():
    chat = english(replace(DINNER, child_care=False))
    for text in ("2 adults 3 children", "no nuts"):
        chat.says(text)
    chat.facts["event"] = DINNER

    assert chat.opens() == "Child care for the 3 children during the event? Reply YES or NO"
    assert chat.says("yes") == confirmed('2 adults, 3 children, child care, "no nuts"')
    assert chat.outcome == Rsvp("yes", 2, 3, child_care=True, food="no nuts")


def test_child_care_that_staff_offer_later_is_asked_about_after_a_correction():
    chat = english(replace(DINNER, child_care=False))
    for text in ("2 adults 3 children", "no nuts"):
        chat.says(text)
    chat.facts["event"] = DINNER

    assert chat.says("actually 4 adults").endswith("Child care for the 3 children during the event? Reply YES or NO")
    assert chat.says("yes") == confirmed('4 adults, 3 children, child care, "no nuts"')


# What must not be misread


def asked_about(key: str) -> Chat:
    """A family with 3 children to whom the question ``key`` was put."""
    chat = english()
    for text in ("yes", "2 adults 3 children", "yes"):
        if chat.asked != key:
            chat.says(text)
    assert chat.asked == key
    return chat


@pytest.mark.parametrize("text", ["yes, for the 3 kids", "sí, para 2 niños", "yes please", "sorry, no", "no, sorry"])
def test_an_answer_about_child_care_changes_no_number(text: str):
    chat = asked_about("child-care")

    assert chat.says(text) == "Any allergies or special food? Write which, or NO"
    assert chat.memory.answers["party"].value == {"adults": 2, "children": 3, "total": 5}


@pytest.mark.parametrize(
    "food", ["1 kid is allergic to peanuts", "los 3 niños son vegetarianos", "2 adults eat no pork"]
)
def test_an_allergy_with_a_number_in_it_changes_no_number(food: str):
    chat = asked_about("food")

    assert chat.says(food) == confirmed(f'2 adults, 3 children, child care, "{food}"')


@pytest.mark.parametrize("text", ["no", "sorry, no", "No, thank you", "nothing"])
def test_a_polite_no_to_special_food_changes_no_answer(text: str):
    chat = asked_about("food")

    assert chat.says(text) == confirmed("2 adults, 3 children, child care")


def test_who_cannot_come_may_say_so_at_any_question():
    for key in ("party", "child-care", "food"):
        chat = asked_about(key)

        assert "We will miss you" in chat.says("we can't come anymore")
        assert chat.outcome == Rsvp("no")


def test_a_yes_beside_the_numbers_is_no_yes_to_child_care():
    chat = asked_about("party")

    assert chat.says("yes, 2 adults and 3 kids") == "Child care for the 3 children during the event? Reply YES or NO"


def test_a_long_description_is_kept_whole_and_said_back_short():
    chat = asked_about("food")
    food = "no nuts, no milk, no eggs, no fish, and nothing that was near them in the same kitchen, please"

    assert '..."' in chat.says(food)
    assert isinstance(chat.outcome, Rsvp)
    assert chat.outcome.food == food


def test_what_is_not_understood_gets_an_example_then_choices_then_a_person():
    chat = english()

    assert [chat.says("¿?"), chat.says("who knows when"), chat.says("hm")] == [
        "Please reply NO, or how many, for example: 2 adults 3 children",
        "One word is enough: YES, NO or MAYBE.",
        "Thank you. A person at Escuela Lincoln will read your message and answer you here.",
    ]


def test_more_people_than_a_family_has_are_not_believed():
    chat = english()
    chat.says("yes")

    assert chat.says("400") == "Please reply with a number up to 30."
