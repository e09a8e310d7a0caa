"""What every family of the benchmark texts, and the requests that carry it.

The families are invented: numbers 555-0100 to 555-0199 of every area code, which belong to nobody.
Requests are made and signed before a round begins, so that they cost the load nothing while it measures.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

TEXTS = ("si", "2", "3", "si", "no")
"""Coming; adults; children; child care; food."""

# 512 is the school's own.
_AREAS = [area for area in range(200, 1_000) if area != 512]

FAMILIES = 100 * len(_AREAS)
"""How many numbers there are to text from."""

SCHOOL = "+15125550100"
ACCOUNT = "AC" + "0" * 32
TOKEN = "a token that only the benchmark knows"
PUBLIC_URL = "https://school.example"
TWILIO_PATH = "/hooks/twilio"

TELEGRAM_PATH = "/hooks/telegram"
TELEGRAM_SECRET = "a_secret_that_only_the_benchmark_knows"


def phone_of(family: int) -> str:
    """The number that a family texts from."""
    area, line = divmod(family, 100)
    return f"+1{_AREAS[area]}55501{line:02}"


def twilio_requests(family: int) -> list[bytes]:
    """The family's texts as Twilio posts them, signed for PUBLIC_URL."""
    return [_twilio_request(_twilio_form(family, number, text)) for number, text in enumerate(TEXTS)]


def telegram_requests(family: int) -> list[bytes]:
    """The family's texts as Telegram posts them, with the secret header and an id for each update."""
    return [_telegram_request(_update(family, number, text)) for number, text in enumerate(TEXTS)]


def signature(form: Mapping[str, str]) -> str:
    """How Twilio signs a form that it posts to us."""
    signed = PUBLIC_URL + TWILIO_PATH + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _twilio_form(family: int, number: int, text: str) -> dict[str, str]:
    sid = f"SM{family * len(TEXTS) + number:032x}"
    return {
        "ToCountry": "US",
        "ToState": "TX",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "AUSTIN",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "TX",
        "SmsStatus": "received",
        "FromCity": "AUSTIN",
        "Body": text,
        "FromCountry": "US",
        "To": SCHOOL,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": phone_of(family),
        "ApiVersion": "2010-04-01",
    }


def _twilio_request(form: Mapping[str, str]) -> bytes:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(form),
        "I-Twilio-Idempotency-Token": form["MessageSid"],
        "User-Agent": "TwilioProxy/1.1",
    }
    return _post(TWILIO_PATH, headers, urlencode(form).encode())


def _update(family: int, number: int, text: str) -> dict[str, object]:
    chat = 1_000_000 + family
    return {
        "update_id": family * len(TEXTS) + number + 1,
        "message": {
            "message_id": number + 1,
            "from": {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": "es"},
            "chat": {"id": chat, "first_name": "Ana", "type": "private"},
            "date": 1_773_000_000 + number,
            "text": text,
        },
    }


def _telegram_request(update: Mapping[str, object]) -> bytes:
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
    return _post(TELEGRAM_PATH, headers, json.dumps(update).encode())


def _post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines: Sequence[str] = [
        f"POST {path} HTTP/1.1",
        "Host: school.example",
        "Accept: */*",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
