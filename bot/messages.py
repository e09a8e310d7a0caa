"""The frozen data that crosses borders between channels, turns and the store.

Words and addresses of families are kept out of every ``repr``, so that no log line or traceback
shows them by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class Media:
    """A photo, voice note or file that came with a text: where the provider keeps it, and its type.

    ``instead`` is what its reader is told where it is to be passed on and cannot be. Where it goes as a message of its
    own, a button with this ``label`` stands under it, if there is one, and answers ``tap``.
    """

    url: str = field(repr=False)
    content_type: str
    instead: str = field(default="", repr=False)
    tap: str = ""
    label: str = ""


class OptOut(Enum):
    """What the carrier did with a keyword before it passed the text on."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as it arrived.

    ``account`` is the address of the school that was written to, ``address`` the family's
    (``sms:+1…``, ``whatsapp:+1…``, ``telegram:…``). ``provider_id`` is the provider's own id: the same
    (channel, account, provider_id) seen twice is one text. ``text`` is NFC, without NUL or lone surrogates.
    """

    channel: str
    account: str
    address: str = field(repr=False)
    provider_id: str
    text: str = field(repr=False)
    received_at: datetime
    media: tuple[Media, ...] = ()
    opt_out: OptOut | None = None
    keyword_answered: bool = False
    """The carrier answered this keyword itself, so that an answer of ours would be refused or doubled."""
    button: str | None = None
    quoted: str | None = None
    """The provider's id of the message that this one replies to."""
    quoted_tap: str | None = None
    """What the first button under that message answers, where the message is the bot's own."""
    edited: bool = False
    """The family changed a text that it sent before; this is how it reads now."""
    original: str | None = None
    """The provider's id of the text that was changed."""
    start: str | None = None
    """The code of the link that opened this chat; empty where there was none."""
    command: bool = False
    """It was typed as a command of the channel, "/events"; the sign for that is not in ``text``."""
    phone: str | None = field(default=None, repr=False)
    """The number of the sender's own phone, as the channel vouches for it, like +15125550100; empty where they shared
    somebody else's."""
    language_hint: str | None = None
    """The language of the sender's app."""
    name: str | None = field(default=None, repr=False)
    """What the sender is called in the app, in letters alone."""

    @property
    def source(self) -> str:
        """What the text is known by however often it is changed."""
        return self.original or self.provider_id


class Kind(Enum):
    """Why a message goes out; decides its place in the queue and what holds it back.

    REPLY answers a text that just came; NOTICE tells a household what another of its members did or what
    changed; EVENT is event news, held by consent and quiet hours; URGENT passes both. PRIVATE is a reply whose words
    tell what a family said without its name: they leave the log as soon as it need not be sent any more.
    """

    REPLY = "reply"
    PRIVATE = "private"
    NOTICE = "notice"
    EVENT = "event"
    URGENT = "urgent"


class State(Enum):
    """Where a message of the outbox is. It only ever moves down this list; the last five are final.

    A status callback may still turn ACCEPTED or UNKNOWN into DELIVERED or FAILED.
    """

    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"
    """Never sent: the family stopped, the hour had passed, or staff took it back."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a channel sends it. ``id`` is ours and goes to the provider with status callbacks.

    ``media`` is what goes with it, where the channel can pass it on; others send the words alone.
    """

    id: int
    channel: str
    account: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    buttons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    kind: Kind = Kind.REPLY
    media: tuple[Media, ...] = ()
    attempt: int = 1
    """How often it was tried, this time counted."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a provider says about a message it took: by its id, and by ours when the callback carries it.

    ``blocked``: its address is not written to any more; ``dead``: because it is no number that takes texts.
    """

    provider_id: str
    state: State
    message_id: int | None = None
    code: int | None = None
    blocked: bool = False
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as a channel reads it; path and query as they were sent, since signatures are over those."""

    form: tuple[tuple[str, str], ...] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    path: str
    query: str
    received_at: datetime
    body: bytes = field(default=b"", repr=False)
    """As it came, where it is no form."""
