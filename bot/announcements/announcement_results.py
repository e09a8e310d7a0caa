"""What became of an announcement: who has it, who has not and why, who wrote back, and who stopped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import announcements
from bot.store.announcements import Announcement, Outcome

ALL = ("all", "all")
"""Every language by every channel."""
SOON = timedelta(hours=48)
"""For how long after it a text counts as a reply to it, and a stop as one because of it."""

DROPPED: Mapping[str, str] = MappingProxyType(
    {
        "stopped": "had stopped all texts by then, or their number takes none",
        "dead-number": "their number takes no texts",
        "wrong-number": "turned out to be a wrong number",
        "no-permission": "had left event news by then",
        "not-approved": "read a language whose text was not approved any more",
        "taken-back": "the announcement was stopped before",
        "expired": "it had become too late",
        "weekly-cap": "had as much event news this week as one person gets",
    }
)
"""Why we did not send a message, in words; for codes of providers ask their tables."""


class Why(NamedTuple):
    """Why messages did not arrive: our own ``reason``, and the provider's ``code`` where it gave one."""

    channel: str
    reason: str
    code: int | None


@dataclass(slots=True)
class Counts:
    """So many recipients. Of ``accepted`` ones the provider said no more; of ``unknown`` ones nobody knows."""

    recipients: int = 0
    waiting: int = 0
    delivered: int = 0
    accepted: int = 0
    unknown: int = 0
    failed: int = 0
    dropped: int = 0
    replied: int = 0
    replies: int = 0
    """Texts that came from recipients within two days."""
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """What became of an announcement, in all, by language, by channel ("sms"), and by both."""

    total: Counts = field(default_factory=Counts)
    by_language: Mapping[str, Counts] = field(default_factory=dict)
    by_channel: Mapping[str, Counts] = field(default_factory=dict)
    by_both: Mapping[tuple[str, str], Counts] = field(default_factory=dict)
    failed: Mapping[Why, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    """What waits, and why: "quiet-hours", "weekly-cap", or the provider's trouble; "" waits for its turn."""


STATES = {
    "ready": "waiting",
    "sending": "waiting",
    "unknown": "unknown",
    "accepted": "accepted",
    "delivered": "delivered",
    "failed": "failed",
    "dropped": "dropped",
}


async def results(db: AsyncConnection, announcement: Announcement) -> Results:
    """What became of an announcement until now; a text or a stop within two days after it counts.

    Of those who answered a pulse only all together: by language and channel they could be guessed.
    """
    outcomes = await announcements.outcomes(db, announcement.id)
    both: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)
    for one in outcomes:
        _add(both[one.language, one.channel], recipients=one.messages, **{STATES[one.state]: one.messages})
    for language, channel, people, texts in await announcements.replies(db, announcement.id, SOON):
        _add(both[language, channel], replied=people, replies=texts)
    for language, channel, people in await announcements.stops(db, announcement.id, SOON):
        _add(both[language, channel], stopped=people)
    total, secret = _sum(both.values()), announcement.audience.is_secret
    return Results(
        total=total,
        by_language={} if secret else _grouped(both, 0),
        by_channel={} if secret else _grouped(both, 1),
        by_both={ALL: total} if secret and both else dict(both),
        failed=_failed(outcomes),
        dropped=_reasons(outcomes, "dropped"),
        held=_reasons(outcomes, "ready"),
    )


def _grouped(both: Mapping[tuple[str, str], Counts], place: int) -> Mapping[str, Counts]:
    """Those of each language, at place 0, or of each channel, at place 1."""
    names = sorted({key[place] for key in both})
    return {name: _sum(counts for key, counts in both.items() if key[place] == name) for name in names}


def _failed(outcomes: Iterable[Outcome]) -> Mapping[Why, int]:
    found: Counter[Why] = Counter()
    for one in outcomes:
        if one.state == "failed":
            found[Why(one.channel, one.reason or "", one.code)] += one.messages
    return dict(found.most_common())


def _reasons(outcomes: Iterable[Outcome], state: str) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for one in outcomes:
        if one.state == state:
            found[one.reason or ""] += one.messages
    return dict(found.most_common())


def _add(counts: Counts, **more: int) -> None:
    for name, n in more.items():
        setattr(counts, name, getattr(counts, name) + n)


def _sum(many: Iterable[Counts]) -> Counts:
    total = Counts()
    for counts in many:
        _add(total, **{name: getattr(counts, name) for name in Counts.__slots__})
    return total
