"""What the cells of a sheet say: a language, a role, whether permission was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale, localedata

from bot.errors import Refusal
from flows.core.tokens import fold
from flows.facts import Permission

ROLES = {
    "parent": """parent, parents, guardian, caregiver, mother, father, mom, mum, mommy, dad, stepmother,
        stepfather, grandparent, grandmother, grandfather, grandma, grandpa, aunt, uncle, foster parent,
        family, padre, padres, madre, mama, papa, tutor, tutora, acudiente, encargado, encargada, cuidador,
        cuidadora, madrastra, padrastro, abuelo, abuela, tio, tia, familia""",
    "student": "student, pupil, estudiante, alumno, alumna",
    "teacher": """teacher, teachers, staff, faculty, principal, counselor, secretary,
        maestro, maestra, profesor, profesora, profe, docente, personal, director, directora,
        consejero, consejera""",
    "neighbour": """neighbour, neighbor, community, community member, guest, volunteer,
        vecino, vecina, comunidad, invitado, invitada, voluntario, voluntaria""",
}
_ROLE_NAMED = {name.strip(): role for role, names in ROLES.items() for name in names.split(",")}
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "parent": ("mother", "father", "guardian", "grandparent", "aunt", "uncle"),
    "student": (),
    "teacher": ("staff", "counselor", "secretary", "principal"),
    "neighbour": ("volunteer", "guest", "community member"),
}
"""Other words for each role that a school is told of; ``ROLES`` has them all, in Spanish too."""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in listed.split(","))


# As school systems write them beside the names and codes that Babel knows.
_MORE_LANGUAGES = {"spa": "es", "esp": "es", "span": "es", "sp": "es", "castellano": "es", "castilian": "es"}
_MORE_LANGUAGES |= {"eng": "en", "ing": "en", "engl": "en", "mandarin": "zh", "mandarin chinese": "zh"}

_YES = _phrases(
    """yes, y, si, s, x, ok, true, verdadero, 1, ✓, ✔, ☑, given, granted, accepted, agreed, signed, dado,
    dada, acepto, aceptado, firmado, firmada"""
)
_NO = _phrases(
    """no, n, false, falso, 0, ✗, ✘, refused, declined, denied, opt out, opted out, rechazado, rechazo,
    negado, do not text, no texts, no messages, no mensajes, no acepta, no quiere, no permission, no
    consent"""
)
_OPEN = _phrases(
    """unknown, pending, not yet, not asked, n a, na, pendiente, desconocido, todavia no, aun no, no se
    sabe, no reply, no response, no answer, sin respuesta, tbd"""
)
_NEGATIONS = _phrases(
    """no, not, never, nunca, sin, without, none, ni, refused, refuses, declined, denied, rechazo,
    rechazado, revoked, stop, missing, falta, waiting, pending, pendiente, didnt, doesnt, dont, hasnt,
    wasnt, isnt, yet, todavia, aun"""
)
_HOW = _phrases(
    """form, forms, formulario, forma, formato, paper, papel, signed, signature, firmado, firmada, firma,
    verbal, verbally, phone, telefono, call, called, llamada, email, correo, web, website, online,
    registration, enrollment, enrolment, inscripcion, matricula, text, texto, sms, mensaje, message,
    person, persona, meeting, reunion, office, oficina, conference, letter, carta, packet, event,
    evento, opt in, opted, yes, si, gave, dio, said, dijo, agreed, accepted, acepto, ok, permission,
    permiso, consent, consentimiento"""
)
_STAND_INS = _phrases(
    """volunteer, guest, voluntario, voluntaria, invitado, invitada, staff, faculty, principal, counselor,
    secretary, personal, director, directora, consejero, consejera"""
)
TAKES_NONE = "number"
"""What stands in the column of those who stopped where it is the number that takes no texts."""
_TAKES_NONE = _phrases("number, numero, dead number, bad number, not in service, fuera de servicio")
_DATE = re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b")
_WORD = re.compile(r"[^\W_]+|[✓✔☑✗✘]")
_BETWEEN_LANGUAGES = re.compile(r"[/,;&+(\[]|\s(?:and|y|e|or|o)\s")


def role(cell: str) -> str:
    """The role that a cell names; of several the first. Raises Refusal for one that is not known."""
    if found := _role_named(cell):
        return _ROLE_NAMED[found]
    roles = "; ".join(f"{role} (or {', '.join(words)})" if words else role for role, words in _OTHER_WORDS.items())
    raise Refusal(f"This role is not known; write one of: {roles}.")


def stand_in(cell: str) -> str | None:
    """What a cell calls a role, where that is another thing than the role: a volunteer is kept as a neighbour."""
    found = _role_named(cell)
    return found if found in _STAND_INS else None


def _role_named(cell: str) -> str | None:
    parts = (" ".join(_words(part)) for part in (cell, *re.split(r"[/,;&+(]", cell)))
    return next((part for part in parts if part in _ROLE_NAMED), None)


def language(cell: str) -> str:
    """The code of the language that a cell names in English, Spanish or itself; of several the first.

    Raises Refusal for one that is not known.
    """
    first = _BETWEEN_LANGUAGES.split(fold(cell))[0]
    named = " ".join(_words(first))
    code = first.strip().replace("_", "-").partition("-")[0]
    found = _MORE_LANGUAGES.get(named) or _codes_by_name().get(named) or _codes_by_own_name().get(named)
    if found := found or (code if code in _codes() else None):
        return found
    raise Refusal("This language is not known; write its name, such as Spanish, or its code, such as es.")


def language_name(code: str) -> str:
    """What a language is called in English."""
    return str(Locale("en").languages.get(code, code))


def permission(cell: str) -> Permission | None:
    """What a cell says of the permission for event news: yes, no, or how it was given; None for "pending".

    Raises Refusal where that is not certain, since nobody is written to on a guess.
    """
    words = _words(cell)
    whole = " ".join(words)
    if not words or whole in _OPEN:
        return None
    if whole in _NO:
        return Permission.REFUSED
    if whole in _YES:
        return Permission.GIVEN
    if not _NEGATIONS.intersection(words) and (_HOW.intersection(words) or _DATE.search(cell)):
        return Permission.GIVEN
    raise Refusal("It is not clear whether permission was given; write yes, no, or how it was given.")


def takes_none(cell: str) -> bool:
    """Whether a cell says that it is the number which takes no texts: nobody asked for that."""
    return " ".join(_words(cell)) in _TAKES_NONE


def stopped(cell: str) -> bool | None:
    """Whether a cell says that a person wants no messages any more; None where it is the number that takes none.

    Raises Refusal where that is not certain.
    """
    whole = " ".join(_words(cell))
    if takes_none(cell):
        return None
    if whole in _YES or _DATE.search(cell):
        return True
    if not whole or whole in _NO:
        return False
    raise Refusal("Write yes where a person has stopped all messages, else leave this blank.")


def _words(cell: str) -> list[str]:
    return _WORD.findall(fold(cell))


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").languages) if code.isalpha() and len(code) <= 3)


@cache
def _codes_by_name() -> dict[str, str]:
    """The languages by their English and Spanish names."""
    return {
        " ".join(_words(name)): code
        for locale in ("es", "en")
        for code, name in Locale(locale).languages.items()
        if code in _codes()
    }


@cache
def _codes_by_own_name() -> dict[str, str]:
    """The languages by what they call themselves; takes most of a second, so it is asked last."""
    codes = [code for code in localedata.locale_identifiers() if code in _codes()]
    return {" ".join(_words(str(Locale(code).languages.get(code, code)))): code for code in codes}
