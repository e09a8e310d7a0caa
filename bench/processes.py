"""Starting a server on its own core, and ending it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_START = 60


class Missing(Exception):
    """A contestant cannot be measured here; says what is not there."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core answers and which one texts; None where a process cannot be kept on one."""

    servers: int | None
    load: int | None

    @classmethod
    def here(cls) -> "Cores":
        """The first core for the servers, the last one for the load."""
        if sys.platform != "linux":
            return cls(None, None)
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1])


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers on its port of loopback."""

    port: int
    pid: int


@contextmanager
def server(command: Sequence[str], core: int | None, port: int) -> Iterator[Server]:
    """Run a command that serves on the port; it answers when this returns, and has ended afterwards."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        keep_on(core, process.pid)
        _wait_until_it_answers(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def keep_on(core: int | None, pid: int = 0) -> None:
    """Keep a process, this one unless named, on one core."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(pid, {core})


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", name, *arguments]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def cpu_seconds(pid: int) -> float | None:
    """How long a process has worked so far; None where the system does not say."""
    if sys.platform != "linux":
        return None
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not answer in {SECONDS_TO_START} s")
