"""Whose the texts of a batch are: the school, the link that was opened, the member of staff who wrote.

Texts by SMS belong to the school whose number they came to. An installation has one bot at Telegram for all of its
schools, so there the school is that of the link, else that of the message replied to, else the one that the chat
wrote to last.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import links
from bot.messages import Inbound
from bot.records import Link, Sent, StaffMember
from bot.store import families, help_requests, messages, schools, staff
from bot.store.families import Address
from flows.facts import Contact, School

log = logging.getLogger(__name__)

TELEGRAM = "telegram:"
LOST = "lost"
"""The role of a contact who wrote to a bot of several schools without saying which, or works for a school no more."""

A_LONG_TIME_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ABOUT_REQUEST = re.compile(r"[a-z-]+:(\d{1,18})(?::.*)?")


@dataclass(slots=True)
class Arrivals:
    """What is known of texts before any contact is held; by the ``id`` of each text."""

    schools: dict[int, School] = field(default_factory=dict)
    """Texts of no school are missing."""
    links: dict[int, Link | None] = field(default_factory=dict)
    """Texts that opened the chat by a code: None where nobody gave out such a code."""
    staff: dict[tuple[int, str], StaffMember] = field(default_factory=dict)
    """By school and address."""
    sent: dict[str, Sent] = field(default_factory=dict)
    """The messages of ours that were replied to, or whose buttons were tapped, by the provider's id."""
    lost: set[int] = field(default_factory=set)
    """Texts to the bot of several schools of which nothing tells the school."""

    def who(self, text: Inbound) -> Address:
        """The contact that a text is from."""
        return self.schools[id(text)].id, text.address

    def member(self, text: Inbound) -> StaffMember | None:
        """The member of staff whose linked chat a text comes from."""
        return self.staff.get(self.who(text))

    def alone(self, texts: Iterable[Inbound]) -> set[Address]:
        """Who of these is no family, and gets no household when met: staff, and whoever is lost."""
        found = {self.who(text) for text in texts if id(text) in self.lost or self.member(text)}
        return found | {self.who(text) for text in texts if self.staff_link(text)}

    def staff_link(self, text: Inbound) -> Link | None:
        """The link by which a member of staff opened this chat, whether it still works or not."""
        link = self.links.get(id(text))
        return link if link is not None and link.kind == "staff" else None

    def joining(self, texts: Iterable[Inbound]) -> set[int]:
        """The households that these texts are about to join by a link, to be held as well."""
        opened = (self.links.get(id(text)) for text in texts)
        return {link.subject_id for link in opened if link is not None and link.kind == "household"}

    def numbers(self, texts: Iterable[Inbound]) -> set[Address]:
        """The contacts whose numbers these texts share, to be held as well."""
        return {(self.schools[id(text)].id, address) for text in texts for address in numbers(text)}


def numbers(text: Inbound) -> tuple[str, ...]:
    """The addresses of the number that a text shares, if it shares one."""
    return (f"sms:{text.phone}", f"whatsapp:{text.phone}") if text.phone else ()


async def look(db: AsyncConnection, texts: Sequence[Inbound]) -> Arrivals:
    """What is known of these texts. Where an installation has one school, every account is its own."""
    found = Arrivals()
    chats = [text for text in texts if text.address.startswith(TELEGRAM)]
    if chats:
        await _look_at_chats(db, found, chats)
    rest = [text for text in texts if id(text) not in found.schools]
    accounts = {text.account for text in rest}
    home = await schools.by_accounts(db, sorted(accounts)) if accounts else {}
    found.schools |= {id(text): home[text.account] for text in rest if text.account in home}
    if accounts - home.keys():
        await _look_at_strangers(db, found, [text for text in rest if text.account not in home])
    return found


