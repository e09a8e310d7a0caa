"""Questions small enough to see through, for the tests of the core."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from flows.core import Mode, Question, Reply, Taken, Text, Unsure, _
from flows.core.lexicon import Lexicon
from flows.core.question import Json
from flows.core.replay import Answer, Memory, Replayed, Start, replay

NOW = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
LEXICON = Lexicon("en", {"correction": "actually, sorry", "filler": "please, thanks", "joiners": "and"})


def read(text: str) -> Reply:
    """``text`` as the toys read it."""
    return Reply(text, (LEXICON,))


def restarted(memory: Memory) -> Memory:
    """What is left of ``memory`` after the server was started anew: what went into the database as JSON."""
    return Memory.load(json.loads(json.dumps(memory.dump())))


def run(start: Start, memory: Memory | None = None, now: datetime = NOW) -> Replayed:
    """One replay, over nothing by default."""
    return replay(start, memory or Memory(), now, read)


def answer(value: Any, *raw: str, reader: str = "number/1") -> Answer:
    """An answer as it is kept, by default from a text that said nothing else."""
    return Answer(value, raw or (str(value),), reader)


def _taken_out(match: re.Match[str]) -> str:
    """The text around a match, without what joined them."""
    return ", ".join(
        filter(None, (match.string[: match.start()].strip(" ,\n"), match.string[match.end() :].strip(" ,\n")))
    )


class Toy:
    """Hints that nobody looks at."""

    example: Text = _("an example")
    choices: Text = _("the choices")


@dataclass(frozen=True, slots=True)
class Number(Toy, Question[int]):
    """ "3 kids" anywhere; when asked also "3"; to correct also "actually 4".

    ``edition`` 2 no longer takes a bare number; ``edition`` 3 counts one more, whatever is said.
    """

    name: ClassVar[str] = "number"

    unit: str
    edition: int = 1

    def read(self, reply: Reply, mode: Mode, so_far: int | None = None) -> Taken[int] | Unsure:
        named = re.search(rf"(?:actually )?(\d+) {self.unit}", reply.text)
        bare = {Mode.ASKED: r"^\s*(\d+)\s*$", Mode.CORRECTING: r"actually (\d+)$"}.get(mode)
        found = named or (re.search(bare, reply.text) if bare and self.edition != 2 else None)
        if found is None:
            return Unsure()
        return Taken(int(found[1]) + (self.edition == 3), _taken_out(found))

    def describe(self, value: int) -> str:
        return str(value)

    @property
    def reader(self) -> str:
        return f"number/{self.edition}"


@dataclass(frozen=True, slots=True)
class YesOrNo(Toy, Question[bool]):
    """A yes or a no at the beginning; "yes, 3 kids" also fills the key ``fills``. To correct: "actually no"."""

    name: ClassVar[str] = "yes-or-no"

    fills: str | None = None

    def read(self, reply: Reply, mode: Mode, so_far: bool | None = None) -> Taken[bool] | Unsure:
        cue = "actually " if mode is Mode.CORRECTING else ""
        found = re.match(rf"{cue}(yes|no)\b", reply.text)
        if found is None or mode is Mode.GLEANING:
            return Unsure()
        kids = re.search(r"(\d+) kids", reply.text) if self.fills and found[1] == "yes" else None
        rest = _taken_out(found)
        if self.fills is None or kids is None:
            return Taken(found[1] == "yes", rest)
        return Taken(True, rest.replace(kids[0], "").strip(" ,\n"), {self.fills: int(kids[1])})

    def describe(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Colours(Toy, Question[dict[str, int]]):
    """ "2 red" and "3 blue", in one text or in two; a bare number is the colour that was asked for."""

    name: ClassVar[str] = "colours"

    edition: int = 1

    def read(self, reply: Reply, mode: Mode, so_far: dict[str, int] | None = None) -> Taken[dict[str, int]] | Unsure:
        known = dict(so_far or {})
        named = {colour: int(n) for n, colour in re.findall(r"(\d+) (red|blue)", reply.text)}
        if not named and mode is Mode.ASKED and reply.text.strip().isdecimal():
            named = {"blue" if "red" in known else "red": int(reply.text)}
        if not named:
            return Unsure()
        rest = re.sub(r"(actually )?\d+ (red|blue)", "", reply.text).strip(" ,\n")
        return Taken({**known, **named}, "" if rest.isdecimal() else rest)

    def missing(self, value: dict[str, int]) -> Text | None:
        return next((_("how many {colour}?", colour=c) for c in ("red", "blue") if c not in value), None)

    def dump(self, value: dict[str, int]) -> Json:
        return {**value}

    def describe(self, value: dict[str, int]) -> str:
        return str(sorted(value.items()))

    @property
    def reader(self) -> str:
        return f"colours/{self.edition}"


@dataclass(frozen=True, slots=True)
class Words(Toy, Question[str | None]):
    """Any words at all; None for a plain no."""

    name: ClassVar[str] = "words"
    free: ClassVar[bool] = True

    def read(self, reply: Reply, mode: Mode, so_far: str | None = None) -> Taken[str | None] | Unsure:
        if mode is not Mode.ASKED or not reply.text.strip():
            return Unsure()
        return Taken(None if reply.text == "no" else reply.text)


@dataclass(frozen=True, slots=True)
class Greedy(Toy, Question[int]):
    """A faulty reader: it takes an answer from the words of others, and takes no word away."""

    name: ClassVar[str] = "greedy"

    def read(self, reply: Reply, mode: Mode, so_far: int | None = None) -> Taken[int] | Unsure:
        return Taken(len(reply.text), reply.text)

    def missing(self, value: int) -> Text | None:
        return _("more?")
