"""Announcements as ``sobremesa announce`` shows them: in a line, in full, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.commands.listing import Row, text
from bot.commands.terminal import several

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.announcements import Announcement, AnnouncementText, Audience
    from bot.announcements.announcement_results import Counts, Results
    from bot.announcements.broadcasting import Progress
    from bot.records import ConsentChange
    from bot.store.announcements import Missed
    from flows.facts import School

PROGRESS = ("recipients", "sent", "waiting", "failed", "dropped")
LINE = ("id", "created", "state", "topic", "audience", "approved", "send_at", *PROGRESS, "text")
IN_TABLE = ("id", "state", "audience", "sent", "failed", "dropped", "text")
RESULT = (
    *("language", "channel", "recipients", "delivered", "accepted", "waiting"),
    *("failed", "dropped", "unknown", "replied", "stopped"),
)
MISSED = ("family", "name", "address", "language", "result", "why")
SHORT = 40
TOPICS = {"events": "event news", "urgent": "urgent"}
CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}
ORIGINS = {"written": "written by hand", "imported": "imported", "machine": "a draft by machine"}
RESULTS = {"failed": "failed", "dropped": "not sent", "unknown": "nobody knows"}

FAILED: Mapping[str, str] = MappingProxyType(
    {
        "": "No reason was given",
        "not-delivered": "It did not arrive, and no reason was given",
        "gave-up": "It was tried again and again, and never taken",
        "whatsapp-window": "WhatsApp takes free texts only within 24 hours of the family's last one",
        "lease-ran-out": "The server stopped while it was being sent",
        "cancelled": "The server stopped while it was being sent",
        "channel-failed": "A mistake of ours came up while it was being sent",
    }
)
"""Our own reasons why a message failed, or why nobody knows; those of providers are words already."""
WAITING: Mapping[str, str] = MappingProxyType(
    {
        "": "They take their turn",
        "quiet-hours": "They wait for the morning",
        "weekly-cap": "They had as much event news this week as one person gets, and wait for the next",
    }
)
"""Our own reasons why messages wait."""


async def people(db: AsyncConnection, school: School) -> Mapping[int, str]:
    """The staff by id, also those who left: they may have approved something."""
    from bot.store import staff

    return {member.id: member.name for member in await staff.of_school(db, school.id)}


# The announcement


def audience(found: Audience) -> str:
    """An audience much as it is typed."""
    what = found.role or (str(found.subject_id) if found.subject_id else "")
    named = f"{found.kind}:{what}" if what else found.kind
    if found.kind == "list":
        named = f"a list of {several(len(found.contact_ids), 'person', 'people')}"
    return f"{named}, only {found.language}" if found.language else named


def line(found: Announcement, far: Progress) -> Row:
    """One line of the list."""
    return {
        "id": found.id,
        "created": found.created_at,
        "state": found.state,
        "topic": found.topic,
        "audience": audience(found.audience),
        "approved": sorted(found.approved),
        "send_at": found.send_at,
        **progress(far),
        "text": found.texts[found.language].body,
    }


def in_table(row: Row) -> Row:
    """A line of the list, narrow enough for a terminal."""
    state = f"{row['state']}, urgent" if row["topic"] == "urgent" else row["state"]
    sent = None if row["sent"] is None else f"{row['sent']:,} of {row['recipients']:,}"
    words = " ".join(str(row["text"]).split())
    shortened = words if len(words) <= SHORT else f"{words[: SHORT - 1]}…"
    return {**row, "state": state, "sent": sent, "text": shortened}


def details(found: Announcement, school: School, names: Mapping[int, str]) -> Row:
    """One announcement with its texts."""
    return {
        "id": found.id,
        "created": found.created_at,
        "state": found.state,
        "topic": found.topic,
        "audience": audience(found.audience),
        "made_by": names.get(found.made_by or 0),
        "send_at": found.send_at,
        "until": found.expires_at,
        "texts": {language: said.body for language, said in sorted(found.texts.items())},
        "approved": {language: _approval(found, language, school, names) for language in _languages(found, school)},
    }


def texts(found: Announcement, names: Mapping[int, str]) -> list[Row]:
    """Its texts for a program."""
    return [_text(said, names) for _language, said in sorted(found.texts.items())]


def _text(said: AnnouncementText, names: Mapping[int, str]) -> Row:
    return {
        "language": said.language,
        "text": said.body,
        "origin": said.origin,
        "approved_by": names.get(said.approved_by or 0),
        "approved_at": said.approved_at,
    }


def _languages(found: Announcement, school: School) -> list[str]:
    """Those in which somebody may read it."""
    wanted = [found.audience.language] if found.audience.language else school.languages
    return sorted({*found.texts, *wanted})


def _approval(found: Announcement, language: str, school: School, names: Mapping[int, str]) -> str:
    if (said := found.texts.get(language)) is None:
        return "no text yet"
    if not said.is_approved:
        return f"not yet ({ORIGINS[said.origin]})"
    return f"by {approver(said, names)}, {text(said.approved_at, school.timezone)}"


def approver(said: AnnouncementText, names: Mapping[int, str]) -> str:
    """Who answers for a text."""
    return names.get(said.approved_by or 0, "somebody who is not known any more")


def left_to_do(found: Announcement, school: School) -> Iterator[str]:
    """What stands between an announcement and its families, with the commands."""
    missing = [language for language in _languages(found, school) if language not in found.texts]
    waiting = sorted(found.texts.keys() - found.approved)
    for language in missing:
        yield (
            f'There is no text in {language} yet: sobremesa announce write {found.id} --text {language}="…", '
            f"or sobremesa announce translate {found.id}"
        )
    for language in waiting:
        yield f"Nobody has approved the text in {language} yet: sobremesa announce approve {found.id} {language}"
    if found.approved and found.state == "draft":
        yield f"To see who gets it: sobremesa announce preview {found.id}, then: sobremesa announce send {found.id}"


# What became of it


def progress(far: Progress) -> Row:
    """How far it is; a draft is nowhere yet."""
    if far.state == "draft":
        return dict.fromkeys(PROGRESS)
    return {
        "recipients": far.recipients,
        "sent": far.sent,
        "waiting": far.waiting + far.under_way,
        "failed": far.failed,
        "dropped": far.dropped,
    }


def results(found: Results) -> list[Row]:
    """What became of it, by language and channel."""
    lines = [_result(language, channel, counts) for (language, channel), counts in sorted(found.by_both.items())]
    return [*lines, _result("all", "all", found.total)] if len(lines) > 1 else lines


def with_something(found: list[Row]) -> list[str]:
    """The columns of the results that say something, for a terminal."""
    return [column for column in RESULT if column in RESULT[:3] or any(one[column] for one in found)]


def _result(language: str, channel: str, counts: Counts) -> Row:
    numbers = {name: getattr(counts, name) for name in RESULT[2:]}
    return {"language": language, "channel": channel, **numbers}


def reasons(found: Results) -> Row:
    """Why messages failed, were dropped or wait, in words with their numbers."""
    from bot.announcements.announcement_results import DROPPED

    return {
        "why_failed": _summed((why(one.channel, one.reason, one.code), n) for one, n in found.failed.items()),
        "why_dropped": _summed((DROPPED.get(reason, reason), n) for reason, n in found.dropped.items()),
        "why_waiting": _summed((WAITING.get(reason, reason), n) for reason, n in found.held.items()),
    }


def _summed(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Reasons that read alike are one."""
    found: dict[str, int] = {}
    for words, count in counted:
        found[words] = found.get(words, 0) + count
    return found


