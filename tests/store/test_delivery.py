"""What became of a message: what its call said, what its provider reported, in every order."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import Kind, State, StatusReport
from bot.store import delivery
from bot.store.database import Database
from bot.store.delivery import Result, Waiting
from bot.store.outbox import Claimed
from tests.mailbag import LEASE, NOON, Mailbag

HOUR = timedelta(hours=1)


@pytest.fixture
async def mailbag(database: Database) -> Mailbag:
    return await Mailbag.open(database)


async def settle(mailbag: Mailbag, claimed: Claimed, state: State, **given: Any) -> Any:
    """Settle this attempt; the message's row afterwards."""
    async with mailbag.database.write() as db:
        await delivery.settle(db, [Result(claimed, state, mailbag.now, **given)])
    return await mailbag.message(claimed.message.id)


async def report(mailbag: Mailbag, *reports: StatusReport) -> int:
    async with mailbag.database.write() as db:
        return await delivery.apply_reports(db, reports, mailbag.now)


async def release(mailbag: Mailbag) -> int:
    async with mailbag.database.write() as db:
        return await delivery.release_expired(db, mailbag.now)


async def claim_one(mailbag: Mailbag, **wishes: Any) -> Claimed:
    await mailbag.queue(await mailbag.family(**wishes))
    return await mailbag.claim_one()


# What the call said


async def test_an_accepted_message_keeps_its_providers_id(mailbag: Mailbag):
    row = await settle(mailbag, await claim_one(mailbag), State.ACCEPTED, provider_id="SM1")

    assert (row.state, row.provider_id, row.sent_at) == ("accepted", "SM1", NOON)
    assert (row.final_at, row.lease_until, row.attempts) == (None, None, 1)


async def test_a_message_to_try_later_is_due_then_with_its_reason(mailbag: Mailbag):
    claimed = await claim_one(mailbag)

    row = await settle(mailbag, claimed, State.READY, due_at=NOON + HOUR, reason="Twilio is busy", code=20429)

    assert (row.state, row.due_at, row.attempts) == ("ready", NOON + HOUR, 1)
    assert (row.reason, row.code, row.lease_until) == ("Twilio is busy", 20429, None)


async def test_a_wait_that_the_provider_asked_for_is_no_attempt(mailbag: Mailbag):
    row = await settle(mailbag, await claim_one(mailbag), State.READY, due_at=NOON + HOUR, counted=False)

    assert row.attempts == 0
    mailbag.now = row.due_at
    assert (await mailbag.claim_one()).attempts == 1


async def test_a_later_try_that_succeeds_leaves_no_trace_of_the_reason(mailbag: Mailbag):
    await settle(mailbag, await claim_one(mailbag), State.READY, due_at=NOON, reason="busy", code=20429)

    row = await settle(mailbag, await mailbag.claim_one(), State.ACCEPTED, provider_id="SM1")

    assert (row.state, row.attempts, row.reason, row.code) == ("accepted", 2, None, None)


async def test_an_unknown_message_says_why(mailbag: Mailbag):
    row = await settle(mailbag, await claim_one(mailbag), State.UNKNOWN, reason="no whole answer")

    assert (row.state, row.reason, row.final_at) == ("unknown", "no whole answer", None)


async def test_a_refused_message_is_final(mailbag: Mailbag):
    row = await settle(mailbag, await claim_one(mailbag), State.FAILED, reason="spam", code=30007)

    assert (row.state, row.reason, row.code, row.final_at) == ("failed", "spam", 30007, NOON)


async def test_an_attempt_that_is_no_longer_ours_changes_nothing(mailbag: Mailbag):
    old = await claim_one(mailbag)
    await settle(mailbag, old, State.READY, due_at=NOON)
    await mailbag.claim_one()
    before = await mailbag.message(old.message.id)

    for state in (State.ACCEPTED, State.FAILED, State.UNKNOWN, State.READY):
        assert await settle(mailbag, old, state, provider_id="SM1") == before


async def test_many_results_are_settled_together(mailbag: Mailbag):
    for key in await mailbag.families(3):
        await mailbag.queue(key)
    first, second, third = (await mailbag.claim()).messages
    results = [
        Result(third, State.FAILED, NOON, reason="spam"),
        Result(first, State.ACCEPTED, NOON, provider_id="SM1"),
        Result(second, State.UNKNOWN, NOON),
    ]

    async with mailbag.database.write() as db:
        await delivery.settle(db, results)

    states = [await mailbag.state(claimed.message.id) for claimed in (first, second, third)]
    assert states == [State.ACCEPTED, State.UNKNOWN, State.FAILED]


