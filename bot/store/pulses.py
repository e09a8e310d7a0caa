"""Pulses: who was asked how they were received, who answered, and, apart from that, what was answered.

The answers have random ids and no time, so that neither says whose they are. On PostgreSQL each row also bears the
number of the transaction that wrote it, and lies where there was room: ``mix`` writes the answers of a pulse anew, in
random order, until it is closed.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, Boolean, Integer, and_, bindparam, delete, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Job, PulseAnswer
from bot.store import events, ids, jobs
from bot.store.lists import one_of
from bot.store.statements import Insert, Query, Row, Update
from bot.store.tables import Moment, conversations, pulse_answers, pulse_recipients, pulses
from bot.store.values import keep, maybe_moment, moment
from flows.facts import A_SEASON, Event, Pulse

MIX = "pulse-mix"
"""The job that mixes the answers of a pulse every day."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeptPulse:
    """A pulse as it is planned and sent. One that families begin by themselves is sent to nobody.

    ``send_at`` of such a standing one is when it closes, and never comes.
    """

    id: int
    school_id: int
    event_id: int | None
    send_at: datetime
    closes_at: datetime
    sent_at: datetime | None = None

    @property
    def is_standing(self) -> bool:
        """Whether families begin it by themselves."""
        return self.send_at == self.closes_at


class Said(NamedTuple):
    """One answer, of nobody that we know."""

    pulse_id: int
    language: str
    score: int
    words: str


COLUMNS = ("id", "school_id", "event_id", "send_at", "closes_at", "sent_at")
PULSE = [pulses.c[column] for column in COLUMNS]
PULSE_ID = bindparam("pulse_id", type_=BigInteger)
SCHOOL_ID = bindparam("school_id", type_=BigInteger)
ANSWER = ("id", "school_id", "pulse_id", "language", "score", "words")
ANSWERED = literal_column("true", Boolean)

ADD = Insert(pulses, ("id", "school_id", "event_id", "created_at", "send_at", "closes_at"), keys=("event_id",))
SENT = Update(pulses, ("id", "sent_at"))
BY_IDS = Query(select(*PULSE).where(one_of(pulses.c.id, "ids")))
OF_EVENT = Query(select(*PULSE).where(pulses.c.event_id == bindparam("event_id", type_=BigInteger)))
OF_SCHOOL = Query(select(*PULSE).where(pulses.c.school_id == SCHOOL_ID).order_by(pulses.c.closes_at, pulses.c.id))
STANDING = Query(
    select(pulses.c.id)
    .where(pulses.c.school_id == SCHOOL_ID, pulses.c.event_id.is_(None), pulses.c.send_at == pulses.c.closes_at)
    .where(pulses.c.closes_at > bindparam("now", type_=Moment))
    .order_by(pulses.c.id)
    .limit(1)
)

RECIPIENT = ("pulse_id", "contact_id", "school_id")
ASK = Insert(pulse_recipients, RECIPIENT, keys=RECIPIENT[:2])
MARK = Insert(pulse_recipients, (*RECIPIENT, "answered"), keys=RECIPIENT[:2], update=("answered",))
NOT_BEGUN = Query(
    select(pulse_recipients.c.contact_id)
    .select_from(pulse_recipients)
    .outerjoin(
        conversations,
        and_(
            conversations.c.contact_id == pulse_recipients.c.contact_id,
            conversations.c.flow == literal_column("'pulse'"),
            conversations.c.subject_id == pulse_recipients.c.pulse_id,
        ),
    )
    .where(pulse_recipients.c.pulse_id == PULSE_ID, conversations.c.id.is_(None))
    .order_by(pulse_recipients.c.contact_id)
    .limit(bindparam("limit", type_=Integer))
)
LEAVE_OUT = Query(
    delete(pulse_recipients).where(
        pulse_recipients.c.pulse_id == PULSE_ID, one_of(pulse_recipients.c.contact_id, "contact_ids")
    )
)
COUNTS = Query(
    select(pulse_recipients.c.pulse_id, func.count(), func.count().filter(pulse_recipients.c.answered == ANSWERED))
    .where(one_of(pulse_recipients.c.pulse_id, "ids"))
    .group_by(pulse_recipients.c.pulse_id)
)

SAY = Insert(pulse_answers, ANSWER)
TAKE_OUT = Query(
    delete(pulse_answers)
    .where(pulse_answers.c.pulse_id == PULSE_ID)
    .returning(*(pulse_answers.c[column] for column in ANSWER[1:]))
)
WHAT_WAS_SAID = Query(
    select(*(pulse_answers.c[column] for column in Said._fields))
    .where(one_of(pulse_answers.c.pulse_id, "ids"))
    .order_by(pulse_answers.c.id)
)


async def add(
    db: AsyncConnection, school_id: int, event_id: int | None, send_at: datetime, closes_at: datetime, now: datetime
) -> KeptPulse:
    """A new pulse; of an event that has one already, that one."""
    (id_,) = await ids.reserve(db, 1)
    await ADD.run(db, [(id_, school_id, event_id, keep(now), keep(send_at), keep(closes_at))])
    known = await of_event(db, event_id) if event_id is not None else None
    return known or KeptPulse(id_, school_id, event_id, send_at, closes_at)


