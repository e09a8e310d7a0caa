"""Finding households by what a person types: a number, a name, or a part of one."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from flows.facts import Household


def named(homes: Sequence[Household], words: str) -> list[Household]:
    """Those with this number or name; where there is none, those with it as part of their name."""
    wanted = plain(words)
    exact = [home for home in homes if str(home.id) == words.strip() or (home.name and plain(home.name) == wanted)]
    return exact or [home for home in homes if wanted and home.name and wanted in plain(home.name)]


def plain(name: str) -> str:
    """A name as it is looked for and sorted: without capitals and accents, with single spaces."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
