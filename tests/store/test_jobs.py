"""Jobs: each is one row, claimed by one process, which knows how far it has come."""

from __future__ import annotations

from datetime import timedelta

from bot.records import Job
from bot.store import jobs
from bot.store.database import Database
from flows.facts import School
from tests.store.conftest import NOW

LEASE = timedelta(minutes=2)


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


async def test_jobs_that_are_given_back_are_taken_by_whoever_looks_next(database: Database, school: School) -> None:
    async with database.write() as db:
        await jobs.arm(db, [Job(school.id, "reminder", subject, NOW) for subject in (1, 2, 3)])
        first, second, third = await jobs.claim_due(db, NOW, 10, LEASE)
        await jobs.done(db, third, NOW)
        await jobs.release(db, [first, third])

        assert [job.id for job in await jobs.claim_due(db, NOW, 10, LEASE)] == [first.id]
        await jobs.release_all(db, NOW)
        assert [job.id for job in await jobs.claim_due(db, NOW, 10, LEASE)] == [first.id, second.id]


async def test_a_job_that_failed_rests_and_knows_how_often(database: Database, school: School) -> None:
    async with database.write() as db:
        await jobs.arm(db, [Job(school.id, "reminder", subject, NOW) for subject in (1, 2)])
        job, other = await jobs.claim_due(db, NOW, 10, LEASE)
        assert (job.tries, await jobs.failing(db)) == (0, [])
        await jobs.done(db, other, NOW)

        for tries in (1, 2):
            now = NOW + tries * timedelta(hours=1)
            await jobs.put_off(db, job, now + timedelta(minutes=30))
            assert await jobs.claim_due(db, now + timedelta(minutes=29), 10, LEASE) == []
            (job,) = await jobs.claim_due(db, now + timedelta(minutes=30), 10, LEASE)
            assert job.tries == tries
        assert [(one.id, one.tries) for one in await jobs.failing(db)] == [(job.id, 2)]

        await jobs.arm(db, [Job(school.id, "reminder", 1, NOW)])
        (anew,) = await jobs.claim_due(db, NOW, 10, LEASE)
        assert anew.tries == 0


async def test_a_job_that_was_set_anew_or_done_meanwhile_is_not_put_off(database: Database, school: School) -> None:
    async with database.write() as db:
        await jobs.arm(db, [Job(school.id, "reminder", subject, NOW) for subject in (1, 2)])
        anew, done = await jobs.claim_due(db, NOW, 10, LEASE)
        await jobs.arm(db, [Job(school.id, "reminder", 1, NOW)])
        await jobs.done(db, done, NOW)
        for job in (anew, done):
            await jobs.put_off(db, job, NOW + LEASE)

        assert [job.tries for job in await jobs.claim_due(db, NOW, 10, LEASE)] == [0]


async def test_adding_leaves_what_is_known_as_it_is(database: Database, school: School) -> None:
    later = NOW + timedelta(days=1)
    async with database.write() as db:
        await jobs.arm(db, [Job(school.id, "reminder", subject, NOW) for subject in (1, 2)])
        done, _waiting = await jobs.claim_due(db, NOW, 10, LEASE)
        await jobs.done(db, done, NOW)
        await jobs.add(db, [Job(school.id, "reminder", subject, later) for subject in (1, 2, 3)])

        found = [await jobs.still_to_do(db, "reminder", subject) for subject in (1, 2, 3)]
    assert [[job.due_at for job in jobs_] for jobs_ in found] == [[], [NOW], [later]]
