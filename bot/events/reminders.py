"""Reminders of an event, two days before and on the day: date, time and place, nothing else.

They go to every contact of a household that comes, and to those who were invited and have not said; the latter are
asked once more with it. Not to a household that said no, waits for a place, or said "maybe": that is asked by itself.

Two days before it is sent at five in the afternoon, when the day's work is over and the evening can be planned. On the
day itself at nine in the morning, or as early as the school's quiet hours allow where the event begins before noon.
Where even that is too late, as for a breakfast at half past seven, it is sent at five on the day before. All these are
hours on the school's wall clock, whatever happens to clocks in between. An event that is added too late skips what has
passed, and so does one that moved when families were just told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import rounds
from bot.events.rounds import Families
from bot.family import Family
from bot.jobs import Work
from bot.messages import Kind
from bot.notices import may_be_invited, may_be_told
from bot.records import Job
from bot.store import jobs
from bot.turn import introduce
from bot.turn.turn import Turn
from flows import event_news
from flows.core.replay import Memory
from flows.core.text import Text
from flows.facts import Contact, Event, Permission, School

KIND = "reminder"
TWO_DAYS, SAME_DAY = "two-days", "same-day"

AFTERNOON, MORNING, EARLY = time(17), time(9), time(7)
HALF_A_MORNING = timedelta(hours=3)
"""How long before an event a reminder at nine is early enough."""
TOO_LATE = timedelta(minutes=30)
FRESH = timedelta(hours=3)
"""Who was asked, answered or was told of a change so lately needs no reminder."""
A_DAY = timedelta(days=1)


def times(event: Event, school: School) -> dict[str, datetime]:
    """When the reminders of an event are due, by key, in UTC; one for which there is no good hour is left out."""
    day = event.starts.astimezone(school.timezone).date()
    before = event.starts - TOO_LATE
    wanted = {TWO_DAYS: [_at(day - 2 * A_DAY, AFTERNOON, school)]}
    wanted[SAME_DAY] = [_at(day, EARLY, school), _at(day - A_DAY, AFTERNOON, school)]
    if (nine := _at(day, MORNING, school)) <= event.starts - HALF_A_MORNING:
        wanted[SAME_DAY].insert(0, nine)
    return {key: good[0] for key, hours in wanted.items() if (good := [due for due in hours if due <= before])}


def _at(day: date, hour: time, school: School) -> datetime:
    """This hour of the wall clock; in quiet hours the moment of their end."""
    return school.quiet_hours.over_at(datetime.combine(day, hour, school.timezone).astimezone(UTC))


async def arm(db: AsyncConnection, school: School, event: Event, now: datetime, *, told: bool = False) -> None:
    """Set the reminders of an event that is new, or has moved. ``told``: families hear of it now by themselves."""
    await jobs.cancel(db, KIND, event.id)
    since = now + FRESH if told else now
    await jobs.arm(db, [job for job in planned(school, event) if job.due_at > since])


def planned(school: School, event: Event) -> list[Job]:
    """The reminders of an event, also those whose time has passed."""
    return [Job(school.id, KIND, event.id, at, key) for key, at in times(event, school).items()]


async def cancel(db: AsyncConnection, event: Event) -> None:
    """Nobody is reminded of this event."""
    await jobs.cancel(db, KIND, event.id)


async def remind(work: Work, job: Job) -> None:
    """Send a reminder whose time came, as far as it is still the time for it."""

    async def visit(db: AsyncConnection, some: Families, detail: Mapping[str, Any]) -> bool:
        hour = _hour(job.key, some.event, some.voice.school, some.now)
        if hour is None:
            return False
        if hour > some.now:  # at night, or the school has other quiet hours by now: by then it is judged again
            await jobs.arm(db, [replace(job, due_at=hour, detail=detail)])
            return False
        await rounds.save(db, some, some.turns(lambda contact, family: _reminder(some, contact, family)))
        return True

    await rounds.go(work, job, visit)


def _hour(key: str, event: Event, school: School, now: datetime) -> datetime | None:
    """When a reminder may go out, now or later; None where the event, or the next reminder, takes its place."""
    due = times(event, school).get(key)
    if due is None or not event.is_ahead(now):
        return None
    hour = max(due, school.quiet_hours.over_at(now))
    day, event_day = (at.astimezone(school.timezone).date() for at in (hour, event.starts))
    return hour if hour < event.starts and (key == SAME_DAY or day < event_day) else None


def _reminder(some: Families, contact: Contact, family: Family) -> Turn:
    begun = Turn(family, contact.id, some.now, some.voice, Kind.NOTICE)
    if not _is_wanted(some, contact):
        return begun
    key = some.key(contact)
    begun.expires_at = some.event.starts
    introduce(begun)
    begun.say(_words(some))
    if some.rsvp(contact) is None:
        if key not in family.conversations:  # who joined the household since it was invited
            begun.draft.save_conversation(begun.new_conversation(key, Memory()))
        rounds.put_again(begun, key)
    if key in begun.family.conversations:
        begun.about = key
    return begun


def _is_wanted(some: Families, contact: Contact) -> bool:
    rsvp, talk, family = some.rsvp(contact), some.talk(contact), some.known[contact.id]
    if not family.hears(contact):
        return False
    if rsvp is None:
        # What is asked at night is read in the morning.
        asked_at = some.voice.school.quiet_hours.over_at(talk.asked_at) if talk and talk.asked_at else None
        return may_be_invited(contact) and not _is_fresh(asked_at, some.now)
    # Who gave no permission is reminded only of what they themselves said yes to.
    wants = contact.permission is Permission.GIVEN or rsvp.answered_by in family.person(contact.id)
    return rsvp.coming == "yes" and may_be_told(contact) and wants and not _is_fresh(rsvp.answered_at, some.now)


def _is_fresh(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now - FRESH


def _words(some: Families) -> Text:
    school = some.voice.school
    local = [at.astimezone(school.timezone).date() for at in (some.now, some.event.starts)]
    say = event_news.reminder_today if local[0] == local[1] else event_news.reminder
    return say(school, some.event)
