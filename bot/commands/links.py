"""``sobremesa links``: what families open at Telegram, and the same as QR codes for letters and posters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import Desk, actor, desk, run
from bot.commands.options import AsFormat, OfSchool, Yes
from bot.commands.qr_codes import check_file, write
from bot.commands.terminal import confirm, say, several
from bot.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.records import Link
    from bot.settings import Settings
    from flows.facts import Household

commands = typer.Typer(help="Links and QR codes by which families find the school at Telegram.", no_args_is_help=True)

SHOWN = 8
KINDS = ("school", "household", "event")
COLUMNS = ("kind", "of", "link", "made", "until", "works")
FOREVER: Mapping[str, str] = {
    "school": "Every poster and page with this link or its code is worth nothing then.",
    "household": "Its letters with this link or its code are worth nothing then.",
    "event": "Everything that was printed or sent with this link or its code is worth nothing then.",
}
BOT_NAME = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{3,31})")
OF_HOUSEHOLDS = ("id", "household", "link", "until", "qr")

Qr = Annotated[Path | None, typer.Option("--qr", metavar="FILE", help="Write the QR code there: .svg or .png.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
Bot = Annotated[
    str | None,
    typer.Option("--bot", metavar="NAME", help="The bot's name at Telegram. Without one Telegram is asked for it."),
]


@commands.command("school")
def school_(
    qr: Qr = None, force: Force = False, bot: Bot = None, school: OfSchool = None, form: AsFormat = Format.TABLE
) -> None:
    """The school's own link, for a poster or the website."""
    check_file(qr, force=force)
    row = run(_school(bot, school))
    show_one({**row, "qr": write(str(row["link"]), qr)}, form)


