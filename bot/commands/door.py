"""``sobremesa events door``, ``check-in``, ``walk-in`` and ``attendance``: who comes in, and who was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.event_rows import family
from bot.commands.listing import Format, Row, show
from bot.commands.opening import actor, desk, run
from bot.commands.options import AsFormat, EventId, OfSchool
from bot.commands.terminal import say, several

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.events.attendance import Guest
    from bot.records import Attendance
    from flows.facts import Household

Adults = Annotated[int | None, typer.Option(min=0, help="How many came, where it is not what the family said.")]
Children = Annotated[int | None, typer.Option(min=0, help="How many came, where it is not what the family said.")]
People = Annotated[int, typer.Option(min=0)]

DOOR = ("number", "family", "adults", "children", "child_care", "food", "interpreter", "language", "here")
ATTENDANCE = ("number", "family", "adults", "children", "source", "at")


def door(event: EventId, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the families that come, for the door: by name, with what each of them needs."""
    rows = run(_door(event, school))
    show(DOOR, rows, form, nothing="Nobody has said yes yet.")


def check_in(
    event: EventId,
    family: Annotated[str, typer.Argument(help="Its number, its name, or a part of its name.")],
    adults: Adults = None,
    children: Children = None,
    undo: Annotated[bool, typer.Option("--undo", help="It was not there after all.")] = False,
    school: OfSchool = None,
) -> None:
    """Write down that a family is there, with as many people as it said, unless you say otherwise."""
    if undo and (adults is not None or children is not None):
        raise typer.BadParameter("--undo takes the family out of the list, whoever was there.")
    run(_undo(event, family, school) if undo else _check_in(event, family, adults, children, school))


def walk_in(
    event: EventId,
    name: Annotated[str, typer.Argument(help="The name of the family.")],
    adults: People = 0,
    children: People = 0,
    new: Annotated[bool, typer.Option("--new", help="It is another family than the one of this name.")] = False,
    school: OfSchool = None,
) -> None:
    """Write down a family that nobody expected: one the school knows by this name, else a new one."""
    run(_walk_in(event, name, (adults, children), new, school))


def attendance(event: EventId, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List who was there, and from where that is known."""
    rows, timezone = run(_attendance(event, school))
    show(ATTENDANCE, rows, form, nothing="Nobody is checked in.", timezone=timezone)
    if form is Format.TABLE and rows:
        adults, children = (sum(int(str(row[people])) for row in rows) for people in ("adults", "children"))
        say(f"{several(len(rows), 'family', 'families')}: {_people(adults, children)}.")


async def _door(event_id: int, school: str | None) -> list[Row]:
    from bot import events
    from bot.events import attendance

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        return [_guest(guest) for guest in await attendance.door_list(db, event)]


def _guest(guest: Guest) -> Row:
    rsvp, there = guest.rsvp, guest.there
    return {
        "number": guest.household.id,
        "family": family(guest.household),
        "adults": rsvp.adults if rsvp else None,
        "children": rsvp.children if rsvp else None,
        "child_care": rsvp.child_care if rsvp else None,
        "food": rsvp.food or None if rsvp else None,
        "interpreter": rsvp.interpreter if rsvp else None,
        "language": guest.languages,
        "here": f"{there.adults}+{there.children}" if there else None,
    }


async def _check_in(event_id: int, words: str, adults: int | None, children: int | None, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.events import attendance

    async with desk(school) as at, at.database.write() as db:
        event = await events.find(db, at.school, event_id)
        home = await attendance.find(db, at.school, event, words)
        there = await attendance.check_in(
            db, at.school, event, home, clock(), actor(), adults=adults, children=children
        )
    say(f"{family(home)} is here: {_people(there.adults, there.children)}.")


async def _undo(event_id: int, words: str, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.events import attendance

    async with desk(school) as at, at.database.write() as db:
        event = await events.find(db, at.school, event_id)
        home = await attendance.find(db, at.school, event, words)
        await attendance.undo(db, at.school, event, home, clock(), actor())
    say(f"{family(home)} is not checked in any more.")


async def _walk_in(event_id: int, name: str, people: tuple[int, int], new: bool, school: str | None) -> None:
    from bot import events
    from bot.app import clock
    from bot.events import attendance

    async with desk(school) as at, at.database.write() as db:
        event = await events.find(db, at.school, event_id)
        home, added = await attendance.walk_in(
            db, at.school, event, name, clock(), actor(), adults=people[0], children=people[1], new=new
        )
    known = "a new family" if added else f"the family that the school knows, {home.id}"
    say(f"{family(home)} is here: {_people(*people)}; {known}.")


def _people(adults: int, children: int) -> str:
    return f"{several(adults, 'adult')}, {several(children, 'child', 'children')}"


async def _attendance(event_id: int, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import events
    from bot.store import attendances

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        found = [_there(home, one) for home, one in await attendances.of_event(db, event.id)]
        return found, at.school.timezone


def _there(home: Household, one: Attendance) -> Row:
    return {
        "number": home.id,
        "family": family(home),
        "adults": one.adults,
        "children": one.children,
        "source": one.source,
        "at": one.at,
    }
