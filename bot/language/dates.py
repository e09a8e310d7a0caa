"""Dates and times as people of one language write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

STYLES = ("day", "date", "time")
"""Thursday, March 12 · March 12, 2026 · 6:00 PM"""


@dataclass(frozen=True, slots=True)
class Dates:
    """The patterns of one language, in the notation of Unicode's locale data, by style."""

    locale: Locale
    patterns: dict[str, str]

    @classmethod
    def of(cls, locale: Locale, day: str | None = None) -> Dates:
        """The usual patterns of ``locale``; ``day`` where its language has a shorter one, without the year."""
        usual = {
            "day": day or locale.date_formats["full"].pattern,
            "date": locale.date_formats["long"].pattern,
            "time": locale.time_formats["short"].pattern,
        }
        return cls(locale, usual)

    def write(self, moment: date | datetime, style: str, timezone: ZoneInfo) -> str:
        """``moment`` in words; without a ``style`` its day, and its time if it has one.

        ValueError: a datetime without a timezone, or the time of a date.
        """
        if not style:
            styles = ("day", "time") if isinstance(moment, datetime) else ("day",)
            return ", ".join(self.write(moment, each, timezone) for each in styles)
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError("A time without its timezone cannot be said.")
            moment = moment.astimezone(timezone).replace(tzinfo=None)
        elif style == "time":
            raise ValueError("A date has no time to be said.")
        return _written(moment, self.patterns[style], str(self.locale))


# Formatting costs 15 µs, and a school says the same few times to everybody.
@lru_cache(maxsize=4096)
def _written(moment: date | datetime, pattern: str, locale: str) -> str:
    if isinstance(moment, datetime):
        return format_datetime(moment, pattern, locale=locale)
    return format_date(moment, pattern, locale=locale)
