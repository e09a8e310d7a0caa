"""What speaks against a due message: its contact, the hour, the week, and the announcement that it belongs to.

A message that has an objection is dropped, failed, or held until a moment; ``bot.store.outbox`` takes the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Kind, State
from bot.store import weekly
from bot.store.lists import one_of
from bot.store.signing import signed
from bot.store.statements import Query
from bot.store.tables import MICROSECOND, announcement_texts, announcements, schools
from bot.store.values import from_json, keep
from flows.facts import Permission, QuietHours

HELD_AT_NIGHT = {Kind.NOTICE, Kind.EVENT}
WHATSAPP_WINDOW = timedelta(hours=24) // MICROSECOND


class Due(NamedTuple):
    """A message whose time has come, with all that decides about it; moments as they are kept."""

    id: int
    contact_id: int
    channel: str
    account: str
    address: str
    body: str
    buttons: str | None
    media: str | None
    kind: str
    created_at: int
    due_at: int
    expires_at: int | None
    attempts: int
    conversation_id: int | None
    announcement_id: int | None
    language: str | None
    # The contact as it is now
    stopped_at: int | None
    wrong_number_at: int | None
    permission: str
    last_inbound_at: int | None
    speaks: str | None
    # Where it is, and its school
    timezone: str
    at_home: str | None
    quiet_from: int
    quiet_to: int
    weekly_cap: int
    languages: str

    @property
    def is_news(self) -> bool:
        """Whether it counts as event news: an introduction, which belongs to nothing, does not."""
        belongs = self.announcement_id is not None or self.conversation_id is not None
        return self.kind == Kind.EVENT.value and belongs


class Verdict(NamedTuple):
    """Why a due message does not go out now; with ``due_at`` it stays in line until then."""

    state: State
    reason: str
    due_at: datetime | None = None


class _Words(NamedTuple):
    """What announcements say: those that were stopped, and each approved text by announcement and language.

    With a text stands who writes.
    """

    stopped: set[int]
    approved: Mapping[tuple[int, str], tuple[str, str]]


APPROVED = Query(
    select(
        *(announcements.c.id, announcements.c.state),
        *(announcement_texts.c.language, announcement_texts.c.body, schools.c.name),
    )
    .join(schools, schools.c.id == announcements.c.school_id)
    .outerjoin(
        announcement_texts,
        and_(
            announcement_texts.c.announcement_id == announcements.c.id,
            announcement_texts.c.approved_at.is_not(None),
        ),
    )
    .where(one_of(announcements.c.id, "ids"))
)


async def judge(db: AsyncConnection, found: Sequence[Due], now: datetime) -> list[tuple[Due, Verdict | None]]:
    """For each of these messages what speaks against it, in their order; None where it may go.

    Those of announcements come back with the words that they will say.
    """
    words = await _words(db, {due.announcement_id for due in found if due.announcement_id is not None})
    judged = [(due, _verdict(due, words, now)) for due in (_spoken(due, words) for due in found)]
    full = await _full(db, [due for due, verdict in judged if verdict is None and due.is_news], now)
    return [(due, verdict or _too_much(due, full.get(due.contact_id))) for due, verdict in judged]


def _verdict(due: Due, words: _Words, now: datetime) -> Verdict | None:
    """What its contact, its announcement and the hour say against a message."""
    kind = Kind(due.kind)
    if reason := _unwanted(due, kind) or _taken_back(due, words):
        return Verdict(State.DROPPED, reason)
    if due.expires_at is not None and due.expires_at <= keep(now):
        return Verdict(State.DROPPED, "expired")
    if due.address.startswith("whatsapp:") and keep(now) - (due.last_inbound_at or 0) >= WHATSAPP_WINDOW:
        return Verdict(State.FAILED, "whatsapp-window")
    if kind in HELD_AT_NIGHT:
        morning = _awake(due, now)
        if morning > now:
            return Verdict(State.READY, "quiet-hours", morning)
    return None


def _awake(due: Due, now: datetime) -> datetime:
    quiet = QuietHours(ZoneInfo(due.timezone), due.quiet_from, due.quiet_to)
    return next_day(quiet_at(quiet, due.at_home), now)


def quiet_at(school: QuietHours, at_home: str | None) -> tuple[QuietHours, ...]:
    """The hours in which a number is not written to: the school's, and the same ones where it is at home.

    It may have moved with its owner, so both count.
    """
    return (school, replace(school, timezone=ZoneInfo(at_home))) if at_home else (school,)


def next_day(quiet: Sequence[QuietHours], now: datetime) -> datetime:
    """When it is day everywhere in these: ``now``, or the end of the night."""
    at = now
    for hours in (*quiet, *quiet):  # where one night ends, another may have begun
        at = hours.over_at(at)
    return at


def _unwanted(due: Due, kind: Kind) -> str | None:
    """Why the contact, as it is now, does not want a message.

    After a stop only answers go out: the confirmation itself, and those to what the family texts later.
    """
    for since, reason in ((due.stopped_at, "stopped"), (due.wrong_number_at, "wrong-number")):
        if since is not None and (kind is not Kind.REPLY or due.created_at < since):
            return reason
    if kind is Kind.EVENT and due.permission == Permission.REFUSED.value:
        return "no-permission"
    return None


# Announcements


async def _words(db: AsyncConnection, announcement_ids: Iterable[int]) -> _Words:
    words = _Words(set(), approved := {})
    if ids := sorted(announcement_ids):
        for id_, state, language, body, school in await APPROVED.rows(db, ids=ids):
            if state == "stopped":
                words.stopped.add(id_)
            if language is not None:
                approved[id_, language] = (school, body)
    return words


def _spoken(due: Due, words: _Words) -> Due:
    """A message of an announcement in the language of its contact; the school's first where that is not known."""
    if due.announcement_id is None:
        return due
    language = due.speaks or from_json(due.languages)[0]
    approved = words.approved.get((due.announcement_id, language))
    return due._replace(language=language, body=signed(*approved, due.channel) if approved else "")


def _taken_back(due: Due, words: _Words) -> str | None:
    """Why the announcement, as it is now, does not want its message to go."""
    if due.announcement_id is None:
        return None
    if due.announcement_id in words.stopped:
        return "taken-back"
    return None if due.body else "not-approved"


# The week


async def _full(db: AsyncConnection, due: Sequence[Due], now: datetime) -> Mapping[int, int]:
    """Since when the week of each of these contacts is full, of those whose is; a cap of 0 is none."""
    found: dict[int, int] = {}
    for cap in {one.weekly_cap for one in due} - {0}:
        found |= await weekly.full(db, {one.contact_id for one in due if one.weekly_cap == cap}, cap, now)
    return found


def _too_much(due: Due, since: int | None) -> Verdict | None:
    """Whether this would be more event news within a week than a person gets.

    It waits until enough of it is a week old, and is dropped at once where it would be too late then.
    """
    if not due.is_news or since is None:
        return None
    if due.expires_at is not None and weekly.is_too_late(since, due.expires_at):
        return Verdict(State.DROPPED, "weekly-cap")
    return Verdict(State.READY, "weekly-cap", weekly.free_at(since))
