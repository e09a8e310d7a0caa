"""``sobremesa links``: what families open at Telegram, and the same as QR codes for letters and posters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show, show_one
from bot.commands.opening import Desk, actor, desk, run
from bot.commands.options import AsFormat, OfSchool
from bot.commands.terminal import say, several
from bot.errors import Refusal

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.records import Link
    from bot.settings import Settings
    from flows.facts import Household

commands = typer.Typer(help="Links and QR codes by which families find the school at Telegram.", no_args_is_help=True)

KINDS = ("school", "household", "event")
COLUMNS = ("kind", "of", "link", "made", "until", "works")
OF_HOUSEHOLDS = ("id", "household", "link", "until", "qr")

Qr = Annotated[Path | None, typer.Option("--qr", metavar="FILE", help="Write the QR code there: .svg or .png.")]
Bot = Annotated[
    str | None,
    typer.Option("--bot", metavar="NAME", help="The bot's name at Telegram. Without one Telegram is asked for it."),
]


@commands.command("school")
def school_(qr: Qr = None, bot: Bot = None, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """The school's own link, for a poster or the website."""
    show_one(run(_school(qr, bot, school)), form)


@commands.command()
def household(
    which: Annotated[str | None, typer.Argument(metavar="HOUSEHOLD", help="Its name, or its id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every household of the school.")] = False,
    qr: Annotated[
        Path | None,
        typer.Option("--qr", metavar="FILE", help="Write the QR code there: .svg or .png. With --all a folder."),
    ] = None,
    bot: Bot = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """A household's link, for its own letter: its adults may open it for 90 days."""
    if every == (which is not None):
        raise typer.BadParameter("Name a household, or say --all.")
    rows, timezone = run(_households(which, qr, bot, school))
    if which is None:
        show(OF_HOUSEHOLDS, rows, form, nothing="The school has no households yet.", timezone=timezone)
    else:
        show_one(rows[0], form, timezone=timezone)


@commands.command()
def event(
    which: Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `events list` shows it.")],
    qr: Qr = None,
    bot: Bot = None,
    school: OfSchool = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """The link that begins the answer to an invitation."""
    show_one(run(_event(which, qr, bot, school)), form)


@commands.command("list")
def list_(bot: Bot = None, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the links that were given out; those of staff are not kept."""
    rows, timezone = run(_list(bot, school))
    show(COLUMNS, rows, form, nothing="No link was given out yet.", timezone=timezone)


@commands.command()
def revoke(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="school, household or event.")],
    which: Annotated[str | None, typer.Argument(metavar="WHICH", help="The household or the event.")] = None,
    school: OfSchool = None,
) -> None:
    """Make links that were given out work no more. Who joined by them stays."""
    if kind not in KINDS or (which is None) != (kind == "school"):
        raise typer.BadParameter("Say: school, household NAME, or event NUMBER.")
    run(_revoke(kind, which, school))


async def _school(qr: Path | None, bot: str | None, school: str | None) -> Row:
    from bot import links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            link = await links.for_school(db, at.school, clock())
    url = links.url(name, link.code)
    return {"school": at.school.name, "link": url, "qr": _written(url, qr)}


async def _households(
    which: str | None, qr: Path | None, bot: str | None, school: str | None
) -> tuple[list[Row], ZoneInfo]:
    from bot import links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            homes = await _every(db, at) if which is None else [await _household(db, at, which)]
            made = await links.for_households(db, at.school, [home.id for home in homes], clock())
    rows: list[Row] = []
    for home in homes:
        url = links.url(name, made[home.id].code)
        place = qr / f"{home.id}.png" if qr is not None and which is None else qr
        until = made[home.id].expires_at
        rows.append({"id": home.id, "household": home.name, "link": url, "until": until, "qr": _written(url, place)})
    return rows, at.school.timezone


async def _event(which: int, qr: Path | None, bot: str | None, school: str | None) -> Row:
    from bot import events, links
    from bot.app import clock

    async with desk(school) as at:
        name = await bot_name(at.settings, bot)
        async with at.database.write() as db:
            found = await events.find(db, at.school, which)
            link = await links.for_event(db, at.school, found, clock())
    url = links.url(name, link.code)
    return {"event": found.title.best("en"), "link": url, "qr": _written(url, qr)}


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


async def _revoke(kind: str, which: str | None, school: str | None) -> None:
    from bot import events, links
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        match kind:
            case "household":
                subject = (await _household(db, at, which or "")).id
            case "event":
                subject = (await events.find(db, at.school, _number(which))).id
            case _:
                subject = at.school.id
        revoked = await links.revoke(db, at.school, kind, subject, clock(), actor())
    say(f"Revoked: {several(revoked, 'link')}.")


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

    if given:
        return given.removeprefix("@")
    if settings.telegram is None:
        raise Refusal("There is no bot: TELEGRAM_BOT_TOKEN is missing. Or give its name: --bot NAME")
    channel = Telegram(bot_token=settings.telegram.bot_token, api_base_url=settings.telegram.api_base_url)
    try:
        return (await channel.me()).name
    except NotSent as error:
        raise Refusal(f"Telegram does not tell the bot's name: {error}. Or give it: --bot NAME") from error
    finally:
        await channel.close()


async def _every(db: AsyncConnection, at: Desk) -> list[Household]:
    """Every household in which somebody lives, or which waits for its first chat."""
    from bot.store import families

    return [home async for home, living in families.all_families(db, at.school.id) if living or home.name]


async def _household(db: AsyncConnection, at: Desk, which: str) -> Household:
    from bot.families.homes import same
    from bot.store import families, imports

    if which.isdecimal():
        found = [*(await families.households_of(db, [int(which)])).values()]
    else:
        found = [
            home for home in await imports.named_households(db, at.school.id) if same(home.name or "") == same(which)
        ]
    found = [home for home in found if home.school_id == at.school.id]
    if len(found) > 1:
        numbers = ", ".join(str(home.id) for home in found)
        raise Refusal(f"Several households have this name; say which by its id: {numbers}.")
    if not found:
        raise Refusal(f"{at.school.name} has no household like this; see: sobremesa families export")
    return found[0]


def _number(which: str | None) -> int:
    if which is None or not which.isdecimal():
        raise Refusal("An event is named by its number; see: sobremesa events list")
    return int(which)


def _written(url: str, file: Path | None) -> str | None:
    """The file in which the QR code was written. Raises Refusal."""
    if file is None:
        return None
    if file.suffix.lower() not in (".svg", ".png"):
        raise Refusal("A QR code is written as .svg or .png.")
    import segno

    file.parent.mkdir(parents=True, exist_ok=True)
    # Letters are folded and posters get dirty: a quarter of the code may be missing.
    segno.make(url, error="q", micro=False).save(str(file), scale=8, border=4)
    return str(file)
