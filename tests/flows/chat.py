"""One flow alone, texted with in the words of the real catalogs.

After every text all that is kept goes through JSON and back, as if the server had been started anew.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from bot.language.catalogs import Catalogs
from flows import FLOWS, replies
from flows.core.listen import Corrected, Understood, correct, hear
from flows.core.question import Unsure
from flows.core.replay import Ask, Memory, Replayed, Start, replay
from flows.core.text import ByLanguage, Text
from flows.core.words import Reply
from flows.facts import Contact, Event, Household, School

SCHOOL = School(1, "Escuela Lincoln", ZoneInfo("America/Chicago"), ("en", "es"))
DINNER = Event(
    id=7,
    school_id=1,
    starts=datetime(2026, 3, 13, 0, 0, tzinfo=UTC),
    ends=datetime(2026, 3, 13, 2, 0, tzinfo=UTC),
    title=ByLanguage(en="Family dinner", es="Cena de familias"),
    place=ByLanguage(en="gym", es="gimnasio"),
    languages=("en", "es"),
    child_care=True,
    food=True,
)
HOUSEHOLD = Household(1, 1, "Familia Luna")
FIRST_OF_MARCH = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)


@cache
def catalogs() -> Catalogs:
    """English and Spanish as they are shipped."""
    return Catalogs.load(("en", "es"))


def contact(language: str | None = "es", name: str | None = None) -> Contact:
    """A parent of the household who reads ``language``."""
    return Contact(1, 1, 1, "sms:+15125550101", name=name, language=language)


class Chat:
    """A family that texts with one flow: ``opens`` and ``says`` give what it gets to read, as one message.

    That is "" for a text in which the flow finds nothing, and which would go on to other flows.
    """

    def __init__(self, flow: str, language: str = "es", **facts: object) -> None:
        self.language = language
        self.facts: dict[str, object] = {
            "school": SCHOOL,
            "event": DINNER,
            "household": HOUSEHOLD,
            "soon": False,
            "room": None,
            "closed": None,
            "contact": contact(language),
            **facts,
        }
        self.flow = FLOWS[flow]
        self.now = FIRST_OF_MARCH
        self.memory = Memory()
        self.outcome: object = None
        self.done = False
        self.people: list[str] = []
        self._tries = 0

    def opens(self) -> str:
        """The first message; also the next one, when time has passed or a fact has changed."""
        return self._goes_on(replay(self._start(), self.memory, self.now, self._read))

    def says(self, text: str) -> str:
        """The answer to a text of the family: a correction first, then the open question, then help."""
        heard = (self._start(), self.memory, self._read(text), self.now, self._read)
        corrected = correct(*heard)
        if isinstance(corrected, Corrected):
            return self._goes_on(corrected.replayed, *replies.changed(corrected))
        understood = hear(*heard)
        if isinstance(understood, Understood):
            return self._goes_on(understood.replayed)
        return self._helps(understood)

    @property
    def asked(self) -> str | None:
        """The key of the open question."""
        opened = self._open()
        return opened.key if opened else None

    def _goes_on(self, came_to: Replayed, *before: Text) -> str:
        self.memory = Memory.load(json.loads(json.dumps(came_to.memory.dump())))
        self.outcome, self.done, self._tries = came_to.outcome, came_to.done, 0
        self.people += came_to.people
        question = [came_to.open.text] if came_to.open and self._is_said(came_to.open) else []
        return self._in_words(*before, *came_to.said, *question)

    def _helps(self, unsure: Unsure) -> str:
        asked = self._open()
        if asked is None or not self._is_said(asked):
            return ""
        self._tries += 1
        if self._tries > 2:
            return self._in_words(replies.a_person_will_look(SCHOOL))
        hint = (unsure.why or asked.question.example) if self._tries == 1 else asked.question.choices
        return self._in_words(hint)

    def _open(self) -> Ask | None:
        return replay(self._start(), self.memory, self.now, self._read).open

    def _is_said(self, asked: Ask) -> bool:
        return asked.at is None or asked.at <= self.now

    def _start(self) -> Start:
        return self.flow.start(self.facts)

    def _read(self, text: str) -> Reply:
        return Reply(text, catalogs().lexicons(self.language))

    def _in_words(self, *texts: Text) -> str:
        return "\n".join(catalogs().render(text, self.language, SCHOOL.timezone) for text in texts)
