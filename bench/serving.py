"""How the contestants that are written here are served: all alike, and as fast as aiohttp goes."""

import uvloop
from aiohttp import web

from bot.app import settle_memory


def serve(app: web.Application, port: int) -> None:
    """Answer on loopback until the process is told to end."""
    app.on_startup.append(_settle)
    web.run_app(app, host="127.0.0.1", port=port, loop=uvloop.new_event_loop(), access_log=None, print=None)


async def _settle(_: web.Application) -> None:
    settle_memory()
