"""A text that is changed in Telegram, over the wire: what it answered is answered anew, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot import pulses
from bot.records import StaffMember
from bot.store import rsvps, staff
from tests.journeys.telegram import LUIS, Lincoln, telegram_school
from tests.wire.telegram_updates import Update

DESK = 5_550_180
WAYS = pytest.mark.parametrize("called", [False, True], ids=["asked", "called"])


async def says(lincoln: Lincoln, words: str) -> Update:
    """Luis writes; the update, to be changed later."""
    update = lincoln.telegram.message(LUIS, words)
    await lincoln.brings(update)
    return update


async def edits(lincoln: Lincoln, update: Update, words: str, *, later: int = 60) -> None:
    """Luis changes what he wrote."""
    await lincoln.brings(lincoln.telegram.edit(update, words, later=later))


async def food(lincoln: Lincoln) -> str | None:
    async with lincoln.app.database.read() as db:
        [(_home, rsvp)] = await rsvps.of_event(db, lincoln.dinner.id)
    return rsvp.food


async def logged(lincoln: Lincoln) -> list[str]:
    """All that Luis wrote, as it is in the log."""
    async with lincoln.app.database.read() as db:
        rows = await db.execute(text("SELECT body FROM messages WHERE NOT outgoing ORDER BY id"))
    return [body for (body,) in rows]


async def works_from_the_desk(lincoln: Lincoln) -> None:
    async with lincoln.app.database.write() as db:
        member = StaffMember(0, lincoln.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "en")
        added = await staff.add(db, member, lincoln.now)
        assert added is not None
        await staff.save(db, replace(added, telegram_chat=str(DESK)))


async def begin_pulse(lincoln: Lincoln) -> None:
    """The school asks everybody how they are received."""
    async with lincoln.app.database.write() as db:
        await pulses.start(db, lincoln.school, pulses.Whom(), lincoln.now, "a test")
    while await lincoln.app.jobs.do_due():
        pass
    lincoln.app.outbox.wake()
    await lincoln.settled()


@WAYS
async def test_a_number_that_is_changed_before_the_next_answer_counts(database_url: str, called: bool) -> None:
    async with telegram_school(database_url, called=called) as lincoln:
        await lincoln.invite()
        adults = await says(lincoln, "2 adults")
        await edits(lincoln, adults, "3 adults")
        await edits(lincoln, adults, "4 adults", later=120)

        assert lincoln.heard(LUIS)[-1] == "Changed. Before: 3 adults. Now: 4 adults.\nHow many children?"
        for words in ("0", "no"):
            await says(lincoln, words)
        assert await lincoln.answers() == {"Rojas": "yes 4 0"}


async def test_an_allergy_is_told_by_changing_a_no(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        await says(lincoln, "2 adults 0 children")
        nothing = await says(lincoln, "no")
        assert await food(lincoln) == ""
        lincoln.now += timedelta(days=2)
        await edits(lincoln, nothing, "peanut allergy")

        assert await food(lincoln) == "peanut allergy"
        assert lincoln.heard(LUIS)[-1].startswith('Changed. Before: nothing. Now: "peanut allergy".')


async def test_a_text_and_its_change_that_arrive_together_are_one_answer(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        adults = lincoln.telegram.message(LUIS, "2 adults")
        await lincoln.brings(adults, lincoln.telegram.edit(adults, "4 adults 1 child"))

        assert await lincoln.answers() == {"Rojas": "yes 4 1"}


async def test_a_change_that_nobody_understands_asks_again_and_loses_nothing(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await lincoln.invite()
        party = await says(lincoln, "2 adults 0 children")
        await says(lincoln, "no")
        await edits(lincoln, party, "blorp")

        assert lincoln.heard(LUIS)[-1].endswith("Please tap one of these buttons, or say it in other words.")
        assert await lincoln.answers() == {"Rojas": "yes 2 0"}
        await lincoln.presses(LUIS, "👎")
        assert await lincoln.answers() == {"Rojas": "no None None"}


async def test_what_has_no_name_stays_without_it_when_it_is_changed(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await works_from_the_desk(lincoln)
        await lincoln.invite()
        await says(lincoln, "2 adults 0 children")
        allergy = await says(lincoln, "no")
        await begin_pulse(lincoln)
        score = await says(lincoln, "2")
        words = await says(lincoln, "nobody spoke Spanish")
        before = await logged(lincoln)
        for update, changed in ((score, "4"), (words, "nobody at all spoke Spanish")):
            await edits(lincoln, update, changed)

        assert await logged(lincoln) == before
        assert (
            lincoln.heard(LUIS)[-2:]
            == ["Thank you. What you told us is counted already, without your name, so it cannot be changed any more."]
            * 2
        )
        assert lincoln.heard(DESK) == []
        await edits(lincoln, allergy, "peanut allergy")
        assert await food(lincoln) == "peanut allergy"


async def test_words_to_a_person_are_changed_also_on_the_day_of_a_pulse(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await works_from_the_desk(lincoln)
        bus = await says(lincoln, "I need to talk to a person about the bus")
        lincoln.now += timedelta(hours=1)
        await begin_pulse(lincoln)
        for words in ("2", "no"):
            await says(lincoln, words)
        await edits(lincoln, bus, "I need to talk to a person about the train")

        assert "changed what it wrote" in lincoln.heard(DESK)[-1]
        assert "about the train" in lincoln.heard(DESK)[-1]
