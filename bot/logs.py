"""The log of a serving process: one line a record, with ids and never with anybody's words.

    2026-03-10T17:00:00Z INFO bot.outbox: sent message_id=12

Our own records carry ids as extras. What libraries say of an error may quote a text or a number, so of an exception
only its kind and the places it went through are written, and of a library's message only its first line.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

SILENT = ("twilio", "aiogram", "aiohttp.access", "sqlalchemy", "aiosqlite")
"""Loggers that quote addresses, requests or rows."""

OURS = ("bot", "flows")
DEEPEST = 8
"""How many places of an exception are written: the last ones, where it happened."""

_STANDARD = frozenset([*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"])


class OneLine(logging.Formatter):
    """A record as one line: time, level, logger, message, extras; an exception as its kind and places."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC)
        parts = [f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name}: {_message(record)}", *_extras(record)]
        if record.exc_info and record.exc_info[1] is not None:
            parts.append(f"exception={describe(record.exc_info[1])}")
        return " ".join(parts)


def begin(stream: TextIO | None = None, least: int = logging.INFO) -> None:
    """Write the log to ``stream``, else to stderr: ours from ``least`` on, of libraries warnings and worse."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(least)
    for name in SILENT:
        logging.getLogger(name).disabled = True
        logging.getLogger(name).propagate = False
        logging.getLogger(name).handlers[:] = [logging.NullHandler()]
    logging.captureWarnings(True)
    # A record that cannot be written would be shown with all its arguments.
    logging.raiseExceptions = False
    sys.excepthook = _unhandled


def describe(error: BaseException) -> str:
    """An exception without its words: ``KeyError at bot/turn.py:33 (take)``, the latest place first."""
    return " from ".join(_one(each) for each in _chain(error))


def _message(record: logging.LogRecord) -> str:
    said = record.getMessage()
    return " ".join(said.split()) if record.name.partition(".")[0] in OURS else said.partition("\n")[0]


def _extras(record: logging.LogRecord) -> Iterator[str]:
    for name, value in record.__dict__.items():
        if name not in _STANDARD:
            text = str(value)
            yield f"{name}={text}" if text and text.isprintable() and " " not in text else f"{name}={json.dumps(text)}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    places = ", ".join(f"{_short(frame.filename)}:{frame.lineno} ({frame.name})" for frame in reversed(frames))
    within = f" of {', '.join(map(_one, error.exceptions))}" if isinstance(error, BaseExceptionGroup) else ""
    return f"{type(error).__name__}{within}{f' at {places}' if places else ''}"


def _short(path: str) -> str:
    """A file by its last two parts: enough to find it."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def _unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("ended by an error", exc_info=(kind, error, trace))
