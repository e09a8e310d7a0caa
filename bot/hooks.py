"""What providers call over HTTP, and what operators ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl

from aiohttp import web

from bot.channels.base import Channel, Chore, Hook
from bot.errors import Busy, NotGenuine, Unreadable
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.messages import Inbound, Request, StatusReport
from bot.store import delivery
from bot.store.database import Database

log = logging.getLogger(__name__)

MOST_FIELDS = 500
LARGEST_BODY = 256 * 1024
SECONDS: float = 10
"""How long a body may take to arrive."""


class Hooks:
    """The addresses that providers and operators hold on to."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        clock: Callable[[], datetime],
        channels: Sequence[Channel],
        hearings: Sequence[Hearing] = (),
    ) -> None:
        self._hearings = hearings
        self._channels = len(channels)
        self._database = database
        self._inbox = inbox
        self._clock = clock
        self._hooks = [hook for channel in channels for hook in channel.hooks()]

    def routes(self) -> list[web.RouteDef]:
        """The routes; those of a provider only where its channel is on."""
        health = [web.get("/health/live", self.live), web.get("/health/ready", self.ready)]
        return [*health, *(web.post(hook.path, partial(self.take, hook)) for hook in self._hooks)]

    async def take(self, hook: Hook, request: web.Request) -> web.Response:
        """What a provider brings, taken to its end; it is answered after the commit."""
        brought = hook.read(await self._read(request, hook))
        try:
            await self._keep(brought)
        finally:
            for one in brought:
                if isinstance(one, Chore):
                    await hook.do(one)
        return web.Response(text=hook.answer, content_type=hook.content_type, status=200 if hook.answer else 204)

    async def _keep(self, brought: Sequence[Inbound | StatusReport | Chore]) -> None:
        reports = [one for one in brought if isinstance(one, StatusReport)]
        if reports:
            async with self._database.write() as db:
                await delivery.apply_reports(db, reports, self._clock())
        for one in brought:
            if isinstance(one, Inbound):
                await self._inbox.receive(one)

    async def live(self, request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"live": True})

    async def ready(self, request: web.Request) -> web.Response:
        """The database answers too, and families are heard.

        Where they are heard on another channel, one in trouble is only a warning: whoever takes a process away that is
        not ready would end the others as well.
        """
        try:
            async with self._database.read() as db:
                await delivery.waiting(db)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that we are not ready
            return web.json_response({"ready": False, "reason": type(error).__name__}, status=503)
        warnings = {one.channel: one.trouble for one in self._hearings if one.trouble}
        if not warnings:
            return web.json_response({"ready": True})
        if len(warnings) < self._channels:
            return web.json_response({"ready": True, "warnings": warnings})
        reason = "; ".join(warnings.values())
        return web.json_response({"ready": False, "reason": reason, "warnings": warnings}, status=503)

    async def _read(self, request: web.Request, hook: Hook) -> Request:
        if "Content-Encoding" in request.headers:
            raise Unreadable("the body is packed")
        try:
            async with asyncio.timeout(SECONDS):
                body = await request.read()
        except TimeoutError as error:
            raise web.HTTPRequestTimeout(text="The request did not arrive whole in time.") from error
        path, _mark, query = request.raw_path.partition("?")
        return Request(
            form=_form(body) if hook.is_form else (),
            headers=request.headers,
            path=path,
            query=query,
            received_at=self._clock(),
            body=b"" if hook.is_form else body,
        )


def _form(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        form = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise Unreadable("the body is not a form") from error
    return tuple(form)


@web.middleware
async def clear_answers(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
    """Each of our errors as the status that its sender acts on, without a word of the request in it."""
    try:
        return await handler(request)  # type: ignore[misc,no-any-return]  # aiohttp's handlers are untyped
    except NotGenuine:
        return web.Response(status=403, text="The signature is not valid.")
    except Unreadable:
        return web.Response(status=400, text="The request cannot be read.")
    except Busy:
        return web.Response(status=503, text="Busy; please send it again.", headers={"Retry-After": "1"})
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - its message may hold words of a family, so only its kind is logged
        log.error("request failed", extra={"path": request.path, "error": type(error).__name__})
        return web.Response(status=500, text="Something went wrong on our side.")
