"""An announcement on its way: its recipients written in parts, and how far it is.

    scheduled ──its time came──> sending ──nobody waits any more──> sent
                                   └──staff──> stopped

The job of an announcement goes through its audience by the ids of the contacts. Each part is one short transaction that
writes the messages and how far it came, so that a process that dies in between loses nothing and repeats nothing, and
no text of a family waits for it. The messages hold no words: those are looked up when they are sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices
from bot.announcements import GOOD_FOR, audiences, take_back
from bot.jobs import Work
from bot.language.voice import Voice
from bot.messages import State
from bot.notices import Notice
from bot.records import Job
from bot.store import announcements, families, jobs, schools
from bot.store import audiences as chosen
from bot.store.announcements import Announcement
from bot.store.audiences import Sending
from flows import replies
from flows.facts import Contact, School

AT_ONCE = 500
"""How many contacts at most are written in one transaction."""
INTRODUCED_AT_ONCE = 100
"""How many of them may need an introduction: its words are made one by one."""
LEASE = timedelta(minutes=1)
"""How long after a crash another process goes on."""
FIRST_LOOK, LAST_LOOK = timedelta(seconds=10), timedelta(hours=1)
"""How soon it is looked whether the last message has left; with time less often."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an announcement is. ``recipients`` are those it is for, also those whose message is not written yet."""

    state: str
    recipients: int
    waiting: int
    under_way: int
    sent: int
    """Taken by the provider, whatever came of it then; among them those of which nobody knows."""
    failed: int
    dropped: int

    @property
    def done(self) -> int:
        """How many wait no more."""
        return self.sent + self.failed + self.dropped


async def progress(db: AsyncConnection, school: School, announcement: Announcement, now: datetime) -> Progress:
    """How far an announcement is at this moment."""
    states = await announcements.states(db, announcement.id)
    left = 0
    if announcement.state in ("scheduled", "sending"):
        decided = await audiences.sending(db, school, announcement, now)
        shares = await chosen.shares(db, announcement.audience, decided, after=announcement.reached)
        left = sum(share.contacts for share in shares if share.reason is None)
    sent = sum(states.get(state.value, 0) for state in (State.UNKNOWN, State.ACCEPTED, State.DELIVERED))
    return Progress(
        announcement.state,
        recipients=sum(states.values()) + left,
        waiting=states.get("ready", 0) + left,
        under_way=states.get("sending", 0),
        sent=sent,
        failed=states.get("failed", 0),
        dropped=states.get("dropped", 0),
    )


# The job


async def carry_out(work: Work, job: Job) -> None:
    """Write what is left of an announcement to the outbox, see whether all of it has left, or take back what waits."""
    if not await _begin(work, job):
        await _take_back(work, job)
        return
    while await _write_part(work, job):
        work.wake()
        await asyncio.sleep(0)
    await _end(work, job)


async def _begin(work: Work, job: Job) -> bool:
    """Whether it is to be sent: it begins now, or had begun when another process died."""
    now = work.clock()
    async with work.database.write() as db:
        held = await announcements.hold(db, job.subject_id)
        if held is None or held.state not in ("scheduled", "sending") or not await jobs.extend(db, job, now + LEASE):
            return False
        if held.state == "scheduled":
            until = held.expires_at or (held.send_at or now) + GOOD_FOR
            await announcements.save(db, replace(held, state="sending", started_at=now, expires_at=until))
    return True


async def _write_part(work: Work, job: Job) -> bool:
    """Write the messages of the next contacts; False where there were none, or it was stopped."""
    now = work.clock()
    async with work.database.read() as db:
        seen = await announcements.by_id(db, job.subject_id)
        if seen is None or seen.state != "sending":
            return False
        school = (await schools.by_ids(db, [seen.school_id]))[seen.school_id]
        part = _part(await _following(db, school, seen, now))
        strangers = await families.by_ids(db, [id_ for id_, new in part if new])
    if not part:
        return False
    # Their words are made before anything is held.
    introductions = _introductions(Voice(work.catalogs, school), strangers)
    async with work.database.write() as db:
        held = await announcements.hold(db, job.subject_id)
        if held is None or held.state != "sending" or not await jobs.extend(db, job, now + LEASE):
            return False
        if held.reached == seen.reached:
            await _introduce(db, held, introductions, strangers, now)
            decided = await audiences.sending(db, school, held, now)
            await announcements.write_messages(db, held, decided, upto=part[-1][0])
            await announcements.save(db, replace(held, reached=part[-1][0]))
    return True


async def _following(
    db: AsyncConnection, school: School, announcement: Announcement, now: datetime
) -> list[tuple[int, bool]]:
    decided: Sending = await audiences.sending(db, school, announcement, now)
    return await chosen.following(db, announcement.audience, decided, announcement.reached, AT_ONCE)


def _part(found: Sequence[tuple[int, bool]]) -> Sequence[tuple[int, bool]]:
    """As many of these contacts as fit into a short transaction."""
    strangers = 0
    for place, (_, new) in enumerate(found):
        strangers += new
        if strangers > INTRODUCED_AT_ONCE:
            return found[:place]
    return found


async def _end(work: Work, job: Job) -> None:
    """Look again later, until nobody waits any more."""
    now = work.clock()
    async with work.database.write() as db:
        held = await announcements.hold(db, job.subject_id)
        if held is None or held.state != "sending" or held.started_at is None:
            return
        if await announcements.is_under_way(db, held.id):
            wait = min(max((now - held.started_at) / 10, FIRST_LOOK), LAST_LOOK)
            await jobs.arm(db, [Job(job.school_id, job.kind, job.subject_id, now + wait)])
        else:
            await announcements.save(db, replace(held, state="sent", finished_at=now))


async def _take_back(work: Work, job: Job) -> None:
    """Drop what waits of one that was stopped: whoever stopped it may have left that to us."""
    async with work.database.read() as db:
        found = await announcements.by_id(db, job.subject_id)
    if found is not None and found.state == "stopped":
        await take_back(work.database, found, work.clock())


# Introductions


def _introductions(voice: Voice, strangers: Sequence[Contact]) -> dict[int, str]:
    """What contacts that the school never wrote to are told first, by their ids."""
    first = voice.school.languages[0]
    return {one.id: introduction(voice, one.first_name, one.language or first) for one in strangers}


def introduction(voice: Voice, name: str | None, language: str) -> str:
    """What a contact is told first whom the school never wrote to: who writes, and how to stop."""
    others = (code for code in voice.school.languages if code != language)
    return voice.say(replies.introduction(voice.school, name, (language, *others)), language)


async def _introduce(
    db: AsyncConnection, held: Announcement, words: Mapping[int, str], strangers: Sequence[Contact], now: datetime
) -> None:
    """Queue the introductions of those who still need one; before the messages that they lead to."""
    addresses = {(contact.school_id, contact.address) for contact in strangers}
    # Held and read anew: another message may have introduced us a moment ago, or a stop have come.
    met = [one for one in await families.lock(db, addresses) if one.introduced_at is None and one.stopped_at is None]
    if not met:
        return
    await families.save_contacts(db, [replace(contact, introduced_at=now) for contact in met])
    await notices.queue(db, [Notice(one, words[one.id], held.kind, expires_at=held.expires_at) for one in met], now)
