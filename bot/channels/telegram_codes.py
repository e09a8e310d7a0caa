"""What Telegram's refusals mean for us: one row each, nothing else to change.

An answer is ``{"ok": false, "error_code": 403, "description": "Forbidden: …", "parameters": {…}}``. The descriptions
are no promise of Telegram's, so what none of them fits is judged by its code alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.errors import Blocked, NotSent, Refused, TryLater, Unsure


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to do next, and the words that staff read. ``TryLater`` is also what an operator can mend."""

    outcome: type[NotSent]
    words: str


CONFLICT = 409
TOO_FAST = 429
LONGEST_WAIT = 24 * 60 * 60

WORDS: Mapping[str, Meaning] = {
    "bot was blocked by the user": Meaning(Blocked, "The family has blocked the school's bot"),
    "user is deactivated": Meaning(Blocked, "This Telegram account does not exist any more"),
    "bot can't initiate conversation with a user": Meaning(Blocked, "The family has not written to the bot yet"),
    "chat not found": Meaning(Blocked, "This chat does not exist, or not with this bot"),
    "user not found": Meaning(Blocked, "This Telegram account does not exist any more"),
    "peer_id_invalid": Meaning(Blocked, "This chat does not exist, or not with this bot"),
    "upgraded to a supergroup": Meaning(Refused, "A group is not written to"),
    "message is too long": Meaning(Refused, "The text is longer than Telegram takes"),
    "message text is empty": Meaning(Refused, "The text is empty"),
    "while webhook is active": Meaning(TryLater, "Another program had the messages of this bot sent to it"),
    "logged out": Meaning(TryLater, "The bot is logged out at this address; see TELEGRAM_API_BASE_URL"),
}
"""By a part of the description, in small letters."""

CODES: Mapping[int, Meaning] = {
    400: Meaning(Refused, "Telegram refused this message"),
    401: Meaning(TryLater, "Telegram does not accept TELEGRAM_BOT_TOKEN"),
    403: Meaning(Blocked, "The bot may not write to this chat"),
    404: Meaning(TryLater, "Telegram does not know the bot of TELEGRAM_BOT_TOKEN"),
    CONFLICT: Meaning(TryLater, "Another program asks for the messages of this bot"),
    413: Meaning(Refused, "The message is larger than Telegram takes"),
    TOO_FAST: Meaning(TryLater, "Telegram asks us to send more slowly"),
}


def failure(status: int, answer: object) -> NotSent:
    """What an answer that is no success means; ``answer`` is its JSON, None where it has none.

    A refused token (401, 404) is TryLater: the message is as good as before, and goes out when an operator has
    mended it. So is a 4xx that is not Telegram's own, which comes from a proxy or a wrong address.
    """
    said = answer if isinstance(answer, Mapping) and answer.get("ok") is False else None
    code = _code(said) or status
    if (wait := _wait(said)) is not None:
        return TryLater(CODES[TOO_FAST].words, TOO_FAST, wait)
    if not 400 <= code < 500:
        return Unsure(f"Telegram answered with HTTP {status}", code)
    if said is None and code != TOO_FAST:
        return TryLater(f"What answered in Telegram's place said HTTP {status}; see TELEGRAM_API_BASE_URL")
    meaning = _by_words(said) or CODES.get(code) or CODES[400]
    return meaning.outcome(meaning.words, code)


def _code(said: Mapping[str, Any] | None) -> int | None:
    code = said.get("error_code") if said else None
    return code if isinstance(code, int) else None


def _by_words(said: Mapping[str, Any] | None) -> Meaning | None:
    description = said.get("description") if said else None
    if not isinstance(description, str):
        return None
    lowered = description.lower()
    return next((meaning for part, meaning in WORDS.items() if part in lowered), None)


def _wait(said: Mapping[str, Any] | None) -> timedelta | None:
    """The wait that Telegram asks for: whatever the code, it took nothing then."""
    parameters = said.get("parameters") if said else None
    seconds = parameters.get("retry_after") if isinstance(parameters, Mapping) else None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT))
