"""What the school does in a journey: its events, its announcements, its office, its links, its other families."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import announcements, events, help_desk, links, pulses, schools, staff
from bot.announcements.audiences import Audience
from bot.desk import leaving
from bot.events import attendance
from bot.language.voice import Voice
from bot.outbox import Outbox
from bot.pace import of_sms
from bot.records import Rsvp, StaffMember
from bot.store import families, rsvps
from bot.store import pulses as kept
from bot.store import staff as known_staff
from bot.store.senders import Limits
from bot.transcripts.stage import ACTOR, ADMIN, Stage
from flows.facts import Event, OpenHours

WEEKDAYS = range(5)
ALERTED = "+15125550150"
SLOWLY = Limits({"sms": 1}, segments=of_sms)
"""In a moment of a journey one text leaves."""

# Events


async def invite(stage: Stage, event: str) -> None:
    """All families are invited."""
    app = stage.app
    await events.invite(app.database, app.catalogs, stage.school, stage.events[event], lambda: stage.now[0], ACTOR)


async def move(stage: Stage, name: str, later: timedelta) -> None:
    """The event is so much later, on the wall clock."""
    before = stage.events[name]
    starts, ends = (
        (at.astimezone(stage.school.timezone) + later).astimezone(UTC) for at in (before.starts, before.ends)
    )
    await _change(stage, name, replace(before, starts=starts, ends=ends))


async def limit(stage: Stage, name: str, places: str) -> None:
    """So many people may come."""
    await _change(stage, name, replace(stage.events[name], places=int(places)))


async def _change(stage: Stage, name: str, after: Event) -> None:
    before = stage.events[name]
    await stage.does(lambda db: events.change(db, stage.school, before, after, stage.now[0], ACTOR))
    stage.events[name] = await stage.does(lambda db: events.find(db, stage.school, before.id))


async def cancel(stage: Stage, name: str) -> None:
    """The event does not take place."""
    await stage.does(lambda db: events.cancel(db, stage.school, stage.events[name], stage.now[0], ACTOR))


async def check_in(stage: Stage, name: str, event: str) -> None:
    """A family is at the door, with as many as it said."""

    async def arrive(db: AsyncConnection) -> None:
        (contact,) = await families.by_addresses(db, [(stage.school.id, stage.address(name))])
        (home,) = (await families.households_of(db, [contact.household_id or 0])).values()
        await attendance.check_in(db, stage.school, stage.events[event], home, stage.now[0], ACTOR)

    await stage.does(arrive)


# Other families


async def know(stage: Stage, name: str) -> None:
    """One more parent, of another household."""
    await stage.meet(stage.cast["neighbours"], ((name, stage.speaks(name), stage.address(name)),))


async def fill(stage: Stage, number: str, event: str) -> None:
    """So many families, of whom nothing is written down, come with two adults each."""
    for n in range(int(number)):
        home, people = await stage.meet(f"{n + 1}", ((None, stage.language, f"sms:+151255502{n + 10}"),))
        stage.neighbours += people
        come = Rsvp(stage.school.id, stage.events[event].id, home.id, "yes", 2, 0, answered_at=stage.now[0])
        await stage.does(lambda db, come=come: rsvps.save(db, [come]))  # type: ignore[misc]  # the lambda's default


async def hear_others(stage: Stage) -> None:
    """Each of them says how it was, in a number and no words."""
    for contact in stage.neighbours:
        for text in ("4", "no"):
            await stage.receive(contact.address, text)
            await stage.settle()


async def forget_introduction(stage: Stage) -> None:
    """Nobody was written to before."""

    async def forget(db: AsyncConnection) -> None:
        addresses = [(stage.school.id, address) for address in stage.addresses.values()]
        known = await families.by_addresses(db, addresses)
        await families.save_contacts(db, [replace(contact, introduced_at=None) for contact in known])

    await stage.does(forget)


# Announcements


async def announce(stage: Stage, name: str, urgent: str | None, language: str | None) -> None:
    """The admin sends an announcement of the cast to all, approved in every language or in one alone."""
    topic = "urgent" if urgent else "events"
    words: dict[str, str] = stage.cast["news"][name]
    first = stage.language
    made = await stage.does(
        lambda db: announcements.draft(
            db, stage.school, _admin(stage), first, words[first], topic, Audience("all"), stage.now[0]
        )
    )
    await _send(stage, made.id, words, [language] if language else [*words])


async def tell_what_was_done(stage: Stage, name: str, event: str) -> None:
    """ "You said, we did", to those who said how the event was."""
    words: dict[str, str] = stage.cast["news"][name]
    first = stage.language
    asked = await stage.does(lambda db: kept.of_event(db, stage.events[event].id))
    if asked is None:
        raise ValueError(f"nobody was asked how {event} was")
    made = await stage.does(
        lambda db: pulses.tell(db, stage.school, asked.id, _admin(stage), first, words[first], stage.now[0])
    )
    await _send(stage, made.id, words, [*words])


async def _send(stage: Stage, made: int, words: dict[str, str], approved: list[str]) -> None:
    school, admin, now = stage.school, _admin(stage), stage.now[0]

    async def write(db: AsyncConnection) -> None:
        for language, text in words.items():
            await announcements.write_text(db, school, made, language, text, "written", admin, now)
        for language in approved:
            await announcements.approve(db, school, made, language, admin, now)

    await stage.does(write)
    await announcements.send(
        stage.app.database, school, made, admin, now, confirmed_twice=True, without_unapproved=True
    )


async def stop(stage: Stage) -> None:
    """The newest announcement is stopped."""
    newest = (await stage.does(lambda db: announcements.listed(db, stage.school)))[0]
    await announcements.stop(stage.app.database, stage.school, newest.id, _admin(stage), stage.now[0])


async def send_slowly(stage: Stage) -> None:
    """One text leaves, the next one later."""
    app = stage.app
    by_prefix = {prefix: channel for channel in app.channels for prefix in channel.prefixes}
    app.outbox = Outbox(app.database, by_prefix, app.now, limits=SLOWLY)


# The school itself


async def set_office(stage: Stage, begin: str, end: str) -> None:
    """Somebody is in the office at these hours of each weekday."""
    office = tuple(OpenHours(day, time(int(begin)), time(int(end))) for day in WEEKDAYS)
    school, now = stage.school, stage.now[0]
    stage.school = await stage.does(lambda db: schools.change(db, school, {"office": office}, now, ACTOR))


async def alert(stage: Stage, name: str) -> None:
    """This person of the school has a phone, and dangers are told there."""
    member, changed = await _member(stage, name), {"phone": ALERTED, "alerted": True}
    stage.names[f"sms:{ALERTED}"] = name
    stage.staff[name] = await stage.does(
        lambda db: staff.change(db, stage.school, member, changed, stage.now[0], ACTOR)
    )


async def hand_over(stage: Stage, by: str, to: str) -> None:
    """The newest request is a colleague's from now on."""
    giver, taker = await _member(stage, by), await _member(stage, to)
    voice = Voice(stage.app.catalogs, stage.school)

    async def hand(db: AsyncConnection) -> None:
        newest = (await help_desk.calls(db, stage.school, closed=True))[-1].request
        await help_desk.hand_over(db, voice, newest.id, giver, taker, stage.now[0])

    await stage.does(hand)


