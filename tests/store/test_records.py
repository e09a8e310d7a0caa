"""Consent, calls for a person, staff, audit and the message log are kept as they were given."""

from dataclasses import replace
from datetime import timedelta

from bot.messages import Kind, Media, State
from bot.records import AuditEntry, ConsentChange, Conversation, HelpRequest, LoggedMessage, StaffMember, Stage
from bot.store import audit, consents, conversations, help_requests, ids, messages, staff
from bot.store.database import Database
from flows.facts import Contact, Permission, School
from tests.store.conftest import NOW, family, sms

MINUTE = timedelta(minutes=1)
ACCOUNT = "sms:+15125550198"


async def test_every_word_of_consent_stays(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    given = ConsentChange(school.id, contact.id, "events", Permission.GIVEN, NOW, "reply", "es", "sí", "¿Permiso?")
    stopped = replace(given, topic="all", permission=Permission.REFUSED, at=NOW + MINUTE, words="ALTO", shown="")
    async with database.write() as db:
        await consents.add(db, [stopped, given])
        await consents.add(db, [])
    async with database.read() as db:
        assert await consents.of_contacts(db, [contact.id]) == [given, stopped]
    assert "ALTO" not in repr(stopped)


def call(contact: Contact, **given: object) -> HelpRequest:
    return replace(HelpRequest(0, contact.school_id, contact.id, "help", NOW), **given)  # type: ignore[arg-type]


async def test_open_calls_are_found_by_contact(database: Database, school: School) -> None:
    one, other = await family(database, school, 1, 2)
    async with database.write() as db:
        await help_requests.save(db, [call(one), call(one, closed_at=NOW), call(other)])
        (found,) = await help_requests.standing_of(db, [one.id], NOW)
        assert (found.contact_id, found.closed_at, bool(found.id)) == (one.id, None, True)

        await help_requests.save(db, [replace(found, closed_at=NOW + MINUTE, last_staff_at=NOW)])
        assert await help_requests.standing_of(db, [one.id], NOW) == []
        assert len(await help_requests.all_of_school(db, school.id)) == 3


async def test_urgent_calls_stand_first_then_what_waits_longest(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    late, early = call(contact, opened_at=NOW + MINUTE), call(contact, reason="media")
    urgent = call(contact, reason="danger", opened_at=NOW + 2 * MINUTE, urgent=True)
    async with database.write() as db:
        await help_requests.save(db, [late, early, urgent])
        found = await help_requests.open_of_school(db, school.id)
    assert [replace(each, id=0) for each in found] == [urgent, early, late]


async def test_staff_are_kept_and_found_by_email(database: Database, school: School) -> None:
    given = StaffMember(0, school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin", "es")
    async with database.write() as db:
        added = await staff.add(db, given, NOW)
        assert added is not None
        assert await staff.add(db, replace(given, name="Someone else"), NOW) is None
        assert await staff.by_email(db, "Ortiz@Lincoln.example") == [added]

        left = replace(added, left_at=NOW, telegram_chat="555", role="helper")
        await staff.save(db, left)
        assert await staff.of_school(db, school.id) == [left]


async def test_the_newest_lines_of_the_audit_come_first(database: Database, school: School) -> None:
    lines = [
        AuditEntry(school.id, NOW + n * MINUTE, "ortiz", "events.cancel", f"event {n}", {"was": "abierto"})
        for n in range(3)
    ]
    async with database.write() as db:
        await audit.add(db, lines)
    async with database.read() as db:
        assert await audit.last(db, school.id, 2) == [lines[2], lines[1]]


def texts(contact: Contact, n: int) -> tuple[LoggedMessage, LoggedMessage]:
    """What a family wrote and what answers it; nothing of either is left at its default."""
    received = LoggedMessage(
        id=n,
        school_id=contact.school_id,
        contact_id=contact.id,
        outgoing=False,
        channel="twilio",
        account=ACCOUNT,
        address=sms(1),
        body="sí 🙏",
        created_at=NOW,
        media=(Media("https://provider.example/1", "image/jpeg"),),
        provider_id=f"SM{n}",
    )
    answer = replace(
        received,
        id=n + 1,
        outgoing=True,
        body="¿Cuántos?",
        buttons=(("1", "Sí"), ("2", "No")),
        media=(),
        kind=Kind.EVENT,
        rank=3,
        state=State.READY,
        provider_id=None,
        due_at=NOW + MINUTE,
        expires_at=NOW + 2 * MINUTE,
    )
    return received, answer


async def test_a_thread_is_read_from_its_end(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        numbers = await ids.reserve(db, 6)
        logged = [message for n in numbers[::2] for message in texts(contact, n)]
        await messages.add(db, logged)
    async with database.read() as db:
        assert await messages.thread_of(db, contact.id, 10) == logged
        assert await messages.thread_of(db, contact.id, 3) == logged[-3:]


async def test_a_quoted_message_leads_to_its_conversation(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    async with database.write() as db:
        conversation_id, *numbers = await ids.reserve(db, 3)
        new = Conversation(conversation_id, school.id, contact.id, "rsvp", 7, Stage.OPEN, {}, updated_at=NOW)
        await conversations.save(db, [new])
        received, answer = texts(contact, numbers[0])
        asked = replace(answer, conversation_id=conversation_id, provider_id="SM900", state=State.ACCEPTED)
        await messages.add(db, [received, asked])

        quoted = ["SM900", received.provider_id or "", "SM901"]
        found = await messages.conversations_of_provider_ids(db, quoted)
    assert found == {"SM900": (contact.id, "rsvp", 7)}


async def test_a_logged_message_prints_without_words_and_numbers(database: Database, school: School) -> None:
    (contact,) = await family(database, school, 1)
    for message in texts(contact, 1):
        assert not {word for word in ("5550101", "sí", "Cuántos", "provider.example") if word in repr(message)}
