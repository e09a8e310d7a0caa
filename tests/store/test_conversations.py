"""A contact's place in each flow is kept and found again."""

from dataclasses import replace

from bot.records import Conversation, Stage
from bot.store import conversations, ids
from bot.store.database import Database
from flows.facts import Contact, School
from tests.store.conftest import NOW, family

RECORD = {"answers": {"adults": {"value": 2, "raw": "2 grandes 🙏"}}, "told": ["welcome"]}


def conversation(contact: Contact, flow: str = "rsvp", subject_id: int = 7, stage: Stage = Stage.OPEN) -> Conversation:
    return Conversation(0, contact.school_id, contact.id, flow, subject_id, stage, RECORD, NOW, 1, NOW)


async def test_a_conversation_comes_back_as_it_was_saved(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        (id_,) = await ids.reserve(db, 1)
        saved = replace(conversation(contact), id=id_)
        await conversations.save(db, [saved])
    async with database.read() as db:
        assert await conversations.of_contacts(db, [contact.id]) == [saved]
        assert await conversations.by_ids(db, [id_]) == [saved]


async def test_a_new_one_gets_an_id(database: Database, school: School) -> None:
    one, other = await family(database, school, 1, 2)
    async with database.write() as db:
        await conversations.save(db, [conversation(other), conversation(one)])
        found = await conversations.of_contacts(db, [one.id, other.id])

    assert [each.contact_id for each in found] == [one.id, other.id]
    assert len({each.id for each in found} - {0}) == 2


async def test_saving_again_overwrites_and_keeps_the_id(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        await conversations.save(db, [conversation(contact)])
        (first,) = await conversations.of_contacts(db, [contact.id])
        again = replace(first, id=0, stage=Stage.DONE, record={}, asked_at=None, tries=0)
        await conversations.save(db, [again])

        assert await conversations.of_contacts(db, [contact.id]) == [replace(again, id=first.id)]


async def test_what_was_closed_is_there_too_since_it_may_begin_again(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    kept = [
        conversation(contact, subject_id=7),
        conversation(contact, subject_id=8, stage=Stage.WAITING),
        conversation(contact, subject_id=9, stage=Stage.DONE),
        conversation(contact, "consent", 0, Stage.CLOSED),
        conversation(contact, subject_id=10, stage=Stage.CLOSED),
    ]
    async with database.write() as db:
        await conversations.save(db, kept)
        found = await conversations.of_contacts(db, [contact.id])

    assert {(each.flow, each.subject_id) for each in found} == {(each.flow, each.subject_id) for each in kept}


async def test_no_contacts_have_no_conversations(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        await conversations.save(db, [conversation(contact)])
        assert await conversations.of_contacts(db, []) == []
        await conversations.save(db, [])
