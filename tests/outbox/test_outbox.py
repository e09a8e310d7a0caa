"""The sender at work, with Twilio played on loopback, or with a channel whose calls end when a test says so."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

import bot.outbox
from bot.channels.base import Hook
from bot.channels.twilio import Twilio
from bot.errors import Blocked, NotSent, Refused, TryLater, Unsure
from bot.messages import Kind, Outgoing, State
from bot.outbox import Outbox
from bot.store import delivery, engines
from bot.store.database import Database
from bot.store.senders import Limits
from tests.mailbag import ACCOUNT, LEASE, NOON, Mailbag
from tests.wire.twilio import HALF, RESET_AFTER, SILENT, TwilioWire, error

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
async def mailbag(database_url: str) -> AsyncIterator[Mailbag]:
    database = Database.open(database_url)
    yield await Mailbag.open(database)
    await database.close()


@pytest.fixture
async def wire() -> AsyncIterator[TwilioWire]:
    async with TwilioWire() as twilio:
        yield twilio


@pytest.fixture
async def outbox(mailbag: Mailbag, wire: TwilioWire) -> AsyncIterator[Outbox]:
    """A sender through the real Twilio channel, whose chance is always in the middle."""
    async with closing(through(wire)) as channel:
        yield sender(mailbag, channel)


def through(wire: TwilioWire, seconds: float = 10) -> Twilio:
    return Twilio(
        account_sid=wire.account_sid,
        auth_token=wire.auth_token,
        public_url=wire.public_url,
        api_base_url=wire.base_url,
        seconds=seconds,
    )


@asynccontextmanager
async def closing(channel: Twilio) -> AsyncIterator[Twilio]:
    yield channel
    await channel.close()


class Line:
    """A channel whose calls end when a test says so; ``begun`` holds the bodies in the order of their calls."""

    name = "line"
    prefixes = ("sms",)

    def __init__(self, *, held: bool = False) -> None:
        self.begun: list[str] = []
        self.at_once: defaultdict[str, int] = defaultdict(int)
        self.most_at_once = 0
        self.raises: Exception | None = None
        self._open = asyncio.Event()
        self._news = asyncio.Event()
        if not held:
            self._open.set()

    def hooks(self) -> Sequence[Hook]:
        return ()

    async def send(self, message: Outgoing) -> str:
        self.begun.append(message.body)
        self._news.set()
        self.at_once[message.address] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[message.address])
        try:
            await asyncio.sleep(0)
            if "slow" in message.body:
                await self._open.wait()
        finally:
            self.at_once[message.address] -= 1
        if self.raises:
            raise self.raises
        return f"id-{message.id}"

    async def close(self) -> None:
        self._open.set()

    def let_go(self) -> None:
        """The slow calls end."""
        self._open.set()

    async def has_begun(self, *bodies: str) -> None:
        """Wait until the calls of these bodies began."""
        while not set(bodies) <= set(self.begun):
            self._news.clear()
            await self._news.wait()


def sender(mailbag: Mailbag, channel: Any, **given: Any) -> Outbox:
    channels = dict.fromkeys(channel.prefixes, channel)
    return Outbox(mailbag.database, channels, mailbag.clock, **{"chance": lambda: 0.5} | given)


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[Outbox]:
    """The sender at work beside the test, stopped at its end."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run())
        try:
            yield outbox
        finally:
            outbox.stop()


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  # what is waited for happens in parts that tell nobody
        await asyncio.sleep(0.005)


async def becomes(mailbag: Mailbag, message: int, state: State) -> None:
    while await mailbag.state(message) is not state:  # noqa: ASYNC110  # as above
        await asyncio.sleep(0.005)


# Through Twilio


async def test_what_is_due_goes_to_its_family(mailbag: Mailbag, wire: TwilioWire, outbox: Outbox):
    queued = await mailbag.queue(await mailbag.family("sms:+15125550143"), body="¡Les esperamos!")

    assert await outbox.drain() == {State.ACCEPTED: 1}

    (sent,) = wire.sent
    assert (sent.to, sent.sender, sent.body) == ("+15125550143", "+15125550100", "¡Les esperamos!")
    row = await mailbag.message(queued)
    assert (row.state, row.provider_id, row.sent_at) == ("accepted", sent.sid, NOON)


