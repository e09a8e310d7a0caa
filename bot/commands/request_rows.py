"""How requests are listed: their columns, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.commands.listing import Row

if TYPE_CHECKING:
    from bot.help_desk import Call, Picture
    from bot.records import LoggedMessage, RequestNote
    from flows.facts import Contact

COLUMNS = (
    *("id", "urgent", "alerted", "since", "waiting", "family", "language", "reason", "owner"),
    *("answered", "asked", "closed", "closed_by"),
)
OPEN_IN_TABLE = ("id", "urgent", "waiting", "family", "language", "reason", "owner")
ALL_IN_TABLE = ("id", "urgent", "since", "family", "reason", "owner", "closed", "closed_by")
MESSAGE = ("at", "who", "text", "state")
NOTE = ("at", "by", "note")
PICTURE = ("number", "at", "kind", "type", "place", "saved")
WITHOUT_WORDS = "[a link, a shared number or a sticker]"
"""What a text on Telegram without words was; the log does not tell them apart."""
REASONS = {
    "help": "asks for a person",
    "danger": "words of danger",
    "unclear": "was not understood",
    "failure": "our mistake: answer by hand",
    "media": "a photo or voice note",
    "wrong-number": "wrong number",
    "pulse": "wants a person, after a pulse",
}


def row(call: Call, now: datetime) -> Row:
    """One request; ``alerted`` is None where there was nothing to alert of."""
    request, since = call.request, call.waits_since
    return {
        "id": request.id,
        "urgent": request.urgent,
        "alerted": call.alerted if request.urgent else None,
        "since": request.opened_at,
        "waiting": None if since is None else waiting(since, now),
        "family": (call.household.name if call.household else None) or call.contact.name or _told_apart(call.contact),
        "language": call.contact.language,
        "reason": REASONS.get(request.reason, request.reason),
        "owner": call.owner.name if call.owner else None,
        "answered": request.last_staff_at,
        "asked": request.asked_at,
        "closed": request.closed_at,
        "closed_by": request.closed_by,
    }


def _told_apart(contact: Contact) -> str | None:
    """What tells a family without a name from others: the number, the name in the app, since when it is on Telegram."""
    from bot import phones

    if contact.prefix != "telegram":
        return phones.readable(contact.address.rpartition(":")[2])
    if contact.app_name:
        return contact.app_name
    since = contact.introduced_at
    return f"Telegram, since {since:%b} {since.day}" if since is not None else "Telegram"


def why_not_asked(call: Call) -> str:
    """Why nobody was asked whether a request is settled, as a sentence to follow another; empty for what needs none."""
    if not call.request.is_thread or call.of_staff:
        return ""
    if call.contact.wrong_number_at is not None:
        return " Nobody was asked: it is a wrong number."
    return " The family was not asked: it has stopped all texts." if call.contact.stopped_at is not None else ""


def in_table(one: Row) -> Row:
    """The same for a table, which has no room for a column that is mostly empty."""
    return {**one, "urgent": "NOBODY ALERTED"} if one["alerted"] is False and one["closed"] is None else one


def details(call: Call, now: datetime) -> Row:
    """The same with how the family is reached."""
    contact = call.contact
    return {**row(call, now), "name": contact.name, "address": contact.address, "role": contact.role}


def waiting(since: datetime, now: datetime) -> str:
    """How long, in the largest unit that says enough: ``25 min``, ``3 h``, ``4 days``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def line(message: LoggedMessage, call: Call) -> Row:
    """A message of the thread of a request."""
    theirs = (call.contact.name or "staff") if call.of_staff else "family"
    pictures = "".join(f" [{media.content_type}]" for media in message.media)
    said = (message.body + pictures).strip()
    return {
        "at": message.created_at,
        "who": "school" if message.outgoing else theirs,
        "text": said or (WITHOUT_WORDS if message.channel == "telegram" else "[no words]"),
        "state": message.state.value if message.state else None,
    }


def note(written: RequestNote, names: Mapping[int, str]) -> Row:
    """A note of the staff."""
    return {"at": written.at, "by": names.get(written.staff_id), "note": written.body}


def picture(one: Picture, saved: str | None) -> Row:
    """A photo or voice note."""
    return {
        "number": one.number,
        "at": one.at,
        "kind": one.kind,
        "type": one.content_type,
        "place": one.place,
        "saved": saved,
    }
