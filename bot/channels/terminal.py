"""One phone in a terminal, beside all the others that the same database knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.channels.base import Hook
from bot.channels.phone import Listener
from bot.errors import TryLater
from bot.messages import Outgoing

LATER = timedelta(minutes=1)


class Terminal:
    """The channel of one phone. What is for another waits for the process that serves."""

    name = "terminal"

    def __init__(self, address: str, listener: Listener) -> None:
        self.prefixes = (address.partition(":")[0],)
        self._address = address
        self._listener = listener

    def hooks(self) -> Sequence[Hook]:
        """Nobody calls it over HTTP."""
        return ()

    async def send(self, message: Outgoing) -> str:
        """Hand a message for this phone to the listener. Raises TryLater for another's."""
        if message.address != self._address:
            raise TryLater("is for another phone", after=LATER, this_one=True)
        self._listener(message)
        return f"terminal-{message.id}"

    async def close(self) -> None:
        """Nothing is held open."""
