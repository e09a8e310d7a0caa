"""The phone on the screen: text as a family, see the reply, and beside it what the school knows now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.console.phone_view import PhoneView
from bot.console.safety import add_headers, same_origin
from bot.language.voice import Voice
from bot.sample.simulator import NEW_NUMBERS, Simulator

HERE = Path(__file__).parent
HEARTBEAT = 15
"""Seconds after which a page without news is told that we are still here; so we notice one that was closed."""
CONTACT = r"/{contact:\d{1,15}}"


def application(simulator: Simulator) -> web.Application:
    """The pages below ``/phone``."""
    app = web.Application(middlewares=[same_origin])
    app.on_response_prepare.append(add_headers)
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = PhonePage(simulator)
    app.on_shutdown.append(page.end)
    app.add_routes(page.routes())
    app.router.add_static("/static", HERE / "static")
    return app


class PhonePage:
    """What its addresses do. They name a contact by id: an address would show a phone number."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """All of them. Without scripts each works but ``live``, which only saves a reload."""
        return [
            web.get("", self.first),
            web.get("/new", self.stranger),
            web.post("/new", self.text_as_stranger),
            web.get(CONTACT, self.contact),
            web.post(CONTACT, self.text),
            web.get("/start-over", self.ask),
            web.post("/start-over", self.start_over),
            web.get("/live", self.live),
        ]

    async def first(self, request: web.Request) -> web.StreamResponse:
        """The phone of the first parent in the list."""
        scene = await self._simulator.scene()
        raise web.HTTPFound(f"/phone/{scene.homes[0][1][0].id}")

    async def contact(self, request: web.Request) -> web.StreamResponse:
        """The phone of one contact."""
        return await self._show(request, int(request.match_info["contact"]))

    async def stranger(self, request: web.Request) -> web.StreamResponse:
        """A phone that the school has not heard of."""
        return await self._show(request, None)

    async def text(self, request: web.Request) -> web.StreamResponse:
        """Text as a contact; the page that follows has the reply in it."""
        scene = await self._simulator.scene(int(request.match_info["contact"]))
        if scene.contact is None:
            raise web.HTTPSeeOther("/phone")
        return await self._text(request, scene.contact.address)

    async def text_as_stranger(self, request: web.Request) -> web.StreamResponse:
        """Text from a number that is new, or was when its page was made."""
        number = (await _form(request)).get("number")
        if number not in NEW_NUMBERS:
            raise web.HTTPBadRequest(text="This is not one of the demo's numbers.")
        return await self._text(request, str(number))

    async def _text(self, request: web.Request, address: str) -> web.StreamResponse:
        text = (await _form(request)).get("text")
        if not isinstance(text, str) or not text.strip():
            raise web.HTTPSeeOther(request.path)
        contact = await self._simulator.text(address, text)
        raise web.HTTPSeeOther(f"/phone/{contact.id}")

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Whether it is really meant to start over."""
        return aiohttp_jinja2.render_template("start_over.html", request, {})

    async def start_over(self, request: web.Request) -> web.StreamResponse:
        """The sample school as it was at first."""
        await self._simulator.start_over()
        raise web.HTTPSeeOther("/phone")

    async def _show(self, request: web.Request, contact_id: int | None) -> web.StreamResponse:
        scene = await self._simulator.scene(contact_id)
        if contact_id is not None and scene.contact is None:  # of before a new start
            raise web.HTTPSeeOther("/phone")
        number = scene.contact.address if scene.contact else await self._simulator.new_number()
        voice = Voice(self._simulator.catalogs, scene.school)
        context = PhoneView(scene, voice, number).context() | {"new_number": number}
        return aiohttp_jinja2.render_template("phone.html", request, context)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """A line for each time that something is new; the page then looks for itself."""
        news = self._simulator.news
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        with news.watch() as something, suppress(ConnectionError):
            while not news.over:
                happened = await _within(something, HEARTBEAT)
                something.clear()
                await stream.write(b"data: look\n\n" if happened else b": still here\n\n")
        return stream

    async def end(self, _app: web.Application) -> None:
        """Let go of the pages that are open, or the server would wait for them."""
        self._simulator.news.end()


async def _form(request: web.Request) -> Mapping[str, object]:
    try:
        return await request.post()
    # An alphabet that nobody knows; a body in parts without what parts them.
    except (LookupError, ValueError) as error:
        raise web.HTTPBadRequest(text="This form cannot be read.") from error


async def _within(something: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await something.wait()
    return False
