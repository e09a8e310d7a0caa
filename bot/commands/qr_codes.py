"""QR codes as files, of links for letters and posters."""

from __future__ import annotations

import os
from pathlib import Path

from bot.errors import Refusal

PIXELS = {"svg": 8, "png": 32}
"""The width of one square of a QR code. A picture is large enough for a poster, 10 cm in print."""


def check_file(file: Path | None, *, force: bool) -> None:
    """Return where a QR code may be written there. Raises Refusal."""
    if file is None:
        return
    if _form(file) not in PIXELS:
        raise Refusal("A QR code is written as .svg or .png.")
    if file.exists() and not force:
        raise Refusal(f"{file} is there already; --force writes over it")


def _form(file: Path) -> str:
    return file.suffix.lower().removeprefix(".")


def write(url: str, file: Path | None, *, open_to_all: bool = True) -> str | None:
    """The file in which the QR code was written.

    What opens a household, unless it is ``open_to_all``, only who gave the command may read.
    """
    if file is None:
        return None
    import segno

    file.parent.mkdir(mode=0o777 if open_to_all else 0o700, parents=True, exist_ok=True)
    with open(file, "wb", opener=None if open_to_all else _mine) as out:
        # Letters are folded and posters get dirty: a quarter of the code may be missing.
        segno.make(url, error="q", micro=False).save(out, kind=_form(file), scale=PIXELS[_form(file)], border=4)
    return str(file)


def _mine(path: str, flags: int) -> int:
    """Opens a file that nobody else may read, also one that is there already."""
    number = os.open(path, flags, 0o600)
    os.fchmod(number, 0o600)
    return number
