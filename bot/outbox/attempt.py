"""What the end of one call means for its message: sent, again later, nobody knows, or never."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import Blocked, DeadNumber, NotSent, TryLater, Unsure
from bot.messages import Kind, State
from bot.store.delivery import Result
from bot.store.outbox import Claimed

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
SHORTEST_WAIT = timedelta(seconds=1)
# An answer that comes an hour late confuses. Other news says itself until when it is good, and a hundred
# tries take half a day.
TRIES = {Kind.REPLY: 8, Kind.PRIVATE: 8}
MOST_TRIES = 100


def accepted(claimed: Claimed, provider_id: str, now: datetime) -> Result:
    """The provider took it under this id."""
    return Result(claimed, State.ACCEPTED, now, provider_id=provider_id)


def unknown(claimed: Claimed, reason: str, now: datetime, code: int | None = None) -> Result:
    """The provider may have it, or not; it is not sent again blindly."""
    return Result(claimed, State.UNKNOWN, now, reason=reason, code=code)


def not_sent(claimed: Claimed, error: NotSent, now: datetime, chance: float) -> Result:
    """What the channel's error asks for; ``chance``, from 0 to 1, spreads the next tries."""
    failed = Result(claimed, State.FAILED, now, reason=error.reason, code=error.code)
    match error:
        case TryLater(after=timedelta() as asked):
            # A wait that the provider asks for is no failed attempt, and is mostly meant for all of this sender.
            wait = max(asked, SHORTEST_WAIT)
            pauses = not error.this_one
            return replace(failed, state=State.READY, due_at=now + wait, counted=False, pauses=pauses)
        case TryLater() if claimed.attempts < TRIES.get(claimed.message.kind, MOST_TRIES):
            return replace(failed, state=State.READY, due_at=now + backoff(claimed.attempts, chance))
        case TryLater():
            return replace(failed, reason="gave-up")
        case Unsure():
            return unknown(claimed, error.reason, now, error.code)
    return replace(failed, blocked=isinstance(error, Blocked), dead=isinstance(error, DeadNumber))


def backoff(attempts: int, chance: float) -> timedelta:
    """The wait after so many attempts: anything up to a span that doubles each time, at least a second."""
    span = min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(attempts - 1, 10)))
    return max(SHORTEST_WAIT, span * chance)
