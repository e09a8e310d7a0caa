"""A flow as the rest of the bot knows it: its name, its coroutine and the facts that it asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flows.core.replay import Start
from flows.core.text import Text


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of the list in ``flows/__init__.py``.

    ``label`` names it for families; ``on_menu`` offers it there. A ``passing``
    one counts only as long as nothing newer was asked; the buttons of a ``lasting`` one can be tapped at any time.
    The question of one that ``lasts`` for some time is of no use afterwards.
    ``about`` names the fact that a conversation of it is about ("event"), whose id is kept with the conversation.
    Its facts are the parameters of ``run``, by name.
    """

    name: str
    run: Callable[..., Coroutine[Any, Any, object]]
    label: Text | None = None
    on_menu: bool = False
    about: str | None = None
    passing: bool = False
    lasting: bool = False
    lasts: timedelta | None = None
    facts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", tuple(inspect.signature(self.run).parameters))

    def is_over(self, asked_at: datetime | None, now: datetime) -> bool:
        """Whether the time for an answer to what was asked then has passed."""
        return self.lasts is not None and asked_at is not None and now - asked_at > self.lasts

    def start(self, known: Mapping[str, object]) -> Start:
        """Begins this flow with those of the ``known`` facts that it asks for."""
        return partial(self.run, **{name: known[name] for name in self.facts})
