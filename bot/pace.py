"""How long it takes to send what waits, at the speed that each of the school's own addresses may send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from bot.channels.segments import count, fold_for_sms
from bot.store.senders import Limits
from bot.store.verdicts import next_day
from flows.facts import QuietHours


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the school sends: how fast each of its addresses may, and what a segment of SMS costs, in dollars.

    ``per_second`` names accounts or kinds of address, as ``Limits`` does.
    """

    per_second: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    segment_price: float = 0.0


def of_sms(body: str) -> int:
    """How many segments a text takes as an SMS, in the spelling in which it is sent."""
    return count(fold_for_sms(body)).segments


def duration(units: Mapping[str, int], per_second: Mapping[str, float]) -> timedelta:
    """How long the slowest account needs for its ``units``: segments of SMS, messages of everything else.

    ``per_second`` names accounts or kinds of address, as ``Limits`` does; an account without a limit needs no time.
    """
    limits = Limits(per_second)
    return max((timedelta(microseconds=limits.step(name) * n) for name, n in units.items()), default=timedelta())


def finish_time(
    units: Mapping[str, int], per_second: Mapping[str, float], begin: datetime, *quiet: QuietHours
) -> datetime:
    """When all ``units`` are through, sent from ``begin`` on and never in any of these quiet hours."""
    at, left = begin, duration(units, per_second)
    nights = [hours for hours in quiet if hours.begin != hours.end]
    while nights:
        at = next_day(nights, at)
        evening = min(_evening(hours, at) for hours in nights)
        if at + left <= evening:
            break
        at, left = evening, left - (evening - at)
    return at + left


def _evening(quiet: QuietHours, at: datetime) -> datetime:
    """When the next quiet hours begin."""
    today = at.astimezone(quiet.timezone).date()
    days = (today, today + timedelta(days=1))
    evenings = (datetime.combine(day, time(quiet.begin), quiet.timezone).astimezone(UTC) for day in days)
    return next(evening for evening in evenings if evening > at)
