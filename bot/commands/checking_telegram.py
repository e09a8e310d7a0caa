"""Whether the bot on Telegram answers, and whether it hears families: that only the process that serves can know."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.commands.checking_lines import OFF, OK, SECONDS, WRONG, Line
from bot.commands.terminal import several

if TYPE_CHECKING:
    from bot.channels.telegram import Webhook
    from bot.settings import Settings

PART = "Telegram"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what is listened on, as one calls it from here


async def telegram(given: Settings) -> Line:
    """How it is with the bot."""
    if given.telegram is None:
        return Line(PART, OFF, "TELEGRAM_BOT_TOKEN is not set")
    from bot.channels.telegram import Telegram
    from bot.errors import NotSent

    bot = given.telegram
    channel = Telegram(bot_token=bot.bot_token, api_base_url=bot.api_base_url, seconds=SECONDS)
    try:
        me, webhook = await channel.me(), await channel.webhook()
    except NotSent as error:
        return Line(PART, WRONG, error.reason)
    finally:
        with suppress(Exception):
            await channel.close()
    if trouble := await _trouble_of_server(given):
        return Line(PART, WRONG, f"@{me.name} answers, but families may not be heard: {trouble}")
    return Line(PART, OK, f"@{me.name} answers; {_how_it_comes(given, webhook)}")


def _how_it_comes(given: Settings, webhook: Webhook) -> str:
    """How texts get from Telegram to us, and what is in their way. Serving sets it right where it is not."""
    ours = f"{given.public_url}/hooks/telegram" if given.telegram and given.telegram.webhook_secret else ""
    if webhook.url and webhook.url != ours:
        way = f"its messages go to {webhook.url} until sobremesa run"
    elif ours:
        way = f"its messages come to {ours}" + ("" if webhook.url else " from sobremesa run on")
    else:
        way = "it is asked for messages"
    trouble = f"; Telegram's last trouble there: {webhook.trouble}" if webhook.url and webhook.trouble else ""
    return f"{way}; {several(webhook.waiting, 'message')} waiting{trouble}"


async def _trouble_of_server(given: Settings) -> str:
    """Why the process that serves here hears nobody; empty where it does, and where none does or it does not answer.

    It is not tried from here: whoever else asks for messages ends the call of the one that serves.
    """
    from aiohttp import ClientError, ClientSession

    from bot.channels.base import clean

    url = f"http://{ANYWHERE.get(given.host, given.host)}:{given.port}/health/ready"
    try:
        async with asyncio.timeout(SECONDS), ClientSession() as http, http.get(url) as answer:
            said = await answer.json()
    except (ClientError, TimeoutError, ValueError):
        return ""
    match said:
        case {"warnings": {"telegram": str(trouble)}}:
            return clean(trouble)
    return ""