# Contacts whose carrier says that they stopped


async def test_a_blocked_message_stops_its_contact_and_the_history_says_how_we_know(mailbag: Mailbag):
    family = await mailbag.family(last_inbound_at=NOON - HOUR)
    await mailbag.queue(family)

    row = await settle(mailbag, await mailbag.claim_one(), State.FAILED, code=21610, blocked=True)

    assert (row.state, row.code) == ("failed", 21610)
    assert (await mailbag.contact(family)).stopped_at == NOON
    (consent,) = await mailbag.consents(family)
    assert (consent.topic, consent.permission, consent.source) == ("all", "refused", "carrier")
    assert (consent.at, consent.words, consent.language) == (NOON, "21610", "es")


async def test_what_waits_for_a_blocked_contact_is_dropped(mailbag: Mailbag):
    family = await mailbag.family()
    await mailbag.queue(family)
    waiting = await mailbag.queue(family, created_at=NOON - HOUR)

    await settle(mailbag, await mailbag.claim_one(), State.FAILED, code=21610, blocked=True)

    assert await mailbag.claimed() == []
    assert (await mailbag.message(waiting)).reason == "stopped"


async def test_who_stopped_before_is_not_stopped_again(mailbag: Mailbag):
    family = await mailbag.family(stopped_at=NOON - HOUR)
    await mailbag.queue(family)

    await settle(mailbag, await mailbag.claim_one(), State.FAILED, code=21610, blocked=True)

    assert (await mailbag.contact(family)).stopped_at == NOON - HOUR
    assert await mailbag.consents(family) == []


async def test_who_texted_while_the_call_ran_is_not_stopped_by_it(mailbag: Mailbag):
    """The text may have been START, which a call that began before it must not undo."""
    family = await mailbag.family()
    await mailbag.queue(family)
    claimed = await mailbag.claim_one()
    await mailbag.change(family, last_inbound_at=NOON + timedelta(seconds=1))
    mailbag.now += timedelta(seconds=2)

    row = await settle(mailbag, claimed, State.FAILED, code=21610, blocked=True)

    assert row.state == "failed"
    assert (await mailbag.contact(family)).stopped_at is None
    assert await mailbag.consents(family) == []


async def test_a_number_that_takes_no_texts_has_asked_for_nothing(mailbag: Mailbag):
    family = await mailbag.family()
    await mailbag.queue(family)

    await settle(mailbag, await mailbag.claim_one(), State.FAILED, code=21614, blocked=True, dead=True)

    assert (await mailbag.contact(family)).stopped_at == NOON
    (consent,) = await mailbag.consents(family)
    assert (consent.topic, consent.source, consent.words) == ("all", "number", "21614")


async def test_a_phone_on_which_somebody_is_alerted_is_tried_every_time(mailbag: Mailbag):
    ortiz = await mailbag.family(role="staff", household_id=None)
    await mailbag.queue(ortiz)

    await settle(mailbag, await mailbag.claim_one(), State.FAILED, code=21614, blocked=True, dead=True)

    assert (await mailbag.contact(ortiz)).stopped_at is None


# What the provider reported


def said(claimed: Claimed, state: State, provider_id: str = "SM1", code: int | None = None) -> StatusReport:
    return StatusReport(provider_id, state, claimed.message.id, code)