def why(channel: str, reason: str, code: int | None) -> str:
    """Why a message failed, or why nobody knows what came of it."""
    from bot.channels.twilio_codes import describe_code

    if code is not None and channel in ("sms", "whatsapp"):
        return f"{describe_code(code)} ({code})"
    return FAILED.get(reason, reason)


def missed(one: Missed, history: Sequence[ConsentChange]) -> Row:
    """Somebody who did not get it; ``history`` is what this contact allowed and took back, the oldest first."""
    return {
        "family": one.household,
        "name": one.name,
        "address": one.address,
        "language": one.language,
        "result": RESULTS[one.state],
        "why": _why_not_sent(one, history) if one.state == "dropped" else why(one.channel, one.reason or "", one.code),
    }


def _why_not_sent(one: Missed, history: Sequence[ConsentChange]) -> str:
    """A number that takes no texts is stopped by the first one that was tried: its code is in the history."""
    from bot.announcements.announcement_results import DROPPED
    from bot.channels.telegram_codes import CODES
    from bot.store.audiences import DEAD
    from bot.store.blocks import CARRIER, NUMBER

    last = next((change for change in reversed(history) if change.topic == "all"), None)
    coded = last is not None and last.source in (CARRIER, NUMBER) and last.words.isdigit()
    if last is None or not coded or one.reason not in ("stopped", DEAD):
        return DROPPED.get(one.reason or "", one.reason or "")
    code = int(last.words)
    return CODES[code].words if one.channel == "telegram" and code in CODES else why(one.channel, "", code)
