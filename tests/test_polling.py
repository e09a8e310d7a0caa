"""Asking Telegram: nothing is forgotten there before it is kept here, and nothing that comes ends the asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from bot.channels.telegram import Telegram
from bot.errors import Busy
from bot.hearing import IN_A_ROW, Hearing
from bot.inbox import Inbox
from bot.messages import Inbound
from bot.polling import Poller, Waits
from bot.store import schools
from bot.store.database import Database
from tests.home import CHICAGO, catalogs
from tests.wire.telegram import RESET_BEFORE, TelegramWire, error
from tests.wire.telegram_updates import ANA, LUIS, chat, malformed

NOW = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
QUICK = Waits(first=0.01, longest=0.05, slow=0.1, slowest=0.2)


class Shaky(Inbox):
    """An inbox whose database is away for some texts; ``trouble`` says of each what is raised, if anything."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, catalogs(), lambda: NOW)
        self.trouble: Callable[[Inbound], Exception | None] = lambda _: None
        self.taken: list[str] = []
        self.tried: list[str] = []

    async def receive(self, inbound: Inbound) -> bool:
        self.tried.append(inbound.text)
        if (problem := self.trouble(inbound)) is not None:
            raise problem
        new = await super().receive(inbound)
        self.taken.append(inbound.text)
        return new


@dataclass
class Asking:
    """A process that asks."""

    telegram: TelegramWire
    database: Database
    inbox: Shaky
    channel: Telegram
    hearing: Hearing
    stop: Callable[[], Any]

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 - the wire tells nobody
                await asyncio.sleep(0.01)

    async def confirmed(self, update: dict[str, Any]) -> None:
        """Wait until Telegram was told to forget this update."""
        await self.until(lambda: self.telegram.offset > update["update_id"])

    async def kept(self) -> list[str]:
        """The texts in the log, in the order in which they were taken."""
        async with self.database.read() as db:
            rows = await db.execute(text("SELECT body FROM messages WHERE NOT outgoing ORDER BY id"))
        return [body for (body,) in rows]


@asynccontextmanager
async def asking(telegram: TelegramWire, url: str, waits: Waits = QUICK) -> AsyncIterator[Asking]:
    """A process that asks, with an inbox of its own."""
    database = Database.open(url)
    async with database.write() as db:
        if not await schools.all_schools(db):
            await schools.add(db, "Lincoln", CHICAGO, ("en", "es"), now=NOW)
    channel = Telegram(bot_token=telegram.token, api_base_url=telegram.base_url, seconds=2)
    inbox = Shaky(database)
    hearing = Hearing("telegram")
    poller = Poller(channel, inbox, database, lambda: NOW, seconds=2, waits=waits, look_every=0.1, hearing=hearing)
    running = [asyncio.create_task(inbox.run()), asyncio.create_task(poller.run())]

    async def stop() -> None:
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await channel.close()

    try:
        yield Asking(telegram, database, inbox, channel, hearing, stop)
    finally:
        await stop()
        await database.close()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


async def test_what_waits_is_taken_and_then_forgotten_at_telegram(telegram: TelegramWire, database_url: str) -> None:
    async with asking(telegram, database_url) as lincoln:
        telegram.queue(telegram.message(ANA, "Hola"), last := telegram.message(LUIS, "Hello"))
        await lincoln.confirmed(last)

        assert sorted(await lincoln.kept()) == ["Hello", "Hola"]
        assert telegram.asked[0]["allowed_updates"] == (
            '["message", "edited_message", "callback_query", "my_chat_member"]'
        )
        assert "offset" not in telegram.asked[0]


