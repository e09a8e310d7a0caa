"""``sobremesa segments``: what texts cost, one a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from bot.channels.segments import count
from bot.errors import Refusal


def segments(
    as_json: Annotated[
        bool, typer.Option("--json", help="Each line is a JSON string, which may hold line breaks.")
    ] = False,
) -> None:
    """Count SMS segments as Twilio does: one text a line in, one JSON object a line out."""
    for text in _texts(as_json):
        sys.stdout.write(json.dumps(asdict(count(text))) + "\n")
        sys.stdout.flush()  # whoever writes a line and waits for its answer gets it


def _texts(as_json: bool) -> Iterator[str]:
    # As bytes: Python takes a lone CR for the end of a line, and it is a part of the text.
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            text = line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise Refusal(f"Line {number} is not UTF-8.") from error
        yield _string(text, number) if as_json else text


def _string(line: str, number: int) -> str:
    try:
        text = json.loads(line)
    except ValueError:
        text = None
    if not isinstance(text, str):
        raise Refusal(f'Line {number} is not a JSON string; it looks like "Hola".')
    return text
