"""What the school knows at the end of a journey: a few lines under its transcript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import announcements, help_desk
from bot.announcements import announcement_results
from bot.help_desk import Call
from bot.pulses import pulse_results
from bot.pulses.pulse_results import OnePulse
from bot.records import Rsvp
from bot.store import attendances, rsvps
from bot.transcripts.stage import Stage
from flows.facts import Event, Household


async def known(stage: Stage) -> list[str]:
    """A line for each answer, family at the door, request, announcement and pulse."""
    lines: list[str] = []
    async with stage.app.database.read() as db:
        for event in stage.events.values():
            lines += await _of_event(db, stage, event)
        lines += map(_request, await help_desk.calls(db, stage.school, closed=True))
        for one in reversed(await announcements.listed(db, stage.school)):
            results = await announcement_results.results(db, one)
            told = (f"{counts.delivered + counts.accepted} in {code}" for code, counts in results.by_language.items())
            lines.append(", ".join((f"The announcement is {one.state}", *told)))
        lines += _pulses((await pulse_results.results(db, stage.school, stage.now[0])).pulses)
    return lines or ["nothing new"]


async def _of_event(db: AsyncConnection, stage: Stage, event: Event) -> list[str]:
    neighbours = {contact.household_id for contact in stage.neighbours}
    given = await rsvps.of_event(db, event.id)
    lines = [_answer(home, rsvp) for home, rsvp in given if home.id not in neighbours]
    if more := len(given) - len(lines):
        lines.append(f"{more} other families, yes")
    there = [one for one in await attendances.of_event(db, event.id) if one[1].source != "rsvp"]
    lines += [f"{home.name} was there, adults {one.adults}, children {one.children}" for home, one in there]
    return [f"{event.title.best('en')}: {line}" for line in lines]


def _answer(home: Household, rsvp: Rsvp) -> str:
    said = [home.name or "a family without a name", rsvp.coming]
    said += [f"{word} {n}" for n, word in ((rsvp.adults, "adults"), (rsvp.children, "children")) if n is not None]
    said += ["a place is kept for it"] if rsvp.is_offered else []
    said += ["child care"] if rsvp.child_care else []
    said += [f'food: "{rsvp.food}"'] if rsvp.food else []
    said += [f"interpreter: {rsvp.interpreter}"] if rsvp.interpreter else []
    return ", ".join(said)


def _request(call: Call) -> str:
    request = call.request
    if request.closed_at is not None:
        return f"A person was asked for: {request.reason}, closed by {request.closed_by}"
    owner = f", {call.owner.name} has it" if call.owner is not None else ""
    return f"A person is asked for: {request.reason}{', urgent' if request.urgent else ''}{owner}"


def _pulses(pulses: Iterable[OnePulse]) -> Iterator[str]:
    for one in pulses:
        shown = f"average {one.group.average}" if one.group is not None else one.hidden
        if one.asked:
            yield f"How it was: {one.answered} of {one.asked} families answered, {shown}"
