"""``sobremesa pulse``: how families were received; what they said, never who said it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.listing import Format, Row, show
from bot.commands.opening import Desk, actor, desk, run
from bot.commands.options import As, AsFormat, OfSchool, Yes
from bot.commands.terminal import confirm, say, several

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.pulses import Whom
    from bot.pulses.pulse_results import Group, OnePulse, Results, Words
    from flows.facts import Contact

commands = typer.Typer(help="How families were received: what they said, never who said it.")

Id = Annotated[int, typer.Argument(metavar="PULSE", help="Its number, as `pulse list` shows it.")]
MaybeId = Annotated[int | None, typer.Argument(metavar="[PULSE]", help="Its number; without one, all that are closed.")]

PULSES = ("id", "about", "asked", "answered", "closes", "average", "result")
RESULTS = ("group", "answers", "average", *(f"gave_{score}" for score in range(1, 6)), "result")
WORDS = ("about", "language", "words")
NOBODY_YET = "Nobody was asked yet. After an event it happens by itself; else: sobremesa pulse start"


@commands.callback(invoke_without_command=True)
def pulse(context: typer.Context, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """How families were received: what they said, never who said it."""
    if context.invoked_subcommand is None:
        list_(school, form)


@commands.command("list")
def list_(school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the pulses: who was asked, how many answered, and the average once it may be shown."""
    found, timezone, language = run(_results(school))
    rows = [_line(one, language) for one in found.pulses]
    show(PULSES, rows, form, nothing=NOBODY_YET, timezone=timezone)


@commands.command("show")
def show_(pulse: MaybeId = None, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show results by event and by language; of groups under five, and of what would tell of them, nothing."""
    found, timezone, language = run(_results(school, pulse))
    show(RESULTS, _groups(found, pulse, language), form, nothing=NOBODY_YET, timezone=timezone)


@commands.command()
def words(pulse: MaybeId = None, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """Show what families wrote, in no order, where five or more answered."""
    found, timezone, language = run(_results(school, pulse))
    rows = [_written(one, text, found, language) for one in found.words(pulse) for text in one.words]
    show(WORDS, rows, form, nothing="There are no words that may be shown.", timezone=timezone)


@commands.command()
def start(
    language: Annotated[str | None, typer.Option(metavar="LANGUAGE", help="Only who reads this language.")] = None,
    attended: Annotated[
        int | None, typer.Option(metavar="EVENT", help="Those who were at this event, about it, without waiting.")
    ] = None,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Ask families now how they are received: one person of each, of those who agreed to event news."""
    run(_start(language, attended, yes, school))


@commands.command()
def tell(
    pulse: Id,
    text: Annotated[
        str | None, typer.Argument(help="The words. Without them they are read from standard input.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="LANGUAGE", help="In which language; yours, if not said.")
    ] = None,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Draft "You said …, we did …" for those who answered; it is approved and sent like every announcement."""
    run(_tell(pulse, text if text is not None else sys.stdin.read(), language, me, school))


async def _results(school: str | None, pulse: int | None = None) -> tuple[Results, ZoneInfo, str]:
    from bot import pulses
    from bot.app import clock
    from bot.pulses import pulse_results

    async with desk(school) as at, at.database.read() as db:
        if pulse is not None:
            await pulses.find(db, at.school, pulse)
        return await pulse_results.results(db, at.school, clock()), at.school.timezone, at.school.languages[0]


async def _start(language: str | None, attended: int | None, yes: bool, school: str | None) -> None:
    from bot import pulses
    from bot.app import clock

    async with desk(school) as at:
        whom, contacts = await _whom(at, language, attended, clock())
        say(f"One person of each family is asked: {several(len(contacts), 'person', 'people')}.")
        _say_when(at, clock())
        confirm("Ask them?", yes)
        async with at.database.write() as db:
            asked = await pulses.start(db, at.school, whom, clock(), actor())
    say(f"Pulse {asked.id} begins, and goes out while `sobremesa run` serves. Results are shown 15 days from now.")


async def _whom(at: Desk, language: str | None, attended: int | None, now: datetime) -> tuple[Whom, list[Contact]]:
    """Whom to ask, and who that is at this moment. Raises Refusal."""
    from bot import events, pulses
    from bot.errors import Refusal

    if language is not None and language not in at.school.languages:
        raise Refusal(f"{at.school.name} does not write in {language}.")
    async with at.database.read() as db:
        event = None if attended is None else await events.find(db, at.school, attended)
        whom = pulses.Whom(language, event)
        await pulses.check(db, whom, now)
        if contacts := await pulses.reach(db, at.school, whom):
            return whom, contacts
    raise Refusal("There is nobody to ask.")


def _say_when(at: Desk, now: datetime) -> None:
    morning = at.school.quiet_hours.over_at(now)
    if morning > now:
        say(f"It is night at {at.school.name}: the texts wait until {morning.astimezone(at.school.timezone):%H:%M}.")


async def _tell(pulse: int, text: str, language: str | None, me: str | None, school: str | None) -> None:
    from bot import pulses, staff
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member = await staff.acting(db, at.school, me)
        spoken = language or member.language
        drafted = await pulses.tell(db, at.school, pulse, member, spoken, text, clock())
    say(f"Announcement {drafted.id} is a draft. To see it: sobremesa announce preview {drafted.id}")


def _line(one: OnePulse, language: str) -> Row:
    return {
        "id": one.pulse.id,
        "about": _about(one, language),
        "asked": None if one.pulse.is_standing else one.asked,
        "answered": one.answered,
        "closes": one.pulse.closes_at,
        "average": None if one.group is None else str(one.group.average),
        "result": one.hidden,
    }


def _about(one: OnePulse, language: str) -> str:
    if one.event is not None:
        return one.event.title.best(language)
    return "told by themselves" if one.pulse.is_standing else "the school"


def _groups(found: Results, pulse: int | None, language: str) -> list[Row]:
    """All together, then each pulse, then each language."""
    pulses = [one for one in found.pulses if pulse in (None, one.pulse.id)]
    if not pulses:
        return []
    if pulse is None:
        together = found.group()
        rows = [_group("all", together, None if together else "fewer than 5, or not closed yet")]
        rows += [_group(f"{one.pulse.id} {_about(one, language)}", one.group, one.hidden) for one in pulses]
    else:
        rows = [_group(_about(one, language), one.group, one.hidden) for one in pulses]
    return rows + [_group(one.language, one.group, one.hidden) for one in found.languages(pulse)]


def _group(name: str, group: Group | None, hidden: str | None) -> Row:
    given = {f"gave_{score}": group.distribution[score] if group else None for score in range(1, 6)}
    return {
        "group": name,
        "answers": group.answers if group else None,
        "average": str(group.average) if group else None,
        **given,
        "result": hidden,
    }


def _written(one: Words, text: str, found: Results, language: str) -> Row:
    about = [_about(each, language) for each in found.pulses if each.pulse.id in one.pulses]
    return {"about": ", ".join(about), "language": one.language, "words": text}
