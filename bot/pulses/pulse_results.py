"""What families said in the pulses of a school, as far as it may be shown (``bot.pulses.hiding``)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.pulses.hiding import LEAST, Block, blocks
from bot.store import events, pulses
from bot.store.pulses import KeptPulse, Said
from flows.facts import Event, School

COUNTED_AFTER = timedelta(days=1)
"""How long after its end a pulse is shown: by then the last scores without words are counted."""
SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Group:
    """Five answers or more, counted."""

    answers: int
    average: float
    distribution: Mapping[int, int]

    @classmethod
    def of(cls, blocks: Iterable[Block[Said]]) -> Group | None:
        """All that is in these blocks; None where there is nothing to show."""
        counted = Counter(answer.score for block in blocks for answer in block.answers)
        if not (answers := counted.total()):
            return None
        average = sum(score * times for score, times in counted.items()) / answers
        return cls(answers, round(average, 1), {score: counted[score] for score in SCORES})


@dataclass(frozen=True, slots=True)
class OnePulse:
    """A pulse: who was asked, and what came of it. ``hidden`` says why nothing is shown."""

    pulse: KeptPulse
    event: Event | None
    asked: int
    answered: int
    group: Group | None = None
    hidden: str | None = None


@dataclass(frozen=True, slots=True)
class OneLanguage:
    """What was said in one language, or why it is not shown."""

    language: str
    group: Group | None = None
    hidden: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What families wrote, in no order. ``event`` and ``language`` are None where several are put together."""

    pulses: frozenset[int]
    language: str | None
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Results:
    """All that may be shown of a school's pulses at this moment."""

    pulses: Sequence[OnePulse]
    said: Sequence[Said] = field(repr=False)
    blocks: Sequence[Block[Said]]

    def group(self, pulse_id: int | None = None) -> Group | None:
        """All answers together, or those to one pulse."""
        return Group.of(self._of(pulse_id))

    def languages(self, pulse_id: int | None = None) -> list[OneLanguage]:
        """By language, over all pulses or in one."""
        ended = {one.pulse.id for one in self.pulses if one.hidden != STILL_OPEN}
        said = Counter(a.language for a in self.said if a.pulse_id in ended and pulse_id in (None, a.pulse_id))
        return [self._language(language, times, pulse_id) for language, times in sorted(said.items())]

    def words(self, pulse_id: int | None = None) -> list[Words]:
        """The families' own words, group by group, in no order."""
        found = (_words(block) for block in self._of(pulse_id, also_together=True))
        return [one for one in found if one.words]

    def _of(self, pulse_id: int | None, *, also_together: bool = False) -> list[Block[Said]]:
        def fits(block: Block[Said]) -> bool:
            return block.pulses == {pulse_id} or (also_together and pulse_id in block.pulses)

        return [block for block in self.blocks if pulse_id is None or fits(block)]

    def _language(self, language: str, times: int, pulse_id: int | None) -> OneLanguage:
        group = Group.of(block for block in self._of(pulse_id) if block.languages == {language})
        if group is not None:
            return OneLanguage(language, group)
        return OneLanguage(language, hidden=TOO_FEW if times < LEAST else WOULD_TELL)


TOO_FEW = f"fewer than {LEAST}"
WOULD_TELL = f"hidden, since it would tell of {TOO_FEW}"
STILL_OPEN = "not closed yet"


async def results(db: AsyncConnection, school: School, now: datetime) -> Results:
    """What may be shown of the pulses of a school now."""
    kept = await pulses.of_school(db, school.id)
    counts = await pulses.counts(db, [pulse.id for pulse in kept])
    about = {pulse.event_id for pulse in kept if pulse.event_id is not None}
    titles = await events.by_ids(db, about) if about else {}
    closed = [pulse.id for pulse in kept if pulse.closes_at + COUNTED_AFTER <= now]
    said = await pulses.said(db, closed) if closed else []
    shown = blocks([[answer for answer in said if answer.pulse_id == id_] for id_ in closed])

    def one(pulse: KeptPulse) -> OnePulse:
        group = Group.of(block for block in shown if block.pulses == {pulse.id})
        hidden = None if group else TOO_FEW if pulse.id in closed else STILL_OPEN
        return OnePulse(pulse, titles.get(pulse.event_id or 0), *counts[pulse.id], group, hidden)

    return Results([one(pulse) for pulse in kept], said, shown)


def _words(block: Block[Said]) -> Words:
    words = [answer.words for answer in block.answers if answer.words]
    secrets.SystemRandom().shuffle(words)
    (language,) = block.languages if len(block.languages) == 1 else (None,)
    return Words(block.pulses, language, tuple(words))