async def requests_of(db: AsyncConnection, found: Arrivals, texts: Iterable[Inbound]) -> set[Address]:
    """The families whose requests staff act on in these texts: to be held from the beginning, in the order of locks."""
    ids: set[int] = set()
    for text in (text for text in texts if found.member(text)):
        quoted = found.sent.get(text.quoted or "")
        if quoted is not None and quoted.request_id is not None:
            ids.add(quoted.request_id)
        if (named := _ABOUT_REQUEST.fullmatch(text.button or "")) is not None:
            ids.add(int(named[1]))
    if not ids:
        return set()
    requests = await help_requests.by_ids(db, ids)
    return {(one.school_id, one.address) for one in await families.by_ids(db, {r.contact_id for r in requests})}


async def desks_of(db: AsyncConnection, found: Arrivals, texts: Iterable[Inbound]) -> set[Address]:
    """The chats that stop being the desk of whoever opens a link with these texts: to be held from the beginning."""
    opened = {link.subject_id for text in texts if (link := found.staff_link(text))}
    members = (await staff.by_ids(db, opened)).values() if opened else ()
    return {(one.school_id, f"{TELEGRAM}{one.telegram_chat}") for one in members if one.telegram_chat}


async def _look_at_chats(db: AsyncConnection, found: Arrivals, chats: Sequence[Inbound]) -> None:
    codes = {text.start for text in chats if text.start}
    known_links = await links.by_codes(db, codes) if codes else {}
    found.links = {id(text): known_links.get(text.start) for text in chats if text.start}
    quoted = {text.quoted for text in chats if text.quoted}
    found.sent = await messages.sent_as(db, quoted) if quoted else {}
    members = await staff.by_chats(db, {text.address.removeprefix(TELEGRAM) for text in chats})
    found.staff = {(member.school_id, f"{TELEGRAM}{member.telegram_chat}"): member for member in members}
    known = defaultdict(list)
    for contact in await families.everywhere(db, {text.address for text in chats}):
        if contact.role != LOST:
            known[contact.address].append(contact)
    await _look_at_photos(db, found, chats, known)
    told = {id(text): school for text in chats if (school := _told(found, text, known[text.address]))}
    by_id = await schools.by_ids(db, set(told.values()))
    found.schools = {text: by_id[school_id] for text, school_id in told.items()}


async def _look_at_photos(
    db: AsyncConnection, found: Arrivals, chats: Sequence[Inbound], known: Mapping[str, Sequence[Contact]]
) -> None:
    """What staff reply to that has no row of its own in the log: a photo that came after the words of its notice.

    The button under it names the request.
    """
    about = {}
    for text in (text for text in chats if text.quoted and text.quoted not in found.sent):
        if (named := _ABOUT_REQUEST.fullmatch(text.quoted_tap or "")) is not None:
            about[id(text)] = int(named[1])
    requests = {one.id: one for one in await help_requests.by_ids(db, about.values())} if about else {}
    for text in (text for text in chats if about.get(id(text)) in requests):
        request = requests[about[id(text)]]
        for contact in known[text.address]:
            if contact.school_id == request.school_id and (contact.school_id, contact.address) in found.staff:
                found.sent[text.quoted or ""] = Sent(contact.school_id, contact.id, request.id, None, "")


def _told(found: Arrivals, text: Inbound, known: Sequence[Contact]) -> int | None:
    """The school that a text in a chat names, by its link, by what it replies to, or because the chat is known."""
    if link := found.links.get(id(text)):
        return link.school_id
    quoted = found.sent.get(text.quoted or "")
    if quoted is not None and any(contact.id == quoted.contact_id for contact in known):
        return quoted.school_id
    newest = max(known, key=lambda contact: (contact.last_inbound_at or A_LONG_TIME_AGO, contact.id), default=None)
    return newest.school_id if newest else None


async def _look_at_strangers(db: AsyncConnection, found: Arrivals, strangers: Sequence[Inbound]) -> None:
    every = await schools.all_schools(db)
    if len(every) == 1:
        found.schools |= {id(text): every[0] for text in strangers}
        return
    lost = [text for text in strangers if text.address.startswith(TELEGRAM)] if every else []
    # Kept with the first school, since a message belongs to one; nobody is shown it.
    found.schools |= {id(text): every[0] for text in lost}
    found.lost = {id(text) for text in lost}
    if len(lost) < len(strangers):
        log.warning("texts to an account of no school", extra={"accounts": len({t.account for t in strangers})})
