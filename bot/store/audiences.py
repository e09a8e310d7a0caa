"""Who an announcement is for, and who of them gets it: chosen by the database, a million contacts as well as ten.

Each kind of audience is one condition on a contact. Why somebody of the audience gets nothing is one more, so that
what is counted in a preview and what is written when it is sent are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import weekly
from bot.store.blocks import is_dead
from bot.store.lists import one_of
from bot.store.statements import Query, Row
from bot.store.tables import Moment, contacts, invitations, pulse_recipients, rsvps
from bot.store.values import keep

DEAD = "dead-number"
"""Why somebody gets nothing whose number takes no texts."""
FULL = "weekly-cap"
"""Why somebody gets nothing who has had as much event news in a week as one person gets."""
LONGEST_LIST = 10_000
"""How many contacts a list may name."""
WHATSAPP_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who an announcement is for.

    ``kind``: "all"; "invited", "unanswered" and "coming", with the event's id in ``subject_id``; "answered", with the
    pulse's; "role", with the ``role``; "list", with ``contact_ids``. A ``language`` narrows any of them.
    """

    kind: str = "all"
    subject_id: int = 0
    role: str = ""
    contact_ids: tuple[int, ...] = ()
    language: str | None = None

    @property
    def is_secret(self) -> bool:
        """Whether nobody is to learn who belongs to it: those who said how they were received."""
        return self.kind == "answered"

    def to_json(self) -> dict[str, Any]:
        """As it is kept: only what says something."""
        kept = {"kind": self.kind, "subject": self.subject_id, "role": self.role, "language": self.language}
        return {name: value for name, value in (kept | {"contacts": list(self.contact_ids)}).items() if value}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Audience:
        """As it was."""
        return cls(
            kept.get("kind", "all"),
            kept.get("subject", 0),
            kept.get("role", ""),
            tuple(kept.get("contacts", ())),
            kept.get("language"),
        )