async def test_a_webhook_of_before_is_taken_away_and_nothing_is_dropped(
    telegram: TelegramWire, database_url: str
) -> None:
    telegram.webhook = {"url": "https://school.example/hooks/telegram"}
    telegram.queue(before := telegram.message(ANA, "Hola"))
    async with asking(telegram, database_url) as lincoln:
        await lincoln.confirmed(before)

        assert await lincoln.kept() == ["Hola"]
        assert (telegram.webhook["url"], telegram.dropped) == ("", 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_text_that_cannot_be_stored_yet_is_not_forgotten_at_telegram(
    telegram: TelegramWire, database_url: str
) -> None:
    async with asking(telegram, database_url) as lincoln:
        lincoln.inbox.trouble = lambda inbound: Busy() if inbound.text == "Hola" else None
        telegram.queue(first := telegram.message(ANA, "Hola"), telegram.message(LUIS, "Hello"))
        await lincoln.until(lambda: lincoln.inbox.tried.count("Hola") > 6)
        assert telegram.offset <= first["update_id"]
        assert lincoln.inbox.taken == ["Hello"]

        lincoln.inbox.trouble = lambda _: None
        await lincoln.confirmed(first)
        assert sorted(await lincoln.kept()) == ["Hello", "Hola"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_texts_of_one_chat_stay_in_order_whatever_the_database_does(
    telegram: TelegramWire, database_url: str
) -> None:
    async with asking(telegram, database_url) as lincoln:
        away = iter([Busy(), None, Busy(), Busy()])
        lincoln.inbox.trouble = lambda _: next(away, None)
        words = ["la manzana", "la pera", "la uva", "el mango", "la piña"]
        updates = [telegram.message(ANA, each) for each in words]
        telegram.queue(*updates)
        await lincoln.confirmed(updates[-1])

        assert await lincoln.kept() == words


async def test_chats_do_not_wait_for_each_other(telegram: TelegramWire, database_url: str) -> None:
    batches: list[int] = []
    async with asking(telegram, database_url) as lincoln:
        lincoln.inbox._on_commit = lambda: batches.append(1)
        updates = [telegram.message(n, "Hola", chat=chat(n)) for n in range(ANA, ANA + 60)]
        telegram.queue(*updates)
        await lincoln.confirmed(updates[-1])

        assert len(await lincoln.kept()) == 60
        assert len(batches) <= 4


async def test_what_comes_again_after_a_crash_is_one_turn(telegram: TelegramWire, database_url: str) -> None:
    update, kept = telegram.message(ANA, "Hola"), []
    for _ in range(2):
        async with asking(telegram, database_url) as lincoln:
            # As if the first process ended before it told Telegram.
            telegram.offset = 0
            telegram.queue(update)
            await lincoln.until(lambda: "Hola" in lincoln.inbox.taken)
            await lincoln.stop()
            kept = await lincoln.kept()

    assert kept == ["Hola"]
    assert telegram.handed_out[update["update_id"]] >= 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_odd_updates_in_the_middle_hold_up_nobody(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking(telegram, database_url) as lincoln:
        odd = [update for update in malformed() if isinstance(update, dict)]
        for n, update in enumerate(odd):
            update["update_id"] = 700_000_000 + n
        telegram._updates += len(odd)
        telegram.queue(*odd, None, "Hola", telegram.unknown(), last := telegram.message(ANA, "sí vamos"))
        await lincoln.confirmed(last)

        assert await lincoln.kept() == ["sí vamos"]
    assert "an update could not be read" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_text_that_can_never_be_stored_is_passed_over_by_its_number(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking(telegram, database_url) as lincoln:
        lincoln.inbox.trouble = lambda inbound: ValueError("veneno") if inbound.text == "veneno" else None
        telegram.queue(bad := telegram.message(ANA, "veneno"), last := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(last)

        assert lincoln.inbox.tried.count("veneno") == 5
        assert await lincoln.kept() == ["Hola"]
    [passed_over] = [record for record in caplog.records if "passed over" in record.message]
    assert passed_over.__dict__["update_id"] == bad["update_id"]
    assert "veneno" not in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("trouble", [None, ValueError()])
async def test_a_button_is_answered_once_its_turn_is_over_however_that_ended(
    telegram: TelegramWire, database_url: str, trouble: Exception | None
) -> None:
    async with asking(telegram, database_url) as lincoln:
        lincoln.inbox.trouble = lambda _: trouble
        telegram.queue(pressed := telegram.press(telegram.shown(ANA), "1"))
        await lincoln.until(lambda: bool(telegram.answered))

        assert telegram.answered == [pressed["callback_query"]["id"]]
        assert lincoln.inbox.tried.count("1") == (5 if trouble else 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_failure_of_telegram_ends_the_asking(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    faults = [error(401, "Unauthorized"), error(502), error(409, "Conflict"), error(429, retry_after=0), RESET_BEFORE]
    telegram.next(error(500), RESET_BEFORE, method="deleteWebhook")
    telegram.next(*faults, method="getUpdates")
    async with asking(telegram, database_url) as lincoln:
        telegram.queue(update := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(update)

        assert await lincoln.kept() == ["Hola"]
    reasons = [record.__dict__["reason"] for record in caplog.records if record.name == "bot.polling"]
    assert "Another program asks for the messages of this bot" in reasons
    assert "Telegram does not accept TELEGRAM_BOT_TOKEN" in reasons
    assert len(reasons) == 7


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_mistake_of_ours_ends_nothing_either(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking(telegram, database_url) as lincoln:
        lincoln.channel.read_update = None  # type: ignore[method-assign,assignment]  # the mistake
        telegram.queue(update := telegram.message(ANA, "Hola"))
        await lincoln.until(lambda: "begins anew" in caplog.text)
        del lincoln.channel.read_update
        await lincoln.confirmed(update)

        assert await lincoln.kept() == ["Hola"]


@dataclass(frozen=True)
class Watched(Waits):
    """Waits that tell after how many tries in vain each of them was."""

    tries: list[int] = field(default_factory=list)

    def after(self, tries: int) -> float:
        self.tries.append(tries)
        return super().after(tries)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_after_a_call_that_went_well_the_waits_begin_anew(telegram: TelegramWire, database_url: str) -> None:
    waits = Watched(first=0.001, longest=0.01, slow=0.01)
    telegram.next(*[RESET_BEFORE] * 3, method="getUpdates")
    async with asking(telegram, database_url, waits) as lincoln:
        telegram.queue(first := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(first)
        telegram.next(*[RESET_BEFORE] * 2, method="getUpdates")
        telegram.queue(telegram.message(ANA, "sí"))  # ends the call that waits
        await lincoln.until(lambda: len(waits.tries) == 5)

    assert waits.tries == [0, 1, 2, 0, 1]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_of_two_processes_one_asks_and_the_other_takes_over(telegram: TelegramWire, database_url: str) -> None:
    async with asking(telegram, database_url) as first:
        await first.until(lambda: telegram.calls["getUpdates"] > 0)
        async with asking(telegram, database_url) as second:
            telegram.queue(one := telegram.message(ANA, "uno"))
            await first.confirmed(one)
            assert (first.inbox.taken, second.inbox.taken) == (["uno"], [])

            await first.stop()
            telegram.queue(two := telegram.message(ANA, "dos"))
            await second.confirmed(two)
            assert second.inbox.taken == ["dos"]
            assert await second.kept() == ["uno", "dos"]


async def test_two_pollers_of_two_installations_are_told_so(
    telegram: TelegramWire, sqlite_template: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from tests import databases

    urls = [databases.copied(sqlite_template, tmp_path / f"{n}.db") for n in range(2)]
    async with asking(telegram, urls[0]) as one, asking(telegram, urls[1]) as other:
        await one.until(lambda: "409" in str([record.__dict__.get("code") for record in caplog.records]))
        telegram.queue(update := telegram.message(ANA, "Hola"))
        await other.confirmed(update)

        assert sorted(await one.kept() + await other.kept()) == ["Hola"]


ANOTHER = "Another program asks for the messages of this bot"


def loud(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says at the level of an error."""
    return [str(record.__dict__.get("reason")) for record in caplog.records if record.levelno == logging.ERROR]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_another_program_that_asks_too_is_said_loudly_once_and_forgotten_once_it_is_gone(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.next(*[error(409, "Conflict")] * (IN_A_ROW + 2), method="getUpdates")
    async with asking(telegram, database_url) as lincoln:
        await lincoln.until(lambda: bool(lincoln.hearing.trouble))
        assert lincoln.hearing.trouble == ANOTHER

        telegram.queue(update := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(update)
        assert lincoln.hearing.trouble == ANOTHER, "it may only have its turn again"
        assert loud(caplog) == [ANOTHER]

        await asyncio.sleep(QUICK.alone_after)
        telegram.queue(update := telegram.message(ANA, "sí"))
        await lincoln.confirmed(update)
        assert lincoln.hearing.trouble == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_conflict_or_two_are_a_hiccup(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.next(*[error(409, "Conflict")] * (IN_A_ROW - 1), method="getUpdates")
    async with asking(telegram, database_url) as lincoln:
        telegram.queue(update := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(update)

    assert (lincoln.hearing.trouble, loud(caplog)) == ("", [])


def test_the_rests_beside_another_program_grow_and_have_an_end() -> None:
    rests = [Waits(slow=30, slowest=300).beside_another(n) for n in range(1, 30)]

    assert all(15 <= rest <= 30 for rest in rests[:IN_A_ROW])
    assert 60 <= rests[IN_A_ROW + 1] <= 120
    assert all(150 <= rest <= 300 for rest in rests[IN_A_ROW + 3 :])


async def test_of_two_installations_that_ask_at_once_both_say_so_and_the_one_left_recovers_by_itself(
    telegram: TelegramWire, sqlite_template: Any, tmp_path: Any
) -> None:
    from tests import databases

    urls = [databases.copied(sqlite_template, tmp_path / f"{n}.db") for n in range(2)]
    async with asking(telegram, urls[0]) as one:
        async with asking(telegram, urls[1]) as other:
            await one.until(lambda: one.hearing.trouble == other.hearing.trouble == ANOTHER)
        telegram.queue(first := telegram.message(ANA, "Hola"))
        await one.confirmed(first)
        await asyncio.sleep(QUICK.alone_after)
        telegram.queue(second := telegram.message(ANA, "sí"))
        await one.confirmed(second)

        assert one.hearing.trouble == ""
        assert await one.kept() == ["Hola", "sí"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", ["deleteWebhook", "getUpdates"])
async def test_a_token_that_is_not_accepted_is_said_loudly_once(
    telegram: TelegramWire, database_url: str, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    telegram.next(*[error(401, "Unauthorized")] * (IN_A_ROW + 3), method=method)
    async with asking(telegram, database_url) as lincoln:
        await lincoln.until(lambda: bool(lincoln.hearing.trouble))
        assert lincoln.hearing.trouble == "Telegram does not accept TELEGRAM_BOT_TOKEN"

        telegram.queue(update := telegram.message(ANA, "Hola"))
        await lincoln.confirmed(update)
        await lincoln.until(lambda: not lincoln.hearing.trouble)
    assert loud(caplog) == ["Telegram does not accept TELEGRAM_BOT_TOKEN"]
