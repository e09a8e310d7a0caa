"""A translation by machine with what a person should look at before approving: numbers, times and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.language.translation.port import Translator
from flows.core.text import Text, _

ADDRESS = re.compile(r"https?://[^\s<>\"]+|\bwww\.[^\s<>\"]+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
AFTER = ".,;:!?)]»”’'\""
"""What follows an address in a sentence, and is no part of it."""
HALF = r"(?:\s?([ap])\.?\s?m\b\.?)?"
PHONE = r"\+?\(?\d(?:[ ().-]{0,2}\d){6,14}"
NUMBER = re.compile(rf"({PHONE})(?!\w)|(\d+(?:[:/.,]\d+)*){HALF}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a machine made of a text. ``warnings`` are for the person who approves it: none is no promise."""

    text: str = field(repr=False)
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, time, phone number or address, as it was written and as it is compared."""

    written: str = field(repr=False)
    value: str = field(repr=False)
    half: str | None = None
    """``a`` or ``p``, the half of the day that a time is in, where it is said."""

    def is_(self, other: Figure) -> bool:
        """Whether both say the same in every part."""
        return (self.value, self.half) == (other.value, other.half)

    def may_be(self, other: Figure) -> bool:
        """Whether both can mean the same: a range may name the half of the day once or twice."""
        return self.value == other.value and None in (self.half, other.half)


async def draft(translator: Translator, texts: Sequence[str], source: str, target: str) -> list[Draft]:
    """A draft of each text in the language ``target``, in order. Raises NotTranslated."""
    made = await translator.translate(texts, source, target)
    return [Draft(text, tuple(warnings(original, text))) for original, text in zip(texts, made, strict=True)]


def warnings(original: str, translated: str) -> Iterator[Text]:
    """Where the numbers, times and addresses of a translation are not those of the original; and what else is odd."""
    if original.strip() and not translated.strip():
        yield _("The draft is empty.")
        return
    before, after = [*figures(original)], [*figures(translated)]
    _match(before, after)
    for figure in before:
        yield _("{figure} stands in the original, and not in the draft.", figure=figure.written)
    for figure in after:
        yield _("{figure} stands in the draft, and not in the original.", figure=figure.written)
    if translated == original and any(map(str.isalpha, original)):
        yield _("The draft has the same words as the original.")


def figures(text: str) -> Iterator[Figure]:
    """The addresses of a text, and its numbers."""
    for found in ADDRESS.finditer(text):
        written = found[0].rstrip(AFTER)
        yield Figure(written, written)
    for found in NUMBER.finditer(ADDRESS.sub(" ", text)):
        if found[1]:
            yield Figure(found[1], re.sub(r"\D", "", found[1]))
        else:
            half = (found[3] or "").lower() or None
            yield Figure(found[0].strip(), _value(found[2]), half)


def _value(number: str) -> str:
    """What a number is compared by: 6:00 p. m. is 6 pm, and 1.500 is 1,500; but 3/12 is not 12/3."""
    return number.removesuffix(":00").replace(",", ".")


def _match(before: list[Figure], after: list[Figure]) -> None:
    """Take out of both lists what stands in both: first what is quite the same, then what may be."""
    for agree in (Figure.is_, Figure.may_be):
        for figure in [*before]:
            other = next((each for each in after if agree(figure, each)), None)
            if other is not None:
                before.remove(figure)
                after.remove(other)
