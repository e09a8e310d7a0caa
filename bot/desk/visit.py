"""One text of a member of staff: who wrote it, what the desk remembers, and what it says back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices
from bot.language.voice import Voice
from bot.messages import Inbound, Kind
from bot.notices import Notice
from bot.pace import Terms
from bot.records import Conversation, Sent, StaffMember, Stage
from bot.store import conversations, ids, messages
from flows.core.text import Text
from flows.facts import Contact, School

FLOW = "desk"
"""The name under which the desk keeps what it remembers of a chat; no flow that a family can reach."""

REMEMBERED = timedelta(hours=1)
"""How long the desk waits for a note or an answer: what comes later is hardly it."""

Button: TypeAlias = tuple[str, Text]
"""What a button answers, and its label."""


@dataclass(slots=True)
class Visit:
    """One text at the desk. ``memory`` is what the desk waits for in this chat, kept from one text to the next."""

    db: AsyncConnection
    voice: Voice
    member: StaffMember
    contact: Contact
    text: Inbound
    now: datetime
    quoted: Sent | None = None
    terms: Terms = field(default_factory=Terms)
    memory: dict[str, Any] = field(default_factory=dict, repr=False)
    _talk: Conversation | None = None
    _said: list[tuple[Text | str, tuple[Button, ...], int | None]] = field(default_factory=list, repr=False)

    @property
    def school(self) -> School:
        """The school that this person works for; nothing of another one is shown."""
        return self.voice.school

    @property
    def words(self) -> str:
        """What was written."""
        return self.text.text.strip()

    def say(self, text: Text | str, *buttons: Button, request_id: int | None = None) -> None:
        """Answer with one message; a reply to it is about this request."""
        self._said.append((text, buttons, request_id))

    def unsay(self) -> None:
        """Forget what would have been answered, and what the desk waits for."""
        self._said, self.memory = [], {}

    def in_words(self, text: Text) -> str:
        """A text in the language of this person."""
        return self.voice.say(text, self.member.language)

    async def file(self, request_id: int) -> None:
        """Keep what was written with this request, which began at the desk; it is shown in no other thread."""
        await messages.file(self.db, self.contact.id, self.text.provider_id, request_id)

    async def begin(self) -> None:
        """Remember where this chat was left."""
        self._talk = await _talk_of(self.db, self.contact.id)
        self.memory = _remembered(self._talk, self.now)

    async def finish(self) -> None:
        """Keep what the desk waits for, and queue what it says."""
        talk_id = self._talk.id if self._talk else (await ids.reserve(self.db, 1))[0]
        # Closed for the flows of families, which take no part in it.
        talk = Conversation(
            talk_id, self.school.id, self.contact.id, FLOW, 0, Stage.CLOSED, self.memory, updated_at=self.now
        )
        await conversations.save(self.db, [talk])
        said = [self._notice(*one, talk_id) for one in self._said]
        await notices.queue(self.db, said, self.now)

    def _notice(self, text: Text | str, buttons: tuple[Button, ...], request_id: int | None, talk_id: int) -> Notice:
        return Notice(
            # A parent who stopped all texts is answered, and nothing more.
            replace(self.contact, stopped_at=None),
            text if isinstance(text, str) else self.in_words(text),
            Kind.REPLY,
            buttons=tuple((reply, self.in_words(label)) for reply, label in buttons),
            conversation_id=talk_id,
            request_id=request_id,
        )


async def memory_of(db: AsyncConnection, contact_id: int, now: datetime) -> dict[str, Any]:
    """What the desk waits for in this chat."""
    return _remembered(await _talk_of(db, contact_id), now)


async def _talk_of(db: AsyncConnection, contact_id: int) -> Conversation | None:
    known = await conversations.of_contacts(db, [contact_id])
    return next((talk for talk in known if talk.flow == FLOW), None)


def _remembered(talk: Conversation | None, now: datetime) -> dict[str, Any]:
    fresh = talk is not None and talk.updated_at is not None and now - talk.updated_at < REMEMBERED
    return dict(talk.record) if talk is not None and fresh else {}


Step: TypeAlias = Callable[[Visit, list[str]], Coroutine[Any, Any, None]]
"""What a button, a command or a text leads to; the list holds what stands behind the verb of a button."""
