"""The end of a request: the family says that it is settled, or is silent for a week after it was asked.

    open ──ask_settled──> asked ──yes───────────────> closed by the family
      ^                    │ │ └──a week of silence──> closed by its silence
      └─no, or more to say─┘                             │
      └──────────a new text within seven days────────────┘

Staff close by themselves only what needs no question: a wrong number, a photo, a family that stopped all texts, or a
danger of one of themselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import turn
from bot.errors import Refusal
from bot.gather import gather
from bot.help_desk import alerts
from bot.help_desk.answering import JOB, check_reachable, closing_conversation, withdrawn
from bot.help_desk.calls import Call, check_open, hold, noted
from bot.help_desk.owning import check_theirs
from bot.jobs import Work
from bot.language.voice import Voice
from bot.records import Job, StaffMember, Stage
from bot.store import conversations, help_requests, jobs, schools
from bot.turn.turn import Turn
from bot.write import write

SILENCE = timedelta(days=7)
ASK, SILENT = "ask", "silence"
"""The two times of a closing question: when it is asked, and when nobody has answered it."""


async def ask_settled(
    db: AsyncConnection, voice: Voice, request_id: int, member: StaffMember, now: datetime
) -> datetime:
    """Ask the family whether its request is settled; when that is: at once, or after the quiet hours. Raises Refusal.

    Its yes, or its silence for a week, closes the request. Asked a second time, it is asked anew.
    """
    call = await hold(db, voice.school, request_id)
    check_open(call)
    check_theirs(call, member)
    if call.of_staff:
        raise Refusal(f"A person of the school is asked in person. Then: sobremesa requests close {request_id}")
    check_reachable(call.contact, now)
    at = voice.school.quiet_hours.over_at(now)
    await noted(db, call, member, now, "request asked whether it is settled")
    if at > now:
        # Not asked yet: until morning the family may still answer what a person asked it.
        await help_requests.save(db, [replace(await withdrawn(db, call, now), asked_at=at)])
        await jobs.arm(db, [_job(call, ASK, at)])
    else:
        await _ask(db, voice, call, now)
    return at


async def close(
    db: AsyncConnection, voice: Voice, request_id: int, member: StaffMember, now: datetime, *, at_once: bool = False
) -> datetime | None:
    """End a request: the family is asked, and when; None where it needs no question, or cannot be asked, and is closed.

    ``at_once`` insists on no question, which is refused while the family can be asked. Raises Refusal.
    """
    call = await hold(db, voice.school, request_id)
    check_open(call)
    check_theirs(call, member)
    if call.request.is_thread and can_be_asked(call):
        if not at_once:
            return await ask_settled(db, voice, request_id, member, now)
        raise Refusal(f"Only the family can say that it is settled. Ask it: sobremesa requests ask {request_id}")
    await _close(db, call, now, "staff")
    await noted(db, call, member, now, "request closed")
    return None


def can_be_asked(call: Call) -> bool:
    """Whether a family may still be written to; one of the staff is asked in person."""
    return call.contact.stopped_at is None and call.contact.wrong_number_at is None and not call.of_staff


async def closing_question(work: Work, job: Job) -> None:
    """The time of a closing question came: to ask it, or to take the silence for a yes."""
    async with work.database.write() as db:
        school = (await schools.by_ids(db, [job.school_id]))[job.school_id]
        now, voice = work.clock(), Voice(work.catalogs, school)
        call = await _still_asked(db, voice, job, now)
        if call is None:
            return
        if job.key == ASK:
            await _ask(db, voice, call, now)
        else:
            await _close(db, call, now, "silence")
            await noted(db, call, None, now, "request closed by silence")
            await alerts.closed_by_silence(db, voice, call, now)
            known = await gather(db, [call.contact], now, texts=1)  # what is said again may be about limited places
            await _write(db, turn.resume(known[call.contact.id], call.contact.id, now, voice), now)


async def _still_asked(db: AsyncConnection, voice: Voice, job: Job, now: datetime) -> Call | None:
    """The request of a job; None where it was closed, or somebody wrote, since the job was set."""
    try:
        call = await hold(db, voice.school, job.subject_id)
    except Refusal:  # purged meanwhile
        return None
    asked_at = call.request.asked_at
    due = None if asked_at is None else asked_at if job.key == ASK else asked_at + SILENCE
    if call.request.closed_at is not None or due is None or due > now:
        return None
    if job.key == SILENT:
        return call
    asked = await closing_conversation(db, call)
    is_asked = asked is not None and asked.stage is Stage.OPEN
    return call if can_be_asked(call) and not is_asked else None


async def _ask(db: AsyncConnection, voice: Voice, call: Call, now: datetime) -> None:
    known = await gather(db, [call.contact], now)
    asked = turn.ask_settled(known[call.contact.id], call.contact.id, call.request.id, now, voice)
    await _write(db, asked, now)
    await jobs.cancel(db, JOB, call.request.id)
    await jobs.arm(db, [_job(call, SILENT, now + SILENCE)])


async def _close(db: AsyncConnection, call: Call, now: datetime, by: str) -> None:
    await help_requests.save(db, [replace(await withdrawn(db, call, now), closed_at=now, closed_by=by)])
    if call.request.reason == "help":
        talks = await conversations.of_contacts(db, [call.contact.id])
        asked = [talk for talk in talks if talk.flow == "help" and talk.stage is Stage.OPEN]
        # What it is about need not be said any more.
        await conversations.save(db, [replace(talk, stage=Stage.CLOSED, updated_at=now) for talk in asked])


async def _write(db: AsyncConnection, taken: Turn, now: datetime) -> None:
    await write(db, taken.finish(), [], dict.fromkeys(taken.family.contacts, taken.family), now)


def _job(call: Call, key: str, due_at: datetime) -> Job:
    return Job(call.request.school_id, JOB, call.request.id, due_at, key)