@dataclass(frozen=True, slots=True)
class Week:
    """What a school's weekly cap means for event news that goes ``at`` this moment, and is too late ``until`` then."""

    cap: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """What decides, beside its audience, who gets an announcement.

    ``approved`` are the languages in which it may go out, ``first`` is spoken where a contact's own is not known.
    ``accounts`` are the school's own addresses by their kind ("sms"), for contacts that never wrote to one.
    Whether a ``week`` is full is asked ahead only; a message waits for room in it once it is written.
    """

    school_id: int
    first: str
    urgent: bool
    approved: frozenset[str]
    accounts: Mapping[str, str]
    now: datetime
    week: Week | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """So many contacts of an audience are alike. ``reason`` is why they get nothing, None for those who get it.

    ``new`` are those that the school never wrote to: they are told who writes first. Those whose week is full get it
    between two moments, ``free_from`` and ``free_until``.
    """

    reason: str | None
    language: str
    prefix: str
    account: str
    new: bool
    contacts: int
    timezone: str | None = None
    """Where the numbers are at home, if that is another timezone than the school's."""
    free_from: datetime | None = None
    free_until: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether they get it later, when their week has room again."""
        return self.reason is None and self.free_from is not None


SCHOOL_ID = bindparam("school_id", type_=BigInteger)
SUBJECT = bindparam("subject_id", type_=BigInteger)
NOW = bindparam("now", type_=Moment)
PREFIXES = ("sms", "whatsapp", "telegram")

language_of: ColumnElement[str] = func.coalesce(contacts.c.language, bindparam("first", type_=Text), type_=Text)
prefix_of: ColumnElement[str] = case(
    *((contacts.c.address.startswith(f"{prefix}:"), literal_column(f"'{prefix}'", Text)) for prefix in PREFIXES),
    else_=literal_column("''", Text),
)
account_of: ColumnElement[str] = case(
    (contacts.c.account != literal_column("''", Text), contacts.c.account),
    *(
        (prefix_of == literal_column(f"'{prefix}'", Text), bindparam(f"{prefix}_account", type_=Text))
        for prefix in PREFIXES
    ),
    else_=literal_column("''", Text),
)
NO_FAMILY = contacts.c.household_id.is_(None)
# A row of its own that a person of the school is written to at.
IS_STAFF = and_(contacts.c.role == literal_column("'staff'", Text), NO_FAMILY)
INVITED = exists().where(invitations.c.event_id == SUBJECT, invitations.c.household_id == contacts.c.household_id)
ANSWERED = exists().where(rsvps.c.event_id == SUBJECT, rsvps.c.household_id == contacts.c.household_id)
COMING = ANSWERED.where(rsvps.c.coming == literal_column("'yes'", Text))

CONDITIONS: Mapping[str, ColumnElement[bool]] = MappingProxyType(
    {
        "all": true(),
        "invited": INVITED,
        "unanswered": and_(INVITED, ~ANSWERED),
        "coming": COMING,
        "role": contacts.c.role == bindparam("role", type_=Text),
        "list": one_of(contacts.c.id, "contact_ids"),
        "answered": exists().where(
            pulse_recipients.c.pulse_id == SUBJECT,
            pulse_recipients.c.contact_id == contacts.c.id,
            pulse_recipients.c.answered == literal_column("true", Boolean),
        ),
    }
)
"""Whether a contact is of an audience, by its kind."""

reason_of: ColumnElement[str | None] = case(
    (contacts.c.wrong_number_at.is_not(None), literal_column("'wrong-number'", Text)),
    (is_dead, literal_column(f"'{DEAD}'", Text)),
    (contacts.c.stopped_at.is_not(None), literal_column("'stopped'", Text)),
    (and_(IS_STAFF, bindparam("families_only", type_=Boolean)), literal_column("'staff'", Text)),
    # Somebody who was of the school, or wrote to the bot of several schools without saying which.
    (and_(NO_FAMILY, ~IS_STAFF, bindparam("members_only", type_=Boolean)), literal_column("'no-family'", Text)),
    (account_of == literal_column("''", Text), literal_column("'no-channel'", Text)),
    (
        and_(
            prefix_of == literal_column("'whatsapp'", Text),
            func.coalesce(contacts.c.last_inbound_at, 0) <= bindparam("window_begins", type_=Moment),
        ),
        literal_column("'whatsapp-window'", Text),
    ),
    (
        and_(
            bindparam("needs_permission", type_=Boolean),
            contacts.c.permission == literal_column("'refused'", Text),
            ~IS_STAFF,
        ),
        literal_column("'left-news'", Text),
    ),
    (
        and_(
            bindparam("needs_permission", type_=Boolean),
            contacts.c.permission != literal_column("'given'", Text),
            ~IS_STAFF,
        ),
        literal_column("'no-permission'", Text),
    ),
    (~one_of(language_of, "approved"), literal_column("'not-approved'", Text)),
    else_=None,
)
"""Why a contact gets nothing; NULL for one that gets it."""


async def shares(db: AsyncConnection, audience: Audience, sending: Sending, after: int = 0) -> list[Share]:
    """The whole audience in numbers, or that of contacts with higher ids than ``after``."""
    week = sending.week
    query = _shares(audience.kind, audience.language is not None, week is not None)
    news = {} if week is None else {**weekly.given(week.cap, week.at), "until": keep(week.until)}
    return [_share(row) for row in await query.rows(db, **given(audience, sending), **news, after=after)]


def _share(row: Row) -> Share:
    reason, language, prefix, account, new, timezone, _full, people, first, last = row
    free = (None, None) if first is None else (weekly.free_at(first), weekly.free_at(last))
    return Share(reason, language, prefix, account, bool(new), people, timezone, *free)


async def following(
    db: AsyncConnection, audience: Audience, sending: Sending, after: int, limit: int
) -> list[tuple[int, bool]]:
    """The next contacts that get it, by id, each with whether the school never wrote to it."""
    query = _following(audience.kind, audience.language is not None)
    rows = await query.rows(db, **given(audience, sending), after=after, limit=limit)
    return [(id_, bool(new)) for id_, new in rows]


def recipients(kind: str, by_language: bool, *columns: ColumnElement[Any]) -> Select[Any]:
    """Those who get it, with ids from above ``after`` up to ``upto``; takes what ``given`` brings."""
    wanted = _members(kind, by_language, *columns)
    return wanted.where(reason_of.is_(None), contacts.c.id <= bindparam("upto", type_=BigInteger))


def left_out(kind: str, by_language: bool, *columns: ColumnElement[Any]) -> Select[Any]:
    """Those with ids up to ``upto`` who get nothing because their number takes no texts, as it was ``before``."""
    wanted = _members(kind, by_language, *columns)
    return wanted.where(
        reason_of == literal_column(f"'{DEAD}'", Text),
        contacts.c.stopped_at <= bindparam("before", type_=Moment),
        contacts.c.id <= bindparam("upto", type_=BigInteger),
    )


@cache
def _shares(kind: str, by_language: bool, weekly_cap: bool) -> Query:
    about: Mapping[str, ColumnElement[Any]] = {
        "reason": reason_of,
        "language": language_of,
        "prefix": prefix_of,
        "account": account_of,
        "new": contacts.c.introduced_at.is_(None),
        "timezone": contacts.c.timezone,
        "since": weekly.full_since if weekly_cap else cast(null(), BigInteger),
    }
    members = _members(kind, by_language, *(column.label(name) for name, column in about.items()))
    # Kept apart, or PostgreSQL would look into each week once for every place that names it.
    found = members.cte("members").prefix_with("MATERIALIZED", dialect="postgresql").c
    gets = found.reason.is_(None)
    too_late = weekly.is_too_late(found.since, bindparam("until", type_=BigInteger)) if weekly_cap else false()
    judged = select(
        case((and_(gets, too_late), literal_column(f"'{FULL}'", Text)), else_=found.reason).label("reason"),
        *(found[name] for name in about if name not in ("reason", "since")),
        case((gets, found.since)).label("since"),
    ).subquery()
    alike = (*(column for column in judged.c if column.name != "since"), judged.c.since.is_not(None))
    numbers = (func.count(), func.min(judged.c.since), func.max(judged.c.since))
    return Query(select(*alike, *numbers).group_by(*alike).order_by(*alike))


@cache
def _following(kind: str, by_language: bool) -> Query:
    members = _members(kind, by_language, contacts.c.id, contacts.c.introduced_at.is_(None)).where(reason_of.is_(None))
    return Query(members.order_by(contacts.c.id).limit(bindparam("limit", type_=Integer)))


def _members(kind: str, by_language: bool, *columns: ColumnElement[Any]) -> Select[Any]:
    """Everybody of an audience."""
    members = select(*columns).where(
        contacts.c.school_id == SCHOOL_ID, contacts.c.id > bindparam("after", type_=BigInteger), CONDITIONS[kind]
    )
    return members.where(language_of == bindparam("language", type_=Text)) if by_language else members


def given(audience: Audience, sending: Sending) -> dict[str, Any]:
    """The parameters that every question about an audience takes."""
    accounts = {f"{prefix}_account": sending.accounts.get(prefix, "") for prefix in PREFIXES}
    return {
        **accounts,
        "school_id": sending.school_id,
        "first": sending.first,
        "approved": sorted(sending.approved),
        "needs_permission": not sending.urgent,
        # Who is named is meant, and the staff who are asked for by role. A stranger has the role of a parent.
        "families_only": audience.kind not in ("list", "role"),
        "members_only": audience.kind != "list",
        "window_begins": sending.now - WHATSAPP_WINDOW,
        "subject_id": audience.subject_id,
        "role": audience.role,
        "contact_ids": audience.contact_ids,
        "language": audience.language,
    }
