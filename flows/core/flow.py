"""A flow as the rest of the bot knows it: its name, its coroutine and the facts that it asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flows.core.replay import Start
from flows.core.text import Text


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of the list in ``flows/__init__.py``.

    ``label`` names it for families; ``on_menu`` offers it there. A ``passing``
    one counts only as long as nothing newer was asked; the buttons of a ``lasting`` one can be tapped at any time.
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
    facts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", tuple(inspect.signature(self.run).parameters))

    def start(self, known: Mapping[str, object]) -> Start:
        """Begins this flow with those of the ``known`` facts that it asks for."""
        return partial(self.run, **{name: known[name] for name in self.facts})