async def sent(db: AsyncConnection, pulse_id: int, now: datetime) -> None:
    """Everybody was asked."""
    await SENT.run(db, [(pulse_id, keep(now))])


async def by_ids(db: AsyncConnection, pulse_ids: Iterable[int]) -> dict[int, KeptPulse]:
    """These pulses by id."""
    return {row[0]: _pulse(row) for row in await BY_IDS.rows(db, ids=set(pulse_ids))}


async def of_event(db: AsyncConnection, event_id: int) -> KeptPulse | None:
    """The pulse after an event."""
    return next((_pulse(row) for row in await OF_EVENT.rows(db, event_id=event_id)), None)


async def of_school(db: AsyncConnection, school_id: int) -> list[KeptPulse]:
    """Every pulse of a school, in the order in which they close."""
    return [_pulse(row) for row in await OF_SCHOOL.rows(db, school_id=school_id)]


async def facts(db: AsyncConnection, pulse_ids: Iterable[int]) -> dict[int, Pulse]:
    """These pulses as flows are told of them, with their events."""
    kept = await by_ids(db, pulse_ids)
    about = {pulse.event_id for pulse in kept.values() if pulse.event_id is not None}
    found = await events.by_ids(db, about) if about else {}
    return {id_: fact(pulse, found.get(pulse.event_id or 0)) for id_, pulse in kept.items()}


def fact(pulse: KeptPulse, event: Event | None) -> Pulse:
    """A pulse as a flow is told of it."""
    return Pulse(pulse.id, pulse.school_id, pulse.closes_at, event)


# Who


async def ask(db: AsyncConnection, pulse: KeptPulse, contact_ids: Iterable[int]) -> None:
    """Put these contacts on the list of those who are asked; nobody is on it twice."""
    await ASK.run(db, [(pulse.id, contact_id, pulse.school_id) for contact_id in sorted(set(contact_ids))])


async def not_begun(db: AsyncConnection, pulse_id: int, limit: int) -> list[int]:
    """The next contacts on the list with whom the conversation was not begun yet."""
    return [contact_id for (contact_id,) in await NOT_BEGUN.rows(db, pulse_id=pulse_id, limit=limit)]


async def leave_out(db: AsyncConnection, pulse_id: int, contact_ids: Iterable[int]) -> None:
    """Take contacts off the list whom the school may not write to any more."""
    await LEAVE_OUT.rows(db, pulse_id=pulse_id, contact_ids=set(contact_ids))


async def counts(db: AsyncConnection, pulse_ids: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """How many were asked in each of these pulses, and how many of them answered."""
    found: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({id_: (asked, answered) for id_, asked, answered in await COUNTS.rows(db, ids=set(pulse_ids))})
    return found


# What


async def save_answers(db: AsyncConnection, answers: Iterable[PulseAnswer], now: datetime) -> None:
    """Mark who answered, and keep what was answered apart from it.

    Answers to no certain pulse (id 0) go to the one of their school that takes what families tell by themselves.
    """
    standing = {answer.school_id: 0 for answer in answers if not answer.pulse_id}
    for school_id in sorted(standing):
        standing[school_id] = await _standing(db, school_id, now)
    placed = [(answer.pulse_id or standing[answer.school_id], answer) for answer in answers]
    await MARK.run(db, sorted((id_, a.contact_id, a.school_id, True) for id_, a in placed))
    await _say(db, [(a.school_id, id_, a.language, a.score, a.words) for id_, a in placed])


async def mix(db: AsyncConnection, pulse_id: int) -> None:
    """Write the answers of a pulse anew under other random ids, in random order."""
    await _say(db, await TAKE_OUT.rows(db, pulse_id=pulse_id))


async def said(db: AsyncConnection, pulse_ids: Iterable[int]) -> list[Said]:
    """All that was answered in these pulses, in random order."""
    return [Said(*row) for row in await WHAT_WAS_SAID.rows(db, ids=set(pulse_ids))]


async def _say(db: AsyncConnection, answers: Iterable[Row]) -> None:
    rows = [(secrets.randbits(62), *answer) for answer in answers]
    await SAY.run(db, sorted(rows))


async def _standing(db: AsyncConnection, school_id: int, now: datetime) -> int:
    # Two processes may make one each, at the very same moment: then their few answers are shown together.
    for (id_,) in await STANDING.rows(db, school_id=school_id, now=now):
        return int(id_)
    closes_at = now + A_SEASON
    pulse = await add(db, school_id, None, closes_at, closes_at, now)
    await jobs.arm(db, [Job(school_id, MIX, pulse.id, now + A_DAY)])
    return pulse.id


def _pulse(row: Row) -> KeptPulse:
    return KeptPulse(row[0], row[1], row[2], moment(row[3]), moment(row[4]), maybe_moment(row[5]))
