"""What an update of Telegram's Bot API says: the texts of families, and what Telegram is owed for it.

An update is read as the plain data that it came as, and by itself: of what is new in the Bot API only what is
named here is looked at, and one odd update spoils no other. The fields are those of core.telegram.org/bots/api.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from bot.channels.base import Chore, clean
from bot.channels.telegram_files import PLACE, named
from bot.errors import Unreadable
from bot.messages import Inbound, Media, OptOut

CHANNEL = "telegram"
A_PLACE = "application/x-geo"
"""The type of a place."""

ANSWER_BUTTON, LEAVE, SAY_AND_LEAVE = "answer-button", "leave", "say-and-leave"
"""The chores: a button that was pressed stops turning; a group is left, in silence or with a word."""

MOST_OF_AN_ID = 200
MOST_OF_A_NAME = 40
LARGEST_NUMBER = 2**63
GROUPS = ("group", "supergroup", "channel")

# What is a message of a person all the same, so that it may be answered: no words, and nothing to keep.
WORDLESS = ("sticker", "dice", "game", "poll", "story", "venue", "contact", "checklist", "paid_media")

# The kinds of file, and what each is where Telegram does not say.
FILES: Mapping[str, str] = {
    "voice": "audio/ogg",
    "video_note": "video/mp4",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "animation": "video/mp4",
    "document": "application/octet-stream",
}

# Commands that Telegram's own buttons send, in the words that families type for the same on any channel.
COMMANDS: Mapping[str, str] = {"help": "HELP", "stop": "STOP", "menu": "MENU"}

_COMMAND = re.compile(r"/(\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_BEGINS_AS_COMMAND = re.compile(r"\s*/\w")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)

Fields: TypeAlias = Mapping[str, Any]


class Brought(NamedTuple):
    """What one update brought."""

    inbound: tuple[Inbound, ...] = ()
    chores: tuple[Chore, ...] = ()


def read(update: object, account: str, at: datetime) -> Brought:
    """The text in an update to ``account``, and the chores that go with it; nothing where it is of another kind.

    Raises Unreadable for what is no update, or one of a kind that we know without its essentials.
    """
    if not isinstance(update, Mapping):
        raise Unreadable("The update is no object")
    for kind, reader in KINDS.items():
        if kind in update:
            return reader(_fields(update, kind), account, at)
    return Brought()


def update_id(update: object) -> int | None:
    """The number of an update; each is one more than the one before."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _message(message: Fields, account: str, at: datetime) -> Brought:
    """A text, a photo, a sticker; in a group nobody is answered, and it is left."""
    return _said(message, account, at, edited=False)


def _edited(message: Fields, account: str, at: datetime) -> Brought:
    """A text that was changed; a place that moves is "edited" as well, and says nothing new."""
    return _said(message, account, at, edited=True)


def _said(message: Fields, account: str, at: datetime, *, edited: bool) -> Brought:
    chat, kind = _chat(message)
    if kind in GROUPS:
        return Brought(chores=(Chore(LEAVE, chat),))
    writer = message.get("from")
    if kind != "private" or not isinstance(writer, Mapping) or writer.get("is_bot"):
        return Brought()
    text, start = _words(message)
    media = tuple(_media(message))
    if not text and (edited or not (media or start is not None or any(kind in message for kind in WORDLESS))):
        return Brought()
    sent = f"{chat}:{_number(message, 'message_id')}"
    changed = f":edit:{_number(message, 'edit_date')}" if edited else ""
    inbound = Inbound(
        channel=CHANNEL,
        account=account,
        address=f"telegram:{chat}",
        provider_id=f"{sent}{changed}",
        text=text,
        received_at=at,
        media=media,
        quoted=_quoted(message, chat),
        quoted_tap=_quoted_tap(message),
        edited=edited,
        original=sent if edited else None,
        start=None if edited else start,
        command=_is_command(message),
        phone=_own_number(message, writer),
        language_hint=_language(writer),
        name=_name(writer),
    )
    return Brought((inbound,))


def _button(query: Fields, account: str, at: datetime) -> Brought:
    """A button under one of our messages. It turns until it is answered, whatever becomes of the rest."""
    pressed = _id(query, "id")
    owed = (Chore(ANSWER_BUTTON, pressed),)
    try:
        writer, message = _fields(query, "from"), _fields(query, "message")
        (chat, kind), data = _chat(message), clean(_text(query, "data"))
        # A message that is too old for Telegram still has its chat and its number.
        quoted = f"{chat}:{_number(message, 'message_id')}"
    except Unreadable:
        return Brought(chores=owed)
    if kind != "private" or not data or writer.get("is_bot"):
        return Brought(chores=(*owed, Chore(LEAVE, chat)) if kind in GROUPS else owed)
    inbound = Inbound(
        channel=CHANNEL,
        account=account,
        address=f"telegram:{chat}",
        provider_id=f"cb:{pressed}",
        # "coming=yes" is what a family would type, behind the name of the question that it answers.
        text=data.partition("=")[2] or data,
        received_at=at,
        button=data,
        quoted=quoted,
        language_hint=_language(writer),
        name=_name(writer),
    )
    return Brought((inbound,), owed)


