"""A photo that came by SMS on its way to staff on Telegram, as it stands in the outbox of both databases."""

from __future__ import annotations

from sqlalchemy import text

from bot import notices, staff
from bot.channels.telegram_uploads import TRIES
from bot.messages import Kind, Media, State
from bot.notices import Notice
from tests.journeys.both import DESK, BothWays, both
from tests.wire.twilio import PHOTO, error

WORDS = "The Rojas family sent something for you to see."
INSTEAD = "What came with it could not be shown here. The office can open it: sobremesa requests media 7"


async def passes_on(lincoln: BothWays, kind: Kind = Kind.NOTICE) -> int:
    """Queue a photo that Twilio keeps for the chat of staff; the number of the message."""
    url, content_type = lincoln.twilio.keep(PHOTO, "image/jpeg")
    async with lincoln.app.database.write() as db:
        (lee,) = await staff.present(db, lincoln.school.id)
        found = await staff.staff_contacts(db, lincoln.school, [lee], lincoln.now)
        (chat,) = [contact for contact in found[lee.id] if contact.address == f"telegram:{DESK}"]
        notice = Notice(chat, WORDS, kind, media=(Media(url, content_type, INSTEAD),))
        (queued,) = await notices.queue(db, [notice], lincoln.now)
    lincoln.app.outbox.wake()
    await lincoln.settled()
    return queued.id


async def state(lincoln: BothWays, message: int) -> tuple[State, int]:
    """Where a message is, and after how many tries."""
    async with lincoln.app.database.read() as db:
        row = (await db.execute(text("SELECT state, attempts FROM messages WHERE id = :id"), {"id": message})).one()
    return State(row.state), row.attempts


async def test_a_photo_that_twilio_keeps_is_uploaded_to_the_chat(database_url: str) -> None:
    async with both(database_url) as lincoln:
        message = await passes_on(lincoln)

        [sent] = lincoln.at_the_desk()
        assert (sent.text, sent.content) == (WORDS, PHOTO)
        assert await state(lincoln, message) == (State.ACCEPTED, 1)


async def test_a_photo_is_tried_again_and_comes_once_twilio_is_back(database_url: str) -> None:
    async with both(database_url) as lincoln:
        lincoln.twilio.next(error(503), of="media")
        message = await passes_on(lincoln)

        [sent] = lincoln.at_the_desk()
        assert (sent.text, sent.content) == (WORDS, PHOTO)
        assert await state(lincoln, message) == (State.ACCEPTED, 2)


async def test_after_a_few_tries_the_words_go_with_how_to_see_it(database_url: str) -> None:
    async with both(database_url) as lincoln:
        lincoln.twilio.next(*[error(503)] * 99, of="media")
        message = await passes_on(lincoln)

        [sent] = lincoln.at_the_desk()
        assert (sent.text, sent.content) == (f"{WORDS}\n{INSTEAD}", None)
        assert await state(lincoln, message) == (State.ACCEPTED, TRIES)
        assert lincoln.twilio.fetched == TRIES


async def test_a_danger_is_told_at_once_while_twilio_is_out_of_reach(database_url: str) -> None:
    async with both(database_url) as lincoln:
        lincoln.twilio.next(*[error(503)] * 99, of="media")
        message = await passes_on(lincoln, Kind.URGENT)

        assert [sent.text for sent in lincoln.at_the_desk()] == [WORDS, INSTEAD]
        assert await state(lincoln, message) == (State.ACCEPTED, 1)
