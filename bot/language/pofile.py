"""Catalog files: where they are, and what stands in one, checked entry by entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog as Entries
from babel.messages import Message
from babel.messages.pofile import PoFileError, read_po

from bot.errors import BrokenCatalog
from bot.language.templates import gaps

WORDS = "words"
"""The context of the word lists; everything else is a text."""


@dataclass(frozen=True, slots=True)
class PoFile:
    """One language's catalog as its translator wrote it, without what is untranslated or fuzzy."""

    path: Path
    locale: Locale
    name: str
    day: str | None
    plural: str
    """Which form goes with a number, as gettext's headers say it."""
    texts: dict[str, str]
    counted: dict[str, tuple[str, ...]]
    lists: dict[str, str]


def locales_folder() -> Path:
    """Where the catalogs are: inside the installed package, else in the checkout."""
    package = Path(__file__).parent.parent
    inside = package / "locales"
    return inside if inside.is_dir() else package.parent / "locales"


def po_path(folder: Path, language: str) -> Path:
    """The one file of a language."""
    return folder / language / "LC_MESSAGES" / "sobremesa.po"


def word_keys(folder: Path) -> frozenset[str]:
    """The keys of all word lists that the code reads with, as ``sobremesa.pot`` has them."""
    entries = _parsed(folder / "sobremesa.pot", None)
    return frozenset(str(message.id) for message in entries if message.context == WORDS)


def read(folder: Path, language: str, keys: frozenset[str]) -> PoFile:
    """The catalog of ``language``. BrokenCatalog names each entry that must not go out to families."""
    path = po_path(folder, language)
    entries = _parsed(path, language)
    headers = dict(re.findall(r'^"X-([\w-]+): *(.*?)\\n"$', path.read_text("utf-8"), re.MULTILINE))
    try:
        locale = Locale.parse(headers.get("Locale", language))
    except (ValueError, UnknownLocaleError) as error:
        raise BrokenCatalog(f"{path}: the header X-Locale names no locale: {error}") from error
    if problems := [*_missing_words(entries, keys), *_wrong_texts(entries)]:
        raise BrokenCatalog("\n".join(f"{path}: {problem}" for problem in problems))
    usable = [message for message in entries if _is_usable(message)]
    texts = [message for message in usable if message.context is None]
    return PoFile(
        path=path,
        locale=locale,
        name=headers.get("Language-Name", language),
        day=headers.get("Day"),
        plural=entries.plural_expr,
        texts={message.id: _forms(message.string)[0] for message in texts if isinstance(message.id, str)},
        counted={_first(m): _forms(m.string) for m in texts if not isinstance(m.id, str)},
        lists={_first(m): _forms(m.string)[0] for m in usable if m.context == WORDS},
    )


def _parsed(path: Path, language: str | None) -> Entries:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except (OSError, ValueError, UnknownLocaleError, PoFileError) as error:
        raise BrokenCatalog(f"{path}: cannot be read: {error}") from error


def _is_usable(message: Message) -> bool:
    return bool(message.id) and all(_forms(message.string)) and not message.fuzzy


def _missing_words(entries: Entries, keys: frozenset[str]) -> Iterator[str]:
    for key in sorted(keys):
        message = entries.get(key, WORDS)
        if message is None or not message.string:
            yield f'the word list "{key}" is missing'
        elif message.fuzzy:
            yield f'the word list "{key}" is marked fuzzy'


def _wrong_texts(entries: Entries) -> Iterator[str]:
    for message in entries:
        if _is_usable(message) and message.context is None:
            yield from (f'"{_first(message)}": {reason}' for reason in _reasons(message, entries.num_plurals))


def _reasons(message: Message, plurals: int) -> Iterator[str]:
    """What is wrong with the gaps of one text. A form that counts may leave its number out: "one child"."""
    counts = not isinstance(message.id, str)
    forms = _forms(message.string)
    if counts and len(forms) != plurals:
        yield f"{plurals} forms are wanted"
    wanted = frozenset[str]().union(*map(gaps, _forms(message.id)))
    for form in forms:
        try:
            found = gaps(form)
        except ValueError as error:
            yield str(error)
            continue
        yield from (f"nothing fills the gap {{{name}}}" for name in sorted(found - wanted))
        optional = {"n"} if counts else set()
        yield from (f"the gap {{{name}}} is missing" for name in sorted(wanted - found - optional))


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _first(message: Message) -> str:
    return _forms(message.id)[0]
