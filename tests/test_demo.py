"""``sobremesa demo``, started as a person starts it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import demo
from bot.errors import AlreadyServing, Refusal

START = "from bot import demo; demo.run({port}, {reset})"
PATIENCE = 30


@pytest.fixture
def port() -> int:
    """One that nobody uses."""
    with socket.create_server((demo.HOST, 0)) as free:
        number: int = free.getsockname()[1]
    return number


@contextmanager
def started(folder: Path, port: int, *, reset: bool = False, complains: bool = False) -> Iterator[list[str]]:
    """The demo in another process, with the two lines that it prints; ended as Ctrl+C ends it, within seconds.

    What it writes on stderr comes behind them at the end, where it ``complains``.
    """
    command = [sys.executable, "-c", START.format(port=port, reset=reset)]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = [process.stdout.readline().strip() for _ in range(2)]
        yield said
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 5
        said.append(process.stderr.read())
        assert complains or said[-1] == ""
    finally:
        process.kill()
        process.communicate()


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def texted(url: str, number: str, text: str) -> str:
    """Text from a new number, as a form of the page does; the page that follows."""
    form = f"number=sms%3A%2B{number}&text={text}".encode()
    origin = url.rpartition("/phone")[0]
    with urllib.request.urlopen(urllib.request.Request(f"{url}/new", form, {"Origin": origin})) as answer:
        followed: str = answer.read().decode()
        return followed


def test_it_says_where_it_is_goes_on_as_it_was_left_and_begins_anew_when_asked(tmp_path: Path, port: int):
    url = f"http://127.0.0.1:{port}/phone"
    with started(tmp_path, port) as lines:
        assert lines == [
            f"Escuela Lincoln is open: {url}",
            "Text it as a parent would, in Spanish or English. Ctrl+C closes it.",
        ]
        assert "Rosa García" in page(f"http://127.0.0.1:{port}/")
        assert "gracias por escribir" in texted(url, "15125550120", "Hola")
        listening = urllib.request.urlopen(f"{url}/live")
    # A page that was open to the last did not hold it up.
    listening.close()

    with started(tmp_path, port):
        assert "(512) 555-0120" in page(url)
    with started(tmp_path, port, reset=True):
        assert "(512) 555-0120" not in page(url)


def test_requests_that_make_no_sense_leave_nothing_of_them_on_the_terminal(tmp_path: Path, port: int):
    with started(tmp_path, port, complains=True) as said:
        for request in (b"GET /secret HTTP/9.\xff\r\n\r\n", b"GET /?" + b"secret" * 3000 + b" HTTP/1.1\r\n\r\n"):
            with socket.create_connection((demo.HOST, port), PATIENCE) as client:
                client.sendall(request)
                assert b" 400 " in client.recv(100)
    assert "Error handling request" in said[-1]
    assert "Traceback" not in said[-1]
    assert "secret" not in said[-1]


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with started(tmp_path, port), pytest.raises(AlreadyServing):
        demo.run(port, reset=True)


def test_a_port_that_is_taken_is_named_with_another_to_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with socket.create_server((demo.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=f"Port {port} cannot be used here. Try another one: sobremesa demo --port"):
            demo.run(port, reset=False)


def test_a_database_of_a_newer_release_is_begun_anew(tmp_path: Path, port: int):
    with started(tmp_path, port):
        pass
    with sqlite3.connect(tmp_path / demo.DATABASE) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    with started(tmp_path, port) as lines:
        assert lines[0].startswith("Escuela Lincoln is open")
