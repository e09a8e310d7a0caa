"""Codes in links and QR codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Text, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Link
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row
from bot.store.tables import Moment, links
from bot.store.values import keep, maybe_keep, maybe_moment, moment

COLUMNS = ("school_id", "kind", "subject_id", "code", "created_at", "expires_at", "used_at")
LINK = [links.c[column] for column in COLUMNS]
NOW = bindparam("now", type_=Moment)
OF_SCHOOL = links.c.school_id == bindparam("school_id", type_=BigInteger)
OF_KIND = links.c.kind == bindparam("kind", type_=Text)
WORKS = (links.c.expires_at.is_(None) | (links.c.expires_at > NOW)) & links.c.used_at.is_(None)

ADD = Insert(links, COLUMNS)
BY_CODES = Query(select(*LINK).where(one_of(links.c.code, "codes")))
OF_SUBJECTS = Query(
    select(*LINK)
    .where(OF_SCHOOL, OF_KIND, one_of(links.c.subject_id, "subjects"), WORKS)
    .order_by(links.c.created_at, links.c.code)
)
ALL = Query(select(*LINK).where(OF_SCHOOL).order_by(links.c.created_at, links.c.code))
REVOKE = Query(
    update(links)
    .where(OF_SCHOOL, OF_KIND, links.c.subject_id == bindparam("subject_id", type_=BigInteger), WORKS)
    .values(expires_at=NOW)
    .returning(links.c.code)
)
USE = Query(
    update(links)
    .where(links.c.code == bindparam("code", type_=Text), WORKS)
    .values(used_at=NOW)
    .returning(links.c.code)
)


async def add(db: AsyncConnection, new: Sequence[Link]) -> None:
    """Keep these links; a code that is there already raises."""
    await ADD.run(db, [_row(link) for link in new])


async def by_codes(db: AsyncConnection, codes: Iterable[str]) -> dict[str, Link]:
    """The links with these codes, also those that do not work any more."""
    return {row[3]: _link(row) for row in await BY_CODES.rows(db, codes=set(codes))}


async def working(
    db: AsyncConnection, school_id: int, kind: str, subject_ids: Iterable[int], now: datetime
) -> dict[int, Link]:
    """The newest link that works for each of these subjects."""
    rows = await OF_SUBJECTS.rows(db, school_id=school_id, kind=kind, subjects=set(subject_ids), now=now)
    return {row[2]: _link(row) for row in rows}


async def of_school(db: AsyncConnection, school_id: int) -> list[Link]:
    """Every link of a school, the oldest first."""
    return [_link(row) for row in await ALL.rows(db, school_id=school_id)]


async def revoke(db: AsyncConnection, school_id: int, kind: str, subject_id: int, now: datetime) -> int:
    """The links for this subject work no more; how many did until now."""
    return len(await REVOKE.rows(db, school_id=school_id, kind=kind, subject_id=subject_id, now=now))


async def use(db: AsyncConnection, code: str, now: datetime) -> bool:
    """Use a link that works once; False where another one did so before."""
    return bool(await USE.rows(db, code=code, now=now))


def _link(row: Row) -> Link:
    school_id, kind, subject_id, code, created_at, expires_at, used_at = row
    return Link(school_id, kind, subject_id, code, moment(created_at), maybe_moment(expires_at), maybe_moment(used_at))


def _row(link: Link) -> Row:
    return (
        link.school_id,
        link.kind,
        link.subject_id,
        link.code,
        keep(link.created_at),
        maybe_keep(link.expires_at),
        maybe_keep(link.used_at),
    )
