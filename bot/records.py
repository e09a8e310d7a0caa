"""What the store holds of a conversation and of an answer, as frozen data without a database behind it.

The people and events themselves are the facts that flows are told: ``flows.facts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from bot.messages import Kind, Media, State
from flows.facts import Household, Permission


class Stage(Enum):
    """Where a conversation is.

    OPEN has a question to answer. WAITING has none until a time comes. DONE reached its outcome and can
    still be corrected. CLOSED takes nothing any more.
    """

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One contact inside one flow. ``record`` is the flow's memory as JSON (see ``flows.core.replay``).

    ``id`` is 0 until it is saved. ``subject_id`` is the event's id where the flow is about one, else 0.
    ``asked_at`` is when its open question was last said; ``tries`` how often in a row a reply was not
    understood.
    """

    id: int
    school_id: int
    contact_id: int
    flow: str
    subject_id: int
    stage: Stage
    record: Mapping[str, Any] = field(repr=False)
    asked_at: datetime | None = None
    tries: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rsvp:
    """What a household answered to an invitation.

    ``coming`` is "yes", "no", "maybe" or "waiting": there is no room for it. It is on the waiting list since
    ``waiting_since``, with a freed place kept for it until ``offered_until``. One that comes may wait as well: it would
    like to be ``wanted`` people. ``food`` is None until it was asked, and empty where there is no wish.
    """

    school_id: int
    event_id: int
    household_id: int
    coming: str
    adults: int | None = None
    children: int | None = None
    child_care: bool | None = None
    food: str | None = field(default=None, repr=False)
    interpreter: str | None = None
    """The language for which the family asked an interpreter."""
    answered_by: int | None = None
    answered_at: datetime | None = None
    waiting_since: datetime | None = None
    offered_until: datetime | None = None
    wanted: int | None = None

    @property
    def people(self) -> int:
        """How many the party are."""
        return (self.adults or 0) + (self.children or 0)

    @property
    def holds(self) -> int:
        """How many places are this household's."""
        return self.people if self.coming == "yes" else 0

    @property
    def asks_for(self) -> int | None:
        """How many people it would like to bring, where it was told that there is no room for so many."""
        return self.people if self.coming == "waiting" else self.wanted

    @property
    def lacks(self) -> int:
        """How many more places it would need."""
        return (self.asks_for or self.holds) - self.holds

    @property
    def is_offered(self) -> bool:
        """Whether freed places are kept for it. They are its own until somebody says that the time is over."""
        return None not in (self.waiting_since, self.offered_until) and not self.ran_out

    @property
    def ran_out(self) -> bool:
        """Whether it let an offer pass: since then it waits behind those who were on the list."""
        if self.waiting_since is None or self.offered_until is None:
            return False
        return self.waiting_since >= self.offered_until


@dataclass(frozen=True, slots=True)
class Attendance:
    """That a household was at an event. ``source``: "door", "walk-in", or "rsvp", where nobody stood at the door."""

    school_id: int
    event_id: int
    household_id: int
    adults: int
    children: int
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """One line of a contact's consent history: what was said, where, in which language, and shown what."""

    school_id: int
    contact_id: int
    topic: str
    permission: Permission
    at: datetime
    source: str
    """``reply``, ``carrier``, ``import``, ``staff``; ``number`` where the carrier says that it takes no texts."""
    language: str | None = None
    words: str = field(default="", repr=False)
    shown: str = field(default="", repr=False)
    """The terms that the family was shown before it answered."""


