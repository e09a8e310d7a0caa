"""What staff are told before an announcement goes is what then happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.announcements import announcement_results, planning
from bot.announcements.audiences import Audience
from bot.announcements.planning import Plan
from bot.messages import State
from bot.store import delivery, schools, statements
from bot.store.database import Database
from bot.store.delivery import Result
from tests.campaign import Campaign
from tests.home import catalogs
from tests.mailbag import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOS_ANGELES = "America/Los_Angeles"


@pytest.fixture
async def campaign(database_url: str) -> AsyncIterator[Campaign]:
    """A school whose people get two pieces of event news a week."""
    database = Database.open(database_url)
    made = await Campaign.open(database)
    made.school = replace(made.school, weekly_cap=2)
    async with database.write() as db:
        await schools.save(db, made.school)
    yield made
    await database.close()


async def planned(campaign: Campaign, number: int, **given: Any) -> Plan:
    async with campaign.database.read() as db:
        found, speed = await campaign.find(number), {"sms": 2}
        return await planning.plan(db, catalogs(), campaign.school, found, speed, campaign.now, **given)


async def send(campaign: Campaign) -> int:
    """Send what is due; how many there were."""
    claimed = await campaign.claimed()
    async with campaign.database.write() as db:
        results = [Result(one, State.ACCEPTED, campaign.now, provider_id=f"SM{one.message.id}") for one in claimed]
        await delivery.settle(db, results)
    return len(claimed)


async def have_news(campaign: Campaign, *people: int, times: int, ago: timedelta) -> None:
    """These people got so much event news so long ago."""
    campaign.now = NOON - ago
    for _ in range(times):
        await campaign.begin(Audience("list", contact_ids=people))
        await send(campaign)
    campaign.now = NOON


# The week


async def test_who_has_had_enough_news_this_week_is_counted_as_it_will_be_sent(campaign: Campaign):
    fresh, one_left, soon, late, staff_stop = [await campaign.family() for _ in range(5)]
    await have_news(campaign, one_left, times=1, ago=DAY)
    await have_news(campaign, soon, times=2, ago=5 * DAY)
    await have_news(campaign, late, times=2, ago=2 * DAY)
    await campaign.change(staff_stop, stopped_at=campaign.now)
    number = await campaign.draft()

    plan = await planned(campaign, number)

    assert plan.reach.total == 3
    assert plan.reach.excluded == {"weekly-cap": 1, "stopped": 1}
    assert (plan.waiting, plan.waiting_until) == (1, NOON + 2 * DAY)
    assert (plan.begin_at, plan.finish_at) == (NOON, NOON + 2 * DAY)
    await campaign.send(number)
    await campaign.work()
    assert await send(campaign) == 2, "those with room in their week"
    async with campaign.database.read() as db:
        found = await announcement_results.results(db, await campaign.find(number))
    assert found.dropped == {"weekly-cap": 1}
    assert found.held == {"weekly-cap": 1}
    assert fresh != one_left
    campaign.now = NOON + 2 * DAY
    assert await send(campaign) == 1


@pytest.mark.parametrize(
    ("given", "waits", "nothing"),
    [
        ({"until": NOON + 5 * DAY}, 0, 1),
        ({"until": NOON + 5 * DAY + HOUR}, 1, 0),
        ({"at": NOON + 5 * DAY - HOUR}, 1, 0),
        ({"at": NOON + 5 * DAY}, 0, 0),
    ],
)
async def test_how_long_it_may_wait_and_when_it_begins_decide_who_gets_it(
    campaign: Campaign, given: dict[str, Any], waits: int, nothing: int
):
    person = await campaign.family()
    await have_news(campaign, person, times=2, ago=2 * DAY)

    plan = await planned(campaign, await campaign.draft(), **given)

    assert (plan.waiting, plan.reach.excluded["weekly-cap"]) == (waits, nothing)


async def test_an_urgent_one_and_a_school_without_a_cap_know_no_week(campaign: Campaign):
    await have_news(campaign, await campaign.family(), times=2, ago=DAY)
    assert (await planned(campaign, await campaign.draft(topic="urgent"))).reach.total == 1
    assert (await planned(campaign, await campaign.draft())).reach.total == 0

    campaign.school = replace(campaign.school, weekly_cap=0)
    assert (await planned(campaign, await campaign.draft())).reach.total == 1


async def test_a_failed_one_an_introduction_and_an_urgent_one_fill_nobodys_week(campaign: Campaign):
    person = await campaign.family(introduced_at=None)
    await have_news(campaign, person, times=1, ago=DAY)
    await send(campaign)
    campaign.now = NOON - DAY
    await campaign.begin(topic="urgent")
    await send(campaign)
    campaign.now = NOON

    assert (await planned(campaign, await campaign.draft())).reach.excluded == {}


async def test_a_plan_asks_as_much_for_many_as_for_few(campaign: Campaign, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    fetch = statements.fetch

    async def counting(db: Any, sql: str, values: Any) -> Any:
        asked.append(sql)
        return await fetch(db, sql, values)

    monkeypatch.setattr(statements, "fetch", counting)
    number = await campaign.draft()
    counts = []
    for many in (1, 60):
        people = await campaign.families([f"telegram:{n + 100 * many}" for n in range(many)])
        await have_news(campaign, *people, times=2, ago=DAY)
        asked.clear()
        assert (await planned(campaign, number)).reach.excluded["weekly-cap"] >= many
        counts.append(len(asked))
    assert counts[0] == counts[1] < 10


# The night


async def test_where_a_number_is_at_home_counts_as_it_does_when_it_is_sent(campaign: Campaign):
    await campaign.families(["sms:+15125550111", "sms:+15125550112"])
    await campaign.family("sms:+12135550101", timezone=LOS_ANGELES)
    number = await campaign.draft()
    half_past_eight = NOON + 20 * HOUR + HOUR / 2

    plan = await planned(campaign, number, at=half_past_eight)

    ten = NOON + 22 * HOUR
    assert plan.begin_at == half_past_eight
    assert plan.asleep == {ten: 1}
    assert plan.finish_at == ten + timedelta(seconds=0.5)
    campaign.now = half_past_eight
    await campaign.send(number)
    await campaign.work()
    assert await send(campaign) == 2
    campaign.now = ten
    assert await send(campaign) == 1


async def test_an_urgent_one_wakes_everybody(campaign: Campaign):
    await campaign.family("sms:+12135550101", timezone=LOS_ANGELES)
    night = NOON + 10 * HOUR

    plan = await planned(campaign, await campaign.draft(topic="urgent"), at=night)

    assert (plan.begin_at, plan.asleep) == (night, {})
    assert plan.finish_at == night + timedelta(seconds=0.5)


async def test_at_night_the_first_one_goes_in_the_morning(campaign: Campaign):
    await campaign.family()

    plan = await planned(campaign, await campaign.draft(), at=NOON + 10 * HOUR)

    assert plan.begin_at == NOON + 20 * HOUR
    assert plan.asleep == {}
