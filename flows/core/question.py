"""What a question is: it reads a reply, and says in other words what it wants when it cannot.

Readers take what is certain and leave the rest, or say that they are unsure; they never guess.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Generic, TypeAlias, TypeVar

from flows.core.text import Text
from flows.core.words import Reply

T = TypeVar("T")

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None


class Mode(Enum):
    """How a reply is read.

    ASKED: the question was just put, so a bare "5" counts. GLEANING: the words were said about
    something else, so only what names its own unit counts ("3 niños"). CORRECTING: the family
    changes an answer ("al final somos 5").
    """

    ASKED = "asked"
    GLEANING = "gleaning"
    CORRECTING = "correcting"


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What a reader understood, and the words that it leaves for other questions.

    ``also`` holds what the same words answered beyond this question: for other keys of the flow, the value as
    the question under that key dumps it.
    """

    value: T
    rest: str = field(default="", repr=False)
    also: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsure:
    """The reader cannot tell; ``why``, when given, is a better hint for the family than the question's example."""

    why: Text | None = None


class Question(ABC, Generic[T]):
    """One kind of question. Subclasses are frozen dataclasses in ``flows/questions/``."""

    name: ClassVar[str]
    """Kept with each answer together with ``version``: a reader whose version changed reads again."""
    version: ClassVar[int] = 1
    free: ClassVar[bool] = False
    """Whether any words at all are an answer: such a question is asked about a text last."""

    @abstractmethod
    def read(self, reply: Reply, mode: Mode, so_far: T | None = None) -> Taken[T] | Unsure:
        """What ``reply`` answers. ``so_far`` is the answer held until now, complete or not."""

    @property
    @abstractmethod
    def example(self) -> Text:
        """Said the first time that a reply is not understood: what an answer looks like."""

    @property
    @abstractmethod
    def choices(self) -> Text:
        """Said the second time: the numbered choices, in words that differ from ``example``."""

    def buttons(self) -> tuple[tuple[str, Text], ...]:
        """(reply text, label) of each button, for channels that have them; none by default."""
        return ()

    def missing(self, value: T) -> Text | None:
        """What to ask next when ``value`` is only a part of the answer; None when it is whole."""
        return None

    def rest(self, value: T) -> Question[T]:
        """The question that asks for what is ``missing``: itself, unless its buttons depend on what is known."""
        return self

    def describe(self, value: T) -> Text | str | None:
        """The answer in words, for "before … now …"; None where it cannot be said in a few words."""
        return None

    def dump(self, value: T) -> Json:
        """``value`` as JSON, to be kept."""
        return value  # type: ignore[return-value]  # plain values by default; others override both

    def load(self, kept: Json) -> T:
        """The value that ``dump`` kept."""
        return kept  # type: ignore[return-value]  # the counterpart of dump

    @property
    def reader(self) -> str:
        """The name and version kept beside an answer, such as ``count/1``."""
        return f"{self.name}/{self.version}"
