"""A flow in the list of flows."""

from __future__ import annotations

import pytest

from flows import FLOWS
from flows.core import _, ask, tell
from flows.core.flow import Flow
from flows.core.replay import Memory
from tests.flows.core.toys import Number, answer, run


async def trip(school: str, event: str) -> str:
    await tell("hello", _("{school}", school=school))
    kids = await ask("kids", Number("kids"), _("kids?"))
    return f"{event} of {kids}"


def test_a_flow_is_told_the_facts_that_it_asks_for_and_no_others():
    flow = Flow("trip", trip, about="event")
    start = flow.start({"school": "Lincoln", "event": "Zoo", "weather": "rain"})

    assert flow.facts == ("school", "event")
    assert run(start, Memory({"kids": answer(3)})).outcome == "Zoo of 3"


def test_facts_are_read_fresh_each_time():
    flow, facts = Flow("trip", trip), {"school": "Lincoln", "event": "Zoo"}
    memory = Memory({"kids": answer(3)})
    run(flow.start(facts), memory)

    assert run(flow.start({**facts, "event": "Museum"}), memory).outcome == "Museum of 3"


def test_one_start_begins_as_many_runs_as_are_needed():
    start = Flow("trip", trip).start({"school": "Lincoln", "event": "Zoo"})

    assert run(start).said == run(start).said == (_("{school}", school="Lincoln"),)


def test_a_fact_that_nobody_knows_is_named():
    with pytest.raises(KeyError, match="event"):
        Flow("trip", trip).start({"school": "Lincoln"})


def test_each_flow_of_the_list_stands_under_its_own_name():
    assert {flow.name for flow in FLOWS.values()} == set(FLOWS)
    # What a request is about stays between the family and a person: no flow is told.
    assert all(flow.about in (None, "request") or flow.about in flow.facts for flow in FLOWS.values())