async def leave(stage: Stage, name: str) -> None:
    """Somebody of the school works there no more."""
    member, voice = await _member(stage, name), Voice(stage.app.catalogs, stage.school)
    await stage.does(lambda db: leaving.leave(db, voice, member, stage.now[0], ACTOR))


async def code(stage: Stage, name: str, of: str) -> str:
    """What stands in a link of the school: of the ``school``, a ``household``, an event, or for ``staff``."""
    now = stage.now[0]
    if of == "staff":
        member = await _member(stage, name)
        return await stage.does(lambda db: links.for_staff(db, member, now, ACTOR))
    if of == "household":
        return (await stage.does(lambda db: links.for_households(db, stage.school, [stage.home], now)))[stage.home].code
    if of == "school":
        return (await stage.does(lambda db: links.for_school(db, stage.school, now))).code
    if of not in stage.events:
        raise ValueError(f"no link leads to {of}")
    return (await stage.does(lambda db: links.for_event(db, stage.school, stage.events[of], now))).code


async def _member(stage: Stage, name: str) -> StaffMember:
    """A person of the school: the admin, or one with the role ``helper``, who is new."""
    if name not in stage.staff:
        new = StaffMember(0, stage.school.id, stage.cast["helper"], "helper@school.example", "helper", stage.language)
        stage.staff[name] = await stage.does(lambda db: staff.add(db, stage.school, new, stage.now[0], ACTOR))
    id_ = stage.staff[name].id
    return (await stage.does(lambda db: known_staff.by_ids(db, [id_])))[id_]


def _admin(stage: Stage) -> StaffMember:
    return stage.staff[ADMIN]
