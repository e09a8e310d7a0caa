"""A text that comes again is known by its key."""

from bot.records import InboxKey
from bot.store import inbox
from bot.store.database import Database
from flows.facts import School
from tests.store.conftest import NOW

ACCOUNT = "sms:+15125550198"


def key(school: School, provider_id: str, channel: str = "twilio", account: str = ACCOUNT) -> InboxKey:
    return InboxKey(channel, account, provider_id, school.id)


async def test_only_the_first_of_the_same_text_is_new(database: Database, school: School) -> None:
    async with database.write() as db:
        assert await inbox.claim(db, [key(school, "SM1"), key(school, "SM2"), key(school, "SM1")], NOW) == {
            ("twilio", ACCOUNT, "SM1"),
            ("twilio", ACCOUNT, "SM2"),
        }
    async with database.write() as db:
        new = await inbox.claim(db, [key(school, "SM3"), key(school, "SM2")], NOW)
        assert new == {("twilio", ACCOUNT, "SM3")}


async def test_the_same_id_on_another_channel_or_bot_is_another_text(database: Database, school: School) -> None:
    """Telegram counts updates for each bot, so their ids repeat."""
    async with database.write() as db:
        await inbox.claim(db, [key(school, "7", "telegram", "telegram:lincoln")], NOW)
        again = [key(school, "7", "telegram", "telegram:washington"), key(school, "7")]
        assert len(await inbox.claim(db, again, NOW)) == 2


async def test_a_text_whose_transaction_failed_is_new_again(database: Database, school: School) -> None:
    try:
        async with database.write() as db:
            await inbox.claim(db, [key(school, "SM1")], NOW)
            raise LookupError
    except LookupError:
        pass
    async with database.write() as db:
        assert len(await inbox.claim(db, [key(school, "SM1")], NOW)) == 1


async def test_a_thousand_texts_are_claimed_at_once(database: Database, school: School) -> None:
    keys = [key(school, f"SM{n}") for n in range(1_000)]
    async with database.write() as db:
        assert len(await inbox.claim(db, keys, NOW)) == 1_000
        assert await inbox.claim(db, keys, NOW) == set()


async def test_nothing_arrived_is_nothing_new(database: Database) -> None:
    async with database.write() as db:
        assert await inbox.claim(db, [], NOW) == set()
