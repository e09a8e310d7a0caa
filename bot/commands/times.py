"""Times as staff type them: ``2027-03-12 18:00``, in the time of the school."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import Refusal

USUAL = timedelta(hours=2)
_HOUR = re.compile(r"\d{1,2}:\d{2}")


def span(starts: str, ends: str | None, hours: float | None, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """When an event begins and ends, in UTC; ``ends`` may be the hour alone. Raises Refusal."""
    begin = moment(starts, timezone)
    if ends is None:
        # In hours that pass, not on the clock's face: the night of a clock change is as long as any other.
        return begin, begin + (USUAL if hours is None else timedelta(hours=hours))
    if _HOUR.fullmatch(ends.strip()):
        ends = f"{begin.astimezone(timezone):%Y-%m-%d} {ends.strip().zfill(5)}"
    return begin, moment(ends, timezone)


def moment(text: str, timezone: ZoneInfo) -> datetime:
    """The moment in UTC. Raises Refusal for what is no such time, and for an hour that the clocks leave out."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _unclear(text) from error
    if parsed.time() == time(0) and not re.search(r"\d:\d|T\d", text):
        raise _unclear(text)
    if parsed.tzinfo is not None:
        return parsed.astimezone(UTC)
    local = parsed.replace(tzinfo=timezone)
    found = local.astimezone(UTC)
    if found.astimezone(timezone).replace(tzinfo=None) != parsed:
        raise Refusal(f"{text.strip()} does not exist in {timezone.key}: the clocks go forward that night.")
    return found


def _unclear(text: str) -> Refusal:
    return Refusal(f"“{text.strip()}” is not a day and an hour; write them like 2027-03-12 18:00.")
