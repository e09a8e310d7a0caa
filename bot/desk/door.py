"""Which texts are the desk's, and how each is answered: always, and never at the cost of another text.

Words of danger are a family's that is in danger, also where a parent works for the school: they go the way of every
family, and adults are alerted. Not so in reply to a message of ours, nor where the desk waits for an answer, a note or
an announcement: such words are for a family, or about one, and its helper must not be taken for who is in danger.
Who is no parent is met by the desk itself, by the same rule (``bot.desk.danger``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import LOST, Arrivals
from bot.desk import danger, linking, reception, words
from bot.desk.visit import FLOW, Visit, memory_of
from bot.errors import Busy, Refusal
from bot.family import Family, Key
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.messages import Inbound, Kind, OptOut
from bot.notices import Notice, queue
from bot.pace import Terms
from bot.records import Sent, StaffMember
from bot.store import families, help_requests, messages, staff
from bot.store.savepoint import apart
from bot.turn import router
from bot.turn.situation import Situation
from bot.turn.turn import Turn
from flows import FLOWS, replies
from flows.core.text import said_in
from flows.facts import Contact, School

log = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
"""How often somebody who has not said which school is told how to."""


async def takes(
    db: AsyncConnection,
    found: Arrivals,
    text: Inbound,
    contact_id: int,
    family: Family,
    now: datetime,
    voice: Callable[[School], Voice],
) -> bool:
    """Whether a text is no family's: of staff at work, opening their link, or of somebody who is lost.

    Who is staff and a parent in one chat answers as a parent where the text replies to a question of the family, or
    where such a question came last and takes all of the text.
    """
    if id(text) in found.lost:
        return danger.kind_of(text.text, voice(family.school)) is None
    if found.staff_link(text) is not None:
        return True
    if not await _is_at_work(db, found, text) or text.phone or found.links.get(id(text)) is not None:
        return False
    contact = family.contacts[contact_id]
    if contact.household_id is None:
        return True
    if _stops_or_starts(text, contact, voice(family.school)):
        return False  # a family's wish, which is written down as one
    if text.start is not None:
        return True
    sent = found.sent.get(text.quoted or "")
    if sent is None and danger.kind_of(text.text, voice(family.school)) is not None:
        return (await memory_of(db, contact_id, now)).get("do") in reception.WAITING
    if text.command:
        return True
    if sent is not None:
        return sent.flow == FLOW or await _is_of_another(db, sent, contact_id)
    last = await messages.last_sent_to(db, contact_id)
    return last is None or last.flow not in FLOWS or not _answers(family, contact_id, text, now, voice(family.school))


async def attend(
    db: AsyncConnection,
    catalogs: Catalogs,
    found: Arrivals,
    text: Inbound,
    contact_id: int,
    now: datetime,
    terms: Terms,
) -> None:
    """Take one such text to its end. What goes wrong is told to who wrote, and spoils nothing else."""
    (contact,) = await families.by_ids(db, [contact_id])
    school = found.schools[id(text)]
    contact = replace(contact, account=text.account, last_inbound_at=now)
    if id(text) in found.lost:
        await _show_the_way(db, catalogs, school, contact, now)
        return
    opened = found.staff_link(text)
    if opened is not None:
        await families.save_contacts(db, [contact])
        member = await linking.link(db, opened, contact, now)
        await _welcome(db, Voice(catalogs, school), member, contact, text, now)
        return
    member = found.member(text)
    if member is not None:
        visit = Visit(db, Voice(catalogs, school), member, contact, text, now, _quoted(found, text, contact), terms)
        await _attend(db, visit)


async def _attend(db: AsyncConnection, visit: Visit) -> None:
    """The desk's answer. Who is no parent and had stopped is written to again once they write."""
    blocked = visit.text.opt_out is OptOut.STOP
    if visit.contact.household_id is None:
        visit.contact = replace(visit.contact, stopped_at=visit.now if blocked else None)
    await families.save_contacts(db, [visit.contact])
    if blocked:
        return
    await visit.begin()
    try:
        async with apart(db):
            await reception.receive(visit)
    except Refusal as refusal:
        visit.unsay()
        # Its words are for the command line. What can be foreseen is looked at before, and said in words of the desk.
        log.info("refused at the desk", extra={"contact": visit.contact.id, "error": type(refusal).__name__})
        visit.say(words.not_possible())
    except Busy:
        raise
    except Exception as error:  # noqa: BLE001 - what the desk does for one spoils no text of another
        log.error("the desk failed", extra={"contact": visit.contact.id, "error": type(error).__name__})
        visit.unsay()
        visit.say(words.did_not_work())
    await visit.finish()


