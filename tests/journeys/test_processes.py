"""Four processes take the same texts of the same families at once: whole turns, none lost, none twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from bot.inbox import Inbox
from bot.messages import Inbound
from bot.store import rsvps
from bot.store.database import Database
from tests.home import catalogs
from tests.journeys.school import Lincoln, school

PROCESSES = 4
STRANGERS = 25
NOW = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
ready: Any = None


def _texts(account: str) -> list[Inbound]:
    """Texts of unknown numbers, in Spanish, and both parents of one household answering for it."""
    said = [(f"sms:+1512555{n:04}", "Hola") for n in range(3000, 3000 + STRANGERS)]
    said += [("sms:+15125550101", "2 adultos 3 niños"), ("sms:+15125550102", "4 adults 1 kid")]
    return [Inbound("twilio", account, address, f"text-{n}", words, NOW) for n, (address, words) in enumerate(said)]


def _begin_together(together: Any) -> None:
    global ready  # noqa: PLW0603 - a barrier reaches a process of a pool only at its start
    ready = together


def _take(url: str, account: str, seed: int) -> int:
    return asyncio.run(_take_all(url, account, seed))


async def _take_all(url: str, account: str, seed: int) -> int:
    """Take every text, in an order of this process's own; how many of them were new here."""
    texts = _texts(account)
    random.Random(seed).shuffle(texts)
    database = Database.open(url)
    inbox = Inbox(database, catalogs(), lambda: NOW)
    running = asyncio.create_task(inbox.run())
    ready.wait(timeout=30)
    taken = await asyncio.gather(*map(inbox.receive, texts))
    running.cancel()
    await database.close()
    return sum(taken)


async def test_four_processes_take_each_text_once(database_url: str) -> None:
    async with school(database_url) as lincoln:
        await lincoln.invite()
        spawn = multiprocessing.get_context("spawn")
        account = "sms:+15125550100"
        with spawn.Pool(PROCESSES, _begin_together, (spawn.Barrier(PROCESSES),)) as pool:
            work = [(database_url, account, seed) for seed in range(PROCESSES)]
            taken = await asyncio.to_thread(pool.starmap, _take, work, 1)

        assert sum(taken) == STRANGERS + 2
        counts = await _counts(lincoln)
        assert counts["received"] == STRANGERS + 2
        assert counts["first answers"] == STRANGERS
        assert counts["households"] == STRANGERS + 1
        async with lincoln.app.database.read() as db:
            ((_home, rsvp),) = await rsvps.of_event(db, lincoln.dinner.id)
        # One of the two whole answers, whichever was last; never a mixture.
        assert (rsvp.adults, rsvp.children) in {(2, 3), (4, 1)}


async def _counts(lincoln: Lincoln) -> Counter[str]:
    questions = {
        "received": "SELECT count(*) FROM messages WHERE state = 'received'",
        "first answers": "SELECT count(*) FROM messages WHERE outgoing AND body LIKE '%gracias por escribir%'",
        "households": "SELECT count(DISTINCT household_id) FROM contacts",
    }
    async with lincoln.app.database.read() as db:
        return Counter({name: (await db.execute(text(sql))).scalar_one() for name, sql in questions.items()})
