"""The limit: check the signature, write one row, answer. No bot can keep a text for less.

Rows that arrive while a commit is running are written by the next one, all together.
"""

import argparse
import asyncio
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # has no types

from bench.conversation import PUBLIC_URL, TEXTS, TOKEN, TWILIO_PATH
from bench.serving import serve

Row = tuple[str, str, str]


class Texts:
    """A table of texts in a SQLite file, safe on disk when ``keep`` returns."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE texts (sid TEXT PRIMARY KEY, sender TEXT, body TEXT)")
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._some = asyncio.Event()

    async def keep(self, row: Row) -> None:
        """Return when the row is committed."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        self._some.set()
        await kept

    async def write(self) -> None:
        """Commit what waits, again and again."""
        loop = asyncio.get_running_loop()
        while await self._some.wait():
            self._some.clear()
            batch, self._waiting = self._waiting, []
            await loop.run_in_executor(self._thread, self._commit, [row for row, _ in batch])
            for _, kept in batch:
                kept.set_result(None)

    def count(self) -> int:
        """How many texts are kept."""
        return int(self._database.execute("SELECT count(*) FROM texts").fetchone()[0])

    def _commit(self, rows: list[Row]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")


TEXTS_KEPT = web.AppKey("texts_kept", Texts)
VALIDATOR = RequestValidator(TOKEN)


async def receive(request: web.Request) -> web.Response:
    """One text from Twilio."""
    form = await request.post()
    if not VALIDATOR.validate(PUBLIC_URL + TWILIO_PATH, form, request.headers["X-Twilio-Signature"]):
        return web.Response(status=403)
    await request.app[TEXTS_KEPT].keep((str(form["MessageSid"]), str(form["From"]), str(form["Body"])))
    return web.Response(text="<Response/>", content_type="text/xml")


async def completed(request: web.Request) -> web.Response:
    """How many conversations are kept whole."""
    return web.json_response(request.app[TEXTS_KEPT].count() // len(TEXTS))


async def _keep_writing(app: web.Application) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(app[TEXTS_KEPT].write())
        yield
        writing.cancel()


def main() -> None:
    """Serve on the port, with a new file at the path."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    asked = parser.parse_args()
    app = web.Application()
    app[TEXTS_KEPT] = Texts(asked.database)
    app.cleanup_ctx.append(_keep_writing)
    app.router.add_post(TWILIO_PATH, receive)
    app.router.add_get("/completed", completed)
    serve(app, asked.port)


if __name__ == "__main__":
    main()
