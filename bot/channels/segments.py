"""How many SMS segments a text costs, as Twilio counts; and spelling that costs fewer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bot.channels.graphemes import graphemes

Encoding = Literal["GSM-7", "UCS-2"]

# The form feed is two in GSM-7 like the brackets: an escape, and itself.
_EXTENDED = "\f^{}\\[~]|€"
_GSM_7 = re.compile(
    f"[\n\r !\"#$%&'()*+,\\-./0-9:;<=>?@A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ{re.escape(_EXTENDED)}]*"
)
_TWO_UNITS = re.compile(f"[{re.escape(_EXTENDED)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_ONE_BY_ONE = re.compile("[\0-\u02ff]*")
"""Characters that nothing joins; accents and joiners begin after them."""

_PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u202f\u2007\u2009\u200a\u2002\u2003\t", " ")
    | dict.fromkeys("“”„‟«»″", '"')
    | dict.fromkeys("‘’‚‛‹›′`´", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"…": "..."}
)


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs. ``units`` are septets in GSM-7 and 16-bit units in UCS-2."""

    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Segments:
    """What Twilio would charge for this text, once it is NFC; an empty text is one segment."""
    text = unicodedata.normalize("NFC", text)
    if _GSM_7.fullmatch(text):
        return _gsm_7(text)
    units = _utf_16(text)
    if units <= 70:
        return Segments("UCS-2", units, 1)
    if _ONE_BY_ONE.fullmatch(text):
        return Segments("UCS-2", units, -(-units // 67))
    return Segments("UCS-2", units, _segments([_utf_16(piece) for piece in graphemes(text)], 70, 67))


def fold_for_sms(text: str) -> str:
    """The same words in the spelling that SMS carries cheapest, in NFC.

    Changes spaces of other widths and tabs to plain ones, typographic quotes, primes and lone accents to
    ' and ", dashes to -, and … to three points: each of them would turn the whole text to UCS-2, which holds
    70 characters instead of 160. Letters with accents, ñ, ¿ and ¡ stay. Folding twice changes nothing.
    """
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def _gsm_7(text: str) -> Segments:
    twos = len(_TWO_UNITS.findall(text))
    units = len(text) + twos
    if units <= 160:
        return Segments("GSM-7", units, 1)
    if not twos:
        return Segments("GSM-7", units, -(-units // 153))
    return Segments("GSM-7", units, _segments([2 if c in _EXTENDED else 1 for c in text], 160, 153))


def _utf_16(text: str) -> int:
    return len(text) + len(_ASTRAL.findall(text))


def _segments(sizes: Sequence[int], alone: int, each: int) -> int:
    """How many segments hold pieces of these sizes, uncut, when together they are more than ``alone``.

    Follows Twilio's calculator step by step. It fills the first segment as if it were the only one; when the
    next piece shows that it is not, each segment loses room to a header, and the end of the first moves into
    the second without a look at whether all of it fits. That matters for pieces of half a segment and more.
    """
    first = next(i for i, total in enumerate(accumulate(sizes)) if total > alone)
    kept = next((i for i in range(first, 0, -1) if sum(sizes[:i]) <= each), 0)
    segments, used = 2, sum(sizes[kept : first + 1])
    for size in sizes[first + 1 :]:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return segments
