"""Twilio: SMS and WhatsApp.

Texts and delivery reports come as signed form posts, messages go out through Twilio's SDK. What its error
codes mean stands in ``twilio_codes``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

from multidict import MultiDict

from bot.channels.base import Hook, clean
from bot.channels.segments import fold_for_sms
from bot.channels.twilio_codes import reported
from bot.channels.twilio_signature import Signatures
from bot.errors import Blocked, DeadNumber, NotGenuine, NotSent, Refused, Unreadable, Unsure
from bot.messages import Inbound, Media, OptOut, Outgoing, Request, State, StatusReport

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]

    from bot.channels.twilio_calls import Calls

Keywords = Literal["default", "advanced", "ours"]

MOST_CHARACTERS = 1600
MOST_OF_AN_ID = 100
SECONDS = 10.0
TEXT_PATH = "/hooks/twilio"
STATUS_PATH = "/hooks/twilio/status"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

# Not short codes and names: nobody can be answered there.
_ADDRESS = re.compile(r"(?:whatsapp:)?\+[1-9][0-9]{6,14}")

# Whole messages in English, as Twilio lists them under "default opt-out keywords".
_STOP = ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL")
_START = ("START", "YES", "UNSTOP")
_HELP = ("HELP", "INFO")
_KEYWORDS: Mapping[str, OptOut] = (
    dict.fromkeys(_STOP, OptOut.STOP) | dict.fromkeys(_START, OptOut.START) | dict.fromkeys(_HELP, OptOut.HELP)
)

_STATES: Mapping[str, State] = {
    "accepted": State.ACCEPTED,
    "scheduled": State.ACCEPTED,
    "queued": State.ACCEPTED,
    "sending": State.ACCEPTED,
    "sent": State.ACCEPTED,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


class Twilio:
    """One Twilio account, which may own several numbers.

    ``messaging_service`` is its id (MG…) where one is used for SMS. Without a ``public_url`` nothing can be
    read, since signatures are made over it, and no delivery reports are asked for. ``keywords`` says who
    handles STOP, START and HELP: Twilio as it comes, its Advanced Opt-Out, or we.
    """

    name = "twilio"
    prefixes = ("sms", "whatsapp")

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        messaging_service: str | None = None,
        public_url: str | None = None,
        keywords: Keywords = "default",
        api_base_url: str = "https://api.twilio.com",
        seconds: float = SECONDS,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._messaging_service = messaging_service
        self._public_url = public_url.rstrip("/") if public_url else None
        self._keywords = keywords
        self._api_base_url = api_base_url
        self._seconds = seconds
        self._signatures = Signatures(auth_token)
        self._calls: Calls | None = None
        self._client: Client | None = None

    def hooks(self) -> tuple[Hook, ...]:
        """Texts, answered with TwiML that says nothing since replies are sent by themselves; and delivery reports."""
        return Hook(TEXT_PATH, self.read, EMPTY_TWIML, "text/xml"), Hook(STATUS_PATH, self.read_status)

    def read(self, request: Request) -> list[Inbound]:
        """The text in a request to ``/hooks/twilio``; [] when it comes from where nobody can be answered."""
        form = self._genuine(request)
        provider_id, sender, account = (_given(form, name) for name in ("MessageSid", "From", "To"))
        # The address for delivery reports is easily mixed up with this one in Twilio's console.
        if not _ADDRESS.fullmatch(sender) or form.get("SmsStatus", "received") != "received":
            return []
        if not _ADDRESS.fullmatch(account) or _is_whatsapp(account) != _is_whatsapp(sender):
            raise Unreadable("The request has a To that its From cannot have written to")
        address = _prefixed(sender)
        text = clean(_first(form, "Body", "ButtonText"))
        opt_out, answered = self._keyword(form, address, text)
        return [
            Inbound(
                channel=self.name,
                account=_prefixed(account),
                address=address,
                provider_id=provider_id,
                text=text,
                received_at=request.received_at,
                media=tuple(_media(form)),
                opt_out=opt_out,
                keyword_answered=answered,
                button=clean(_first(form, "ButtonPayload", "ListId")) or None,
                quoted=_checked(form, "OriginalRepliedMessageSid") or None,
            )
        ]

    def read_status(self, request: Request) -> list[StatusReport]:
        """The delivery report in a request to ``/hooks/twilio/status``; [] for a status that is new to us."""
        form = self._genuine(request)
        provider_id, status = _given(form, "MessageSid"), _given(form, "MessageStatus")
        state = _STATES.get(status)
        if state is None:
            return []
        message_id = _number(parse_qs(request.query).get("message", [""])[0])
        code = _number(form.get("ErrorCode", ""))
        means = reported(code) if state is State.FAILED else NotSent
        blocked, dead = issubclass(means, Blocked), issubclass(means, DeadNumber)
        return [StatusReport(provider_id, state, message_id, code, blocked, dead)]

    async def send(self, message: Outgoing) -> str:
        """Send one text and return Twilio's id for it. Buttons are left out: a text has none."""
        form = self._form(message)
        client = self._open()  # the SDK is loaded by the first message, and that is none of Twilio's time
        try:
            async with asyncio.timeout(self._seconds):
                sent = await client.messages.create_async(**form)
        except NotSent:
            raise
        except Exception as error:  # reset, timeout, half a JSON: Twilio may have taken it
            raise Unsure("Twilio's answer did not arrive whole") from error
        if not (isinstance(sent.sid, str) and sent.sid):
            raise Unsure("Twilio's answer has no id")
        return sent.sid

    async def close(self) -> None:
        calls, self._calls, self._client = self._calls, None, None
        if calls is not None:
            await calls.close()

    def _open(self) -> Client:
        if self._client is None:
            from bot.channels.twilio_calls import Calls, client

            self._calls = Calls(self._api_base_url)
            self._client = client(self._account_sid, self._auth_token, self._calls)
        return self._client

    def _form(self, message: Outgoing) -> dict[str, Any]:
        sms = message.address.startswith("sms:")
        body = fold_for_sms(message.body) if sms else message.body
        if len(body) > MOST_CHARACTERS:
            raise Refused("The text is longer than the 1,600 characters that Twilio takes")
        form = {"to": _bare(message.address), "from_": _bare(message.account), "body": body}
        if sms and self._messaging_service:
            # With the number named too, a family is answered from the number of its own school.
            form["messaging_service_sid"] = self._messaging_service
        if self._public_url:
            form["status_callback"] = f"{self._public_url}{STATUS_PATH}?message={message.id}"
        return form

    def _genuine(self, request: Request) -> MultiDict[str]:
        """The form of a request that Twilio signed; all of it, whatever its parameters, takes part."""
        form = MultiDict(request.form)
        if self._public_url is None:
            raise NotGenuine("Without SOBREMESA_PUBLIC_URL no signature can be checked")
        url = self._public_url + request.path + (f"?{request.query}" if request.query else "")
        if not self._signatures.is_genuine(url, form, request.headers.get("X-Twilio-Signature", "")):
            raise NotGenuine("This request was not signed by Twilio for our public URL")
        return form

    def _keyword(self, form: MultiDict[str], address: str, text: str) -> tuple[OptOut | None, bool]:
        """What Twilio took this text for, and whether it has surely answered it.

        By default that is sure of STOP and HELP only: to START and YES it may be silent, and lets ours through.
        """
        if self._keywords == "advanced":
            opt_out = next((o for o in OptOut if o.name == form.get("OptOutType", "").upper()), None)
            return opt_out, opt_out is not None
        if self._keywords == "default" and address.startswith("sms:"):
            opt_out = _KEYWORDS.get(text.strip().upper())
            return opt_out, opt_out in (OptOut.STOP, OptOut.HELP)
        return None, False


def _first(form: MultiDict[str], *names: str) -> str:
    return next((value for name in names if (value := form.get(name, ""))), "")


def _given(form: MultiDict[str], name: str) -> str:
    if not (value := _checked(form, name)):
        raise Unreadable(f"The request has no {name}")
    return value


def _checked(form: MultiDict[str], name: str) -> str:
    """An id or an address; PostgreSQL cannot keep a NUL, and neither database should keep a novel."""
    value = form.get(name, "")
    if len(value) > MOST_OF_AN_ID or not value.isprintable():
        raise Unreadable(f"The request has a {name} that is none")
    return value


def _media(form: MultiDict[str]) -> Iterator[Media]:
    for i in range(len(form)):
        if not (url := form.get(f"MediaUrl{i}", "")):
            return
        yield Media(clean(url), clean(form.get(f"MediaContentType{i}", "application/octet-stream")))


def _number(text: str) -> int | None:
    # Ours are numbers of a database: longer ones are not.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _is_whatsapp(number: str) -> bool:
    return number.startswith("whatsapp:")


def _prefixed(number: str) -> str:
    return number if _is_whatsapp(number) else f"sms:{number}"


def _bare(address: str) -> str:
    return address.removeprefix("sms:")
