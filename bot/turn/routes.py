"""What the router may decide about a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.family import Key
from flows.core.edits import Withdrawn
from flows.core.listen import Corrected, Understood
from flows.core.question import Unsure


@dataclass(frozen=True, slots=True)
class Stop:
    """The family wants no more messages."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The family wants messages again."""


@dataclass(frozen=True, slots=True)
class LeaveNews:
    """The family wants no more event news, but urgent messages still."""


@dataclass(frozen=True, slots=True)
class Help:
    """The family asks who writes and how to stop."""


@dataclass(frozen=True, slots=True)
class Speak:
    """The family asks for a language."""

    language: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a flow: the menu, a person, the first contact."""

    flow: str
    subject_id: int = 0
    with_words: bool = False
    """The text itself already answers the flow's first question."""


@dataclass(frozen=True, slots=True)
class Change:
    """The family wants to change an answer and has not said which or how."""


@dataclass(frozen=True, slots=True)
class NotThem:
    """The number belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The text answers the open question of a conversation."""

    key: Key
    heard: Understood


@dataclass(frozen=True, slots=True)
class Correction:
    """The text changes an answer."""

    key: Key
    corrected: Corrected


@dataclass(frozen=True, slots=True)
class AskAnew:
    """A text was changed and answers nothing any more: its question is asked again."""

    key: Key
    withdrawn: Withdrawn


@dataclass(frozen=True, slots=True)
class KeepAside:
    """The text of which the family is asked what it is meant for was changed; the question stands."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The family takes back what it said without its name: it is counted already, and nobody can find it."""


@dataclass(frozen=True, slots=True)
class Which:
    """The text fits several conversations: the family must say which."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """The text belongs to an open help request; a person reads it."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """More about a request that was settled a few days ago, or that nobody touched for long: a person reads it."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The family only greeted: say the open question again."""

    key: Key


@dataclass(frozen=True, slots=True)
class AskEarly:
    """The text answers a question that waits for its time, if it is one: say it now."""

    key: Key


@dataclass(frozen=True, slots=True)
class ForStaff:
    """No question is open, and the text says more than a word or two: a person reads it, for this ``reason``."""

    reason: str = "unclear"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The text was meant for this conversation, and its reader is unsure."""

    key: Key
    unsure: Unsure


@dataclass(frozen=True, slots=True)
class OldButton:
    """A button of a question that is not open any more."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to answer: no words, or words that another system answered."""


Route: TypeAlias = (
    Stop
    | Restart
    | LeaveNews
    | Help
    | Speak
    | Begin
    | Change
    | NotThem
    | Answer
    | Correction
    | AskAnew
    | KeepAside
    | Counted
    | Which
    | Thread
    | Reopen
    | AskAgain
    | AskEarly
    | ForStaff
    | NotUnderstood
    | Nothing
    | OldButton
)
