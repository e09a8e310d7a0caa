"""Who an announcement is for, named by staff; and who of them gets it, in numbers, before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import phones
from bot.errors import Refusal
from bot.store import audiences, events, families, pulses, schools
from bot.store.announcements import Announcement
from bot.store.audiences import CONDITIONS, LONGEST_LIST, Audience, Sending, Share, Week
from flows.facts import School

__all__ = ["Audience", "Reach", "check", "listed", "reach", "sending", "week_of"]

SHORTEST_NUMBER = 10
"""Digits of a phone number with its area code."""
LEAST_ANSWERED = 5
"""How many must have answered a pulse before they are written to, so that nobody learns who they are."""
ABOUT_AN_EVENT = ("invited", "unanswered", "coming")
WHY_NOT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stopped": ("has stopped all texts", "have stopped all texts"),
        "dead-number": (
            "cannot be reached: the number takes no texts",
            "cannot be reached: their numbers take no texts",
        ),
        "wrong-number": ("is a wrong number", "are wrong numbers"),
        "no-permission": ("has given no permission for event news", "have given no permission for event news"),
        "left-news": ("has left event news, or said no to it", "have left event news, or said no to it"),
        "weekly-cap": (
            "has had as much event news this week as one person gets, and would get it too late",
            "have had as much event news this week as one person gets, and would get it too late",
        ),
        "not-approved": ("reads a language without an approved text", "read a language without an approved text"),
        "no-channel": (
            "cannot be reached: the school has no number or bot of that kind",
            "cannot be reached: the school has no number or bot of that kind",
        ),
        "whatsapp-window": (
            "uses WhatsApp, which takes free texts only within 24 hours of the family's last one",
            "use WhatsApp, which takes free texts only within 24 hours of the family's last one",
        ),
        "staff": ("belongs to the school itself", "belong to the school itself"),
        "no-family": ("is not of any family", "are not of any family"),
    }
)
"""Why somebody of an audience gets nothing, in words that follow a number: after 1, and after any other."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who would get an announcement now, as numbers of contacts."""

    shares: tuple[Share, ...]

    @property
    def total(self) -> int:
        """How many get it."""
        return sum(share.contacts for share in self.getting)

    @property
    def getting(self) -> tuple[Share, ...]:
        """Those who get it, by language, channel and account."""
        return tuple(share for share in self.shares if share.reason is None)

    @property
    def by_language_and_channel(self) -> Counter[tuple[str, str]]:
        """How many get it, by language and kind of address ("sms")."""
        found: Counter[tuple[str, str]] = Counter()
        for share in self.getting:
            found[share.language, share.prefix] += share.contacts
        return found

    @property
    def excluded(self) -> Counter[str]:
        """How many of the audience get nothing, by reason; ``WHY_NOT`` has the words."""
        found: Counter[str] = Counter()
        for share in self.shares:
            if share.reason is not None:
                found[share.reason] += share.contacts
        return found

    @property
    def without_text(self) -> Counter[str]:
        """How many get nothing because no text of their language is approved, by language."""
        found: Counter[str] = Counter()
        for share in self.shares:
            if share.reason == "not-approved":
                found[share.language] += share.contacts
        return found

    @property
    def new(self) -> Counter[tuple[str, str]]:
        """How many are told first who writes, by language and kind of address."""
        found: Counter[tuple[str, str]] = Counter()
        for share in self.getting:
            found[share.language, share.prefix] += share.contacts * share.new
        return +found

    @property
    def languages_without_text(self) -> frozenset[str]:
        """The languages of those who get nothing because no text of theirs is approved."""
        return frozenset(self.without_text)


async def reach(
    db: AsyncConnection, school: School, announcement: Announcement, now: datetime, week: Week | None = None
) -> Reach:
    """Who would get this announcement if it went out now, and who of its audience would not, and why.

    With a ``week`` also who has had as much event news in it as one person gets.
    """
    decided = replace(await sending(db, school, announcement, now), week=week)
    return Reach(tuple(await audiences.shares(db, announcement.audience, decided)))


def week_of(school: School, announcement: Announcement, begin: datetime, until: datetime) -> Week | None:
    """What the weekly cap means for an announcement that goes from ``begin`` on; None where it means nothing."""
    if announcement.topic == "urgent" or not school.weekly_cap:
        return None
    return Week(school.weekly_cap, school.quiet_hours.over_at(begin), until)


