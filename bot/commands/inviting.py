"""``sobremesa events invite``: who gets an invitation, what it costs; then, when confirmed, all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.event_rows import family
from bot.commands.opening import Desk, actor, desk, run
from bot.commands.options import DryRun, OfSchool, Yes
from bot.commands.terminal import confirm, progress, say, several, tell

if TYPE_CHECKING:
    from bot.events import Invited
    from bot.events.previews import Preview, Unreachable
    from bot.language.catalogs import Catalogs
    from flows.facts import Contact, Event

FAMILIES = ("family", "families")


def invite(
    event: Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `events list` shows it.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    school: OfSchool = None,
) -> None:
    """Invite every family that was not invited yet, each contact in its language; shows first what it sends."""
    run(_invite(event, dry_run, yes, school))


async def _invite(event_id: int, dry_run: bool, yes: bool, school: str | None) -> None:
    from bot import events
    from bot.language.catalogs import Catalogs

    async with desk(school) as at:
        async with at.database.read() as db:
            event = await events.find(db, at.school, event_id)
        catalogs = Catalogs.load(at.settings.languages)
        preview = await _preview(at, catalogs, event)
        for line in _lines(preview, event.title.best(at.school.languages[0])):
            tell(line)
        if not preview.contacts:
            say("There is nobody to invite.")
            return
        if dry_run:
            say("Nobody was invited: this was --dry-run.")
            return
        say_when(at)
        confirm("Invite them?", yes)
        await _send(at, catalogs, event)


async def _preview(at: Desk, catalogs: Catalogs, event: Event) -> Preview:
    from bot.app import clock
    from bot.events import invitations

    with progress("Counting") as moved:
        return await invitations.preview(at.database, catalogs, at.school, event, clock(), moved)


async def _send(at: Desk, catalogs: Catalogs, event: Event) -> None:
    from bot import events
    from bot.app import clock

    with progress("Inviting") as moved:
        done = await events.invite(at.database, catalogs, at.school, event, clock, actor(), moved)
    say(
        f"Invited: {several(done.families, *FAMILIES)}, {several(done.contacts, 'contact')}. "
        "The texts go out while `sobremesa run` serves."
    )
    if left := await _not_reached(at, done):
        say(left)


def _lines(preview: Preview, title: str) -> Iterator[str]:
    yield f"{title}: {several(preview.families, *FAMILIES)} to invite, {several(preview.contacts, 'contact')}."
    yield from costs(preview)
    if preview.before:
        yield f"Invited before, and not again: {several(preview.before, *FAMILIES)}."
    if preview.unreachable:
        yield f"Not reached: {several(len(preview.unreachable), *FAMILIES)}."
        yield from _by_reason(preview.unreachable)


def costs(preview: Preview) -> Iterator[str]:
    """What each language costs, with the longest example."""
    from bot.channels.segments import count, fold_for_sms

    texts, segments = Counter[str](), Counter[str]()
    for post, contacts in preview.posts.items():
        texts[post.language] += contacts * len(post.bodies)
        if post.prefix == "sms":
            each = sum(count(fold_for_sms(body)).segments for body in post.bodies)
            segments[post.language] += contacts * each
    for language in sorted(texts):
        yield f"  {language}: {several(texts[language], 'text')}, {several(segments[language], 'SMS segment')}, such as"
        examples = (post.bodies for post in preview.posts if post.language == language)
        longest = max(examples, key=lambda bodies: sum(map(len, bodies)))
        yield from (f"    {line}" for body in longest for line in body.split("\n"))


def _by_reason(unreachable: Iterable[Unreachable]) -> Iterator[str]:
    for reason, theirs in sorted(_together(unreachable).items()):
        yield f"  {reason}: {', '.join(family(one.household) for one in theirs)}"


def _together(unreachable: Iterable[Unreachable]) -> dict[str, list[Unreachable]]:
    """Those who share a reason, by that reason as it is said of them."""
    found: dict[str, list[Unreachable]] = {}
    for one in unreachable:
        found.setdefault(one.reason, []).append(one)
    return {theirs[0].reason_of(len(theirs)): theirs for theirs in found.values()}


def say_when(at: Desk) -> None:
    """Say so, where what is queued now waits until the morning."""
    from bot.app import clock

    now = clock()
    morning = at.school.quiet_hours.over_at(now)
    if morning > now:
        say(f"It is night at {at.school.name}: the texts wait until {morning.astimezone(at.school.timezone):%H:%M}.")


async def _not_reached(at: Desk, done: Invited) -> str | None:
    """How many households were not reached, with why, as they are now; their names stand above."""
    from bot.events import invitations
    from bot.store import families

    if not done.unreachable:
        return None
    living: dict[int | None, list[Contact]] = {home.id: [] for home in done.unreachable}
    async with at.database.read() as db:
        for contact in await families.contacts_of_households(db, [home.id for home in done.unreachable]):
            living[contact.household_id].append(contact)
    left = [*invitations.unreachable((home, living[home.id]) for home in done.unreachable)]
    why = ", ".join(f"{len(theirs)} {reason}" for reason, theirs in _together(left).items())
    return f"Not reached: {several(len(left), *FAMILIES)} ({why})." if left else None