async def test_the_texts_of_a_family_go_one_after_the_other(mailbag: Mailbag, wire: TwilioWire, outbox: Outbox):
    one, other = await mailbag.family("sms:+15125550143"), await mailbag.family("sms:+15125550144")
    for n in range(5):
        await mailbag.queue_for([one, other], body=f"{n}")
    wire.seconds = 0.01

    assert await outbox.drain() == {State.ACCEPTED: 10}

    assert [sent.body for sent in wire.sent if sent.to == "+15125550143"] == ["0", "1", "2", "3", "4"]
    assert wire.most_at_once == {"+15125550143": 1, "+15125550144": 1}


async def test_a_status_callback_brings_the_message_to_its_end(mailbag: Mailbag, wire: TwilioWire, outbox: Outbox):
    queued = await mailbag.queue(await mailbag.family())
    wire.next(RESET_AFTER)
    await outbox.drain()
    assert await mailbag.state(queued) is State.UNKNOWN

    (sent,) = wire.sent
    reports = through(wire).read_status(wire.status(sent, "delivered").request())
    async with mailbag.database.write() as db:
        await delivery.apply_reports(db, reports, NOON)

    row = await mailbag.message(queued)
    assert (row.state, row.provider_id) == ("delivered", sent.sid)


@pytest.mark.parametrize(
    ("fault", "state", "code", "due_in", "attempts"),
    [
        pytest.param(error(429, 20429), State.READY, 20429, 2.5, 1, id="too fast"),
        pytest.param(error(429, 20429, retry_after=7), State.READY, 20429, 7, 0, id="too fast, wait 7 s"),
        pytest.param(error(400, 30007), State.FAILED, 30007, 0, 1, id="taken for spam"),
        pytest.param(error(400, 21610), State.FAILED, 21610, 0, 1, id="stopped with the carrier"),
        pytest.param(error(503), State.UNKNOWN, None, 0, 1, id="Twilio is in trouble"),
        pytest.param(RESET_AFTER, State.UNKNOWN, None, 0, 1, id="no answer"),
        pytest.param(HALF, State.UNKNOWN, None, 0, 1, id="half an answer"),
    ],
)
async def test_what_a_failed_call_means(
    mailbag: Mailbag,
    wire: TwilioWire,
    outbox: Outbox,
    fault: Any,
    state: State,
    code: int | None,
    due_in: float,
    attempts: int,
):
    queued = await mailbag.queue(await mailbag.family())
    wire.next(fault)

    assert await outbox.drain() == {state: 1}

    row = await mailbag.message(queued)
    assert (State(row.state), row.code, row.attempts) == (state, code, attempts)
    assert row.due_at == NOON + timedelta(seconds=due_in)
    assert row.reason
    assert wire.calls == 1


async def test_silence_is_no_refusal(mailbag: Mailbag, wire: TwilioWire):
    queued = await mailbag.queue(await mailbag.family())
    wire.next(SILENT)

    async with closing(through(wire, seconds=0.3)) as channel:
        assert await sender(mailbag, channel).drain() == {State.UNKNOWN: 1}

    assert await mailbag.state(queued) is State.UNKNOWN


async def test_a_stop_that_only_the_carrier_knew_ends_what_waits(mailbag: Mailbag, wire: TwilioWire, outbox: Outbox):
    family = await mailbag.family("sms:+15125550143")
    news = [await mailbag.queue(family, Kind.EVENT) for _ in range(3)]
    wire.opted_out.add("+15125550143")

    assert await outbox.drain() == {State.FAILED: 1, State.DROPPED: 2}

    assert [await mailbag.state(key) for key in news] == [State.FAILED, State.DROPPED, State.DROPPED]
    assert (await mailbag.contact(family)).stopped_at == NOON


async def test_while_twilio_cannot_be_reached_nothing_is_lost(mailbag: Mailbag, wire: TwilioWire, outbox: Outbox):
    family = await mailbag.family()
    for n in range(3):
        await mailbag.queue(family, body=f"{n}")
    await wire.go_down()
    assert await outbox.drain() == {State.READY: 1}

    await wire.come_up()
    assert await outbox.drain() == {}
    mailbag.now += 3 * SECOND

    assert await outbox.drain() == {State.ACCEPTED: 3}
    assert [sent.body for sent in wire.sent] == ["0", "1", "2"]


# Try later