@commands.command()
def household(
    which: Annotated[str | None, typer.Argument(metavar="HOUSEHOLD", help="Its name, a part of it, or its id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every household of the school.")] = False,
    qr: Annotated[
        Path | None,
        typer.Option("--qr", metavar="FILE", help="Write the QR code there: .svg or .png. With --all a folder."),
    ] = None,
    force: Force = False,
    bot: Bot = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """A household's link, for its own letter: its adults may open it for 90 days."""
    if every == (which is not None):
        raise typer.BadParameter("Name a household, or say --all.")
    made, timezone = run(_households(which, bot, school))
    places = [qr / f"{row['id']}.png" if qr and every else qr for row in made]
    rows = _with_codes(made, places, force=force)
    if which is None:
        show(OF_HOUSEHOLDS, rows, form, nothing="The school has no households yet.", timezone=timezone)
    else:
        show_one(rows[0], form, timezone=timezone)


@commands.command()
def event(
    which: Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `events list` shows it.")],
    qr: Qr = None,
    force: Force = False,
    bot: Bot = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """The link that begins the answer to an invitation."""
    check_file(qr, force=force)
    row = run(_event(which, bot, school))
    show_one({**row, "qr": write(str(row["link"]), qr)}, form)


@commands.command("list")
def list_(bot: Bot = None, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the links that were given out; those of staff are not kept."""
    rows, timezone = run(_list(bot, school))
    show(COLUMNS, rows, form, nothing="No link was given out yet.", timezone=timezone)


@commands.command()
def revoke(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="school, household or event.")],
    which: Annotated[str | None, typer.Argument(metavar="WHICH", help="The household or the event.")] = None,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Make links that were given out work no more. Who joined by them stays."""
    if kind not in KINDS or (which is None) != (kind == "school"):
        raise typer.BadParameter("Say: school, household NAME, or event NUMBER.")
    run(_revoke(kind, which, yes, school))


async def _school(bot: str | None, school: str | None) -> Row:
    from bot import links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            link = await links.for_school(db, at.school, clock())
    return {"school": at.school.name, "link": links.url(name, link.code)}


async def _households(which: str | None, bot: str | None, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            homes = await _every(db, at) if which is None else [await _household(db, at, which)]
            made = await links.for_households(db, at.school, [home.id for home in homes], clock())
    rows: list[Row] = [
        {
            "id": home.id,
            "household": home.name,
            "link": links.url(name, made[home.id].code),
            "until": made[home.id].expires_at,
        }
        for home in homes
    ]
    return rows, at.school.timezone


def _with_codes(rows: list[Row], places: list[Path | None], *, force: bool) -> list[Row]:
    """These households with their QR codes, written to these places."""
    for place in places:
        check_file(place, force=force)
    return [
        {**row, "qr": write(str(row["link"]), place, open_to_all=False)}
        for row, place in zip(rows, places, strict=True)
    ]


async def _event(which: int, bot: str | None, school: str | None) -> Row:
    from bot import events, links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            found = await events.find(db, at.school, which)
            link = await links.for_event(db, at.school, found, clock())
    return {"event": found.title.best("en"), "link": links.url(name, link.code)}


async def _list(bot: str | None, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot.app import clock
    from bot.store import events, families, links

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.read() as db:
            found = [link for link in await links.of_school(db, at.school.id) if link.kind in KINDS]
            homes = await families.households_of(db, {link.subject_id for link in found if link.kind == "household"})
            ahead = await events.by_ids(db, {link.subject_id for link in found if link.kind == "event"})
    names = {id_: home.name or str(id_) for id_, home in homes.items()}
    names |= {id_: event.title.best("en") for id_, event in ahead.items()}
    return [_row(link, names, name, clock()) for link in found], at.school.timezone


async def _revoke(kind: str, which: str | None, yes: bool, school: str | None) -> None:
    from bot import links
    from bot.app import clock

    async with desk(school) as at:
        async with at.database.read() as db:
            subject, name = await _subject(db, at, kind, which)
            await links.check_works(db, at.school, kind, subject, clock())
        say(f"{name}: {FOREVER[kind]}")
        confirm("Revoke it?", yes)
        async with at.database.write() as db:
            revoked = await links.revoke(db, at.school, kind, subject, clock(), actor())
    say(f"Revoked: {several(revoked, 'link')}.")


async def _subject(db: AsyncConnection, at: Desk, kind: str, which: str | None) -> tuple[int, str]:
    """What a link is for, by its id, and what it is called. Raises Refusal."""
    from bot import events

    match kind:
        case "household":
            home = await _household(db, at, which or "")
            return home.id, home.name or str(home.id)
        case "event":
            event = await events.find(db, at.school, _number(which))
            return event.id, event.title.best("en")
        case _:
            return at.school.id, at.school.name


def _row(link: Link, names: dict[int, str], bot: str, now: datetime) -> Row:
    from bot import links

    return {
        "kind": link.kind,
        "of": names.get(link.subject_id, ""),
        "link": links.url(bot, link.code),
        "made": link.created_at,
        "until": link.expires_at,
        "works": link.works(now),
    }


async def bot_name(settings: Settings, given: str | None) -> str:
    """The bot's name at Telegram: as given, else asked for. Raises Refusal."""
    from bot.channels.telegram import Telegram
    from bot.errors import NotSent

    if given is not None:
        return _bot_named(given)
    if settings.telegram is None:
        raise Refusal("There is no bot: TELEGRAM_BOT_TOKEN is missing. Or give its name: --bot NAME")
    channel = Telegram(bot_token=settings.telegram.bot_token, api_base_url=settings.telegram.api_base_url)
    try:
        return (await channel.me()).name
    except NotSent as error:
        raise Refusal(f"Telegram does not tell the bot's name: {error}. Or give it: --bot NAME") from error
    finally:
        await channel.close()


def _bot_named(given: str) -> str:
    found = BOT_NAME.fullmatch(given)
    if found is None:
        raise Refusal(
            "The name of a bot has 4 to 32 letters, digits and _, such as lincoln_bot; it stands at @BotFather."
        )
    return found[1]


async def _every(db: AsyncConnection, at: Desk) -> list[Household]:
    """Every household in which somebody lives, or which waits for its first chat."""
    from bot.store import families

    return [home async for home, _living in families.all_families(db, at.school.id)]


async def _household(db: AsyncConnection, at: Desk, which: str) -> Household:
    from bot.families.names import named
    from bot.store import families

    found = named(await _every(db, at), which)
    if not found and which.isdecimal():  # also one that everybody left, whose letter may be around
        known = (await families.households_of(db, [int(which)])).values()
        found = [home for home in known if home.school_id == at.school.id]
    if len(found) > 1:
        names = ", ".join(f"{home.name} ({home.id})" for home in found[:SHOWN])
        more = ", and others" if len(found) > SHOWN else ""
        raise Refusal(f"“{which}” may be {names}{more}. Give the number.")
    if not found:
        raise Refusal(f"{at.school.name} has no household like this; see: sobremesa families export")
    return found[0]


def _number(which: str | None) -> int:
    if which is None or not which.isdecimal():
        raise Refusal("An event is named by its number; see: sobremesa events list")
    return int(which)
