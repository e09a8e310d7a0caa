"""Phones without a phone: messages are handed to whoever listens, and nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.channels.base import Hook
from bot.messages import Outgoing

Listener = Callable[[Outgoing], None]


class Phone:
    """The channel of the demo and of the terminal. It plays every kind of address that it is given."""

    name = "phone"

    def __init__(self, prefixes: tuple[str, ...] = ("sms",), listener: Listener | None = None) -> None:
        self.prefixes = prefixes
        self.listener = listener

    def hooks(self) -> Sequence[Hook]:
        """Nobody calls it over HTTP."""
        return ()

    async def send(self, message: Outgoing) -> str:
        """Hand the message to the listener, where there is one; its id is ours."""
        if self.listener is not None:
            self.listener(message)
        return f"phone-{message.id}"

    async def close(self) -> None:
        """Nothing is held open."""
