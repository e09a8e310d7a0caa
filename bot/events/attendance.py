"""Who was at an event: checked in at the door, walked in, or, where nobody kept a list, everyone who said yes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.families.names import named, plain
from bot.records import Attendance, AuditEntry, Rsvp
from bot.store import attendances, audit, families, ids, rsvps
from flows.facts import Event, Household, School

DOOR, WALK_IN, FROM_RSVP = "door", "walk-in", "rsvp"
LARGEST = 50
"""More people than any family brings: rather a slip of the finger."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Guest:
    """A household on the list at the door: what it said, what it speaks, and whether it is there."""

    household: Household
    rsvp: Rsvp | None = field(repr=False)
    languages: tuple[str, ...]
    there: Attendance | None


async def door_list(db: AsyncConnection, event: Event) -> list[Guest]:
    """Every household that said yes, or is there, by name."""
    said = {home.id: (home, rsvp) for home, rsvp in await rsvps.of_event(db, event.id) if rsvp.coming == "yes"}
    there = {home.id: (home, one) for home, one in await attendances.of_event(db, event.id)}
    homes = {home.id: home for home, _rsvp in said.values()} | {home.id: home for home, _one in there.values()}
    spoken = await _languages(db, homes)
    guests = [
        Guest(
            home,
            said[id_][1] if id_ in said else None,
            spoken.get(id_, ()),
            there[id_][1] if id_ in there else None,
        )
        for id_, home in homes.items()
    ]
    return sorted(
        guests, key=lambda guest: (not guest.household.name, plain(guest.household.name or ""), guest.household.id)
    )


async def _languages(db: AsyncConnection, homes: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The languages of each household's contacts, each once."""
    found: dict[int, dict[str, None]] = {}
    for contact in await families.contacts_of_households(db, homes):
        if contact.household_id is not None and contact.language is not None:
            found.setdefault(contact.household_id, {})[contact.language] = None
    return {home: tuple(languages) for home, languages in found.items()}


async def find(db: AsyncConnection, school: School, event: Event, words: str) -> Household:
    """The household that these words name: its number, its name or a part of it.

    Those on the list of the door come first, then all of the school. Raises Refusal for none, and for several.
    """
    listed = [guest.household for guest in await door_list(db, event)]
    if found := named(listed, words):
        return _only(found, words)
    everyone = [home async for home, _living in families.all_families(db, school.id)]
    return _only(named(everyone, words), words)


def _only(found: Sequence[Household], words: str) -> Household:
    if not found:
        raise Refusal(f"No family is named “{words}”. To write down one that is new: sobremesa events walk-in")
    if len(found) > 1:
        names = ", ".join(f"{home.name} ({home.id})" for home in found[:SHOWN])
        more = ", and others" if len(found) > SHOWN else ""
        raise Refusal(f"“{words}” may be {names}{more}. Give the number.")
    return found[0]


async def check_in(
    db: AsyncConnection,
    school: School,
    event: Event,
    household: Household,
    now: datetime,
    actor: str,
    *,
    adults: int | None = None,
    children: int | None = None,
) -> Attendance:
    """The household is there, with so many people, or as many as it said. Raises Refusal. Said last counts."""
    rsvp = {home.id: rsvp for home, rsvp in await rsvps.of_event(db, event.id)}.get(household.id)
    coming = rsvp is not None and rsvp.coming == "yes"
    if adults is None and children is None and (rsvp is None or not coming):
        raise Refusal("This family did not say how many it is: give --adults and --children.")
    people = [
        said if said is not None else known or 0 for said, known in zip((adults, children), _said(rsvp), strict=True)
    ]
    _check(school, event, now, *people)
    there = Attendance(school.id, event.id, household.id, people[0], people[1], DOOR if coming else WALK_IN, now)
    await attendances.save(db, [there])
    await _note(db, school, event, household, now, actor, "checked in")
    return there


def _said(rsvp: Rsvp | None) -> tuple[int | None, int | None]:
    return (rsvp.adults, rsvp.children) if rsvp is not None and rsvp.coming == "yes" else (None, None)


def _check(school: School, event: Event, now: datetime, adults: int, children: int) -> None:
    if event.cancelled:
        raise Refusal("The event was cancelled: nobody is checked in.")
    today, day = (moment.astimezone(school.timezone).date() for moment in (now, event.starts))
    if today < day:
        raise Refusal(f"The event is on {day}: nobody is checked in before that day.")
    if not 0 < adults + children <= LARGEST:
        raise Refusal(f"{adults} adults and {children} children cannot be: a family is 1 to {LARGEST} people.")


async def undo(
    db: AsyncConnection, school: School, event: Event, household: Household, now: datetime, actor: str
) -> None:
    """The household was not there after all. Raises Refusal where nobody had said so."""
    if not await attendances.drop(db, event.id, household.id):
        raise Refusal("This family was not checked in; nothing was changed.")
    await _note(db, school, event, household, now, actor, "check-in undone")


async def walk_in(
    db: AsyncConnection,
    school: School,
    event: Event,
    name: str,
    now: datetime,
    actor: str,
    *,
    adults: int,
    children: int,
    new: bool = False,
) -> tuple[Household, bool]:
    """A household that nobody expected is there; and whether it was not known before.

    One of the school with this name is taken for it, unless it is ``new``. Raises Refusal where several have it.
    """
    name = " ".join(name.split())
    if not name:
        raise Refusal("A walk-in needs a name.")
    _check(school, event, now, adults, children)
    wanted = plain(name)
    everyone = [] if new else [home async for home, _living in families.all_families(db, school.id)]
    same = [home for home in everyone if home.name and plain(home.name) == wanted]
    household = _only(same, name) if same else await _add(db, school, name, now)
    await check_in(db, school, event, household, now, actor, adults=adults, children=children)
    return household, not same


async def _add(db: AsyncConnection, school: School, name: str, now: datetime) -> Household:
    (id_,) = await ids.reserve(db, 1)
    household = Household(id_, school.id, name)
    await families.add_households(db, [household], now)
    return household


async def attended(db: AsyncConnection, event: Event, now: datetime) -> list[tuple[Household, Attendance]]:
    """Who was at an event that is over, by name; kept from now on.

    Where nobody kept a list at the door, everyone who said yes counts as having been there.
    """
    there = await attendances.of_event(db, event.id)
    if there or event.cancelled:
        return there
    said = await attendances.said_they_come(db, event)
    await attendances.save(
        db,
        [
            Attendance(event.school_id, event.id, home, adults, children, FROM_RSVP, now)
            for home, adults, children in said
        ],
    )
    return await attendances.of_event(db, event.id)


async def _note(
    db: AsyncConnection, school: School, event: Event, household: Household, now: datetime, actor: str, action: str
) -> None:
    detail = {"household": household.id}
    await audit.add(db, [AuditEntry(school.id, now, actor, action, f"event {event.id}", detail)])
