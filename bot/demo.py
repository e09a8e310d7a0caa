"""The demo: a sample school on an embedded database, with a phone on the screen. It needs no account and no network."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

from bot import logs
from bot.app import App, clock, serve
from bot.channels.phone import Phone
from bot.console import pages
from bot.errors import Refusal
from bot.language.catalogs import Catalogs
from bot.sample import LANGUAGES
from bot.sample.news import News
from bot.sample.simulator import Simulator
from bot.store import engines, migrate
from bot.store.database import Database
from bot.store.serving import serving

DATABASE = Path("data/demo.db")
HOST = "127.0.0.1"
"""Nobody but this machine: whoever opens the demo reads and texts as everyone in it."""


def run(port: int, reset: bool) -> None:
    """Serve the sample school until Ctrl+C; with ``reset`` it begins anew, else it goes on as it was left.

    Raises AlreadyServing where another demo is open here, Refusal where the port is taken.
    """
    url = f"sqlite:///{DATABASE}"
    engines.make_place(engines.address(url))
    with serving(url):
        _check_free(port)
        if reset or (migrate.current(url) or "") > migrate.head():
            _remove()
        migrate.migrate(url)
        asyncio.run(_serve(url, port))


def _check_free(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        another = port + 1 if port < 65_535 else 8080
        raise Refusal(f"Port {port} cannot be used here. Try another one: sobremesa demo --port {another}") from error


def _remove() -> None:
    for part in ("", "-wal", "-shm"):
        DATABASE.with_name(DATABASE.name + part).unlink(missing_ok=True)


async def _serve(url: str, port: int) -> None:
    logs.begin(least=logging.WARNING)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as leaving:
        database = Database.open(url)
        leaving.push_async_callback(database.close)
        catalogs, news = Catalogs.load(LANGUAGES), News()
        phone = Phone(("sms",))
        app = App(database, catalogs, [phone])
        simulator = Simulator(database, catalogs, app.inbox, clock, news)
        phone.listener = simulator.hear
        await simulator.begin()
        await serve(app, HOST, port, stop, pages(simulator), listening=lambda: _welcome(port))


def _welcome(port: int) -> None:
    # For whoever ran the command; the log is for operators.
    print(f"Escuela Lincoln is open: http://{HOST}:{port}/phone", flush=True)  # noqa: T201
    print("Text it as a parent would, in Spanish or English. Ctrl+C closes it.", flush=True)  # noqa: T201
