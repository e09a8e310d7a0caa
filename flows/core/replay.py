"""Conversations as coroutines, replayed over keyed answers.

A flow is written as the conversation reads::

    coming = await ask("coming", YesNo(), _("Will your family come?"))
    if not coming:
        return Rsvp.declined()

Nothing of the coroutine itself is ever kept. At each text the flow runs again from the top; ``ask`` returns
at once where its key has an answer, and the first question without one is the open question, where the
run is left. So a conversation survives restarts, a question that is inserted tomorrow is simply asked, and
a corrected answer is the same run over one changed value. What must happen once is kept by key as well:
``tell`` says its text the first time only, ``keep`` pins the first value that it is given.

The run does no I/O and reads no clock: the same memory and the same facts give the same conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import coroutine
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from flows.core.question import Json, Mode, Question, Taken
from flows.core.text import Text
from flows.core.words import Reply

T = TypeVar("T")
V = TypeVar("V", bound=Json)

FILLED_BY_ANOTHER = "also:"
"""Stands before the reader of an answer whose words were said to another question; alone until it is reached."""
PERSON = "person:"
RESTED = "rested:"


class BadFlow(Exception):
    """A flow does what a replay cannot repeat: awaits something foreign, or uses a key twice."""


# Commands are named tuples: as unchanging as frozen dataclasses, and made in half the time. A run makes one a step.


class Ask(NamedTuple):
    """A question of the flow. With ``at`` it is open at once, but said only at that time."""

    key: str
    question: Question[Any]
    text: Text
    at: datetime | None = None


class _Tell(NamedTuple):
    key: str
    text: Text


class _Keep(NamedTuple):
    key: str
    value: Json


class _Wait(NamedTuple):
    key: str
    until: datetime


class _FetchPerson(NamedTuple):
    reason: str


class _Record(NamedTuple):
    outcome: object


_Command: TypeAlias = Ask | _Tell | _Keep | _Wait | _FetchPerson | _Record


@coroutine
def _hand_over(command: _Command) -> Generator[_Command, Any, Any]:
    return (yield command)


async def ask(key: str, question: Question[T], text: Text, *, at: datetime | None = None) -> T:
    """The family's answer to ``question``; the conversation stays here until there is one.

    With ``at``, the question is said only at that time; a text that names its answer is taken at once.
    """
    return cast(T, await _hand_over(Ask(key, question, text, at)))


async def tell(key: str, text: Text) -> None:
    """Say ``text`` once; again only after a question before it was answered anew."""
    await _hand_over(_Tell(key, text))


async def keep(key: str, value: V) -> V:
    """The value that was first given under ``key``: a fact that decides a branch and must not change."""
    return cast(V, await _hand_over(_Keep(key, value)))


async def wait(key: str, until: datetime) -> None:
    """Rest until that time; texts that correct an answer are taken meanwhile."""
    await _hand_over(_Wait(key, until))


async def fetch_person(reason: str) -> None:
    """Bring this conversation before a person of the school, once for each reason."""
    await _hand_over(_FetchPerson(reason))


async def record(outcome: object) -> None:
    """The outcome so far, saved at once; the conversation goes on and may still replace it."""
    await _hand_over(_Record(outcome))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept: its value as JSON, the words that gave it, and the reader that took them.

    ``raw`` are the family's own words, text by text: those that answered, completed and corrected it. ``sources`` are
    the ids of these texts, "" for one that is not known; empty where none is.
    """

    value: Json = field(repr=False)
    raw: tuple[str, ...] = field(repr=False)
    reader: str
    sources: tuple[str, ...] = ()

    @property
    def filled_by_another(self) -> bool:
        """Whether the first words were said to another question, which understood this one as well."""
        return self.reader.startswith(FILLED_BY_ANOTHER)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Each text with its id, the oldest first."""
        unknown = ("",) * (len(self.raw) - len(self.sources))
        return tuple(zip(self.raw, (*self.sources, *unknown), strict=True))

    def said(self, *texts: tuple[str, str]) -> Answer:
        """The same answer with these texts and ids as those that gave it."""
        sources = tuple(source for _text, source in texts)
        return replace(self, raw=tuple(text for text, _source in texts), sources=sources if any(sources) else ())


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is kept of a conversation. ``rest`` are words that no question has taken yet."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    kept: Mapping[str, Json] = field(default_factory=dict, repr=False)
    rest: str = field(default="", repr=False)

    def dump(self) -> dict[str, Json]:
        """This memory as JSON."""
        answers: dict[str, Json] = {key: [a.value, [*a.raw], a.reader] for key, a in self.answers.items()}
        sources: dict[str, Json] = {key: [*a.sources] for key, a in self.answers.items() if a.sources}
        dumped: dict[str, Json] = {"answers": answers, "told": list(self.told), "kept": dict(self.kept)}
        # Beside the answers and not in them, so that a release that does not know of sources reads the rest.
        return {**dumped, "rest": self.rest} | ({"sources": sources} if sources else {})

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Memory:
        """The memory that ``dump`` gave; of an empty mapping, the memory of a new conversation."""
        sources = kept.get("sources", {})
        answers = {
            key: Answer(value, tuple(raw), reader, tuple(sources.get(key, ())))
            for key, (value, raw, reader) in kept.get("answers", {}).items()
        }
        return cls(answers, tuple(kept.get("told", ())), kept.get("kept", {}), kept.get("rest", ""))

    def without(self, keys: tuple[str, ...]) -> Memory:
        """The same memory with the answers and sayings under these keys forgotten."""
        return replace(
            self,
            answers={key: answer for key, answer in self.answers.items() if key not in keys},
            told=tuple(key for key in self.told if key not in keys),
        )

    def untold(self, but: tuple[str, ...] = ()) -> Memory:
        """The same memory, in which everything ``but`` these keys is told again.

        Who was fetched is not fetched again, and what was waited for is over.
        """
        told = tuple(key for key in self.told if key in but or key.startswith((PERSON, RESTED)))
        return self if told == self.told else replace(self, told=told)

    def rested(self, key: str) -> Memory:
        """The same memory after the rest under ``key`` is over, or the question that waited is asked early."""
        return replace(self, told=(*self.told, RESTED + key))


Start: TypeAlias = Callable[[], Coroutine[Any, Any, object]]
"""Begins a flow anew, its facts read fresh."""

Read: TypeAlias = Callable[[str], Reply]
"""Cuts a text into a reply that readers understand, in the languages of the family."""


class Replayed(NamedTuple):
    """Where a run came to.

    ``open`` is the question without a whole answer, with ``so_far`` the part that is known; ``said`` are
    the texts told for the first time; ``people`` the reasons for which a person was called, for the first
    time; ``path`` the keys in the order they were reached; ``waiting`` the key and time of a rest.
    ``outcome`` is what was last recorded or returned; ``done`` whether the flow came to its end; ``left_over``
    whether some words were taken by no question, also where none is left that could.
    """

    memory: Memory
    path: tuple[Ask | str, ...]
    said: tuple[Text, ...]
    people: tuple[str, ...]
    open: Ask | None = None
    so_far: Any = None
    waiting: tuple[str, datetime] | None = None
    outcome: object = None
    done: bool = False
    left_over: bool = False

    def told_before(self, ask: Ask) -> tuple[str, ...]:
        """The keys of what was told on the way to this question."""
        return tuple(step for step in self.path[: self.path.index(ask)] if isinstance(step, str))

    def answered(self) -> tuple[Ask, ...]:
        """The questions on the way that have an answer, in order."""
        return tuple(step for step in self.path if isinstance(step, Ask) and step.key in self.memory.answers)


def replay(start: Start, memory: Memory, now: datetime, read: Read) -> Replayed:
    """Run the flow over what is kept, to its open question, its rest or its end.

    ``read`` is used only where a reader's version changed since it took an answer. Raises BadFlow, and
    whatever the flow itself raises.
    """
    run = _Run(memory, now, read)
    flow = start()
    try:
        result: Any = None
        while run.open is None and run.waiting is None:
            result = run.carry_out(flow.send(result))
    except StopIteration as end:
        run.done = True
        run.outcome = end.value if end.value is not None else run.outcome
    finally:
        _leave(flow)
    return run.replayed()


def _leave(flow: Coroutine[Any, Any, object]) -> None:
    try:
        flow.close()
    except RuntimeError as error:  # what Python says of a coroutine that goes on nevertheless
        raise BadFlow("A flow may not await anything more where it is left, as in `finally`.") from error


class _Run:
    """One replay under way: the memory as it grows, and what came up on the way."""

    def __init__(self, memory: Memory, now: datetime, read: Read) -> None:
        self.now = now
        self.read = read
        self.answers = dict(memory.answers)
        self.told = list(memory.told)
        self.kept = dict(memory.kept)
        self.rest = memory.rest
        self.seen: set[str] = set()
        self.path: list[Ask | str] = []
        self.said: list[Text] = []
        self.people: list[str] = []
        self.open: Ask | None = None
        self.so_far: Any = None
        self.waiting: tuple[str, datetime] | None = None
        self.outcome: object = None
        self.done = False

    def replayed(self) -> Replayed:
        rest = "" if self.done else self.rest  # no question is left that it could wait for
        memory = Memory(self.answers, tuple(self.told), self.kept, rest)
        return Replayed(
            memory=memory,
            path=tuple(self.path),
            said=tuple(self.said),
            people=tuple(self.people),
            open=self.open,
            so_far=self.so_far,
            waiting=self.waiting,
            outcome=self.outcome,
            done=self.done,
            left_over=bool(self.rest),
        )

    def carry_out(self, command: object) -> Any:
        match command:
            case Ask():
                return self._ask(command)
            case _Tell():
                return self._tell(command.key, command.text)
            case _Record():
                self.outcome = command.outcome
                return None
            case _Keep():
                self._first_use(command.key)
                return self.kept.setdefault(command.key, command.value)
            case _Wait():
                return self._wait(command.key, command.until)
            case _FetchPerson():
                return self._fetch_person(command.reason)
            case _:
                raise BadFlow(f"A flow may only await its own vocabulary, not {type(command).__name__}.")

    def _first_use(self, key: str) -> None:
        if key in self.seen:
            raise BadFlow(f"The key {key!r} is used twice in one flow; number it in a loop.")
        self.seen.add(key)

    def _ask(self, ask: Ask) -> Any:
        self._first_use(ask.key)
        if ask.at is not None and RESTED + ask.key in self.told:
            ask = ask._replace(at=None)
        self.path.append(ask)
        known, value = self._answer(ask)
        if known:
            missing = ask.question.missing(value)
            if missing is None:
                return value
            ask = self.path[-1] = ask._replace(question=ask.question.rest(value), text=missing, at=None)
        self.open, self.so_far = ask, value
        return None

    def _answer(self, ask: Ask) -> tuple[bool, Any]:
        answer = self.answers.get(ask.key)
        if answer is None:
            return False, None
        reader = ask.question.reader
        if answer.reader == reader:
            return True, ask.question.load(answer.value)
        if answer.filled_by_another:
            return self._filled_by_another(ask, answer, FILLED_BY_ANOTHER + reader)
        return self._read_again(ask, answer, reader)

    def _filled_by_another(self, ask: Ask, answer: Answer, reader: str) -> tuple[bool, Any]:
        if answer.reader == FILLED_BY_ANOTHER:
            answer = self.answers[ask.key] = replace(answer, reader=reader)
        if answer.reader != reader:
            return self._read_again(ask, answer, reader)
        return True, ask.question.load(answer.value)

    def _read_again(self, ask: Ask, answer: Answer, reader: str) -> tuple[bool, Any]:
        """The answer as today's reader takes the same texts, each in the mode in which it came."""
        value: Any = None
        mode = Mode.GLEANING if answer.filled_by_another else Mode.ASKED
        for text in answer.raw:
            reading = ask.question.read(self.read(text), mode, value)
            if not isinstance(reading, Taken):
                del self.answers[ask.key]
                return False, None
            value = reading.value
            mode = Mode.ASKED if ask.question.missing(value) else Mode.CORRECTING
        self.answers[ask.key] = replace(answer, value=ask.question.dump(value), reader=reader)
        return True, value

    def _tell(self, key: str, text: Text) -> None:
        self._first_use(key)
        self.path.append(key)
        if key not in self.told:
            self.told.append(key)
            self.said.append(text)

    def _wait(self, key: str, until: datetime) -> None:
        self._first_use(key)
        if RESTED + key in self.told:
            return
        if until <= self.now:
            self.told.append(RESTED + key)
        else:
            self.waiting = (key, until)

    def _fetch_person(self, reason: str) -> None:
        key = PERSON + reason
        self._first_use(key)
        if key not in self.told:
            self.told.append(key)
            self.people.append(reason)
