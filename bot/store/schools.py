"""Schools, and the numbers and bots that families write to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import ids
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import accounts, schools
from bot.store.values import from_json, keep, to_json
from flows.core.text import ByLanguage
from flows.facts import OpenHours, School

COLUMNS = (
    *("id", "name", "timezone", "languages", "contact", "hours", "quiet_from", "quiet_to"),
    *("weekly_cap", "office"),
)
SCHOOL = [schools.c[column] for column in COLUMNS]

ADD = Insert(schools, (*COLUMNS, "created_at"))
SAVE = Update(schools, COLUMNS)
ALL = Query(select(*SCHOOL).order_by(schools.c.id))
BY_IDS = Query(select(*SCHOOL).where(one_of(schools.c.id, "ids")))
BY_NAME = Query(select(*SCHOOL).where(schools.c.name == bindparam("name")))
ADD_ACCOUNT = Insert(accounts, ("address", "school_id", "created_at"), keys=("address",), update=("school_id",))
BY_ACCOUNTS = Query(
    select(accounts.c.address, *SCHOOL)
    .join(schools, schools.c.id == accounts.c.school_id)
    .where(one_of(accounts.c.address, "addresses"))
)
ACCOUNTS_OF = Query(
    select(accounts.c.address)
    .where(accounts.c.school_id == bindparam("school_id"))
    .order_by(accounts.c.created_at, accounts.c.address)
)


async def add(
    db: AsyncConnection,
    name: str,
    timezone: ZoneInfo,
    languages: Sequence[str],
    *,
    now: datetime,
    contact: str = "",
    hours: Mapping[str, str] | None = None,
    quiet: tuple[int, int] = (21, 8),
) -> School:
    """A new school; its name is its own, so a second of the same name raises."""
    (id_,) = await ids.reserve(db, 1)
    school = School(id_, name, timezone, tuple(languages), contact, ByLanguage(hours or {}), *quiet)
    await ADD.run(db, [(*_row(school), keep(now))])
    return school


async def save(db: AsyncConnection, school: School) -> None:
    """Keep the changed fields of a school."""
    await SAVE.run(db, [_row(school)])


async def all_schools(db: AsyncConnection) -> list[School]:
    """Every school of this installation, the first one first."""
    return [_school(row) for row in await ALL.rows(db)]


async def by_ids(db: AsyncConnection, school_ids: Iterable[int]) -> dict[int, School]:
    """These schools by id."""
    return {row[0]: _school(row) for row in await BY_IDS.rows(db, ids=set(school_ids))}


async def by_name(db: AsyncConnection, name: str) -> School | None:
    """The school of this name."""
    return next((_school(row) for row in await BY_NAME.rows(db, name=name)), None)


async def add_account(db: AsyncConnection, school_id: int, address: str, now: datetime) -> None:
    """A number or bot is this school's from now on, whosesoever it was."""
    await ADD_ACCOUNT.run(db, [(address, school_id, keep(now))])


async def by_accounts(db: AsyncConnection, addresses: Sequence[str]) -> dict[str, School]:
    """Which school is written to at each of these addresses; those of no school are left out."""
    return {row[0]: _school(row[1:]) for row in await BY_ACCOUNTS.rows(db, addresses=addresses)}


async def accounts_of(db: AsyncConnection, school_id: int) -> list[str]:
    """The addresses of a school, the oldest first."""
    return [address for (address,) in await ACCOUNTS_OF.rows(db, school_id=school_id)]


def _school(row: Row) -> School:
    id_, name, timezone, languages, contact, hours, quiet_from, quiet_to, weekly_cap, office = row
    return School(
        id_,
        name,
        ZoneInfo(timezone),
        tuple(from_json(languages)),
        contact,
        ByLanguage(from_json(hours)),
        quiet_from,
        quiet_to,
        weekly_cap,
        tuple(_open_hours(*one) for one in from_json(office or "[]")),
    )


def _open_hours(weekday: int, begin: str, end: str) -> OpenHours:
    return OpenHours(weekday, time.fromisoformat(begin), time.fromisoformat(end))


def _row(school: School) -> tuple[Any, ...]:
    return (
        school.id,
        school.name,
        school.timezone.key,
        to_json(school.languages),
        school.contact,
        to_json(school.hours),
        school.quiet_from,
        school.quiet_to,
        school.weekly_cap,
        to_json([(one.weekday, f"{one.begin:%H:%M}", f"{one.end:%H:%M}") for one in school.office]),
    )
