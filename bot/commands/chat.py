"""``sobremesa chat``: a phone in the terminal. One line is one text; the school's answers stand below it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import tempfile
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from bot.commands.opening import check_ready, run, settings
from bot.commands.options import OfSchool
from bot.commands.terminal import safe, say
from bot.errors import AlreadyServing, Busy, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.language.catalogs import Catalogs
    from bot.messages import Outgoing
    from bot.store.database import Database
    from flows.facts import School

NOBODYS = "sms:+15125550142"
"""An invented number that no school knows."""
YOU, SCHOOL = "you> ", "school> "


@dataclass(frozen=True, slots=True)
class Call:
    """A phone that texts a school: ``account`` is the school's address, ``address`` its own."""

    app: App
    school: School
    account: str
    address: str
    received: list[Outgoing]


def chat(
    address: Annotated[
        str, typer.Option("--as", metavar="ADDRESS", help="Whose phone it is: a number, or an address of a family.")
    ] = NOBODYS,
    school: OfSchool = None,
) -> None:
    """Text the school from the terminal, as a family; a sample school where there is none yet."""
    from bot import logs, phones

    logs.begin(least=logging.WARNING)
    run(_chat(phones.parse(address), school))


async def _chat(address: str, school: str | None) -> None:
    async with _opened(address, school) as call, call.app.running(sending=False):
        say(f"You text {call.school.name} from {address.partition(':')[2]}. One line is one text; Ctrl-D ends.")
        await _deliver(call)
        async for line in _lines():
            if line.strip():
                await _text(call, line)
            await _deliver(call)


async def _text(call: Call, line: str) -> None:
    from bot.app import clock
    from bot.channels.base import clean
    from bot.channels.terminal import Terminal
    from bot.messages import Inbound

    inbound = Inbound(Terminal.name, call.account, call.address, uuid4().hex, clean(line), clock())
    try:
        await call.app.inbox.receive(inbound)
    except Busy:
        say("The database is busy, and this text was not taken. Please send it again.")


async def _deliver(call: Call) -> None:
    """Show what the school has sent to this phone since the last time."""
    await call.app.outbox.drain()
    for message in call.received:
        first, *more = _wrapped(safe(message.body))
        sys.stdout.write("\n".join([SCHOOL + first, *(" " * len(SCHOOL) + line for line in more)]) + "\n")
    sys.stdout.flush()
    call.received.clear()


def _wrapped(body: str) -> list[str]:
    """The lines of a message, between words no longer than the terminal is wide; as they are where there is none."""
    lines = body.split("\n")
    if not sys.stdout.isatty():
        return lines
    width = shutil.get_terminal_size().columns - len(SCHOOL)
    return [part for line in lines for part in textwrap.wrap(line, width) or [""]]


async def _lines() -> AsyncIterator[str]:
    """What is typed or piped in, line by line, while the bot goes on."""
    loop, typed = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def read() -> None:
        for line in _lines_of(sys.stdin.fileno()):
            loop.call_soon_threadsafe(typed.put_nowait, line)
        loop.call_soon_threadsafe(typed.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        if sys.stdin.isatty():
            sys.stdout.write(YOU)
            sys.stdout.flush()
        line = await typed.get()
        if line is None:
            return
        yield line.decode(errors="replace").removesuffix("\r")


def _lines_of(file: int) -> Iterator[bytes]:
    # Not through sys.stdin: a thread that waits in it keeps Python from ending after Ctrl-C.
    rest = b""
    while piece := os.read(file, 65_536):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        yield rest


@asynccontextmanager
async def _opened(address: str, school: str | None) -> AsyncIterator[Call]:
    """The school that is texted, its bot not yet running."""
    from bot import schools
    from bot.app import App
    from bot.channels.terminal import Terminal

    received: list[Outgoing] = []
    async with _database() as (database, catalogs):
        async with database.read() as db:
            found = await schools.find(db, school)
            account = await _account(db, found, address)
        yield Call(App(database, catalogs, [Terminal(address, received.append)]), found, account, address, received)


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[Database, Catalogs]]:
    """The database of the settings; where there is none yet, a sample school that is gone afterwards."""
    from bot.store import migrate

    given = settings()
    if migrate.current(given.database_url) is None:
        with tempfile.TemporaryDirectory() as folder:
            async with _sample(f"sqlite:///{Path(folder) / 'sample.db'}") as sample:
                yield sample
        return
    check_ready(given.database_url)
    with _alone(given.database_url):
        async with _open(given.database_url, given.languages) as opened:
            yield opened


@asynccontextmanager
async def _sample(url: str) -> AsyncIterator[tuple[Database, Catalogs]]:
    from bot import sample
    from bot.app import clock
    from bot.store import migrate

    say("There is no database yet, so this is a sample school. Nothing of it is kept.")
    migrate.migrate(url)
    async with _open(url, sample.LANGUAGES) as (database, catalogs):
        await sample.fill(database, catalogs, clock())
        yield database, catalogs


@asynccontextmanager
async def _open(url: str, languages: Sequence[str]) -> AsyncIterator[tuple[Database, Catalogs]]:
    from bot.language.catalogs import Catalogs
    from bot.store.database import Database

    database = Database.open(url)
    try:
        yield database, Catalogs.load(languages)
    finally:
        await database.close()


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """The only process that serves. Raises Refusal where another one does."""
    from bot.store.serving import serving

    if url.startswith("postgresql"):
        say("Where `sobremesa run` serves this database too, it may send the answers by SMS.")
    try:
        with serving(url):
            yield
    except AlreadyServing as error:
        raise Refusal("Another process serves this database, perhaps `sobremesa run`. Please stop it first.") from error


async def _account(db: AsyncConnection, school: School, address: str) -> str:
    """The school's address that this phone texts; empty where it has none and is the only school."""
    from bot.store import schools

    kind = address.partition(":")[0]
    found = [account for account in await schools.accounts_of(db, school.id) if account.startswith(f"{kind}:")]
    if not found and len(await schools.all_schools(db)) > 1:
        raise Refusal(f"{school.name} has no {kind} number. Give it one: sobremesa schools add-number +1…")
    return found[0] if found else ""
