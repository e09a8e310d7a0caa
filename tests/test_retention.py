"""What is older than it may be is forgotten, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import retention
from bot.messages import Kind, State
from bot.records import AuditEntry, Conversation, HelpRequest, InboxKey, Job, LoggedMessage, Rsvp, Stage, Timer
from bot.setting_values import KEPT_FOR
from bot.store import audit, conversations, events, families, help_requests, ids, inbox, jobs, messages, rsvps, schools
from bot.store import timers as timer_store
from bot.store.database import Database
from bot.store.tables import metadata
from flows.facts import Contact, Household
from tests.home import CHICAGO, DINNER

NOW = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url)
    yield database
    await database.close()


async def fill(db: AsyncConnection, at: datetime) -> Contact:
    """A family that was invited, answered, asked for a person and was answered, all at that time."""
    school = await schools.add(db, f"School of {at:%Y}", CHICAGO, ("en",), now=at)
    home, contact_id, conversation_id, received, sent = await ids.reserve(db, 5)
    await families.add_households(db, [Household(home, school.id, "Rojas")], at)
    ana = Contact(contact_id, school.id, home, "sms:+15125550101")
    await families.add_contacts(db, [ana], at)
    dinner = await events.add(
        db, replace(DINNER, id=0, school_id=school.id, starts=at, ends=at + timedelta(hours=2)), at
    )
    await rsvps.invite(db, dinner, [home], at)
    await rsvps.save(db, [Rsvp(school.id, dinner.id, home, "yes", 2, 1, True, "no peanuts", None, ana.id, at)])
    talk = Conversation(conversation_id, school.id, ana.id, "rsvp", dinner.id, Stage.DONE, {}, at, 0, at)
    await conversations.save(db, [talk])
    await timer_store.arm(db, [(conversation_id, Timer(school.id, ana.id, "rsvp", dinner.id, "after", at))])
    (due,) = await timer_store.claim_due(db, at, 1, DAY)
    await timer_store.fired(db, [due.id], at)
    await help_requests.save(db, [HelpRequest(0, school.id, ana.id, "help", at, closed_at=at)])
    (request,) = await help_requests.all_of_school(db, school.id)
    row = LoggedMessage(received, school.id, ana.id, False, "sms", "", ana.address, "Hola", at)
    await messages.add(
        db,
        [
            row,
            replace(
                row,
                id=sent,
                outgoing=True,
                kind=Kind.REPLY,
                state=State.READY,
                conversation_id=conversation_id,
                request_id=request.id,
            ),
        ],
    )
    await audit.add(db, [AuditEntry(school.id, at, "a test", "event added", f"event {dinner.id}")])
    await inbox.claim(db, [InboxKey("twilio", "sms:+15125550100", f"SM{at:%Y}", school.id)], at)
    await jobs.arm(db, [Job(school.id, "reminder", dinner.id, at)])
    (job,) = await jobs.claim_due(db, at, 1, DAY)
    await jobs.done(db, job, at)
    return ana


async def rows(db: AsyncConnection) -> dict[str, int]:
    """How many rows each table holds."""
    return {
        table.name: (await db.execute(select(func.count()).select_from(table))).scalar_one()
        for table in metadata.sorted_tables
    }


async def test_what_is_old_is_forgotten_and_what_is_not_stays(database: Database) -> None:
    async with database.write() as db:
        await fill(db, NOW - 2000 * DAY)
        one = await rows(db)
        await fill(db, NOW - 1 * DAY)
    foretold = await retention.too_old(database, KEPT_FOR, NOW)
    assert foretold.keys() == KEPT_FOR.keys()

    forgotten = await retention.purge(database, KEPT_FOR, NOW)

    async with database.read() as db:
        left = await rows(db)
    gone = {
        "rsvps",
        "invitations",
        "conversations",
        "timers",
        "help_requests",
        "messages",
        "audit",
        "inbox_keys",
        "jobs",
    }
    assert {name for name, count in left.items() if count == one[name] and count} >= gone
    assert left["contacts"] == left["households"] == left["events"] == left["schools"] == 2
    assert forgotten == {"texts": 2, "food": 2, "requests": 1, "answers": 2, "audit": 1, "traces": 2}
    assert {kind: count for kind, count in foretold.items() if count} == forgotten
    assert sum((await retention.too_old(database, KEPT_FOR, NOW)).values()) == 0


@pytest.mark.parametrize(("days", "kept"), [(29, "no peanuts"), (31, "")])
async def test_allergies_are_forgotten_a_month_after_the_event(database: Database, days: int, kept: str) -> None:
    async with database.write() as db:
        ana = await fill(db, NOW - days * DAY)
    await retention.purge(database, KEPT_FOR, NOW)

    async with database.read() as db:
        assert ana.household_id is not None
        ((_home, rsvp),) = await rsvps.of_event(db, (await events.of_school(db, ana.school_id))[0].id)
        talks = await conversations.of_contacts(db, [ana.id])
        thread = await messages.thread_of(db, ana.id, 10)
    assert rsvp.food == kept
    assert (rsvp.adults, rsvp.children) == (2, 1)
    assert bool(talks) is bool(kept)
    assert [message.body for message in thread] == ["Hola", "Hola"]


async def test_an_open_request_is_kept_however_old(database: Database) -> None:
    async with database.write() as db:
        ana = await fill(db, NOW - 2000 * DAY)
        await help_requests.save(db, [HelpRequest(0, ana.school_id, ana.id, "danger", NOW - 2000 * DAY)])
    await retention.purge(database, KEPT_FOR, NOW)

    async with database.read() as db:
        assert [request.reason for request in await help_requests.all_of_school(db, ana.school_id)] == ["danger"]


async def test_a_shorter_time_is_kept_to(database: Database) -> None:
    async with database.write() as db:
        await fill(db, NOW - 10 * DAY)

    assert (await retention.purge(database, {**KEPT_FOR, "texts": 9}, NOW)) == {"texts": 2}


async def test_thousands_of_texts_are_forgotten_a_few_hundred_at_a_time(database: Database) -> None:
    seen: list[tuple[str, int]] = []
    async with database.write() as db:
        ana = await fill(db, NOW - 10 * DAY)
        old: Any = await ids.reserve(db, 1_200)
        row = LoggedMessage(0, ana.school_id, ana.id, False, "sms", "", ana.address, "Hola", NOW - 500 * DAY)
        await messages.add(db, [replace(row, id=id_) for id_ in old])

    forgotten = await retention.purge(database, KEPT_FOR, NOW, lambda kind, done: seen.append((kind, done)))

    assert forgotten == {"texts": 1_200}
    assert [done for kind, done in seen if kind == "texts"][:3] == [498, 998, 1200]


async def test_a_household_that_everybody_left_is_forgotten_and_one_with_a_name_is_not(database: Database) -> None:
    async with database.write() as db:
        ana = await fill(db, NOW - 60 * DAY)
        empty, invited, walked_in, fresh = await ids.reserve(db, 4)
        names = {empty: None, invited: None, walked_in: "Okafor"}
        old = [Household(id_, ana.school_id, name) for id_, name in names.items()]
        await families.add_households(db, old, NOW - 60 * DAY)
        await families.add_households(db, [Household(fresh, ana.school_id, None)], NOW - 1 * DAY)
        (dinner,) = await events.of_school(db, ana.school_id)
        await rsvps.invite(db, dinner, [invited], NOW)
    foretold = await retention.too_old(database, {**KEPT_FOR, "traces": 30}, NOW)
    assert (await retention.purge(database, {**KEPT_FOR, "traces": 30}, NOW))["traces"] == foretold["traces"] == 3

    async with database.read() as db:
        left = await families.households_of(db, [ana.household_id or 0, *names, fresh])
    assert left.keys() == {ana.household_id, invited, walked_in, fresh}
