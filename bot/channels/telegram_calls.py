"""Calls to Telegram's Bot API through aiogram, at any address, with plain results and failures in our own words.

Apart from ``telegram`` because aiogram takes seconds and 170 MB to import: only who calls pays for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMyCommands,
    DeleteWebhook,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    LeaveChat,
    Response,
    SendAnimation,
    SendAudio,
    SendDocument,
    SendLocation,
    SendMessage,
    SendPhoto,
    SendVideo,
    SendVideoNote,
    SendVoice,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
)
from aiohttp import ClientConnectorError, ClientTimeout, ConnectionTimeoutError

from bot.channels.telegram_codes import failure
from bot.channels.telegram_files import WITH_WORDS, Attached
from bot.channels.telegram_layout import SHARE_PHONE, Button, rows
from bot.errors import NotSent, Refused, TryLater, Unsure

# aiogram's words quote chats and texts; those of its parts end here as well.
logging.getLogger("aiogram").addHandler(logging.NullHandler())
logging.getLogger("aiogram").propagate = False

SECONDS_TO_CONNECT = 5
LONGEST = 120
"""Seconds after which any call is given up, whatever its caller allows."""

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

FILES: Mapping[str, type[TelegramMethod[Any]]] = {
    "photo": SendPhoto,
    "voice": SendVoice,
    "audio": SendAudio,
    "video": SendVideo,
    "video_note": SendVideoNote,
    "animation": SendAnimation,
    "document": SendDocument,
}
"""What sends a file of each kind on; its field is named like the kind."""


class Session(AiohttpSession):
    """aiogram's HTTP session, whose results stay the plain data that they came as.

    So an answer with something new in it is read like any other. An answer that is no success is raised as one of our
    ``NotSent``, here where its code and parameters are at hand: aiogram's own errors quote chats and texts.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(base_url))
        # It is only handed on to aiohttp, which takes numbers no longer.
        self.timeout = cast("float", ClientTimeout(total=LONGEST, sock_connect=SECONDS_TO_CONNECT))

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - as aiogram calls it
    ) -> Any:
        try:
            return await super().make_request(bot, method, timeout)
        except TelegramNetworkError as error:
            raise _broken(error.__cause__) from None  # its words may hold the address, and that the token

    def check_response(self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str) -> Response[Any]:
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if 200 <= status_code < 300:
            if isinstance(answer, dict) and answer.get("ok") is True and "result" in answer:
                return Response[Any].model_construct(ok=True, result=answer["result"])
            if not (isinstance(answer, dict) and answer.get("ok") is False):
                raise Unsure("Telegram's answer did not arrive whole")
        raise failure(status_code, answer)

    async def close(self) -> None:
        # aiogram then sleeps for connections that aiohttp by now closes itself.
        if self._session is not None:
            await self._session.close()


class Client:
    """The calls that this project makes. It needs a running event loop."""

    def __init__(self, token: str, base_url: str) -> None:
        self._bot = Bot(token, session=Session(base_url))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._bot.session.close()

    async def send(self, chat: int, text: str, buttons: Sequence[Button] = ()) -> Any:
        """Send one message as it is typed, without markup; the message as Telegram has it."""
        method = SendMessage(
            chat_id=chat, text=text, parse_mode=None, link_preview_options=NO_PREVIEW, reply_markup=_markup(buttons)
        )
        return await self._bot(method)

    async def pass_on(self, chat: int, file: Attached, words: str = "", buttons: Sequence[Button] = ()) -> Any:
        """Send on a file that Telegram keeps, a new one, or a place, with words beneath where its kind takes any."""
        if file.kind == "location":
            latitude, _comma, longitude = file.which.partition(",")
            where = float(latitude), float(longitude)
            return await self._bot(
                SendLocation(chat_id=chat, latitude=where[0], longitude=where[1], reply_markup=_markup(buttons))
            )
        if file.kind not in FILES:
            raise Refused("Telegram has no such kind of file")
        about: dict[str, Any] = {"caption": words or None, "parse_mode": None} if file.kind in WITH_WORDS else {}
        which = file.which if file.content is None else BufferedInputFile(file.content, file.which)
        about |= {"chat_id": chat, file.kind: which, "reply_markup": _markup(buttons)}
        return await self._bot(FILES[file.kind](**about))

    async def updates(self, offset: int | None, seconds: int, kinds: Sequence[str]) -> Any:
        """What waits from this update on; where nothing does, what comes within these seconds."""
        return await self._bot(GetUpdates(offset=offset, timeout=seconds, allowed_updates=list(kinds)))

    async def answer_button(self, query: str) -> Any:
        """End the turning of a button that was pressed."""
        return await self._bot(AnswerCallbackQuery(callback_query_id=query))

    async def show_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> Any:
        """The commands that the apps of this language offer; with None those of all the others."""
        offered = [BotCommand(command=command, description=words) for command, words in commands]
        scope = BotCommandScopeAllPrivateChats()
        return await self._bot(SetMyCommands(commands=offered, scope=scope, language_code=language))

    async def show_menu(self, chat: int, commands: Sequence[tuple[str, str]]) -> Any:
        """The commands that apps of any language offer in this chat; with none, those that all chats have."""
        scope = BotCommandScopeChat(chat_id=chat)
        if not commands:
            return await self._bot(DeleteMyCommands(scope=scope))
        offered = [BotCommand(command=command, description=words) for command, words in commands]
        return await self._bot(SetMyCommands(commands=offered, scope=scope))

    async def leave(self, chat: int) -> Any:
        """Leave a group."""
        return await self._bot(LeaveChat(chat_id=chat))

    async def me(self) -> Any:
        """The bot itself: its id and its name."""
        return await self._bot(GetMe())

    async def webhook(self) -> Any:
        """Where Telegram calls, and how that goes."""
        return await self._bot(GetWebhookInfo())

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str]) -> Any:
        """Let Telegram call from now on. What waits stays."""
        method = SetWebhook(url=url, secret_token=secret, allowed_updates=list(kinds), drop_pending_updates=False)
        return await self._bot(method)

    async def delete_webhook(self) -> Any:
        """Let Telegram be asked from now on. What waits stays."""
        return await self._bot(DeleteWebhook(drop_pending_updates=False))


def _broken(cause: BaseException | None) -> NotSent:
    """What it means that no answer came."""
    if isinstance(cause, ClientConnectorError | ConnectionTimeoutError):
        return TryLater("Telegram cannot be reached")
    return Unsure("Telegram's answer did not arrive whole")


def _markup(buttons: Sequence[Button]) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    """Buttons under the message; where one shares the family's number, in place of its keyboard: only there it can."""
    laid = rows(buttons)
    if not laid:
        return None
    if any(reply == SHARE_PHONE for reply, _label in buttons):
        keys = [
            [KeyboardButton(text=label, request_contact=True if reply == SHARE_PHONE else None)]
            for row in laid
            for reply, label in row
        ]
        return ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True, one_time_keyboard=True)
    keyboard = [[InlineKeyboardButton(text=label, callback_data=reply) for reply, label in row] for row in laid]
    return InlineKeyboardMarkup(inline_keyboard=keyboard)
