"""What can be tapped in the sentences of the public page: phone numbers, and the bot's name at Telegram."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TypeAlias

from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

from bot.phones import REGION

Piece: TypeAlias = tuple[str, str]
"""Words, and where they lead: empty for most."""


def linked(line: str, texting: Collection[str] = (), bot: str = "") -> list[Piece]:
    """The sentence in pieces; put together they are the sentence.

    The numbers in ``texting`` are for texts, and nobody answers a call there; all others are called.
    """
    pieces, at = list[Piece](), 0
    for start, end, address in sorted((*_numbers(line, texting), *_names(line, bot))):
        if start < at:  # a name of a bot may hold a number
            continue
        pieces += [(line[at:start], ""), (line[start:end], address)]
        at = end
    return [piece for piece in (*pieces, (line[at:], "")) if piece[0]]


def _numbers(line: str, texting: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for found in PhoneNumberMatcher(line, REGION):
        call = format_number(found.number, PhoneNumberFormat.RFC3966)
        text = f"sms:{format_number(found.number, PhoneNumberFormat.E164)}"
        yield found.start, found.end, text if found.raw_string in texting else call


def _names(line: str, bot: str) -> Iterator[tuple[int, int, str]]:
    for found in re.finditer(rf"@{re.escape(bot)}\b", line) if bot else ():
        yield found.start(), found.end(), f"https://t.me/{bot}"
