"""Who is measured, each in a process of its own on the same core."""

import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.conversation import telegram_requests, twilio_requests
from bench.load import Requests
from bench.ours import completed, prepare
from bench.processes import Cores, Missing, free_port, module, server

OURS = "Sobremesa"
IN_MEMORY = "aiogram, state in memory"
ON_REDIS = "aiogram, state on Redis"
BARE = "the limit: one bare row"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contestant runs: a folder on disk, the cores, and how many families may text it."""

    folder: Path
    cores: Cores
    families: int


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant that answers. ``completed`` counts the conversations that came to their right end."""

    port: int
    pid: int
    requests: Requests
    completed: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Contestant:
    """``start`` raises Missing when something is not there on this machine."""

    name: str
    start: Callable[[Place], AbstractContextManager[Running]]


@contextmanager
def ours(place: Place) -> Iterator[Running]:
    """Sobremesa."""
    port, path = free_port(), place.folder / "sobremesa.db"
    prepare(path, place.families)
    command = module("bench.ours", "--port", str(port), "--database", str(path))
    with server(command, place.cores.servers, port) as started:
        yield Running(port, started.pid, twilio_requests, lambda: completed(path))


@contextmanager
def bare(place: Place) -> Iterator[Running]:
    """The limit."""
    port = free_port()
    command = module("bench.bare", "--port", str(port), "--database", str(place.folder / "bare.db"))
    with server(command, place.cores.servers, port) as started:
        yield Running(port, started.pid, twilio_requests, lambda: _completed(port))


@contextmanager
def aiogram_in_memory(place: Place) -> Iterator[Running]:
    """What is gone when the process ends."""
    port = free_port()
    command = module("bench.aiogram_rsvp", "--port", str(port))
    with server(command, place.cores.servers, port) as started:
        yield Running(port, started.pid, telegram_requests, lambda: _completed(port))


@contextmanager
def aiogram_on_redis(place: Place) -> Iterator[Running]:
    """What is kept as safely as ours; Redis itself has the core of the load, so it costs aiogram nothing."""
    port = free_port()
    with _redis(place) as address:
        command = module("bench.aiogram_rsvp", "--port", str(port), "--redis", address)
        with server(command, place.cores.servers, port) as started:
            yield Running(port, started.pid, telegram_requests, lambda: _completed(port))


@contextmanager
def _redis(place: Place) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("redis-server is not on this machine")
    if find_spec("redis") is None:
        raise Missing("the Python package redis is not installed")
    port = free_port()
    options = {"bind": "127.0.0.1", "dir": str(place.folder), "appendonly": "yes", "appendfsync": "always"}
    command = [program, "--port", str(port), "--save", ""]
    for name, value in options.items():
        command += [f"--{name}", value]
    with server(command, place.cores.load, port):
        yield f"redis://127.0.0.1:{port}/0"


def _completed(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/completed", timeout=10) as answer:
        return int(json.load(answer))


CONTESTANTS = (
    Contestant(OURS, ours),
    Contestant(IN_MEMORY, aiogram_in_memory),
    Contestant(ON_REDIS, aiogram_on_redis),
    Contestant(BARE, bare),
)
