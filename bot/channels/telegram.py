"""Telegram: one bot, whose messages come as updates and go out through aiogram.

Updates are asked for (``bot.polling``), or brought to the webhook where it has a secret; either way they are read in
``telegram_updates``. What Telegram's refusals mean stands in ``telegram_codes``.
"""

from __future__ import annotations

import asyncio
import hmac
import importlib
import json
import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bot.channels import telegram_updates
from bot.channels.base import Chore, Files, Hook, clean
from bot.channels.telegram_messages import Messages, within
from bot.channels.telegram_updates import KINDS, Brought
from bot.channels.telegram_uploads import Elsewhere
from bot.errors import NotGenuine, Unreadable, Unsure
from bot.messages import Inbound, Outgoing, Request

if TYPE_CHECKING:
    from bot.channels.telegram_calls import Client

log = logging.getLogger(__name__)

PATH = "/hooks/telegram"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
SECONDS = 10.0
A_LITTLE_MORE = 10
"""Seconds that a long call may take beyond those that Telegram waits."""
BETWEEN_PARTS = 1.0
"""Telegram takes one message a second in a chat."""
PER_SECOND = 30.0
"""Messages a second that Telegram takes from one bot."""

Commands: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""By language the commands that apps offer, each with what it does."""


class Me(NamedTuple):
    """The bot as Telegram knows it; families find it at ``t.me/<name>``."""

    id: int
    name: str


class Webhook(NamedTuple):
    """Where Telegram calls, empty where it is asked; how many updates wait; and why its last call failed."""

    url: str
    waiting: int
    trouble: str


class Telegram:
    """One bot. With a ``webhook_secret`` and a ``public_url`` Telegram calls us, else it is asked.

    ``goodbye`` is what the bot says when somebody puts it into a group, before it leaves. ``commands`` are offered by
    families' apps: each command with what it does, by language; the first language is that of all other apps.
    ``elsewhere`` has the photos that came by other providers, to be sent on.
    """

    name = telegram_updates.CHANNEL
    prefixes = ("telegram",)

    def __init__(
        self,
        *,
        bot_token: str,
        webhook_secret: str | None = None,
        public_url: str | None = None,
        api_base_url: str = "https://api.telegram.org",
        goodbye: str = "",
        commands: Commands = MappingProxyType({}),
        elsewhere: Files | None = None,
        seconds: float = SECONDS,
        between_parts: float = BETWEEN_PARTS,
    ) -> None:
        self.account = f"telegram:{bot_token.partition(':')[0]}"
        self.is_called = bool(webhook_secret and public_url)
        self._token = bot_token
        self._secret = webhook_secret or ""
        self._url = f"{(public_url or '').rstrip('/')}{PATH}"
        self._api_base_url = api_base_url
        self._goodbye = goodbye
        self._commands = commands
        self._seconds = seconds
        self._elsewhere = Elsewhere(elsewhere)
        self._messages = Messages(self._elsewhere, seconds, between_parts)
        self._client: Client | None = None
        self._opening = asyncio.Lock()

    def hooks(self) -> tuple[Hook, ...]:
        """Where Telegram calls, if it does."""
        return (Hook(PATH, self.read, is_form=False, do=self.do),) if self.is_called else ()

    def read(self, request: Request) -> list[Inbound | Chore]:
        """What an update says that Telegram brought; [] for one that cannot be read, as it would be brought again."""
        given = request.headers.get(SECRET, "")
        if not self._secret or not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            raise NotGenuine("This request does not show the secret of our webhook")
        try:
            update = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable("The request is no JSON") from error
        brought = self.read_update(update, request.received_at)
        return [*brought.inbound, *brought.chores]

    def read_update(self, update: object, at: datetime) -> Brought:
        """What one update says. One that cannot be read is logged by its number and says nothing."""
        try:
            return telegram_updates.read(update, self.account, at)
        except Exception as error:  # noqa: BLE001 - whatever is odd about one update, the others are taken
            number = telegram_updates.update_id(update)
            log.warning("an update could not be read", extra={"update_id": number, "error": type(error).__name__})
            return Brought()

    async def send(self, message: Outgoing) -> str:
        """Send one message, with what goes with it, and return its chat and number."""
        return await self._messages.send(await self._open(), message)  # loading aiogram is none of Telegram's time

    async def do(self, chore: Chore) -> None:
        """Do what an update asks for. It may be too late, and no text depends on it: a failure is only logged."""
        try:
            await self._do(chore, await self._open())
        except Exception as error:  # noqa: BLE001 - see above; its words may quote a chat
            log.info("a chore failed", extra={"chore": chore.name, "error": type(error).__name__})

    async def updates(self, offset: int | None, seconds: int) -> list[Any]:
        """What waits at Telegram from update ``offset`` on, and with that all before it are gone there."""
        client = await self._open()
        found = await within(seconds + A_LITTLE_MORE, client.updates(offset, seconds, tuple(KINDS)))
        if not isinstance(found, list):
            raise Unsure("Telegram's answer has no updates")
        return found

    async def be_asked(self) -> None:
        """Telegram calls nobody any more; what waits there stays."""
        await self._call((await self._open()).delete_webhook())

    async def be_called(self) -> None:
        """Telegram calls our webhook from now on; what waits there stays."""
        await self._call((await self._open()).set_webhook(self._url, self._secret, tuple(KINDS)))

    async def show_commands(self) -> None:
        """Let families' apps offer the commands. Families need none to be served: a failure is only logged."""
        offered: list[tuple[str | None, Sequence[tuple[str, str]]]] = [*self._commands.items()]
        for language, commands in [(None, commands) for _language, commands in offered[:1]] + offered:
            try:
                await self._call((await self._open()).show_commands(commands, language))
            except Exception as error:  # noqa: BLE001 - see above
                about = {"language": language, "error": type(error).__name__}
                log.warning("the commands of a language are not shown", extra=about)

    async def show_menu(self, address: str, commands: Sequence[tuple[str, str]]) -> None:
        """Let the app offer these commands in one chat; with none, those of families. Raises a ``NotSent``."""
        await self._call((await self._open()).show_menu(int(address.removeprefix("telegram:")), commands))

    async def me(self) -> Me:
        """Who this bot is. Raises a ``NotSent`` where its token is wrong, or Telegram out of reach."""
        found = await self._call((await self._open()).me())
        match found:
            case {"id": int(number), "username": str(name)}:
                return Me(number, name)
        raise Unsure("Telegram's answer has no bot in it")

    async def webhook(self) -> Webhook:
        """How Telegram reaches us."""
        found = await self._call((await self._open()).webhook())
        match found:
            case {"url": str(url), "pending_update_count": int(waiting), **more}:
                return Webhook(url, waiting, clean(str(more.get("last_error_message", ""))))
        raise Unsure("Telegram's answer has no webhook in it")

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        await self._elsewhere.close()

    async def _open(self) -> Client:
        async with self._opening:
            if self._client is None:
                # In a thread, since it takes seconds in which others are to be answered.
                calls = await asyncio.to_thread(importlib.import_module, "bot.channels.telegram_calls")
                client: Client = calls.Client(self._token, self._api_base_url)
                self._client = client
            return self._client

    async def _do(self, chore: Chore, client: Client) -> None:
        match chore.name:
            case telegram_updates.ANSWER_BUTTON:
                await self._call(client.answer_button(chore.which))
            case telegram_updates.SAY_AND_LEAVE:
                try:
                    if self._goodbye:
                        await self._call(client.send(int(chore.which), self._goodbye))
                finally:
                    await self._call(client.leave(int(chore.which)))
            case telegram_updates.LEAVE:
                await self._call(client.leave(int(chore.which)))

    async def _call(self, call: Awaitable[Any]) -> Any:
        return await within(self._seconds, call)
