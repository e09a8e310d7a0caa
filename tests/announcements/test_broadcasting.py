"""An announcement on its way: each gets it once, in approved words, whatever happens in between."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import announcements
from bot.announcements import Stopped, audiences, broadcasting, planning
from bot.announcements.audiences import Audience
from bot.messages import Kind, State
from bot.store import announcements as store
from bot.store import delivery, families, ids, messages
from bot.store.database import Database
from bot.store.delivery import Result
from tests.campaign import BOT, EN, SIGNED_EN, SIGNED_ES, SMS, Campaign
from tests.home import catalogs
from tests.mailbag import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def campaign(database_url: str) -> AsyncIterator[Campaign]:
    database = Database.open(database_url)
    yield await Campaign.open(database)
    await database.close()


async def settle(campaign: Campaign, state: State = State.ACCEPTED, limit: int = 100, **given: Any) -> list[str]:
    """Send what is due; the bodies."""
    claimed = await campaign.claimed(limit)
    async with campaign.database.write() as db:
        results = [
            Result(one, state, campaign.now, **{"provider_id": f"SM{one.message.id}"} | given) for one in claimed
        ]
        await delivery.settle(db, results)
    return [one.message.body for one in claimed]


async def withdraw(campaign: Campaign, number: int, language: str) -> None:
    async with campaign.database.write() as db:
        given = (campaign.school, number, language, campaign.ortiz, campaign.now)
        await announcements.take_approval_back(db, *given)


async def test_each_gets_the_words_of_its_language_on_its_channel(campaign: Campaign):
    ana = await campaign.family("sms:+15125550143")
    luis = await campaign.family("telegram:11", language="en")
    unknown = await campaign.family("telegram:12", language=None)
    await campaign.begin()

    sent = {one.message.address: one.message for one in await campaign.claimed()}

    assert {address: message.body for address, message in sent.items()} == {
        "sms:+15125550143": SIGNED_ES,
        "telegram:11": EN,
        "telegram:12": EN,
    }
    assert {message.account for message in sent.values()} == {SMS, BOT}
    assert {message.kind for message in sent.values()} == {Kind.EVENT}
    rows = [(await campaign.messages_of(id_))[0] for id_ in (ana, luis, unknown)]
    assert [(row.body, row.language, row.channel) for row in rows] == [
        ("", "es", "sms"),
        ("", "en", "telegram"),
        ("", "en", "telegram"),
    ]


async def test_who_wrote_to_another_number_of_the_school_is_answered_from_there(campaign: Campaign):
    await campaign.family("sms:+15125550143", account="sms:+15125550109")
    await campaign.begin()

    assert [one.message.account for one in await campaign.claimed()] == ["sms:+15125550109"]


async def test_an_announcement_is_written_once_however_often_its_job_runs(campaign: Campaign):
    people = [await campaign.family() for _ in range(3)]
    number = await campaign.begin()
    await settle(campaign)

    for _ in range(3):
        campaign.now += HOUR
        await campaign.work()

    assert [len(await campaign.messages_of(id_)) for id_ in people] == [1, 1, 1]
    assert (await campaign.find(number)).state == "sent"
    assert await campaign.jobs_left(number) == []


class Dies:
    """The end of a process, the moment that it has written so many parts."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