@pytest.mark.parametrize(
    ("kind", "tries", "hours"),
    [(Kind.REPLY, 8, (0.05, 0.2)), (Kind.NOTICE, 100, (10, 14))],
)
async def test_it_tries_later_and_later_and_at_last_gives_up(
    mailbag: Mailbag, kind: Kind, tries: int, hours: tuple[float, float]
):
    channel = Line()
    channel.raises = TryLater("the line is busy")
    outbox = sender(mailbag, channel)
    mailbag.now = NOON - 3 * HOUR  # so that the day is long enough
    queued = await mailbag.queue(await mailbag.family(), kind)

    waits = []
    while await outbox.drain() == {State.READY: 1}:
        due_at = (await mailbag.message(queued)).due_at
        waits.append(due_at - mailbag.now)
        mailbag.now = due_at

    row = await mailbag.message(queued)
    assert (row.state, row.reason, row.attempts) == ("failed", "gave-up", tries)
    assert len(channel.begun) == tries
    assert waits == sorted(waits)
    assert waits[:4] == [2.5 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND]
    assert hours[0] < sum(waits, timedelta()) / HOUR < hours[1]


async def test_a_wait_that_was_asked_for_never_uses_up_the_tries(mailbag: Mailbag):
    channel = Line()
    channel.raises = TryLater("not so fast", after=30 * SECOND)
    outbox = sender(mailbag, channel)
    queued = await mailbag.queue(await mailbag.family())

    for _ in range(20):
        assert await outbox.drain() == {State.READY: 1}
        mailbag.now += 30 * SECOND
    channel.raises = None

    assert await outbox.drain() == {State.ACCEPTED: 1}
    assert (await mailbag.message(queued)).attempts == 1


async def test_a_message_that_expires_between_two_tries_is_not_sent(mailbag: Mailbag):
    channel = Line()
    channel.raises = TryLater("the line is busy")
    outbox = sender(mailbag, channel)
    queued = await mailbag.queue(await mailbag.family(), Kind.EVENT, expires_at=NOON + SECOND)
    await outbox.drain()
    mailbag.now += HOUR

    assert await outbox.drain() == {State.DROPPED: 1}
    assert (await mailbag.message(queued)).reason == "expired"
    assert len(channel.begun) == 1


# Beside each other


async def test_a_slow_call_holds_up_no_other_contact(mailbag: Mailbag):
    channel = Line(held=True)
    slow, quick = await mailbag.family(), await mailbag.family()
    stuck = await mailbag.queue(slow, body="slow")
    behind = await mailbag.queue(slow, body="behind it")
    others = [await mailbag.queue(quick, body=f"{n}") for n in range(5)]

    async with running(sender(mailbag, channel)):
        await becomes(mailbag, others[-1], State.ACCEPTED)
        assert await mailbag.state(stuck) is State.SENDING
        assert await mailbag.state(behind) is State.READY
        channel.let_go()
        await becomes(mailbag, behind, State.ACCEPTED)

    assert channel.begun == ["slow", "0", "1", "2", "3", "4", "behind it"]
    assert channel.most_at_once == 1


async def test_an_unknown_message_does_not_hold_back_the_next(mailbag: Mailbag):
    channel = Line()
    family = await mailbag.family()
    await mailbag.queue(family, body="first")
    channel.raises = Unsure("no answer")
    outbox = sender(mailbag, channel)
    await outbox.drain()
    channel.raises = None
    second = await mailbag.queue(family, body="second")

    assert await outbox.drain() == {State.ACCEPTED: 1}
    assert await mailbag.state(second) is State.ACCEPTED


async def test_no_more_calls_are_under_way_than_allowed(mailbag: Mailbag):
    channel = Line(held=True)
    await mailbag.queue_for(await mailbag.families(5), body="slow")

    async with running(sender(mailbag, channel, at_once=2)) as outbox:
        await channel.has_begun("slow")
        outbox.wake()
        await asyncio.sleep(0.05)
        assert len(channel.begun) == 2
        channel.let_go()
        await until(lambda: len(channel.begun) == 5)


