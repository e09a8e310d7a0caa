"""``sobremesa announce preview``, ``send`` and ``stop``: what it means is shown first, then asked."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import announcement_preview
from bot.commands.announcing import Id, acting
from bot.commands.listing import Format, show_one
from bot.commands.opening import Desk, desk, run
from bot.commands.options import As, AsFormat, OfSchool, Yes
from bot.commands.terminal import confirm, progress, say, several, tell
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.announcements import Announcement
    from bot.commands.announcement_preview import Planned
    from bot.records import StaffMember

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help='In the time of the school: "2027-03-12 18:00".')]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="What has not left by then never goes; 3 days.")
]


def preview(
    announcement: Id, at: At = None, until: Until = None, school: OfSchool = None, form: AsFormat = Format.TABLE
) -> None:
    """Show who would get it, what it costs, when it is through, and the text as each sees it."""
    run(_preview(announcement, at, until, school, form))


def send(
    announcement: Id,
    at: At = None,
    until: Until = None,
    without_unapproved: Annotated[
        bool, typer.Option("--without-unapproved", help="Leave out those whose language has no approved text.")
    ] = False,
    yes: Yes = False,
    really: Annotated[bool, typer.Option("--really", help="The second yes that an urgent one needs.")] = False,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Send it now, or at a time, after showing what that means."""
    run(_send(announcement, at, until, without_unapproved, (yes, really), me, school))


def stop(announcement: Id, yes: Yes = False, me: As = None, school: OfSchool = None) -> None:
    """Stop it midway: nobody gets it who has not got it yet."""
    run(_stop(announcement, yes, me, school))


async def _preview(announcement: int, at_time: str | None, until: str | None, school: str | None, form: Format) -> None:
    async with desk(school) as at:
        found = await _planned(at, announcement, _moment(at, at_time), _moment(at, until))
    if form is Format.TABLE:
        _tell(found)
    else:
        show_one(announcement_preview.row(found), form, timezone=at.school.timezone)


def _moment(at: Desk, given: str | None) -> datetime | None:
    from bot.commands.times import moment

    return moment(given, at.school.timezone) if given else None


async def _planned(at: Desk, announcement: int, begin: datetime | None, until: datetime | None) -> Planned:
    with progress("Counting"):
        return await announcement_preview.planned(at, announcement, begin, until)


def _tell(found: Planned) -> None:
    for line in announcement_preview.lines(found):
        tell(line)


async def _send(
    announcement: int,
    at_time: str | None,
    until: str | None,
    without_unapproved: bool,
    given: tuple[bool, bool],
    me: str | None,
    school: str | None,
) -> None:
    async with desk(school) as at:
        begin, end = _moment(at, at_time), _moment(at, until)
        async with at.database.read() as db:
            member = await acting(db, at, me)
        shown = await _planned(at, announcement, begin, end)
        _tell(shown)
        await _check(at, shown.announcement, member, begin, end, without_unapproved)
        _confirm(shown, *given)
        await _check_the_same(at, shown.announcement)
        sent = await _hand_over(at, announcement, member, begin, end, without_unapproved)
    _tell_when(shown, sent)


async def _check(
    at: Desk,
    found: Announcement,
    member: StaffMember,
    begin: datetime | None,
    end: datetime | None,
    without_unapproved: bool,
) -> None:
    """Nobody is asked for a yes to what cannot be."""
    from bot import announcements
    from bot.app import clock

    async with at.database.read() as db:
        how = {"confirmed_twice": True, "without_unapproved": without_unapproved}
        await announcements.check(db, at.school, found, member, clock(), begin, end, **how)


def _confirm(shown: Planned, yes: bool, really: bool) -> None:
    people = several(shown.plan.reach.total, "person", "people")
    confirm(f"Send it to {people}?", yes)
    if shown.announcement.topic != "urgent":
        return
    # It wakes people at night, so it is asked a second time.
    if not really and not sys.stdin.isatty():
        raise Refusal("Nothing was sent: an urgent announcement needs a second yes. Add --really.")
    confirm(f"It is urgent and may wake {people}. Is it a closure or a danger?", really)


async def _check_the_same(at: Desk, shown: Announcement) -> None:
    """What goes out is what was shown, also where the answer took a while."""
    from bot import announcements

    async with at.database.read() as db:
        found = await announcements.find(db, at.school, shown.id)
    if found.texts != shown.texts:
        raise Refusal("Nothing was sent: somebody has just changed a text or its approval. Please look again.")
    if (found.state, found.send_at) != (shown.state, shown.send_at) and found.state != "stopped":
        raise Refusal(
            f"Nothing was sent twice: somebody else has just sent announcement {found.id}, so it has begun to go out, "
            f"or is set to. How far it is: sobremesa announce show {found.id}"
        )


async def _hand_over(
    at: Desk,
    announcement: int,
    member: StaffMember,
    begin: datetime | None,
    end: datetime | None,
    without_unapproved: bool,
) -> Announcement:
    from bot import announcements
    from bot.app import clock

    with progress("Planning"):
        return await announcements.send(
            at.database,
            at.school,
            announcement,
            member,
            clock(),
            at=begin,
            expires_at=end,
            confirmed_twice=True,
            without_unapproved=without_unapproved,
        )


def _tell_when(shown: Planned, sent: Announcement) -> None:
    first = shown.plan.begin_at
    if sent.send_at is not None and first <= sent.send_at and shown.begins_now:
        say(f"Announcement {sent.id} goes out now, while `sobremesa run` serves.")
    else:
        local = first.astimezone(shown.school.timezone)
        say(f"Announcement {sent.id} goes out at {local:%Y-%m-%d %H:%M}; `sobremesa run` has to serve then.")
    say(f"How far it is: sobremesa announce show {sent.id}")


async def _stop(announcement: int, yes: bool, me: str | None, school: str | None) -> None:
    from bot import announcements
    from bot.app import clock

    async with desk(school) as at:
        async with at.database.read() as db:
            member = await acting(db, at, me)
            found = await announcements.find(db, at.school, announcement)
        if found.state in ("scheduled", "sending"):
            confirm("Stop it?", yes)
        with progress("Stopping"):
            stopped = await announcements.stop(at.database, at.school, announcement, member, clock())
    if not stopped.gone:
        say("Stopped before it went to anybody.")
        return
    say(f"Stopped. It had gone to {several(stopped.gone, 'person', 'people')} by then; nobody else gets it.")
