"""Whatever families text, and whenever: never more people with places than there are places."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.errors import Refusal
from tests import databases
from tests.hall import Hall, hall

PLACES = 9
FAMILIES = (1, 2, 3, 4)
TEXTS = (
    *("yes", "no", "2 adults 3 children", "1 adult 1 child", "2 adults 2 children", "4", "2", "sorry, we can't come"),
    *("sorry, we are 2 adults 5 children", "sorry, we are 1 adult 2 children", "we will come", "change", "maybe", "hi"),
)
FULL_HOUSE = (
    *((1, "2 adults 3 children"), (2, "2 adults 2 children")),
    *((3, "2 adults 2 children"), (3, "yes"), (4, "1 adult 1 child"), (4, "yes")),
)
_files = count()


@dataclass
class Step:
    """What happens next: texts that arrive together, or time that passes, or staff who change the places."""

    texts: list[tuple[int, str]] = field(default_factory=list)
    hours: float = 0
    places: int = 0


TEXTED = st.lists(
    st.tuples(st.sampled_from([*FAMILIES, 51, 52]), st.sampled_from(TEXTS)),
    min_size=1,
    max_size=3,
    unique_by=lambda t: t[0],
).map(lambda texts: Step(texts=texts))
STEPS = st.lists(
    st.one_of(
        TEXTED,
        TEXTED,
        TEXTED,
        st.builds(Step, hours=st.sampled_from([0.0, 3.0, 25.0])),
        st.builds(Step, places=st.integers(5, 14)),
    ),
    min_size=8,
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_there_are_never_more_people_than_places(steps: list[Step], sqlite_template: Path, tmp_path: Path):
    url = databases.copied(sqlite_template, tmp_path / f"{next(_files)}.db")
    asyncio.run(play(url, steps))


async def play(url: str, steps: list[Step]) -> None:
    """The steps, one after the other, with a look at the places after each."""
    async with hall(url, PLACES, FAMILIES, parents=2) as lincoln:
        for number, words in FULL_HOUSE:
            await lincoln.text(number, words)
        for step in steps:
            await carry_out(lincoln, step)
            assert await lincoln.given_away() <= (lincoln.dinner.places or 0), await lincoln.stands()
        await lincoln.jobs()
        await lincoln.jobs(hours=25)
        assert await failures(lincoln) == 0


async def carry_out(lincoln: Hall, step: Step) -> None:
    """One step."""
    if step.texts:
        await lincoln.together(*step.texts)
    elif step.places:
        with suppress(Refusal):
            await lincoln.change(step.places)
    else:
        await lincoln.jobs(hours=step.hours)


async def failures(lincoln: Hall) -> int:
    """How many turns raised."""
    async with lincoln.database.read() as db:
        found = await db.execute(text("SELECT count(*) FROM help_requests WHERE reason = 'failure'"))
        return int(found.scalar_one())
