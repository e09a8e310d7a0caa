"""The webhooks of Twilio: signed form posts, as complete as the real ones, with invented people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from multidict import CIMultiDict, MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # has no types

from bot.messages import Request

SCHOOL = "+15125550100"
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A message that Twilio took: the form as it came, and the id it was given."""

    sid: str
    form: Mapping[str, str]
    at: datetime

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def sender(self) -> str | None:
        return self.form.get("From")

    @property
    def body(self) -> str:
        return self.form["Body"]

    @property
    def callback(self) -> str | None:
        return self.form.get("StatusCallback")


@dataclass(frozen=True)
class Post:
    """A webhook that Twilio posts to us, signed. ``url`` is the path and query, as our server sees them."""

    url: str
    form: tuple[tuple[str, str], ...]
    signature: str | None

    @property
    def body(self) -> str:
        return urlencode(self.form)

    @property
    def headers(self) -> dict[str, str]:
        signature = {} if self.signature is None else {"X-Twilio-Signature": self.signature}
        return {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"} | signature

    def request(self, at: datetime = NOON) -> Request:
        parts = urlsplit(self.url)
        return Request(self.form, CIMultiDict(self.headers), parts.path, parts.query, at)


class TwilioPosts:
    """What one Twilio account posts to us. Ids are counted, so that a run gives the same ones each time."""

    def __init__(
        self,
        *,
        account_sid: str = "AC" + "1" * 32,
        auth_token: str = "a-token-for-tests",
        public_url: str = "https://school.example",
    ) -> None:
        self.account_sid, self.auth_token, self.public_url = account_sid, auth_token, public_url
        self._ids = 0

    def inbound(
        self,
        sender: str,
        body: str = "",
        *,
        to: str | None = None,
        media: Sequence[tuple[str, str]] = (),
        path: str = "/hooks/twilio",
        more: Mapping[str, str | None] | None = None,
    ) -> Post:
        """A text from a family. Numbers with ``whatsapp:`` make a WhatsApp message; media are (url, type).

        ``more`` are other parameters, or other values; ``None`` leaves one out.
        """
        to = to or ("whatsapp:" if sender.startswith("whatsapp:") else "") + SCHOOL
        sid = self.new_id("MM" if media else "SM")
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.account_sid}
        form |= {"From": sender, "To": to, "Body": body, "SmsStatus": "received", "ApiVersion": "2010-04-01"}
        form |= {"NumMedia": str(len(media)), "NumSegments": "1"}
        for i, (url, content_type) in enumerate(media):
            form |= {f"MediaUrl{i}": url, f"MediaContentType{i}": content_type}
        form |= _whatsapp(sender) if sender.startswith("whatsapp:") else _PLACES
        return self.post(path, _with(form, more))

    def status(
        self, sent: Sent, status: str, code: int | None = None, more: Mapping[str, str | None] | None = None
    ) -> Post:
        """A delivery report for a message that Twilio took, posted where that message asked for it."""
        form = {"MessageSid": sent.sid, "SmsSid": sent.sid, "AccountSid": self.account_sid, "To": sent.to}
        form |= {"MessageStatus": status, "SmsStatus": status, "ApiVersion": "2010-04-01"}
        form |= {"From": sent.sender} if sent.sender else {}
        form |= {"ErrorCode": str(code)} if code is not None else {}
        url = (sent.callback or f"{self.public_url}/hooks/twilio/status").removeprefix(self.public_url)
        return self.post(url, _with(form, more))

    def post(self, url: str, form: tuple[tuple[str, str], ...]) -> Post:
        """Any form, signed over the public URL."""
        signer = RequestValidator(self.auth_token)
        return Post(url, form, str(signer.compute_signature(self.public_url + url, MultiDict(form))))

    def new_id(self, kind: str) -> str:
        self._ids += 1
        return f"{kind}{self._ids:032x}"


_PLACES = {
    f"{who}{what}": value
    for who in ("From", "To")
    for what, value in (("City", "AUSTIN"), ("State", "TX"), ("Zip", "78701"), ("Country", "US"))
}


def _whatsapp(sender: str) -> dict[str, str]:
    number = sender.removeprefix("whatsapp:+")
    context = {"type": "whatsapp", "data": {"context": {"ProfileName": "Familia Ejemplo", "WaId": number}}}
    return {
        "ProfileName": "Familia Ejemplo",
        "WaId": number,
        "MessageType": "text",
        "ReferralNumMedia": "0",
        "ChannelMetadata": json.dumps(context),
    }


def _with(form: dict[str, str], more: Mapping[str, str | None] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in {**form, **(more or {})}.items() if value is not None)
