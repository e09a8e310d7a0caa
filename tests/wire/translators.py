"""Two translators, played on loopback: LibreTranslate's API and DeepL's, each strict about what it is sent.

    async with LibreTranslateWire() as wire:
        translator = LibreTranslate(wire.base_url)
        await translator.translate(["Hello"], "en", "es")        # ["[es] Hello"]
        wire.asked[-1].lines                                     # what it was given to translate

A line comes back with its new language before it, or as ``wire.words`` has it: ``{"6 pm": "18:00"}``.

Faults. Each of these is for the next call to translate, one after the other:

    wire.next(Fault(429), Fault(500), RESET, SILENT, HALF)

``wire.calls`` counts calls to translate, ``wire.looked`` those to LibreTranslate's list of languages. ``wire.key`` is
the one that is accepted; DeepL's ``wire.left`` is how many characters are left of the month.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

KEY = "sesame-street-1:fx"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call; ``body`` is sent as it is."""

    status: int = 200
    body: str = "<html>busy</html>"
    end: str = "answer"
    headers: Mapping[str, str] = field(default_factory=dict)


RESET = Fault(end="reset")
SILENT = Fault(end="silent")
HALF = Fault(body='{"translatedText": ["Ho')


@dataclass(frozen=True)
class Asked:
    """One call to translate."""

    source: str
    target: str
    lines: list[str]
    body: Mapping[str, Any]


class _Wire:
    """A server that translates, with its faults."""

    paths: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.words: dict[str, str] = {}
        self.calls = 0
        self.looked = 0
        self._faults: deque[Fault] = deque()
        self._leaving = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def go_down(self) -> None:
        """Close the port."""
        self._leaving.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def next(self, *faults: Fault) -> None:
        self._faults.extend(faults)

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    async def _fails(self, request: web.Request) -> web.Response | None:
        """The answer of the next fault, None when all goes well."""
        self.calls += 1
        if not self._faults:
            return None
        fault = self._faults.popleft()
        if fault.end == "silent":
            await self._leaving.wait()
        if fault.end != "answer" and request.transport is not None:
            request.transport.abort()
        return web.Response(status=fault.status, text=fault.body, headers=fault.headers)

    def _translated(self, target: str, line: str) -> str:
        return self.words.get(line, f"[{target}] {line}")


class LibreTranslateWire(_Wire):
    """A LibreTranslate server. ``offer`` are its languages, ``key`` the one it wants, if any."""

    def __init__(self, key: str | None = None, most: int = 1000) -> None:
        super().__init__()
        self.key = key
        self.most = most
        self.offer = {"en": ["en", "es", "pb"], "es": ["en"], "pb": ["en"]}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/languages", self._languages), web.post("/translate", self._translate)]

    async def _languages(self, _request: web.Request) -> web.Response:
        self.looked += 1
        named = [{"code": code, "name": code, "targets": targets} for code, targets in self.offer.items()]
        return web.json_response(named)

    async def _translate(self, request: web.Request) -> web.Response:
        if (fault := await self._fails(request)) is not None:
            return fault
        body = await request.json()
        assert body.keys() <= {"q", "source", "target", "format", "api_key"}
        assert body["format"] == "text"
        refused = self._refusal(body)
        if refused is not None:
            return web.json_response({"error": refused[1]}, status=refused[0])
        lines = body["q"]
        self.asked.append(Asked(body["source"], body["target"], lines, body))
        return web.json_response({"translatedText": [self._translated(body["target"], line) for line in lines]})

    def _refusal(self, body: Mapping[str, Any]) -> tuple[int, str] | None:
        if self.key is not None and "api_key" not in body:
            return 400, "Visit https://portal.example to get an API key"
        if self.key is not None and body["api_key"] != self.key:
            return 403, "Invalid API key"
        if body["target"] not in self.offer.get(body["source"], ()):
            return 400, f"{body['target']} is not supported"
        size = sum(map(len, body["q"]))
        if size > self.most:
            return 400, f"Invalid request: request ({size}) exceeds text limit ({self.most})"
        return None


class DeepLWire(_Wire):
    """An account at DeepL. ``left`` are the characters of this month that are not used yet."""

    SOURCES = frozenset({"EN", "ES", "PT"})
    TARGETS = frozenset({"EN-US", "EN-GB", "ES", "ES-419", "PT-BR", "PT-PT"})

    def __init__(self, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.left = 500_000

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v2/translate", self._translate)]

    async def _translate(self, request: web.Request) -> web.Response:
        if (fault := await self._fails(request)) is not None:
            return fault
        if request.headers.get("Authorization") != f"DeepL-Auth-Key {self.key}":
            return web.json_response({"message": "Forbidden"}, status=403)
        raw = await request.read()
        body = await request.json()
        if (refused := self._refusal(len(raw), body)) is not None:
            return web.json_response({"message": refused[1]}, status=refused[0])
        lines = body["text"]
        self.asked.append(Asked(body["source_lang"], body["target_lang"], lines, body))
        made = [{"detected_source_language": "EN", "text": self._translated(body["target_lang"], x)} for x in lines]
        return web.json_response({"translations": made})

    def _refusal(self, size: int, body: Mapping[str, Any]) -> tuple[int, str] | None:
        if size > 128 * 1024:
            return 413, "Request Entity Too Large"
        if len(body["text"]) > 50:
            return 400, "Too many texts."
        if body["target_lang"] not in self.TARGETS:
            return 400, "Value for 'target_lang' not supported."
        if body["source_lang"] not in self.SOURCES:
            return 400, "Value for 'source_lang' not supported."
        self.left -= sum(map(len, body["text"]))
        return (456, "Quota Exceeded") if self.left < 0 else None
