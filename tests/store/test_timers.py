"""A timer fires once, in one process, however often it is looked for."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.records import Conversation, Stage, Timer
from bot.store import conversations, timers
from bot.store.database import Database
from flows.facts import School
from tests.store.conftest import NOW, family
from tests.store.test_concurrency import conversation_with_timers

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)


@pytest.fixture
async def waiting(database: Database, school: School) -> Conversation:
    """A conversation that waits for a time."""
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        new = Conversation(0, school.id, contact.id, "rsvp", 7, Stage.WAITING, {}, updated_at=NOW)
        await conversations.save(db, [new])
        return (await conversations.of_contacts(db, [contact.id]))[0]


async def arm(database: Database, waiting: Conversation, due_at: datetime, key: str = "maybe") -> None:
    timer = Timer(waiting.school_id, waiting.contact_id, waiting.flow, waiting.subject_id, key, due_at)
    async with database.write() as db:
        await timers.arm(db, [(waiting.id, timer)])


async def claim(database: Database, now: datetime, limit: int = 10) -> list[str]:
    async with database.write() as db:
        return [due.key for due in await timers.claim_due(db, now, limit, LEASE)]


async def fire(database: Database, now: datetime) -> None:
    async with database.write() as db:
        due = [each.id for each in await timers.claim_due(db, now, 10, LEASE)]
        await timers.fired(db, due, now)


async def test_a_timer_says_which_conversation_it_takes_up(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW)
    async with database.write() as db:
        (due,) = await timers.claim_due(db, NOW, 10, LEASE)

    assert (due.conversation_id, due.contact_id, due.flow, due.subject_id, due.key, due.due_at) == (
        *(waiting.id, waiting.contact_id, "rsvp", 7),
        *("maybe", NOW),
    )


async def test_nothing_comes_before_its_time(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW + HOUR)

    assert await claim(database, NOW) == []
    assert await claim(database, NOW + HOUR) == ["maybe"]


async def test_the_earliest_come_first_and_no_more_than_asked_for(database: Database, waiting: Conversation) -> None:
    for hours, key in ((2, "second"), (1, "first"), (3, "third")):
        await arm(database, waiting, NOW + hours * HOUR, key)

    assert await claim(database, NOW + 9 * HOUR, limit=2) == ["first", "second"]
    assert await claim(database, NOW + 9 * HOUR, limit=2) == ["third"]


async def test_a_timer_comes_again_when_its_process_died(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW)

    assert await claim(database, NOW) == ["maybe"]
    assert await claim(database, NOW + LEASE / 2) == []
    assert await claim(database, NOW + LEASE) == ["maybe"]


async def test_a_timer_that_fired_does_not_come_again(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW)
    await fire(database, NOW)

    assert await claim(database, NOW + HOUR) == []


async def test_a_timer_set_again_takes_the_new_time(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW)
    await arm(database, waiting, NOW + HOUR)

    assert await claim(database, NOW) == []
    assert await claim(database, NOW + HOUR) == ["maybe"]


async def test_a_timer_set_again_after_it_fired_comes_again(database: Database, waiting: Conversation) -> None:
    await arm(database, waiting, NOW)
    await fire(database, NOW)
    await arm(database, waiting, NOW + HOUR)

    assert await claim(database, NOW + HOUR) == ["maybe"]


async def test_a_timer_set_again_while_it_was_claimed_is_not_lost(database: Database, waiting: Conversation) -> None:
    """The family answers in the moment in which the reminder is about to go."""
    await arm(database, waiting, NOW)
    async with database.write() as db:
        (due,) = await timers.claim_due(db, NOW, 10, LEASE)
        assert await timers.still_waiting(db, [due.id]) == {due.id}
    await arm(database, waiting, NOW + HOUR)

    async with database.write() as db:
        assert await timers.still_waiting(db, [due.id]) == set()
        await timers.fired(db, [due.id], NOW)
    assert await claim(database, NOW + HOUR) == ["maybe"]


async def test_two_processes_never_hold_the_same_timer(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    await conversation_with_timers(database, 40)
    async with database.write() as one, database.write() as other, asyncio.timeout(3):
        mine = await timers.claim_due(one, NOW, 15, LEASE)
        theirs = await timers.claim_due(other, NOW, 15, LEASE)
    await database.close()

    assert len({due.id for due in (*mine, *theirs)}) == 30
