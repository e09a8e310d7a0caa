"""The end of a request: asked at a decent hour, closed by a yes or by a week of silence, opened again by a text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import help_desk
from bot.errors import Refusal
from bot.jobs import Work
from bot.messages import Kind
from bot.records import Job
from bot.store import jobs
from tests.help_desk.desk import LEE, LUIS, PHOTO, RUIZ, Lincoln, school
from tests.home import catalogs

QUESTION = "Lincoln School: is your question settled? Reply YES or NO"


async def answered(lincoln: Lincoln) -> int:
    """A family asked, and Sr. Ruiz answered; the number of the request."""
    await lincoln.texts(LUIS, "person")
    await lincoln.texts(LUIS, "about the bus")
    (call,) = await lincoln.calls()
    await reply(lincoln, call.request.id, "Can I call you at 10?")
    return call.request.id


async def reply(lincoln: Lincoln, request_id: int, text: str) -> None:
    lincoln.later(minutes=1)
    async with lincoln.database.write() as db:
        await help_desk.reply(db, lincoln.voice, request_id, text, lincoln.ruiz, lincoln.now)


async def close(lincoln: Lincoln, request_id: int, *, at_once: bool = False) -> object:
    lincoln.later(minutes=1)
    async with lincoln.database.write() as db:
        return await help_desk.close(db, lincoln.voice, request_id, lincoln.ruiz, lincoln.now, at_once=at_once)


async def last_to_luis(lincoln: Lincoln) -> str:
    return (await lincoln.told(LUIS))[-1].body


async def test_staff_close_by_asking_and_the_familys_yes_closes(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await lincoln.texts(LUIS, "yes")
        assert (await lincoln.request(id_)).closed_at is None

        assert await close(lincoln, id_) == lincoln.now
        asked = (await lincoln.told(LUIS))[-1]
        assert (asked.body, asked.kind) == (QUESTION, Kind.NOTICE)
        await lincoln.texts(LUIS, "yes")

        request = await lincoln.request(id_)
        assert (request.closed_at, request.closed_by) == (lincoln.now, "family")
        notice = (await lincoln.told(RUIZ))[-1]
        assert notice.body.startswith(f"The Rojas family says that it is settled. Request {id_} is closed.")
        assert notice.buttons == ()
        assert await lincoln.calls() == []


async def test_a_week_of_silence_closes_and_not_a_day_earlier(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        said = len(await lincoln.told(LUIS))
        lincoln.later(days=6, hours=23)
        await lincoln.jobs()
        assert (await lincoln.request(id_)).closed_at is None
        lincoln.later(hours=1)
        await lincoln.jobs()

        assert (await lincoln.request(id_)).closed_by == "silence"
        assert len(await lincoln.told(LUIS)) == said
        assert await lincoln.jobs() == 0


async def test_who_had_it_hears_once_that_silence_closed_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        told, others = len(await lincoln.told(RUIZ)), len(await lincoln.told(LEE))
        lincoln.later(days=7)
        await lincoln.jobs()
        await lincoln.jobs()

        (notice,) = (await lincoln.told(RUIZ))[told:]
        assert notice.body.startswith(
            "The Rojas family has said nothing for a week since we asked whether it is settled"
        )
        assert (notice.kind, notice.buttons, notice.request_id) == (Kind.NOTICE, (), id_)
        assert len(await lincoln.told(LEE)) == others


async def test_a_text_in_the_thread_keeps_it_open_however_long_the_silence(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "nobody called me yet")
        lincoln.later(days=8)
        await lincoln.jobs()

        assert (await lincoln.request(id_)).closed_at is None


@pytest.mark.parametrize("hours", [0, 3])
async def test_an_answer_of_staff_takes_the_closing_question_back(database_url: str, hours: int) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await reply(lincoln, id_, "One more thing: can you come on Monday?")
        lincoln.later(hours=hours)
        await lincoln.texts(LUIS, "yes")

        request = await lincoln.request(id_)
        assert (request.closed_at, request.asked_at) == (None, None)
        assert (await lincoln.told(RUIZ))[-1].body.startswith("The Rojas family writes:\n“yes”")
        lincoln.later(days=8)
        assert await lincoln.jobs() == 0


async def test_a_no_is_told_to_who_has_it_and_it_may_be_asked_again(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "no")
        assert (await lincoln.told(RUIZ))[-1].body.startswith("The Rojas family says that it is not settled yet.")
        lincoln.later(days=8)
        await lincoln.jobs()
        assert (await lincoln.request(id_)).closed_at is None

        await close(lincoln, id_)
        assert await last_to_luis(lincoln) == QUESTION
        lincoln.later(days=7)
        await lincoln.jobs()
        assert (await lincoln.request(id_)).closed_by == "silence"


async def test_at_night_the_question_waits_for_the_morning_and_a_yes_until_then_is_for_the_person(
    database_url: str,
) -> None:
    async with school(database_url) as lincoln:
        lincoln.later(hours=11, minutes=30)  # half past nine in the evening
        id_ = await answered(lincoln)
        morning = lincoln.school.quiet_hours.over_at(lincoln.now)
        assert await close(lincoln, id_) == morning > lincoln.now
        await lincoln.jobs()
        assert await last_to_luis(lincoln) != QUESTION

        lincoln.now = morning
        await lincoln.jobs()
        await lincoln.jobs()
        assert [line.body for line in await lincoln.told(LUIS)].count(QUESTION) == 1
        lincoln.later(days=7)
        await lincoln.jobs()
        assert (await lincoln.request(id_)).closed_by == "silence"


async def test_who_writes_in_the_night_is_not_asked_in_the_morning(database_url: str) -> None:
    async with school(database_url) as lincoln:
        lincoln.later(hours=11, minutes=30)
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "yes")
        assert (await lincoln.told(RUIZ))[-1].body.startswith("The Rojas family writes:\n“yes”")
        lincoln.later(hours=12)
        await lincoln.jobs()

        assert await last_to_luis(lincoln) != QUESTION
        assert (await lincoln.request(id_)).closed_at is None


async def test_the_morning_job_done_twice_asks_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        lincoln.later(hours=11, minutes=30)
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        lincoln.later(hours=11)
        await lincoln.jobs()
        async with lincoln.database.write() as db:  # as after a crash between the work and its mark
            await jobs.arm(db, [Job(lincoln.school.id, help_desk.JOB, id_, lincoln.now, "ask")])
        await lincoln.jobs()

        assert [line.body for line in await lincoln.told(LUIS)].count(QUESTION) == 1


async def test_a_silence_that_ran_out_as_the_question_was_asked_anew_closes_nothing(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        lincoln.later(days=7)
        async with lincoln.database.write() as db:  # claimed by a process that is slow
            (job,) = await jobs.claim_due(db, lincoln.now, 10, timedelta(minutes=10))
        await close(lincoln, id_)
        await help_desk.closing_question(Work(lincoln.database, catalogs(), lambda: lincoln.now), job)

        assert (await lincoln.request(id_)).closed_at is None


async def test_a_new_text_opens_it_again_and_who_had_it_hears_of_it(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "yes")
        lincoln.later(days=3)
        await lincoln.texts(LUIS, "thanks!")
        assert (await lincoln.request(id_)).closed_at is not None
        await lincoln.texts(LUIS, "the bus did not come today")

        request = await lincoln.request(id_)
        assert (request.closed_at, request.closed_by, request.owner_id) == (None, None, lincoln.ruiz.id)
        assert (await lincoln.told(RUIZ))[-1].body.startswith(
            f"The Rojas family writes again: request {id_} is open again."
        )
        assert (await last_to_luis(lincoln)).startswith("Thank you. A person at Lincoln School will answer you here")
        assert [call.request.id for call in await lincoln.calls()] == [id_]


async def test_what_needs_no_question_is_closed_at_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "", media=(PHOTO,))
        (call,) = await lincoln.calls()
        async with lincoln.database.write() as db:
            asked = await help_desk.close(db, lincoln.voice, call.request.id, lincoln.lee, lincoln.now)

        assert asked is None
        assert (await lincoln.request(call.request.id)).closed_by == "staff"


async def test_a_thread_is_not_closed_over_the_familys_head(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        with pytest.raises(Refusal, match="Only the family can say"):
            await close(lincoln, id_, at_once=True)

        await lincoln.texts(LUIS, "STOP")
        assert await close(lincoln, id_) is None, "who stopped cannot be asked"
        assert (await lincoln.request(id_)).closed_by == "staff"
        with pytest.raises(Refusal, match="closed already"):
            await close(lincoln, id_)


async def test_a_stop_after_the_question_still_ends_in_a_week_of_silence(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "STOP")
        lincoln.later(days=7)
        await lincoln.jobs()

        assert (await lincoln.request(id_)).closed_by == "silence"


async def test_a_helper_ends_their_own_request_and_not_that_of_others(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person")
        (call,) = await lincoln.calls()
        with pytest.raises(Refusal, match="takes the role"):
            await close(lincoln, call.request.id)
        async with lincoln.database.write() as db:
            await help_desk.claim(db, lincoln.school, call.request.id, lincoln.ruiz, lincoln.now)
        assert await close(lincoln, call.request.id) == lincoln.now


async def test_a_question_closed_meanwhile_by_the_family_stays_so(database_url: str) -> None:
    async with school(database_url) as lincoln:
        id_ = await answered(lincoln)
        await close(lincoln, id_)
        await lincoln.texts(LUIS, "yes")
        closed_at = (await lincoln.request(id_)).closed_at
        lincoln.later(days=7)
        await lincoln.jobs()

        request = await lincoln.request(id_)
        assert (request.closed_at, request.closed_by) == (closed_at, "family")


@pytest.mark.parametrize("by", ["silence", "staff"])
async def test_what_it_is_about_is_asked_no_more_once_it_is_closed(database_url: str, by: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.texts(LUIS, "person")
        (call,) = await lincoln.calls()
        id_ = call.request.id
        await reply(lincoln, id_, "I called you, and all is settled.")
        if by == "silence":
            await close(lincoln, id_)
            lincoln.later(days=7)
            await lincoln.jobs()
        else:
            await lincoln.texts(LUIS, "STOP")
            await close(lincoln, id_)
            await lincoln.texts(LUIS, "START")
        assert (await lincoln.request(id_)).closed_by == by
        lincoln.later(days=1)
        said = len(await lincoln.told(LUIS))
        await lincoln.texts(LUIS, "thank you so much")
        assert len(await lincoln.told(LUIS)) == said
        assert await lincoln.calls() == []

        await lincoln.texts(LUIS, "the bus did not come today")
        (call,) = await lincoln.calls()
        assert (call.request.id == id_) is (by == "silence")
        assert "“the bus did not come today”" in (await lincoln.told(RUIZ))[-1].body
