"""An event with limited places: the waiting list, and freed places that are offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows.facts import Room
from flows.outcomes import Rsvp
from tests.flows.chat import DINNER, Chat

LIMITED = replace(DINNER, places=40, child_care=False, food=False)
SEE_YOU = "See you at Family dinner! Thursday, March 12, 7:00 PM, gym: {}. To change anything, just write."
DECLINED = "Thank you for telling us. We will miss you at Family dinner! If that changes, just write."
FULL = "Family dinner is full, we are sorry. Shall we put you on the waiting list for 5 places? Reply with YES or NO"
THREE_LEFT = (
    "Only 3 places are left at Family dinner. Shall we put you on the waiting list for 5, or do fewer come? "
    "Reply YES or NO, or how many come"
)
ON_THE_LIST = (
    "You are on the waiting list of Family dinner. As soon as there is room, we write to you. "
    "To change anything, just write."
)
UNTIL = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
OFFER = (
    "Good news: there is room for 5 of you at Family dinner, Thursday, March 12, 7:00 PM! "
    "We keep the places until Monday, March 2, 6:00 PM. Do you take them? Reply with YES or NO"
)
FIVE_WAIT = Rsvp("waiting", 2, 3, listed=True)
LISTED = Room(free=0, asks_for=5, listed=True)
SINCE = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
OFFERED = Room(free=5, asks_for=5, listed=True, since=SINCE, kept_until=UNTIL)


def invited(free: int, **facts: object) -> Chat:
    """A family that was invited, with so many places free."""
    chat = Chat("rsvp", "en", event=LIMITED, room=Room(free), **facts)
    chat.opens()
    return chat


def waiting() -> Chat:
    """A family of five on the waiting list."""
    chat = invited(0)
    chat.says("2 adults 3 children")
    chat.facts["room"] = Room(0, asks_for=5)
    chat.says("yes")
    assert chat.outcome == FIVE_WAIT
    chat.facts["room"] = LISTED
    return chat


def coming(free: int) -> Chat:
    """A family of five that has its places, with so many more free."""
    chat = invited(5 + free)
    chat.says("2 adults 3 children")
    chat.facts["room"] = Room(5 + free, 2, 3)
    return chat


def test_a_party_that_fits_hears_nothing_of_places():
    chat = invited(5)

    assert chat.says("2 adults 3 children") == SEE_YOU.format("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_a_full_house_offers_the_waiting_list():
    chat = invited(0)

    assert chat.says("2 adults 3 children") == FULL
    assert chat.outcome == Rsvp("waiting", 2, 3)
    assert not chat.done
    chat.facts["room"] = Room(0, asks_for=5)
    assert chat.says("yes please") == ON_THE_LIST
    assert chat.outcome == FIVE_WAIT
    assert chat.done


@pytest.mark.parametrize("text", ["no", "no thanks", "we can't come then"])
def test_a_no_to_the_waiting_list_is_a_kind_no(text: str):
    chat = invited(0)
    chat.says("2 adults 3 children")

    assert chat.says(text) == DECLINED
    assert chat.outcome == Rsvp("no")
    assert chat.opens() == ""


@pytest.mark.parametrize("text", ["2 adults 1 child", "1 adult 2 children then", "we are 3, 2 are children"])
def test_a_smaller_party_comes_at_once(text: str):
    chat = invited(3)

    assert chat.says("2 adults 3 children") == THREE_LEFT
    chat.facts["room"] = Room(3, asks_for=5)
    assert chat.says(text).startswith("See you at Family dinner!")
    assert isinstance(chat.outcome, Rsvp)
    assert chat.outcome.coming == "yes"
    assert (chat.outcome.adults or 0) + (chat.outcome.children or 0) == 3


def test_a_bare_number_is_a_smaller_party():
    chat = invited(3)
    chat.says("2 adults 3 children")

    assert chat.says("3") == "Of the 3, how many are children? Reply with a number, or 0"
    assert chat.says("1") == SEE_YOU.format("2 adults, 1 child")


def test_a_party_that_is_still_too_large_is_told_so_again():
    chat = invited(3)
    chat.says("2 adults 3 children")

    assert chat.says("2 adults 2 children") == THREE_LEFT.replace("for 5", "for 4")
    assert chat.outcome == Rsvp("waiting", 2, 2)


def test_the_question_stands_when_a_place_is_freed_before_the_answer():
    chat = invited(0)
    chat.says("2 adults 3 children")
    chat.facts["room"] = Room(5, asks_for=5)

    assert chat.asked == "wait-for-5"
    assert chat.says("yes") == (
        "Good news: there is room for you after all!\n" + SEE_YOU.format("2 adults, 3 children")
    )


def test_who_waits_is_not_moved_in_silence_when_there_is_room():
    chat = waiting()
    chat.facts["room"] = replace(LISTED, free=5)

    assert chat.opens() == ""
    assert chat.outcome == FIVE_WAIT


def test_a_freed_place_is_offered_and_taken():
    chat = waiting()
    chat.facts["room"] = OFFERED

    assert chat.opens() == OFFER
    assert chat.outcome == FIVE_WAIT
    assert chat.says("Yes!") == "The places are yours!\n" + SEE_YOU.format("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_what_else_is_needed_is_asked_once_the_places_are_taken():
    chat = waiting()
    chat.facts["event"] = replace(LIMITED, child_care=True, food=True)
    chat.facts["room"] = OFFERED
    chat.opens()

    assert chat.says("yes") == (
        "The places are yours!\nChild care for the 3 children during the event? Reply YES or NO"
    )
    chat.facts["room"] = Room(5, 2, 3)
    assert chat.says("yes") == "Any allergies or special food? Write which, or NO"
    assert chat.says("no") == SEE_YOU.format("2 adults, 3 children, child care")


@pytest.mark.parametrize("text", ["5", "we are 5", "2 adults 3 children"])
def test_the_same_number_takes_the_offer(text: str):
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()

    assert chat.says(text).startswith("The places are yours!")


def test_fewer_people_take_a_part_of_the_offer():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()

    assert chat.says("2 adults") == "How many children? Reply with a number, or 0"
    assert chat.says("1") == SEE_YOU.format("2 adults, 1 child")


def test_more_people_than_offered_keep_the_offer_until_they_have_said_what_they_want():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()

    assert chat.says("3 adults 3 children").startswith("Only 5 places are left at Family dinner.")
    assert chat.outcome is None
    assert chat.says("then we are 2 adults 3 children") == OFFER
    assert chat.says("3 adults 3 children").startswith("Only 5 places are left")
    assert chat.says("yes") == ON_THE_LIST
    assert chat.outcome == Rsvp("waiting", 3, 3, listed=True)


def test_a_no_to_the_offer_is_a_kind_no():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()

    assert chat.says("no") == DECLINED
    assert chat.outcome == Rsvp("no")


def test_a_second_offer_is_asked_anew():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()
    chat.says("yes")
    chat.facts["room"] = Room(5, 2, 3)
    chat.says("sorry, we can't come")
    chat.facts["room"] = Room(0)
    chat.says("sorry, we will come")
    chat.facts["room"] = replace(OFFERED, since=UNTIL, kept_until=UNTIL.replace(day=5))

    assert chat.opens().startswith("Good news: there is room for 5 of you")


def test_an_offer_whose_time_begins_anew_is_the_same_question():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()
    asked = chat.asked
    chat.facts["room"] = replace(OFFERED, kept_until=UNTIL.replace(day=5))

    assert "We keep the places until Wednesday, March 4, 6:00 PM." in chat.opens()
    assert chat.asked == asked


def test_an_offer_that_ran_out_asks_whether_the_family_still_waits():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()
    chat.facts["room"] = replace(LISTED, passed_at=UNTIL)

    assert chat.opens() == (
        "We kept places at Family dinner for you, and the time is over. Shall we keep you on the waiting list? "
        "Reply with YES or NO"
    )
    assert chat.outcome == FIVE_WAIT
    assert chat.says("yes") == ON_THE_LIST


def test_a_late_yes_takes_the_places_where_nobody_else_did():
    chat = waiting()
    chat.facts["room"] = OFFERED
    chat.opens()
    chat.facts["room"] = replace(LISTED, passed_at=UNTIL, free=5)
    chat.opens()

    assert chat.says("yes").startswith("Good news: there is room for you after all!")
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_who_waits_with_fewer_comes_at_once_where_they_fit():
    chat = waiting()
    chat.facts["room"] = replace(LISTED, free=3)

    assert chat.says("sorry, we are only 2 adults 1 child").endswith(SEE_YOU.format("2 adults, 1 child"))


def test_who_waits_with_more_keeps_waiting():
    chat = waiting()

    assert chat.says("sorry, 2 adults 4 children").endswith(ON_THE_LIST)
    assert chat.outcome == Rsvp("waiting", 2, 4, listed=True)


def test_who_waits_can_decline():
    chat = waiting()

    assert chat.says("sorry, we can't come").endswith(DECLINED)
    assert chat.outcome == Rsvp("no")


def test_a_family_that_has_its_places_is_never_thrown_out():
    chat = coming(0)
    chat.facts["room"] = Room(0, 2, 3)  # staff took places away

    assert chat.opens() == ""
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_a_party_that_grows_beyond_the_room_keeps_its_places():
    chat = coming(1)

    assert chat.says("sorry, 2 adults 5 children").endswith(
        "Family dinner does not have room for 7 now. Your 5 places stay yours. "
        "Shall we put you on the waiting list for 7? Reply with YES or NO"
    )
    assert chat.outcome == Rsvp("yes", 2, 3, wanted=7)


@pytest.mark.parametrize("text", ["no", "5", "2 adults 3 children", "no thanks"])
def test_a_no_to_more_places_leaves_the_family_as_it_was(text: str):
    chat = coming(1)
    chat.says("sorry, 2 adults 5 children")
    chat.facts["room"] = Room(6, 2, 3, asks_for=7)

    assert chat.says(text) == SEE_YOU.format("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3)
    chat.facts["room"] = Room(40, 2, 3)
    assert chat.opens() == ""
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_not_coming_at_all_is_heard_where_more_places_are_asked_about():
    chat = coming(1)
    chat.says("sorry, 2 adults 5 children")
    chat.facts["room"] = Room(6, 2, 3, asks_for=7)

    assert chat.says("we can't come").endswith(DECLINED)
    assert chat.outcome == Rsvp("no")


def test_a_family_waits_for_more_places_and_keeps_those_it_has():
    chat = coming(1)
    chat.says("sorry, 2 adults 5 children")
    chat.facts["room"] = Room(6, 2, 3, asks_for=7)

    assert chat.says("yes") == (
        "You are on the waiting list of Family dinner for 7. As soon as there is room, we write to you.\n"
        + SEE_YOU.format("2 adults, 3 children")
    )
    assert chat.outcome == Rsvp("yes", 2, 3, wanted=7, listed=True)
    chat.facts["room"] = Room(7, 2, 3, asks_for=7, listed=True, since=SINCE, kept_until=UNTIL)
    assert chat.opens().startswith("Good news: there is room for 7 of you")
    assert chat.says("no") == SEE_YOU.format("2 adults, 3 children")
    assert chat.outcome == Rsvp("yes", 2, 3)


def test_more_places_are_taken():
    chat = coming(1)
    chat.says("sorry, 2 adults 5 children")
    chat.facts["room"] = Room(6, 2, 3, asks_for=7)
    chat.says("yes")
    chat.facts["room"] = Room(7, 2, 3, asks_for=7, listed=True, since=SINCE, kept_until=UNTIL)
    chat.opens()

    assert chat.says("yes") == "The places are yours!\n" + SEE_YOU.format("2 adults, 5 children")
    assert chat.outcome == Rsvp("yes", 2, 5)
