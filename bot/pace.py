"""How fast each account of the school may send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class Pace:
    """A token bucket for each account, filled by the clock; it holds what one second allows.

    ``per_second`` names the accounts that have a limit. The buckets belong to one process.
    """

    def __init__(self, per_second: Mapping[str, float]) -> None:
        self._per_second = per_second
        self._tokens = {account: max(1.0, rate) for account, rate in per_second.items()}
        self._filled_at: datetime | None = None

    def room(self, now: datetime) -> dict[str, int]:
        """How many messages each limited account may begin now."""
        # A clock that was set back fills nothing, and takes nothing away.
        passed = max(0.0, (now - (self._filled_at or now)).total_seconds())
        self._filled_at = now
        for account, rate in self._per_second.items():
            self._tokens[account] = min(max(1.0, rate), self._tokens[account] + passed * rate)
        return {account: int(tokens) for account, tokens in self._tokens.items()}

    def spend(self, account: str) -> None:
        """One message of this account begins."""
        if account in self._tokens:
            self._tokens[account] -= 1

    def wait(self) -> float:
        """Seconds until an empty bucket holds a token again; endless where none is empty."""
        waits = ((1 - tokens) / self._per_second[account] for account, tokens in self._tokens.items() if tokens < 1)
        return min(waits, default=float("inf"))
