"""One message in a chat of Telegram: its words, and the photos and voice notes that go with them.

One file stands over the words, in the same message, where they fit beneath it; else the words come first. Where a file
cannot be had or is not taken, the message says so in its place. An urgent one does not wait for what must be fetched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from bot.channels.telegram_files import WITH_WORDS, Attached, attached
from bot.channels.telegram_layout import Button, cut, fits_under_a_file
from bot.channels.telegram_uploads import Brought, Elsewhere, as_document, lines
from bot.errors import NotSent, Refused, Unsure
from bot.messages import Kind, Outgoing

if TYPE_CHECKING:
    from bot.channels.telegram_calls import Client

log = logging.getLogger(__name__)

SECONDS_TO_UPLOAD = 25.0


class Messages:
    """Sends messages. Files that Telegram does not keep come from ``elsewhere``.

    ``seconds`` is the limit of a call, ``between`` what the parts of a message wait for each other.
    """

    def __init__(self, elsewhere: Elsewhere, seconds: float, between: float) -> None:
        self._elsewhere = elsewhere
        self._seconds = seconds
        self._between = between

    async def send(self, client: Client, message: Outgoing) -> str:
        """Send one message and return its chat and number; of one that is cut into several, the last one's.

        Where words and files are apart, the number of the words counts.
        """
        chat, body = _chat(message.address), message.body.strip()
        if not body:
            raise Refused("The text is empty")
        if message.kind is Kind.URGENT and not all(map(attached, message.media)):
            sent = await self._words(client, chat, body, message.buttons)
            await self._files(client, chat, message, await self._elsewhere.bring(message))
            return sent
        brought = await self._elsewhere.bring(message)
        if (file := _over_words(brought, body)) is not None:
            return await self._in_one(client, chat, file, body, message)
        if not brought.files:
            body, brought = "\n".join([body, *brought.missing]), Brought()
        sent = await self._words(client, chat, body, message.buttons)
        await self._files(client, chat, message, brought)
        return sent

    async def _in_one(self, client: Client, chat: int, file: Attached, body: str, message: Outgoing) -> str:
        """A file with the words beneath it; the words alone where it is not taken."""
        seconds = self._seconds if file.content is None else SECONDS_TO_UPLOAD
        try:
            return _id(await within(seconds, _file(client, chat, file, body, message.buttons)))
        except Refused as error:
            _not_passed_on(message, error)
            return await self._words(client, chat, "\n".join([body, *lines([file.instead])]), message.buttons)

    async def _words(self, client: Client, chat: int, body: str, buttons: Sequence[Button]) -> str:
        *parts, last = cut(body)
        for n, part in enumerate(parts):
            await self._part(client.send(chat, part), begun=n > 0)
            await asyncio.sleep(self._between)
        return _id(await self._part(client.send(chat, last, buttons), begun=bool(parts)))

    async def _part(self, call: Awaitable[Any], *, begun: bool) -> Any:
        """A part of a message: where another one went before, trying again would send that one twice."""
        try:
            return await within(self._seconds, call)
        except NotSent as error:
            if begun:
                raise Unsure("Only the beginning of the text arrived", error.code) from error
            raise

    async def _files(self, client: Client, chat: int, message: Outgoing, brought: Brought) -> None:
        """The files after their words. Those arrived, and are not worth sending again where a file does not."""
        missing, until = [*brought.missing], asyncio.get_running_loop().time() + SECONDS_TO_UPLOAD
        for file in brought.files:
            await asyncio.sleep(self._between)
            try:
                await within(until - asyncio.get_running_loop().time(), _file(client, chat, file, buttons=file.buttons))
            except NotSent as error:
                _not_passed_on(message, error)
                missing.append(file.instead)
        if missing := [*lines(missing)]:
            await asyncio.sleep(self._between)
            try:
                await within(self._seconds, client.send(chat, "\n".join(missing)))
            except NotSent as error:
                _not_passed_on(message, error)


async def within(seconds: float, call: Awaitable[Any]) -> Any:
    """What Telegram answers to a call in so many seconds. Raises a ``NotSent``."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except NotSent:
        raise
    except Exception as error:  # reset, timeout, half an answer: Telegram may have taken it
        raise Unsure("Telegram's answer did not arrive whole") from error


async def _file(client: Client, chat: int, file: Attached, words: str = "", buttons: Sequence[Button] = ()) -> Any:
    """A file as what it is; one that is uploaded, and not taken as that, as a document."""
    try:
        return await client.pass_on(chat, file, words, buttons)
    except Refused:
        if (document := as_document(file)) is None:
            raise
        return await client.pass_on(chat, document, words, buttons)


def _over_words(brought: Brought, body: str) -> Attached | None:
    """The one file that takes all of the words beneath it."""
    if len(brought.files) != 1 or brought.missing or not fits_under_a_file(body):
        return None
    return brought.files[0] if brought.files[0].kind in WITH_WORDS else None


def _not_passed_on(message: Outgoing, error: NotSent) -> None:
    """Its reader is told, and how else it can be had; so this is for the operator."""
    about = {"message_id": message.id, "error": type(error).__name__, "code": error.code}
    log.warning("a file could not be passed on", extra=about)


def _chat(address: str) -> int:
    number = address.removeprefix("telegram:")
    if not number.removeprefix("-").isdecimal():
        raise Refused("This is no address of Telegram")
    return int(number)


def _id(sent: object) -> str:
    match sent:
        case {"message_id": int(number), "chat": {"id": int(chat)}}:
            return f"{chat}:{number}"
    raise Unsure("Telegram's answer has no number in it")
