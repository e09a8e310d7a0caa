"""What sending an announcement would mean: who gets it, what it takes, when it begins and when it is through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import pace
from bot.announcements import GOOD_FOR, audiences
from bot.announcements.audiences import Reach
from bot.announcements.broadcasting import introduction
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.store.announcements import Announcement
from bot.store.audiences import Share
from bot.store.signing import signed
from bot.store.verdicts import next_day, quiet_at
from flows.facts import QuietHours, School

NAME = "[name]"
"""Stands for each one's own in an introduction."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What sending an announcement now would mean."""

    reach: Reach
    segments: Mapping[str, int]
    """How many SMS segments the text of each language takes, with the name of the school before it."""
    introductions: Mapping[str, int]
    """How many the introduction takes that goes before the first message ever, by language."""
    sms_segments: int
    """Of the whole announcement, introductions among them; what the school pays for."""
    duration: timedelta
    """How long the slowest of the school's addresses sends to those who have room in their week."""
    begin_at: datetime
    """When the first one goes."""
    finish_at: datetime
    asleep: Mapping[datetime, int]
    """How many get it only from a later moment on: their numbers are at home where it is night until then."""
    waiting: int
    """How many have had as much event news this week as one person gets, and get it when there is room again."""
    waiting_until: datetime | None
    """When the last of these gets it."""


async def plan(
    db: AsyncConnection,
    catalogs: Catalogs,
    school: School,
    announcement: Announcement,
    per_second: Mapping[str, float],
    now: datetime,
    at: datetime | None = None,
    until: datetime | None = None,
) -> Plan:
    """What sending this announcement would mean, with the texts that are approved, beginning now or ``at`` a time.

    ``per_second`` is how fast the school's addresses may send (``bot.app.per_second``). What has not gone ``until``
    then never goes; by default as long after the beginning as it is good for.
    """
    begin = at or now
    week = audiences.week_of(school, announcement, begin, until or begin + GOOD_FOR)
    reach = await audiences.reach(db, school, announcement, now, week)
    texts = _Texts.of(Voice(catalogs, school), announcement)
    times = _Times(None if announcement.topic == "urgent" else school.quiet_hours, begin, per_second)
    waiting = [share for share in reach.getting if share.waits]
    at_once = [share for share in reach.getting if not share.waits]
    units = texts.units(reach.getting)
    ends = [times.last(share) for share in waiting]
    return Plan(
        reach=reach,
        segments=texts.segments,
        introductions=texts.introductions,
        sms_segments=sum(n for account, n in units.items() if account.startswith("sms:")),
        duration=pace.duration(texts.units(at_once), per_second),
        begin_at=min(map(times.first, reach.getting), default=begin),
        finish_at=max([*times.finishes(at_once, texts), *ends], default=begin),
        asleep=times.asleep(at_once),
        waiting=sum(share.contacts for share in waiting),
        waiting_until=max(ends, default=None),
    )


def as_read(reach: Reach, school: School, found: Announcement, language: str) -> str:
    """The words of a language as they reach its families: by SMS, where any of them is reached so."""
    body, by = found.texts[language].body, _channels(reach, language)
    by_sms = "sms" in by or not by or found.audience.is_secret
    return signed(school.name, body, "sms") if by_sms else body


def signed_over_the_chat(reach: Reach, school: School, found: Announcement, language: str) -> list[str]:
    """By which channels others read them without the name of the school, because that stands over the chat."""
    if found.audience.is_secret or as_read(reach, school, found, language) == found.texts[language].body:
        return []
    return sorted(_channels(reach, language) - {"sms"})


def _channels(reach: Reach, language: str) -> set[str]:
    return {share.prefix for share in reach.getting if share.language == language}


@dataclass(frozen=True, slots=True)
class _Texts:
    """How many segments each text takes as an SMS, by language."""

    segments: Mapping[str, int]
    introductions: Mapping[str, int]

    @classmethod
    def of(cls, voice: Voice, announcement: Announcement) -> _Texts:
        name, languages = voice.school.name, voice.school.languages
        segments = {code: pace.of_sms(signed(name, said.body, "sms")) for code, said in announcement.texts.items()}
        return cls(segments, {code: pace.of_sms(introduction(voice, NAME, code)) for code in languages})

    def units(self, shares: Iterable[Share]) -> Counter[str]:
        """What each account has to send: segments of SMS, messages of everything else."""
        units: Counter[str] = Counter()
        for share in shares:
            each = self.segments[share.language] if share.prefix == "sms" else 1
            first = self.introductions.get(share.language, 1) if share.prefix == "sms" else 1
            units[share.account] += share.contacts * (each + first * share.new)
        return units


@dataclass(frozen=True, slots=True)
class _Times:
    """When messages go from ``begin`` on, by day at the school and where a number is at home; no ``quiet``: always."""

    quiet: QuietHours | None
    begin: datetime
    per_second: Mapping[str, float]

    def first(self, share: Share) -> datetime:
        """When the first one of them goes."""
        return self._day(share, share.free_from or self.begin)

    def last(self, share: Share) -> datetime:
        """When the last one of them goes whose week is full."""
        return self._day(share, share.free_until or self.begin)

    def finishes(self, shares: Iterable[Share], texts: _Texts) -> list[datetime]:
        """When all of these are through, and when those of each timezone are."""
        shares = list(shares)
        if not shares:
            return []
        zones = {share.timezone for share in shares} - {None}
        apart = ((zone, [share for share in shares if share.timezone == zone]) for zone in zones)
        return [self._finish(zone, texts.units(some)) for zone, some in ((None, shares), *apart)]

    def asleep(self, shares: Iterable[Share]) -> Mapping[datetime, int]:
        """How many of these get it only when it is day where their number is at home."""
        found: Counter[datetime] = Counter()
        day = next_day(self._nights(None), self.begin)
        for share in shares:
            if (later := self.first(share)) > day:
                found[later] += share.contacts
        return dict(sorted(found.items()))

    def _finish(self, zone: str | None, units: Mapping[str, int]) -> datetime:
        return pace.finish_time(units, self.per_second, self.begin, *self._nights(zone))

    def _day(self, share: Share, at: datetime) -> datetime:
        return next_day(self._nights(share.timezone), max(at, self.begin))

    def _nights(self, zone: str | None) -> tuple[QuietHours, ...]:
        return quiet_at(self.quiet, zone) if self.quiet else ()
