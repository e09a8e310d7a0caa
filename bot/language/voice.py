"""How a school reads and speaks: texts in a contact's language, replies in the school's languages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

from bot.language.catalogs import Catalogs
from flows.core.replay import Read
from flows.core.text import Text, tapped
from flows.core.words import Lexicon, Reply
from flows.facts import School

# Where a sentence was left out, its spaces stay behind.
SPACES = re.compile(" {2,}")


@dataclass(slots=True)
class Voice:
    """The catalogs of one school's languages; the first of them is spoken where none is known."""

    catalogs: Catalogs
    school: School
    _lexicons: dict[str | None, tuple[Lexicon, ...]] = field(default_factory=dict, repr=False)

    def say(self, text: Text, language: str | None, *, taps: bool = False) -> str:
        """``text`` in words, its times in the school's timezone; for somebody who ``taps`` without how to type."""
        language = language or self.school.languages[0]
        if not taps:
            return self.catalogs.render(text, language, self.school.timezone)
        said = self.catalogs.render(tapped(text), language, self.school.timezone)
        return SPACES.sub(" ", said).strip()

    def reply(self, text: str, language: str | None, *, alone: bool = False) -> Reply:
        """What a family wrote, to be read in ``language`` first and then, unless ``alone``, in the others."""
        own = language or self.school.languages[0]
        lexicons = self._lexicons.get(own)
        if lexicons is None:
            others = (code for code in self.school.languages if code != own)
            lexicons = tuple(self.catalogs[code].lexicon for code in (own, *others))
            self._lexicons[own] = lexicons
        return Reply(text, lexicons[:1] if alone else lexicons)

    def reader(self, language: str | None) -> Read:
        """Reads what somebody of this ``language`` writes."""
        return partial(self.reply, language=language)

    def language_names(self) -> tuple[tuple[str, Text], ...]:
        """The school's languages, each by its own name, as it stands on a button or in a list."""
        names = ((code, self.catalogs[code].name) for code in self.school.languages)
        return tuple((code, Text(name[:1].upper() + name[1:])) for code, name in names)
