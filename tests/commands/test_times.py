"""Times as staff type them, in the time of the school."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands.times import moment, span
from bot.errors import Refusal

AUSTIN = ZoneInfo("America/Chicago")
SIX = datetime(2027, 3, 12, 18, 0, tzinfo=AUSTIN)


@pytest.mark.parametrize(
    "text", ["2027-03-12 18:00", " 2027-03-12T18:00 ", "2027-03-12 18:00:00", "2027-03-13 00:00+00:00", "20270312T1800"]
)
def test_a_day_and_an_hour_are_those_of_the_school(text: str):
    assert moment(text, AUSTIN) == SIX


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2027-03-12", "12/3/2027 18:00", "2027-03-12 6pm", "2027-02-30 18:00"]
)
def test_what_is_no_day_and_hour_is_refused_with_an_example(text: str):
    with pytest.raises(Refusal, match="write them like 2027-03-12 18:00"):
        moment(text, AUSTIN)


def test_midnight_is_an_hour():
    assert moment("2027-03-12 00:00", AUSTIN) == datetime(2027, 3, 12, 6, tzinfo=UTC)


def test_an_hour_that_the_clocks_leave_out_is_refused():
    with pytest.raises(Refusal, match="2027-03-14 02:30 does not exist in America/Chicago"):
        moment("2027-03-14 02:30", AUSTIN)


def test_an_hour_that_comes_twice_is_the_first():
    assert moment("2027-11-07 01:30", AUSTIN) == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "hours", "lasts"),
    [
        (None, None, timedelta(hours=2)),
        (None, 1.5, timedelta(minutes=90)),
        ("20:00", None, timedelta(hours=2)),
        ("9:30", None, timedelta(hours=-8.5)),
        ("2027-03-13 18:00", None, timedelta(days=1)),
    ],
)
def test_the_end_is_an_hour_a_moment_or_a_length(ends: str | None, hours: float | None, lasts: timedelta):
    begins, over = span("2027-03-12 18:00", ends, hours, AUSTIN)

    assert begins == SIX
    assert over - begins == lasts


def test_two_hours_are_two_hours_in_the_night_of_a_clock_change():
    begins, over = span("2027-03-14 01:00", None, 2, AUSTIN)

    assert over - begins == timedelta(hours=2)
    assert over.astimezone(AUSTIN).hour == 4
