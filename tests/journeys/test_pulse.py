"""How a family was received, over the wire: asked the day after, answered, and nowhere kept with its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import help_desk
from bot.language.voice import Voice
from bot.records import StaffMember
from bot.store import help_requests, pulses, staff
from bot.store.database import Database
from bot.store.tables import metadata
from tests.home import CHICAGO, catalogs
from tests.journeys import telegram
from tests.journeys.school import ANA, LUIS, Lincoln, school

WORDS = "nadie hablaba español en la puerta"
THE_DAY_AFTER = datetime(2027, 3, 13, 11, 0, tzinfo=CHICAGO)


AnyLincoln: TypeAlias = Lincoln | telegram.Lincoln


async def came_to_the_dinner(lincoln: Lincoln) -> None:
    """The Rojas family comes, and the next morning it is asked."""
    await answered(lincoln, partial(lincoln.texts, ANA))
    lincoln.now = THE_DAY_AFTER
    await at_work(lincoln)


async def answered(lincoln: AnyLincoln, texts: Callable[[str], Awaitable[None]]) -> None:
    """The Rojas family comes to the dinner."""
    await lincoln.invite()
    for text in ("2 adultos 3 niños", "si", "no"):
        await texts(text)


async def at_work(lincoln: AnyLincoln) -> None:
    """Everything that is due is done."""
    while await lincoln.app.jobs.do_due() or await lincoln.app.timers.ring():
        pass
    lincoln.app.outbox.wake()
    await lincoln.settled()


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    async with database.read() as db:
        found = {}
        for table in metadata.sorted_tables:
            found[table.name] = [dict(row._mapping) for row in await db.execute(select(table))]
        return found


async def test_the_parent_who_answered_is_asked_the_day_after(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)

        assert "Cena de familias" in lincoln.heard(ANA)[-1]
        assert "Del 1 (nada) al 5 (mucho)" in lincoln.heard(ANA)[-1]
        assert not any("Did your family feel welcome" in body for body in lincoln.heard(LUIS))


async def test_nothing_of_an_answer_stands_beside_the_contact(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        before = await everything(lincoln.app.database)
        await lincoln.texts(ANA, "2")
        await lincoln.texts(ANA, WORDS)
        after = await everything(lincoln.app.database)

    assert lincoln.heard(ANA)[-2].startswith("Gracias. ¿Qué ayudó")
    assert lincoln.heard(ANA)[-1].startswith("Lo sentimos")
    holding = [name for name, rows in after.items() if "nadie hablaba" in repr(rows) or "Lo sentimos" in repr(rows)]
    assert holding == ["pulse_answers"]
    (answer,) = after["pulse_answers"]
    assert set(answer) == {"id", "school_id", "pulse_id", "language", "score", "words"}

    news = [row for row in after["messages"] if row not in before["messages"]]
    assert [(row["outgoing"], row["body"]) for row in news] == [(True, ""), (True, "")]
    (talk,) = [row for row in after["conversations"] if row["flow"] == "pulse"]
    assert talk["record"] == {"answers": {}, "told": [], "kept": {}, "rest": ""}
    assert [row["answered"] for row in after["pulse_recipients"]] == [True]


async def test_every_score_leaves_the_same_trace(database_url: str) -> None:
    traces = []
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        start = lincoln.now
        for score in ("1", "5"):
            lincoln.now = start
            async with lincoln.app.database.write() as db:
                for name in ("pulse_answers", "timers"):
                    await db.execute(metadata.tables[name].delete())
                table = metadata.tables["conversations"]
                await db.execute(table.update().where(table.c.flow == "pulse").values(stage="open", record={}))
            known = {row["id"] for row in (await everything(lincoln.app.database))["messages"]}
            await lincoln.texts(ANA, score)
            await lincoln.texts(ANA, "no")
            rows = await everything(lincoln.app.database)
            rows["pulse_answers"] = []
            unlike = {"id", "attempt_id", "provider_id", "fired_at", "seen_at"}
            left = {
                name: [
                    {column: value for column, value in row.items() if column not in unlike}
                    for row in table_rows
                    if name != "messages" or row["id"] not in known
                ]
                for name, table_rows in rows.items()
                if name not in ("inbox_keys", "next_id", "senders")
            }
            traces.append(left)

    assert traces[0] == traces[1]


async def test_llamar_opens_a_request_days_later(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        await lincoln.texts(ANA, "1")
        await lincoln.texts(ANA, "no")
        lincoln.now += timedelta(days=2)
        await lincoln.texts(ANA, "Llamar por favor")

        async with lincoln.app.database.read() as db:
            calls = await help_requests.open_of_school(db, lincoln.school.id)
        assert [call.reason for call in calls] == ["pulse"]
        assert "ve su nombre porque usted lo pide" in lincoln.heard(ANA)[-1]


async def test_a_score_alone_counts_when_its_day_is_over(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        await lincoln.texts(ANA, "4")
        lincoln.now += timedelta(days=1)
        await at_work(lincoln)
        rows = await everything(lincoln.app.database)

    assert [(row["score"], row["words"]) for row in rows["pulse_answers"]] == [(4, "")]
    assert [row["record"]["answers"] for row in rows["conversations"] if row["flow"] == "pulse"] == [{}]


async def test_what_a_family_tells_by_itself_goes_to_a_pulse_of_the_school(database_url: str) -> None:
    async with school(database_url) as lincoln:
        for text in ("menu", "3", "2", "the office never answers"):
            await lincoln.texts(LUIS, text)
        for text in ("menú", "3", "5", "no"):
            await lincoln.texts(ANA, text)
        async with lincoln.app.database.read() as db:
            (standing,) = await pulses.of_school(db, lincoln.school.id)
            answered = await pulses.counts(db, [standing.id])
        rows = await everything(lincoln.app.database)

    assert standing.is_standing
    assert answered[standing.id] == (2, 2)
    assert sorted((row["score"], row["words"]) for row in rows["pulse_answers"]) == [
        (2, "the office never answers"),
        (5, ""),
    ]
    assert "never answers" not in repr({**rows, "pulse_answers": []})


async def test_danger_in_a_pulse_reaches_staff_with_its_words(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        await lincoln.texts(ANA, "1")
        await lincoln.texts(ANA, "mi esposo me pega")
        rows = await everything(lincoln.app.database)

    assert any(row["body"] == "mi esposo me pega" for row in rows["messages"])
    assert [row["reason"] for row in rows["help_requests"]] == ["danger"]
    assert "Esa persona ve su nombre" in lincoln.heard(ANA)[-1]
    assert rows["pulse_answers"] == []


async def test_the_log_of_the_process_holds_no_word_of_it(database_url: str, caplog: Any) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        await lincoln.texts(ANA, "2")
        await lincoln.texts(ANA, WORDS)

    assert "hablaba" not in repr([vars(record) for record in caplog.records])


async def test_words_about_events_are_an_answer_and_leave_no_event_news(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        await lincoln.texts(ANA, "3")
        await lincoln.texts(ANA, "no más eventos tan tarde")

        assert lincoln.heard(ANA)[-1].startswith("Gracias por decirlo")
        rows = await everything(lincoln.app.database)
    holding = [name for name, found in rows.items() if "tan tarde" in repr(found)]
    assert holding == ["pulse_answers"]


@pytest.mark.parametrize("text", ["sí por favor", "si", "yes please"])
async def test_a_yes_to_the_offer_of_a_person_asks_for_one(database_url: str, text: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        for said in ("1", "no", text):
            await lincoln.texts(ANA, said)

        assert lincoln.heard(ANA)[-1].startswith("Con gusto: una persona")
        async with lincoln.app.database.read() as db:
            calls = await help_requests.open_of_school(db, lincoln.school.id)
    assert [call.reason for call in calls] == ["pulse"]


@pytest.mark.parametrize("text", ["ok", "gracias", "de nada"])
async def test_thanks_after_a_pulse_ask_for_nobody(database_url: str, text: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        for said in ("4", "no", text):
            await lincoln.texts(ANA, said)

        async with lincoln.app.database.read() as db:
            assert not await help_requests.open_of_school(db, lincoln.school.id)


@asynccontextmanager
async def family_on(
    channel: str, database_url: str
) -> AsyncIterator[tuple[AnyLincoln, Callable[[str], Awaitable[None]]]]:
    """The school, and how Ana writes to it."""
    if channel == "sms":
        async with school(database_url) as lincoln:
            yield lincoln, partial(lincoln.texts, ANA)
    else:
        async with telegram.telegram_school(database_url) as on_telegram:
            yield on_telegram, partial(on_telegram.texts, telegram.ANA)


@pytest.mark.parametrize("channel", ["sms", "telegram"])
async def test_a_person_in_the_thread_reads_what_is_for_them_and_no_score(database_url: str, channel: str) -> None:
    async with family_on(channel, database_url) as (lincoln, texts):
        await answered(lincoln, texts)
        lincoln.now = THE_DAY_AFTER - timedelta(hours=1)
        await texts("necesito hablar con una persona sobre el autobús")
        desk = Desk(lincoln)
        await desk.begins()
        await desk.says("¿Cuántos niños van en el autobús?")
        await texts("2")
        assert await desk.reads() == "2"

        lincoln.now = THE_DAY_AFTER
        await at_work(lincoln)
        await desk.asks_whether_it_is_settled()
        await texts("3")
        await texts(WORDS)
        await texts("si")
        rows = await everything(lincoln.app.database)

        assert [(row["score"], row["words"]) for row in rows["pulse_answers"]] == [(3, WORDS)]
        assert [row["closed_by"] for row in rows["help_requests"]] == ["family"]
        assert [row["body"] for row in rows["messages"] if not row["outgoing"]][-2:] == ["2", "si"]
        assert await desk.reads() == "si"
        assert WORDS not in repr({**rows, "pulse_answers": []})


@pytest.mark.parametrize("channel", ["sms", "telegram"])
async def test_a_number_that_may_be_for_a_person_stands_in_the_thread_once_the_family_says_so(
    database_url: str, channel: str
) -> None:
    async with family_on(channel, database_url) as (lincoln, texts):
        await answered(lincoln, texts)
        lincoln.now = THE_DAY_AFTER
        await at_work(lincoln)
        await texts("necesito hablar con una persona sobre el autobús")
        desk = Desk(lincoln)
        await desk.begins()
        await desk.says("¿Cuántos niños van en el autobús?")
        lincoln.now += timedelta(minutes=30)
        await texts("3")
        assert await desk.reads() == "necesito hablar con una persona sobre el autobús"
        await texts("2")
        assert await desk.reads() == "3"

        rows = await everything(lincoln.app.database)
        assert rows["pulse_answers"] == []
        (which,) = [row for row in rows["conversations"] if row["flow"] == "which"]
        assert which["record"] == {"answers": {}, "told": [], "kept": {}, "rest": ""}


@pytest.mark.parametrize("channel", ["sms", "telegram"])
async def test_a_score_and_its_words_in_one_text_are_one_answer(database_url: str, channel: str) -> None:
    async with family_on(channel, database_url) as (lincoln, texts):
        await answered(lincoln, texts)
        lincoln.now = THE_DAY_AFTER
        await at_work(lincoln)
        await texts(f"3 {WORDS}")
        rows = await everything(lincoln.app.database)

    assert [(row["score"], row["words"]) for row in rows["pulse_answers"]] == [(3, WORDS)]
    assert WORDS not in repr({**rows, "pulse_answers": []})


async def test_thanks_are_words_and_a_yes_is_asked_for_its_words(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        for text in ("mucho", "sí", "gracias"):
            await lincoln.texts(ANA, text)
        rows = await everything(lincoln.app.database)

    assert lincoln.heard(ANA)[-2] != "¿Cuál? Puede escribirlo con sus palabras."
    assert [(row["score"], row["words"]) for row in rows["pulse_answers"]] == [(5, "gracias")]


async def test_who_was_not_there_is_counted_nowhere_and_leaves_no_word_behind(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await came_to_the_dinner(lincoln)
        before = len(lincoln.heard(ANA))
        await lincoln.texts(ANA, "no pudimos ir porque mi hijo se enfermó")
        await lincoln.texts(ANA, "ok gracias")
        rows = await everything(lincoln.app.database)

    assert len(lincoln.heard(ANA)) == before + 1, "thanks to a goodbye are answered by nothing"
    assert (rows["pulse_answers"], rows["help_requests"]) == ([], [])
    assert [row["answered"] for row in rows["pulse_recipients"]] == [False]
    assert "se enferm" not in repr(rows)


async def test_a_button_asks_for_a_call_where_a_text_would(database_url: str) -> None:
    async with telegram.telegram_school(database_url) as lincoln:
        await answered(lincoln, partial(lincoln.texts, telegram.ANA))
        lincoln.now = THE_DAY_AFTER
        await at_work(lincoln)
        for reply in ("2", "👎"):
            await lincoln.presses(telegram.ANA, reply)
        [label] = lincoln.labels(telegram.ANA)
        assert "LLAMAR" not in lincoln.heard(telegram.ANA)[-1]
        lincoln.now += timedelta(days=2)
        await lincoln.presses(telegram.ANA, label)

        assert lincoln.heard(telegram.ANA)[-1].startswith("Con gusto: una persona")
        async with lincoln.app.database.read() as db:
            calls = await help_requests.open_of_school(db, lincoln.school.id)
    assert [call.reason for call in calls] == ["pulse"]


class Desk:
    """Sra. Ortiz at the one request of the school."""

    def __init__(self, lincoln: AnyLincoln) -> None:
        self._lincoln = lincoln
        self._voice = Voice(catalogs(), lincoln.school)

    async def begins(self) -> None:
        async with self._lincoln.app.database.write() as db:
            ortiz = StaffMember(0, self._lincoln.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "en")
            added = await staff.add(db, ortiz, self._lincoln.now)
            assert added is not None
            self._ortiz = added
            (call,) = await help_desk.calls(db, self._lincoln.school)
            self._id = call.request.id

    async def says(self, text: str) -> None:
        await self._does(lambda db: help_desk.reply(db, self._voice, self._id, text, self._ortiz, self._lincoln.now))

    async def asks_whether_it_is_settled(self) -> None:
        await self._does(lambda db: help_desk.ask_settled(db, self._voice, self._id, self._ortiz, self._lincoln.now))

    async def _does(self, work: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        self._lincoln.now += timedelta(minutes=1)
        async with self._lincoln.app.database.write() as db:
            await work(db)
        self._lincoln.app.outbox.wake()
        await self._lincoln.settled()

    async def reads(self) -> str:
        """The last that the family wrote, as the thread shows it."""
        async with self._lincoln.app.database.read() as db:
            call = await help_desk.find(db, self._lincoln.school, self._id)
            shown = await help_desk.thread(db, call)
        return [message.body for message in shown if not message.outgoing][-1]
