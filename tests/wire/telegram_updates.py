"""The updates of Telegram's Bot API, as complete as the real ones, with invented people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

Update = dict[str, Any]

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
ANA, LUIS = 5_550_101, 5_550_102
"""Chats: in a private one, its number is the person's."""
BOT_ID = 5_550_100_000
GROUP = -1_005_550_190


def person(number: int = ANA, *, language: str | None = "es", name: str = "Ana") -> dict[str, Any]:
    """The sender of a message."""
    known = {"id": number, "is_bot": False, "first_name": name}
    return known if language is None else known | {"language_code": language}


def chat(number: int = ANA, name: str = "Ana") -> dict[str, Any]:
    """A private chat, or a group where the number is negative."""
    if number < 0:
        return {"id": number, "title": "Padres de 2.º", "type": "supergroup"}
    return {"id": number, "first_name": name, "type": "private"}


class TelegramUpdates:
    """The updates of one bot, numbered one after the other, as are its messages."""

    def __init__(self) -> None:
        self._updates = 700_000_000
        self._messages = 100

    def next_message(self) -> int:
        """The number of a new message, theirs or ours."""
        self._messages += 1
        return self._messages

    def update(self, kind: str, content: object) -> Update:
        """An update of any kind."""
        self._updates += 1
        return {"update_id": self._updates, kind: content}

    def message(
        self, sender: int = ANA, text: str | None = None, *, writer: dict[str, Any] | None = None, **fields: Any
    ) -> Update:
        """Something that a person sends; ``None`` leaves a field out."""
        message: dict[str, Any] = {
            "message_id": self.next_message(),
            "from": writer or person(sender),
            "chat": chat(sender),
            "date": SECONDS,
        }
        if text is not None:
            message["text"] = text
            if text.startswith("/"):
                message["entities"] = [{"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}]
        message |= fields
        return self.update("message", {name: value for name, value in message.items() if value is not None})

    def edit(self, before: Update, text: str, *, later: int = 60) -> Update:
        """A message that its sender changed."""
        message = deepcopy(before["message"]) | {"text": text, "edit_date": before["message"]["date"] + later}
        return self.update("edited_message", message)

    def press(self, shown: Mapping[str, Any], data: str, /, **fields: Any) -> Update:
        """A button under a message of ours is pressed; ``shown`` is that message as Telegram shows it."""
        number = shown["chat"]["id"]
        self._updates += 1
        query = {
            "id": f"{self._updates}000{number}",
            "from": person(number),
            "message": dict(shown),
            "chat_instance": "-3338899001",
            "data": data,
        }
        query = {name: value for name, value in (query | fields).items() if value is not None}
        return {"update_id": self._updates, "callback_query": query}

    def photo(self, sender: int = ANA, caption: str | None = None) -> Update:
        sizes = [
            {"file_id": f"AgACAgEAAx{width}", "file_unique_id": f"AQAD{width}", "width": width, "height": width}
            for width in (90, 800, 320)
        ]
        return self.message(sender, photo=sizes, caption=caption)

    def voice(self, sender: int = ANA) -> Update:
        voice = {"duration": 7, "mime_type": "audio/ogg", "file_id": "AwACAgEAAx7", "file_unique_id": "AgAD7"}
        return self.message(sender, voice=voice)

    def sticker(self, sender: int = ANA) -> Update:
        sticker = {"width": 512, "height": 512, "emoji": "👍", "type": "regular", "is_animated": False}
        return self.message(sender, sticker=sticker | {"file_id": "CAACAgEAAx5", "file_unique_id": "AgAD5"})

    def contact(self, sender: int = ANA, number: str = "15125550143", owner: int | None = None) -> Update:
        """A phone number; of the sender where ``owner`` is not somebody else."""
        contact = {"phone_number": number, "first_name": "Ana", "user_id": sender if owner is None else owner}
        return self.message(sender, contact=contact)

    def join(self, group: int = GROUP, status: str = "member", kind: str = "supergroup") -> Update:
        """Somebody puts the bot into a group."""
        return self._membership(chat(group) | {"type": kind}, "left", status)

    def kicked(self, sender: int = ANA) -> Update:
        """A family blocks the bot."""
        return self._membership(chat(sender), "member", "kicked")

    def unblocked(self, sender: int = ANA) -> Update:
        """A family takes its block back."""
        return self._membership(chat(sender), "kicked", "member")

    def unknown(self) -> Update:
        """A kind of update that is not there yet."""
        return self.update("thought_reading", {"from": person(), "thought": "¿a qué hora es?"})

    def _membership(self, where: dict[str, Any], before: str, after: str) -> Update:
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Escuela Lincoln", "username": "lincoln_school_bot"}
        change = {
            "chat": where,
            "from": person(),
            "date": SECONDS,
            "old_chat_member": {"user": bot, "status": before},
            "new_chat_member": {"user": bot, "status": after, "until_date": 0},
        }
        return self.update("my_chat_member", change)


def malformed() -> Sequence[Any]:
    """Things in the place of an update that the Bot API does not document."""
    updates = TelegramUpdates()
    odd: list[Any] = [None, 7, "Hola", [], {}, {"message": {}}, {"update_id": "7", "message": {}}]
    no_fields: list[Any] = [None, 7, "Hola", [], {"id": "Ana", "type": 7}]
    for wrong in no_fields:
        odd += [
            updates.message(text="Hola") | {"message": wrong},
            updates.update("edited_message", wrong),
            updates.update("callback_query", wrong),
            updates.update("my_chat_member", wrong),
            updates.message(text="Hola", chat=wrong),
        ]
    odd += [updates.message(caption=wrong, photo=[{"file_id": "x"}]) for wrong in (7, ["Hola"], {"text": "Hola"})]
    no_photos: list[Any] = [7, "x", [7], [{}], [{"file_id": 7}], {"file_id": "x"}]
    odd += [updates.message(photo=wrong) for wrong in no_photos]
    odd += [
        updates.message(voice=wrong) for wrong in (7, {}, {"file_id": "x" * 1000}, {"file_id": "x", "mime_type": 7})
    ]
    odd += [updates.message(location=wrong) for wrong in (7, {}, {"latitude": 999, "longitude": "x"})]
    odd += [updates.message(text="Hola", message_id=wrong) for wrong in ("x", 1.5, 10**30, True)]
    return odd
