"""The benchmark runs from end to end; what it measures depends on the machine, and no test looks at that."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # has no types

from bench import load
from bench.contestants import BARE, IN_MEMORY, ON_REDIS, OURS, Place, Running, aiogram_on_redis
from bench.conversation import FAMILIES, PUBLIC_URL, SCHOOL, TOKEN, TWILIO_PATH, phone_of, twilio_requests
from bench.load import BadAnswer, Plan, Round
from bench.machine import Machine
from bench.processes import Cores, Missing
from bench.report import Findings, document
from bench.rounds import Incomplete, Score, Size, measure

TINY = Size(rounds=1, seconds=0.1, warm_up_families=10, connections=2)


def test_a_quick_run_measures_everybody_and_writes_the_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    command = [sys.executable, "-m", "bench", "--quick", "--write", str(page)]

    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)

    assert ran.returncode == 0, ran.stderr
    for name in (OURS, IN_MEMORY, ON_REDIS, BARE):
        assert f"| {name} |" in page.read_text(encoding="utf-8")


def test_twilio_would_have_signed_the_families_texts_just_so() -> None:
    head, _, body = twilio_requests(7)[0].decode().partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}

    validator = RequestValidator(TOKEN)
    assert validator.validate(PUBLIC_URL + TWILIO_PATH, form, headers["X-Twilio-Signature"])
    assert not validator.validate(PUBLIC_URL + TWILIO_PATH, form | {"Body": "no"}, headers["X-Twilio-Signature"])


def test_every_family_has_a_number_of_its_own_that_belongs_to_nobody() -> None:
    numbers = {phone_of(family) for family in range(FAMILIES)}

    assert len(numbers) == FAMILIES
    assert SCHOOL not in numbers
    assert all(number[5:10] == "55501" and len(number) == 12 for number in numbers)


@pytest.mark.parametrize("status", [403, 500])
async def test_an_answer_that_is_not_200_ends_the_measuring(status: int) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with answering(refuse) as port:
        with pytest.raises(BadAnswer, match=str(status)):
            await asyncio.to_thread(load.run, plan(port))


async def test_a_server_that_hangs_up_ends_the_measuring() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(hang_up) as port:
        with pytest.raises(BadAnswer, match="hung up"):
            await asyncio.to_thread(load.run, plan(port))


async def test_each_family_is_answered_before_it_goes_on_and_comes_to_its_end() -> None:
    said: dict[str, list[str]] = {}

    async def note(request: web.Request) -> web.Response:
        form = await request.post()
        said.setdefault(str(form["From"]), []).append(str(form["Body"]))
        return web.Response()

    async with answering(note) as port:
        shown = await asyncio.to_thread(load.run, plan(port))

    assert shown.families == len(said) == 10
    assert all(texts == ["si", "2", "3", "si", "no"] for texts in said.values())


async def test_a_lost_conversation_makes_the_measurement_void() -> None:
    async def forget(_: web.Request) -> web.Response:
        return web.Response()

    async with answering(forget) as port:
        loser = Running(port, pid=1, requests=twilio_requests, completed=lambda: 0)
        with pytest.raises(Incomplete, match="0 conversations are complete"):
            await asyncio.to_thread(measure, {"a loser": loser}, TINY, None, lambda _: None)


def test_without_redis_its_row_says_that_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Missing, match="redis-server is not on this machine") as why:
        aiogram_on_redis(Place(tmp_path, Cores(None, None), families=1)).__enter__()

    scores = {name: Score([Round(1.0, 0.1, 0.2, 1)], []) for name in (OURS, IN_MEMORY, BARE)}
    machine = Machine(2, True, "", 0.0, 0.0, {}, date(2026, 3, 12))
    page = document(Findings(machine, TINY, scores, {ON_REDIS: str(why.value)}))
    assert page.count(f"| {ON_REDIS} | not measured: redis-server is not on this machine |") == 2


def plan(port: int) -> Plan:
    """Ten families, who have plenty of time."""
    return Plan(port, twilio_requests, first=0, most=10, seconds=10, connections=2)


@asynccontextmanager
async def answering(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    """A server that answers Twilio in this way; its port."""
    app = web.Application()
    app.router.add_post(TWILIO_PATH, handler)
    async with TestServer(app) as server:
        assert server.port is not None
        yield server.port
