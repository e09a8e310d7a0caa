"""Joining households: what one answered and was invited to goes with those who lived in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Rsvp
from bot.store import imports, rsvps


async def join(db: AsyncConnection, school_id: int, left: Mapping[int, Mapping[int, int]], now: datetime) -> None:
    """Move on what belonged to those who left; ``left`` says who of a household that all left went where.

    An answer goes to the household of who gave it. Where that has answered too, the last answer counts.
    """
    if not left:
        return
    joined = {home: set(gone.values()) for home, gone in left.items()}
    await imports.join_invitations(db, school_id, joined, now)
    moved = [_moved(rsvp, left[rsvp.household_id]) for rsvp in await imports.answers_of(db, left)]
    # Before the others are read: two families may be changing places.
    await imports.drop_answers(db, left)
    standing = await imports.answers_of(db, {rsvp.household_id for rsvp in moved})
    by_time = sorted([*standing, *moved], key=attrgetter("answered_at"))
    last = {(rsvp.event_id, rsvp.household_id): rsvp for rsvp in by_time}
    await rsvps.save(db, [rsvp for rsvp in last.values() if rsvp not in standing])


def _moved(rsvp: Rsvp, gone: Mapping[int, int]) -> Rsvp:
    first = min(gone)
    answered_by = rsvp.answered_by if rsvp.answered_by in gone else first
    return replace(rsvp, household_id=gone[answered_by or first])
