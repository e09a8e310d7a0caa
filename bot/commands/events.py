"""``sobremesa events``: dinners, workshops and meetings, and who comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import calendars, changing, door, inviting, waiting
from bot.commands.event_rows import COLUMNS, IN_TABLE, RSVP, answer, check_languages, counted, details, line, no_answer
from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import actor, desk, run
from bot.commands.options import AsFormat, EventId, OfSchool, by_language

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

commands = typer.Typer(help="Dinners, workshops, meetings, and who comes.", no_args_is_help=True)

InLanguages = Annotated[list[str], typer.Option(metavar="LANGUAGE=TEXT", help="Once for each language of the school.")]


@commands.command()
def add(
    title: InLanguages,
    place: InLanguages,
    starts: Annotated[str, typer.Option(metavar="TIME", help='In the time of the school: "2027-03-12 18:00".')],
    ends: Annotated[str | None, typer.Option(metavar="TIME", help='"2027-03-12 20:00" or just "20:00".')] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.1, max=240, help="How long it lasts, in place of --ends; 2 unless you say.")
    ] = None,
    child_care: Annotated[bool, typer.Option("--child-care", help="There is child care.")] = False,
    food: Annotated[bool, typer.Option("--food", help="There is food, so families are asked for allergies.")] = False,
    places: Annotated[int | None, typer.Option(min=1, help="How many people there is room for.")] = None,
    spoken: Annotated[
        list[str] | None,
        typer.Option(metavar="LANGUAGE", help="Spoken there; families of other languages are offered an interpreter."),
    ] = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Add an event: sobremesa events add --title en="Family dinner" --title es="Cena de familias" …"""
    if ends is not None and hours is not None:
        raise typer.BadParameter("Give --ends or --hours, not both.")
    words = by_language(title, "--title"), by_language(place, "--place")
    offers = {"child_care": child_care, "food": food, "places": places, "languages": tuple(spoken or ())}
    row, timezone = run(_add(words, (starts, ends, hours), offers, school))
    show_one(row, form, timezone=timezone)


@commands.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """List the events that are coming up, with who comes."""
    rows, timezone = run(_list(every, school))
    if form is Format.TABLE:
        rows = [{**row, "title": f"{row['title']} (cancelled)"} if row["cancelled"] else row for row in rows]
    waiting = any(row["waiting"] for row in rows)
    in_table = [column for column in IN_TABLE if column != "waiting" or waiting]
    columns = in_table if form is Format.TABLE else COLUMNS
    show(columns, rows, form, nothing="No event is coming up. Add one: sobremesa events add", timezone=timezone)


@commands.command("show")
def show_(event: EventId, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show an event: its texts, and what it has to be ready for."""
    row, timezone = run(_show(event, school))
    show_one(row, form, timezone=timezone)


@commands.command()
def rsvps(event: EventId, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List what each family answered, and who has not."""
    rows, timezone = run(_rsvps(event, school))
    if form is Format.TABLE:
        rows = [{**row, "coming": row["coming"] or "no answer"} for row in rows]
    show(RSVP, rows, form, nothing="Nobody is invited yet: sobremesa events invite", timezone=timezone)


# They stand in --help in this order, after those above.
commands.command("invite")(inviting.invite)
commands.command("waiting")(waiting.waiting)
commands.command("move")(changing.move)
commands.command("change")(changing.change)
commands.command("cancel")(changing.cancel)
commands.command("door")(door.door)
commands.command("check-in")(door.check_in)
commands.command("walk-in")(door.walk_in)
commands.command("attendance")(door.attendance)
commands.command("calendar")(calendars.calendar)


async def _add(
    words: tuple[dict[str, str], dict[str, str]],
    times: tuple[str, str | None, float | None],
    offers: Mapping[str, object],
    school: str | None,
) -> tuple[Row, ZoneInfo]:
    from bot import events
    from bot.app import clock
    from bot.commands.times import span
    from flows.core.text import ByLanguage
    from flows.facts import Event

    async with desk(school) as at, at.database.write() as db:
        starts, ends = span(*times, at.school.timezone)
        title, place = map(ByLanguage, words)
        event = Event(0, at.school.id, starts, ends, title, place, **offers)  # type: ignore[arg-type]  # named above
        check_languages(at.school, event)
        return details(await events.add(db, at.school, event, clock(), actor())), at.school.timezone


async def _list(every: bool, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot.app import clock
    from bot.store import events, rsvps

    async with desk(school) as at, at.database.read() as db:
        found = await (events.of_school(db, at.school.id) if every else events.coming_up(db, [at.school.id], clock()))
        counts = await rsvps.head_counts(db, [event.id for event in found])
        return [line(event, counts[event.id], at.school) for event in found], at.school.timezone


async def _show(event_id: int, school: str | None) -> tuple[Row, ZoneInfo]:
    from bot import events
    from bot.store import rsvps

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        counts = await rsvps.head_counts(db, [event.id])
        return {**details(event), **counted(counts[event.id])}, at.school.timezone


async def _rsvps(event_id: int, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import events
    from bot.store import rsvps

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        answered = [answer(home, rsvp) for home, rsvp in await rsvps.of_event(db, event.id)]
        silent = [no_answer(home) for home in await rsvps.households_without_reply(db, event.id)]
        return answered + silent, at.school.timezone
