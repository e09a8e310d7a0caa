"""What whoever watches the bot learns of a channel on which nobody is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import App, clock
from bot.channels.base import Channel
from bot.channels.phone import Phone
from bot.channels.telegram import Telegram
from bot.hearing import IN_A_ROW, Hearing
from bot.store.database import Database
from tests import databases
from tests.home import catalogs
from tests.wire.telegram import TelegramWire

WRONG_TOKEN = "Telegram does not accept TELEGRAM_BOT_TOKEN"


@asynccontextmanager
async def watched(url: str, *channels: Channel) -> AsyncIterator[tuple[App, TestClient[Any, Any]]]:
    """A bot that serves, and somebody who watches it."""
    database = Database.open(url)
    app = App(database, catalogs(), channels, clock)
    async with TestClient(TestServer(app.web())) as client, app.running():
        yield app, client
    await database.close()


async def ready(client: TestClient[Any, Any]) -> tuple[int, Any]:
    async with client.get("/health/ready") as answer:
        return answer.status, await answer.json()


async def in_trouble(app: App) -> None:
    async with asyncio.timeout(20):
        while not app.hearings[0].trouble:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.05)


def bot(telegram: TelegramWire, token: str, **more: str) -> Telegram:
    return Telegram(bot_token=token, api_base_url=telegram.base_url, **more)  # type: ignore[arg-type]  # by name


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    return databases.copied(sqlite_template, tmp_path / "sobremesa.db")


WEBHOOK = {"webhook_secret": "a-secret_for-tests", "public_url": "https://school.example"}


@pytest.mark.parametrize("way", [{}, WEBHOOK], ids=["asked", "called"])
async def test_a_wrong_token_is_a_warning_where_families_text_as_well(url: str, way: dict[str, str]) -> None:
    async with TelegramWire() as telegram:
        sms = Phone(("sms",), lambda _: None)
        async with watched(url, sms, bot(telegram, "7:yesterdays", **way)) as (app, client):
            assert await ready(client) == (200, {"ready": True})
            await in_trouble(app)

            assert await ready(client) == (200, {"ready": True, "warnings": {"telegram": WRONG_TOKEN}})
            assert telegram.calls["setMyCommands"] == 0, "nothing is shown by a bot that nobody knows"


async def test_where_nobody_is_heard_at_all_the_bot_is_not_ready(url: str) -> None:
    async with TelegramWire() as telegram, watched(url, bot(telegram, "7:yesterdays")) as (app, client):
        await in_trouble(app)

        assert await ready(client) == (
            503,
            {"ready": False, "reason": WRONG_TOKEN, "warnings": {"telegram": WRONG_TOKEN}},
        )


@pytest.mark.parametrize("way", [{}, WEBHOOK], ids=["asked", "called"])
async def test_a_bot_that_hears_is_ready_and_knows_its_name(url: str, way: dict[str, str]) -> None:
    async with TelegramWire() as telegram, watched(url, bot(telegram, telegram.token, **way)) as (app, client):
        async with asyncio.timeout(20):
            while not app.bot_name:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.05)

        assert await ready(client) == (200, {"ready": True})


def test_trouble_is_said_once_after_some_failures_in_a_row_and_tells_the_newest_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hearing = Hearing("telegram")
    for _ in range(IN_A_ROW - 1):
        hearing.failed("Telegram cannot be reached")
    hearing.went_well()
    for _ in range(IN_A_ROW - 1):
        hearing.failed("Telegram cannot be reached")
    assert (hearing.trouble, caplog.records) == ("", [])

    for reason in ("Telegram cannot be reached", "Telegram cannot be reached", WRONG_TOKEN):
        hearing.failed(reason)
    assert [record.__dict__["reason"] for record in caplog.records] == ["Telegram cannot be reached"]
    assert hearing.trouble == WRONG_TOKEN
    hearing.went_well()
    assert hearing.trouble == ""
