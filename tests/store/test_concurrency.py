"""Many at once, in real processes: no deadlock, nothing lost, nothing twice.

The processes do what a batch does first, in the order of locks, with the same strangers and the same
webhooks in another order each.
"""

import asyncio
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Conversation, InboxKey, Stage, Timer
from bot.store import conversations, families, inbox, schools, timers
from bot.store.database import Database
from flows.facts import School
from tests.store.conftest import NOW, sms

ACCOUNT = "sms:+15125550198"
NUMBERS = range(50)
PROCESSES = 4
ROUNDS = 3

ready: Any = None


AtOnce: TypeAlias = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def at_once() -> Iterator[AtOnce]:
    """Runs work in four processes that begin together, and gives back what each of them does.

    A deadlock, or a wait that is too long, raises here.
    """
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(PROCESSES, _begin_together, (spawn.Barrier(PROCESSES),)) as pool:
        yield lambda work, *given: pool.starmap(
            _alone, [(work, process, *given) for process in range(PROCESSES)], chunksize=1
        )


def _begin_together(together: Any) -> None:
    global ready  # noqa: PLW0603 - a barrier reaches a process of a pool only at its start
    ready = together


def _alone(work: Any, process: int, url: str, *arguments: Any) -> Any:
    async def run() -> Any:
        database = Database.open(url)
        async with database.read():
            ready.wait(timeout=20)
        try:
            return await work(database, process, *arguments)
        finally:
            await database.close()

    return asyncio.run(run())


async def take_all(database: Database, process: int, school_id: int) -> list[str]:
    """Every webhook once, in an order of this process's own; the ids of those that it claimed."""
    claimed: list[str] = []
    for numbers, nth in halves(process):
        async with database.write() as db:
            keys = [InboxKey("twilio", ACCOUNT, f"SM{n}-{nth}", school_id) for n in numbers]
            claimed += [provider_id for _, _, provider_id in await inbox.claim(db, keys, NOW)]
            await count(db, [(school_id, sms(n)) for n in numbers])
    return claimed


def halves(process: int) -> Iterator[tuple[list[int], int]]:
    """All numbers in two batches, some times over, shuffled for each process."""
    order = random.Random(process)
    for nth in range(ROUNDS):
        numbers = order.sample(NUMBERS, len(NUMBERS))
        yield from ((numbers[:25], nth), (numbers[25:], nth))


async def count(db: AsyncConnection, addresses: Sequence[tuple[int, str]]) -> None:
    """Meet and hold these contacts, and count a text in the name of each."""
    await families.meet(db, [(*address, ACCOUNT) for address in addresses], NOW)
    contacts = await families.lock(db, addresses)
    assert len(contacts) == len(addresses)
    counted = [replace(contact, name=str(int(contact.name or 0) + 1)) for contact in contacts]
    await families.save_contacts(db, counted)


async def assert_all_met_once(database: Database, school: School) -> None:
    async with database.read() as db:
        found = await families.by_addresses(db, [(school.id, sms(n)) for n in NUMBERS])
        assert sorted(contact.address for contact in found) == [sms(n) for n in NUMBERS]
        assert {contact.name for contact in found} == {str(PROCESSES * ROUNDS)}, "a read-modify-write was lost"
        assert len({contact.household_id for contact in found} - {None}) == len(NUMBERS)
        assert (await db.execute(text("SELECT count(*) FROM households"))).scalar_one() == len(NUMBERS)


async def test_a_webhook_that_reaches_four_processes_is_taken_by_one(
    at_once: AtOnce, database: Database, database_url: str, school: School
) -> None:
    claimed = at_once(take_all, database_url, school.id)

    each_once = {f"SM{n}-{nth}": 1 for n in NUMBERS for nth in range(ROUNDS)}
    assert Counter(provider_id for process in claimed for provider_id in process) == each_once
    await assert_all_met_once(database, school)


async def meet_all(database: Database, process: int, school_id: int) -> None:
    """Every number, in an order of this process's own."""
    for numbers, _ in halves(process):
        async with database.write() as db:
            await count(db, [(school_id, sms(n)) for n in numbers])


async def test_a_stranger_who_writes_to_four_processes_is_met_once(
    at_once: AtOnce, database: Database, database_url: str, school: School
) -> None:
    at_once(meet_all, database_url, school.id)

    await assert_all_met_once(database, school)


async def answer_for_households(database: Database, process: int, addresses: list[tuple[int, str]]) -> None:
    """Thirty batches of contacts of this process's own, whose households all processes share."""
    order, ours = random.Random(process), addresses[process::PROCESSES]
    for _ in range(30):
        async with database.write() as db:
            contacts = await families.lock(db, order.sample(ours, 4))
            homes = await families.households_of(db, [contact.household_id or 0 for contact in contacts])
            changed = [replace(home, name=str(int(home.name or 0) + 1)) for home in homes.values()]
            await families.save_households(db, changed)


async def test_parents_of_one_household_in_four_processes_take_turns(
    at_once: AtOnce, database: Database, database_url: str, school: School
) -> None:
    addresses = [(school.id, sms(n)) for n in range(20)]
    async with database.write() as db:
        await families.meet(db, [(*address, ACCOUNT) for address in addresses], NOW)
        contacts = sorted(await families.lock(db, addresses), key=lambda contact: contact.address)
        homes = [contact.household_id or 0 for contact in contacts[:5]]
        # Five households of four parents, one parent for each process.
        shared = [replace(contact, household_id=homes[n % 5]) for n, contact in enumerate(contacts)]
        await families.save_contacts(db, shared)

    at_once(answer_for_households, database_url, addresses)

    async with database.read() as db:
        named = await families.households_of(db, homes)
    assert sum(int(home.name or 0) for home in named.values()) == PROCESSES * 30 * 4, "an answer was lost"


async def fire_all(database: Database, process: int) -> list[str]:
    order = random.Random(process)
    fired: list[str] = []
    while True:
        async with database.write() as db:
            due = await timers.claim_due(db, NOW, order.randint(1, 9), timedelta(minutes=5))
            await timers.fired(db, [each.id for each in due], NOW)
        if not due:
            return fired
        fired += [each.key for each in due]


async def test_four_processes_fire_each_timer_once(
    at_once: AtOnce, database: Database, database_url: str, school: School
) -> None:
    await conversation_with_timers(database, 200, school)

    fired = Counter(key for process in at_once(fire_all, database_url) for key in process)

    assert fired == {f"timer-{n}": 1 for n in range(200)}


async def conversation_with_timers(database: Database, number: int, school: School | None = None) -> None:
    """One conversation that waits for many times, all of them come."""
    async with database.write() as db:
        school = school or await schools.add(db, "Lincoln", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        await families.meet(db, [(school.id, sms(1), ACCOUNT)], NOW)
        (contact,) = await families.lock(db, [(school.id, sms(1))])
        new = Conversation(0, school.id, contact.id, "rsvp", 7, Stage.WAITING, {}, updated_at=NOW)
        await conversations.save(db, [new])
        (saved,) = await conversations.of_contacts(db, [contact.id])
        keys = [Timer(school.id, contact.id, "rsvp", 7, f"timer-{n}", NOW) for n in range(number)]
        await timers.arm(db, [(saved.id, timer) for timer in keys])
