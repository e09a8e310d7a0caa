"""When the office of a school is open, as a secretary writes it: ``mon-thu 8:00-15:30, fri 8-12``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise

from bot.errors import Refusal
from flows.facts import OpenHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"([a-z]+)(?:\s*-\s*([a-z]+))?((?:\s+[\d:]+\s*-\s*[\d:]+)+)")
_STRETCH = re.compile(r"([\d:]+)\s*-\s*([\d:]+)")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?")


def read(text: str) -> tuple[OpenHours, ...]:
    """The hours of a week, in order; none for an empty text. Raises Refusal."""
    parts = [part.strip().lower() for part in re.split("[,;\n]", text) if part.strip()]
    found = sorted((one for part in parts for one in _part(part)), key=lambda one: (one.weekday, one.begin))
    for before, after in pairwise(found):
        if before.weekday == after.weekday and after.begin < before.end:
            raise Refusal(f"The hours of {DAYS[after.weekday]} overlap.")
    return tuple(found)


def in_words(hours: Sequence[OpenHours]) -> str | None:
    """The hours as ``read`` takes them; None where none are known."""
    by_day = {day: _stretches(one for one in hours if one.weekday == day) for day in range(7)}
    runs: list[tuple[int, int, str]] = []
    for day, stretches in by_day.items():
        if runs and stretches and runs[-1][1:] == (day - 1, stretches):
            runs[-1] = (runs[-1][0], day, stretches)
        elif stretches:
            runs.append((day, day, stretches))
    return ", ".join(f"{_days(first, last)} {stretches}" for first, last, stretches in runs) or None


def _part(text: str) -> Iterable[OpenHours]:
    found = _PART.fullmatch(text)
    if found is None:
        raise Refusal(f'“{text}” is no office hours; they look like "mon-fri 8:00-15:00", several with commas between.')
    first = _day(found[1])
    last = _day(found[2]) if found[2] else first
    if last < first:
        raise Refusal(f"The week begins on Monday: {found[1]}-{found[2]} goes backwards.")
    for begin, end in _STRETCH.findall(found[3]):
        hours = _clock(begin), _clock(end)
        if hours[0] >= hours[1]:
            raise Refusal(f"{begin}-{end} ends before it begins; hours are counted to 24: 8:00-15:00.")
        yield from (OpenHours(day, *hours) for day in range(first, last + 1))


def _day(name: str) -> int:
    for number, day in enumerate(DAYS):
        if name.startswith(day):
            return number
    raise Refusal(f"{name} is no day; days are {', '.join(DAYS)}.")


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour > 23 or minute > 59:
        raise Refusal(f"{text} is no time of the day; it looks like 8:00 or 15:30.")
    return time(hour, minute)


def _stretches(hours: Iterable[OpenHours]) -> str:
    return " ".join(f"{one.begin.hour}:{one.begin:%M}-{one.end.hour}:{one.end:%M}" for one in hours)


def _days(first: int, last: int) -> str:
    return DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"
