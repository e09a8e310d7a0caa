"""The log: one line a record, ids and never anybody's words."""

import io
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from bot import logs

WORDS = "mi hija no come cacahuate, +15125550143"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log writes; all loggers are as before afterwards."""
    written = io.StringIO()
    root, names = logging.root, (*logs.SILENT, *logs.OURS)
    before = [
        (each, each.level, each.disabled, each.propagate, each.handlers[:])
        for each in (root, *map(logging.getLogger, names))
    ]
    hook, raises = sys.excepthook, logging.raiseExceptions
    logs.begin(written)
    yield written
    logging.captureWarnings(False)
    sys.excepthook, logging.raiseExceptions = hook, raises
    for logger, level, disabled, propagate, handlers in before:
        logger.setLevel(level)
        logger.disabled, logger.propagate, logger.handlers[:] = disabled, propagate, handlers


def test_a_record_is_one_line_with_its_ids(log: io.StringIO):
    logging.getLogger("bot.outbox").info("sent", extra={"message_id": 12, "code": None, "path": "/a b"})

    (line,) = log.getvalue().splitlines()
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO bot\.outbox: sent message_id=12 code=None path="/a b"', line
    )


def test_an_exception_is_its_kind_and_places_with_its_cause_and_none_of_its_words(log: io.StringIO):
    try:
        try:
            raise KeyError(WORDS)
        except KeyError as error:
            raise ValueError(WORDS) from error
    except ValueError:
        logging.getLogger("bot.inbox").exception("a text could not be kept")

    (line,) = log.getvalue().splitlines()
    assert "exception=ValueError at tests/test_logs.py:" in line
    assert " from KeyError at tests/test_logs.py:" in line
    assert "cacahuate" not in line


def test_what_asyncio_says_of_a_lost_task_keeps_its_first_line_only(log: io.StringIO):
    said = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{WORDS}')>"
    logging.getLogger("asyncio").error(said, exc_info=(ValueError, ValueError(WORDS), None))

    (line,) = log.getvalue().splitlines()
    assert line.endswith("asyncio: Task exception was never retrieved exception=ValueError")


def test_an_exception_of_several_names_each(log: io.StringIO):
    logging.getLogger("bot").error("ended", exc_info=ExceptionGroup(WORDS, [KeyError(WORDS), OSError(WORDS)]))

    (line,) = log.getvalue().splitlines()
    assert line.endswith("exception=ExceptionGroup of KeyError, OSError")


@pytest.mark.parametrize("name", ["twilio.http_client", "aiogram.event", "aiohttp.access", "sqlalchemy.engine.Engine"])
def test_loggers_that_quote_families_are_silent(log: io.StringIO, name: str):
    logging.getLogger(name).error(WORDS)
    logging.getLogger(name.partition(".")[0] if name != "aiohttp.access" else name).error(WORDS)

    assert log.getvalue() == ""


def test_libraries_say_only_what_is_wrong_with_them(log: io.StringIO):
    logging.getLogger("aiohttp.server").info("chatter")
    logging.getLogger("aiohttp.server").error("Error handling request")

    (line,) = log.getvalue().splitlines()
    assert line.endswith("ERROR aiohttp.server: Error handling request")


def test_a_record_that_cannot_be_written_shows_nothing_of_its_arguments(
    log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    logging.getLogger("bot").info("%d texts", WORDS)

    assert log.getvalue() == ""
    assert capsys.readouterr().err == ""


def test_an_unhandled_error_ends_in_the_log_without_its_words(log: io.StringIO, capsys: pytest.CaptureFixture[str]):
    error = RuntimeError(WORDS)
    sys.excepthook(RuntimeError, error, None)

    assert "CRITICAL bot: ended by an error exception=RuntimeError" in log.getvalue()
    assert "cacahuate" not in log.getvalue() + capsys.readouterr().err