async def test_a_process_that_dies_between_two_parts_is_followed_by_another(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(broadcasting, "AT_ONCE", 10)
    people = await campaign.families([f"telegram:{n}" for n in range(45)])
    await campaign.send(await campaign.draft())

    for parts, written in ((2, 20), (1, 30)):
        with pytest.raises(KeyboardInterrupt):
            await campaign.work(wake=Dies(parts))
        assert await campaign.count() == written
        await campaign.work()  # it still belongs to the one that died
        assert await campaign.count() == written
        campaign.now += broadcasting.LEASE
    await campaign.work()

    assert [len(await campaign.messages_of(id_)) for id_ in people] == [1] * 45


async def test_two_processes_that_write_the_same_part_write_it_once(campaign: Campaign):
    people = await campaign.families([f"telegram:{n}" for n in range(25)])
    number = await campaign.begin()
    async with campaign.database.write() as db:
        held = await campaign.find(number)
        decided = await audiences.sending(db, campaign.school, held, campaign.now)
        await store.write_messages(db, replace(held, reached=0), decided, upto=people[-1])

    assert [len(await campaign.messages_of(id_)) for id_ in people] == [1] * 25


# Approval


async def test_who_gives_permission_since_the_look_has_a_message_with_an_id_of_its_own(campaign: Campaign):
    first, late, last = [await campaign.family(permission=given) for given in ("given", "unknown", "given")]
    held = replace(await campaign.find(await campaign.draft()), state="sending")
    async with campaign.database.read() as db:
        looked = await broadcasting._following(db, campaign.school, held, campaign.now)
    assert [id_ for id_, _new in looked] == [first, last]
    await campaign.change(late, permission="given")

    async with campaign.database.write() as db:
        decided = await audiences.sending(db, campaign.school, held, campaign.now)
        await store.write_messages(db, held, decided, upto=last)
        (following,) = await ids.reserve(db, 1)

    rows = [row for one in (first, late, last) for row in await campaign.messages_of(one)]
    assert len({row.id for row in rows} | {following}) == 4


async def test_what_was_set_for_a_time_long_ago_does_not_go_when_a_process_runs_again(campaign: Campaign):
    ana = await campaign.family()
    number = await campaign.draft()
    await campaign.send(number, at=campaign.now + HOUR)
    campaign.now += 4 * DAY
    await campaign.work()

    assert await settle(campaign) == []
    assert await campaign.ends(ana) == ["dropped expired"]


async def test_nobody_gets_a_text_whose_approval_was_taken_back_in_the_middle(campaign: Campaign):
    ana, luis = await campaign.family(), await campaign.family(language="en")
    number = await campaign.begin()
    await withdraw(campaign, number, "es")

    assert await settle(campaign) == [SIGNED_EN]
    assert await campaign.ends(ana) == ["dropped not-approved"]
    assert await campaign.ends(luis) == ["accepted"]


async def test_who_comes_after_an_approval_was_taken_back_is_left_out(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
):
    ana = await campaign.family()
    number = await campaign.draft()
    await campaign.send(number)
    await withdraw(campaign, number, "es")

    await campaign.work()

    assert await campaign.messages_of(ana) == []


async def test_who_changes_the_language_meanwhile_gets_it_in_the_new_one(campaign: Campaign):
    ana = await campaign.family("sms:+15125550143")
    await campaign.begin()
    await campaign.change(ana, language="en")

    assert await settle(campaign) == [SIGNED_EN]
    assert (await campaign.messages_of(ana))[0].language == "en"


# Wishes


async def test_a_stop_meanwhile_counts(campaign: Campaign):
    ana = await campaign.family()
    await campaign.begin(topic="urgent")
    await campaign.change(ana, stopped_at=campaign.now)

    assert await settle(campaign) == []
    assert await campaign.ends(ana) == ["dropped stopped"]


@pytest.mark.parametrize(("topic", "goes"), [("events", False), ("urgent", True)])
async def test_only_urgent_news_passes_the_night(campaign: Campaign, topic: str, goes: bool):
    campaign.now = NOON + 10 * HOUR
    await campaign.family()
    await campaign.begin(topic=topic)

    assert await settle(campaign) == [SIGNED_ES] * goes


# Introductions


async def test_who_was_never_written_to_is_told_first_who_writes(campaign: Campaign):
    ana = await campaign.family("sms:+15125550143", name="Ana Rojas", introduced_at=None)
    await campaign.begin()

    (first,) = await settle(campaign)
    assert first.startswith("¡Hola, Ana! Lincoln School")
    assert "Hello, Ana!" in first
    assert await settle(campaign) == [SIGNED_ES]

    introduction, message = await campaign.messages_of(ana)
    assert introduction.announcement_id is None
    assert message.announcement_id is not None


async def test_one_who_is_introduced_meanwhile_is_not_introduced_again(campaign: Campaign):
    ana = await campaign.family(introduced_at=None)
    await campaign.begin()
    await campaign.begin()

    assert [bool(row.announcement_id) for row in await campaign.messages_of(ana)] == [False, True, True]


@pytest.mark.parametrize("since", ["introduced_at", "stopped_at"])
async def test_who_was_introduced_or_stopped_since_the_look_is_not_introduced(campaign: Campaign, since: str):
    ana = await campaign.family(introduced_at=None)
    held = await campaign.find(await campaign.draft())
    async with campaign.database.read() as db:
        strangers = await families.by_ids(db, [ana])
    await campaign.change(ana, **{since: campaign.now})

    async with campaign.database.write() as db:
        await broadcasting._introduce(db, held, {ana: "Hola"}, strangers, campaign.now)

    assert await campaign.messages_of(ana) == []


async def test_many_who_are_new_are_written_in_smaller_parts(campaign: Campaign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broadcasting, "INTRODUCED_AT_ONCE", 3)
    people = await campaign.families([f"telegram:{n}" for n in range(10)], introduced_at=None)
    await campaign.begin()

    assert [len(await campaign.messages_of(id_)) for id_ in people] == [2] * 10


# Stopping


async def test_stopped_midway_the_rest_goes_nowhere(campaign: Campaign):
    people = await campaign.families([f"telegram:{n}" for n in range(20)])
    number = await campaign.begin()
    assert len(await settle(campaign, limit=5)) == 5

    assert await campaign.stop(number) == Stopped(gone=5, taken_back=15)

    assert await settle(campaign) == []
    ends = Counter([end for id_ in people for end in await campaign.ends(id_)])
    assert ends == {"accepted": 5, "dropped taken-back": 15}
    found = await campaign.find(number)
    assert (found.state, found.stopped_at) == ("stopped", NOON)


async def test_stopped_while_it_is_written_nothing_more_is_written(campaign: Campaign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broadcasting, "AT_ONCE", 10)
    await campaign.families([f"telegram:{n}" for n in range(30)])
    number = await campaign.draft()
    await campaign.send(number)
    with pytest.raises(KeyboardInterrupt):
        await campaign.work(wake=Dies(after=2))

    assert await campaign.stop(number) == Stopped(gone=0, taken_back=20)
    campaign.now += broadcasting.LEASE
    await campaign.work()

    assert await campaign.count() == 20
    assert await campaign.count("state = 'dropped'") == 20


async def test_one_that_is_stopped_within_a_transaction_is_taken_back_by_its_job(campaign: Campaign):
    ana = await campaign.family(introduced_at=None)
    number = await campaign.begin()
    async with campaign.database.write() as db:
        await announcements.halt(db, campaign.school, number, campaign.ortiz, campaign.now)

    await campaign.work()

    assert await campaign.ends(ana) == ["dropped taken-back", "dropped taken-back"]
    assert await campaign.jobs_left(number) == []


async def test_one_that_comes_back_after_the_stop_is_not_tried_again(campaign: Campaign):
    ana = await campaign.family()
    number = await campaign.begin()
    claimed = await campaign.claimed()
    assert await campaign.stop(number) == Stopped(gone=1, taken_back=0)
    async with campaign.database.write() as db:
        await delivery.settle(db, [Result(claimed[0], State.READY, campaign.now, due_at=campaign.now)])

    assert await settle(campaign) == []
    assert await campaign.ends(ana) == ["dropped taken-back"]


async def test_an_introduction_to_what_was_stopped_does_not_go_and_is_made_up_for(campaign: Campaign):
    ana = await campaign.family(introduced_at=None)
    number = await campaign.begin()
    await campaign.stop(number)

    assert await settle(campaign) == []
    assert await campaign.ends(ana) == ["dropped taken-back", "dropped taken-back"]
    await campaign.begin()
    assert "Lincoln School" in (await settle(campaign))[0]


# How far it is


async def test_it_is_sent_once_its_last_message_has_left(campaign: Campaign):
    await campaign.families(["telegram:11", "telegram:12"])
    number = await campaign.begin()
    await settle(campaign, limit=1)

    campaign.now += timedelta(seconds=10)
    await campaign.work()
    assert (await campaign.find(number)).state == "sending"

    await settle(campaign)
    campaign.now += timedelta(seconds=10)
    await campaign.work()
    found = await campaign.find(number)
    assert (found.state, found.finished_at) == ("sent", campaign.now)


async def test_its_progress_counts_those_who_are_not_written_yet(campaign: Campaign):
    await campaign.families([f"telegram:{n}" for n in range(4)])
    number = await campaign.draft()
    await campaign.send(number)

    async def progress() -> broadcasting.Progress:
        async with campaign.database.read() as db:
            return await broadcasting.progress(db, campaign.school, await campaign.find(number), campaign.now)

    waiting = await progress()
    assert (waiting.state, waiting.recipients, waiting.waiting, waiting.done) == ("scheduled", 4, 4, 0)
    await campaign.work()
    await settle(campaign, limit=1)
    await settle(campaign, State.FAILED, limit=1)
    await campaign.claimed(1)
    under_way = await progress()
    assert (under_way.recipients, under_way.waiting, under_way.under_way) == (4, 1, 1)
    assert (under_way.sent, under_way.failed, under_way.dropped, under_way.done) == (1, 1, 0, 2)


async def test_a_plan_says_what_it_costs_and_how_long_it_takes(campaign: Campaign):
    await campaign.families([f"sms:+1512555{n}" for n in range(1000, 1060)])
    await campaign.family("telegram:11", language="en", introduced_at=None)
    number = await campaign.draft()
    async with campaign.database.read() as db:
        found = await campaign.find(number)
        given = (catalogs(), campaign.school, found, {"sms": 2, "telegram": 25}, campaign.now)
        plan = await planning.plan(db, *given)
        late = await planning.plan(db, *given, at=NOON + 9 * HOUR - timedelta(seconds=10))

    assert plan.segments == {"en": 1, "es": 1}
    assert (plan.reach.total, plan.sms_segments) == (61, 60)
    assert plan.duration == timedelta(seconds=30)
    assert plan.finish_at == NOON + timedelta(seconds=30)
    # From nine in the evening to eight in the morning nothing goes.
    assert late.finish_at == NOON + 20 * HOUR + timedelta(seconds=20)


# What is shown of it


async def test_a_thread_shows_the_words_as_they_went_out(campaign: Campaign):
    ana = await campaign.family()
    await campaign.begin()
    await settle(campaign)
    await campaign.change(ana, language="en")

    async with campaign.database.read() as db:
        assert [line.body for line in await messages.thread_of(db, ana, 10)] == [SIGNED_ES]
        assert [line.body for line in await messages.thread_of(db, ana, 10, for_staff=True)] == [SIGNED_ES]


async def test_staff_do_not_see_what_those_got_who_answered_a_pulse(campaign: Campaign):
    ana = await campaign.family()
    number = await campaign.begin()
    async with campaign.database.write() as db:
        found = await campaign.find(number)
        await store.save(db, replace(found, audience=Audience("answered", 1)))

    async with campaign.database.read() as db:
        assert len(await messages.thread_of(db, ana, 10)) == 1
        assert await messages.thread_of(db, ana, 10, for_staff=True) == []
