"""What a flow can do beside asking: wait, keep, call a person, record what it knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.core import _, ask, fetch_person, keep, record, tell, wait
from flows.core.listen import Understood, hear
from flows.core.replay import Memory
from tests.flows.core.toys import NOW, Colours, Number, Words, YesOrNo, answer, read, restarted, run

LATER = NOW + timedelta(days=3)


async def maybe_later() -> bool:
    await tell("later", _("We ask again."))
    return await ask("coming", YesOrNo(), _("Do you come?"), at=LATER)


def test_a_question_for_later_is_open_at_once_and_carries_its_time():
    asked = run(maybe_later).open

    assert asked is not None
    assert (asked.key, asked.at) == ("coming", LATER)


@pytest.mark.parametrize(("text", "understood"), [("yes", False), ("actually yes", True)])
def test_before_its_time_a_question_takes_only_what_names_it(text: str, understood: bool):
    memory = restarted(run(maybe_later).memory)

    assert isinstance(hear(maybe_later, memory, read(text), NOW, read), Understood) is understood
    assert isinstance(hear(maybe_later, memory, read("yes"), LATER, read), Understood)


def test_a_part_of_an_answer_that_came_early_is_completed_at_once():
    async def flow() -> dict[str, int]:
        return await ask("colours", Colours(), _("colours?"), at=LATER)

    asked = run(flow, Memory({"colours": answer({"red": 2}, reader="colours/1")})).open

    assert asked is not None
    assert asked.at is None


async def rests() -> str:
    await tell("before", _("before"))
    await wait("rest", LATER)
    await tell("after", _("after"))
    return "over"


def test_a_rest_leaves_the_conversation_until_its_time():
    resting = run(rests)

    assert (resting.waiting, resting.said, resting.open, resting.done) == (("rest", LATER), (_("before"),), None, False)
    assert run(rests, restarted(resting.memory), LATER - timedelta(seconds=1)).waiting == ("rest", LATER)
    over = run(rests, restarted(resting.memory), LATER)
    assert (over.said, over.outcome) == ((_("after"),), "over")


def test_a_rest_that_was_declared_over_stays_over():
    early = run(rests, restarted(run(rests).memory.rested("rest")))

    assert (early.outcome, early.waiting) == ("over", None)
    assert run(rests, restarted(early.memory)).said == ()


async def keeps(price: int) -> str:
    pinned = await keep("price", price)
    await ask("adults", Number("adults"), _("adults?"))
    return "dear" if pinned > 5 else "cheap"


def test_a_kept_fact_decides_the_branch_for_good():
    asked = run(lambda: keeps(9)).memory
    answered = replace(asked, answers={"adults": answer(1)})

    assert run(lambda: keeps(1), restarted(answered)).outcome == "dear"
    assert run(lambda: keeps(1), Memory({"adults": answer(1)})).outcome == "cheap"


async def calls_a_person() -> None:
    await fetch_person("help")
    await ask("what", Words(), _("what?"))
    await fetch_person("unclear")


def test_a_person_is_fetched_once_for_each_reason():
    first = run(calls_a_person)
    last = run(calls_a_person, replace(restarted(first.memory), answers={"what": answer("x", reader="words/1")}))

    assert (first.people, last.people) == (("help",), ("unclear",))
    assert run(calls_a_person, restarted(last.memory).untold()).people == ()


async def records() -> str | None:
    await record("asked")
    coming = await ask("coming", YesOrNo(), _("Do you come?"))
    await record("answered")
    return "over" if coming else None


def test_the_outcome_is_what_was_last_recorded_or_returned():
    def answered(value: bool) -> Memory:
        return Memory({"coming": answer(value, reader="yes-or-no/1")})

    assert [run(records, m).outcome for m in (Memory(), answered(True), answered(False))] == [
        "asked",
        "over",
        "answered",
    ]
