"""What staff broadcast: written in each language, approved by name, sent once to each, and stopped midway.

A text goes out only when a person of the school approved it; a machine's draft is marked as one until then. Beside this
stand how the recipients are written (``broadcasting``), who they are (``audiences``) and what became of it
(``announcement_results``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import audiences
from bot.announcements.audiences import Audience
from bot.channels.base import clean
from bot.errors import Refusal
from bot.pace import of_sms
from bot.records import AuditEntry, Job, StaffMember
from bot.store import announcements, audit, jobs
from bot.store.announcements import TOPICS, Announcement, AnnouncementText
from bot.store.database import Database
from bot.store.signing import signed
from flows.facts import School

__all__ = ["Announcement", "AnnouncementText", "Audience", "Stopped"]

JOB = "announcement"
"""The kind of the job that sends one."""
SMS = "sms"
LONGEST = 1600
LONG_SMS = 4
"""From how many segments on a text is called long."""
GOOD_FOR = timedelta(days=3)
FURTHEST = timedelta(days=400)
"""How far ahead anything is planned: what is further is a slip of the pen."""
AT_ONCE_IN = timedelta(minutes=1)
"""One that is set to go out so soon has begun to go out for everybody else."""
ORIGINS = ("written", "imported", "machine")
APPROVERS = ("admin", "editor")
CHANGEABLE = ("draft", "scheduled")
AT_ONCE = 1000
"""How many messages are taken back in one transaction."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """How an announcement ended: ``gone`` had left already, ``taken_back`` were waiting and never go."""

    gone: int
    taken_back: int


async def draft(
    db: AsyncConnection,
    school: School,
    member: StaffMember,
    language: str,
    text: str,
    topic: str,
    audience: Audience,
    now: datetime,
) -> Announcement:
    """A new announcement in its first language, not approved yet. ``topic``: "events" or "urgent". Raises Refusal."""
    if topic not in TOPICS:
        raise Refusal(f"A topic is one of: {', '.join(TOPICS)}.")
    await audiences.check(db, school, audience)
    said = _text(school, language, text, "written", now)
    new = Announcement(
        id=0,
        school_id=school.id,
        topic=topic,
        language=language,
        audience=audience,
        state="draft",
        made_by=member.id,
        created_at=now,
        texts={language: said},
    )
    added = await announcements.add(db, new)
    await _note(db, added, member, now, "announcement drafted", topic=topic, language=language)
    return added


async def find(db: AsyncConnection, school: School, announcement_id: int) -> Announcement:
    """An announcement of this school with its texts. Raises Refusal."""
    return _theirs(school, announcement_id, await announcements.by_id(db, announcement_id))


async def listed(db: AsyncConnection, school: School, limit: int = 100) -> list[Announcement]:
    """The newest announcements of a school, the newest first."""
    return await announcements.of_school(db, school.id, limit)


# Words


async def write_text(
    db: AsyncConnection,
    school: School,
    announcement_id: int,
    language: str,
    text: str,
    origin: str,
    member: StaffMember,
    now: datetime,
) -> AnnouncementText:
    """New words for a language, ``origin`` "written", "imported" or "machine"; the same words keep their approval.

    Other words have none: they are approved anew. Other words of the original take all approvals back, because they
    were given beside the old ones. Raises Refusal, also once the announcement is on its way.
    """
    held = await _hold(db, school, announcement_id)
    _check_changeable(held)
    said, before = _text(school, language, text, origin, now), held.texts.get(language)
    if before is not None and before.body == said.body:
        return before
    for other in sorted(held.approved - {language}) if language == held.language else ():
        await _keep(db, held, _unapproved(held.texts[other]), member, now, "announcement approval taken back")
    return await _keep(db, held, said, member, now, "announcement text changed")


async def approve(
    db: AsyncConnection, school: School, announcement_id: int, language: str, member: StaffMember, now: datetime
) -> AnnouncementText:
    """A named person answers for the words of a language: an admin or an editor, never a machine. Raises Refusal."""
    held = await _hold(db, school, announcement_id)
    _check_right(member, "approve a text")
    if held.state not in (*CHANGEABLE, "sending"):
        raise Refusal(f"Announcement {held.id} is over; a text of it is approved no more.")
    said = replace(_said(held, language), approved_by=member.id, approved_at=now)
    return await _keep(db, held, said, member, now, "announcement text approved")


async def take_approval_back(
    db: AsyncConnection, school: School, announcement_id: int, language: str, member: StaffMember, now: datetime
) -> AnnouncementText:
    """Nobody gets the words of this language any more, also in the middle of sending. Raises Refusal."""
    held = await _hold(db, school, announcement_id)
    _check_right(member, "take an approval back")
    said = _unapproved(_said(held, language))
    return await _keep(db, held, said, member, now, "announcement approval taken back")


def _unapproved(said: AnnouncementText) -> AnnouncementText:
    return replace(said, approved_by=None, approved_at=None)


async def _keep(
    db: AsyncConnection, about: Announcement, said: AnnouncementText, member: StaffMember, now: datetime, action: str
) -> AnnouncementText:
    await announcements.save_texts(db, about.id, about.school_id, [said])
    await _note(db, about, member, now, action, language=said.language, origin=said.origin)
    return said


def warning(school: School, body: str) -> str | None:
    """What speaks for a shorter text; None where it is short enough."""
    segments = of_sms(signed(school.name, body, SMS))
    if segments < LONG_SMS:
        return None
    return f"This text takes {segments} SMS segments for each family; short ones are read, and cost less."


# Sending


async def send(
    database: Database,
    school: School,
    announcement_id: int,
    member: StaffMember,
    now: datetime,
    *,
    at: datetime | None = None,
    expires_at: datetime | None = None,
    confirmed_twice: bool = False,
    without_unapproved: bool = False,
) -> Announcement:
    """Send it now, or ``at`` a time; a scheduled one is set anew. Raises Refusal.

    What has not gone out at ``expires_at``, by default three days after its time, is dropped. An urgent one passes
    quiet hours and topics, so it has to be ``confirmed_twice``. Where somebody's language has no approved text it is
    refused, unless it may go ``without_unapproved``: without those people.
    """
    async with database.read() as db:
        found = await find(db, school, announcement_id)
        how = {"confirmed_twice": confirmed_twice, "without_unapproved": without_unapproved}
        await check(db, school, found, member, now, at, expires_at, **how)
    async with database.write() as db:
        given = (school, announcement_id, member, now, at, expires_at)
        return await _schedule(db, *given, confirmed_twice=confirmed_twice)


async def check(
    db: AsyncConnection,
    school: School,
    found: Announcement,
    member: StaffMember,
    now: datetime,
    at: datetime | None = None,
    expires_at: datetime | None = None,
    *,
    confirmed_twice: bool,
    without_unapproved: bool,
) -> None:
    """Return where ``send`` takes it; nothing is changed. Raises Refusal."""
    _check_sendable(found, member, now, at, expires_at, confirmed_twice=confirmed_twice)
    await _check_recipients(db, school, found, now, at, expires_at, without_unapproved=without_unapproved)


async def send_now(
    db: AsyncConnection,
    school: School,
    announcement_id: int,
    member: StaffMember,
    now: datetime,
    *,
    confirmed_twice: bool = False,
    without_unapproved: bool = False,
) -> Announcement:
    """Send it now, in the caller's transaction; the rest is as for ``send``. Raises Refusal."""
    scheduled = await _schedule(db, school, announcement_id, member, now, confirmed_twice=confirmed_twice)
    await _check_recipients(db, school, scheduled, now, without_unapproved=without_unapproved)
    return scheduled


