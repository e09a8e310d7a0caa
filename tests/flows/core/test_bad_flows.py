"""What a flow must not do, since a replay could not repeat it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from flows.core import _, ask, keep, tell, wait
from flows.core.replay import BadFlow, Memory
from tests.flows.core.toys import NOW, Number, answer, run

LATER = NOW + timedelta(days=3)


async def _sleeps() -> None:
    await asyncio.sleep(0)


async def _sleeps_long() -> None:
    await asyncio.sleep(60)


async def _waits_for_a_future() -> None:
    await asyncio.get_running_loop().create_future()


async def _gathers() -> None:
    await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))


async def _waits_for_a_task() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))


@pytest.mark.parametrize("foreign", [_sleeps, _sleeps_long, _waits_for_a_future, _waits_for_a_task, _gathers])
async def test_a_foreign_await_is_a_bad_flow(foreign: Callable[[], Awaitable[None]]):
    async def flow() -> None:
        await foreign()
        await ask("adults", Number("adults"), _("adults?"))

    with pytest.raises(BadFlow, match="own vocabulary"):
        run(flow)


async def test_two_questions_at_once_are_a_bad_flow():
    async def flow() -> None:
        await asyncio.gather(ask("adults", Number("adults"), _("adults?")), ask("kids", Number("kids"), _("kids?")))

    with pytest.raises(BadFlow):
        run(flow)
    await asyncio.sleep(0)  # the two tasks fail as well, and take their failure with them


async def _ask(key: str) -> None:
    await ask(key, Number("adults"), _("adults?"))


async def _tell(key: str) -> None:
    await tell(key, _("hello"))


async def _keep(key: str) -> None:
    await keep(key, 1)


async def _wait(key: str) -> None:
    await wait(key, NOW)


@pytest.mark.parametrize("first", [_ask, _tell, _keep, _wait])
@pytest.mark.parametrize("second", [_ask, _tell, _keep, _wait])
def test_a_key_used_twice_is_a_bad_flow(
    first: Callable[[str], Awaitable[None]], second: Callable[[str], Awaitable[None]]
):
    async def flow() -> None:
        await first("adults")
        await second("adults")

    with pytest.raises(BadFlow, match="'adults' is used twice"):
        run(flow, Memory({"adults": answer(2)}))


def test_a_numbered_key_may_be_asked_in_a_loop():
    async def flow() -> list[int]:
        return [await ask(f"age-{n}", Number("years"), _("age?")) for n in range(2)]

    assert run(flow, Memory({"age-0": answer(7), "age-1": answer(9)})).outcome == [7, 9]


def test_what_a_flow_raises_comes_out_and_its_coroutine_is_closed():
    left = []

    async def flow() -> None:
        try:
            await tell("hello", _("hello"))
            raise ZeroDivisionError
        finally:
            left.append("raised")

    with pytest.raises(ZeroDivisionError):
        run(flow)
    assert left == ["raised"]


@pytest.mark.parametrize("stop", ["question", "rest", "foreign"])
def test_a_coroutine_is_closed_wherever_its_run_is_left(stop: str):
    left = []

    async def flow() -> None:
        try:
            if stop == "foreign":
                await asyncio.sleep(0)
            await (wait("rest", LATER) if stop == "rest" else _ask("adults"))
        finally:
            left.append(stop)

    if stop == "foreign":
        with pytest.raises(BadFlow):
            run(flow)
    else:
        run(flow)
    assert left == [stop]


def test_a_flow_that_asks_while_it_is_left_is_a_bad_flow():
    async def flow() -> None:
        try:
            await ask("adults", Number("adults"), _("adults?"))
        finally:
            await tell("bye", _("bye"))

    with pytest.raises(BadFlow, match="finally"):
        run(flow)