THREADS = frozenset({"help", "danger", "unclear", "failure", "pulse"})
"""The reasons after which a person of the school answers in the thread."""


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """A family's call for a person.

    ``reason`` is a short key: help, danger, failure, unclear, media, wrong-number, pulse. ``owner_id`` is the member of
    staff who claimed it. ``asked_at`` is when the family was asked whether it is settled; ``closed_by`` is "family",
    "silence" or "staff".
    """

    id: int
    school_id: int
    contact_id: int
    reason: str
    opened_at: datetime
    urgent: bool = False
    closed_at: datetime | None = None
    last_staff_at: datetime | None = None
    last_family_at: datetime | None = None
    owner_id: int | None = None
    claimed_at: datetime | None = None
    asked_at: datetime | None = None
    closed_by: str | None = None

    @property
    def last_moved_at(self) -> datetime:
        """When the family or a person of the school last wrote in it, or the family was asked if it is settled."""
        return max(filter(None, (self.opened_at, self.last_staff_at, self.last_family_at, self.asked_at)))

    @property
    def is_thread(self) -> bool:
        """Whether texts of the family belong to this request until it is closed: also once a person answered in it."""
        return self.reason in THREADS or self.last_staff_at is not None


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Words, or media, of a family that the staff of a help request have to see.

    ``request_id`` is 0 for a request that this same turn opens; it is then the newest one of the contact. ``news`` says
    what happened: a "text", one that was "edited", one in which the family "asks" for a person now, "reopened" by one,
    or to the closing question "settled" or "not-settled".
    """

    contact_id: int
    request_id: int
    reason: str
    at: datetime
    urgent: bool = False
    words: str = field(default="", repr=False)
    media: tuple[Media, ...] = ()
    news: str = "text"
    household: Household | None = field(default=None, repr=False)
    """Whose words they are, and by which ``name``, as far as that was known when they were written."""
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RequestNote:
    """What a member of staff wrote about a request for the others; no family reads it."""

    school_id: int
    request_id: int
    staff_id: int
    at: datetime
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PulseAnswer:
    """What one family said in a pulse, without the family."""

    school_id: int
    pulse_id: int
    contact_id: int
    """Who is marked as having answered; it is not kept with the answer."""
    language: str
    score: int
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Timer:
    """A conversation that must be taken up again: ``key`` is the flow's own name for the reason."""

    school_id: int
    contact_id: int
    flow: str
    subject_id: int
    key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come, and the conversation that it takes up again."""

    id: int
    school_id: int
    contact_id: int
    conversation_id: int
    flow: str
    subject_id: int
    key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class InboxKey:
    """What a text is known by when it comes again: the channel, the address written to, the provider's id."""

    channel: str
    account: str
    provider_id: str
    school_id: int


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """One line of the message log, in or out. An outgoing one is sent from here.

    ``kind`` and ``state`` are those of the outbox, None for a text that came in. ``rank`` is its place in the
    queue, ``provider_id`` the provider's own id, known at once for a text that came in.
    """

    id: int
    school_id: int
    contact_id: int
    outgoing: bool
    channel: str
    account: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    created_at: datetime
    buttons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    media: tuple[Media, ...] = ()
    kind: Kind | None = None
    rank: int = 0
    state: State | None = None
    conversation_id: int | None = None
    provider_id: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    announcement_id: int | None = None
    """The announcement whose words this message carries; ``body`` is then filled in where it is read."""
    request_id: int | None = None
    """The help request that this message is about, where it was written to a member of staff or by one."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done at a time; (kind, subject, key) is one job, however often it is set.

    ``detail`` is what its handler has to know beside the subject, and how far it has come; ``tries`` how often it
    failed since it was set.
    """

    school_id: int
    kind: str
    subject_id: int
    due_at: datetime
    key: str = ""
    id: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A code that opens a chat with the bot. ``kind``: "school", "household", "event", or "staff", which works once.

    ``subject_id`` is the id of what it is for. That of staff is not kept, only its hash.
    """

    school_id: int
    kind: str
    subject_id: int
    code: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None

    def works(self, now: datetime) -> bool:
        """Whether it may still be opened."""
        fresh = self.expires_at is None or self.expires_at > now
        return fresh and (self.kind != "staff" or self.used_at is None)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one of our own messages was about: a conversation, a help request, or neither."""

    school_id: int
    contact_id: int
    request_id: int | None
    flow: str | None
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the school. ``role`` is admin, editor or helper; ``left_at`` is set when they no longer are."""

    id: int
    school_id: int
    name: str = field(repr=False)
    email: str = field(repr=False)
    role: str
    language: str = "en"
    telegram_chat: str | None = field(default=None, repr=False)
    """The id of the chat in which this person works, once it is linked."""
    left_at: datetime | None = None
    phone: str | None = field(default=None, repr=False)
    """Where alerts go by SMS, like +15125550100."""
    alerted: bool = False
    """Whether this is one of the adults who are alerted in danger."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which: ``subject`` names a row ("event 12"), ``detail`` holds no words of families."""

    school_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeadCount:
    """What an event has to be ready for. Families are counted in households, those who come in people.

    ``child_care`` counts children, ``food`` households with a wish, ``interpreters`` households by language;
    all three, like ``adults`` and ``children``, of families that said yes. ``attended`` counts the families that were
    there, ``attended_people`` the people.
    """

    invited: int = 0
    not_answered: int = 0
    yes: int = 0
    no: int = 0
    maybe: int = 0
    waiting: int = 0
    adults: int = 0
    children: int = 0
    child_care: int = 0
    food: int = 0
    attended: int = 0
    attended_people: int = 0
    interpreters: Mapping[str, int] = field(default_factory=dict)
