"""``sobremesa run`` as a process: a signed webhook goes in, an answer goes out, SIGTERM ends it."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.store.serving import serving
from tests.commands.conftest import Running, Sobremesa, start
from tests.wire.telegram import SILENT, TelegramWire
from tests.wire.telegram_updates import ANA
from tests.wire.twilio import TwilioWire

FAMILY = "+15125550143"
WORDS = "Hola, soy la mamá de Sofía"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioWire]:
    async with TwilioWire() as wire:
        yield wire


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


def settings(command: Sobremesa, port: int, twilio: TwilioWire | None = None) -> dict[str, str]:
    env = {"SOBREMESA_DATABASE_URL": command.url, "SOBREMESA_PORT": str(port)}
    if twilio is None:
        return env
    return env | {
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": "+15125550100",
        "TWILIO_API_BASE_URL": twilio.base_url,
        "SOBREMESA_PUBLIC_URL": twilio.public_url,
    }


async def serve(command: Sobremesa, port: int, twilio: TwilioWire | None, *words: str) -> Running:
    running = await start(Path.cwd(), "run", *words, env=settings(command, port, twilio))
    await running.line_with("Ctrl-C stops" if "worker" not in words else "Telegram: off")
    return running


async def text(twilio: TwilioWire, port: int, body: str) -> int:
    post = twilio.inbound(FAMILY, body)
    url = f"http://127.0.0.1:{port}{post.url}"
    async with aiohttp.ClientSession() as http, http.post(url, data=post.body, headers=post.headers) as response:
        return response.status


async def answered(twilio: TwilioWire, count: int = 1) -> None:
    async with asyncio.timeout(20):
        while len(twilio.sent) < count:  # noqa: ASYNC110  # another process sends
            await asyncio.sleep(0.05)


async def test_a_signed_text_is_answered_and_sigterm_ends_it_cleanly(sobremesa: Sobremesa, twilio: TwilioWire):
    port = free_port()
    running = await serve(sobremesa, port, twilio)
    assert await text(twilio, port, WORDS) == 200
    await answered(twilio)
    done = await running.stop()

    assert done.code == 0, done.err
    assert (twilio.sent[0].to, twilio.sent[0].sender) == (FAMILY, "+15125550100")
    assert "Escuela Lincoln" in twilio.sent[0].body
    assert "Stopping" in done.err
    assert "Stopped." in done.err


async def test_its_log_holds_no_word_and_no_number(on_sqlite: Sobremesa, twilio: TwilioWire):
    port = free_port()
    running = await start(Path.cwd(), "run", env=settings(on_sqlite, port, twilio))
    await running.line_with("Listening on")
    await text(twilio, port, WORDS)
    await answered(twilio)
    done = await running.stop()

    assert "INFO bot.outbox: sent message_id=" in done.err
    for private in ("Sofía", FAMILY, FAMILY[2:], twilio.sent[0].body[:20]):
        assert private not in done.err


async def test_an_unsigned_text_is_not_taken(on_sqlite: Sobremesa, twilio: TwilioWire):
    port = free_port()
    running = await serve(on_sqlite, port, twilio)
    stranger = TwilioWire(auth_token="a-guess")
    assert await text(stranger, port, WORDS) == 403
    await running.stop()

    assert twilio.sent == []


async def test_on_postgresql_one_process_takes_texts_and_another_sends(on_postgres: Sobremesa, twilio: TwilioWire):
    sobremesa, port = on_postgres, free_port()
    web = await serve(sobremesa, port, twilio, "--role", "web")
    assert await text(twilio, port, WORDS) == 200
    await asyncio.sleep(1.5)
    assert twilio.sent == []

    worker = await serve(sobremesa, port, twilio, "--role", "worker")
    await answered(twilio)
    assert ((await web.stop()).code, (await worker.stop()).code) == (0, 0)


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_on_sqlite_one_process_does_everything(on_sqlite: Sobremesa, role: str):
    running = await start(Path.cwd(), "run", "--role", role, env=settings(on_sqlite, free_port()))
    done = await running.done()

    assert done.code == 1
    assert "On SQLite one process does everything: sobremesa run" in done.err


async def test_without_a_provider_it_serves_and_says_that_the_channel_is_off(on_sqlite: Sobremesa):
    port = free_port()
    running = await start(Path.cwd(), "run", env=settings(on_sqlite, port))
    assert "TWILIO_ACCOUNT_SID" in await running.line_with("SMS and WhatsApp: off")
    await running.line_with("Listening on")
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health/ready") as response:
        assert (response.status, await response.json()) == (200, {"ready": True})

    assert (await running.stop()).code == 0


async def test_a_port_that_is_taken_is_a_sentence(on_sqlite: Sobremesa):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = await (await start(Path.cwd(), "run", env=settings(on_sqlite, port))).done()

    assert done.code == 1
    assert f"Cannot listen on 127.0.0.1, port {port}: address already in use." in done.err
    assert "Traceback" not in done.err


async def test_a_second_process_on_sqlite_is_refused(on_sqlite: Sobremesa):
    with serving(on_sqlite.url):
        done = await (await start(Path.cwd(), "run", env=settings(on_sqlite, free_port()))).done()

    assert done.code == 1
    assert "Another process serves this database already; stop it first." in done.err


async def test_without_a_school_it_does_not_start(folder: Path, sqlite_template: Path):
    from tests import databases

    url = databases.copied(sqlite_template, folder / "empty.db")
    done = await (await start(folder, "run", env={"SOBREMESA_DATABASE_URL": url})).done()

    assert done.code == 1
    assert "There is no school here yet." in done.err


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


def with_bot(command: Sobremesa, port: int, telegram: TelegramWire, **more: str) -> dict[str, str]:
    bot = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE_URL": telegram.base_url}
    return settings(command, port) | bot | more


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110  # another process does it
            await asyncio.sleep(0.05)


async def test_a_bot_is_asked_for_its_messages_and_a_restart_answers_none_twice(
    on_sqlite: Sobremesa, telegram: TelegramWire
):
    for texts in (["Hola"], ["menú"]):
        telegram.queue(*[last := telegram.message(ANA, text) for text in texts])
        running = await start(Path.cwd(), "run", env=with_bot(on_sqlite, free_port(), telegram))
        await running.line_with("Telegram: on, asked for messages")
        await running.line_with("Telegram: the bot is @lincoln_school_bot")
        await until(lambda: len(telegram.sent) > 0 and telegram.offset > last["update_id"])
        done = await running.stop()
        assert done.code == 0, done.err
        assert telegram.token not in done.err

    assert len([body for body in telegram.heard(ANA) if "gracias por escribir" in body.lower()]) <= 1


async def test_a_bot_with_a_secret_is_called(on_sqlite: Sobremesa, telegram: TelegramWire):
    port = free_port()
    secret = {"TELEGRAM_WEBHOOK_SECRET": "a-secret", "SOBREMESA_PUBLIC_URL": "https://school.example"}
    running = await start(Path.cwd(), "run", env=with_bot(on_sqlite, port, telegram, **secret))
    await running.line_with("Telegram: on, its messages come to https://school.example/hooks/telegram")
    await running.line_with("Listening on")
    await running.line_with("Telegram: the bot is @lincoln_school_bot")
    await until(lambda: bool(telegram.webhook["url"]))
    update = telegram.message(ANA, "Hola")
    assert await telegram.posts(f"http://127.0.0.1:{port}/hooks/telegram", update) == 204
    await until(lambda: len(telegram.sent) > 0)
    done = await running.stop()

    assert done.code == 0, done.err
    assert telegram.calls["getUpdates"] == 0
    for private in (telegram.token, "a-secret", str(ANA)):
        assert private not in done.err


async def test_the_port_is_open_before_telegram_answers(on_sqlite: Sobremesa, telegram: TelegramWire):
    port = free_port()
    telegram.next(SILENT, method="getMe")
    telegram.next(SILENT, method="setMyCommands")
    running = await start(Path.cwd(), "run", env=with_bot(on_sqlite, port, telegram))
    await running.line_with("Listening on")
    assert telegram.calls["getMe"] == 0, "it waited for its library"
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health/ready") as response:
        assert response.status == 200
    await until(lambda: telegram.calls["getMe"] > 0)
    telegram.queue(telegram.message(ANA, "Hola"))
    await until(lambda: len(telegram.sent) > 0)

    done = await running.stop()
    assert done.code == 0, done.err
    assert "Unclosed" not in done.err


async def test_the_apps_of_families_offer_the_commands(on_sqlite: Sobremesa, telegram: TelegramWire):
    running = await start(Path.cwd(), "run", env=with_bot(on_sqlite, free_port(), telegram))
    await until(lambda: len(telegram.commands) == 3)
    await running.stop()

    assert [command for command, _does in telegram.commands["es"]] == ["menu", "help", "stop"]
    assert telegram.commands[""] == telegram.commands["en"]
    assert telegram.commands["en"][2] == ("stop", "No more messages")


async def test_without_telegram_its_library_is_not_loaded(on_sqlite: Sobremesa):
    code = "import sys, bot.app, bot.cli, bot.commands.serving; print('aiogram' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()

    assert out.decode().strip() == "False"


async def test_on_postgresql_the_worker_asks_and_the_web_process_does_not(
    on_postgres: Sobremesa, telegram: TelegramWire
):
    env = with_bot(on_postgres, free_port(), telegram)
    web = await start(Path.cwd(), "run", "--role", "web", env=env)
    await web.line_with("Telegram: on, in the worker")
    await web.line_with("Ctrl-C stops")
    telegram.queue(telegram.message(ANA, "Hola"))
    await asyncio.sleep(1)
    assert telegram.calls["getUpdates"] == 0

    worker = await start(Path.cwd(), "run", "--role", "worker", env=env)
    await until(lambda: len(telegram.sent) > 0)
    assert ((await web.stop()).code, (await worker.stop()).code) == (0, 0)
