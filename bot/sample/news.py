"""Word that something happened, for those who watch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """Tells whoever watches that something is new, not what: they look for themselves."""

    def __init__(self) -> None:
        self.over = False
        self._watching: set[asyncio.Event] = set()

    def tell(self, _what: object = None) -> None:
        """Something is new; may stand wherever a listener is asked for."""
        for something in self._watching:
            something.set()

    def end(self) -> None:
        """There will be no more news: whoever watches may go."""
        self.over = True
        self.tell()

    @contextmanager
    def watch(self) -> Iterator[asyncio.Event]:
        """An event that is set at each news, for the watcher to clear before it looks."""
        something = asyncio.Event()
        self._watching.add(something)
        try:
            yield something
        finally:
            self._watching.discard(something)
