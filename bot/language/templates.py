"""Texts of a catalog with their gaps found, once, so that filling them is quick."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from string import Formatter
from typing import TypeAlias

from bot.language.dates import STYLES


@dataclass(frozen=True, slots=True)
class Blank:
    """A gap: the name of what fills it and, for a date, the style it is written in.

    ``ends`` where a full stop follows: "6:00 p.m." brings its own, and two would look careless.
    """

    name: str
    style: str
    ends: bool


Template: TypeAlias = str | tuple[str | Blank, ...]
"""Plain words, or the pieces between and in the gaps."""


@cache
def template(text: str) -> Template:
    """``text`` taken apart at its gaps. ValueError: a brace too many, or a gap that is not a name."""
    pieces = tuple(_pieces(text))
    if any(isinstance(piece, Blank) for piece in pieces):
        return pieces
    return "".join(str(piece) for piece in pieces)


def gaps(text: str) -> frozenset[str]:
    """The names of the gaps in ``text``. ValueError as for ``template``."""
    found = template(text)
    return frozenset(piece.name for piece in found if isinstance(piece, Blank))


def _pieces(text: str) -> list[str | Blank]:
    pieces: list[str | Blank] = []
    parsed = [*Formatter().parse(text), ("", None, None, None)]
    for (words, name, style, conversion), (after, *_rest) in pairwise(parsed):
        if words:
            pieces.append(words)
        if name is not None:
            pieces.append(_blank(name, style or "", conversion, ends=after.startswith(".")))
    return pieces


def _blank(name: str, style: str, conversion: str | None, *, ends: bool) -> Blank:
    if not name.isidentifier() or conversion:
        raise ValueError(f"{{{name}}} is not the name of a gap")
    if style and style not in STYLES:
        raise ValueError(f"{{{name}:{style}}}: a date is written as {', '.join(STYLES)}")
    return Blank(name, style, ends)