async def sending(db: AsyncConnection, school: School, announcement: Announcement, now: datetime) -> Sending:
    """What decides who gets an announcement at this moment."""
    accounts: dict[str, str] = {}
    for account in await schools.accounts_of(db, school.id):
        accounts.setdefault(account.partition(":")[0], account)
    urgent = announcement.topic == "urgent"
    return Sending(school.id, school.languages[0], urgent, announcement.approved, accounts, now)


async def check(db: AsyncConnection, school: School, audience: Audience) -> None:
    """Raises Refusal where this is no audience of the school."""
    if audience.kind not in CONDITIONS:
        raise Refusal(f"An audience is one of: {', '.join(CONDITIONS)}.")
    if audience.language is not None and audience.language not in school.languages:
        raise Refusal(f"{school.name} does not write in {audience.language}.")
    if audience.kind in ABOUT_AN_EVENT:
        event = (await events.by_ids(db, [audience.subject_id])).get(audience.subject_id)
        if event is None or event.school_id != school.id:
            raise Refusal(f"{school.name} has no event {audience.subject_id}.")
    if audience.kind == "answered":
        await _check_answered(db, school, audience)
    if audience.kind == "role" and not audience.role:
        raise Refusal("Which role is meant?")
    if audience.kind == "list":
        await _check_list(db, school, audience)


async def _check_answered(db: AsyncConnection, school: School, audience: Audience) -> None:
    pulse_id = audience.subject_id
    pulse = (await pulses.by_ids(db, [pulse_id])).get(pulse_id)
    if pulse is None or pulse.school_id != school.id:
        raise Refusal(f"{school.name} has no pulse {pulse_id}.")
    _asked, answered = (await pulses.counts(db, [pulse_id]))[pulse_id]
    if answered < LEAST_ANSWERED:
        raise Refusal(f"Fewer than {LEAST_ANSWERED} answered this pulse: they could be guessed.")
    if audience.language is not None:
        raise Refusal("Those who answered a pulse are written to all together: a part of them could be guessed.")


async def _check_list(db: AsyncConnection, school: School, audience: Audience) -> None:
    if not 1 <= len(audience.contact_ids) <= LONGEST_LIST:
        raise Refusal(f"A list names from 1 to {LONGEST_LIST:,} contacts.")
    known = await families.by_ids(db, audience.contact_ids)
    if sum(contact.school_id == school.id for contact in known) < len(set(audience.contact_ids)):
        raise Refusal(f"Not every contact of this list is one of {school.name}.")


async def listed(db: AsyncConnection, school: School, entries: Iterable[str], language: str | None = None) -> Audience:
    """The audience of a list that staff wrote: each line a phone number, an address, or the id of a contact.

    Raises Refusal, naming the lines that are not known, never the numbers themselves.
    """
    lines = {number: line.strip() for number, line in enumerate(entries, 1) if line.strip()}
    written = list(lines.values())
    addresses = [_address(entry) for entry in written]
    at = await families.by_addresses(db, {(school.id, address) for address in addresses if address})
    by_address = {contact.address: contact.id for contact in at}
    ids = {int(entry) for entry, address in zip(written, addresses, strict=True) if address is None}
    by_id = {contact.id for contact in await families.by_ids(db, ids) if contact.school_id == school.id}
    found = [
        by_address.get(address, 0) if address is not None else int(entry) * (int(entry) in by_id)
        for entry, address in zip(written, addresses, strict=True)
    ]
    if unknown := [str(number) for number, id_ in zip(lines, found, strict=True) if not id_]:
        which = "the line" if len(unknown) == 1 else "the lines"
        raise Refusal(f"{school.name} knows nobody by {which} {', '.join(unknown)} of this list.")
    return Audience("list", contact_ids=tuple(dict.fromkeys(found)), language=language)


def _address(entry: str) -> str | None:
    """The address of an entry; None for the id of a contact, which is shorter than a phone number."""
    if entry.isascii() and entry.isdigit() and len(entry) < SHORTEST_NUMBER:
        return None
    try:
        return phones.parse(entry)
    except Refusal:
        return ""
