"""Office hours as a secretary writes them, and when the office opens next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bot.errors import Refusal
from bot.schools import office
from flows.facts import Closed, OpenHours
from tests.home import CHICAGO, SCHOOL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mon-fri 8:00-15:00", "mon-fri 8:00-15:00"),
        ("Mon-Thu 8-15:30, Fri 8-12", "mon-thu 8:00-15:30, fri 8:00-12:00"),
        ("monday - friday 8:00 - 12:00 13:00 - 15:00", "mon-fri 8:00-12:00 13:00-15:00"),
        ("fri 8-12; mon 8-12", "mon 8:00-12:00, fri 8:00-12:00"),
        ("sat 9:05-11:00", "sat 9:05-11:00"),
        ("", None),
    ],
)
def test_hours_are_read_and_written_alike(text: str, words: str | None) -> None:
    hours = office.read(text)
    assert office.in_words(hours) == words
    assert office.read(words or "") == hours


@pytest.mark.parametrize(
    "text",
    ["8-15", "mon", "lun-vie 8-15", "fri-mon 8-15", "mon 15-8", "mon 8-8", "mon 8-25", "mon 8:60-9", "mon 8-12 11-15"],
)
def test_hours_that_are_none_are_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal):
        office.read(text)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment of March 2027, of which the first is a Monday, at the school."""
    return datetime(2027, month, day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        (at(1, 8), None),
        (at(1, 14, 59), None),
        (at(1, 7, 59), Closed(at(1, 8), 0)),
        (at(1, 12, 30), Closed(at(1, 13), 0)),
        (at(1, 15), Closed(at(2, 8), 1)),
        (at(4, 23, 30), Closed(at(5, 8), 1)),
        (at(5, 12), Closed(at(8, 8), 3)),
        (at(13, 12), Closed(at(15, 8), 2)),  # across the change to summer time
    ],
)
def test_a_closed_office_says_when_it_opens(now: datetime, closed: Closed | None) -> None:
    school = replace(SCHOOL, office=office.read("mon-thu 8-12 13-15, fri 8-12"))
    assert school.closed(now) == closed


def test_an_office_of_one_day_opens_in_a_week() -> None:
    school = replace(SCHOOL, office=(OpenHours(0, time(8), time(9)),))
    assert school.closed(at(1, 9)) == Closed(at(8, 8), 7)


def test_where_no_hours_are_known_nothing_is_promised() -> None:
    assert SCHOOL.closed(at(1, 3)) is None
