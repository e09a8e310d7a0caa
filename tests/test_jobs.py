"""The jobs of a process: what is broken off is given back, what fails is tried again later and later."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import pytest

from bot.errors import Busy
from bot.jobs import FIRST_WAIT, LEASE, LONGEST_WAIT, Beginning, Jobs, Work
from bot.records import Job
from bot.store import jobs, schools
from bot.store.database import Database
from flows.facts import School
from tests.home import CHICAGO, catalogs

NOW = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
LONG_ENOUGH = 20


class Office:
    """A process, and what it has done; ``moods`` is what its handler does before it does the job."""

    def __init__(self, database: Database, school: School) -> None:
        self.database = database
        self.school = school
        self.now = NOW
        self.done: list[int] = []
        self.moods: dict[int, Exception] = {}
        self.looked = 0
        self.begun = asyncio.Event()

    def jobs(self, at_first: Sequence[Beginning] = ()) -> Jobs:
        work = Work(self.database, catalogs(), lambda: self.now)
        return Jobs(work, {"reminder": self.remind, "endless": self.never_end}, at_first)

    async def remind(self, _work: Work, job: Job) -> None:
        self.looked += 1
        if job.subject_id in self.moods:
            raise self.moods[job.subject_id]
        self.done.append(job.subject_id)

    async def never_end(self, _work: Work, _job: Job) -> None:
        self.begun.set()
        await asyncio.sleep(LONG_ENOUGH)

    async def arms(self, *subjects: int, kind: str = "reminder") -> None:
        async with self.database.write() as db:
            await jobs.arm(db, [Job(self.school.id, kind, subject, self.now) for subject in subjects])

    async def claims(self) -> list[Job]:
        """As another process would."""
        async with self.database.write() as db:
            return await jobs.claim_due(db, self.now, 10, LEASE)

    async def until(self, done: list[int]) -> None:
        async with asyncio.timeout(LONG_ENOUGH):
            while self.done != done:  # noqa: ASYNC110 - a job tells nobody that it was done
                await asyncio.sleep(0.01)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    database = Database.open(database_url)
    async with database.write() as db:
        school = await schools.add(db, "Lincoln", CHICAGO, ("en", "es"), now=NOW)
    yield Office(database, school)
    await database.close()


@asynccontextmanager
async def under_way(work: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
    """While this goes on; told to stop at the end, and at rest."""
    task = asyncio.create_task(work)
    yield
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_what_is_due_is_done_in_its_order_and_once(office: Office) -> None:
    await office.arms(1)
    office.now += timedelta(minutes=1)
    await office.arms(2, 3)

    assert await office.jobs().do_due() == 3
    assert await office.jobs().do_due() == 0
    assert (office.done[0], sorted(office.done)) == (1, [1, 2, 3])


async def test_while_one_job_is_done_another_process_does_the_next(office: Office) -> None:
    await office.arms(1, kind="endless")
    office.now += timedelta(seconds=1)
    await office.arms(2)
    async with under_way(office.jobs().do_due()):
        await office.begun.wait()

        assert [job.subject_id for job in await office.claims()] == [2]


async def test_a_process_that_is_told_to_stop_gives_back_what_it_was_doing(office: Office) -> None:
    await office.arms(1, kind="endless")
    async with under_way(office.jobs().run()):
        await office.begun.wait()
        assert await office.claims() == []

    (job,) = await office.claims()
    assert (job.subject_id, job.tries) == (1, 0)


async def test_a_busy_database_holds_up_one_job_until_the_next_look_and_the_others_not_at_all(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.arms(1, 2)
    office.moods[1] = Busy("these rows are locked")
    process = office.jobs()
    await process.do_due()
    assert office.done == [2]
    assert [record.message for record in caplog.records] == ["a job waits for the database"]

    office.moods.clear()
    await process.do_due()
    assert office.done == [2, 1]


async def test_what_a_busy_database_kept_from_being_done_is_given_back_at_the_end(office: Office) -> None:
    await office.arms(1)
    office.moods[1] = Busy("these rows are locked")
    async with under_way(office.jobs().run()), asyncio.timeout(LONG_ENOUGH):
        while not office.looked:  # noqa: ASYNC110 - a job tells nobody that it waits
            await asyncio.sleep(0.01)
        assert await office.claims() == []

    (job,) = await office.claims()
    assert (job.subject_id, job.tries) == (1, 0)


async def test_a_job_that_fails_is_tried_later_and_later_and_says_so(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.arms(1)
    office.moods[1] = ValueError("a mistake of ours, about Ana")
    process = office.jobs()
    tried: list[datetime] = []
    while len(tried) < 12:
        if await process.do_due():
            tried.append(office.now)
        office.now += FIRST_WAIT

    waits = [int((after - before) / FIRST_WAIT) for before, after in pairwise(tried)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert LONGEST_WAIT == 60 * FIRST_WAIT
    failed = [vars(record) for record in caplog.records]
    assert [(one["kind"], one["error"], one["tries"]) for one in failed] == [
        ("reminder", "ValueError", n) for n in range(1, 13)
    ]
    assert "Ana" not in repr(failed)

    office.moods.clear()
    office.now += LONGEST_WAIT
    await process.do_due()
    assert office.done == [1]


async def test_a_job_that_failed_a_thousand_times_is_tried_within_the_hour(office: Office) -> None:
    async with office.database.write() as db:
        await jobs.arm(db, [Job(office.school.id, "reminder", 1, NOW)])
        (job,) = await jobs.claim_due(db, NOW, 1, LEASE)
        for _ in range(1000):
            await jobs.put_off(db, job, NOW)
    office.moods[1] = ValueError()
    await office.jobs().do_due()

    office.now += LONGEST_WAIT
    (job,) = await office.claims()
    assert job.tries == 1001


async def test_a_job_of_a_newer_release_is_left_to_it_and_named(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.arms(1, kind="seating-plan")
    await office.arms(2)
    await office.jobs().do_due()

    assert office.done == [2]
    assert [vars(record)["kind"] for record in caplog.records] == ["seating-plan"]
    office.now += FIRST_WAIT
    assert [job.subject_id for job in await office.claims()] == [1]


async def test_what_is_done_at_first_waits_for_the_database_and_holds_up_no_job_where_it_fails(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.POLL", timedelta(milliseconds=1))
    calls: list[str] = []

    async def waits(_work: Work) -> None:
        calls.append("waits")
        if len(calls) < 3:
            raise Busy("not now")

    async def fails(_work: Work) -> None:
        calls.append("fails")
        raise ValueError

    await office.arms(1)
    async with under_way(office.jobs([waits, fails]).run()):
        await office.until([1])

    assert calls == ["waits", "waits", "waits", "fails"]
    assert [vars(record).get("what") for record in caplog.records] == [None, None, "fails"]


def _begin_and_wait(url: str, told: Connection) -> None:
    asyncio.run(_begin(url, told))


async def _begin(url: str, told: Connection) -> None:
    async def remind(_work: Work, job: Job) -> None:
        told.send(job.subject_id)
        await asyncio.sleep(LONG_ENOUGH)

    database = Database.open(url)
    await Jobs(Work(database, catalogs(), lambda: NOW), {"reminder": remind}).do_due()


async def test_a_process_that_is_killed_in_the_middle_leaves_its_job_to_the_next(
    office: Office, database_url: str
) -> None:
    """On SQLite at once, as nobody else serves there; on PostgreSQL when its lease has run out."""
    await office.arms(1)
    spawn = multiprocessing.get_context("spawn")
    told, tell = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_begin_and_wait, args=(database_url, tell))
    process.start()
    assert await asyncio.to_thread(told.poll, LONG_ENOUGH)
    process.kill()
    await asyncio.to_thread(process.join)
    assert await office.jobs().do_due() == 0

    office.now += timedelta(0) if office.database.is_sqlite else LEASE
    async with under_way(office.jobs().run()):
        await office.until([1])


async def test_a_process_that_begins_beside_others_leaves_them_what_they_hold(office: Office) -> None:
    """On SQLite there are no others."""
    await office.arms(1)
    await office.claims()
    office.now += LEASE - timedelta(seconds=1)
    await office.arms(2)
    async with under_way(office.jobs().run()):
        await office.until([1, 2] if office.database.is_sqlite else [2])
