"""The real catalogs, read once, for every test that reads replies or says texts."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

from bot.language.catalogs import Catalogs
from flows.core.text import Text
from flows.core.words import Reply

CHICAGO = ZoneInfo("America/Chicago")


@cache
def catalogs() -> Catalogs:
    return Catalogs.load(["en", "es"])


def reply(text: str, own: str = "es") -> Reply:
    """``text`` as it is read for a family of the language ``own``."""
    return Reply(text, catalogs().lexicons(own))


def say(text: Text | str | None, language: str) -> str:
    assert text is not None
    return text if isinstance(text, str) else catalogs().render(text, language, CHICAGO)
