"""What an invitation would send, worked out without sending it, and who would not get it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import turn
from bot.events import AT_ONCE, check_ahead
from bot.events.previews import Post, Preview, Unreachable
from bot.gather import gather
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.notices import may_be_invited
from bot.store import families, rsvps
from bot.store.database import Database
from flows.facts import Contact, Event, Household, Permission, School


async def preview(
    database: Database,
    catalogs: Catalogs,
    school: School,
    event: Event,
    now: datetime,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Preview:
    """What ``events.invite`` would do at this moment. Writes nothing; raises Refusal where nobody may be invited."""
    check_ahead(event, now)
    found, voice = Preview(), Voice(catalogs, school)
    async with database.read() as db:
        homes = [pair async for pair in families.all_families(db, school.id)]
        before = {home.id for home in await rsvps.households_invited(db, event.id)}
        found.before = len(before)
        found.unreachable += unreachable((home, living) for home, living in homes if home.id not in before)
        invited = [
            reached
            for home, living in homes
            if home.id not in before and (reached := [*filter(may_be_invited, living)])
        ]
        for start in range(0, len(invited), AT_ONCE):
            await _add(db, found, voice, event, invited[start : start + AT_ONCE], now)
            progress(min(start + AT_ONCE, len(invited)), len(invited))
    return found


def unreachable(homes: Iterable[tuple[Household, Sequence[Contact]]]) -> Iterator[Unreachable]:
    """Those of these households in which nobody may be written to."""
    for home, living in homes:
        if not any(map(may_be_invited, living)):
            reasons = dict.fromkeys(map(_why_not, living))
            yield Unreachable(home, "; ".join(reasons) or "has no phone number")


def _why_not(contact: Contact) -> str:
    if contact.wrong_number_at is not None:
        return "has a wrong number"
    if contact.stopped_at is not None:
        return "has stopped all texts"
    return "said no to event news" if contact.permission is Permission.REFUSED else "has not given permission yet"


async def _add(
    db: AsyncConnection,
    found: Preview,
    voice: Voice,
    event: Event,
    homes: Sequence[Sequence[Contact]],
    now: datetime,
) -> None:
    contacts = [contact for living in homes for contact in living]
    known = await gather(db, contacts, now)
    found.families += len(homes)
    found.contacts += len(contacts)
    for contact in contacts:
        language = contact.language or voice.school.languages[0]
        begun = turn.begin(known[contact.id], contact.id, "rsvp", event.id, now, voice)
        bodies = tuple(one.body for one in begun.finish().said if one.contact_id == contact.id)
        found.posts[Post(language, contact.prefix, bodies)] += 1
