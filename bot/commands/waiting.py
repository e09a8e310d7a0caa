"""``sobremesa events waiting``: the families for which there is no room yet, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.commands.event_rows import family
from bot.commands.listing import Format, Row, show
from bot.commands.opening import desk, run
from bot.commands.options import AsFormat, EventId, OfSchool

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.records import Rsvp
    from flows.facts import Household

WAITING = ("position", "family", "people", "have_places", "waiting_since", "offered_until")


def waiting(event: EventId, school: OfSchool = None, form: AsFormat = Format.TABLE) -> None:
    """List the families that wait for places. Those without a position have not said yet whether they wait."""
    rows, timezone = run(_waiting(event, school))
    show(WAITING, rows, form, nothing="Nobody waits for a place.", timezone=timezone)


async def _waiting(event_id: int, school: str | None) -> tuple[list[Row], ZoneInfo]:
    from bot import events
    from bot.store import rsvps

    async with desk(school) as at, at.database.read() as db:
        event = await events.find(db, at.school, event_id)
        return in_line(await rsvps.of_event(db, event.id)), at.school.timezone


def in_line(answered: Iterable[tuple[Household, Rsvp]]) -> list[Row]:
    """Those of these families that wait: who has waited longest first, and last who has not said that it does."""
    asking = [(home, rsvp) for home, rsvp in answered if rsvp.asks_for is not None]
    listed = [pair for pair in asking if pair[1].waiting_since is not None]
    listed.sort(key=lambda pair: (pair[1].waiting_since, pair[0].id))
    silent = [pair for pair in asking if pair[1].waiting_since is None]
    return [_row(home, rsvp, n) for n, (home, rsvp) in enumerate(listed, 1)] + [_row(*pair, None) for pair in silent]


def _row(home: Household, rsvp: Rsvp, position: int | None) -> Row:
    return {
        "position": position,
        "family": family(home),
        "people": rsvp.asks_for,
        "have_places": rsvp.holds or None,
        "waiting_since": rsvp.waiting_since,
        "offered_until": rsvp.offered_until if rsvp.is_offered else None,
    }
