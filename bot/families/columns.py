"""The columns of a sheet of families, and the names that schools give them in English and Spanish."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum

from bot.errors import Refusal
from bot.spreadsheets import HOW_TO_SAVE, Line
from flows.core.tokens import fold


class Column(Enum):
    """One kind of cell; its value is the name under which it is exported."""

    HOUSEHOLD = "household"
    NAME = "name"
    LAST_NAME = "last name"
    PHONE = "phone"
    LANGUAGE = "language"
    ROLE = "role"
    PERMISSION = "permission"
    STOPPED = "stopped"


_NAMES: Mapping[Column, str] = {
    Column.HOUSEHOLD: """household, household name, family, family name, home,
        hogar, familia, nombre de la familia, nombre de familia, nombre del hogar""",
    Column.NAME: """name, names, full name, first name, given name, contact, contact name, parent,
        parent name, guardian, guardian name, parent guardian, parent guardian name, adult, adult name,
        nombre, nombres, nombre completo, nombre y apellido, nombre y apellidos, primer nombre, contacto,
        nombre del contacto, padre, madre, padre madre, tutor, nombre del padre, nombre de la madre,
        nombre del tutor, adulto""",
    Column.LAST_NAME: "last name, surname, apellido, apellidos",
    Column.PHONE: """phone, phone number, phone no, cell, cell phone, cell number, cell phone number,
        cellphone, cellular, mobile, mobile phone, mobile number, mobile phone number, telephone,
        telephone number, tel, tel no, sms, address,
        telefono, numero de telefono, no de telefono, celular, telefono celular, numero de celular, movil,
        telefono movil, numero de movil, cel""",
    Column.LANGUAGE: """language, lang, home language, preferred language, language preference,
        correspondence language, contact language,
        idioma, lengua, idioma preferido, lengua preferida, idioma de preferencia, idioma del hogar,
        lengua materna, lenguaje""",
    Column.ROLE: "role, relation, relationship, rol, papel, relacion, parentesco",
    Column.PERMISSION: """permission, permission to text, consent, text consent, sms consent, consent to text,
        ok to text, okay to text, can text, may text, opt in, opted in,
        permiso, permiso para mensajes, permiso de mensajes, permiso para enviar mensajes, consentimiento,
        autorizacion""",
    Column.STOPPED: "stopped, opt out, opted out, baja, dado de baja, detenido",
}
_COLUMNS = {name.strip(): column for column, names in _NAMES.items() for name in names.split(",")}
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_NAMES = re.compile(r"[/|()\[\]]|\s[-–]\s")
# Reports begin with the school's name and a date.
_LINES_LOOKED_AT = 10


def column_named(heading: str) -> Column | None:
    """The column that a heading names; ``Phone / Teléfono`` and ``Language (home)`` name theirs too."""
    for name in (heading, *_BETWEEN_NAMES.split(heading)):
        if column := _COLUMNS.get(" ".join(_WORD.findall(fold(name)))):
            return column
    return None


def find_columns(lines: Sequence[Line]) -> tuple[Line, tuple[Column | None, ...]]:
    """The line with the headings, and what each of them names; raises Refusal where no phones are named."""
    found = [(line, tuple(map(column_named, line.cells))) for line in lines[:_LINES_LOOKED_AT]]
    for line, columns in found:
        if Column.PHONE in columns:
            _check_unique(line, columns)
            return line, columns
    raise Refusal(_not_found(found))


def _check_unique(line: Line, columns: Sequence[Column | None]) -> None:
    for column in Column:
        headings = [heading for heading, named in zip(line.cells, columns, strict=True) if named is column]
        if len(headings) > 1:
            both = " and ".join(f"“{heading}”" for heading in headings)
            raise Refusal(f"Line {line.number}: {both} are both a {column.value}; keep one of them.")


def _not_found(found: Sequence[tuple[Line, Sequence[Column | None]]]) -> str:
    expected = "household, name, phone, language, role, permission (or their Spanish names)"
    sentence = f"One person a line, and the first line names the columns: {expected}."
    headings = max(found, key=lambda pair: len([*filter(None, pair[1])]), default=None)
    if headings is None:
        return f"This file is empty. {HOW_TO_SAVE}"
    if not any(headings[1]):
        return f"{sentence} None of them was found."
    # Only headings are quoted: a line with none in it may be a family, which is kept out of messages.
    names = ", ".join(f"“{heading}”" for heading in headings[0].cells if heading)
    return f"{sentence} No phone was found in line {headings[0].number}: {names}."
