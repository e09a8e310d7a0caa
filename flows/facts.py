"""What a flow is told: the school, the family and the event, read fresh at every turn.

A flow keeps none of it; a dinner that moved yesterday is told today with its new time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from flows.core.text import ByLanguage


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nothing is begun: from hour ``begin`` of the evening to hour ``end`` of the morning.

    The hours are those of ``timezone``; equal ones mean that there are no quiet hours.
    """

    timezone: ZoneInfo
    begin: int = 21
    end: int = 8

    def over_at(self, now: datetime) -> datetime:
        """When something may be begun: ``now``, or in quiet hours the moment of their end, in UTC."""
        local = now.astimezone(self.timezone)
        if not self._covers(local.hour):
            return now
        day = local.date() if local.hour < self.end else local.date() + timedelta(days=1)
        # Put together from the clock on the wall: a night in which clocks change is shorter or longer.
        return datetime.combine(day, time(self.end), self.timezone).astimezone(UTC)

    def _covers(self, hour: int) -> bool:
        if self.begin <= self.end:
            return self.begin <= hour < self.end
        return hour >= self.begin or hour < self.end


@dataclass(frozen=True, slots=True)
class OpenHours:
    """One stretch of a week in which the office is open; ``weekday`` is 0 for Monday."""

    weekday: int
    begin: time
    end: time


@dataclass(frozen=True, slots=True)
class Closed:
    """The office is closed. It opens at ``until``, which is ``days`` away on the calendar: 0 is later today."""

    until: datetime
    days: int


@dataclass(frozen=True, slots=True)
class School:
    """A school. ``contact`` is how a person of it is reached: a name, a phone, an address; ``hours`` when, in words.

    ``office`` is when somebody is there, where that is known to the minute.
    """

    id: int
    name: str
    timezone: ZoneInfo
    languages: tuple[str, ...]
    contact: str = ""
    hours: ByLanguage = field(default_factory=ByLanguage)
    quiet_from: int = 21
    """The hour of the evening, in the school's timezone, from which nothing is begun."""
    quiet_to: int = 8
    weekly_cap: int = 3
    """How many pieces of event news one person gets in seven days, at most."""
    office: tuple[OpenHours, ...] = ()

    def closed(self, now: datetime) -> Closed | None:
        """Until when the office is closed; None while it is open, and where its hours are not known."""
        local = now.astimezone(self.timezone)
        if not self.office or any(_covers(hours, local) for hours in self.office):
            return None
        openings = ((days, hours) for days in range(8) for hours in self.office)
        ahead = [(at, days) for days, hours in openings if (at := _opens(hours, local, days)) and at > now]
        until, days = min(ahead)
        return Closed(until, days)

    @property
    def quiet_hours(self) -> QuietHours:
        """When nothing is begun."""
        return QuietHours(self.timezone, self.quiet_from, self.quiet_to)


def _covers(hours: OpenHours, local: datetime) -> bool:
    return hours.weekday == local.weekday() and hours.begin <= local.time() < hours.end


def _opens(hours: OpenHours, local: datetime, days: int) -> datetime | None:
    """When these hours begin on the day that is so many days away; None where it is another day of the week."""
    day = local.date() + timedelta(days=days)
    if day.weekday() != hours.weekday:
        return None
    return datetime.combine(day, hours.begin, local.tzinfo).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """A dinner, workshop or meeting. ``languages`` are those spoken there without an interpreter."""

    id: int
    school_id: int
    starts: datetime
    ends: datetime
    title: ByLanguage
    place: ByLanguage
    languages: tuple[str, ...] = ()
    child_care: bool = False
    food: bool = False
    places: int | None = None
    cancelled: bool = False
    sequence: int = 0
    """How often it was moved, changed or cancelled."""

    def is_ahead(self, now: datetime) -> bool:
        """Whether families are still asked to it: it has not begun, and takes place."""
        return self.starts > now and not self.cancelled

    def takes_answers(self, now: datetime) -> bool:
        """Whether a family's word about it still counts: it is not over, and takes place."""
        return self.ends > now and not self.cancelled

    def interpreted_for(self, language: str) -> bool:
        """Whether a family of ``language`` may need an interpreter."""
        return bool(self.languages) and language not in self.languages


@dataclass(frozen=True, slots=True)
class Room:
    """Where a household stands at an event whose places are limited.

    ``free`` are the places that it may have now, those it has among them; ``adults`` and ``children`` the party that
    has its places. ``asks_for`` is the number of people that it was told there is no room for, and ``listed`` whether
    it said that it waits, ``since`` that moment. Freed places are kept for it until ``kept_until``; at ``passed_at``
    that time was over.
    """

    free: int
    adults: int = 0
    children: int = 0
    asks_for: int | None = None
    listed: bool = False
    since: datetime | None = None
    kept_until: datetime | None = None
    passed_at: datetime | None = None

    @property
    def held(self) -> int:
        """How many people have their places."""
        return self.adults + self.children


A_SEASON = timedelta(days=30)
"""How long a pulse takes answers that families begin by themselves, and how soon one may answer so again."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Families asked how they were received: after ``event``, or by the school at large where that is None."""

    id: int
    school_id: int
    closes: datetime
    event: Event | None = None


# "La" goes only together with "familia": La Rosa is a name.
_SAYS_FAMILY_FIRST = re.compile(r"^(?:(?:the\s+|la\s+)?(?:family|familia)\b[\s:,]*|the\s+)+", re.IGNORECASE)
_SAYS_FAMILY_LAST = re.compile(r"(?:[\s,]+(?:family|familia)\b[.]?)+$", re.IGNORECASE)


class Permission(Enum):
    """Whether a contact takes event news."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Household:
    """A family. ``name`` is what stands on the door list; None until somebody said it."""

    id: int
    school_id: int
    name: str | None = field(default=None, repr=False)

    @property
    def bare_name(self) -> str | None:
        """The name for a text that says "family" itself: "Paz" of "Familia Paz", "Rojas" of "the Rojas family"."""
        if self.name is None:
            return None
        return _SAYS_FAMILY_LAST.sub("", _SAYS_FAMILY_FIRST.sub("", self.name.strip())) or self.name


@dataclass(frozen=True, slots=True)
class Contact:
    """One adult on one address.

    ``language`` is None until known, and held lightly until ``language_chosen``: the family said it, or
    staff entered it. ``account`` is the school's own address that this contact writes to.
    """

    id: int
    school_id: int
    household_id: int | None
    address: str = field(repr=False)
    account: str = ""
    name: str | None = field(default=None, repr=False)
    role: str = "parent"
    language: str | None = None
    language_chosen: bool = False
    permission: Permission = Permission.UNKNOWN
    stopped_at: datetime | None = None
    wrong_number_at: datetime | None = None
    introduced_at: datetime | None = None
    last_inbound_at: datetime | None = None
    app_name: str | None = field(default=None, repr=False)
    """What they are called in their app: for staff alone, where the school knows no name. Nobody is greeted by it."""

    @property
    def first_name(self) -> str | None:
        """How this contact is greeted: by the first of its names, by the whole where that is a title ("Sra. Ortiz")."""
        first = next(iter((self.name or "").split()), None)
        return self.name if first and first.endswith(".") else first

    @property
    def taps(self) -> bool:
        """Whether this contact sees buttons under a message."""
        return self.address.startswith("telegram:")

    @property
    def prefix(self) -> str:
        """``sms``, ``whatsapp``, ``telegram``: which kind of address it is."""
        return self.address.partition(":")[0]
