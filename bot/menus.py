"""The commands that an app offers in the chat of a member of staff: those of the desk, in that person's language.

All other chats have the commands of families, which are shown once for all at the start. Telegram keeps both. So a
desk's are set when a chat becomes one, when its person gets other rights, and taken away when it is one no more: by a
job, since the command line may do it while nobody serves, and Telegram be out of reach. It looks at how things are now;
doing it twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot import staff
from bot.arrivals import TELEGRAM
from bot.desk import words
from bot.errors import Blocked, Refused
from bot.jobs import Handler, Work
from bot.records import Job, StaffMember
from bot.store import families
from bot.store import staff as stored
from flows.core.text import Text, _
from flows.replies import commands

log = logging.getLogger(__name__)

Show: TypeAlias = Callable[[str, Sequence[tuple[str, str]]], Awaitable[None]]
"""Shows commands in a chat, each with what it does; with none it has those of families again. Raises a ``NotSent``."""


def handler(show: Show | None) -> Handler:
    """What does the job ``staff.MENU``, whose subject is a contact; nothing where there is no Telegram."""

    async def carry_out(work: Work, job: Job) -> None:
        if show is None:
            return
        for address, member in await _who_works_there(work, job):
            said = _offered(member) if member is not None else []
            language = member.language if member is not None else ""
            lines = [(name, work.catalogs.render(does, language, ZoneInfo("UTC"))) for name, does in said]
            try:
                await show(address, lines)
            except (Blocked, Refused) as error:  # the chat is gone, and its menu with it
                log.info("a menu is not shown", extra={"contact": job.subject_id, "code": error.code})

    return carry_out


async def _who_works_there(work: Work, job: Job) -> list[tuple[str, StaffMember | None]]:
    """The chat, and one who works from it; who works for two schools from it, the one with more rights."""
    async with work.database.read() as db:
        found = await families.by_ids(db, [job.subject_id])
        here = await stored.by_chats(db, [contact.address.removeprefix(TELEGRAM) for contact in found])
    here.sort(key=lambda member: staff.may(member, "announce"))
    return [(contact.address, here[-1] if here else None) for contact in found]


def _offered(member: StaffMember) -> list[tuple[str, Text]]:
    """The desk's commands, as ``bot.desk.reception`` takes them, that this person may give."""
    announce = [("announce", words.ANNOUNCE)] if staff.may(member, "announce") else []
    return [
        ("requests", words.OPEN_REQUESTS),
        ("events", words.EVENTS),
        *announce,
        ("help", commands()["menu"]),
        # Translators: beside /stop, in the list of commands of somebody of the school; as short as you can.
        ("stop", _("Nothing here until you write again")),
    ]
