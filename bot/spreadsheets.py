"""The text files that Excel, Numbers and Google Sheets call CSV, in whatever form they were saved."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.errors import Refusal

ODD_COSTS = 6
SEPARATORS = ",;\t|"

_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
HOW_TO_SAVE = "In Excel choose File, Save As, and the type “CSV UTF-8 (comma delimited)”."
# What Excel writes without saying so: Windows, an old Mac, and its "CSV (MS-DOS)".
_OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")
_SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ")
_IN_OTHER_NAMES = frozenset("’àâãäåæçèêëìîïòôõöøùûýÿœÀÂÃÄÅÆÇÈÊËÌÎÏÒÔÕÖØÙÛÝŒ")
_IN_A_SHEET = frozenset("¿¡ºª°‘“”–—…·\u00a0")
# Where no name has an accent: on a capital within a word, on a small letter among capitals, on a letter
# that stands alone, on three letters in a row.
_ODD = re.compile(
    r"[a-zß-öø-ÿ][À-ÖØ-Þ] | [A-ZÀ-ÖØ-Þ][ß-öø-ÿ][A-ZÀ-ÖØ-Þ] | (?<=\s)[À-ÿ](?=\s) | [^\x00-\x7f]{3}", re.VERBOSE
)

_SEPARATOR_NAMED = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_QUOTED = re.compile(r'"[^"]*"')
_BEGINNING, _LINES_LOOKED_AT = 10_000, 20
# A cell that a spreadsheet would run as a formula, or one that already carries the ' that prevents it.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank; ``number`` is the one that Excel shows beside it."""

    number: int
    cells: tuple[str, ...] = field(repr=False)


def read(data: bytes, *, multiline: bool = False) -> list[Line]:
    """The lines of a CSV file, its cells in NFC, without spaces around them, control or direction marks.

    A cell is one line of text, unless it may be ``multiline``. Encoding and separator are found out. Raises Refusal,
    with what to do about it, for a workbook or another file that is no text, and for a quotation mark that is never
    closed.
    """
    text = _text(data)
    separator, text = _separator(text)
    rows, clean = enumerate(_rows(text, separator), start=1), _cleaned_lines if multiline else cleaned
    lines = (Line(number, tuple(map(clean, row))) for number, row in rows)
    return [line for line in lines if any(line.cells)]


def write(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """CSV, line by line, for cells that are already safe: see ``as_text``."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def cleaned(cell: str) -> str:
    """A cell in NFC, without spaces around it or marks that control a terminal or the direction of text."""
    plain = _DIRECTION.sub("", _CONTROL.sub(" ", cell)).replace("\u00a0", " ")
    return unicodedata.normalize("NFC", plain).strip()


def as_text(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula; ``from_text`` gives it back as it was."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def from_text(cell: str) -> str:
    """What was given to ``as_text``."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _cleaned_lines(cell: str) -> str:
    return "\n".join(map(cleaned, cell.splitlines())).strip()


def _text(data: bytes) -> str:
    if data.startswith(_NOT_TEXT):
        raise Refusal(f"This is not a CSV file. {HOW_TO_SAVE}")
    return data.decode(_encoding(data), errors="replace")


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    beginning = data[:1000]
    if beginning.count(0) > len(beginning) / 4:
        return "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _old_encoding(data)
    return "utf-8"


def _old_encoding(data: bytes) -> str:
    """The encoding in which the accents stand where names have them; libraries guess Chinese here."""
    likely = {encoding: _likeliness(data.decode(encoding, errors="replace")) for encoding in _OLD_ENCODINGS}
    best = max(likely, key=likely.__getitem__)
    if likely[best] < 0:
        raise Refusal(f"The accents in this file cannot be read. {HOW_TO_SAVE}")
    return best


def _likeliness(text: str) -> int:
    return sum(map(_weight, _BEYOND_ASCII.findall(text))) - ODD_COSTS * len(_ODD.findall(text))


def _weight(character: str) -> int:
    if character in _SPANISH:
        return 2
    if character in _IN_OTHER_NAMES:
        return 1
    return 0 if character in _IN_A_SHEET else -2


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without the line ``sep=;`` that Excel writes and does not count."""
    if named := _SEPARATOR_NAMED.match(text):
        return named[1], text[named.end() :]
    lines = _QUOTED.sub("", text[:_BEGINNING]).splitlines()[:_LINES_LOOKED_AT]
    # The one that most lines have, since a name may hold another; then the one that there is most of.
    return max(SEPARATORS, key=lambda mark: (sum(mark in line for line in lines), "".join(lines).count(mark))), text


def _rows(text: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(_parsed(text, separator, strict=True))
    except csv.Error as error:
        if "end of data" in str(error) or "limit" in str(error):
            raise Refusal(f"Line {len(rows) + 1}: a quotation mark opens here and is never closed.") from error
        # A quotation mark in the middle of a cell, as people type them: “"Pepe" García”.
        return list(_parsed(text, separator, strict=False))
    return rows


def _parsed(text: str, separator: str, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
