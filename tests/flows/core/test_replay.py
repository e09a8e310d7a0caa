"""The driver of flows: what is asked, said and kept when a coroutine runs again from its top."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows.core import _, ask, tell
from flows.core.replay import FILLED_BY_ANOTHER, Answer, Memory, replay
from tests.flows.core.toys import NOW, Colours, Number, answer, restarted, run


def adults_and_kids(*, inserted: bool = False, without_kids: bool = False, edition: int = 1) -> Any:
    """A flow of two questions, as it is today and as it may be tomorrow."""

    async def flow() -> tuple[int, ...]:
        adults = await ask("adults", Number("adults", edition), _("adults?"))
        await tell("thanks", _("thanks"))
        dogs = (await ask("dogs", Number("dogs"), _("dogs?")),) if inserted else ()
        kids = () if without_kids else (await ask("kids", Number("kids"), _("kids?")),)
        await tell("bye", _("bye"))
        return (adults, *dogs, *kids)

    return flow


def test_the_first_question_without_an_answer_is_the_open_one():
    came_to = run(adults_and_kids())

    assert came_to.open is not None
    assert (came_to.open.key, came_to.open.text, came_to.done) == ("adults", _("adults?"), False)


def test_answers_are_given_back_and_the_flow_runs_to_its_outcome():
    came_to = run(adults_and_kids(), Memory({"adults": answer(2), "kids": answer(3)}))

    assert (came_to.outcome, came_to.done, came_to.open) == ((2, 3), True, None)


def test_a_text_is_told_the_first_time_only():
    first = run(adults_and_kids(), Memory({"adults": answer(2)}))
    again = run(adults_and_kids(), first.memory)

    assert (first.said, again.said) == ((_("thanks"),), ())


def test_a_text_whose_words_changed_since_is_not_told_again():
    async def flow(name: str) -> None:
        await tell("hello", _("Hello {name}", name=name))

    first = run(lambda: flow("Ana"))

    assert run(lambda: flow("Eva"), first.memory).said == ()


@pytest.mark.parametrize("answers", [{}, {"adults": answer(2)}, {"adults": answer(2), "kids": answer(3)}])
def test_a_restart_changes_nothing(answers: dict[str, Answer]):
    before = run(adults_and_kids(), Memory(answers, rest="and a dog"))

    assert restarted(before.memory) == before.memory
    assert run(adults_and_kids(), restarted(before.memory)) == run(adults_and_kids(), before.memory)


def test_an_empty_record_is_the_memory_of_a_new_conversation():
    assert Memory.load({}) == Memory()


def test_a_question_inserted_tomorrow_is_asked_even_when_the_conversation_was_over():
    over = run(adults_and_kids(), Memory({"adults": answer(2), "kids": answer(3)})).memory
    asked = run(adults_and_kids(inserted=True), restarted(over))

    assert asked.open is not None
    assert (asked.open.key, asked.said) == ("dogs", ())
    answered = replace(asked.memory, answers={**asked.memory.answers, "dogs": answer(1)})
    assert run(adults_and_kids(inserted=True), answered).outcome == (2, 1, 3)


def test_the_answer_to_a_question_removed_tomorrow_is_ignored_and_kept():
    over = run(adults_and_kids(), Memory({"adults": answer(2), "kids": answer(3)})).memory
    without = run(adults_and_kids(without_kids=True), restarted(over))

    assert without.outcome == (2,)
    assert run(adults_and_kids(), without.memory).outcome == (2, 3)


# A reader that changed


def test_a_changed_reader_reads_the_same_words_again():
    memory = Memory({"adults": answer(2, "2 adults"), "kids": answer(3)})
    came_to = run(adults_and_kids(edition=3), restarted(memory))

    assert came_to.outcome == (3, 3)
    assert came_to.memory.answers["adults"] == answer(3, "2 adults", reader="number/3")


def test_a_changed_reader_asks_again_only_where_it_cannot_read():
    memory = Memory({"adults": answer(2, "2"), "kids": answer(3, "3")})
    came_to = run(adults_and_kids(edition=2), restarted(memory))

    assert came_to.open is not None
    assert (came_to.open.key, sorted(came_to.memory.answers)) == ("adults", ["kids"])


def test_words_are_not_read_again_while_their_reader_is_the_same():
    def nobody_reads(text: str) -> Any:
        raise AssertionError(text)

    memory = Memory({"adults": answer(2, "not a number"), "kids": answer(3, "nor this")})

    assert replay(adults_and_kids(), memory, NOW, nobody_reads).outcome == (2, 3)


def colours(edition: int) -> Any:
    async def flow() -> dict[str, int]:
        return await ask("colours", Colours(edition), _("colours?"))

    return flow


def test_an_answer_given_in_several_texts_is_read_again_from_all_of_them():
    memory = Memory({"colours": answer({"red": 2, "blue": 5}, "2", "3", "actually 5 blue", reader="colours/1")})

    assert run(colours(2), restarted(memory)).outcome == {"red": 2, "blue": 5}


@pytest.mark.parametrize(("raw", "outcome"), [("yes, 4 adults", (4, 3)), ("4", None)])
def test_words_said_to_another_question_are_read_again_as_such(raw: str, outcome: object):
    filled = answer(4, raw, reader=FILLED_BY_ANOTHER)
    reached = run(adults_and_kids(), Memory({"adults": filled, "kids": answer(3)})).memory
    changed = reached.answers["adults"].reader.replace("/1", "/0")
    memory = replace(reached, answers={**reached.answers, "adults": replace(filled, reader=changed)})

    # A bare "4" said to another question was perhaps no number of adults; so it is asked.
    assert run(adults_and_kids(), restarted(memory)).outcome == outcome


def test_an_answer_filled_by_another_question_waits_for_its_own():
    memory = restarted(Memory({"kids": answer(3, "yes, 3 kids", reader=FILLED_BY_ANOTHER)}))
    asked = run(adults_and_kids(), memory)
    answered = replace(asked.memory, answers={**asked.memory.answers, "adults": answer(2)})

    assert asked.open is not None
    assert asked.open.key == "adults"
    assert run(adults_and_kids(), restarted(answered)).outcome == (2, 3)


def test_a_part_of_an_answer_leaves_its_question_open_for_what_is_missing():
    memory = Memory({"colours": answer({"red": 2}, "2", reader="colours/1")})
    came_to = run(colours(1), restarted(memory))

    assert came_to.open is not None
    assert (came_to.open.text, came_to.so_far) == (_("how many {colour}?", colour="blue"), {"red": 2})


def test_words_left_over_wait_for_a_question_and_for_nothing_after_the_end():
    waiting = run(adults_and_kids(), Memory({"adults": answer(2)}, rest="thanks a lot"))
    over = run(adults_and_kids(), replace(waiting.memory, answers={"adults": answer(2), "kids": answer(3)}))

    assert (waiting.memory.rest, over.memory.rest) == ("thanks a lot", "")


def test_forgotten_keys_are_asked_and_told_again():
    over = run(adults_and_kids(), Memory({"adults": answer(2), "kids": answer(3)})).memory
    again = run(adults_and_kids(), over.without(("kids", "bye")))

    assert again.open is not None
    assert (again.open.key, again.said) == ("kids", ())
    assert run(adults_and_kids(), over.without(("bye",))).said == (_("bye"),)


def test_everything_is_told_again_where_a_conversation_is_taken_up_anew():
    over = run(adults_and_kids(), Memory({"adults": answer(2), "kids": answer(3)})).memory

    assert run(adults_and_kids(), over.untold()).said == (_("thanks"), _("bye"))


def test_what_a_family_wrote_is_not_shown_by_any_repr():
    food = answer("peanuts", "no peanuts", reader="words/1")
    memory = Memory({"food": food}, kept={"text": "peanuts"}, rest="peanuts")

    assert "peanuts" not in repr(memory)
    assert "peanuts" not in repr(run(adults_and_kids(), memory))
