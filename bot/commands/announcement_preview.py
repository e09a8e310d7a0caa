"""What sending an announcement would mean, for the person who decides: to whom, in which words, at what price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.commands import announcement_rows as rows
from bot.commands.listing import Row
from bot.commands.terminal import several

if TYPE_CHECKING:
    from bot.announcements import Announcement
    from bot.announcements.planning import Plan
    from bot.commands.opening import Desk
    from bot.language.voice import Voice
    from flows.facts import School

PEOPLE = ("person", "people")


@dataclass(frozen=True, slots=True)
class Planned:
    """An announcement and what sending it means, from ``begin`` until ``until`` at the latest."""

    announcement: Announcement
    plan: Plan
    voice: Voice
    price: float
    """Of one SMS segment, in dollars."""
    begin: datetime
    until: datetime
    begins_now: bool = True

    @property
    def school(self) -> School:
        """Whose announcement it is."""
        return self.voice.school


async def planned(at: Desk, number: int, begin: datetime | None, until: datetime | None) -> Planned:
    """What sending this announcement would mean now, or from ``begin`` on. Raises Refusal."""
    from bot import announcements
    from bot.announcements import planning
    from bot.app import clock, per_second
    from bot.language.catalogs import Catalogs
    from bot.language.voice import Voice

    now, speeds = clock(), per_second(at.settings)
    announcements.check_times(now, begin, until)
    catalogs = Catalogs.load(at.school.languages)
    async with at.database.read() as db:
        found = await announcements.find(db, at.school, number)
        plan = await planning.plan(db, catalogs, at.school, found, speeds, now, begin, until)
    starts = begin or now
    ends = until or starts + announcements.GOOD_FOR
    return Planned(found, plan, Voice(catalogs, at.school), at.settings.segment_price, starts, ends, begin is None)


def row(of: Planned) -> Row:
    """It as one row."""
    from bot.announcements.planning import as_read

    reach, found = of.plan.reach, of.announcement
    told = not found.audience.is_secret
    return {
        "id": found.id,
        "topic": found.topic,
        "audience": rows.audience(found.audience),
        "recipients": reach.total,
        "waiting_for_their_week": of.plan.waiting if told else None,
        "by_language_and_channel": {
            " ".join(key): n for key, n in sorted(reach.by_language_and_channel.items()) if told
        },
        "first_texts": {" ".join(key): n for key, n in sorted(reach.new.items()) if told},
        "excluded": dict(reach.excluded.most_common()) if told else {"all": reach.excluded.total()},
        "languages_without_text": sorted(reach.languages_without_text),
        "segments_each": dict(of.plan.segments),
        "segments": of.plan.sms_segments,
        "dollars": f"{of.plan.sms_segments * of.price:.2f}",
        "seconds": int(of.plan.duration.total_seconds()),
        "begins_at": of.plan.begin_at,
        "through_at": of.plan.finish_at,
        "approved": sorted(found.approved),
        "texts": {language: as_read(reach, of.school, found, language) for language in sorted(found.texts)},
    }


def lines(of: Planned) -> Iterator[str]:
    """The same, in words."""
    found = of.announcement
    yield f"Announcement {found.id}, {rows.TOPICS[found.topic]}, for {rows.audience(found.audience)}."
    if found.state == "scheduled" and found.send_at is not None:
        yield f"It is set to go out {_moment(found.send_at, of.school)}."
    if found.topic == "urgent":
        yield "It is urgent: it goes out at any hour, also to those who left event news."
    yield from _getting(of)
    yield from _left_out(of)
    if of.plan.reach.total:
        yield from _cost(of)
        yield from _time(of)
    yield from _texts(of)
    yield from _introductions(of)


def _getting(of: Planned) -> Iterator[str]:
    reach = of.plan.reach
    if not reach.total:
        yield "Nobody gets it."
        return
    if of.announcement.audience.is_secret:
        yield f"{several(reach.total, 'person gets it', 'people get it')}, and nobody is to learn who."
        return
    yield f"{several(reach.total, 'person gets it', 'people get it')}:"
    for (language, channel), count in sorted(reach.by_language_and_channel.items()):
        new = reach.new[language, channel]
        first = f"; {new:,} of them first a text that says who writes" if new else ""
        yield f"  {count:,} in {language} by {rows.CHANNELS.get(channel, channel)}{first}"
    yield from _waiting(of)


def _waiting(of: Planned) -> Iterator[str]:
    count, until = of.plan.waiting, of.plan.waiting_until
    if until is None:
        return
    have, wait = ("has", "waits for it") if count == 1 else ("have", "wait for it")
    full = f"{have} had as much event news this week as one person gets"
    last = "until" if count == 1 else "the last one until"
    yield f"  {count:,} of them {full}, and {wait}, {last} {_moment(until, of.school).removeprefix('on ')}"


def _left_out(of: Planned) -> Iterator[str]:
    from bot.announcements.audiences import WHY_NOT
    from bot.store.audiences import FULL

    reach = of.plan.reach
    if not (excluded := reach.excluded):
        return
    if of.announcement.audience.is_secret:
        yield f"{several(excluded.total(), 'person gets', 'people get')} nothing."
        yield from (f"  Who reads {one} gets nothing" for one in sorted(reach.languages_without_text))
        return
    yield f"{several(excluded.total(), 'person gets', 'people get')} nothing:"
    for reason, count in excluded.most_common():
        if reason != "not-approved":
            yield f"  {count:,} {WHY_NOT[reason][count != 1]}"
    for language, count in sorted(reach.without_text.items()):
        yield f"  {several(count, 'reads', 'read')} {language}, {_what_is_missing(of.announcement, language)}"
    if FULL in excluded:
        yield "  To let it wait until they get news again: --until"
    if reach.without_text and of.announcement.state == "draft":
        yield "  To send it without those whose text is not approved: --without-unapproved"


def _what_is_missing(found: Announcement, language: str) -> str:
    return "and nobody has approved that text" if language in found.texts else "and there is no text in it"


def _cost(of: Planned) -> Iterator[str]:
    segments = of.plan.sms_segments
    if not segments:
        return
    first = sum(
        share.contacts * of.plan.introductions.get(share.language, 1)
        for share in of.plan.reach.getting
        if share.new and share.prefix == "sms"
    )
    among = f", {first:,} of them to say who writes" if first else ""
    yield f"It takes {several(segments, 'SMS segment')}{among}: about ${segments * of.price:,.2f}."


def _time(of: Planned) -> Iterator[str]:
    school, plan = of.school, of.plan
    if of.announcement.topic != "urgent" and school.quiet_hours.over_at(of.begin) > of.begin:
        yield f"That is a time of night at {school.name}: the first one goes {_moment(plan.begin_at, school)}."
    for morning, count in plan.asleep.items() if not of.announcement.audience.is_secret else ():
        whose = "1 number is at home: it gets" if count == 1 else f"{count:,} numbers are at home: they get"
        yield f"It is night then where {whose} it from {_moment(morning, school).removeprefix('on ')} on."
    yield f"Sending takes {_long(plan.duration)}; the last one goes {_moment(plan.finish_at, school)}."
    if of.plan.finish_at > of.until:
        yield f"What has not gone {_moment(of.until, school)} never goes. To give it longer: --until"


def _moment(at: datetime, school: School) -> str:
    return f"on {at.astimezone(school.timezone):%A, %Y-%m-%d at %H:%M}"


def _long(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    if seconds < 60:
        return "less than a minute"
    minutes = -(-seconds // 60)
    if minutes < 120:
        return several(minutes, "minute")
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} hours and {several(minutes, 'minute')}" if minutes else f"{hours:,} hours"


def _texts(of: Planned) -> Iterator[str]:
    from bot.announcements.planning import as_read, signed_over_the_chat

    for language, said in sorted(of.announcement.texts.items()):
        each = several(of.plan.segments[language], "segment")
        approved = "" if said.is_approved else f", NOT APPROVED: {rows.ORIGINS[said.origin]}"
        yield f"In {language} ({each}{approved}):"
        which = (of.plan.reach, of.school, of.announcement, language)
        yield from _shown(as_read(*which))
        if others := signed_over_the_chat(*which):
            channels = " and ".join(rows.CHANNELS.get(channel, channel) for channel in others)
            yield f"  By {channels} without “{of.school.name}:”, because the sender's name stands over the chat."


def _introductions(of: Planned) -> Iterator[str]:
    from bot.announcements.broadcasting import introduction
    from bot.announcements.planning import NAME

    for language in sorted({language for language, _channel in of.plan.reach.new}):
        yield f"And before it, to whom the school never wrote, in {language}:"
        yield from _shown(introduction(of.voice, NAME, language))


def _shown(body: str) -> Iterator[str]:
    yield from (f"    {line}" for line in body.split("\n"))
