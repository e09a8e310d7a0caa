"""What staff see of an announcement afterwards."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from bot.announcements import announcement_results, audiences
from bot.announcements.announcement_results import DROPPED, Counts, Results, Why
from bot.announcements.audiences import Audience
from bot.channels import telegram_codes
from bot.channels.twilio_codes import describe_code, failure, reported
from bot.errors import Blocked, DeadNumber, NotSent
from bot.messages import State, StatusReport
from bot.outbox.attempt import not_sent
from bot.records import ConsentChange
from bot.store import announcements, consents, delivery, ids
from bot.store.database import Database
from bot.store.delivery import Result
from bot.store.outbox import Claimed
from bot.store.tables import messages
from flows.facts import Permission
from tests.campaign import SMS, Campaign
from tests.mailbag import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
async def campaign(database_url: str) -> AsyncIterator[Campaign]:
    database = Database.open(database_url)
    yield await Campaign.open(database)
    await database.close()


async def results(campaign: Campaign, number: int) -> Results:
    async with campaign.database.read() as db:
        return await announcement_results.results(db, await campaign.find(number))


async def send(campaign: Campaign, *outcomes: NotSent | State | int | None) -> list[Claimed]:
    """Send what is due, each with its outcome: an error of the call, or a report, by its state or its code."""
    claimed = await campaign.claimed()
    async with campaign.database.write() as db:
        for one, outcome in zip(claimed, outcomes, strict=True):
            if isinstance(outcome, NotSent):
                await delivery.settle(db, [not_sent(one, outcome, campaign.now, 0.5)])
                continue
            await delivery.settle(db, [Result(one, State.ACCEPTED, campaign.now, provider_id=f"SM{one.message.id}")])
            if outcome is not None:
                report = StatusReport(f"SM{one.message.id}", State.DELIVERED)
                if isinstance(outcome, int):
                    means = reported(outcome)
                    says = {"blocked": issubclass(means, Blocked), "dead": issubclass(means, DeadNumber)}
                    report = StatusReport(f"SM{one.message.id}", State.FAILED, code=outcome, **says)
                await delivery.apply_reports(db, [report], campaign.now)
    return claimed


async def texts(campaign: Campaign, contact_id: int, at: datetime) -> None:
    async with campaign.database.write() as db:
        (number,) = await ids.reserve(db, 1)
        whose = {"id": number, "school_id": campaign.school.id, "contact_id": contact_id}
        where = {"channel": "sms", "account": SMS, "address": "sms:+15125550143", "body": "Gracias"}
        arrived = {"outgoing": False, "kind": "received", "state": "received", "created_at": at}
        await db.execute(insert(messages), whose | where | arrived)


async def stops(campaign: Campaign, contact_id: int, at: datetime, topic: str = "all") -> None:
    async with campaign.database.write() as db:
        said = ConsentChange(campaign.school.id, contact_id, topic, Permission.REFUSED, at, "reply")
        await consents.add(db, [said])


async def test_delivered_accepted_unknown_failed_and_waiting_by_language_and_channel(campaign: Campaign):
    await campaign.family("sms:+15125550143")
    await campaign.family("sms:+15125550144")
    await campaign.family("telegram:11", language="en")
    await campaign.family("sms:+15125550145", language="en")
    number = await campaign.begin()
    await send(campaign, State.DELIVERED, None, None, 30005)

    found = await results(campaign, number)

    assert found.total == Counts(recipients=4, delivered=1, accepted=2, failed=1)
    assert found.by_language == {
        "en": Counts(recipients=2, accepted=1, failed=1),
        "es": Counts(recipients=2, delivered=1, accepted=1),
    }
    assert found.by_channel["telegram"] == Counts(recipients=1, accepted=1)
    assert found.by_both["en", "sms"] == Counts(recipients=1, failed=1)
    assert found.failed == {Why("sms", "not-delivered", 30005): 1}


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (21211, "not a phone number that exists", "dead-number"),
        (21614, "cannot receive texts", "dead-number"),
        (21635, "landline", "dead-number"),
        (21610, "has stopped texts from the school, with its carrier", "stopped"),
        (30007, "spam", None),
    ],
)
async def test_what_the_call_said_is_visible_and_the_next_announcement_knows(
    campaign: Campaign, code: int, words: str, reason: str | None
):
    ana = await campaign.family()
    number = await campaign.begin()
    await send(campaign, failure(400, code))

    found = await results(campaign, number)
    [(why, n)] = found.failed.items()
    assert (why.channel, why.code, n) == ("sms", code, 1)
    assert words in describe_code(why.code)
    assert found.total.stopped == (reason == "stopped"), "a number that takes no texts has not stopped them"
    assert await excluded(campaign) == ({reason: 1} if reason else {})
    assert len(await campaign.messages_of(ana)) == 1


async def excluded(campaign: Campaign) -> Counter[str]:
    """Who would get nothing of the next announcement, and why."""
    follow_up = await campaign.draft()
    async with campaign.database.read() as db:
        return (await audiences.reach(db, campaign.school, await campaign.find(follow_up), campaign.now)).excluded


@pytest.mark.parametrize(
    ("code", "reason"),
    [(30003, None), (30004, None), (30008, None), (30005, "dead-number"), (30006, "dead-number"), (21610, "stopped")],
)
async def test_what_the_carrier_said_later_is_visible_and_the_next_announcement_knows(
    campaign: Campaign, code: int, reason: str | None
):
    ana = await campaign.family()
    number = await campaign.begin()
    await send(campaign, code)

    [(why, n)] = (await results(campaign, number)).failed.items()
    assert (why, n) == (Why("sms", "not-delivered", code), 1)
    assert "number" in describe_code(code) or "phone" in describe_code(code) or "carrier" in describe_code(code)
    assert await excluded(campaign) == ({reason: 1} if reason else {})
    await campaign.family()
    await campaign.begin()
    assert len(await campaign.messages_of(ana)) == (1 if reason else 2)


async def left_out(campaign: Campaign, number: int) -> list[int]:
    about = await campaign.find(number)
    async with campaign.database.read() as db:
        decided = await audiences.sending(db, campaign.school, about, campaign.now)
        return [one.contact_id for one in await announcements.left_out(db, about, decided)]


async def test_whose_number_takes_no_texts_is_among_those_who_missed_the_next_announcement(campaign: Campaign):
    ana, _luis = await campaign.family(), await campaign.family(language="en")
    first = await campaign.begin()
    await send(campaign, 30005, State.DELIVERED)
    campaign.now += HOUR
    second = await campaign.begin()
    await send(campaign, State.DELIVERED)

    assert await left_out(campaign, first) == [], "it has a message of it, which failed"
    assert await left_out(campaign, second) == [ana]
    assert await left_out(campaign, await campaign.begin(Audience(language="en"))) == []
    assert await left_out(campaign, await campaign.draft()) == []


async def test_who_died_later_did_not_miss_it_for_that(campaign: Campaign):
    ana = await campaign.family(permission="refused")
    number = await campaign.begin(Audience("list", contact_ids=(ana, await campaign.family())))
    campaign.now += HOUR
    await campaign.begin(Audience("list", contact_ids=(ana,)), topic="urgent")
    await send(campaign, 30006, None)

    assert await excluded(campaign) == {"dead-number": 1}
    assert await left_out(campaign, number) == []


async def test_a_blocked_bot_is_visible_and_not_written_to_again(campaign: Campaign):
    family = await campaign.family("telegram:11")
    number = await campaign.begin()
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    await send(campaign, telegram_codes.failure(403, blocked))

    [(why, n)] = (await results(campaign, number)).failed.items()
    assert (why.channel, why.code, n) == ("telegram", 403, 1)
    assert "blocked" in why.reason
    assert (await campaign.consents(family)) == ["carrier"]


async def test_a_wait_that_the_provider_asks_for_is_seen_and_ends(campaign: Campaign):
    await campaign.family("telegram:11")
    await campaign.family("telegram:12")
    number = await campaign.begin()
    answer = {"ok": False, "error_code": 429, "parameters": {"retry_after": 7}}
    (one,) = await campaign.claimed(1)
    async with campaign.database.write() as db:
        await delivery.settle(db, [not_sent(one, telegram_codes.failure(429, answer), campaign.now, 0.5)])

    found = await results(campaign, number)
    assert found.total == Counts(recipients=2, waiting=2)
    assert found.held == {"Telegram asks us to send more slowly": 1, "": 1}
    campaign.now += timedelta(seconds=7)
    assert len(await campaign.claimed()) == 2


async def test_what_was_never_sent_says_why(campaign: Campaign):
    stopped, refused, full, night = [await campaign.family(language="en") for _ in range(4)]
    for _ in range(3):
        await campaign.begin(Audience("list", contact_ids=(full,)))
        await send(campaign, None)
    number = await campaign.begin()
    await campaign.change(stopped, stopped_at=campaign.now)
    await campaign.change(refused, permission="refused")
    await campaign.change(night, timezone="Asia/Manila")
    await send(campaign)

    found = await results(campaign, number)
    assert found.dropped == {"stopped": 1, "no-permission": 1, "weekly-cap": 1}
    assert found.held == {"quiet-hours": 1}
    assert set(found.dropped) <= set(DROPPED)


@pytest.mark.parametrize("by_report", [False, True])
async def test_an_introduction_that_never_arrived_is_why_the_announcement_did_not(campaign: Campaign, by_report: bool):
    ana = await campaign.family(introduced_at=None)
    luis = await campaign.family(introduced_at=None, language="en")
    number = await campaign.begin()
    await send(campaign, 30006 if by_report else failure(400, 21614), None)
    await campaign.change(luis, stopped_at=campaign.now)
    await send(campaign)

    found = await results(campaign, number)

    code, reason = (30006, "not-delivered") if by_report else (21614, "This number cannot receive texts")
    assert found.total == Counts(recipients=2, failed=1, dropped=1)
    assert found.failed == {Why("sms", reason, code): 1}
    assert found.dropped == {"stopped": 1}
    async with campaign.database.read() as db:
        people = {one.contact_id: (one.state, one.code) for one in await announcements.missed(db, number)}
        assert await announcements.states(db, number) == {"failed": 1, "dropped": 1}
    assert people == {ana: ("failed", code), luis: ("dropped", None)}


async def test_what_the_introduction_waits_for_is_what_the_announcement_waits_for(campaign: Campaign):
    await campaign.family(introduced_at=None)
    number = await campaign.begin()
    (one,) = await campaign.claimed()
    async with campaign.database.write() as db:
        await delivery.settle(db, [not_sent(one, failure(401, 20003), campaign.now, 0.5)])

    found = await results(campaign, number)

    assert found.total == Counts(recipients=1, waiting=1)
    ((why, n),) = found.held.items()
    assert ("TWILIO_AUTH_TOKEN" in why, n) == (True, 1)


async def test_a_stop_is_no_reply(campaign: Campaign):
    stopping, leaving, talking = [await campaign.family() for _ in range(3)]
    number = await campaign.begin()
    await send(campaign, *[None] * 3)
    for one in (stopping, leaving, talking):
        await texts(campaign, one, NOON + HOUR)
    await stops(campaign, stopping, NOON + HOUR)
    await stops(campaign, leaving, NOON + HOUR, topic="events")

    total = (await results(campaign, number)).total
    assert (total.replied, total.replies, total.stopped) == (2, 2, 1)


async def test_replies_and_stops_within_two_days_count(campaign: Campaign):
    talks, quick, late, stopping, leaving = [await campaign.family() for _ in range(5)]
    number = await campaign.begin()
    await texts(campaign, quick, NOON - HOUR)
    await send(campaign, *[None] * 5)
    for after in (1, 2, 47):
        await texts(campaign, talks, NOON + after * HOUR)
    await texts(campaign, late, NOON + 49 * HOUR)
    await stops(campaign, stopping, NOON + HOUR)
    await stops(campaign, leaving, NOON + HOUR, topic="events")
    await stops(campaign, late, NOON + 49 * HOUR)

    total = (await results(campaign, number)).total
    assert (total.replied, total.replies, total.stopped) == (1, 3, 1)


async def test_an_announcement_that_was_not_sent_has_no_results(campaign: Campaign):
    assert await results(campaign, await campaign.draft()) == Results()
