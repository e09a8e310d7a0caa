"""Phones without a phone: what they show, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.channels.phone import Phone
from bot.language.catalogs import Catalogs
from bot.sample import LANGUAGES
from bot.sample.news import News
from bot.sample.simulator import NEW_NUMBERS, Simulator
from bot.store import messages
from bot.store.database import Database
from flows.facts import Contact
from tests import databases

NOW = datetime(2027, 3, 2, 18, 0, tzinfo=UTC)


class Stage:
    """A sample school whose time can be moved."""

    def __init__(self, database: Database) -> None:
        self.now = NOW
        self.database = database
        self.news = News()
        phone = Phone(("sms",))
        self.app = App(database, Catalogs.load(LANGUAGES), [phone], lambda: self.now)
        self.simulator = Simulator(database, self.app.catalogs, self.app.inbox, self.app.now, self.news)
        phone.listener = self.simulator.hear

    async def contact(self, name: str) -> Contact:
        scene = await self.simulator.scene()
        return next(one for _home, living in scene.homes for one in living if one.name == name)

    async def thread(self, contact: Contact) -> list[str]:
        return [line.body for line in (await self.simulator.scene(contact.id)).thread]


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    database = Database.open(databases.copied(sqlite_template, tmp_path / "sample.db"))
    stage = Stage(database)
    await stage.simulator.begin()
    yield stage
    await database.close()


async def test_it_goes_on_as_it_was_left_until_an_event_is_over(stage: Stage):
    async with stage.app.running():
        await stage.simulator.text(NEW_NUMBERS[0], "Hola")
    await stage.simulator.begin()
    assert await stage.simulator.new_number() == NEW_NUMBERS[1]

    stage.now += timedelta(days=30)
    await stage.simulator.begin()
    scene = await stage.simulator.scene()
    assert await stage.simulator.new_number() == NEW_NUMBERS[0]
    assert all(one.event.starts > stage.now for one in scene.happenings)


async def test_begun_anew_it_forgets_what_was_texted(stage: Stage):
    async with stage.app.running():
        await stage.simulator.text(NEW_NUMBERS[0], "Hola")
    await stage.simulator.begin(anew=True)
    assert await stage.simulator.new_number() == NEW_NUMBERS[0]


async def test_a_text_returns_with_its_answer_sent(stage: Stage):
    rosa = await stage.contact("Rosa García")
    async with stage.app.running():
        await stage.simulator.text(rosa.address, "si vamos 2 grandes y 3 niños")
        *_before, said, answer = await stage.thread(rosa)
    assert said == "si vamos 2 grandes y 3 niños"
    assert answer.startswith("¿Cuidado infantil para los 3 niños")


async def test_what_is_not_sent_yet_or_never_is_does_not_show(stage: Stage):
    rosa = await stage.contact("Rosa García")
    assert await stage.thread(rosa) == [], "nothing is sent before the bot runs"
    async with stage.app.running(sending=False):
        began = asyncio.get_running_loop().time()
        await stage.simulator.text(rosa.address, "ALTO")
        assert asyncio.get_running_loop().time() - began < 2, "it waits for an answer, but not for long"
    await stage.app.outbox.drain()
    said, confirmed = await stage.thread(rosa)
    assert said == "ALTO"
    assert "ya no le mandaremos mensajes" in confirmed, "and the invitation of before the stop was dropped"


async def test_a_text_is_cleaned_as_at_every_border(stage: Stage):
    ann = await stage.contact("Ann Miller")
    async with stage.app.running():
        await stage.simulator.text(ann.address, "hi\x00 \ud800there\r\n" + "x" * 20_000)
        (said,) = (text for text in await stage.thread(ann) if "there" in text)
    assert said.startswith("hi there\nx")
    assert len(said) == 10_000


async def test_when_all_new_numbers_are_taken_the_last_one_is_given_again(stage: Stage):
    async with stage.app.running():
        await asyncio.gather(*(stage.simulator.text(number, "Hola") for number in NEW_NUMBERS))
    assert await stage.simulator.new_number() == NEW_NUMBERS[-1]


async def test_a_phone_remembers_what_the_school_does_not_keep(stage: Stage):
    rosa = await stage.contact("Rosa García")
    async with stage.app.running():
        for text in ("menu", "3", "2", "nadie hablaba español"):
            stage.now += timedelta(minutes=1)
            await stage.simulator.text(rosa.address, text)
        thread = await stage.thread(rosa)
    async with stage.database.read() as db:
        kept = [line.body for line in await messages.thread_of(db, rosa.id, 20)]

    assert thread[-4] == "2"
    assert thread[-2] == "nadie hablaba español"
    assert all(thread[-4:])
    assert "nadie hablaba español" not in kept
    assert kept[-2:] == ["", ""]