async def _schedule(
    db: AsyncConnection,
    school: School,
    announcement_id: int,
    member: StaffMember,
    now: datetime,
    at: datetime | None = None,
    expires_at: datetime | None = None,
    *,
    confirmed_twice: bool,
) -> Announcement:
    held = await _hold(db, school, announcement_id)
    _check_sendable(held, member, now, at, expires_at, confirmed_twice=confirmed_twice)
    scheduled = replace(held, state="scheduled", send_at=at or now, expires_at=expires_at)
    await announcements.save(db, scheduled)
    await jobs.arm(db, [Job(school.id, JOB, held.id, at or now)])
    languages = ",".join(sorted(held.approved))
    await _note(db, held, member, now, "announcement sent", topic=held.topic, languages=languages)
    return scheduled


async def stop(database: Database, school: School, announcement_id: int, member: StaffMember, now: datetime) -> Stopped:
    """Nobody gets it any more who has not got it; how many had. Raises Refusal where there is nothing to stop."""
    async with database.write() as db:
        held = await halt(db, school, announcement_id, member, now)
    await take_back(database, held, now)
    async with database.read() as db:
        states = await announcements.states(db, held.id)
    dropped = states.get("dropped", 0) + states.get("ready", 0)
    return Stopped(sum(states.values()) - dropped, dropped)


async def take_back(database: Database, stopped: Announcement, now: datetime) -> None:
    """Drop what waits of a stopped announcement; in parts, so that nobody waits for all of them."""
    taken = 1
    while taken:
        async with database.write() as db:
            taken = await announcements.take_back(db, stopped.id, now, AT_ONCE)


