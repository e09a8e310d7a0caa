"""Private words leave the log once they are sent, or will not be; all others stay."""

from datetime import timedelta
from typing import Any

import pytest

from bot.messages import Kind, State
from bot.store import delivery
from bot.store.database import Database
from bot.store.delivery import Result
from tests.mailbag import LEASE, Mailbag

WORDS = "We are sorry, and thank you for telling us."


@pytest.fixture
async def mailbag(database: Database) -> Mailbag:
    return await Mailbag.open(database)


async def ended(mailbag: Mailbag, kind: Kind, state: State, **given: Any) -> str:
    """What the log holds of a message after its call ended so."""
    await mailbag.queue(await mailbag.family(), kind, WORDS)
    claimed = await mailbag.claim_one()
    async with mailbag.database.write() as db:
        await delivery.settle(db, [Result(claimed, state, mailbag.now, **given)])
    return str((await mailbag.message(claimed.message.id)).body)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.FAILED, State.UNKNOWN])
async def test_nothing_is_left_of_private_words_when_the_call_is_over(mailbag: Mailbag, state: State):
    assert await ended(mailbag, Kind.PRIVATE, state, provider_id="SM1") == ""


async def test_they_stay_until_a_later_try(mailbag: Mailbag):
    assert await ended(mailbag, Kind.PRIVATE, State.READY, due_at=mailbag.now + timedelta(minutes=1)) == WORDS

    mailbag.now += timedelta(minutes=1)
    assert (await mailbag.claim_one()).message.body == WORDS


async def test_other_words_stay(mailbag: Mailbag):
    assert await ended(mailbag, Kind.REPLY, State.ACCEPTED, provider_id="SM1") == WORDS


async def test_they_go_out_as_soon_as_any_reply(mailbag: Mailbag):
    family = await mailbag.family()
    event = await mailbag.queue(family, Kind.EVENT)
    private = await mailbag.queue(family, Kind.PRIVATE, WORDS)

    assert await mailbag.claimed() == [private]
    assert event != private


async def test_what_is_dropped_says_nothing_any_more(mailbag: Mailbag):
    family = await mailbag.family()
    id_ = await mailbag.queue(family, Kind.PRIVATE, WORDS)
    await mailbag.change(family, stopped_at=mailbag.now)

    assert await mailbag.claimed() == []
    assert (await mailbag.message(id_)).body == ""


async def test_what_a_dead_process_was_sending_says_nothing_any_more(mailbag: Mailbag):
    await mailbag.queue(await mailbag.family(), Kind.PRIVATE, WORDS)
    lost = await mailbag.claim_one()
    mailbag.now += LEASE
    async with mailbag.database.write() as db:
        assert await delivery.release_expired(db, mailbag.now) == 1

    row = await mailbag.message(lost.message.id)
    assert (row.state, row.body) == ("unknown", "")
