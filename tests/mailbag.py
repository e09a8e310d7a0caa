"""A school with families and messages queued for them, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.messages import Kind, State
from bot.store import ids, outbox
from bot.store.database import Database
from bot.store.outbox import RANKS, Claim, Claimed
from bot.store.tables import consents, contacts, conversations, messages, schools

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
"""Noon of a school day in Austin, two days after the clocks went forward."""
ACCOUNT = "sms:+15125550100"
LEASE = timedelta(minutes=2)


class Mailbag:
    """``now`` is the time of everything that is not given another one; tests move it."""

    def __init__(self, database: Database, school_id: int) -> None:
        self.database = database
        self.school_id = school_id
        self.now = NOON
        self._numbers = iter(range(110, 200))
        self.talk = 0
        """A conversation, for messages that belong to one."""

    @classmethod
    async def open(cls, database: Database, **school: Any) -> Mailbag:
        """A school in Austin, quiet from nine to eight."""
        async with database.write() as db:
            (number,) = await ids.reserve(db, 1)
            row = {"id": number, "name": f"Lincoln {number}", "timezone": "America/Chicago"}
            row |= {"languages": ["es", "en"], "hours": {}, "created_at": NOON}
            await db.execute(insert(schools), row | school)
        mailbag = cls(database, number)
        mailbag.talk = await mailbag._a_conversation()
        return mailbag

    async def _a_conversation(self) -> int:
        somebody = await self.family("sms:+15125550109")
        about = {"contact_id": somebody, "flow": "rsvp", "stage": "open", "record": {}, "updated_at": NOON}
        async with self.database.write() as db:
            (number,) = await ids.reserve(db, 1)
            await db.execute(insert(conversations), about | {"id": number, "school_id": self.school_id})
        return number

    def clock(self) -> datetime:
        return self.now

    async def family(self, address: str | None = None, **wishes: Any) -> int:
        """A contact; its address is invented where none is given."""
        address = address or f"sms:+15125550{next(self._numbers)}"
        return await self._insert(contacts, address=address, **{"language": "es"} | wishes)

    async def families(self, n: int) -> list[int]:
        """Many contacts, for what needs more than there are invented numbers."""
        async with self.database.write() as db:
            keys = list(await ids.reserve(db, n))
            row = {"school_id": self.school_id, "created_at": NOON, "language": "es"}
            await db.execute(insert(contacts), [row | {"id": key, "address": f"sms:+{key}"} for key in keys])
        return keys

    async def queue(self, contact: int, kind: Kind = Kind.REPLY, body: str = "Hola", **given: Any) -> int:
        """One message that is due now."""
        (number,) = await self.queue_for([contact], kind, body, **given)
        return number

    async def queue_for(
        self, people: Iterable[int], kind: Kind = Kind.REPLY, body: str = "Hola", **given: Any
    ) -> list[int]:
        """One message for each of them, due now."""
        row = {"school_id": self.school_id, "outgoing": True, "channel": "twilio", "account": ACCOUNT}
        row |= {"body": body, "kind": kind.value, "rank": RANKS[kind], "state": "ready"}
        row |= {"created_at": self.now, "due_at": self.now} | given
        async with self.database.write() as db:
            found = await db.execute(select(contacts.c.id, contacts.c.address))
            addresses = {row.id: row.address for row in found}
            to = [{"contact_id": key, "address": addresses[key]} for key in people]
            keys = list(await ids.reserve(db, len(to)))
            await db.execute(insert(messages), [row | one | {"id": key} for one, key in zip(to, keys, strict=True)])
        return keys

    async def change(self, contact: int, **wishes: Any) -> None:
        """What a turn of this contact would have changed."""
        async with self.database.write() as db:
            await db.execute(update(contacts).where(contacts.c.id == contact).values(wishes))

    async def claim(self, limit: int = 100, **given: Any) -> Claim:
        """A claim of its own transaction."""
        async with self.database.write() as db:
            return await outbox.claim(db, self.now, limit, LEASE, **{"prefixes": ["sms", "whatsapp"]} | given)

    async def claimed(self, limit: int = 100, **given: Any) -> list[int]:
        """The ids of what a claim takes, in the order of sending."""
        return [claimed.message.id for claimed in (await self.claim(limit, **given)).messages]

    async def claim_one(self) -> Claimed:
        """The one message that is due."""
        (claimed,) = (await self.claim()).messages
        return claimed

    async def message(self, message_id: int) -> Any:
        """The row of a message as it is now."""
        async with self.database.read() as db:
            return (await db.execute(select(messages).where(messages.c.id == message_id))).one()

    async def state(self, message_id: int) -> State:
        return State((await self.message(message_id)).state)

    async def contact(self, contact_id: int) -> Any:
        async with self.database.read() as db:
            return (await db.execute(select(contacts).where(contacts.c.id == contact_id))).one()

    async def consents(self, contact_id: int) -> list[Any]:
        async with self.database.read() as db:
            return list(await db.execute(select(consents).where(consents.c.contact_id == contact_id)))

    async def _insert(self, table: Any, **given: Any) -> int:
        async with self.database.write() as db:
            (number,) = await ids.reserve(db, 1)
            row = {"id": number, "school_id": self.school_id, "created_at": NOON}
            await db.execute(insert(table), row | given)
        return number
