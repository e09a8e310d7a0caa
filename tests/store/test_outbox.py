"""Which messages may go out now: their order, one at a time a contact, and what their contacts wish."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.messages import Kind, Media, State
from bot.store import delivery, outbox, statements
from bot.store.database import Database
from bot.store.delivery import Result
from bot.store.outbox import Claimed
from bot.store.senders import Limits
from tests.mailbag import ACCOUNT, NOON, Mailbag

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def mailbag(database: Database) -> Mailbag:
    return await Mailbag.open(database)


async def settle(mailbag: Mailbag, claimed: Claimed, state: State, **given: Any) -> None:
    async with mailbag.database.write() as db:
        await delivery.settle(db, [Result(claimed, state, mailbag.now, **given)])


# Only there do two transactions write at a time.
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


# Order


async def test_replies_go_before_urgent_ones_notices_and_event_news(mailbag: Mailbag):
    kinds = [Kind.EVENT, Kind.NOTICE, Kind.URGENT, Kind.REPLY]
    queued = [await mailbag.queue(await mailbag.family(), kind) for kind in kinds]

    assert await mailbag.claimed() == queued[::-1]


async def test_what_waits_longest_goes_first(mailbag: Mailbag):
    late, early = [
        await mailbag.queue(await mailbag.family(), due_at=NOON - minutes * timedelta(minutes=1)) for minutes in (1, 2)
    ]

    assert await mailbag.claimed(1) == [early]
    assert await mailbag.claimed(1) == [late]


async def test_nothing_goes_before_it_is_due(mailbag: Mailbag):
    queued = await mailbag.queue(await mailbag.family(), due_at=NOON + HOUR)

    assert await mailbag.claimed() == []
    mailbag.now += HOUR
    assert await mailbag.claimed() == [queued]


async def test_a_claimed_message_comes_with_what_goes_with_it(mailbag: Mailbag):
    family = await mailbag.family()
    await mailbag.queue(family, media=[{"url": "telegram-file:photo:AgAC", "content_type": "image/jpeg"}])
    await mailbag.queue(await mailbag.family())

    found = {one.message.media for one in (await mailbag.claim()).messages}
    assert found == {(), (Media("telegram-file:photo:AgAC", "image/jpeg"),)}


async def test_a_claimed_message_is_ours_alone(mailbag: Mailbag):
    queued = await mailbag.queue(await mailbag.family("sms:+15125550143"), body="¿Viene?", buttons=[["Sí", "yes"]])

    claimed = await mailbag.claim_one()

    assert (claimed.message.id, claimed.attempts, claimed.claimed_at) == (queued, 1, NOON)
    assert (claimed.message.address, claimed.message.account) == ("sms:+15125550143", ACCOUNT)
    assert (claimed.message.body, claimed.message.buttons) == ("¿Viene?", (("Sí", "yes"),))
    assert await mailbag.state(queued) is State.SENDING
    assert await mailbag.claimed() == []


async def test_one_message_of_a_contact_is_under_way_at_a_time(mailbag: Mailbag):
    family = await mailbag.family()
    first, second = await mailbag.queue(family), await mailbag.queue(family)

    claimed = await mailbag.claim_one()
    assert claimed.message.id == first
    assert await mailbag.claimed() == []
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")

    assert await mailbag.claimed() == [second]


async def test_two_contacts_do_not_wait_for_each_other(mailbag: Mailbag):
    one, other = await mailbag.family(), await mailbag.family()
    await mailbag.queue(one)
    await mailbag.claim_one()
    queued = await mailbag.queue(other)

    assert await mailbag.claimed() == [queued]


async def test_a_reply_behind_news_under_way_takes_no_place_in_a_claim(mailbag: Mailbag):
    one, other = await mailbag.family(), await mailbag.family()
    await mailbag.queue(one, Kind.EVENT)
    await mailbag.claim_one()
    await mailbag.queue(one)
    queued = await mailbag.queue(other)

    assert await mailbag.claimed(1) == [queued]


async def test_a_message_that_is_tried_again_keeps_its_place(mailbag: Mailbag):
    family = await mailbag.family()
    first, second = await mailbag.queue(family), await mailbag.queue(family)
    await settle(mailbag, await mailbag.claim_one(), State.READY, due_at=NOON + HOUR)

    assert await mailbag.claimed() == []
    mailbag.now += HOUR
    assert await mailbag.claimed() == [first]
    assert await mailbag.state(second) is State.READY


async def test_a_message_planned_for_next_week_holds_nothing_back(mailbag: Mailbag):
    family = await mailbag.family()
    await mailbag.queue(family, due_at=NOON + 7 * DAY)
    await mailbag.queue(family, Kind.EVENT, due_at=NOON + 7 * DAY)
    today = await mailbag.queue(family, Kind.EVENT)

    assert await mailbag.claimed() == [today]


async def test_a_reply_passes_event_news_that_waits_for_the_same_contact(mailbag: Mailbag):
    family = await mailbag.family()
    news, reply = await mailbag.queue(family, Kind.EVENT), await mailbag.queue(family)

    claimed = await mailbag.claim_one()
    assert claimed.message.id == reply
    assert await mailbag.claimed() == []
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")
    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize("state", [State.UNKNOWN, State.FAILED])
async def test_a_message_that_did_not_surely_arrive_holds_nothing_back(mailbag: Mailbag, state: State):
    family = await mailbag.family()
    await mailbag.queue(family)
    second = await mailbag.queue(family)
    await settle(mailbag, await mailbag.claim_one(), state)

    assert await mailbag.claimed() == [second]


async def test_a_claim_says_that_there_is_more(mailbag: Mailbag):
    for _ in range(3):
        await mailbag.queue(await mailbag.family())

    assert (await mailbag.claim(2)).more
    assert not (await mailbag.claim(2)).more


async def test_messages_of_a_channel_that_is_off_stay_ready(mailbag: Mailbag):
    telegram = await mailbag.queue(await mailbag.family("telegram:4711"))
    sms = await mailbag.queue(await mailbag.family())

    assert await mailbag.claimed(prefixes=["sms"]) == [sms]
    assert await mailbag.claimed(prefixes=[]) == []
    assert await mailbag.state(telegram) is State.READY


async def test_an_account_without_room_lets_the_others_pass(mailbag: Mailbag):
    queued = [await mailbag.queue(await mailbag.family(), account=f"sms:+1512555010{n}") for n in (0, 0, 0, 1)]
    slow = Limits({"sms:+15125550100": 2})

    assert await mailbag.claimed(limits=slow) == [queued[0], queued[1], queued[3]]
    assert await mailbag.claimed(1, limits=slow) == []
    passing = await mailbag.queue(await mailbag.family(), account="sms:+15125550101")
    assert await mailbag.claimed(1, limits=slow) == [passing]
    mailbag.now += SECOND
    assert await mailbag.claimed(limits=slow) == [queued[2]]


# Wishes


@pytest.mark.parametrize(
    ("kind", "queued_after", "goes"),
    [
        (Kind.REPLY, timedelta(0), True),  # the confirmation of the stop itself
        (Kind.REPLY, HOUR, True),  # the answer to HELP
        (Kind.REPLY, -HOUR, False),
        (Kind.EVENT, -HOUR, False),
        (Kind.EVENT, HOUR, False),
        (Kind.NOTICE, HOUR, False),
        (Kind.URGENT, HOUR, False),
    ],
)
@pytest.mark.parametrize(("since", "reason"), [("stopped_at", "stopped"), ("wrong_number_at", "wrong-number")])
async def test_after_a_stop_only_answers_go_out(
    mailbag: Mailbag, kind: Kind, queued_after: timedelta, goes: bool, since: str, reason: str
):
    family = await mailbag.family()
    queued = await mailbag.queue(family, kind, created_at=NOON + queued_after)
    await mailbag.change(family, **{since: NOON})

    claim = await mailbag.claim()

    row = await mailbag.message(queued)
    assert [claimed.message.id for claimed in claim.messages] == [queued] * goes
    assert (row.state, row.reason, row.final_at) == (("sending", None, None) if goes else ("dropped", reason, NOON))
    assert claim.set_aside == ({} if goes else {State.DROPPED: 1})


@pytest.mark.parametrize(
    ("kind", "goes"), [(Kind.EVENT, False), (Kind.NOTICE, True), (Kind.URGENT, True), (Kind.REPLY, True)]
)
async def test_who_refused_event_news_gets_everything_else(mailbag: Mailbag, kind: Kind, goes: bool):
    queued = await mailbag.queue(await mailbag.family(permission="refused"), kind)

    assert await mailbag.claimed() == [queued] * goes
    assert (await mailbag.message(queued)).reason == (None if goes else "no-permission")


async def test_a_message_whose_hour_has_passed_is_dropped(mailbag: Mailbag):
    family = await mailbag.family()
    old = await mailbag.queue(family, Kind.EVENT, expires_at=NOON)
    good = await mailbag.queue(family, Kind.EVENT, expires_at=NOON + HOUR)

    claim = await mailbag.claim()

    assert (claim.messages, claim.set_aside, claim.more) == ([], {State.DROPPED: 1}, True)
    assert (await mailbag.message(old)).reason == "expired"
    assert await mailbag.claimed() == [good]


@pytest.mark.parametrize(("last_inbound_at", "goes"), [(NOON - DAY + HOUR, True), (NOON - DAY, False), (None, False)])
async def test_whatsapp_is_written_to_within_a_day_of_the_familys_last_text(
    mailbag: Mailbag, last_inbound_at: datetime | None, goes: bool
):
    family = await mailbag.family("whatsapp:+15125550143", last_inbound_at=last_inbound_at)
    queued = await mailbag.queue(family)

    assert await mailbag.claimed() == [queued] * goes
    row = await mailbag.message(queued)
    assert (row.state, row.reason) == (("sending", None) if goes else ("failed", "whatsapp-window"))


# Quiet hours: from 9 p.m. to 8 a.m. in Austin, which is six hours behind UTC in winter and five in summer.


@pytest.mark.parametrize(
    ("asked", "morning"),
    [
        pytest.param("2026-01-15T03:00", "2026-01-15T14:00", id="nine in the evening, in winter"),
        pytest.param("2026-07-15T02:00", "2026-07-15T13:00", id="nine in the evening, in summer"),
        pytest.param("2026-01-15T13:59", "2026-01-15T14:00", id="a minute to eight"),
        pytest.param("2026-03-08T04:00", "2026-03-08T13:00", id="the night in which clocks go forward"),
        pytest.param("2026-03-08T08:30", "2026-03-08T13:00", id="half past three after that"),
        pytest.param("2026-11-01T03:00", "2026-11-01T14:00", id="the night in which clocks go back"),
        pytest.param("2026-11-01T06:30", "2026-11-01T14:00", id="half past one, the first time"),
        pytest.param("2026-11-01T07:30", "2026-11-01T14:00", id="half past one, the second time"),
    ],
)
async def test_event_news_waits_for_eight_in_the_morning(mailbag: Mailbag, asked: str, morning: str):
    mailbag.now = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    news = await mailbag.queue(await mailbag.family(), Kind.EVENT)

    claim = await mailbag.claim()

    row = await mailbag.message(news)
    assert (claim.messages, claim.set_aside) == ([], {State.READY: 1})
    assert (row.state, row.due_at) == ("ready", datetime.fromisoformat(morning).replace(tzinfo=UTC))
    mailbag.now = row.due_at
    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize("asked", ["2026-01-15T02:59", "2026-01-15T14:00", "2026-07-15T01:59"])
async def test_event_news_goes_from_eight_to_nine(mailbag: Mailbag, asked: str):
    mailbag.now = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    news = await mailbag.queue(await mailbag.family(), Kind.EVENT)

    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize(
    ("kind", "held"), [(Kind.REPLY, False), (Kind.URGENT, False), (Kind.NOTICE, True), (Kind.EVENT, True)]
)
async def test_the_night_holds_what_can_wait(mailbag: Mailbag, kind: Kind, held: bool):
    mailbag.now = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    queued = await mailbag.queue(await mailbag.family(), kind)

    assert await mailbag.claimed() == [] if held else [queued]


async def test_what_the_night_held_goes_in_its_order(mailbag: Mailbag):
    mailbag.now = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    family = await mailbag.family()
    first, second = await mailbag.queue(family, Kind.NOTICE), await mailbag.queue(family, Kind.NOTICE)
    while (await mailbag.claim()).more:
        pass

    mailbag.now = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
    claimed = await mailbag.claim_one()
    assert claimed.message.id == first
    await settle(mailbag, claimed, State.ACCEPTED)
    assert await mailbag.claimed() == [second]


async def test_a_school_may_have_no_quiet_hours(database: Database):
    mailbag = await Mailbag.open(database, quiet_from=0, quiet_to=0)
    mailbag.now = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    news = await mailbag.queue(await mailbag.family(), Kind.EVENT)

    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize(
    ("zone", "utc", "goes"),
    [
        ("America/New_York", "2026-01-15T13:59", False),  # it is day there, but the family may have moved to Austin
        ("America/New_York", "2026-01-15T14:00", True),
        ("America/New_York", "2026-01-15T02:00", False),  # nine there, eight in Austin
        ("America/Los_Angeles", "2026-01-15T15:59", False),
        ("America/Los_Angeles", "2026-01-15T16:00", True),
        (None, "2026-01-15T13:00", False),
        (None, "2026-01-15T14:00", True),
    ],
)
async def test_nobody_is_woken_at_the_school_or_where_the_number_is_at_home(
    mailbag: Mailbag, zone: str | None, utc: str, goes: bool
):
    mailbag.now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    news = await mailbag.queue(await mailbag.family(timezone=zone), Kind.EVENT)

    assert await mailbag.claimed() == [news] * goes


# The week: at most three pieces of event news for one person in seven days.


async def has_got(mailbag: Mailbag, family: int, *days_ago: float, kind: Kind = Kind.EVENT, **given: Any) -> None:
    for days in days_ago:
        row: dict[str, Any] = {"state": "delivered", "conversation_id": mailbag.talk} | given
        await mailbag.queue(family, kind, sent_at=mailbag.now - days * DAY, **row)


async def test_the_fourth_news_of_a_week_waits_until_the_first_is_a_week_old(mailbag: Mailbag):
    family = await mailbag.family()
    await has_got(mailbag, family, 6, 3, 1)
    fourth = await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)

    assert (await mailbag.claim()).set_aside == {State.READY: 1}
    row = await mailbag.message(fourth)
    assert (row.state, row.reason, row.due_at) == ("ready", "weekly-cap", NOON + DAY)
    mailbag.now += DAY
    assert await mailbag.claimed() == [fourth]


async def test_with_more_than_the_cap_it_waits_for_as_many_as_it_takes(mailbag: Mailbag):
    family = await mailbag.family()
    await has_got(mailbag, family, 6, 5, 3, 1)
    fifth = await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)
    await mailbag.claim()

    assert (await mailbag.message(fifth)).due_at == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("days", "given"),
    [
        pytest.param((8, 3, 1), {}, id="one is more than a week old"),
        pytest.param((3, 1), {}, id="there were two"),
        pytest.param((6, 3, 1), {"kind": Kind.NOTICE}, id="they were reminders"),
        pytest.param((6, 3, 1), {"kind": Kind.URGENT}, id="they were urgent"),
        pytest.param((6, 3, 1), {"conversation_id": None}, id="they were introductions"),
        pytest.param((6, 3, 1), {"state": "failed"}, id="they never arrived"),
    ],
)
async def test_what_does_not_fill_a_week(mailbag: Mailbag, days: tuple[float, ...], given: Any):
    family = await mailbag.family()
    await has_got(mailbag, family, *days, **given)
    news = await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)

    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.NOTICE, Kind.URGENT])
async def test_a_full_week_holds_event_news_alone(mailbag: Mailbag, kind: Kind):
    family = await mailbag.family()
    await has_got(mailbag, family, 6, 3, 1)
    queued = await mailbag.queue(family, kind, conversation_id=mailbag.talk)

    assert await mailbag.claimed() == [queued]


async def test_a_full_week_of_one_person_is_nobody_elses(mailbag: Mailbag):
    await has_got(mailbag, await mailbag.family(), 6, 3, 1)
    news = await mailbag.queue(await mailbag.family(), Kind.EVENT, conversation_id=mailbag.talk)

    assert await mailbag.claimed() == [news]


@pytest.mark.parametrize(("cap", "goes"), [(0, True), (2, False), (4, True)])
async def test_the_cap_is_the_schools_and_none_is_none(database: Database, cap: int, goes: bool):
    mailbag = await Mailbag.open(database, weekly_cap=cap)
    family = await mailbag.family()
    await has_got(mailbag, family, 6, 3, 1)
    news = await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)

    assert await mailbag.claimed() == [news] * goes


async def test_what_would_be_too_late_after_the_week_is_dropped_at_once(mailbag: Mailbag):
    family = await mailbag.family()
    await has_got(mailbag, family, 6, 3, 1)
    news = await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk, expires_at=NOON + DAY)

    assert await mailbag.claimed() == []
    assert (await mailbag.message(news)).reason == "weekly-cap"
    assert await mailbag.state(news) is State.DROPPED


async def test_what_may_have_arrived_counts_for_the_week(mailbag: Mailbag):
    family = await mailbag.family()
    await has_got(mailbag, family, 3, 1)
    await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)
    await settle(mailbag, await mailbag.claim_one(), State.UNKNOWN)
    await mailbag.queue(family, Kind.EVENT, conversation_id=mailbag.talk)

    assert (await mailbag.claim()).set_aside == {State.READY: 1}


# The limits


async def test_a_text_of_many_segments_keeps_its_number_busy_for_longer(mailbag: Mailbag):
    long, short = [await mailbag.queue(await mailbag.family(), body=body) for body in ("one two three", "one")]
    slow = Limits({"sms": 1}, segments=lambda body: len(body.split()))

    claim = await mailbag.claim(limits=slow)
    assert [claimed.message.id for claimed in claim.messages] == [long]
    assert claim.free_at == NOON + 3 * SECOND
    assert (await mailbag.message(long)).segments == 3
    mailbag.now += 2 * SECOND
    assert await mailbag.claimed(limits=slow) == []
    mailbag.now += SECOND
    assert await mailbag.claimed(limits=slow) == [short]


async def test_replies_go_before_the_bulk_under_the_limit_too(mailbag: Mailbag):
    slow, sent = Limits({"sms": 1}), []
    bulk = await mailbag.queue_for(await mailbag.families(5), Kind.EVENT)
    sent += await mailbag.claimed(limits=slow)
    reply = await mailbag.queue(await mailbag.family())
    for _ in range(3):
        mailbag.now += SECOND
        sent += await mailbag.claimed(limits=slow)

    assert sent == [bulk[0], reply, bulk[1], bulk[2]]


async def test_a_limit_holds_over_all_processes(database_url: str):
    """Four senders at once, a second long: two messages a second, and the two that a rested number may begin."""
    databases = [Database.open(database_url) for _ in range(4)]
    mailbag = await Mailbag.open(databases[0])
    await mailbag.queue_for(await mailbag.families(40))
    taken: list[int] = []

    async def send(database: Database) -> None:
        sender = Mailbag(database, mailbag.school_id)
        for tenth in range(11):
            sender.now = NOON + tenth * SECOND / 10
            taken.extend(await sender.claimed(limits=Limits({"sms": 2})))
            await asyncio.sleep(0.01)

    async with asyncio.timeout(30):
        await asyncio.gather(*(send(database) for database in databases))
    assert len(taken) == len(set(taken)) == 4
    for database in databases:
        await database.close()


async def test_a_chat_gets_one_message_a_second(mailbag: Mailbag):
    chats = Limits({"telegram": 25}, frozenset({"telegram"}))
    one, other = await mailbag.family("telegram:11"), await mailbag.family("telegram:12")
    first, second = [await mailbag.queue(one, account="telegram:4711") for _ in range(2)]
    elsewhere = await mailbag.queue(other, account="telegram:4711")

    async def sent() -> list[int]:
        claim = await mailbag.claim(limits=chats, prefixes=["telegram"])
        for claimed in claim.messages:
            await settle(mailbag, claimed, State.ACCEPTED)
        return [claimed.message.id for claimed in claim.messages]

    assert await sent() == [first, elsewhere]
    mailbag.now += SECOND / 2
    assert await sent() == []
    assert (await mailbag.claim(limits=chats, prefixes=["telegram"])).free_at == NOON + SECOND
    mailbag.now += SECOND / 2
    assert await sent() == [second]


async def test_a_sender_that_rested_begins_what_a_second_allows(mailbag: Mailbag):
    await mailbag.queue_for(await mailbag.families(60))
    fast = Limits({"sms": 25})

    assert len(await mailbag.claimed(limits=fast)) == 25
    mailbag.now += SECOND / 25
    assert len(await mailbag.claimed(limits=fast)) == 1
    mailbag.now += HOUR
    assert len(await mailbag.claimed(limits=fast)) == 25


async def test_what_may_not_go_takes_nothing_of_the_limit(mailbag: Mailbag):
    stopped, going = await mailbag.family(stopped_at=NOON + HOUR), await mailbag.family()
    await mailbag.queue(stopped)
    queued = await mailbag.queue(going)

    assert await mailbag.claimed(limits=Limits({"sms": 1})) == [queued]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # which says on what an index is searched
async def test_what_waits_for_a_busy_number_is_not_walked_over(mailbag: Mailbag):
    async with mailbag.database.write() as db:
        sql, parameters = outbox._due_of(frozenset(["sms"])).compiled(db.dialect)
        plan = await statements.fetch(db, f"EXPLAIN QUERY PLAN {sql}", [None] * len(parameters))

    steps = [step for *_, step in plan]
    assert "SEARCH messages USING INDEX ix_messages_queue (account=? AND rank=? AND due_at<?)" in steps


# Several senders


async def test_two_senders_never_take_the_same_message_nor_two_of_one_contact(database_url: str):
    """Ninety messages for thirty contacts, all kinds mixed, taken by four senders who settle at once."""
    databases = [Database.open(database_url) for _ in range(4)]
    mailbag = await Mailbag.open(databases[0])
    kinds = [Kind.EVENT, Kind.REPLY, Kind.NOTICE]
    people = await mailbag.families(30)
    queued = [key for kind in kinds for key in await mailbag.queue_for(people, kind)]
    under_way: Counter[str] = Counter()
    taken: list[int] = []

    async def send(database: Database) -> None:
        sender = Mailbag(database, mailbag.school_id)
        while len(taken) < len(queued):
            claim = await sender.claim(7)
            for claimed in claim.messages:
                under_way[claimed.message.address] += 1
                assert under_way[claimed.message.address] == 1
            taken.extend(claimed.message.id for claimed in claim.messages)
            await asyncio.sleep(0.002)
            results = [Result(claimed, State.ACCEPTED, NOON) for claimed in claim.messages]
            under_way.subtract(claimed.message.address for claimed in claim.messages)
            async with database.write() as db:
                await delivery.settle(db, results)

    async with asyncio.timeout(30):
        await asyncio.gather(*(send(database) for database in databases))

    assert sorted(taken) == sorted(queued)
    for database in databases:
        await database.close()


@ON_POSTGRESQL
async def test_a_contact_whose_turn_is_under_way_is_left_for_later(mailbag: Mailbag):
    texting, other = await mailbag.family(), await mailbag.family()
    reply, elsewhere = await mailbag.queue(texting), await mailbag.queue(other)

    async with mailbag.database.write() as turn:
        await turn.execute(text(f"SELECT 1 FROM contacts WHERE id = {texting} FOR NO KEY UPDATE"))
        assert await mailbag.claimed() == [elsewhere]

    assert await mailbag.claimed() == [reply]


@ON_POSTGRESQL
async def test_a_reply_that_comes_while_news_is_being_claimed_waits_for_its_end(mailbag: Mailbag):
    family = await mailbag.family()
    news = await mailbag.queue(family, Kind.EVENT)

    async with mailbag.database.write() as first_sender:
        claim = await outbox.claim(first_sender, NOON, 100, HOUR, ["sms"])
        await mailbag.queue(family, Kind.REPLY)
        assert await mailbag.claimed() == []

    assert [claimed.message.id for claimed in claim.messages] == [news]
    assert await mailbag.claimed() == []


@ON_POSTGRESQL
async def test_what_another_sender_committed_since_the_look_is_seen_before_taking(mailbag: Mailbag):
    """Its news was under way before this sender could hold the contact, though after it began to look."""
    family = await mailbag.family()
    await mailbag.queue(family)

    async with mailbag.database.write() as db:
        found = await outbox.look(db, NOON, 100, frozenset(["sms"]), {ACCOUNT: None})
        await mailbag.queue(family, Kind.EVENT, state="sending")
        assert await outbox.take(db, found.due, NOON, HOUR) == []

    assert len(found.due) == 1
