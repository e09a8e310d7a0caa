"""The demo as it is served: its school, its bot and its pages on a port of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.app import App
from bot.channels.phone import Phone
from bot.console import pages
from bot.language.catalogs import Catalogs
from bot.sample import LANGUAGES
from bot.sample.news import News
from bot.sample.simulator import Simulator
from bot.store.database import Database
from tests import databases

NOON = datetime(2027, 3, 2, 18, 0, tzinfo=UTC)
"""A Tuesday in Austin; the dinner is on Thursday of the next week."""


@dataclass(frozen=True, slots=True)
class Demo:
    """``url`` is where its pages begin."""

    url: str
    app: App
    simulator: Simulator

    async def phone_of(self, name: str) -> str:
        """The page of somebody's phone."""
        scene = await self.simulator.scene()
        (found,) = (one.id for _home, living in scene.homes for one in living if one.name == name)
        return f"{self.url}/phone/{found}"


@pytest.fixture
async def demo(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Demo]:
    """The sample school, open at noon."""
    async with served(databases.copied(sqlite_template, tmp_path / "demo.db")) as demo:
        yield demo


@asynccontextmanager
async def served(url: str) -> AsyncIterator[Demo]:
    """The demo on this database, which has its tables and nothing in them."""
    database, news = Database.open(url), News()
    app = App(database, Catalogs.load(LANGUAGES), [Phone(("sms",), news.tell)], lambda: NOON)
    simulator = Simulator(database, app.catalogs, app.inbox, app.now, news)
    await simulator.begin()
    async with app.running():
        runner = web.AppRunner(app.web(pages(simulator)), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _host, port = runner.addresses[0][:2]
        yield Demo(f"http://127.0.0.1:{port}", app, simulator)
        await runner.cleanup()
    await database.close()
