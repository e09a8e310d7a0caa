"""The families, all at once: they text over kept connections, each text after the last one's 200.

A round lasts its seconds, or until its families have all been heard. Conversations that are open then are
taken to their end, outside of what is measured, so that every family that began can be counted.
"""

import asyncio
import gc
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import quantiles
from time import perf_counter
from typing import cast

import uvloop

from bench.conversation import TEXTS

Requests = Callable[[int], list[bytes]]

SIDE_BY_SIDE = 4
"""How many families take turns on one connection."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class BadAnswer(Exception):
    """The server did not answer 200, or not in a way that the load can read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One round: whom to text, from which family on, how long. ``requests`` gives a family's texts."""

    port: int
    requests: Requests
    first: int
    most: int
    seconds: float
    connections: int


@dataclass(frozen=True, slots=True)
class Round:
    """What a round showed: texts a second, and how long a text waited for its 200, in seconds."""

    rate: float
    median: float
    p99: float
    families: int
    """How many conversations were begun, and so ended."""


def run(plan: Plan) -> Round:
    """Carry out one round; raises BadAnswer when the server fails."""
    waiting = iter([plan.requests(family) for family in range(plan.first, plan.first + plan.most)])
    # The requests stay until the end, and looking them through again and again would slow the load.
    gc.freeze()
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_Crowd(waiting, plan.seconds).text(plan.port, plan.connections))
    finally:
        gc.enable()
        gc.unfreeze()


class _Crowd:
    """All families of a round, and what they noticed."""

    def __init__(self, waiting: Iterator[list[bytes]], seconds: float) -> None:
        self._waiting = waiting
        self._seconds = seconds
        self._deadline = 0.0
        self._families = 0
        self._answered: list[tuple[float, float]] = []

    async def text(self, port: int, connections: int) -> Round:
        lines = [_Line(self._texts(), self._answered) for _ in range(connections)]
        loop = asyncio.get_running_loop()
        for line in lines:
            await loop.create_connection(lambda line=line: line, "127.0.0.1", port)  # type: ignore[misc]
        began = perf_counter()
        self._deadline = began + self._seconds
        for line in lines:
            line.say_next()
        try:
            await asyncio.gather(*(line.over for line in lines))
        finally:
            await asyncio.gather(*(line.hang_up() for line in lines))
        return self._round(began)

    def _texts(self) -> Iterator[bytes]:
        while perf_counter() < self._deadline:
            families = list(islice(self._waiting, SIDE_BY_SIDE))
            if not families:
                # With fewer and fewer left to speak, what follows is no longer the same load.
                self._deadline = perf_counter()
                return
            self._families += len(families)
            for number in range(len(TEXTS)):
                for family in families:
                    yield family[number]

    def _round(self, began: float) -> Round:
        waits = [answered - said for said, answered in self._answered if answered <= self._deadline]
        if len(waits) < 2:
            raise BadAnswer("hardly a text was answered in time: the round is too short")
        cuts = quantiles(waits, n=100)
        return Round(len(waits) / (self._deadline - began), cuts[49], cuts[98], self._families)


class _Line(asyncio.Protocol):
    """One connection that is kept; ``over`` is done when its families have said everything."""

    def __init__(self, texts: Iterator[bytes], answered: list[tuple[float, float]]) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._texts = texts
        self._answered = answered
        self._received = b""
        self._said = 0.0
        self._transport: asyncio.Transport
        self._closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one in all but its class.
        self._transport = cast("asyncio.Transport", transport)

    def say_next(self) -> None:
        request = next(self._texts, None)
        if request is None:
            self.over.set_result(None)
            return
        self._said = perf_counter()
        self._transport.write(request)

    async def hang_up(self) -> None:
        self._transport.abort()
        await self._closed.wait()

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            whole = _is_whole(self._received)
        except BadAnswer as error:
            self._give_up(error)
            return
        if whole:
            self._answered.append((self._said, perf_counter()))
            self._received = b""
            self.say_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()
        self._give_up(BadAnswer("the server hung up"))

    def _give_up(self, error: BadAnswer) -> None:
        if not self.over.done():
            self.over.set_exception(error)


def _is_whole(received: bytes) -> bool:
    """Whether an answer has arrived to its end; raises BadAnswer unless it is a 200 that says its length."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    if not received.startswith(b"HTTP/1.1 200"):
        raise BadAnswer(f"the server answered {received[9:12].decode(errors='replace')}")
    length = _LENGTH.search(received, 0, head + 2)
    if length is None:
        raise BadAnswer("the server does not say how long its answer is")
    return len(received) >= head + 4 + int(length[1])
