"""The events that are coming up, with who comes."""

from __future__ import annotations

from bot.desk import words
from bot.desk.visit import Visit
from bot.records import HeadCount
from bot.store import events, rsvps
from flows.core.text import Text, _, plural
from flows.facts import Event


async def show_all(visit: Visit, _args: list[str]) -> None:
    """Every event that is coming up, the next one first."""
    ahead = [
        event
        for event in await events.coming_up(visit.db, [visit.school.id], visit.now)
        if event.takes_answers(visit.now)
    ]
    if not ahead:
        visit.say(words.no_events())
        return
    counts = await rsvps.head_counts(visit.db, [event.id for event in ahead])
    lines = (visit.in_words(_line(event, counts[event.id])) for event in ahead)
    visit.say("\n\n".join(lines))


def _line(event: Event, count: HeadCount) -> Text:
    counts = words.some(
        plural("{n} family comes", "{n} families come", n=count.yes),
        plural("{n} adult", "{n} adults", n=count.adults),
        plural("{n} child", "{n} children", n=count.children),
        plural("{n} on the waiting list", "{n} on the waiting list", n=count.waiting),
        plural("{n} perhaps", "{n} perhaps", n=count.maybe),
        plural("{n} cannot come", "{n} cannot come", n=count.no),
        plural("{n} has not answered", "{n} have not answered", n=count.not_answered),
    )
    if not counts:
        return _("{event}, {starts:day}, {starts:time}. Nobody is invited yet.", event=event.title, starts=event.starts)
    return _("{event}, {starts:day}, {starts:time}: {counts}.", event=event.title, starts=event.starts, counts=counts)
