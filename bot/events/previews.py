"""What a text to many families would be, worked out before it goes: in which languages, to how many, whom it misses."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from flows.facts import Household

HAS = re.compile(r"\bhas\b")


@dataclass(frozen=True, slots=True)
class Post:
    """What one contact would be sent: mostly the invitation alone, after an introduction where it is the first."""

    language: str
    prefix: str
    bodies: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A household that no invitation reaches, and why, in words that go on after one family: "has stopped …"."""

    household: Household
    reason: str

    def reason_of(self, families: int) -> str:
        """The reason as it goes on after so many families that share it."""
        return self.reason if families == 1 else HAS.sub("have", self.reason)


@dataclass(slots=True)
class Preview:
    """Who would be invited now. ``posts`` counts how many contacts get the same."""

    families: int = 0
    contacts: int = 0
    before: int = 0
    """Households that were invited already."""
    posts: Counter[Post] = field(default_factory=Counter)
    unreachable: list[Unreachable] = field(default_factory=list)
