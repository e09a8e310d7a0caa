"""``sobremesa events move``, ``change`` and ``cancel``: what families are told and what it costs; then it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.event_rows import check_languages
from bot.commands.inviting import FAMILIES, costs, say_when
from bot.commands.opening import Desk, actor, desk, run
from bot.commands.options import EventId, OfSchool, Yes, by_language
from bot.commands.terminal import confirm, progress, say, several, tell

if TYPE_CHECKING:
    from bot.events.event_news import Change
    from bot.language.catalogs import Catalogs
    from flows.facts import Event, School

Quietly = Annotated[bool, typer.Option("--quietly", help="Tell nobody.")]
NewWords = Annotated[
    list[str] | None, typer.Option(metavar="LANGUAGE=TEXT", help="Once for each language in which it is new.")
]
Becomes = Callable[["School", "Event"], "Event"]


def move(
    event: EventId,
    starts: Annotated[str, typer.Option(metavar="TIME", help='In the time of the school: "2027-03-19 18:00".')],
    ends: Annotated[
        str | None,
        typer.Option(metavar="TIME", help='"2027-03-19 20:00" or just "20:00"; else it lasts as long as before.'),
    ] = None,
    place: NewWords = None,
    quietly: Quietly = False,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Move an event to another time, and place: families are told, and what they answered stays."""
    from bot.commands.times import span

    where = by_language(place or [], "--place")

    def becomes(of: School, before: Event) -> Event:
        hours = (before.ends - before.starts).total_seconds() / 3600
        begins, over = span(starts, ends, None if ends else hours, of.timezone)
        return replace(before, starts=begins, ends=over, place=_new(before.place, where))

    run(_change(event, becomes, quietly, yes, school))


def change(
    event: EventId,
    title: NewWords = None,
    place: NewWords = None,
    child_care: Annotated[bool | None, typer.Option("--child-care/--no-child-care")] = None,
    food: Annotated[bool | None, typer.Option("--food/--no-food")] = None,
    places: Annotated[
        int | None, typer.Option(min=0, help="How many people there is room for; 0 for as many as want to come.")
    ] = None,
    quietly: Quietly = False,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Change an event's title, place or offers: families are told what concerns them."""
    words = by_language(title or [], "--title"), by_language(place or [], "--place")
    offers: dict[str, Any] = {"child_care": child_care, "food": food}
    offers = {name: given for name, given in offers.items() if given is not None}
    if places is not None:
        offers["places"] = places or None

    def becomes(_of: School, before: Event) -> Event:
        return replace(before, title=_new(before.title, words[0]), place=_new(before.place, words[1]), **offers)

    run(_change(event, becomes, quietly, yes, school))


def cancel(event: EventId, quietly: Quietly = False, yes: Yes = False, school: OfSchool = None) -> None:
    """Cancel an event: families are told, and nobody is asked about it any more."""
    run(_cancel(event, quietly, yes, school))


def _new(known: dict[str, str], given: dict[str, str]) -> Any:
    from flows.core.text import ByLanguage

    return ByLanguage({**known, **given})


async def _change(event_id: int, becomes: Becomes, quietly: bool, yes: bool, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.events.event_news import Change

    async with desk(school) as at:
        async with at.database.read() as db:
            before = await events.find(db, at.school, event_id)
        after = becomes(at.school, before)
        check_languages(at.school, after)
        events.check_changed(at.school, before, after, clock())
        catalogs = await _foretell(at, Change(before, after, quietly))
        confirm("Change it?", yes)
        async with at.database.write() as db:
            before = await events.find(db, at.school, event_id)
            told = await events.change(
                db, at.school, before, becomes(at.school, before), clock(), actor(), quietly=quietly
            )
        say(f"{_title(after, at.school)} is changed.")
        await _tell(at, catalogs, after, told)


async def _cancel(event_id: int, quietly: bool, yes: bool, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.events.event_news import Change

    async with desk(school) as at:
        async with at.database.read() as db:
            event = await events.find(db, at.school, event_id)
        events.check_cancelled(event, clock())
        after = replace(event, cancelled=True)
        await _say_who_comes(at, event)
        catalogs = await _foretell(at, Change(event, after, quietly))
        confirm("Cancel it?", yes)
        async with at.database.write() as db:
            event = await events.find(db, at.school, event_id)
            told = await events.cancel(db, at.school, event, clock(), actor(), quietly=quietly)
        say(f"{_title(event, at.school)} is cancelled. Nobody is asked about it any more.")
        await _tell(at, catalogs, after, told)


def _title(event: Event, school: School) -> str:
    return event.title.best(school.languages[0])


async def _say_who_comes(at: Desk, event: Event) -> None:
    from bot.store import rsvps

    async with at.database.read() as db:
        counts = (await rsvps.head_counts(db, [event.id]))[event.id]
    say(f"{_title(event, at.school)}: {several(counts.yes, *FAMILIES)} said yes.")


async def _foretell(at: Desk, change: Change) -> Catalogs:
    """Say what would be sent; the catalogs, which the sending needs as well."""
    from bot.app import clock
    from bot.events import event_news
    from bot.language.catalogs import Catalogs

    catalogs = Catalogs.load(at.settings.languages)
    if change.quietly or not change.matters:
        say("Nobody is told of it.")
        return catalogs
    now = clock()
    with progress("Counting") as moved:
        found = await event_news.preview(at.database, catalogs, at.school, change, now, lambda done: moved(done, 0))
    tell(f"To be told: {several(found.families, *FAMILIES)}, {several(found.contacts, 'contact')}.")
    for line in costs(found):
        tell(line)
    if found.contacts and change.is_urgent(at.school, now):
        say("It begins so soon that they are told at once, at night too.")
    elif found.contacts:
        say_when(at)
    return catalogs


async def _tell(at: Desk, catalogs: Catalogs, event: Event, told: bool) -> None:
    """Write the texts now; where this ends midway, the bot that serves goes on with them."""
    from bot.app import clock
    from bot.events import event_news
    from bot.jobs import Work

    with progress("Telling") as moved:
        await event_news.tell_now(Work(at.database, catalogs, clock), event, lambda done: moved(done, 0))
    if told:
        say("The texts go out while `sobremesa run` serves.")
