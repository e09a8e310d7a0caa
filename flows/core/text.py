"""Texts as data: what a flow says, before a language is chosen.

A flow writes ``_("How many adults?")``; the catalog of the contact's language turns it into words
when the message is made. Whole sentences with named gaps, so that every language may order them
as it must.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


class ByLanguage(dict[str, str]):
    """The same words in several languages, by language code: an event's title, its place."""

    def best(self, language: str) -> str:
        """The words in ``language``; else in English; else in the language that comes first."""
        if language in self:
            return self[language]
        return self.get("en") or next(iter(self.values()), "")


# A named tuple is as unchanging as a frozen dataclass and made in a third of the time; a turn makes a dozen.
class Text(NamedTuple):
    """One sentence or more to say, with its gaps filled by values that are not yet words.

    ``many`` and ``n`` are set for a text that counts. A gap may be a text itself, or a tuple, which
    becomes a list with commas. A date or datetime is written by the catalog: ``{starts:day}``,
    ``{starts:time}``. ``languages`` fixes the languages that it is said in, one after the other; empty, it is
    said in the language of whoever reads it. ``typed`` is one that says how to type an answer, and ``tapped`` what
    stands in its place for somebody who taps buttons. ``buttons`` are those that it offers beside a question.
    """

    msgid: str
    many: str | None = None
    n: int | None = None
    gaps: Mapping[str, Gap] = MappingProxyType({})
    languages: tuple[str, ...] = ()
    typed: bool = False
    tapped: Text | None = None
    buttons: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        return f"Text({self.msgid!r})"  # its gaps may hold a family's words, which stay out of logs


Gap: TypeAlias = str | int | date | datetime | ByLanguage | Text | tuple["Gap", ...]


def _(msgid: str, /, **gaps: Gap) -> Text:
    """A text with named gaps: ``_("See you on {starts:day}.", starts=event.starts)``."""
    return Text(msgid, gaps=gaps)


def plural(one: str, many: str, /, n: int, **gaps: Gap) -> Text:
    """A text that counts: ``plural("{n} child", "{n} children", n=3)``; ``n`` is a gap as well."""
    return Text(one, many, n, {"n": n, **gaps})


def typed(text: Text, *, tapped: Text | None = None) -> Text:
    """How to type an answer, "Reply YES or NO": a sentence for a gap, left out where there are buttons to tap.

    ``tapped`` is said there in its place, where buttons alone do not say all that may be answered. A whole question may
    be such a text too, and is then asked in the words of ``tapped``.
    """
    return text._replace(typed=True, tapped=tapped)


def tapped(text: Text) -> Text:
    """``text`` for somebody who taps buttons: what says how to type the answer is left out."""
    if text.tapped is not None:
        return text.tapped
    return text._replace(gaps={name: _tapped(gap) for name, gap in text.gaps.items()})


def _tapped(gap: Gap) -> Gap:
    match gap:
        case Text(typed=True):
            return gap.tapped or ""
        case Text():
            return tapped(gap)
        case tuple():
            return tuple(_tapped(each) for each in gap)
        case _:
            return gap


def offering(text: Text, *buttons: Text) -> Text:
    """``text`` with buttons that answer what is written on them: what may be said, though nothing is asked."""
    return text._replace(buttons=buttons)


def said_in(text: Text, *languages: str) -> Text:
    """``text`` in each of these languages, whoever reads it: for somebody whose language is not known yet."""
    return text._replace(languages=languages)
