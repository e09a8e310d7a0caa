"""``sobremesa events``: dinners, workshops and meetings, and who comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import inviting
from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import actor, desk, run
from bot.commands.options import AsFormat, OfSchool, Yes, by_language
from bot.commands.terminal import confirm, say, several
from bot.errors import Refusal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.records import HeadCount, Rsvp
    from flows.facts import Event, Household, School

commands = typer.Typer(help="Dinners, workshops, meetings, and who comes.", no_args_is_help=True)
commands.command("invite")(inviting.invite)

Id = Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `events list` shows it.")]
InLanguages = Annotated[list[str], typer.Option(metavar="LANGUAGE=TEXT", help="Once for each language of the school.")]

COLUMNS = ("id", "starts", "title", "invited", "yes", "no", "maybe", "not_answered", "people", "places", "cancelled")
IN_TABLE = ("id", "starts", "title", "invited", "yes", "no", "maybe", "not_answered", "people")
RSVP = ("family", "coming", "adults", "children", "child_care", "food", "interpreter", "answered")


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
    columns = IN_TABLE if form is Format.TABLE else COLUMNS
    show(columns, rows, form, nothing="No event is coming up. Add one: sobremesa events add", timezone=timezone)


@commands.command("show")
def show_(event: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show an event: its texts, and what it has to be ready for."""
    row, timezone = run(_show(event, school))
    show_one(row, form, timezone=timezone)


@commands.command()
def rsvps(event: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List what each family answered, and who has not."""
    rows, timezone = run(_rsvps(event, school))
    show(RSVP, rows, form, nothing="Nobody is invited yet: sobremesa events invite", timezone=timezone)


@commands.command()
def cancel(event: Id, yes: Yes = False, school: OfSchool = None) -> None:
    """Cancel an event: nobody is asked about it any more."""
    run(_cancel(event, yes, school))


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
        _check_languages(at.school, event)
        return _details(await events.add(db, at.school, event, clock(), actor())), at.school.timezone


def _check_languages(school: School, event: Event) -> None:
    """Texts that nobody would ever be sent are a mistake, most likely of the language's name."""
    strange = (event.title.keys() | event.place.keys()) - set(school.languages)
    if strange:
        ours = ", ".join(school.languages)
        raise Refusal(f"{school.name} does not write in {', '.join(sorted(strange))}; its languages are {ours}.")


async def _list(every: bool, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot.app import clock
    from bot.store import events, rsvps

    async with desk(school) as at, at.database.read() as db:
        found = await (events.of_school(db, at.school.id) if every else events.coming_up(db, [at.school.id], clock()))
        counts = await rsvps.head_counts(db, [event.id for event in found])
        return [_line(event, counts[event.id], at.school) for event in found], at.school.timezone


async def _show(event_id: int, school: str | None) -> tuple[Row, ZoneInfo]:
    from bot import events
    from bot.store import rsvps

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        counts = await rsvps.head_counts(db, [event.id])
        return {**_details(event), **_counts(counts[event.id])}, at.school.timezone


async def _rsvps(event_id: int, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import events
    from bot.store import rsvps

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        answered = [_answer(home, rsvp) for home, rsvp in await rsvps.of_event(db, event.id)]
        silent = [_no_answer(home) for home in await rsvps.households_without_reply(db, event.id)]
        return answered + silent, at.school.timezone


async def _cancel(event_id: int, yes: bool, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.store import rsvps

    async with desk(school) as at:
        async with at.database.read() as db:
            event = await events.find(db, at.school, event_id)
            counts = (await rsvps.head_counts(db, [event.id]))[event.id]
        title = event.title.best(at.school.languages[0])
        if not event.cancelled:
            coming = several(counts.yes, "family", "families")
            say(f"{title}: {coming} said yes. This command does not write to them; please tell them.")
            confirm("Cancel it?", yes)
        async with at.database.write() as db:
            await events.cancel(db, at.school, await events.find(db, at.school, event_id), clock(), actor())
    say(f"{title} is cancelled. Nobody is asked about it any more.")


def _details(event: Event) -> Row:
    return {
        "id": event.id,
        "title": dict(event.title),
        "place": dict(event.place),
        "starts": event.starts,
        "ends": event.ends,
        "spoken": event.languages,
        "child_care": event.child_care,
        "food": event.food,
        "places": event.places,
        "cancelled": event.cancelled,
    }


def _counts(counts: HeadCount) -> Row:
    return {
        "families_invited": counts.invited,
        "families_yes": counts.yes,
        "families_no": counts.no,
        "families_maybe": counts.maybe,
        "families_not_answered": counts.not_answered,
        "adults_coming": counts.adults,
        "children_coming": counts.children,
        "children_in_child_care": counts.child_care,
        "families_with_food_wishes": counts.food,
        "families_with_interpreter": counts.interpreters,
    }


def _line(event: Event, counts: HeadCount, school: School) -> Row:
    return {
        "id": event.id,
        "starts": event.starts,
        "title": event.title.best(school.languages[0]),
        "invited": counts.invited,
        "yes": counts.yes,
        "no": counts.no,
        "maybe": counts.maybe,
        "not_answered": counts.not_answered,
        "people": counts.adults + counts.children,
        "places": event.places,
        "cancelled": event.cancelled,
    }


def _answer(household: Household, rsvp: Rsvp) -> Row:
    return {
        "family": household.name or f"(no name, {household.id})",
        "coming": rsvp.coming,
        "adults": rsvp.adults,
        "children": rsvp.children,
        "child_care": rsvp.child_care,
        "food": rsvp.food,
        "interpreter": rsvp.interpreter,
        "answered": rsvp.answered_at,
    }


def _no_answer(household: Household) -> Row:
    return dict.fromkeys(RSVP) | {"family": household.name or f"(no name, {household.id})"}