def _membership(change: Fields, account: str, at: datetime) -> Brought:
    """The bot was blocked by a family, or put into a group.

    A family that takes its block back is heard of when it writes: its app sends /start where it was the button of
    the chat, and nothing where it was the app's settings.
    """
    chat, kind = _chat(change)
    status = _text(_fields(change, "new_chat_member"), "status")
    if kind in GROUPS and status in ("member", "administrator", "restricted"):
        return Brought(chores=(Chore(SAY_AND_LEAVE, chat),))
    if kind != "private" or status != "kicked":
        return Brought()
    inbound = Inbound(
        channel=CHANNEL,
        account=account,
        address=f"telegram:{chat}",
        provider_id=f"member:{chat}:{_number(change, 'date')}:{status}",
        text="",
        received_at=at,
        opt_out=OptOut.STOP,
        keyword_answered=True,
    )
    return Brought((inbound,))


KINDS: Mapping[str, Callable[[Fields, str, datetime], Brought]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _button,
    "my_chat_member": _membership,
}
"""The kinds of update that are asked for."""


def _typed(message: Fields) -> str:
    """The text or the caption."""
    return clean(_text(message, "text") or _text(message, "caption"))


def _is_command(message: Fields) -> bool:
    return _BEGINS_AS_COMMAND.match(_typed(message)) is not None


def _words(message: Fields) -> tuple[str, str | None]:
    """What was written; a command as the words that it stands for, /start as its code."""
    text = _typed(message)
    command = _COMMAND.fullmatch(text.strip())
    if command is None:
        return text.removeprefix("/") if text.startswith("/") else text, None
    name, rest = command[1].lower(), (command[2] or "").strip()
    if name == "start":
        return "", rest if _CODE.fullmatch(rest) else ""
    return COMMANDS.get(name) or f"{command[1]} {rest}".strip(), None


def _media(message: Fields) -> Iterator[Media]:
    """What is attached; a photo comes in several sizes, of which the largest counts."""
    if sizes := message.get("photo"):
        if not isinstance(sizes, list) or not all(isinstance(size, Mapping) for size in sizes):
            raise Unreadable("The update has a photo that is none")
        yield Media(named("photo", _id(max(sizes, key=_area), "file_id")), "image/jpeg")
    for kind, usual in FILES.items():
        # An animation comes as a document too, for programs that do not know it.
        if kind in message and not (kind == "document" and "animation" in message):
            file = _fields(message, kind)
            yield Media(named(kind, _id(file, "file_id")), clean(_text(file, "mime_type"))[:MOST_OF_AN_ID] or usual)
    if "location" in message:
        yield _place(_fields(message, "location"))


def _area(size: Fields) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _place(location: Fields) -> Media:
    where = location.get("latitude"), location.get("longitude")
    if not all(isinstance(degrees, int | float) and -180 <= degrees <= 180 for degrees in where):
        raise Unreadable("The update has a location that is none")
    return Media(PLACE + "{:.6f},{:.6f}".format(*where), A_PLACE)


def _quoted(message: Fields, chat: str) -> str | None:
    """The message of this chat that was replied to; what is odd about it is passed over."""
    replied = message.get("reply_to_message")
    number = replied.get("message_id") if isinstance(replied, Mapping) else None
    return f"{chat}:{number}" if isinstance(number, int) else None


def _quoted_tap(message: Fields) -> str | None:
    """What the first button under the replied message answers, where a bot wrote it; in a private chat that is ours."""
    match message.get("reply_to_message"):
        case {"from": {"is_bot": True}, "reply_markup": {"inline_keyboard": [[{"callback_data": str(data)}, *_], *_]}}:
            return clean(data)
    return None


def _own_number(message: Fields, writer: Fields) -> str | None:
    """The number that the writer shared as their own; of somebody else's contact nothing, as it is not theirs to give.

    None where nobody's was shared.
    """
    contact = message.get("contact")
    if not isinstance(contact, Mapping):
        return None
    if contact.get("user_id") is None or contact["user_id"] != writer.get("id"):
        return ""
    number = contact.get("phone_number")
    found = _NUMBER.fullmatch(re.sub(r"[ ().-]", "", number)) if isinstance(number, str) else None
    return f"+{found[1]}" if found else None


def _language(writer: Fields) -> str | None:
    code = writer.get("language_code")
    found = _LANGUAGE.fullmatch(code) if isinstance(code, str) else None
    return found[1].lower() if found else None


def _name(writer: Fields) -> str | None:
    """The first name, without what is no letter: people put flowers and crowns into it, which cost money in an SMS."""
    name = writer.get("first_name")
    letters = "".join(each if _in_a_name(each) else " " for each in clean(name)) if isinstance(name, str) else ""
    return " ".join(letters.split())[:MOST_OF_A_NAME].strip(" '’.-") or None


def _in_a_name(character: str) -> bool:
    return character in "'’.-" or unicodedata.category(character)[0] in "LM"


def _chat(holder: Fields) -> tuple[str, str]:
    """The number of a chat, and its kind."""
    chat = _fields(holder, "chat")
    return str(_number(chat, "id")), _text(chat, "type")


def _fields(holder: Fields, name: str) -> Fields:
    value = holder.get(name)
    if not isinstance(value, Mapping):
        raise Unreadable(f"The update has a {name} that is none")
    return value


def _number(holder: Fields, name: str) -> int:
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= LARGEST_NUMBER:
        raise Unreadable(f"The update has a {name} that is none")
    return value


def _text(holder: Fields, name: str) -> str:
    """The text under this name, empty where there is none."""
    value = holder.get(name, "")
    if not isinstance(value, str):
        raise Unreadable(f"The update has a {name} that is none")
    return value


def _id(holder: Fields, name: str) -> str:
    value = _text(holder, name)
    if not value or len(value) > MOST_OF_AN_ID or not value.isprintable():
        raise Unreadable(f"The update has a {name} that is none")
    return value
