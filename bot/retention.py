"""How long what families wrote is kept, and forgetting what is older.

texts: the message log. conversations: what was answered to a flow, since it last moved. requests: calls for a person,
since they were closed. food: allergies and wishes, since the event. answers: invitations, RSVPs and who was there,
since the event. pulses: who was asked (what was answered holds no name and stays). audit: who did what. traces: jobs,
timers, links and keys of texts that are done with. What a family agreed to, and when it stopped, is kept as long as
the contact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.store import purging
from bot.store.database import Database


def before(kept_for: Mapping[str, int], now: datetime) -> dict[str, datetime]:
    """The moment for each kind, before which it is forgotten; ``kept_for`` is in days."""
    return {kind: now - timedelta(days=days) for kind, days in kept_for.items()}


async def purge(
    database: Database,
    kept_for: Mapping[str, int],
    now: datetime,
    progress: Callable[[str, int], None] = lambda *_: None,
) -> Counter[str]:
    """Forget what is older than it may be; how much of each kind. Stopped midway it can be run again.

    ``progress`` hears of each few hundred rows: the kind, and how many of it are forgotten so far.
    """
    limits = before(kept_for, now)
    forgotten: Counter[str] = Counter()
    after: int | None = 0
    while after is not None:
        async with database.write() as db:
            taken, after = await purging.texts(db, limits["texts"], after)
        forgotten["texts"] += taken
        progress("texts", forgotten["texts"])
    for step in purging.STEPS:
        taken = 1
        while taken:
            async with database.write() as db:
                taken = await purging.forget(db, step, limits[step.kind])
            forgotten[step.kind] += taken
            progress(step.kind, forgotten[step.kind])
    return +forgotten


async def too_old(database: Database, kept_for: Mapping[str, int], now: datetime) -> dict[str, int]:
    """How much of each kind a purge would forget now."""
    async with database.read() as db:
        return await purging.counts(db, before(kept_for, now))
