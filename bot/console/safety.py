"""What every page is sent with, and which requests it takes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

HEADERS = {
    # Everything from here and nothing written into a page, so that words of a family can never run.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not "no-referrer": with it a browser hides the origin of our own forms too.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
OWN_NAMES = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?", re.IGNORECASE)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Send a page with the headers that keep it safe; one that it has already stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def this_machine(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what is asked by another name than this machine's own: a name of somebody else can be made to lead here,
    and the browser then takes our pages for pages of that site."""
    if not OWN_NAMES.fullmatch(request.headers.get("Host", "")):
        raise web.HTTPMisdirectedRequest(text="This page is open on this machine only.")
    return await handler(request)


@web.middleware
async def same_origin(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what a page of another site would have this browser change here."""
    if request.method not in SAFE and not _is_ours(request):
        raise web.HTTPForbidden(text="This form was not sent from our own page.")
    return await handler(request)


def _is_ours(request: web.Request) -> bool:
    """Whether the browser says that our own page sent this; every browser of the last years says where it was."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return site is not None
    # The scheme may differ: behind a proxy the browser says https where we see http.
    return _host_of(origin) == request.host


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # a bracket too few
        return None
