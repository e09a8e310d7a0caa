"""Telegram, played on loopback: its Bot API for one bot, and the webhook that it calls.

    async with TelegramWire() as telegram:
        channel = Telegram(bot_token=telegram.token, api_base_url=telegram.base_url)

        telegram.queue(telegram.message(ANA, "Hola"))            # a family writes; whoever asks gets it
        telegram.sent[-1].text                                   # what the bot answered
        telegram.queue(telegram.press(telegram.sent[-1].shown, "1"))

It is strict where Telegram is: what it would refuse is refused here, with its words. ``handed_out`` counts how often
each update was given to a poller, ``offset`` is the first that is not confirmed.

Faults, one after the other, each for the next ``sendMessage``, or for the next call of the method named:

    telegram.next(error(403, "Forbidden: bot was blocked by the user"), error(429, retry_after=7),
                  RESET_BEFORE, RESET_AFTER, SILENT, HALF, method="sendMessage")

RESET_AFTER, SILENT and HALF have taken the message. The method "file" is the download of one; ``telegram.files`` holds
what a file is, by its id, where it is not FILE. Of a file that is uploaded ``sent.file`` is the kind and the name, and
``sent.content`` the bytes. ``telegram.blocked`` holds chats that get 403; ``await
telegram.go_down()`` closes the port until ``come_up()``.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from aiohttp import ClientSession, web

from tests.wire.telegram_updates import BOT_ID, SECONDS, TelegramUpdates, Update, chat

LONGEST_TEXT = 4096
LONGEST_UNDER_A_FILE = 1024
FILE = b"\xff\xd8photo"
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_PHOTO, LARGEST_UPLOAD = 10 * 1024 * 1024, 50 * 1024 * 1024
PICTURES = (b"\xff\xd8", b"\x89PNG", b"RIFF")
"""How what Telegram takes for a photo begins."""
KINDS = {
    "AgAC": "photo",
    "AwAC": "voice",
    "BAAC": "video",
    "BQAC": "document",
    "CQAC": "audio",
    "CgAC": "animation",
    "DQAC": "video_note",
}
"""The kind of a file, by how its id begins."""
Markup = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    status: int = 200
    body: str | None = None
    taken: bool = False
    end: str = "answer"


def error(status: int, description: str = "Bad Request: no", *, retry_after: int | None = None) -> Fault:
    """Telegram's refusal; with ``retry_after`` the one for those who are too fast."""
    answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        answer |= {"description": f"Too Many Requests: retry after {retry_after}"}
        answer |= {"parameters": {"retry_after": retry_after}}
    return Fault(status, json.dumps(answer))


def answer(body: str, status: int = 200) -> Fault:
    """The message is taken and this is said."""
    return Fault(status, body, taken=True)


RESET_BEFORE = Fault(end="reset")
RESET_AFTER = Fault(end="reset", taken=True)
SILENT = Fault(end="silent", taken=True)
HALF = Fault(body='{"ok":true,"resu', taken=True)


@dataclass(frozen=True)
class SentMessage:
    """A message of the bot: as it was sent, and as Telegram shows it."""

    form: Mapping[str, str] = field(repr=False)
    shown: dict[str, Any] = field(repr=False)
    content: bytes | None = None

    @property
    def chat(self) -> int:
        number: int = self.shown["chat"]["id"]
        return number

    @property
    def text(self) -> str:
        """Its words, or those beneath its file."""
        words: str = self.shown.get("text") or self.shown.get("caption", "")
        return words

    @property
    def file(self) -> tuple[str, str] | None:
        """The kind of the file in it, and its id or the name of an upload; of a place where it is."""
        if "latitude" in self.form:
            return "location", f"{self.form['latitude']},{self.form['longitude']}"
        return next(((kind, self.form[kind]) for kind in KINDS.values() if kind in self.form), None)

    @property
    def provider_id(self) -> str:
        return f"{self.chat}:{self.shown['message_id']}"

    @property
    def markup(self) -> Markup:
        return dict(json.loads(self.form.get("reply_markup", "{}")))

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        """Each row of buttons: what one answers, and its label."""
        rows = self.markup.get("inline_keyboard", [])
        return [[(button["callback_data"], button["text"]) for button in row] for row in rows]


