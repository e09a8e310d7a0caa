"""What is read as one character, by the rules of Twilio's own segment counter, so that both cut alike.

That counter stands still at Unicode 10 (UAX #29, 2017), while libraries follow the newest Unicode: they keep
together some emoji that it cuts. Each character gets a letter for its kind, and one pattern over the letters
finds what belongs together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_KINDS = {
    "Z": re.compile("\u200d"),  # the joiner
    "R": re.compile("[\U0001f1e6-\U0001f1ff]"),  # half of a flag
    "T": re.compile("[\U0001f3fb-\U0001f3ff]"),  # a skin tone
    "F": re.compile("[👦-👩]"),  # takes a skin tone, and joins others
    "B": re.compile(  # takes a skin tone
        "[☝⛹✊-✍🎅🏂-🏄🏇🏊-🏌👂👃👆-👐👮👰-👸👼💁-💃💅-💇💪🕴🕵🕺🖐🖕🖖🙅-🙇🙋-🙏🚣🚴-🚶🛀🛌🤘-🤜🤞🤟🤦🤰-🤹🤽🤾🧑-🧝]"
    ),
    "G": re.compile("[♀♂⚕⚖✈❤🌈🌾🍳🎓🎤🎨🏫🏭💋💻💼🔧🔬🗨🚀🚒]"),  # joins others
    "L": re.compile("[\u1100-\u115f\ua960-\ua97c]"),  # Korean letters: first,
    "V": re.compile("[\u1160-\u11a7\ud7b0-\ud7c6]"),  # middle,
    "K": re.compile("[\u11a8-\u11ff\ud7cb-\ud7fb]"),  # last;
    "Y": re.compile("[\uac00-\ud7a3]"),  # and whole syllables
    "P": re.compile(  # belongs to the character after it
        "[\u0600-\u0605\u06dd\u070f\u08e2\u0d4e\U000110bd\U000111c2\U000111c3\U00011a3a\U00011a86-\U00011a89\U00011d46]"
    ),
    "O": re.compile(  # vowel signs that stand alone all the same, most of them Burmese
        "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c"
        "\u1a61\u1a63\u1a64\uaa7b\uaa7d]"
    ),
    "E": re.compile("[\u200c\uff9e\uff9f\u0e33\u0eb3\U000e0020-\U000e007f]"),  # belongs to what is before it
}
_CATEGORIES = {"M": "E", "C": "A", "Zl": "A", "Zp": "A"}
"""For all others: accents belong to what is before them, control characters stand alone."""


class _Letters(dict[int, str]):
    """The letter of every character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        others = _CATEGORIES.get(category) or _CATEGORIES.get(category[0]) or "O"
        letter = next((kind for kind, those in _KINDS.items() if those.match(character)), others)
        if letter == "Y":  # every 28th syllable has no last letter yet
            letter = "Y" if (code - 0xAC00) % 28 else "W"
        self[code] = letter
        return letter


_LETTERS = _Letters()
_CLUSTER = re.compile(
    r"""
    A
    | (?: RR | P+R ) [EZ]?                      # a flag takes one mark at most: Unicode would allow more
    | (?: P* (?: L* (?: WV* | Y | V+ ) K* | L+ | K+ | [^AEP] ) | P+ )
      (?: Z | (?<=Z)[GF] | (?<=[BF])T )*
      (?: E (?: E | Z | (?<=Z)[GF] | (?<=[BF]E)T )* )?  # after any mark it loses skin tones: so does Twilio's
    | E (?: E | Z | (?<=Z)[GF] )*
    """,
    re.VERBOSE,
)


def graphemes(text: str) -> Iterator[str]:
    """The text in pieces that are each read as one character; CR LF counts as two."""
    for piece in _CLUSTER.finditer(text.translate(_LETTERS)):
        yield text[piece.start() : piece.end()]
