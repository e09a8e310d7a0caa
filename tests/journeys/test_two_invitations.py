"""Two invitations are open, and the family names one of them: over the wire, by SMS and on Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest

from bot import events, pulses
from bot.store import rsvps
from flows.core.text import ByLanguage
from flows.facts import Event
from tests.journeys import school, telegram

AnyLincoln: TypeAlias = school.Lincoln | telegram.Lincoln
CHANNELS = pytest.mark.parametrize("channel", ["sms", "telegram"])


@asynccontextmanager
async def invited_twice(
    channel: str, database_url: str
) -> AsyncIterator[tuple[AnyLincoln, Event, Callable[[str], Awaitable[str]]]]:
    """A family that was invited to the dinner and then to a workshop, the workshop, and how Ana writes."""
    if channel == "sms":
        async with school.school(database_url) as lincoln:
            yield lincoln, await _second(lincoln), _writes(lincoln, school.ANA)
    else:
        async with telegram.telegram_school(database_url) as on_telegram:
            yield on_telegram, await _second(on_telegram), _writes(on_telegram, telegram.ANA)


def _writes(lincoln: AnyLincoln, ana: object) -> Callable[[str], Awaitable[str]]:
    async def writes(text: str) -> str:
        await lincoln.texts(ana, text)  # type: ignore[arg-type]  # a number by SMS, a chat on Telegram
        return lincoln.heard(ana)[-1]  # type: ignore[arg-type]  # the same

    return writes


async def _second(lincoln: AnyLincoln) -> Event:
    await lincoln.invite()
    lincoln.now += timedelta(hours=1)
    days = timedelta(days=3)
    title = ByLanguage(en="Reading workshop", es="Taller de lectura")
    dinner = lincoln.dinner
    event = replace(dinner, id=0, starts=dinner.starts + days, ends=dinner.ends + days, title=title, food=False)
    async with lincoln.app.database.write() as db:
        workshop = await events.add(db, lincoln.school, event, lincoln.now, "a test")
    app = lincoln.app
    await events.invite(app.database, app.catalogs, lincoln.school, workshop, lambda: lincoln.now, "a test")
    app.outbox.wake()
    await lincoln.settled()
    return workshop


async def answers(lincoln: AnyLincoln, event: Event) -> list[str]:
    async with lincoln.app.database.read() as db:
        return [f"{rsvp.coming} {rsvp.adults} {rsvp.children}" for _home, rsvp in await rsvps.of_event(db, event.id)]


@CHANNELS
@pytest.mark.parametrize(
    ("text", "answer"),
    [("al taller vamos 2 adultos 0 niños", "yes 2 0"), ("taller de lectura: no", "no None None")],
)
async def test_the_event_that_is_named_is_answered_and_the_other_stays_open(
    database_url: str, channel: str, text: str, answer: str
) -> None:
    async with invited_twice(channel, database_url) as (lincoln, workshop, writes):
        lincoln.now += timedelta(hours=1)
        assert "Taller de lectura" in await writes(text)

        assert (await answers(lincoln, workshop), await answers(lincoln, lincoln.dinner)) == ([answer], [])
        await writes("a la cena no podemos ir")
        assert await answers(lincoln, lincoln.dinner) == ["no None None"]


@CHANNELS
async def test_an_answer_that_names_an_event_is_not_taken_for_the_words_of_a_pulse(
    database_url: str, channel: str
) -> None:
    async with invited_twice(channel, database_url) as (lincoln, workshop, writes):
        lincoln.now += timedelta(hours=1)
        async with lincoln.app.database.write() as db:
            await pulses.start(db, lincoln.school, pulses.Whom(), lincoln.now, "a test")
        while await lincoln.app.jobs.do_due():
            pass
        lincoln.app.outbox.wake()
        await lincoln.settled()
        await writes("5")
        assert "Taller de lectura" in await writes("al taller vamos 2 adultos 0 niños")
        await writes("el taller de marzo estuvo muy bonito")

        assert await answers(lincoln, workshop) == ["yes 2 0"]
        assert await answers(lincoln, workshop) == ["yes 2 0"]
        async with lincoln.app.database.read() as db:
            rows = (await db.exec_driver_sql("SELECT score, words FROM pulse_answers")).all()
        assert [tuple(row) for row in rows] == [(5, "el taller de marzo estuvo muy bonito")]
