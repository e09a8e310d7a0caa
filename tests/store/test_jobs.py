"""Jobs: each is one row, claimed by one process, which knows how far it has come."""

from __future__ import annotations

from datetime import timedelta

from bot.records import Job
from bot.store import jobs
from bot.store.database import Database
from flows.facts import School
from tests.store.conftest import NOW

LEASE = timedelta(minutes=10)


async def test_a_job_is_kept_with_what_its_handler_has_to_know(database: Database, school: School) -> None:
    given = Job(school.id, "reminder", 7, NOW, "two-days", detail={"after": 3, "place": {"es": "gimnasio"}})
    async with database.write() as db:
        await jobs.arm(db, [given])
        (claimed,) = await jobs.claim_due(db, NOW, 10, LEASE)
        assert (claimed.subject_id, claimed.key, claimed.detail) == (7, "two-days", given.detail)

        await jobs.note(db, claimed, {"after": 9})
        assert await jobs.hold(db, claimed, NOW + 2 * LEASE) == {"after": 9}
    async with database.write() as db:
        (again,) = await jobs.claim_due(db, NOW + 3 * LEASE, 10, LEASE)
        assert again.detail == {"after": 9}


async def test_a_job_that_was_set_anew_done_or_dropped_is_held_no_more(database: Database, school: School) -> None:
    async with database.write() as db:
        for subject in (1, 2, 3):
            await jobs.arm(db, [Job(school.id, "reminder", subject, NOW, detail={"after": 5})])
        anew, done, dropped = await jobs.claim_due(db, NOW, 10, LEASE)
        await jobs.arm(db, [Job(school.id, "reminder", anew.subject_id, NOW)])
        await jobs.done(db, done, NOW)
        await jobs.cancel(db, "reminder", dropped.subject_id)

        assert [await jobs.hold(db, job, NOW + LEASE) for job in (anew, done, dropped)] == [None, None, None]
        (fresh,) = await jobs.claim_due(db, NOW, 10, LEASE)
        assert (fresh.subject_id, fresh.detail) == (anew.subject_id, {})


async def test_one_job_is_claimed_by_its_name_before_its_time_and_by_one_process(
    database: Database, school: School
) -> None:
    later = NOW + timedelta(days=1)
    async with database.write() as db:
        await jobs.arm(db, [Job(school.id, "reminder", 1, later, key) for key in ("two-days", "same-day")])
        job = await jobs.claim(db, "reminder", 1, "same-day", NOW, LEASE)
        assert job is not None
        assert job.key == "same-day"
        assert await jobs.claim(db, "reminder", 1, "same-day", NOW, LEASE) is None
        assert await jobs.claim(db, "reminder", 1, "same-day", NOW + LEASE, LEASE) is not None
        await jobs.done(db, job, NOW)
        assert await jobs.claim(db, "reminder", 1, "same-day", NOW + 3 * LEASE, LEASE) is None
        assert await jobs.claim(db, "reminder", 2, "same-day", NOW, LEASE) is None
