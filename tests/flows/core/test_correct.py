"""A text that changes an answer: which one, what is told again, what is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.core import _, ask
from tests.flows.core.toys import Number, Words, YesOrNo, answer, restarted, run
from tests.flows.core.visit import Visit, after, asked, corrected, heard, no_correction, painter


def test_a_correction_says_what_was_and_what_is_and_tells_anew_what_came_after():
    memory = after("yes, 3 kids, 1 dogs", "nuts")
    change = corrected("actually 4 kids", memory)

    assert (change.before, change.now) == ("3", "4")
    assert change.replayed.said == (_("{kids} kids, {dogs} dogs", kids=4, dogs=1),)
    assert change.replayed.outcome == Visit(4, 1, "nuts")


def test_a_correction_keeps_the_answers_that_it_no_longer_reaches():
    memory = after("yes, 3 kids, 1 dogs", "nuts")
    no = corrected("actually no", memory)
    yes = corrected("actually yes", no.replayed.memory)

    assert (no.replayed.outcome, no.replayed.said) == (Visit(), (_("what a pity"),))
    assert (yes.replayed.outcome, yes.replayed.done) == (Visit(3, 1, "nuts"), True)
    assert len(yes.replayed.said) == 2  # nice, and goodbye


def test_a_correction_of_a_value_to_itself_changes_nothing_and_tells_anew():
    memory = after("yes, 3 kids, 1 dogs", "nuts")
    change = corrected("actually 3 kids", memory)

    assert (change.before, change.now, change.replayed.said) == (
        "3",
        "3",
        (_("{kids} kids, {dogs} dogs", kids=3, dogs=1),),
    )
    assert restarted(change.replayed.memory).told == memory.told


def test_a_person_who_was_fetched_is_not_fetched_again_by_a_correction():
    memory = after("yes, 3 kids, 12 dogs", "nuts")

    assert corrected("actually 13 dogs", memory).replayed.people == ()


def test_the_words_of_a_correction_are_kept_beside_those_that_it_corrects():
    memory = corrected("actually 4 kids", after("yes, 3 kids", "2", "nuts")).replayed.memory

    assert memory.answers["kids"].raw == ("yes, 3 kids", "actually 4 kids")
    assert memory.answers["kids"].filled_by_another


def test_a_corrected_answer_is_read_again_by_a_changed_reader_as_a_correction():
    async def tomorrow() -> int:
        return await ask("kids", Number("kids", edition=3), _("kids?"))

    memory = corrected("actually 4", after("yes", "3", "2", "nuts")).replayed.memory
    stale = replace(memory, answers={"kids": answer(4, "3", "actually 4")})

    assert run(tomorrow, restarted(stale)).outcome == 5


def test_a_correction_may_answer_the_open_question_as_well():
    change = corrected("actually 4 kids, 2 dogs", after("yes", "3"))

    assert asked(change.replayed) == "food"
    assert change.replayed.memory.answers["dogs"].value == 2


def test_words_that_a_correction_leaves_wait_beside_those_of_earlier_texts():
    change = corrected("actually 4 kids and so on", after("yes, hurrah", "3"))

    assert change.replayed.memory.rest == "hurrah\nand so on"


def test_a_text_that_names_no_answer_corrects_nothing():
    assert no_correction("who is this", after("yes, 3 kids, 1 dogs", "nuts"))
    assert no_correction("yes", after())


def test_while_a_conversation_is_under_way_the_newest_possible_answer_is_corrected():
    change = corrected("actually 5", after("yes, 3 kids, 1 dogs"))

    assert change.replayed.memory.answers["dogs"].value == 5
    assert change.replayed.memory.answers["kids"].value == 3


async def twice() -> tuple[bool, ...]:
    first = await ask("first", YesOrNo(), _("coming?"))
    again = await ask("again", YesOrNo(), _("still coming?"))
    kids = await ask("kids", Number("kids"), _("kids?"))
    return first, again, bool(kids)


def test_after_its_end_what_a_conversation_is_about_is_corrected_as_it_was_answered_last():
    change = corrected("actually no", after("yes", "yes", "3", start=twice), twice)

    assert change.replayed.outcome == (True, False, True)


async def with_care() -> tuple[bool, bool]:
    coming = await ask("coming", YesOrNo(fills="kids"), _("coming?"))
    return coming, await ask("care", YesOrNo(), _("child care?"))


def test_after_its_end_a_small_answer_is_not_taken_for_what_the_conversation_is_about():
    change = corrected("actually no", after("yes", "yes", start=with_care), with_care)

    assert change.replayed.outcome == (False, True)


def test_of_several_possible_answers_one_that_changes_is_corrected():
    change = corrected("actually no", after("yes", "no", "3", start=twice), twice)

    assert change.replayed.outcome == (False, False, True)


def test_a_part_that_a_correction_leaves_over_completes_what_is_known():
    change = corrected("actually yes, 3 blue", after("yes", "2 red", start=painter), painter)

    assert asked(change.replayed) == "food"
    assert change.replayed.memory.answers["colours"].value == {"red": 2, "blue": 3}


def test_the_open_part_of_an_answer_is_not_corrected_even_with_more_words():
    assert no_correction("actually 4 red and so on", after("yes", "2 red", start=painter), painter)


# What answers the open question is no correction


async def care() -> tuple[int, bool, str | None]:
    kids = await ask("kids", Number("kids"), _("kids?"))
    child_care = await ask("care", YesOrNo(), _("child care for {n}?", n=kids))
    food = await ask("food", Words(), _("food?"))
    return kids, child_care, food


@pytest.mark.parametrize("text", ["yes", "yes, for 2 kids", "no sorry", "yes please"])
def test_a_text_that_answers_the_open_question_corrects_no_other(text: str):
    memory = after("3", start=care)

    assert no_correction(text, memory, care)
    assert asked(heard(text, memory, care).replayed) == "food"


def test_a_cue_beside_an_answer_corrects_another_one():
    assert corrected("yes, actually 4 kids", after("3", start=care), care).now == "4"


def test_a_number_of_other_things_in_free_words_corrects_nothing():
    memory = after("3", "yes", start=care)

    assert no_correction("1 kids eats no nuts", memory, care)
    assert heard("1 kids eats no nuts", memory, care).replayed.outcome == (3, True, "1 kids eats no nuts")


def test_a_text_that_is_all_about_another_answer_corrects_it_though_any_words_were_asked_for():
    assert corrected("4 kids", after("3", "yes", start=care), care).now == "4"


def test_a_plain_no_to_a_question_for_free_words_corrects_nothing():
    assert no_correction("no", after("3", "yes", start=care), care)
