"""Times that come: taken up once, and never the end of anything else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.store import help_requests
from flows import FLOWS
from flows.core.flow import Flow
from tests.journeys.school import ANA, school


async def test_a_perhaps_is_asked_again_when_its_time_comes_and_only_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        await lincoln.texts(ANA, "tal vez")
        lincoln.now = lincoln.dinner.starts - timedelta(days=2)

        assert sum(await asyncio.gather(lincoln.app.timers.ring(), lincoln.app.timers.ring())) == 1
        await lincoln.settled()

        asked = [body for body in lincoln.heard(ANA) if "¿Puede venir su familia?" in body]
        assert len(asked) == 1


async def test_a_time_whose_flow_raises_calls_a_person(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of ours")

    async with school(database_url) as lincoln:
        await lincoln.invite()
        await lincoln.texts(ANA, "tal vez")
        lincoln.now += timedelta(days=10)
        monkeypatch.setitem(FLOWS, "rsvp", Flow("rsvp", broken, about="event"))
        await lincoln.app.timers.ring()

        async with lincoln.app.database.read() as db:
            calls = await help_requests.open_of_school(db, lincoln.school.id)
        assert [call.reason for call in calls] == ["failure"]


async def test_the_clock_goes_on_after_a_fault_of_the_database(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with school(database_url) as lincoln:
        async with lincoln.app.database.write() as db:
            await db.execute(text("ALTER TABLE timers RENAME TO put_away"))
        clock = asyncio.create_task(lincoln.app.timers.run())
        async with asyncio.timeout(10):
            while "timers failed" not in caplog.text:  # noqa: ASYNC110 - only the log tells
                await asyncio.sleep(0.01)

        assert not clock.done()
        clock.cancel()
        await lincoln.texts(ANA, "Hola")
        assert len(lincoln.heard(ANA)) == 1
        async with lincoln.app.database.write() as db:
            await db.execute(text("ALTER TABLE put_away RENAME TO timers"))
