"""Two of the school at one request: who comes second reads why in their own language, and nothing is half done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import announcements, help_desk
from bot.desk import reception
from bot.desk.visit import Visit
from bot.errors import Refusal
from bot.store import announcements as stored
from bot.store import families, help_requests
from tests.desk.people import ana_asks, colleague, link, open_requests
from tests.journeys.chats import DESK, MOTHER, OTHER_CHAT, Lincoln, chats

ACT = Callable[[AsyncConnection], Coroutine[Any, Any, object]]


async def while_somebody(lincoln: Lincoln, acts: ACT, words: str) -> None:
    """Words come to the desk while somebody else's transaction goes on, which held the matter before them."""

    async def both(db: AsyncConnection) -> asyncio.Task[None]:
        await acts(db)
        writing = asyncio.create_task(lincoln.writes(DESK, words))
        await asyncio.sleep(0.5)  # on PostgreSQL the desk is at work by now, and waits for what is held
        return writing

    await (await lincoln.does(both))


async def begins_to_answer(lincoln: Lincoln) -> int:
    """Sra. Ortiz has tapped "Answer"; the request."""
    await ana_asks(lincoln)
    await lincoln.writes(DESK, "requests")
    await lincoln.presses(DESK, "1 The Rojas family")
    await lincoln.presses(DESK, "Answer")
    (call,) = await open_requests(lincoln)
    return call.request.id


async def test_an_answer_to_a_request_that_is_closed_at_this_moment_says_so(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        id_ = await begins_to_answer(lincoln)
        heard = len(lincoln.heard(MOTHER))

        async def closes(db: AsyncConnection) -> None:
            call = await help_desk.hold(db, lincoln.school, id_)
            await help_requests.save(db, [replace(call.request, closed_at=lincoln.now, closed_by="family")])

        await while_somebody(lincoln, closes, "le llamo a las 10")
        assert lincoln.heard(DESK)[-1] == "This request is closed already."
        assert len(lincoln.heard(MOTHER)) == heard


async def test_an_answer_to_a_family_that_stops_at_this_moment_says_so(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        id_ = await begins_to_answer(lincoln)

        async def stops(db: AsyncConnection) -> None:
            call = await help_desk.hold(db, lincoln.school, id_)
            await families.save_contacts(db, [replace(call.contact, stopped_at=lincoln.now)])

        await while_somebody(lincoln, stops, "le llamo a las 10")
        assert lincoln.heard(DESK)[-1].startswith("This person has stopped all texts from the school.")


async def test_words_for_an_announcement_that_a_colleague_sent_meanwhile_are_not_taken(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "announce")
        await lincoln.writes(DESK, "The dinner begins at six.")
        await lincoln.presses(DESK, "Event news")
        await lincoln.presses(DESK, "All families")
        await lincoln.presses(DESK, "Write in Spanish")
        (made,) = await lincoln.reads(stored.of_school, lincoln.school.id, 10)

        async def goes_out(db: AsyncConnection) -> None:
            held = await stored.hold(db, made.id)
            assert held is not None
            await stored.save(db, replace(held, state="sending", started_at=lincoln.now))

        await while_somebody(lincoln, goes_out, "La cena empieza a las seis.")
        assert lincoln.heard(DESK)[-1] == "This announcement cannot be changed any more."
        assert "es" not in (await lincoln.reads(announcements.find, lincoln.school, made.id)).texts


async def test_a_request_that_a_colleague_claimed_a_moment_ago_is_named_as_theirs(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        lee = await colleague(lincoln)
        await link(lincoln, OTHER_CHAT, lee)
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        await lincoln.does(lambda db: help_desk.claim(db, lincoln.school, call.request.id, lee, lincoln.now))
        await lincoln.presses(DESK, "I will answer")
        assert lincoln.heard(DESK)[-1] == "Mr. Lee has this request already."


async def test_an_audience_that_the_desk_never_offered_is_no_button(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await lincoln.writes(DESK, "announce")
        await lincoln.writes(DESK, "The dinner begins at six.")
        await lincoln.presses(DESK, "Event news")
        for data in ("for:answered:7", "for:list", "for:unanswered:999999", "for:coming", "for:all:1"):
            await lincoln.writes(DESK, data, button=data)
            assert lincoln.heard(DESK)[-1].startswith("This button is out of date."), data


async def test_a_refusal_that_nobody_foresaw_is_said_in_words_of_the_desk(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)

        async def refuses(_visit: Visit, _args: list[str]) -> None:
            raise Refusal("English words; see: sobremesa staff list")

        monkeypatch.setitem(reception.BUTTONS, "preview", refuses)  # a dict behind a Mapping
        await lincoln.writes(DESK, "preview:1", button="preview:1")
        assert lincoln.heard(DESK)[-1].startswith("That is not possible any more, and nothing was sent.")
