"""What flows come to: plain data that the turn saves."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rsvp:
    """A household's answer to an invitation, as far as it is known.

    ``coming`` is "yes", "no", "maybe" or "waiting": there is no room for it. A household that comes may wait for more
    places, until it can be ``wanted`` people. ``listed``: it said yes to the waiting list. ``food`` is None until it
    was asked, and empty where there is no wish.
    """

    coming: str
    adults: int | None = None
    children: int | None = None
    child_care: bool | None = None
    food: str | None = field(default=None, repr=False)
    interpreter: bool | None = None
    name: str | None = field(default=None, repr=False)
    """What the family wants to be called on the door list, where it was asked."""
    wanted: int | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Permitted:
    """Whether event news may be sent."""

    given: bool


@dataclass(frozen=True, slots=True)
class Welcomed:
    """How welcome a family felt, from 1 to 5, and its words, as far as they are known.

    One that was not there has no ``score``, and counts nowhere.
    """

    score: int | None = field(repr=False)
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class GoTo:
    """Go on in another flow, about ``subject_id`` where that flow is about an event."""

    flow: str
    subject_id: int = 0


@dataclass(frozen=True, slots=True)
class Meant:
    """The text that was kept aside belongs to this conversation."""

    flow: str
    subject_id: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether a request for help is settled, as the family sees it."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Speaks:
    """The language that the family chose."""

    language: str