async def halt(
    db: AsyncConnection, school: School, announcement_id: int, member: StaffMember, now: datetime
) -> Announcement:
    """Nobody gets it any more who has not got it, in the caller's transaction; what waits is dropped soon after.

    Raises Refusal where there is nothing to stop.
    """
    held = await _hold(db, school, announcement_id)
    _check_right(member, "stop an announcement")
    if held.state not in ("scheduled", "sending"):
        raise Refusal(f"Announcement {held.id} is not on its way; there is nothing to stop.")
    stopped = replace(held, state="stopped", stopped_at=now, finished_at=now)
    await announcements.save(db, stopped)
    await jobs.arm(db, [Job(school.id, JOB, held.id, now)])
    await _note(db, held, member, now, "announcement stopped")
    return stopped


def _check_sendable(
    found: Announcement,
    member: StaffMember,
    now: datetime,
    at: datetime | None,
    expires_at: datetime | None,
    *,
    confirmed_twice: bool,
) -> None:
    _check_right(member, "send an announcement")
    _check_changeable(found)
    if at is None:
        _check_not_going(found, now)
    if not found.approved:
        raise Refusal("No text of it is approved yet: nobody gets words that nobody approved.")
    check_times(now, at, expires_at)
    if found.topic == "urgent" and not confirmed_twice:
        raise Refusal("An urgent announcement also goes out at night, and to those who left event news: confirm twice.")


def check_times(now: datetime, at: datetime | None, expires_at: datetime | None) -> None:
    """Raises Refusal where nothing can go ``at`` this time, or be given up at that one."""
    if at is not None and at < now:
        raise Refusal("This time is over already.")
    if expires_at is not None and expires_at <= (at or now):
        raise Refusal("It would be too late before it begins.")
    if max(at or now, expires_at or now) > now + FURTHEST:
        raise Refusal(f"This is more than {FURTHEST.days} days ahead; is the year right?")


async def _check_recipients(
    db: AsyncConnection,
    school: School,
    found: Announcement,
    now: datetime,
    at: datetime | None = None,
    expires_at: datetime | None = None,
    *,
    without_unapproved: bool,
) -> None:
    begin = at or now
    week = audiences.week_of(school, found, begin, expires_at or begin + GOOD_FOR)
    reach = await audiences.reach(db, school, found, now, week)
    missing = sorted(reach.languages_without_text)
    if missing and not without_unapproved:
        people = "Some" if found.audience.is_secret else reach.excluded["not-approved"]
        raise Refusal(f"{people} of them would get nothing: no text is approved in {', '.join(missing)}.")
    if not reach.total:
        raise Refusal("Nobody would get it.")


# Checks


async def _hold(db: AsyncConnection, school: School, announcement_id: int) -> Announcement:
    return _theirs(school, announcement_id, await announcements.hold(db, announcement_id))


def _theirs(school: School, announcement_id: int, found: Announcement | None) -> Announcement:
    if found is None or found.school_id != school.id:
        raise Refusal(f"{school.name} has no announcement {announcement_id}; see: sobremesa announce list")
    return found


def _check_right(member: StaffMember, deed: str) -> None:
    if member.role not in APPROVERS or member.left_at is not None:
        raise Refusal(f"Only an admin or an editor may {deed}.")


def _check_changeable(found: Announcement) -> None:
    if found.state not in CHANGEABLE:
        raise Refusal(f"Announcement {found.id} has begun to go out; draft a new one.")


def _check_not_going(found: Announcement, now: datetime) -> None:
    """Whoever sends it at once as well, by a clock a little behind, is told so; another time may be set instead."""
    if found.state == "scheduled" and found.send_at is not None and found.send_at <= now + AT_ONCE_IN:
        raise Refusal(f"Announcement {found.id} has begun to go out; draft a new one.")


def _said(found: Announcement, language: str) -> AnnouncementText:
    if language not in found.texts:
        raise Refusal(f"Announcement {found.id} has no text in {language} yet.")
    return found.texts[language]


def _text(school: School, language: str, text: str, origin: str, now: datetime) -> AnnouncementText:
    if language not in school.languages:
        raise Refusal(f"{school.name} does not write in {language}; it writes in {', '.join(school.languages)}.")
    if origin not in ORIGINS:
        raise Refusal(f"A text is one of: {', '.join(ORIGINS)}.")
    body = clean(text).strip()
    if not body:
        raise Refusal("There is nothing in this text.")
    if len(body) > LONGEST:
        raise Refusal(f"This text is longer than {LONGEST:,} characters.")
    if len(signed(school.name, body, SMS)) > LONGEST:
        raise Refusal(f"With the school's name before it, this text is longer than {LONGEST:,} characters.")
    return AnnouncementText(language, body, origin, now)


async def _note(
    db: AsyncConnection, about: Announcement, member: StaffMember, now: datetime, action: str, **detail: str
) -> None:
    given: Mapping[str, str] = detail
    subject = f"announcement {about.id}"
    await audit.add(db, [AuditEntry(about.school_id, now, f"staff {member.id}", action, subject, given)])
