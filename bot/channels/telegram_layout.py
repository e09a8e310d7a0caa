"""How a text and its buttons fit into Telegram's messages. Nothing here knows of aiogram."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TypeAlias

MOST_CHARACTERS = 4096
MOST_UNDER_A_FILE = 1024
MOST_OF_DATA = 64
"""Bytes that a button may carry."""

WIDTH = 32
"""Letters that fit side by side on a small phone, a button's edges among them."""
EDGES = 4
MOST_IN_A_ROW = 5

SHARE_PHONE = "share-phone"
"""What a button answers that sends the family's own number instead of a text."""

Button: TypeAlias = tuple[str, str]
"""What a button answers, and its label."""


def cut(text: str) -> list[str]:
    """The text in parts that Telegram takes, cut between lines or else between words; none where it is empty."""
    parts = []
    rest = text.strip()
    while _units(rest) > MOST_CHARACTERS:
        end = _border(rest, _fitting(rest))
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def fits_under_a_file(text: str) -> bool:
    """Whether Telegram takes the text as the words beneath a photo."""
    return _units(text) <= MOST_UNDER_A_FILE


def rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """The buttons side by side where their labels are short, in rows of about one length; else one a row.

    One that carries more than Telegram takes is left out: cut off, it would say something else.
    """
    fitting = [(reply, label.strip() or reply) for reply, label in buttons if 0 < len(reply.encode()) <= MOST_OF_DATA]
    longest = max((len(label) for _reply, label in fitting), default=0)
    widest = max(1, min(MOST_IN_A_ROW, WIDTH // (longest + EDGES)))
    side_by_side = ceil(len(fitting) / ceil(len(fitting) / widest)) if fitting else 1
    return [fitting[n : n + side_by_side] for n in range(0, len(fitting), side_by_side)]


def _units(text: str) -> int:
    """The length of a text as Telegram's apps count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fitting(text: str) -> int:
    """How many characters of the text fit into one message."""
    room = MOST_CHARACTERS
    for n, character in enumerate(text):
        room -= 2 if ord(character) > 0xFFFF else 1
        if room < 0:
            return n
    return len(text)


def _border(text: str, most: int) -> int:
    """The last end of a line within ``most``, else of a word; in the second half, so that no part is tiny."""
    for mark in ("\n", " "):
        if (found := text.rfind(mark, most // 2, most + 1)) > 0:
            return found
    return most