async def _welcome(
    db: AsyncConnection, voice: Voice, member: StaffMember | None, contact: Contact, text: Inbound, now: datetime
) -> None:
    (contact,) = await families.by_ids(db, [contact.id])
    if member is None:
        body = voice.say(said_in(words.link_used(), *voice.school.languages), None)
        await queue(db, [Notice(contact, body, Kind.REPLY)], now)
        return
    visit = Visit(db, voice, member, contact, text, now)
    await visit.begin()
    visit.unsay()
    visit.say(words.linked(member.name, voice.school))
    reception.show_help(visit)
    await visit.finish()


async def _show_the_way(
    db: AsyncConnection, catalogs: Catalogs, school: School, contact: Contact, now: datetime
) -> None:
    """Ask for the link of a school, once a day at most."""
    told = contact.role == LOST and contact.introduced_at is not None and now - contact.introduced_at < A_DAY
    lost = replace(contact, role=LOST, introduced_at=contact.introduced_at if told else now)
    await families.save_contacts(db, [lost])
    if not told:
        body = catalogs.render(
            said_in(replies.which_school(), *catalogs.languages), school.languages[0], school.timezone
        )
        await queue(db, [Notice(lost, body, Kind.REPLY)], now)


async def _is_at_work(db: AsyncConnection, found: Arrivals, text: Inbound) -> bool:
    """Whether this chat is a desk, read anew now that it is held: somebody may have left since it was looked at."""
    seen = found.member(text)
    if seen is None:
        return False
    member = (await staff.by_ids(db, [seen.id])).get(seen.id)
    if member is None or member.left_at is not None or member.telegram_chat != seen.telegram_chat:
        del found.staff[found.who(text)]
        return False
    found.staff[found.who(text)] = member
    return True


async def _is_of_another(db: AsyncConnection, sent: Sent, contact_id: int) -> bool:
    """Whether a message is about another family's request; that of one's own is answered as a family."""
    request = await help_requests.by_id(db, sent.request_id) if sent.request_id is not None else None
    return request is not None and request.contact_id != contact_id


def _quoted(found: Arrivals, text: Inbound, contact: Contact) -> Sent | None:
    """Our message that the text replies to, where it was written to this same person."""
    sent = found.sent.get(text.quoted or "")
    return sent if sent is not None and sent.contact_id == contact.id else None


def _stops_or_starts(text: Inbound, contact: Contact, voice: Voice) -> bool:
    """Whether a parent wants no messages any more, or messages again."""
    reply = voice.reply(text.text, contact.language)
    found = reply.find(router.STOP, router.START)
    opened = text.start is not None and contact.stopped_at is not None
    return opened or text.opt_out is not None or (bool(found) and reply.is_only(*found))


def _answers(family: Family, contact_id: int, text: Inbound, now: datetime, voice: Voice) -> bool:
    """Whether the open question of a family's conversation takes all of the text."""
    begun = Turn(family, contact_id, now, voice)
    at = Situation(begun.family, contact_id, text, now, voice, begun.start)
    asked: list[Key] = [key for key in at.open_keys() if at.was_said(key)]
    return bool(asked) and at.hear_exactly(asked[0]) is not None
