"""Web pages: one module and one template a page."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.console import phone
from bot.console.safety import this_machine
from bot.sample.simulator import Simulator


def pages(simulator: Simulator) -> Callable[[web.Application], None]:
    """What adds the pages of the demo to a server."""

    def add(server: web.Application) -> None:
        server.middlewares.append(this_machine)
        server.router.add_get("/", _to_the_phone)
        server.add_subapp("/phone", phone.application(simulator))

    return add


async def _to_the_phone(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/phone")
