"""What ``sobremesa check`` says of each part: a line."""

from __future__ import annotations

from dataclasses import dataclass

OK, OFF, WRONG = "ok", "off", "wrong"
SECONDS = 5
"""How long a provider may take to answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was looked at, how it is, and that in words."""

    part: str
    state: str
    words: str
