"""A text inside a conversation: what it answers, and what it leaves over for other questions."""

from __future__ import annotations

import pytest

from flows.core import Mode, _, ask, keep
from flows.core.listen import Listening, Understood, hear
from flows.core.question import Unsure
from flows.core.replay import Memory
from tests.flows.core.toys import NOW, Greedy, Number, YesOrNo, answer, read, restarted, run
from tests.flows.core.visit import Visit, after, asked, corrected, heard, no_correction, painter, visit


def test_an_answer_leads_to_the_next_question():
    understood = heard("yes", after())

    assert (asked(understood.replayed), understood.replayed.said, understood.exact) == ("kids", (_("nice"),), True)


def test_what_the_open_question_cannot_read_changes_nothing():
    memory = after("yes")

    assert hear(visit, memory, read("who is this"), NOW, read) == Unsure()


@pytest.mark.parametrize(("text", "understood"), [("3", False), ("3 kids", True)])
def test_beside_a_talk_with_a_person_only_what_names_the_question_is_heard(text: str, understood: bool):
    listening = Listening(visit, restarted(after("yes")), read(text), NOW, read)

    assert isinstance(listening.hear(Mode.CORRECTING), Understood) is understood
    assert isinstance(listening.hear(), Understood)


def test_a_kept_fact_survives_an_answer_and_a_correction():
    async def flow(price: int) -> int:
        pinned = await keep("price", price)
        await ask("kids", Number("kids"), _("kids?"))
        return pinned

    answered = heard("3", run(lambda: flow(9)).memory, lambda: flow(1)).replayed
    change = corrected("actually 4", answered.memory, lambda: flow(1)).replayed

    assert (answered.outcome, change.outcome) == (9, 9)


def test_nothing_is_heard_where_no_question_is_open():
    assert hear(visit, after("no"), read("yes"), NOW, read) == Unsure()


def test_one_text_answers_every_question_that_it_names():
    understood = heard("yes, 2 dogs, 3 kids", after())

    assert asked(understood.replayed) == "food"
    assert understood.replayed.outcome == Visit(kids=3)
    assert not understood.exact  # the first question took only its own words


def test_what_another_question_filled_needs_no_second_text():
    understood = heard("yes, 3 kids", after())

    assert (asked(understood.replayed), understood.exact) == ("dogs", True)
    assert understood.replayed.memory.answers["kids"].filled_by_another


def test_a_bare_number_left_over_is_not_taken_for_what_was_not_asked():
    understood = heard("yes, 3", after())

    assert (asked(understood.replayed), understood.replayed.memory.rest) == ("kids", "3")


def test_words_left_over_wait_for_their_question_over_several_texts():
    memory = after("yes, 2 dogs")
    assert memory.rest == "2 dogs"

    understood = heard("3 kids and a bird", memory)

    assert asked(understood.replayed) == "food"
    assert understood.replayed.memory.answers["dogs"].value == 2
    assert understood.replayed.memory.rest == "and a bird"


def test_the_end_of_one_text_and_the_beginning_of_the_next_are_not_read_as_one():
    memory = after("yes, 4")
    understood = heard("3 kids, dogs", memory)

    assert asked(understood.replayed) == "dogs"


def test_nothing_said_on_the_way_is_lost_when_one_text_answers_several_questions():
    understood = heard("no", after())
    all_at_once = heard("yes, 3 kids, 12 dogs", after())

    assert understood.replayed.said == (_("what a pity"),)
    assert (all_at_once.replayed.said, all_at_once.replayed.people) == ((_("nice"),), ("many dogs",))


def test_a_free_answer_is_never_exact():
    assert not heard("nuts", after("yes, 3 kids, 1 dogs")).exact


def test_hearing_the_same_twice_comes_to_the_same():
    memory = after("yes, 1")

    assert heard("2 kids, 3 dogs", memory) == heard("2 kids, 3 dogs", memory)


def test_a_text_new_to_the_flow_is_said_with_the_next_answer():
    understood = heard("3 kids", after("yes"), lambda: visit(newly=True))

    assert understood.replayed.said == (_("welcome"),)


def test_what_a_changed_reader_cannot_read_is_answered_anew():
    async def tomorrow() -> int:
        return await ask("kids", Number("kids", edition=2), _("kids?"))

    memory = Memory({"kids": answer(3, "3")})

    assert heard("4 kids", memory, tomorrow).replayed.outcome == 4


def test_a_reader_that_takes_no_word_from_what_is_left_is_not_offered_it_for_ever():
    async def flow() -> int:
        await ask("coming", YesOrNo(), _("coming?"))
        return await ask("greedy", Greedy(), _("greedy?"))

    assert asked(heard("yes indeed", run(flow).memory, flow).replayed) == "greedy"


# Parts


@pytest.mark.parametrize("texts", [("2", "3"), ("2 red", "3 blue"), ("3 blue", "2"), ("2 red, 3 blue",)])
def test_an_answer_may_come_in_parts(texts: tuple[str, ...]):
    memory = after("yes", *texts, "no", start=painter)

    assert run(painter, restarted(memory)).outcome == {"red": 2, "blue": 3}
    assert memory.answers["colours"].raw == texts


def test_a_part_may_be_among_the_words_left_over():
    understood = heard("yes, 2 red", run(painter).memory, painter)

    assert understood.replayed.so_far == {"red": 2}
    assert heard("3", understood.replayed.memory, painter).replayed.memory.answers["colours"].value == {
        "red": 2,
        "blue": 3,
    }


def test_the_open_part_of_an_answer_is_answered_and_not_corrected():
    assert no_correction("4 red", after("yes", "2 red", start=painter), painter)