async def test_a_report_finds_its_message_by_the_providers_id(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")

    mailbag.now += HOUR
    assert await report(mailbag, StatusReport("SM1", State.DELIVERED)) == 0

    row = await mailbag.message(claimed.message.id)
    assert (row.state, row.sent_at, row.final_at) == ("delivered", NOON, NOON + HOUR)


async def test_a_report_before_our_own_commit_brings_the_providers_id(mailbag: Mailbag):
    claimed = await claim_one(mailbag)

    await report(mailbag, said(claimed, State.ACCEPTED))
    row = await mailbag.message(claimed.message.id)
    assert (row.state, row.provider_id, row.sent_at) == ("accepted", "SM1", NOON)

    assert await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1") == row


async def test_a_report_tells_what_became_of_an_unknown_message(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    await settle(mailbag, claimed, State.UNKNOWN, reason="no whole answer")

    await report(mailbag, said(claimed, State.DELIVERED))

    row = await mailbag.message(claimed.message.id)
    assert (row.state, row.provider_id, row.reason) == ("delivered", "SM1", None)


async def test_a_failed_report_keeps_its_code(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")

    await report(mailbag, said(claimed, State.FAILED, code=30005))

    row = await mailbag.message(claimed.message.id)
    assert (row.state, row.code, row.reason, row.final_at) == ("failed", 30005, "not-delivered", NOON)


async def test_reports_of_no_message_are_counted_and_ignored(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")
    nobody = [StatusReport("SM404", State.DELIVERED), StatusReport("SM1", State.FAILED, message_id=404)]

    assert await report(mailbag, *nobody, said(claimed, State.DELIVERED)) == 2
    assert await mailbag.state(claimed.message.id) is State.DELIVERED


async def test_a_report_about_a_text_of_a_family_is_of_no_message(mailbag: Mailbag):
    received = await mailbag.queue(await mailbag.family(), outgoing=False, state="received", provider_id="SM1")

    assert await report(mailbag, StatusReport("SM1", State.DELIVERED)) == 1
    assert await report(mailbag, StatusReport("SM1", State.DELIVERED, received)) == 1
    assert (await mailbag.message(received)).state == "received"


async def test_a_message_that_was_dropped_before_its_next_try_may_have_arrived_by_its_first(mailbag: Mailbag):
    dropped = await mailbag.queue(await mailbag.family(), state="dropped", reason="expired")

    await report(mailbag, StatusReport("SM1", State.DELIVERED, dropped))

    row = await mailbag.message(dropped)
    assert (row.state, row.reason) == ("delivered", None)


async def test_a_failure_of_an_earlier_attempt_is_no_news_but_its_arrival_is(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM2")

    await report(mailbag, said(claimed, State.FAILED, provider_id="SM1"))
    assert await mailbag.state(claimed.message.id) is State.ACCEPTED

    await report(mailbag, said(claimed, State.DELIVERED, provider_id="SM1"))
    row = await mailbag.message(claimed.message.id)
    assert (row.state, row.provider_id) == ("delivered", "SM2")


Step = Callable[[Mailbag, Claimed], Awaitable[Any]]


def reported(state: State, *, by_our_id: bool = True) -> Step:
    async def step(mailbag: Mailbag, claimed: Claimed) -> None:
        await report(mailbag, StatusReport("SM1", state, claimed.message.id if by_our_id else None))

    return step


async def settled(mailbag: Mailbag, claimed: Claimed) -> None:
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")


async def unsure(mailbag: Mailbag, claimed: Claimed) -> None:
    await settle(mailbag, claimed, State.UNKNOWN)


async def lease_ran_out(mailbag: Mailbag, claimed: Claimed) -> None:
    mailbag.now += LEASE
    await release(mailbag)


REPORTS = {state: reported(state) for state in (State.ACCEPTED, State.FAILED, State.DELIVERED)}


@settings(
    max_examples=60,
    # Each example is a new message in the same database, so what others left does not matter.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    called=st.sampled_from([settled, unsure]),
    reports=st.lists(st.sampled_from(sorted(REPORTS, key=lambda state: state.value)), max_size=4),
    order=st.randoms(use_true_random=False),
    lost=st.booleans(),
)
async def test_in_every_order_a_message_ends_in_the_same_state(
    mailbag: Mailbag, called: Step, reports: Sequence[State], order: Any, lost: bool
):
    steps = [called, *(REPORTS[state] for state in reports), *([lease_ran_out] if lost else [])]
    order.shuffle(steps)
    claimed = await claim_one(mailbag)

    for step in steps:
        await step(mailbag, claimed)

    row = await mailbag.message(claimed.message.id)
    best = max([State.UNKNOWN, *reports], key=FORWARD.index)
    if called is settled:
        best = max([State.ACCEPTED, best], key=FORWARD.index)
    assert State(row.state) is best
    assert row.provider_id == ("SM1" if reports or called is settled else None)


FORWARD = [State.UNKNOWN, State.ACCEPTED, State.FAILED, State.DELIVERED]


# What a report says of the number


def dead(claimed: Claimed, code: int = 30006) -> StatusReport:
    return StatusReport("SM1", State.FAILED, claimed.message.id, code, blocked=True, dead=True)


async def sent_to(mailbag: Mailbag, family: int) -> Claimed:
    """A text that its provider took."""
    await mailbag.queue(family)
    claimed = await mailbag.claim_one()
    await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")
    return claimed


async def test_a_report_stops_a_number_that_takes_no_texts(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    mailbag.now += HOUR
    await report(mailbag, dead(claimed))

    assert (await mailbag.contact(family)).stopped_at == NOON + HOUR
    (consent,) = await mailbag.consents(family)
    assert (consent.source, consent.words, consent.at) == ("number", "30006", NOON + HOUR)


async def test_a_report_stops_who_stopped_with_the_carrier(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await report(mailbag, StatusReport("SM1", State.FAILED, claimed.message.id, 21610, blocked=True))

    assert [consent.source for consent in await mailbag.consents(family)] == ["carrier"]


async def test_a_report_that_comes_twice_or_too_late_says_nothing_new(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    for late in (dead(claimed), dead(claimed), said(claimed, State.ACCEPTED), dead(claimed, 30005)):
        await report(mailbag, late)
        mailbag.now += HOUR

    assert (await mailbag.contact(family)).stopped_at == NOON
    assert [consent.words for consent in await mailbag.consents(family)] == ["30006"]


async def test_a_text_that_arrived_outweighs_a_carrier_that_gave_up_on_it(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await report(mailbag, said(claimed, State.DELIVERED), dead(claimed))
    await report(mailbag, dead(claimed))

    assert (await mailbag.contact(family)).stopped_at is None
    assert await mailbag.consents(family) == []


async def test_a_text_that_arrives_after_all_takes_it_back(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await report(mailbag, dead(claimed))
    mailbag.now += HOUR
    await report(mailbag, said(claimed, State.DELIVERED))

    assert (await mailbag.contact(family)).stopped_at is None
    assert [consent.source for consent in await mailbag.consents(family)] == ["number", "number"]


async def test_a_text_that_arrives_after_a_stop_takes_nothing_back(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await mailbag.change(family, stopped_at=NOON)
    await report(mailbag, said(claimed, State.DELIVERED))

    assert (await mailbag.contact(family)).stopped_at == NOON


async def test_who_has_texted_since_it_was_sent_has_a_number_that_takes_texts(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await mailbag.change(family, last_inbound_at=NOON + HOUR)
    mailbag.now += 2 * HOUR
    await report(mailbag, dead(claimed))

    assert (await mailbag.contact(family)).stopped_at is None


async def test_a_failure_of_an_earlier_attempt_says_nothing_of_the_number(mailbag: Mailbag):
    family = await mailbag.family()
    claimed = await sent_to(mailbag, family)
    await report(mailbag, replace(dead(claimed), provider_id="SM0"))

    assert (await mailbag.contact(family)).stopped_at is None


# Lost with their process


async def test_what_a_dead_process_was_sending_becomes_unknown_when_its_lease_runs_out(mailbag: Mailbag):
    family = await mailbag.family()
    await mailbag.queue(family)
    lost = await mailbag.claim_one()
    next_one = await mailbag.queue(family)

    mailbag.now += LEASE - timedelta(seconds=1)
    assert await release(mailbag) == 0
    mailbag.now += timedelta(seconds=1)
    assert await release(mailbag) == 1

    row = await mailbag.message(lost.message.id)
    assert (row.state, row.reason, row.lease_until) == ("unknown", "lease-ran-out", None)
    assert await mailbag.claimed() == [next_one]


async def test_a_call_that_outlived_its_lease_is_still_believed(mailbag: Mailbag):
    claimed = await claim_one(mailbag)
    mailbag.now += LEASE
    await release(mailbag)

    row = await settle(mailbag, claimed, State.ACCEPTED, provider_id="SM1")

    assert (row.state, row.provider_id) == ("accepted", "SM1")


async def test_how_full_the_outbox_is(mailbag: Mailbag):
    async with mailbag.database.read() as db:
        assert await delivery.waiting(db) == Waiting(0, 0, None)
    await claim_one(mailbag)
    for age in (HOUR, 2 * HOUR):
        await mailbag.queue(await mailbag.family(), Kind.EVENT, due_at=NOON - age)
    await settle(mailbag, await claim_one_more(mailbag), State.ACCEPTED)

    async with mailbag.database.read() as db:
        assert await delivery.waiting(db) == Waiting(ready=1, sending=1, oldest_due=NOON - HOUR)


async def claim_one_more(mailbag: Mailbag) -> Claimed:
    return (await mailbag.claim(1)).messages[0]
