"""Reminders: whom they reach, when, with which words, and each once, whatever happens in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.events import reminders, rounds
from bot.jobs import LEASE
from bot.store import families, help_requests, schools
from flows import FLOWS
from flows.core.flow import Flow
from flows.facts import Event, Permission
from tests.evening import evening
from tests.home import CHICAGO, DINNER, SCHOOL

DAY = timedelta(days=1)
FRIDAY = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
SUNDAY = datetime(2027, 3, 14, 18, 0, tzinfo=CHICAGO)
"""The day on which clocks go forward at two in the morning."""
NOTHING_QUIET = replace(SCHOOL, quiet_from=0, quiet_to=0)


def at(starts: datetime) -> Event:
    return replace(DINNER, starts=starts, ends=starts + timedelta(hours=2))


def hours(starts: datetime, school: object = SCHOOL) -> list[str]:
    assert school is SCHOOL or school is NOTHING_QUIET
    due = reminders.times(at(starts), SCHOOL if school is SCHOOL else NOTHING_QUIET)
    return [f"{due[key].astimezone(CHICAGO):%a %d %H:%M}" for key in ("two-days", "same-day") if key in due]


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        (FRIDAY, ["Wed 10 17:00", "Fri 12 09:00"]),
        (SUNDAY, ["Fri 12 17:00", "Sun 14 09:00"]),
        (SUNDAY + DAY, ["Sat 13 17:00", "Mon 15 09:00"]),
        (FRIDAY.replace(hour=12), ["Wed 10 17:00", "Fri 12 09:00"]),
        (FRIDAY.replace(hour=10), ["Wed 10 17:00", "Fri 12 08:00"]),
        (FRIDAY.replace(hour=8, minute=30), ["Wed 10 17:00", "Fri 12 08:00"]),
        (FRIDAY.replace(hour=7, minute=30), ["Wed 10 17:00", "Thu 11 17:00"]),
        (FRIDAY.replace(hour=0), ["Wed 10 17:00", "Thu 11 17:00"]),
    ],
)
def test_reminders_come_at_friendly_hours_of_the_schools_own_clock(starts: datetime, due: list[str]):
    assert hours(starts) == due


def test_the_clock_on_the_wall_counts_when_clocks_change():
    due = reminders.times(at(SUNDAY), SCHOOL)

    assert due["two-days"] == datetime(2027, 3, 12, 23, 0, tzinfo=UTC)
    assert due["same-day"] == datetime(2027, 3, 14, 14, 0, tzinfo=UTC)


def test_a_school_without_quiet_hours_wakes_nobody_before_seven():
    assert hours(FRIDAY.replace(hour=10), NOTHING_QUIET) == ["Wed 10 17:00", "Fri 12 07:00"]


@pytest.mark.parametrize("half_hours", range(48))
def test_no_reminder_comes_at_night_or_when_it_is_too_late(half_hours: int):
    event = at(datetime(2027, 3, 14, tzinfo=CHICAGO).astimezone(UTC) + half_hours * timedelta(minutes=30))

    due = reminders.times(event, SCHOOL)
    assert due.keys() == {"two-days", "same-day"}
    for moment in due.values():
        assert SCHOOL.quiet_hours.over_at(moment) == moment
        assert moment <= event.starts - timedelta(minutes=30)


async def test_who_comes_is_reminded_twice_in_plain_words_across_the_change_of_clocks(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        luis, ana = await lincoln.family("Rojas", "en", "es")
        dinner = await lincoln.dinner(SUNDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "2 adults 1 child")
        before = len(lincoln.heard(luis)), len(lincoln.heard(ana))
        await lincoln.comes(SUNDAY + DAY / 2)

        assert lincoln.heard(luis)[before[0] :] == [
            "Lincoln School reminds you: Family dinner, Sunday, March 14, 6:00 PM, gym.",
            "Lincoln School reminds you: today, Family dinner, 6:00 PM, gym.",
        ]
        assert lincoln.heard_at(luis)[before[0] :] == ["Fri 12 17:00", "Sun 14 09:00"]
        assert lincoln.heard_at(ana)[before[1] :] == ["Fri 12 17:00", "Sun 14 09:00"]


async def test_who_has_not_said_is_asked_once_more_and_a_number_is_an_answer(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        other = await lincoln.dinner(FRIDAY + 7 * DAY)
        await lincoln.invite(dinner)
        await lincoln.invite(other)
        await lincoln.comes(FRIDAY - 2 * DAY - timedelta(hours=1))

        assert lincoln.heard(luis)[-1] == (
            "Lincoln School reminds you: Family dinner, Friday, March 12, 6:00 PM, gym.\n"
            "Will your family come? Reply NO, or how many. E.g.: 2 adults 3 children"
        )
        await lincoln.texts(luis, "2 adults 1 child")
        # A moment ago it was asked about this dinner, so nobody asks which one is meant.
        assert await lincoln.coming(dinner) == {"Rojas": "yes"}
        assert await lincoln.coming(other) == {}


async def test_who_said_no_or_perhaps_or_waits_hears_no_reminder(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(coming, "en"))[0] for coming in ("no", "maybe", "waiting")]
        dinner = await lincoln.dinner(FRIDAY)
        for contact in people:
            await lincoln.answered(dinner, contact, contact.name.split()[0] if contact.name else "")
        await lincoln.comes(FRIDAY)

        assert [lincoln.heard(contact) for contact in people] == [[], [], []]


async def test_who_stopped_or_takes_no_event_news_is_left_alone(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (silent,) = await lincoln.family("Said nothing", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        (stopped,) = await lincoln.family("Stopped", "en", stopped_at=lincoln.now)
        wrong, right = await lincoln.family("Two phones", "en", "en")
        no_news, answering = await lincoln.family("No news", "en", "en", permission=Permission.REFUSED)
        (unknown,) = await lincoln.family("Never asked", "en", permission=Permission.UNKNOWN)
        async with lincoln.app.database.write() as db:
            await families.save_contacts(
                db, [replace(wrong, wrong_number_at=lincoln.now), replace(silent, permission=Permission.REFUSED)]
            )
        for contact in (stopped, right, answering, unknown):
            await lincoln.answered(dinner, contact, "yes", adults=2, children=0)
        await lincoln.comes(FRIDAY)

        asked = 1
        assert len(lincoln.heard(silent)) == asked
        assert [len(lincoln.heard(contact)) for contact in (stopped, wrong, no_news)] == [0, 0, 0]
        assert [len(lincoln.heard(contact)) for contact in (right, answering, unknown)] == [2, 2, 2]


async def test_who_reads_the_invitation_in_the_morning_is_not_reminded_an_hour_later(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (ana,) = await lincoln.family("Rojas", "en")
        await lincoln.comes(FRIDAY - timedelta(hours=20))
        await lincoln.invite(await lincoln.dinner(FRIDAY))
        await lincoln.comes(FRIDAY)

        (invitation,) = lincoln.heard(ana)
        assert "Will your family come?" in invitation


async def test_a_person_whose_permission_moved_to_a_chat_is_reminded_once(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        chat, phone = await lincoln.family("Rojas", "es", "es")
        async with lincoln.app.database.write() as db:
            await families.save_contacts(db, [replace(phone, permission=Permission.UNKNOWN)])
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, chat, "yes", adults=2, children=0)
        await lincoln.comes(FRIDAY)

        assert (len(lincoln.heard(chat)), lincoln.heard(phone)) == (2, [])


async def test_a_contact_that_the_school_never_wrote_to_is_told_who_writes(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en", introduced_at=None)
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=2)
        await lincoln.comes(FRIDAY - 2 * DAY)

        introduction, reminder = lincoln.heard(luis)
        assert "STOP" in introduction
        assert reminder.startswith("Lincoln School reminds you")


async def test_each_is_reminded_once_though_the_process_dies_in_the_middle(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(5)]
        dinner = await lincoln.dinner(FRIDAY)
        for contact in people:
            await lincoln.answered(dinner, contact, "yes", adults=1)
        lincoln.now = FRIDAY - 2 * DAY
        job = await lincoln.claim(dinner, "reminder", "two-days")

        def die() -> None:
            raise SystemError("the power is gone")

        with pytest.raises(SystemError):
            await reminders.remind(lincoln.work(wake=die), job)
        await lincoln.ring()
        assert sum(len(lincoln.heard(contact)) for contact in people) == 2

        lincoln.now += LEASE
        await lincoln.ring()
        assert [len(lincoln.heard(contact)) for contact in people] == [1, 1, 1, 1, 1]


async def test_two_processes_with_the_same_reminder_write_to_each_family_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 1)
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(6)]
        dinner = await lincoln.dinner(FRIDAY)
        for contact in people:
            await lincoln.answered(dinner, contact, "yes", adults=1)
        lincoln.now = FRIDAY - 2 * DAY
        job = await lincoln.claim(dinner, "reminder", "two-days")

        await asyncio.gather(*(reminders.remind(lincoln.work(), job) for _ in range(3)))
        await lincoln.send()
        assert [len(lincoln.heard(contact)) for contact in people] == [1] * 6


async def test_a_reminder_that_comes_late_is_judged(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)

        lincoln.now = FRIDAY - DAY + timedelta(hours=5)  # the bot was down until eleven at night
        await lincoln.ring()
        assert lincoln.heard(luis) == []
        await lincoln.comes(FRIDAY)  # in the morning the other reminder takes its place
        assert lincoln.heard(luis) == ["Lincoln School reminds you: today, Family dinner, 6:00 PM, gym."]
        assert lincoln.heard_at(luis) == ["Fri 12 09:00"]


async def test_a_reminder_that_is_a_little_late_still_goes_out(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)

        lincoln.now = FRIDAY - 2 * DAY + timedelta(hours=5)
        await lincoln.ring()
        assert lincoln.heard(luis) == []
        await lincoln.comes(FRIDAY - DAY)
        assert lincoln.heard_at(luis) == ["Thu 11 08:00"]
        assert "Friday, March 12" in lincoln.heard(luis)[0]


async def test_nobody_is_reminded_of_what_has_begun(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)

        lincoln.now = FRIDAY + timedelta(minutes=1)
        await lincoln.ring()
        assert await lincoln.queued(luis) == []


async def test_a_reminder_that_could_not_be_sent_expires_when_the_event_begins(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        lincoln.now = FRIDAY - timedelta(hours=3)
        await lincoln.app.jobs.do_due()
        lincoln.now = FRIDAY
        await lincoln.send()

        assert lincoln.heard(luis) == []
        assert [line.partition(":")[0] for line in await lincoln.queued(luis)] == ["dropped"]


async def test_who_answered_a_moment_ago_needs_no_reminder(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,), (carla,) = await lincoln.family("Rojas", "en"), await lincoln.family("Vega", "en")
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now = FRIDAY - 2 * DAY - timedelta(hours=3)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "2 adults 1 child")
        heard = [len(lincoln.heard(contact)) for contact in (luis, carla)]
        await lincoln.comes(FRIDAY - 2 * DAY)
        assert [len(lincoln.heard(contact)) for contact in (luis, carla)] == heard


async def test_an_event_that_is_added_late_skips_what_has_passed(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        lincoln.now = FRIDAY - DAY
        assert await lincoln.jobs(await lincoln.dinner(FRIDAY), "reminder") == {"same-day": "Fri 12 09:00"}
        lincoln.now = FRIDAY - timedelta(hours=3)
        assert await lincoln.jobs(await lincoln.dinner(FRIDAY), "reminder") == {}


async def test_reminders_move_with_the_event_and_go_with_it(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        starts = FRIDAY + 7 * DAY
        await lincoln.change(dinner, starts=starts, ends=starts + timedelta(hours=2))
        assert await lincoln.jobs(dinner, "reminder") == {"two-days": "Wed 17 17:00", "same-day": "Fri 19 09:00"}

        await lincoln.cancel(dinner)
        assert await lincoln.jobs(dinner, "reminder") == {}


async def test_who_hears_of_a_new_time_needs_no_reminder_an_hour_later(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now = FRIDAY - 2 * DAY - timedelta(hours=2)  # an hour before the reminder
        starts = FRIDAY + timedelta(hours=1)
        await lincoln.change(dinner, starts=starts, ends=starts + timedelta(hours=2))
        assert await lincoln.jobs(dinner, "reminder") == {"same-day": "Fri 12 09:00"}


async def test_a_reminder_under_way_stops_where_its_event_is_cancelled(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 1)
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(3)]
        dinner = await lincoln.dinner(FRIDAY)
        for contact in people:
            await lincoln.answered(dinner, contact, "yes", adults=1)
        lincoln.now = FRIDAY - 2 * DAY
        job = await lincoln.claim(dinner, "reminder", "two-days")
        await lincoln.cancel(dinner, quietly=True)
        await reminders.remind(lincoln.work(), job)

        await lincoln.send()
        assert [lincoln.heard(contact) for contact in people] == [[], [], []]


async def test_a_school_that_changes_its_quiet_hours_is_not_woken_by_an_old_plan(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        async with lincoln.app.database.write() as db:
            await schools.save(db, replace(lincoln.school, quiet_from=16, quiet_to=10))
        await lincoln.comes(FRIDAY)

        assert lincoln.heard_at(luis) == ["Thu 11 10:00", "Fri 12 10:00"]


async def test_a_flow_that_raises_holds_up_no_other_family(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of ours")

    async with evening(database_url) as lincoln:
        (silent,), (luis,) = await lincoln.family("Silent", "en"), await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        heard = [len(lincoln.heard(contact)) for contact in (silent, luis)]
        monkeypatch.setitem(FLOWS, "rsvp", Flow("rsvp", broken, about="event"))
        await lincoln.comes(FRIDAY - 2 * DAY)

        assert [len(lincoln.heard(contact)) for contact in (silent, luis)] == [heard[0], heard[1] + 1]
        async with lincoln.app.database.read() as db:
            calls = await help_requests.open_of_school(db, lincoln.school.id)
        assert [(call.contact_id, call.reason) for call in calls] == [(silent.id, "failure")]
