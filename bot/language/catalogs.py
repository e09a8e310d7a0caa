"""Texts in the words of a language, and the words that its families type, from the catalogs' .po files."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.errors import BrokenCatalog
from bot.language.dates import Dates
from bot.language.pofile import PoFile, locales_folder, read, word_keys
from bot.language.templates import Blank, Template, template
from flows.core.lexicon import Lexicon
from flows.core.text import ByLanguage, Gap, Text

ENGLISH = "en"
"""The language that flows are written in, and the one that a missing translation falls back to."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """One language: its texts, its dates and its word lists. ``name`` is what it calls itself."""

    language: str
    name: str
    lexicon: Lexicon
    dates: Dates = field(repr=False)
    texts: Mapping[str, Template] = field(repr=False)
    counted: Mapping[str, tuple[Template, ...]] = field(repr=False)
    form: Callable[[int], int] = field(repr=False)
    """Which of the ``counted`` forms goes with a number."""
    others: Mapping[str, Catalog] = field(repr=False)
    """All catalogs by language, this one among them."""

    def render(self, text: Text, timezone: ZoneInfo) -> str:
        """``text`` in words, its times in ``timezone``; in English where it is not translated.

        Spaces that do not break become plain ones: a single one would make an SMS cost double.
        """
        said = self._say(text, timezone)
        return said if said.isascii() else said.replace("\u00a0", " ").replace("\u202f", " ")

    def _say(self, text: Text, timezone: ZoneInfo) -> str:
        if text.languages:
            return " ".join(self._in(language)._say_here(text, timezone) for language in text.languages)
        return self._say_here(text, timezone)

    def _in(self, language: str) -> Catalog:
        return self.others.get(language, self)

    def _say_here(self, text: Text, timezone: ZoneInfo) -> str:
        found = self._template(text)
        if found is None:
            if self.language != ENGLISH:
                return self.others[ENGLISH]._say_here(text, timezone)
            found = template(text.msgid if text.n == 1 or text.many is None else text.many)
        if isinstance(found, str):
            return found
        return "".join(
            [
                piece if isinstance(piece, str) else self._filled(piece, text.gaps[piece.name], timezone)
                for piece in found
            ]
        )

    def _filled(self, blank: Blank, value: Gap, timezone: ZoneInfo) -> str:
        said = self._fill(blank, value, timezone)
        return said.removesuffix(".") if blank.ends else said

    def _template(self, text: Text) -> Template | None:
        if text.n is None:
            return self.texts.get(text.msgid)
        forms = self.counted.get(text.msgid)
        return None if forms is None else forms[self.form(text.n)]

    def _fill(self, blank: Blank, value: Gap, timezone: ZoneInfo) -> str:
        match value:
            case str():
                return value
            case int():
                return str(value)
            case Text():
                return self._say(value, timezone)
            case ByLanguage():
                return value.best(self.language)
            case date():
                return self.dates.write(value, blank.style, timezone)
            case _:
                return ", ".join(self._fill(blank, each, timezone) for each in value)


@dataclass(frozen=True, slots=True)
class Catalogs:
    """The catalogs of an installation's languages."""

    languages: tuple[str, ...]
    _all: Mapping[str, Catalog] = field(repr=False)

    @classmethod
    def load(cls, languages: Sequence[str], folder: Path | None = None) -> Catalogs:
        """The catalogs of ``languages``, read from ``folder`` or where this installation has them.

        BrokenCatalog names each entry with a wrong gap and each word list that is missing or fuzzy.
        """
        folder = folder or locales_folder()
        keys = word_keys(folder)
        catalogs: dict[str, Catalog] = {}
        for language in dict.fromkeys((*languages, ENGLISH)):
            catalogs[language] = _catalog(read(folder, language, keys), language, catalogs)
        return cls(tuple(languages), catalogs)

    def __getitem__(self, language: str) -> Catalog:
        """The catalog of ``language``; of the first language for one that is not spoken here."""
        return self._all[language if language in self.languages else self.languages[0]]

    def called(self, language: str, *, first: bool = False) -> ByLanguage:
        """What each language calls this one ("Spanish", "inglés"), with a capital where it is ``first`` in a line."""
        locale = self[language].dates.locale
        names = {code: locale.get_language_name(one.dates.locale) for code, one in self._all.items()}
        own = self[language].name
        return ByLanguage({code: _capital(name or own) if first else name or own for code, name in names.items()})

    def render(self, text: Text, language: str, timezone: ZoneInfo) -> str:
        """``text`` in ``language``, or in the languages that the text itself names."""
        return self[language].render(text, timezone)

    def lexicons(self, own: str) -> tuple[Lexicon, ...]:
        """The word lists to read a reply with: those of ``own`` first, then the others."""
        others = (language for language in self.languages if language != self[own].language)
        return (self[own].lexicon, *(self[language].lexicon for language in others))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _catalog(file: PoFile, language: str, others: Mapping[str, Catalog]) -> Catalog:
    try:
        lexicon = Lexicon(language, file.lists)
    except ValueError as error:
        raise BrokenCatalog(f"{file.path}: {error}") from error
    return Catalog(
        language=language,
        name=file.name,
        lexicon=lexicon,
        dates=Dates.of(file.locale, file.day),
        texts={msgid: template(text) for msgid, text in file.texts.items()},
        counted={msgid: tuple(map(template, forms)) for msgid, forms in file.counted.items()},
        form=gettext.c2py(file.plural),
        others=others,
    )