async def test_a_channel_that_fails_in_a_way_nobody_foresaw_stops_nothing(
    mailbag: Mailbag, caplog: pytest.LogCaptureFixture
):
    channel = Line()
    channel.raises = ZeroDivisionError("+15125550143 said Hola")
    outbox = sender(mailbag, channel)
    queued = await mailbag.queue(await mailbag.family())

    assert await outbox.drain() == {State.UNKNOWN: 1}

    assert await mailbag.state(queued) is State.UNKNOWN
    assert "Hola" not in caplog.text
    (failed,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (vars(failed)["message_id"], vars(failed)["error"]) == (queued, "ZeroDivisionError")


@pytest.mark.parametrize("outcome", [None, Refused("no"), Blocked("no", 21610), TryLater("no"), Unsure("no")])
async def test_logs_carry_ids_not_people(mailbag: Mailbag, caplog: pytest.LogCaptureFixture, outcome: NotSent | None):
    caplog.set_level(logging.DEBUG, "bot")
    channel = Line()
    channel.raises = outcome
    queued = await mailbag.queue(await mailbag.family("sms:+15125550143"), body="la niña no come cacahuate")

    await sender(mailbag, channel).drain()

    ours = [vars(record) for record in caplog.records if record.name.startswith("bot")]
    assert [record["message_id"] for record in ours] == [queued]
    assert not [word for word in ("cacahuate", "5550143") if word in str(ours)]


# Its pace


async def test_an_account_keeps_its_pace_and_the_others_theirs(mailbag: Mailbag):
    channel = Line()
    people = await mailbag.families(12)
    await mailbag.queue_for(people[:6], body="slow lane")
    await mailbag.queue_for(people[6:], body="fast lane", account="sms:+15125550101")
    channel.let_go()
    outbox = sender(mailbag, channel, limits=Limits({ACCOUNT: 2}))

    assert await outbox.drain() == {State.ACCEPTED: 8}
    assert channel.begun.count("fast lane") == 6
    assert await outbox.drain() == {}
    mailbag.now += SECOND
    assert await outbox.drain() == {State.ACCEPTED: 2}
    mailbag.now += 60 * SECOND
    assert await outbox.drain() == {State.ACCEPTED: 2}


async def test_at_a_slow_pace_replies_still_go_first(mailbag: Mailbag):
    channel = Line()
    people = await mailbag.families(4)
    await mailbag.queue_for(people[:3], Kind.EVENT, body="news")
    outbox = sender(mailbag, channel, limits=Limits({ACCOUNT: 1}))
    await outbox.drain()
    await mailbag.queue(people[3], body="reply")

    for _ in range(3):
        mailbag.now += SECOND
        await outbox.drain()

    assert channel.begun == ["news", "reply", "news", "news"]


async def test_a_wait_that_the_provider_asks_for_is_kept_for_everybody_of_this_sender(mailbag: Mailbag):
    channel = Line()
    people = await mailbag.families(3)
    await mailbag.queue_for(people[:2], Kind.EVENT, body="one number")
    await mailbag.queue(people[2], body="another number", account="sms:+15125550101")
    channel.raises = TryLater("not so fast", after=30 * SECOND)
    outbox = sender(mailbag, channel, limits=Limits({ACCOUNT: 1}))
    await outbox.drain()
    channel.raises = None
    assert sorted(channel.begun) == ["another number", "one number"]

    mailbag.now += 29 * SECOND
    assert await outbox.drain() == {}
    reply = await mailbag.queue(await mailbag.family(), body="reply")
    assert await outbox.drain() == {}
    mailbag.now += SECOND
    assert await outbox.drain() == {State.ACCEPTED: 2}
    assert channel.begun[2:] == ["reply", "another number"]
    assert await mailbag.state(reply) is State.ACCEPTED


async def test_without_limits_too_a_sender_rests_when_it_is_asked_to(mailbag: Mailbag):
    channel = Line()
    people = await mailbag.families(2)
    await mailbag.queue(people[0], body="first")
    channel.raises = TryLater("not so fast", after=30 * SECOND)
    outbox = sender(mailbag, channel)
    await outbox.drain()
    channel.raises = None
    await mailbag.queue(people[1], body="second")

    assert await outbox.drain() == {}
    mailbag.now += 30 * SECOND
    assert await outbox.drain() == {State.ACCEPTED: 2}


# Its life


async def test_it_wakes_for_what_was_queued_in_this_process(mailbag: Mailbag, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bot.outbox, "POLL", HOUR)
    async with running(sender(mailbag, Line())) as outbox:
        await asyncio.sleep(0.05)
        queued = await mailbag.queue(await mailbag.family())
        outbox.wake()
        await becomes(mailbag, queued, State.ACCEPTED)


async def test_it_looks_by_itself_for_what_others_queued(mailbag: Mailbag):
    async with running(sender(mailbag, Line())):
        await asyncio.sleep(0.05)
        queued = await mailbag.queue(await mailbag.family())
        await becomes(mailbag, queued, State.ACCEPTED)


async def test_at_its_end_it_waits_for_the_calls_under_way(mailbag: Mailbag):
    channel = Line(held=True)
    people = await mailbag.families(2)
    slow = await mailbag.queue(people[0], body="slow")
    async with running(sender(mailbag, channel)) as outbox:
        await channel.has_begun("slow")
        outbox.stop()
        later = await mailbag.queue(people[1])
        outbox.wake()
        await asyncio.sleep(0.05)
        channel.let_go()

    assert await mailbag.state(slow) is State.ACCEPTED
    assert await mailbag.state(later) is State.READY


async def test_at_its_end_it_does_not_wait_for_ever(mailbag: Mailbag):
    channel = Line(held=True)
    slow = await mailbag.queue(await mailbag.family(), body="slow")
    async with running(sender(mailbag, channel, patience=timedelta(milliseconds=50))):
        await channel.has_begun("slow")

    row = await mailbag.message(slow)
    assert (row.state, row.reason) == ("unknown", "cancelled")


async def test_when_it_is_cancelled_the_calls_under_way_are_unknown(mailbag: Mailbag):
    channel = Line(held=True)
    slow = await mailbag.queue(await mailbag.family(), body="slow")
    task = asyncio.create_task(sender(mailbag, channel).run())
    await channel.has_begun("slow")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert await mailbag.state(slow) is State.UNKNOWN


async def test_after_a_crash_the_next_process_goes_on_with_the_next_message(mailbag: Mailbag):
    family = await mailbag.family()
    lost, following = await mailbag.queue(family, body="lost"), await mailbag.queue(family, body="following")
    assert await mailbag.claimed() == [lost]  # and its process dies here

    channel = Line()
    outbox = sender(mailbag, channel)
    assert await outbox.drain() == {}
    mailbag.now += LEASE

    assert await outbox.drain() == {State.ACCEPTED: 1}
    assert channel.begun == ["following"]
    assert await mailbag.state(lost) is State.UNKNOWN
    assert await mailbag.state(following) is State.ACCEPTED


async def test_a_call_that_never_ends_is_given_up_before_its_lease_runs_out(mailbag: Mailbag):
    channel = Line(held=True)
    queued = await mailbag.queue(await mailbag.family(), body="slow")

    async with asyncio.timeout(10):
        assert await sender(mailbag, channel, lease=timedelta(seconds=0.1)).drain() == {State.UNKNOWN: 1}

    assert (await mailbag.message(queued)).reason == "channel-failed"


async def test_it_outlasts_a_database_that_is_busy(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Somebody holds the lock for longer than we wait for it, while a call of ours comes back."""
    monkeypatch.setattr(engines, "LOCK_SECONDS", 1)
    ours, others = Database.open(database_url), Database.open(database_url)
    mailbag, channel = await Mailbag.open(ours), Line(held=True)
    queued = await mailbag.queue(await mailbag.family(), body="slow")

    async with running(sender(mailbag, channel)):
        await channel.has_begun("slow")
        async with others.write() as db:
            if not ours.is_sqlite:
                await db.execute(text("LOCK TABLE messages IN EXCLUSIVE MODE"))
            channel.let_go()
            await until(lambda: "waits for the database" in caplog.text)
        await becomes(mailbag, queued, State.ACCEPTED)

    assert channel.begun == ["slow"]
    await ours.close()
    await others.close()


async def test_two_senders_share_the_work(database_url: str):
    databases = [Database.open(database_url), Database.open(database_url)]
    mailbag = await Mailbag.open(databases[0])
    channel = Line()
    people = await mailbag.families(40)
    for n in range(3):
        await mailbag.queue_for(people, body=f"{n}")
    senders = [sender(Mailbag(database, mailbag.school_id), channel, at_once=10) for database in databases]

    async with running(senders[0]), running(senders[1]):
        await until(lambda: len(channel.begun) == 120)

    assert sorted(channel.begun) == sorted(["0", "1", "2"] * 40)
    assert channel.most_at_once == 1
    for database in databases:
        await database.close()
