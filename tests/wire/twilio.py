"""Twilio, played on loopback: its Messages API, and the webhooks that it signs and posts to us.

    async with TwilioWire() as twilio:
        channel = Twilio(account_sid=twilio.account_sid, auth_token=twilio.auth_token,
                         public_url=twilio.public_url, api_base_url=twilio.base_url)

        post = twilio.inbound("+15125550143", "Hola")            # a family texts the school
        await http.post(server + post.url, data=post.body, headers=post.headers)
        twilio.sent[-1].body                                     # what the school answered
        post = twilio.status(twilio.sent[-1], "delivered")       # what became of it

Webhooks need no server: ``TwilioPosts().inbound(...).request()`` is what ``Twilio.read`` takes. Other
parameters of a webhook come in ``more={"OptOutType": "STOP"}``; ``None`` leaves one out.

Faults. Each of these is for the next call that sends, one after the other:

    twilio.next(error(400, 21610), error(429, 20429, retry_after=7), RESET_BEFORE, RESET_AFTER, SILENT, HALF)

RESET_AFTER, SILENT, HALF and CUT have taken the message: it stands in ``sent``. ``await twilio.go_down()``
closes the port until ``come_up()``; ``twilio.opted_out`` holds numbers that get 21610; ``twilio.seconds`` is
how long each call takes. ``twilio.calls`` counts calls that send, ``twilio.most_at_once[number]`` how many of
them ran together.

    post = twilio.inbound("+15125550143", "", media=[twilio.keep(PHOTO, "image/jpeg")])

A file that is kept is handed out as Twilio does it, by sending on to a store that must not be told our token;
``twilio.next(SILENT, of="media")`` is for the next time that one is asked for, ``twilio.fetched`` counts those times.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from aiohttp import encode_basic_auth, web

from tests.wire.twilio_posts import NOON, SCHOOL, Post, Sent, TwilioPosts

__all__ = [
    "CUT",
    "HALF",
    "NOON",
    "PHOTO",
    "RESET_AFTER",
    "RESET_BEFORE",
    "SCHOOL",
    "SILENT",
    "Fault",
    "Post",
    "Sent",
    "TwilioPosts",
    "TwilioWire",
    "answer",
    "error",
]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    status: int = 201
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False
    end: str = "answer"


def error(status: int, code: int | None = None, *, retry_after: int | str | None = None) -> Fault:
    """Twilio's error answer, quoting a number as the real ones do; without a code, not Twilio's."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if code is None:
        return Fault(status, "<html>no</html>", headers)
    words = {
        "code": code,
        "message": "The 'To' number +15125550143 is not one for \"Hola\"",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Fault(status, json.dumps(words), headers)


def answer(body: str, status: int = 201) -> Fault:
    """The message is taken and this is said."""
    return Fault(status, body, taken=True)


RESET_BEFORE = Fault(end="reset")
RESET_AFTER = Fault(end="reset", taken=True)
SILENT = Fault(end="silent", taken=True)
HALF = Fault(body='{"sid": "SM00', taken=True)
PHOTO = b"\xff\xd8photo"
CUT = Fault(body='{"sid": "SM00', taken=True, end="cut")


class TwilioWire(TwilioPosts):
    """One Twilio account, with the server of its API."""

    def __init__(self, **account: str) -> None:
        super().__init__(**account)
        self.sent: list[Sent] = []
        self.opted_out: set[str] = set()
        self.account_status = "active"
        self.seconds = 0.0
        self.calls = 0
        self.most_at_once: Counter[str] = Counter()
        self._running: Counter[str] = Counter()
        self.files: dict[str, tuple[bytes, str]] = {}
        self.fetched = 0
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._leaving = asyncio.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.come_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def come_up(self) -> None:
        self._leaving.clear()
        app = web.Application()
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        app.add_routes([web.get(f"{account}.json", self._account)])
        app.add_routes([web.post(f"{account}/Messages.json", self._create)])
        app.add_routes([web.get(f"{account}/Messages.json", self._list)])
        app.add_routes([web.get(f"{account}/Messages/{{message}}/Media/{{file}}", self._media)])
        app.add_routes([web.get("/store/{file}", self._stored)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def go_down(self) -> None:
        """Close the port: calls are refused until ``come_up``, which takes the same port again."""
        self._leaving.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def next(self, *faults: Fault, of: str = "messages") -> None:
        self._faults[of].extend(faults)

    def keep(self, content: bytes, content_type: str) -> tuple[str, str]:
        """A file that comes with a text: its address and its type."""
        name = self.new_id("ME")
        self.files[name] = (content, content_type)
        account = f"https://api.twilio.com/2010-04-01/Accounts/{self.account_sid}"
        return f"{account}/Messages/MM1/Media/{name}", content_type

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self.fetched += 1
        fault = self._faults["media"].popleft() if self._faults["media"] else Fault()
        if fault.end == "reset":
            return _reset(request)
        if fault.end == "silent":
            await self._leaving.wait()
            return _reset(request)
        if fault.body is not None or not self._signed_in(request):
            return _respond(fault if fault.body is not None else error(401, 20003))
        name = request.match_info["file"]
        if name not in self.files:
            return _respond(error(404, 20404))
        return web.Response(status=307, headers={"Location": f"{self.base_url}/store/{name}"})

    async def _stored(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        content, content_type = self.files[request.match_info["file"]]
        return web.Response(body=content, content_type=content_type)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        fault = self._faults["messages"].popleft() if self._faults["messages"] else Fault(taken=True)
        if fault is RESET_BEFORE:
            return _reset(request)
        form = {str(name): str(value) for name, value in (await request.post()).items()}
        with self._counted(form.get("To", "")):
            await asyncio.sleep(self.seconds)
            return await self._answer(request, fault, form)

    @contextmanager
    def _counted(self, to: str) -> Iterator[None]:
        self._running[to] += 1
        self.most_at_once[to] = max(self.most_at_once[to], self._running[to])
        try:
            yield
        finally:
            self._running[to] -= 1

    async def _answer(self, request: web.Request, fault: Fault, form: dict[str, str]) -> web.StreamResponse:
        if fault.body is None and (refusal := self._refusal(request, form)):
            return _respond(refusal)
        if fault.taken:
            self.sent.append(Sent(self.new_id("SM"), form, datetime.now(UTC)))
        if fault.end == "reset":
            return _reset(request)
        if fault.end == "silent":
            await self._leaving.wait()
            return _reset(request)
        if fault.end == "cut":
            return await _cut(request, fault.body or "")
        return _respond(fault if fault.body is not None else Fault(201, json.dumps(self._shown(self.sent[-1]))))

    def _refusal(self, request: web.Request, form: dict[str, str]) -> Fault | None:
        if not self._signed_in(request):
            return error(401, 20003)
        if form.get("To") in self.opted_out:
            return error(400, 21610)
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return error(400, 21603)
        return error(400, 21617) if len(form.get("Body", "")) > 1600 else None

    def _signed_in(self, request: web.Request) -> bool:
        expected = encode_basic_auth(self.account_sid, self.auth_token)
        return request.headers.get("Authorization") == expected

    async def _account(self, request: web.Request) -> web.StreamResponse:
        if not self._signed_in(request):
            return _respond(error(401, 20003))
        return web.json_response({"sid": self.account_sid, "status": self.account_status, "type": "Full"})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if not self._signed_in(request):
            return _respond(error(401, 20003))
        found = [self._shown(sent) for sent in reversed(self.sent) if _asked_for(sent, request.query)]
        page = {"messages": found, "page": 0, "page_size": 50, "start": 0, "next_page_uri": None}
        return web.json_response(page)

    def _shown(self, sent: Sent) -> dict[str, object]:
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sent.sid}"
        at = sent.at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": sent.body,
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sent.sender,
            "messaging_service_sid": sent.form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sent.sid,
            "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": sent.to,
            "uri": f"{uri}.json",
        }


def _asked_for(sent: Sent, query: Mapping[str, str]) -> bool:
    day = sent.at.date().isoformat()
    return (
        query.get("To", sent.to) == sent.to
        and query.get("From", sent.sender) == sent.sender
        and query.get("DateSent", day)[:10] == day
        and query.get("DateSent>", day)[:10] <= day <= query.get("DateSent<", day)[:10]
    )


def _respond(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text=fault.body, content_type="application/json", headers=fault.headers)


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        wire: socket.socket = request.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _cut(request: web.Request, body: str) -> web.StreamResponse:
    response = web.StreamResponse(status=201, headers={"Content-Length": str(len(body) * 4)})
    await response.prepare(request)
    await response.write(body.encode())
    _reset(request)
    return response
