"""A terminal of 80 columns with somebody at its keyboard."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 40


def typed(
    words: Sequence[str], keys: Sequence[tuple[str, str | Callable[[], str]]], columns: int = 80
) -> tuple[str, int]:
    """What stood on the screen, and how the command ended.

    ``keys`` are typed one after the other, each when the words before it have appeared on the screen. One that is
    called lets something happen first, and returns what is typed.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": str(columns)}
        os.execv(sys.executable, [sys.executable, "-c", "from bot.cli import main; main()", *words])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        screen = _watch(terminal, list(keys))
    finally:
        os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return screen, os.waitstatus_to_exitcode(status)


def _watch(terminal: int, keys: list[tuple[str, str | Callable[[], str]]]) -> str:
    screen, seen, end = "", 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        if keys and keys[0][0] in screen[seen:]:
            words, key = keys.pop(0)
            seen = screen.index(words, seen) + len(words)
            os.write(terminal, (key if isinstance(key, str) else key()).encode())
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                piece = os.read(terminal, 65_536)
            except OSError:  # Linux says so at the end of what was written
                break
            if not piece:
                break
            screen += piece.decode(errors="replace")
    return screen.replace("\r\n", "\n")
