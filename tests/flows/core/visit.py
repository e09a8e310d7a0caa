"""A small flow, and a family that texts with it, for the tests of listening."""

from __future__ import annotations

from dataclasses import dataclass

from flows.core import _, ask, fetch_person, record, tell
from flows.core.listen import Corrected, Understood, correct, hear
from flows.core.question import Unsure
from flows.core.replay import Memory, Replayed, Start
from tests.flows.core.toys import NOW, Colours, Number, Words, YesOrNo, read, restarted, run


@dataclass(frozen=True, slots=True)
class Visit:
    """What the visit comes to."""

    kids: int | None = None
    dogs: int | None = None
    food: str | None = None


async def visit(*, newly: bool = False) -> Visit:
    """Do you come? With how many kids and dogs? What do you eat?"""
    if newly:
        await tell("welcome", _("welcome"))
    if not await ask("coming", YesOrNo(fills="kids"), _("coming?")):
        await tell("pity", _("what a pity"))
        return Visit()
    await tell("nice", _("nice"))
    kids = await ask("kids", Number("kids"), _("kids?"))
    await record(Visit(kids))
    dogs = await ask("dogs", Number("dogs"), _("dogs?"))
    if dogs > 9:
        await fetch_person("many dogs")
    food = await ask("food", Words(), _("food?"))
    await tell("bye", _("{kids} kids, {dogs} dogs", kids=kids, dogs=dogs))
    return Visit(kids, dogs, food)


async def painter() -> dict[str, int]:
    """Do you come? How much of each colour? What do you eat?"""
    await ask("coming", YesOrNo(), _("coming?"))
    colours = await ask("colours", Colours(), _("colours?"))
    await ask("food", Words(), _("food?"))
    return colours


def heard(text: str, memory: Memory, start: Start = visit) -> Understood:
    """``text`` as it was understood, after a restart."""
    understood = hear(start, restarted(memory), read(text), NOW, read)
    assert isinstance(understood, Understood)
    return understood


def corrected(text: str, memory: Memory, start: Start = visit) -> Corrected:
    """What ``text`` corrected, after a restart."""
    found = correct(start, restarted(memory), read(text), NOW, read)
    assert isinstance(found, Corrected)
    return found


def no_correction(text: str, memory: Memory, start: Start = visit) -> bool:
    """Whether ``text`` corrects nothing, after a restart."""
    return correct(start, restarted(memory), read(text), NOW, read) == Unsure()


def after(*texts: str, start: Start = visit) -> Memory:
    """The memory after these answers, one after the other."""
    memory = run(start).memory
    for text in texts:
        memory = heard(text, memory, start).replayed.memory
    return memory


def asked(came_to: Replayed) -> str | None:
    """The key of the open question."""
    return came_to.open.key if came_to.open else None
