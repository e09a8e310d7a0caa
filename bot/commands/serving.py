"""``sobremesa run`` and ``demo``: serve until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import check_ready, location, settings
from bot.commands.terminal import say
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings
    from flows.facts import School


class Role(StrEnum):
    """What a process does of the whole."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def demo(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the page is served.")] = 8080,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew, with the sample school as it was.")] = False,
) -> None:
    """Open a sample school with a phone on the screen: no account, no key, no network."""
    from bot import demo

    demo.run(port, reset)


def run(
    role: Annotated[
        Role,
        typer.Option(
            help="all: everything in this process. On PostgreSQL also web (takes texts) and worker (sends, and asks "
            "Telegram for its texts)."
        ),
    ] = Role.ALL,
) -> None:
    """Serve: take texts, answer them, send what is due. Ctrl-C stops it."""
    import uvloop

    from bot import logs

    given = settings()
    if role is not Role.ALL and given.database_url.startswith("sqlite"):
        raise Refusal(
            "On SQLite one process does everything: sobremesa run\n"
            "To part it into web and worker, name a PostgreSQL database in SOBREMESA_DATABASE_URL."
        )
    check_ready(given.database_url)
    logs.begin()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(given, role))


async def _serve(given: Settings, role: Role) -> None:
    from bot.app import opened
    from bot.store import schools

    stop = _told_to_stop()
    async with opened(given) as app:
        async with app.database.read() as db:
            known = await schools.all_schools(db)
        if not known:
            raise Refusal('There is no school here yet. Begin with: sobremesa init --school "NAME" --admin EMAIL')
        await _until(stop, app, given, role, known)
    say("Stopped. What was not sent yet goes out at the next start.")


async def _until(stop: asyncio.Event, app: App, given: Settings, role: Role, known: list[School]) -> None:
    from bot.app import serve

    def greet() -> None:
        for line in _greeting(given, known, role):
            say(line)

    naming = _say_name_of_bot(app, role)
    if role is Role.WORKER:
        async with app.running(beside=[naming]):
            greet()
            await stop.wait()
        return
    try:
        await serve(app, given.host, given.port, stop, listening=greet, sending=role is Role.ALL, beside=[naming])
    except (OSError, BaseExceptionGroup) as error:
        if (trouble := _listening_trouble(error)) is None:
            raise
        where = f"{given.host}, port {given.port}"
        raise Refusal(f"Cannot listen on {where}: {trouble}. SOBREMESA_PORT names another port.") from error


def _telegram(given: Settings, role: Role) -> str:
    """What there is to say of the bot on Telegram before it was asked for its name."""
    if given.telegram is None:
        return "Telegram: off"
    if given.telegram.webhook_secret is not None:
        return f"Telegram: on, its messages come to {given.public_url}/hooks/telegram"
    return "Telegram: on, in the worker" if role is Role.WEB else "Telegram: on, asked for messages"


async def _say_name_of_bot(app: App, role: Role) -> None:
    """Say which bot it is, once its library is loaded and Telegram answers: nothing waits for that."""
    from bot.channels.telegram import Telegram
    from bot.errors import NotSent

    for channel in app.channels:
        if isinstance(channel, Telegram) and (channel.is_called or role is not Role.WEB):
            try:
                say(f"Telegram: the bot is @{(await channel.me()).name}")
            except NotSent as error:
                say(f"Telegram: the bot does not answer yet ({error.reason})")


def _listening_trouble(error: BaseException) -> str | None:
    """What the system says against the port; None where the trouble is another one."""
    if isinstance(error, BaseExceptionGroup):
        return _listening_trouble(error.exceptions[0]) if len(error.exceptions) == 1 else None
    # Of a port that is taken asyncio makes words of its own, with the system's number.
    return os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else None


def _told_to_stop() -> asyncio.Event:
    """Set by Ctrl-C and by SIGTERM; a second one ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        if not stop.is_set():
            say("Stopping: messages under way are finished first.")
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told, number)
    return stop


def _greeting(given: Settings, schools: list[School], role: Role) -> Iterator[str]:
    part = "" if role is Role.ALL else f" ({role.value})"
    yield f"Sobremesa serves {', '.join(school.name for school in schools)}{part}. {location(given.database_url)}"
    if given.twilio is None:
        yield "SMS and WhatsApp: off, as TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM are not set"
    else:
        yield f"SMS and WhatsApp: on, {', '.join(given.twilio.numbers) or 'by a messaging service'}"
        yield f"Texts come to {given.public_url}/hooks/twilio"
    yield _telegram(given, role)
    if role is not Role.WORKER:
        yield f"Families read who writes to them at {given.public_url or f'http://{given.host}:{given.port}'}/about"
        yield f"Listening on http://{given.host}:{given.port} (health: /health/ready). Ctrl-C stops."
