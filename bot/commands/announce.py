"""``sobremesa announce``: a text to many families, in each language, approved by name, sent once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import announcement_rows as rows
from bot.commands import announcement_sending as sending
from bot.commands import announcement_texts as texts
from bot.commands.announcing import FOR_WHOM, Id, Texts, acting, audience, texts_given
from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import desk, run
from bot.commands.options import As, AsFormat, OfSchool
from bot.commands.terminal import say, tell

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.announcements import Announcement
    from bot.announcements.audiences import Reach
    from bot.records import ConsentChange
    from flows.facts import School

commands = typer.Typer(help="A text to many families, each in its language.", no_args_is_help=True)


@commands.command()
def draft(
    text: Texts = None,
    to: Annotated[str, typer.Option("--to", metavar="WHOM", help=FOR_WHOM)] = "all",
    only: Annotated[
        str | None, typer.Option("--only", metavar="LANGUAGE", help="Only those of them who read this language.")
    ] = None,
    urgent: Annotated[
        bool, typer.Option("--urgent", help="A closure, a danger: passes quiet hours and those who left event news.")
    ] = False,
    me: As = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Write an announcement, the original first: announce draft --text en="No school on Friday" --text es="…"."""
    row, timezone = run(_draft(texts_given(text), to, only, urgent, me, school))
    show_one(row, form, timezone=timezone)


@commands.command("list")
def list_(school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the announcements, the newest first."""
    found, timezone = run(_list(school))
    columns = rows.IN_TABLE if form is Format.TABLE else rows.LINE
    lines = map(rows.in_table, found) if form is Format.TABLE else found
    show(columns, [*lines], form, nothing="Nothing was announced yet: sobremesa announce draft", timezone=timezone)


@commands.command("show")
def show_(announcement: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show an announcement: its texts, how far it is, and what became of it."""
    row, said, results, timezone = run(_show(announcement, school))
    if form is Format.JSON:
        show_one({**row, "texts": said, "results": results}, form, timezone=timezone)
        return
    show_one(row, form, timezone=timezone)
    if form is Format.TABLE and results:
        tell("")
        show(rows.with_something(results), results, form)


@commands.command()
def results(announcement: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Count what became of it by language and channel: delivered, failed, answered, stopped."""
    _row, _said, found, _timezone = run(_show(announcement, school))
    columns = rows.with_something(found) if form is Format.TABLE else rows.RESULT
    show(columns, found, form, nothing="Nobody was sent anything yet.")


@commands.command()
def missed(announcement: Id, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List who did not get it, and why: to call them, or to mend their number."""
    show(rows.MISSED, run(_missed(announcement, school)), form, nothing="It has missed nobody until now.")


commands.command("write")(texts.write)
commands.command("import")(texts.import_)
commands.command("translate")(texts.translate)
commands.command("approve")(texts.approve)
commands.command("unapprove")(texts.unapprove)
commands.command("preview")(sending.preview)
commands.command("send")(sending.send)
commands.command("stop")(sending.stop)


async def _draft(
    given: dict[str, str], to: str, only: str | None, urgent: bool, me: str | None, school: str | None
) -> tuple[Row, ZoneInfo]:
    from bot import announcements
    from bot.announcements import audiences
    from bot.app import clock

    topic = "urgent" if urgent else "events"
    async with desk(school) as at, at.database.write() as db:
        member, (first, *others), now = await acting(db, at, me), given.items(), clock()
        whom = await audience(db, at, to, only)
        drafted = await announcements.draft(db, at.school, member, *first, topic, whom, now)
        for language, text in others:
            await announcements.write_text(db, at.school, drafted.id, language, text, "written", member, now)
        found = await announcements.find(db, at.school, drafted.id)
        reach = await audiences.reach(db, at.school, found, now)
        names = await rows.people(db, at.school)
    _tell_what_is_odd(at.school, found, reach)
    for line in rows.left_to_do(found, at.school):
        say(line)
    return rows.details(found, at.school, names), at.school.timezone


def _tell_what_is_odd(school: School, found: Announcement, reach: Reach) -> None:
    from bot import announcements

    if not reach.shares:
        say(f"Look at this: nobody belongs to “{rows.audience(found.audience)}” as it is now.")
    for language, said in sorted(found.texts.items()):
        if long := announcements.warning(school, said.body):
            say(f"{language}: {long}")


async def _list(school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import announcements
    from bot.announcements import broadcasting
    from bot.app import clock

    async with desk(school) as at, at.database.read() as db:
        found = await announcements.listed(db, at.school)
        lines = [rows.line(one, await broadcasting.progress(db, at.school, one, clock())) for one in found]
        return lines, at.school.timezone


async def _show(announcement: int, school: str | None) -> tuple[Row, list[Row], list[Row], ZoneInfo]:
    from bot import announcements
    from bot.announcements import announcement_results, broadcasting
    from bot.app import clock

    async with desk(school) as at, at.database.read() as db:
        found = await announcements.find(db, at.school, announcement)
        far = await broadcasting.progress(db, at.school, found, clock())
        became = await announcement_results.results(db, found)
        names = await rows.people(db, at.school)
    row = {**rows.details(found, at.school, names), **rows.progress(far), **rows.reasons(became)}
    return row, rows.texts(found, names), rows.results(became), at.school.timezone


async def _missed(announcement: int, school: str | None) -> list[Row]:
    from bot import announcements
    from bot.announcements import audiences
    from bot.app import clock
    from bot.errors import Refusal
    from bot.store import announcements as stored
    from bot.store import consents

    async with desk(school) as at, at.database.read() as db:
        about = await announcements.find(db, at.school, announcement)
        if about.audience.is_secret:
            raise Refusal(
                "Nobody is to learn who answered a pulse, so nobody is named here. "
                f"In numbers: sobremesa announce results {announcement}"
            )
        decided = await audiences.sending(db, at.school, about, clock())
        found = [*await stored.missed(db, about.id), *await stored.left_out(db, about, decided)]
        history: defaultdict[int, list[ConsentChange]] = defaultdict(list)
        for change in await consents.of_contacts(db, [one.contact_id for one in found if one.state == "dropped"]):
            history[change.contact_id].append(change)
    return [rows.missed(one, history[one.contact_id]) for one in found]
