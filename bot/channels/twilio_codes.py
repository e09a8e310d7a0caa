"""What Twilio's error codes mean for us: one row a code, nothing else to change.

Some come as the answer to a call, some later as a status; the list is at twilio.com/docs/api/errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import Blocked, DeadNumber, NotSent, Refused, TryLater, Unsure


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to do next, and the words that staff read. ``TryLater`` is also what an operator can mend.

    In a status it is too late for that: there only what it says of the number counts, ``Blocked`` and ``DeadNumber``.
    """

    outcome: type[NotSent]
    words: str


CODES: Mapping[int, Meaning] = {
    # The family's number
    21211: Meaning(DeadNumber, "This is not a phone number that exists"),
    21610: Meaning(Blocked, "The family has stopped texts from the school, with its carrier"),
    21614: Meaning(DeadNumber, "This number cannot receive texts"),
    21635: Meaning(DeadNumber, "This number is a landline, which cannot receive texts"),
    30003: Meaning(TryLater, "The phone was off or out of reach"),
    30004: Meaning(Refused, "The phone or its carrier blocks texts from the school"),
    30005: Meaning(DeadNumber, "The number is not in use any more"),
    30006: Meaning(DeadNumber, "The number is a landline, or its carrier takes no texts"),
    63003: Meaning(DeadNumber, "This number is not on WhatsApp"),
    # This message
    21408: Meaning(Refused, "The school's Twilio account may not text this country"),
    21612: Meaning(Refused, "This number cannot be reached from the school's number"),
    21617: Meaning(Refused, "The text is longer than 1,600 characters"),
    30007: Meaning(Refused, "The carrier took the text for spam"),
    30008: Meaning(Refused, "The carrier did not deliver it and gave no reason"),
    63016: Meaning(Refused, "WhatsApp takes free texts only within 24 hours of the family's last one"),
    # Too fast
    20429: Meaning(TryLater, "Twilio asks us to send more slowly"),
    21611: Meaning(TryLater, "Too many texts are waiting at Twilio for this number of the school"),
    30001: Meaning(TryLater, "Too many texts were waiting at Twilio"),
    # The school's account: nothing goes out before an operator has mended it
    20003: Meaning(TryLater, "Twilio does not accept TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
    20404: Meaning(TryLater, "Twilio does not know the account in TWILIO_ACCOUNT_SID"),
    21606: Meaning(TryLater, "The school's number cannot send texts"),
    21608: Meaning(TryLater, "A trial account of Twilio texts only numbers that were verified there"),
    21609: Meaning(TryLater, "Twilio cannot use SOBREMESA_PUBLIC_URL for its reports"),
    21659: Meaning(TryLater, "The school's number is not a number of Twilio"),
    21660: Meaning(TryLater, "The school's number belongs to another Twilio account"),
    21705: Meaning(TryLater, "Twilio does not know the messaging service in TWILIO_FROM"),
    30002: Meaning(TryLater, "Twilio has suspended the school's account"),
    30032: Meaning(Refused, "The school's toll-free number is not verified"),
    30034: Meaning(Refused, "The school's number is not registered with the carriers (10DLC)"),
}


def describe_code(code: int | None) -> str:
    """What staff read about a message that failed with this code, which they see beside it."""
    if code is None:
        return "Twilio gave no reason"
    meaning = CODES.get(code)
    return meaning.words if meaning else "Twilio's reason stands at twilio.com/docs/api/errors"


def reported(code: int | None) -> type[NotSent]:
    """What the code in the status of a failed message means; one that we do not know says nothing of the number."""
    meaning = CODES.get(code or 0)
    return meaning.outcome if meaning else Refused


def failure(status: int, code: int | None, after: timedelta | None = None) -> NotSent:
    """What an HTTP answer that is no success means for the message.

    A refused sign-in (401, 403) is TryLater: the message is as good as before, and goes out when an operator
    has mended the account; refused, it would be lost. So is a 4xx without a code of Twilio's, which comes
    from a proxy in between or a wrong TWILIO_API_BASE_URL.
    """
    if not 400 <= status < 500:
        return Unsure(f"Twilio answered with HTTP {status}", code)
    if status == 429:
        return TryLater(CODES[20429].words, code or 20429, after)
    if code is not None and code in CODES:
        return CODES[code].outcome(CODES[code].words, code)
    if status in (401, 403):
        return TryLater(CODES[20003].words, code)
    if code is None:
        return TryLater(f"What answered in Twilio's place said HTTP {status}; see TWILIO_API_BASE_URL")
    return Refused("Twilio refused this message", code)
