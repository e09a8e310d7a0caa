"""An event that moves, changes or is cancelled: whom that reaches, with which words, and what becomes of answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import events
from bot.errors import Refusal
from bot.events import event_news, rounds
from bot.jobs import LEASE
from bot.messages import Kind
from bot.store import conversations
from flows.core.text import ByLanguage
from flows.facts import Event, Permission
from tests.evening import Evening, evening
from tests.home import CHICAGO

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FRIDAY = datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO)
A_WEEK_LATER: dict[str, Any] = {"starts": FRIDAY + 7 * DAY, "ends": FRIDAY + 7 * DAY + 2 * HOUR}
CAFETERIA = ByLanguage(en="cafeteria", es="comedor")
MOVED = (
    "Lincoln School: Family dinner has moved. Now: Friday, March 19, 6:00 PM, gym. Before: Friday, March 12, 6:00 PM."
)
ASKED = "Will your family come? Reply NO, or how many. E.g.: 2 adults 3 children"
STAYS = "Your answer stays. If it changes, just write."
CANCELLED = "Lincoln School: we are sorry, Family dinner, Friday, March 12, 6:00 PM, is cancelled."


async def test_who_comes_hears_the_old_and_the_new_time_and_the_answer_stays(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "2 adults 1 child")

        assert await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()
        assert lincoln.heard(luis)[-1] == f"{MOVED}\n{STAYS}"
        assert await lincoln.coming(dinner) == {"Rojas": "yes"}
        await lincoln.texts(luis, "sorry, we can't come any more")
        assert await lincoln.coming(dinner) == {"Rojas": "no"}


async def test_who_has_not_said_is_asked_with_the_new_time(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()

        assert lincoln.heard(luis)[-1] == f"{MOVED}\n{ASKED}"
        answer = await lincoln.texts(luis, "2 adults 1 child")
        assert "Friday, March 19" in answer
        assert await lincoln.coming(dinner) == {"Rojas": "yes"}


async def test_a_perhaps_is_asked_two_days_before_the_new_time(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "maybe")
        starts = FRIDAY - 4 * DAY
        await lincoln.change(dinner, starts=starts, ends=starts + 2 * HOUR)
        await lincoln.ring()
        heard = lincoln.heard(luis)

        assert heard[-1] == (
            "Lincoln School: Family dinner has moved. Now: Monday, March 8, 6:00 PM, gym. "
            "Before: Friday, March 12, 6:00 PM."
        )
        await lincoln.comes(starts - HOUR)
        assert [body.partition(".")[0] for body in lincoln.heard(luis)[len(heard) :]] == [
            "Lincoln School: Family dinner is on Monday, March 8, 6:00 PM"
        ]
        assert lincoln.heard_at(luis)[-1] == "Sat 06 18:00"


async def test_who_waits_for_a_place_hears_of_it_and_waits_on(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,), (carla,) = await lincoln.family("Rojas", "en"), await lincoln.family("Vega", "en")
        dinner = await lincoln.dinner(FRIDAY, places=3)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "2 adults 1 child")
        full = await lincoln.texts(carla, "2 adults 1 child")
        assert "waiting list" in full
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()
        assert lincoln.heard(carla)[-1] == f"{MOVED}\n{full}"

        await lincoln.texts(carla, "yes")
        await lincoln.change(dinner, place=CAFETERIA)
        await lincoln.ring()
        assert lincoln.heard(carla)[-1].startswith("Lincoln School: Family dinner has another place.")
        assert await lincoln.coming(dinner) == {"Rojas": "yes", "Vega": "waiting"}


async def test_an_invitation_under_way_stops_where_its_event_is_cancelled(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "AT_ONCE", 1)
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(3)]
        dinner = await lincoln.dinner(FRIDAY)
        app = lincoln.app

        def clock() -> datetime:
            return lincoln.now

        await lincoln.cancel(dinner, quietly=True)
        with pytest.raises(Refusal, match="nobody is invited"):
            await events.invite(app.database, app.catalogs, lincoln.school, dinner, clock, "a test")
        await lincoln.send()
        assert [lincoln.heard(contact) for contact in people] == [[], [], []]


async def test_every_contact_of_those_it_concerns_is_told_and_nobody_else(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (silent,) = await lincoln.family("Silent", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        asked = lincoln.heard(silent)
        (stranger,) = await lincoln.family("Stranger", "en")
        (no,) = await lincoln.family("No", "en")
        both = await lincoln.family("Yes", "en", "en", permission=Permission.REFUSED)
        (waiting,) = await lincoln.family("Waiting", "en")
        (stopped,) = await lincoln.family("Stopped", "en", stopped_at=lincoln.now)
        for contact, coming in ((no, "no"), (both[0], "yes"), (waiting, "waiting"), (stopped, "yes")):
            await lincoln.answered(dinner, contact, coming, adults=2)
        await lincoln.cancel(dinner)
        await lincoln.ring()

        assert lincoln.heard(silent)[len(asked) :] == [CANCELLED]
        assert [lincoln.heard(contact) for contact in (*both, waiting)] == [[CANCELLED]] * 3
        assert [lincoln.heard(contact) for contact in (no, stranger, stopped)] == [[], [], []]


async def test_a_cancelled_event_is_over_for_its_invitations_and_reminders(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,), (carla,) = await lincoln.family("Rojas", "en"), await lincoln.family("Vega", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(carla, "maybe")
        await lincoln.cancel(dinner)
        await lincoln.ring()
        assert await lincoln.texts(luis, "ok thank you") == ""
        heard = [len(lincoln.heard(contact)) for contact in (luis, carla)]

        await lincoln.comes(FRIDAY + DAY)
        assert [len(lincoln.heard(contact)) for contact in (luis, carla)] == heard
        await lincoln.texts(luis, "2 adults 1 child")
        assert await lincoln.coming(dinner) == {"Vega": "maybe"}
        async with lincoln.app.database.read() as db:
            talks = [talk for talk in await conversations.of_contacts(db, [luis.id, carla.id]) if talk.flow == "rsvp"]
        assert {talk.stage.value for talk in talks} == {"closed"}


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            {"place": CAFETERIA},
            "Lincoln School: Family dinner has another place. Now: cafeteria. Before: gym. Friday, March 12, 6:00 PM.",
        ),
        (
            {"place": CAFETERIA, **A_WEEK_LATER},
            "Lincoln School: Family dinner has moved. Now: Friday, March 19, 6:00 PM, cafeteria. "
            "Before: Friday, March 12, 6:00 PM, gym.",
        ),
        (
            {"title": ByLanguage(en="Spring dinner", es="Cena de primavera")},
            "Lincoln School: Family dinner is now called Spring dinner. Friday, March 12, 6:00 PM, gym.",
        ),
        ({"child_care": False}, "Lincoln School: we are sorry, there will be no child care at Family dinner, Friday, "),
    ],
)
async def test_each_change_has_its_words(database_url: str, new: dict[str, Any], told: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,), (carla,) = await lincoln.family("Rojas", "en"), await lincoln.family("Vega", "en")
        dinner = await lincoln.dinner(FRIDAY, child_care=True)
        await lincoln.answered(dinner, luis, "yes", adults=1, children=1, child_care=True)
        await lincoln.answered(dinner, carla, "yes", adults=1, children=1, child_care=False)
        assert await lincoln.change(dinner, **new)
        await lincoln.ring()

        (body,) = lincoln.heard(luis)
        assert body.startswith(told)
        assert len(lincoln.heard(carla)) == (0 if "child_care" in new else 1)


@pytest.mark.parametrize("new", [{"food": True}, {"places": 80}, {"ends": FRIDAY + 3 * HOUR}, {"child_care": True}])
async def test_what_no_family_was_told_changes_in_silence(database_url: str, new: dict[str, Any]) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        assert not await lincoln.change(dinner, **new)
        await lincoln.ring()

        assert await lincoln.queued(luis) == []
        stored = await lincoln.stored(dinner)
        assert {name: getattr(stored, name) for name in new} == new
        assert stored.sequence == 1


async def test_quietly_nobody_is_told(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        assert not await lincoln.change(dinner, quietly=True, **A_WEEK_LATER)
        await lincoln.ring()
        await lincoln.cancel(dinner, quietly=True)
        await lincoln.ring()

        assert await lincoln.queued(luis) == []


async def test_an_invitation_that_is_not_sent_yet_goes_out_with_the_new_time_only(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now += 13 * HOUR  # eleven at night
        await lincoln.invite(dinner)
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()
        await lincoln.comes(lincoln.now + 12 * HOUR)

        (invitation,) = lincoln.heard(luis)
        assert invitation.startswith("Lincoln School: Family dinner, Friday, March 19, 6:00 PM, gym. Will your family")
        await lincoln.texts(luis, "2 adults 1 child")
        assert await lincoln.coming(dinner) == {"Rojas": "yes"}


@pytest.mark.parametrize("quietly", [True, False])
async def test_who_never_heard_of_an_event_does_not_hear_that_it_is_cancelled(database_url: str, quietly: bool) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now += 13 * HOUR
        await lincoln.invite(dinner)
        await lincoln.cancel(dinner, quietly=quietly)
        await lincoln.ring()
        await lincoln.comes(lincoln.now + 12 * HOUR)

        assert lincoln.heard(luis) == []


async def test_a_reminder_that_is_not_sent_yet_is_taken_back(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(luis, "2 adults 1 child")
        lincoln.now = FRIDAY - 2 * DAY - HOUR
        assert await lincoln.app.jobs.do_due()  # nobody sends at this hour
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()

        assert lincoln.heard(luis)[-1] == f"{MOVED}\n{STAYS}"
        assert [line for line in await lincoln.queued(luis) if line.startswith("dropped")] == [
            "dropped: Lincoln School reminds you: Family dinner, Friday, March 12, 6:00 PM, gym."
        ]


async def test_two_changes_before_anybody_was_told_are_one(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        await lincoln.change(dinner, starts=FRIDAY + DAY, ends=FRIDAY + DAY + HOUR)
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()
        assert lincoln.heard(luis) == [MOVED]

        await lincoln.change(dinner, starts=FRIDAY, ends=FRIDAY + HOUR)
        assert not await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()
        assert lincoln.heard(luis) == [MOVED]


@pytest.mark.parametrize(
    ("hours_before", "heard_at"),
    [
        (48, "Wed 10 18:00"),  # by day: at once
        (20, "Fri 12 08:00"),  # ten at night: ten hours are left in the morning
        (2, "Fri 12 16:00"),
    ],
)
async def test_what_can_wait_for_the_morning_waits(database_url: str, hours_before: int, heard_at: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.answered(dinner, luis, "yes", adults=1)
        lincoln.now = FRIDAY - hours_before * HOUR
        await lincoln.cancel(dinner)
        await lincoln.comes(FRIDAY)

        assert lincoln.heard_at(luis) == [heard_at]


async def test_a_breakfast_that_is_cancelled_at_night_is_told_at_night(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        (luis,) = await lincoln.family("Rojas", "en")
        breakfast = await lincoln.dinner(FRIDAY.replace(hour=9))
        await lincoln.answered(breakfast, luis, "yes", adults=1)
        lincoln.now = FRIDAY - 20 * HOUR
        await lincoln.cancel(breakfast)
        await lincoln.ring()

        assert lincoln.heard_at(luis) == ["Thu 11 22:00"]
        assert lincoln.sent[-1][1].kind is Kind.URGENT


async def test_each_is_told_once_though_the_process_dies_in_the_middle(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 1)
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(3)]
        dinner = await lincoln.dinner(FRIDAY)
        for contact in people:
            await lincoln.answered(dinner, contact, "yes", adults=1)
        await lincoln.cancel(dinner)

        def die() -> None:
            raise SystemError("the power is gone")

        with pytest.raises(SystemError):
            await event_news.tell_now(lincoln.work(wake=die), dinner, lambda _: None)
        lincoln.now += LEASE
        await lincoln.ring()
        assert [lincoln.heard(contact) for contact in people] == [[CANCELLED]] * 3


async def test_the_preview_is_what_goes_out(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        people = [(await lincoln.family(f"Family {n}", "en"))[0] for n in range(3)]
        dinner = await lincoln.dinner(FRIDAY)
        await lincoln.invite(dinner)
        await lincoln.texts(people[0], "2 adults 1 child")
        await lincoln.texts(people[1], "no")
        heard = [len(lincoln.heard(contact)) for contact in people]
        foretold = await _preview(lincoln, dinner)
        await lincoln.change(dinner, **A_WEEK_LATER)
        await lincoln.ring()

        told = [lincoln.heard(contact)[before:] for contact, before in zip(people, heard, strict=True)]
        assert told == [[f"{MOVED}\n{STAYS}"], [], [f"{MOVED}\n{ASKED}"]]
        assert foretold == {(f"{MOVED}\n{STAYS}",): 1, (f"{MOVED}\n{ASKED}",): 1}


async def _preview(lincoln: Evening, dinner: Event) -> dict[tuple[str, ...], int]:
    before = await lincoln.stored(dinner)
    change = event_news.Change(before, replace(before, **A_WEEK_LATER))
    app = lincoln.app
    found = await event_news.preview(app.database, app.catalogs, lincoln.school, change, lincoln.now)
    assert (found.families, found.contacts) == (2, 2)
    return {post.bodies: count for post, count in found.posts.items()}


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ({}, "so already"),
        ({"starts": datetime(2027, 2, 1, 18, tzinfo=CHICAGO)}, "in the past"),
        ({"ends": FRIDAY}, "ends before it starts"),
        ({"place": ByLanguage(en="gym")}, "in every language of the school: es"),
    ],
)
async def test_what_cannot_be_is_refused(database_url: str, new: dict[str, Any], problem: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        with pytest.raises(Refusal, match=problem):
            await lincoln.change(dinner, **new)
        assert (await lincoln.stored(dinner)).sequence == 0


async def test_what_is_over_is_neither_changed_nor_cancelled(database_url: str) -> None:
    async with evening(database_url) as lincoln:
        dinner = await lincoln.dinner(FRIDAY)
        lincoln.now = FRIDAY + 3 * HOUR
        with pytest.raises(Refusal, match="over"):
            await lincoln.change(dinner, **A_WEEK_LATER)
        with pytest.raises(Refusal, match="over"):
            await lincoln.cancel(dinner)
        events.check_cancelled(dinner, FRIDAY)
