"""How long it takes to send something, at the speed that the school's addresses may send."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import pace
from flows.facts import QuietHours
from tests.home import CHICAGO

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHT = QuietHours(CHICAGO, 21, 8)


def test_a_text_is_counted_in_the_spelling_in_which_it_is_sent():
    assert pace.of_sms("“Hola”" + "a" * 100) == 1
    assert pace.of_sms("á" * 71) == 2


def test_the_slowest_address_decides():
    units = {"sms:+15125550100": 120, "sms:+15125550101": 30, "telegram:4711": 100}

    assert pace.duration(units, {"sms": 1, "telegram": 25}) == 2 * MINUTE
    assert pace.duration(units, {"sms:+15125550100": 4, "sms": 1, "telegram": 25}) == MINUTE / 2
    assert pace.duration(units, {}) == timedelta()
    assert pace.duration({}, {"sms": 1}) == timedelta()


@pytest.mark.parametrize(
    ("begin", "hours", "through"),
    [
        pytest.param("2026-01-15T18:00", 2, "2026-01-15T20:00", id="all in one day"),
        pytest.param("2026-01-15T18:00", 3, "2026-01-15T21:00", id="until the last moment"),
        pytest.param("2026-01-15T18:00", 4, "2026-01-16T09:00", id="over a night"),
        pytest.param("2026-01-15T23:00", 1, "2026-01-16T09:00", id="begun at night"),
        pytest.param("2026-01-15T18:00", 17, "2026-01-17T09:00", id="over two nights"),
        pytest.param("2026-03-07T20:00", 2, "2026-03-08T09:00", id="the night in which clocks go forward"),
    ],
)
def test_in_quiet_hours_nothing_goes(begin: str, hours: int, through: str):
    at = datetime.fromisoformat(begin).replace(tzinfo=CHICAGO).astimezone(UTC)

    found = pace.finish_time({"sms:1": hours * 3600}, {"sms": 1}, at, NIGHT)

    assert found.astimezone(CHICAGO).strftime("%Y-%m-%dT%H:%M") == through


def test_urgent_news_goes_through_the_night():
    at = datetime(2026, 1, 16, 3, 0, tzinfo=UTC)

    assert pace.finish_time({"sms:1": 3600}, {"sms": 1}, at) == at + HOUR
    assert pace.finish_time({"sms:1": 3600}, {"sms": 1}, at, QuietHours(CHICAGO, 0, 0)) == at + HOUR