class Refusal(Exception):
    """A call that Telegram refuses."""

    def __init__(self, status: int, description: str) -> None:
        self.status, self.description = status, description
        super().__init__(description)


class TelegramWire(TelegramUpdates):
    """One bot, with the server of its API."""

    def __init__(self) -> None:
        super().__init__()
        self.token = f"{BOT_ID}:a-token_for-tests"
        self.sent: list[SentMessage] = []
        self.files: dict[str, bytes] = {}
        self.redirects = False
        """Whether downloads are sent on to another address."""
        self.commands: dict[str, list[tuple[str, str]]] = {}
        self.menus: dict[int, list[tuple[str, str]]] = {}
        self.answered: list[str] = []
        self.left: list[int] = []
        self.blocked: set[int] = set()
        self.waiting: list[Update] = []
        self.handed_out: Counter[int] = Counter()
        self.offset = 0
        self.webhook: dict[str, Any] = {"url": ""}
        self.dropped = 0
        self.calls: Counter[str] = Counter()
        self._uploaded: dict[str, bytes] = {}
        self.asked: list[dict[str, str]] = []
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._news = asyncio.Event()
        self._poll = 0
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._leaving = asyncio.Event()
        self._methods: dict[str, Callable[[dict[str, str]], Any]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "answerCallbackQuery": self._answer_callback_query,
            "leaveChat": self._leave_chat,
            "getFile": self._get_file,
            "sendLocation": self._send_location,
            "setMyCommands": self._set_my_commands,
            "deleteMyCommands": self._delete_my_commands,
        }
        self._methods |= {f"send{_camel(kind)}": partial(self._send_file, kind) for kind in KINDS.values()}

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
        app = web.Application(client_max_size=LARGEST_UPLOAD + LARGEST_PHOTO)
        app.add_routes([web.post("/bot{token}/{method}", self._take)])
        app.add_routes([web.get("/file/bot{token}/{kind}/{name}", self._give), web.get("/elsewhere", self._elsewhere)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def go_down(self) -> None:
        """Close the port: calls are refused until ``come_up``, which takes the same port again."""
        self._leaving.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def next(self, *faults: Fault, method: str = "sendMessage") -> None:
        self._faults[method].extend(faults)

    def queue(self, *updates: Any) -> None:
        """Updates that wait until they are asked for."""
        self.waiting += updates
        self._news.set()

    def heard(self, number: int) -> list[str]:
        """All that a chat was sent."""
        return [sent.text for sent in self.sent if sent.chat == number]

    def shown(self, number: int, text: str = "…") -> dict[str, Any]:
        """A message of ours in this chat, as Telegram shows it."""
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Escuela Lincoln", "username": "lincoln_school_bot"}
        return {
            "message_id": self.next_message(),
            "from": bot,
            "chat": chat(number),
            "date": SECONDS,
            "text": text,
        }

    async def posts(self, url: object, update: Any, secret: str | None = None) -> int:
        """Call the webhook as Telegram does, with the secret that it was told; the status that it gets."""
        secret = self.webhook.get("secret_token") if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        async with ClientSession() as http, http.post(str(url), json=update, headers=headers) as response:
            return response.status

    async def _take(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        faults = self._faults[method]
        fault = faults.popleft() if faults else Fault(taken=True)
        if fault is RESET_BEFORE:
            return _reset(request)
        form = self._fields(await request.post())
        if request.match_info["token"] != self.token:
            return _refuse(Refusal(401, "Unauthorized"))
        return await self._answer(request, method, fault, form)

    def _fields(self, posted: Mapping[str, Any]) -> dict[str, str]:
        """What was posted; in place of an upload, which stands in a part of its own, its name."""
        files = {name: part for name, part in posted.items() if isinstance(part, web.FileField)}
        named = {f"attach://{name}": part.filename for name, part in files.items()}
        self._uploaded |= {part.filename: part.file.read() for part in files.values()}
        return {name: named.get(str(value), str(value)) for name, value in posted.items() if name not in files}

    async def _give(self, request: web.Request) -> web.StreamResponse:
        """A file, to who knows the token."""
        self.calls["file"] += 1
        fault = self._faults["file"].popleft() if self._faults["file"] else Fault(taken=True)
        if fault.end == "reset":
            return _reset(request)
        if fault.end == "silent":
            await self._leaving.wait()
            return _reset(request)
        if fault.body is not None or request.match_info["token"] != self.token:
            return web.Response(status=fault.status if fault.body is not None else 404, text=fault.body or "")
        if self.redirects:
            return web.Response(status=302, headers={"Location": f"{self.base_url}/elsewhere"})
        file_id = request.match_info["name"].partition(".")[0]
        return web.Response(body=self.files.get(file_id, FILE), content_type="application/octet-stream")

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.calls["elsewhere"] += 1
        return web.Response(body=FILE)

    async def _answer(
        self, request: web.Request, method: str, fault: Fault, form: dict[str, str]
    ) -> web.StreamResponse:
        if fault.body is not None and not fault.taken:
            return web.Response(status=fault.status, text=fault.body, content_type="application/json")
        try:
            result = await self._get_updates(form) if method == "getUpdates" else self._method(method)(form)
        except Refusal as refusal:
            return _refuse(refusal)
        if fault.end == "reset":
            return _reset(request)
        if fault.end == "silent":
            await self._leaving.wait()
            return _reset(request)
        body = json.dumps({"ok": True, "result": result}) if fault.body is None else fault.body
        return web.Response(status=fault.status, text=body, content_type="application/json")

    def _method(self, name: str) -> Callable[[dict[str, str]], Any]:
        if name not in self._methods:
            raise Refusal(404, "Not Found: method not found")
        return self._methods[name]

    async def _get_updates(self, form: dict[str, str]) -> list[Update]:
        """What waits from the offset on; the newest call ends the one before it, as there may be one only."""
        if self.webhook["url"]:
            words = (
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook"
            )
            raise Refusal(409, f"{words} first")
        self.asked.append(form)
        self._poll += 1
        mine = self._poll
        self._news.set()
        if "offset" in form:
            self.offset = max(self.offset, int(form["offset"]))
            self.waiting = [update for update in self.waiting if _number(update) >= self.offset]
        await self._something(float(form.get("timeout", 0)), mine)
        if self._poll != mine:
            words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            raise Refusal(409, words)
        found = self.waiting[: int(form.get("limit", 100))]
        self.handed_out.update(_number(update) for update in found)
        return found

    async def _something(self, seconds: float, mine: int) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.waiting and self._poll == mine and not self._leaving.is_set():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return
            self._news.clear()
            try:
                async with asyncio.timeout(min(left, 0.2)):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _get_me(self, form: dict[str, str]) -> dict[str, Any]:
        return {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Escuela Lincoln",
            "username": "lincoln_school_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _set_webhook(self, form: dict[str, str]) -> bool:
        if not form.get("url", "").startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if form.get("drop_pending_updates") == "true":
            self.dropped += 1
        self.webhook = form | {"allowed_updates": json.loads(form.get("allowed_updates", "[]"))}
        return True

    def _delete_webhook(self, form: dict[str, str]) -> bool:
        if form.get("drop_pending_updates") == "true":
            self.dropped += 1
        self.webhook = {"url": ""}
        return True

    def _get_webhook_info(self, form: dict[str, str]) -> dict[str, Any]:
        known = {name: value for name, value in self.webhook.items() if name in ("url", "last_error_message")}
        return known | {"has_custom_certificate": False, "pending_update_count": len(self.waiting)}

    def _send_message(self, form: dict[str, str]) -> dict[str, Any]:
        text = form.get("text", "").strip()
        number = self._chat_to_write_to(form)
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if _units(text) > LONGEST_TEXT:
            raise Refusal(400, "Bad Request: message is too long")
        return self._keep(form, self.shown(number, text))

    def _send_file(self, kind: str, form: dict[str, str]) -> dict[str, Any]:
        number, caption = self._chat_to_write_to(form), form.get("caption", "").strip()
        content = self._uploaded.pop(form.get(kind, ""), None)
        if content is not None:
            _check_upload(kind, content)
        else:
            _check_known(kind, form.get(kind, ""))
        if _units(caption) > LONGEST_UNDER_A_FILE:
            raise Refusal(400, "Bad Request: message caption is too long")
        shown = {name: value for name, value in self.shown(number).items() if name != "text"}
        file = {"file_id": form[kind]} if content is None else {"file_id": "AgACnew"}
        return self._keep(form, shown | {kind: file} | ({"caption": caption} if caption else {}), content)

    def _send_location(self, form: dict[str, str]) -> dict[str, Any]:
        place = {name: float(form[name]) for name in ("latitude", "longitude")}
        shown = {name: value for name, value in self.shown(self._chat_to_write_to(form)).items() if name != "text"}
        return self._keep(form, shown | {"location": place})

    def _chat_to_write_to(self, form: Mapping[str, str]) -> int:
        number = _chat_of(form)
        if number in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if number in self.left:
            raise Refusal(403, "Forbidden: bot is not a member of the supergroup chat")
        if form.get("parse_mode"):
            raise Refusal(400, "Bad Request: can't parse entities: what families write is no markup")
        return number

    def _keep(self, form: dict[str, str], shown: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
        _check_markup(markup := json.loads(form.get("reply_markup", "{}")))
        if "inline_keyboard" in markup:
            shown["reply_markup"] = markup
        self.sent.append(SentMessage(form, shown, content))
        return shown

    def _set_my_commands(self, form: dict[str, str]) -> bool:
        commands = [(one["command"], one["description"]) for one in json.loads(form["commands"])]
        for command, description in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", command):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        if not re.fullmatch("|[a-z]{2}", language := form.get("language_code", "")):
            raise Refusal(400, "Bad Request: LANGUAGE_CODE_INVALID")
        scope = json.loads(form["scope"])
        if scope["type"] == "chat" and not language:
            self.menus[self._chat_to_write_to(scope)] = commands
        else:
            assert scope == {"type": "all_private_chats"}
            self.commands[language] = commands
        return True

    def _delete_my_commands(self, form: dict[str, str]) -> bool:
        scope = json.loads(form["scope"])
        assert scope["type"] == "chat"
        self.menus.pop(self._chat_to_write_to(scope), None)
        return True

    def _answer_callback_query(self, form: dict[str, str]) -> bool:
        self.answered.append(form["callback_query_id"])
        return True

    def _leave_chat(self, form: dict[str, str]) -> bool:
        self.left.append(_chat_of(form))
        return True

    def _get_file(self, form: dict[str, str]) -> dict[str, Any]:
        file_id = form.get("file_id", "")
        if file_id[:4] not in KINDS:
            raise Refusal(400, "Bad Request: invalid file_id")
        size = len(self.files.get(file_id, FILE))
        if size > LARGEST_FILE:
            raise Refusal(400, "Bad Request: file is too big")
        unique = file_id[-4:]
        return {"file_id": file_id, "file_unique_id": unique, "file_size": size, "file_path": f"photos/{file_id}.jpg"}


def _check_known(kind: str, file_id: str) -> None:
    """A file that Telegram keeps can be sent on, and only as what it is."""
    known = KINDS.get(file_id[:4])
    if known is None:
        raise Refusal(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
    if (known == "photo") != (kind == "photo"):
        raise Refusal(400, f"Bad Request: can't use file of type {known.title()} as {kind.title()}")


def _check_upload(kind: str, content: bytes) -> None:
    if len(content) > (LARGEST_PHOTO if kind == "photo" else LARGEST_UPLOAD):
        raise Refusal(413, "Request Entity Too Large")
    if kind == "photo" and not content.startswith(PICTURES):
        raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")


def _camel(kind: str) -> str:
    """As in the name of the method: VideoNote."""
    return "".join(word.title() for word in kind.split("_"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _number(update: Any) -> int:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0


def _chat_of(form: Mapping[str, str]) -> int:
    try:
        return int(form["chat_id"])
    except (KeyError, ValueError):
        raise Refusal(400, "Bad Request: chat_id is empty") from None


def _check_markup(markup: Markup) -> None:
    """As Telegram does: labels are never empty, and what a button carries has 1 to 64 bytes."""
    for row in markup.get("inline_keyboard", []):
        if not 0 < len(row) <= 8:
            raise Refusal(400, "Bad Request: reply markup is too long")
        for button in row:
            if not button["text"].strip():
                raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text must be non-empty")
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    for row in markup.get("keyboard", []):
        if not row or not all(key["text"].strip() for key in row):
            raise Refusal(400, "Bad Request: can't parse keyboard button")


def _refuse(refusal: Refusal) -> web.Response:
    told = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    return web.json_response(told, status=refusal.status)


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        wire: socket.socket = request.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
