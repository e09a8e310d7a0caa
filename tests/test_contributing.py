"""The code that CONTRIBUTING shows is run here, as who follows it would."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import bot
from bot.app import HANDLERS
from bot.errors import NotGenuine, Refused, TryLater, Unreadable, Unsure
from bot.messages import Outgoing, Request
from flows import FLOWS

ROOT = Path(__file__).parent.parent
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


def code_blocks() -> list[str]:
    """Every piece of Python that is shown, also those that stand further in."""
    found = re.findall(r"^( *)```python\n(.*?)^\1```$", CONTRIBUTING.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [dedent(code) for _indent, code in found]


def test_the_map_of_contributing_names_every_module_of_bot_and_no_other():
    _before, _heading, rest = CONTRIBUTING.read_text("utf-8").partition("\nIn `bot/` itself,")
    rows = re.findall(r"^\|[^|`]+\|([^|]+)\|$", rest.partition("\n## ")[0], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    modules = {path.stem for path in (ROOT / "bot").glob("[a-z]*.py")}
    packages = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}

    assert set(named) == modules | packages
    assert len(named) == len(set(named))


def test_the_conversation_of_contributing_works_as_it_is_shown(monkeypatch: pytest.MonkeyPatch):
    flow, line, test = (code for code in code_blocks() if "olunteer" in code)
    names: dict[str, Any] = {}
    exec(f"{flow}\nfrom flows.core.flow import Flow", names)
    (listed,) = eval(line, names)
    monkeypatch.setitem(FLOWS, listed.name, listed)

    exec(test, names)
    tests = [name for name in names if name.startswith("test_")]
    assert tests
    for name in tests:
        names[name]()


async def test_the_job_of_contributing_works_as_it_is_shown(database_url: str, monkeypatch: pytest.MonkeyPatch):
    job, line, test = (code for code in code_blocks() if "morning" in code)
    morning = ModuleType("bot.morning")
    exec(job, morning.__dict__)
    monkeypatch.setitem(sys.modules, morning.__name__, morning)
    monkeypatch.setattr(bot, "morning", morning, raising=False)
    for kind, handler in eval(f"{{{line}}}", {"morning": morning}).items():
        monkeypatch.setitem(HANDLERS, kind, handler)

    names: dict[str, Any] = {}
    exec(test, names)
    tests = [name for name in names if name.startswith("test_")]
    assert tests
    for name in tests:
        await names[name](database_url)


async def test_the_channel_of_contributing_works_as_it_is_shown():
    names: dict[str, Any] = {}
    exec(next(code for code in code_blocks() if "class Pigeon" in code), names)
    text = (("id", "1"), ("from", "+15125550101"), ("to", "+15125550100"), ("text", "sí\x00"))
    message = Outgoing(1, "sms", "sms:+15125550100", "sms:+15125550101", "¡Hola!")

    async with AsyncExitStack() as leaving:
        server, statuses = await leaving.enter_async_context(gateway())
        pigeon, late = (names["Pigeon"]("secret", str(server.make_url("")).rstrip("/")) for _ in range(2))
        leaving.push_async_callback(pigeon.close)
        leaving.push_async_callback(late.close)
        assert [inbound.text for inbound in pigeon.read(posted(text, "secret"))] == ["sí"]
        with pytest.raises(NotGenuine):
            pigeon.read(posted(text, "another"))
        with pytest.raises(Unreadable):
            pigeon.read(posted(text[1:], "secret"))

        statuses += (200, 404, 503)
        assert await pigeon.send(message) == "p-1"
        for raised in (Refused, Unsure):
            with pytest.raises(raised):
                await pigeon.send(message)
        await server.close()
        with pytest.raises(TryLater):
            await late.send(message)


@asynccontextmanager
async def gateway() -> AsyncIterator[tuple[TestServer, list[int]]]:
    """Pigeon's side of the wire, which answers with the statuses that are put into the list."""
    statuses: list[int] = []

    async def answer(request: web.Request) -> web.Response:
        assert dict(await request.post()) == {"to": "+15125550101", "text": "¡Hola!"}
        return web.json_response({"id": "p-1"}, status=statuses.pop(0))

    application = web.Application()
    application.router.add_post("/messages", answer)
    server = TestServer(application)
    async with server:
        yield server, statuses


def posted(form: tuple[tuple[str, str], ...], token: str) -> Request:
    """A text as Pigeon posts it."""
    return Request(form, {"X-Pigeon-Token": token}, "/hooks/pigeon", "", datetime(2027, 3, 1, tzinfo=UTC))
