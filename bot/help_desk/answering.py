"""An answer to a family, in its thread, under the name of who gives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices, staff
from bot.channels.base import clean
from bot.errors import NotTheirLanguage, Refusal
from bot.help_desk.calls import Call, check_open, hold, noted
from bot.language.catalogs import ENGLISH
from bot.language.guess import is_surely_another
from bot.language.voice import Voice
from bot.messages import Kind
from bot.notices import Notice
from bot.records import Conversation, HelpRequest, LoggedMessage, StaffMember, Stage
from bot.store import conversations, help_requests, jobs
from flows.facts import Contact

JOB = "closing-question"
LONGEST = 1600
WHATSAPP_WINDOW = timedelta(hours=24)


async def reply(
    db: AsyncConnection,
    voice: Voice,
    request_id: int,
    text: str,
    member: StaffMember,
    now: datetime,
    *,
    anyway: bool = False,
) -> LoggedMessage:
    """Queue an answer to the family, signed; the request is now its sender's, where it was nobody's.

    Raises Refusal; NotTheirLanguage where the family does not read it, unless it is meant ``anyway``.
    """
    staff.check(member, "answer")
    call = await hold(db, voice.school, request_id)
    check_open(call)
    check_reachable(call.contact, now)
    body = _signed(text, member)
    if not anyway:
        _check_language(text, call.contact, voice)
    notice = Notice(call.contact, body, Kind.REPLY, request_id=request_id)
    (message,) = await notices.queue(db, [notice], now)
    request = await withdrawn(db, call, now)
    if not call.is_taken:
        request = replace(request, owner_id=member.id, claimed_at=now)
    await help_requests.save(db, [replace(request, last_staff_at=now)])
    await noted(db, call, member, now, "request answered", message=message.id)
    return message


async def withdrawn(db: AsyncConnection, call: Call, now: datetime) -> HelpRequest:
    """The request without the question whether it is settled: a person writes on, and the family answers that."""
    if call.request.asked_at is None:
        return call.request
    await jobs.cancel(db, JOB, call.request.id)
    asked = await closing_conversation(db, call)
    if asked is not None:
        await conversations.save(db, [replace(asked, stage=Stage.DONE, updated_at=now)])
    return replace(call.request, asked_at=None)


async def closing_conversation(db: AsyncConnection, call: Call) -> Conversation | None:
    """The conversation in which the family is asked whether this request is settled."""
    talks = await conversations.of_contacts(db, [call.contact.id])
    return next((talk for talk in talks if (talk.flow, talk.subject_id) == ("settled", call.request.id)), None)


def check_reachable(contact: Contact, now: datetime) -> None:
    """Whether a text may go there at all; the outbox would drop it later, and the family would wait for nothing."""
    if contact.wrong_number_at is not None:
        raise Refusal("This is a wrong number, as its owner told us: nothing is sent to it.")
    if contact.stopped_at is not None:
        raise Refusal("This person has stopped all texts from the school; please call instead.")
    last = contact.last_inbound_at
    if contact.prefix == "whatsapp" and (last is None or now - last >= WHATSAPP_WINDOW):
        raise Refusal("WhatsApp takes answers for 24 hours after a family's last text. They are over; please call.")


def _check_language(text: str, contact: Contact, voice: Voice) -> None:
    written = is_surely_another(text, contact.language, voice)
    if written is not None and contact.language is not None:
        names = {code: voice.catalogs.called(code).best(ENGLISH) for code in (written, contact.language)}
        raise NotTheirLanguage(written, contact.language, names)


def _signed(text: str, member: StaffMember) -> str:
    said = clean(text).strip()
    if not said:
        raise Refusal("There is nothing in this answer.")
    body = f"{member.name}: {said}"
    if len(body) > LONGEST:
        raise Refusal(f"This answer is longer than {LONGEST:,} characters; please send it in parts.")
    return body
