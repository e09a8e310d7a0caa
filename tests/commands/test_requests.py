"""``sobremesa requests``: a call for a person is listed, read, answered and closed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import help_desk
from bot.messages import Kind, Media, State
from bot.records import HelpRequest, LoggedMessage
from bot.store import audit, families, help_requests, ids, messages, schools
from tests.commands.conftest import Sobremesa, add_school, start
from tests.wire.telegram import FILE, TelegramWire, error

NOW = datetime.now(UTC)
WORDS = "necesito hablar con alguien \x1b[2J[red]sobre el kinder"


async def contact_named(db: Any, name: str) -> Any:
    for school in await schools.all_schools(db):
        async for _home, living in families.all_families(db, school.id):
            for contact in living:
                if contact.name == name:
                    return contact
    raise AssertionError(name)


def calls_for_help(
    command: Sobremesa,
    name: str,
    *,
    ago: timedelta = timedelta(0),
    photo: str = "https://school.example/1",
    channel: str = "sms",
    **given: Any,
) -> int:
    """A family asks for a person; the number of its request."""

    async def ask(db: Any) -> int:
        contact = await contact_named(db, name)
        request = HelpRequest(0, contact.school_id, contact.id, **{"reason": "help", "opened_at": NOW - ago, **given})
        await help_requests.save(db, [request])
        (id_,) = await ids.reserve(db, 1)
        row = LoggedMessage(
            id_,
            contact.school_id,
            contact.id,
            False,
            channel,
            "sms:+15125550100",
            contact.address,
            WORDS,
            NOW - ago,
            media=(Media(photo, "image/jpeg"),),
        )
        await messages.add(db, [row])
        return max(one.id for one in await help_requests.open_of_school(db, contact.school_id))

    return command.read(ask)


def thread(command: Sobremesa, name: str) -> list[LoggedMessage]:
    async def read(db: Any) -> list[LoggedMessage]:
        return await messages.thread_of(db, (await contact_named(db, name)).id, 50)

    return command.read(read)


def change(command: Sobremesa, name: str, **fields: Any) -> None:
    async def save(db: Any) -> None:
        await families.save_contacts(db, [replace(await contact_named(db, name), **fields)])

    command.read(save)


@pytest.fixture
def known(sobremesa: Sobremesa, sheet: Path) -> Sobremesa:
    """The school, whose families it knows, on a database of each kind in turn."""
    sobremesa("families", "import", sheet, "--yes")
    return sobremesa


@pytest.fixture
def here(on_sqlite: Sobremesa, sheet: Path) -> Sobremesa:
    """The same on SQLite only."""
    on_sqlite("families", "import", sheet, "--yes")
    return on_sqlite


def test_nobody_waits_at_first(here: Sobremesa):
    assert here("requests", "list", "--format", "json").json() == []
    assert "Nobody waits for an answer." in here("requests", "list").err


def test_urgent_requests_stand_first_then_what_waits_longest(known: Sobremesa):
    new = calls_for_help(known, "Ann Miller", ago=timedelta(hours=3, minutes=20))
    old = calls_for_help(known, "Rosa García", ago=timedelta(hours=7, minutes=20))
    urgent = calls_for_help(known, "Lucía Núñez", urgent=True)

    rows = known("requests", "list", "--format", "json").json()
    assert [row["id"] for row in rows] == [urgent, old, new]
    assert [(row["urgent"], row["family"]) for row in rows] == [
        (True, "Núñez Rivera"),
        (False, "García López"),
        (False, "Miller"),
    ]
    assert [row["waiting"] for row in rows[1:]] == ["7 h", "3 h"]


def test_a_request_is_shown_with_what_was_written(here: Sobremesa):
    request = calls_for_help(here, "Rosa García")
    row = here("requests", "show", request, "--format", "json").json()
    assert (row["name"], row["address"], row["language"]) == ("Rosa García", "sms:+15125550101", "es")
    assert [(line["who"], line["text"]) for line in row["messages"]] == [("family", f"{WORDS} [image/jpeg]")]

    shown = here("requests", "show", request).out
    assert "[red]sobre el kinder" in shown
    assert "\x1b" not in shown


def test_an_answer_is_signed_and_queued_and_noted(known: Sobremesa):
    request = calls_for_help(known, "Rosa García")
    done = known("requests", "reply", request, "Buenos días, ¿le puedo llamar a las 10?")

    assert done.code == 0, done.err
    assert "Queued under the name Sra. Ortiz (1 segment)." in done.err
    message = thread(known, "Rosa García")[-1]
    assert message.body == "Sra. Ortiz: Buenos días, ¿le puedo llamar a las 10?"
    assert (message.kind, message.state, message.account) == (Kind.REPLY, State.READY, "sms:+15125550100")
    (row,) = known("requests", "list", "--format", "json").json()
    assert row["answered"] is not None
    (school,) = known.read(schools.all_schools)
    line = known.read(lambda db: audit.last(db, school.id, 1))[0]
    assert (line.action, line.subject) == ("request answered", f"request {request}")
    assert "Buenos" not in str(line)


def test_an_answer_may_come_from_standard_input(here: Sobremesa):
    request = calls_for_help(here, "Rosa García")
    assert here("requests", "reply", request, stdin="Buenos días.\nLe llamo hoy.\n").code == 0

    assert thread(here, "Rosa García")[-1].body == "Sra. Ortiz: Buenos días.\nLe llamo hoy."


def test_where_there_are_several_the_one_who_answers_says_so(here: Sobremesa):
    here("staff", "add", "ruiz@lincoln.example", "--name", "Sr. Ruiz")
    request = calls_for_help(here, "Rosa García")
    unsigned = here("requests", "reply", request, "Hola")
    assert unsigned.code == 1
    assert "Say who you are: --as EMAIL" in unsigned.err

    assert here("requests", "reply", request, "Hola", "--as", "Ruiz@lincoln.example").code == 0
    assert thread(here, "Rosa García")[-1].body == "Sr. Ruiz: Hola"
    stranger = here("requests", "reply", request, "Hola", "--as", "ann@lincoln.example")
    assert stranger.code == 1
    assert "Nobody at Escuela Lincoln has the email ann@lincoln.example" in stranger.err


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"stopped_at": NOW}, "This person has stopped all texts from the school"),
        ({"wrong_number_at": NOW}, "This is a wrong number"),
    ],
)
def test_nobody_is_answered_who_may_not_be_written_to(here: Sobremesa, fields: dict[str, Any], problem: str):
    request = calls_for_help(here, "Rosa García")
    change(here, "Rosa García", **fields)
    before = thread(here, "Rosa García")
    done = here("requests", "reply", request, "Hola")

    assert done.code == 1
    assert problem in done.err
    assert thread(here, "Rosa García") == before


@pytest.mark.parametrize(("ago", "code"), [(timedelta(hours=23), 0), (timedelta(hours=25), 1), (None, 1)])
def test_whatsapp_is_answered_for_a_day(here: Sobremesa, sheet: Path, ago: timedelta | None, code: int):
    sheet.write_text("name,phone,language,permission\nAna Paz,whatsapp:+15125550130,es,yes\n")
    here("families", "import", sheet, "--yes")
    change(here, "Ana Paz", last_inbound_at=ago and NOW - ago, account="whatsapp:+15125550100")
    done = here("requests", "reply", calls_for_help(here, "Ana Paz"), "Hola")

    assert done.code == code
    assert ("WhatsApp takes answers for 24 hours" in done.err) == bool(code)


@pytest.mark.parametrize(("text", "problem"), [(" \n", "nothing in this answer"), ("a" * 1600, "longer than 1,600")])
def test_an_answer_that_cannot_be_sent_is_refused(here: Sobremesa, text: str, problem: str):
    done = here("requests", "reply", calls_for_help(here, "Rosa García"), text)

    assert done.code == 1
    assert problem in done.err


def test_a_closed_request_is_off_the_list_and_takes_no_answer(known: Sobremesa):
    request = calls_for_help(known, "Rosa García", reason="media")
    assert f"Request {request} is closed." in known("requests", "close", request).err

    assert known("requests", "list", "--format", "json").json() == []
    (row,) = known("requests", "list", "--all", "--format", "json").json()
    assert row["closed"] is not None
    assert row["waiting"] is None
    for again in (known("requests", "close", request), known("requests", "reply", request, "Hola")):
        assert again.code == 1
        assert f"Request {request} is closed already." in again.err


def test_a_thread_is_closed_by_asking_the_family(known: Sobremesa):
    known("schools", "set", "--quiet", "0-0")
    request = calls_for_help(known, "Rosa García")
    refused = known("requests", "close", request, "--now")
    assert refused.code == 1
    assert "Only the family can say that it is settled." in refused.err

    done = known("requests", "close", request)
    assert "The family is asked now whether it is settled." in done.err
    assert thread(known, "Rosa García")[-1].kind is Kind.NOTICE
    (row,) = known("requests", "list", "--format", "json").json()
    assert (row["asked"] is not None, row["closed"]) == (True, None)
    assert known("requests", "ask", request).code == 0


def test_a_request_is_claimed_noted_and_handed_over(known: Sobremesa):
    known("staff", "add", "ruiz@lincoln.example", "--name", "Sr. Ruiz")
    request = calls_for_help(known, "Rosa García")
    me = ("--as", "ruiz@lincoln.example")
    assert f"Request {request} is yours, Sr. Ruiz." in known("requests", "claim", request, *me).err
    second = known("requests", "claim", request, "--as", "ortiz@lincoln.example")
    assert second.code == 1
    assert "Sr. Ruiz has request" in second.err

    assert known("requests", "note", request, "Called; no answer. [red]", *me).code == 0
    assert known("requests", "assign", request, "ortiz@lincoln.example", *me).code == 0
    shown = known("requests", "show", request, "--format", "json").json()
    assert shown["owner"] == "Sra. Ortiz"
    assert [(note["by"], note["note"]) for note in shown["notes"]] == [("Sr. Ruiz", "Called; no answer. [red]")]
    assert "Called; no answer. [red]" in known("requests", "show", request).out
    assert all("Called" not in message.body for message in thread(known, "Rosa García"))


def test_a_language_that_the_family_does_not_read_is_sent_only_where_it_is_meant(here: Sobremesa):
    request = calls_for_help(here, "Rosa García")
    warned = here("requests", "reply", request, "Good morning, can I call you at 10?")
    assert warned.code == 1
    assert "This family reads Spanish, and the answer is in English. To send it as it is: --anyway" in warned.err

    assert here("requests", "reply", request, "Good morning, can I call you at 10?", "--anyway").code == 0


def test_a_danger_of_which_nobody_was_alerted_stands_out(here: Sobremesa):
    calls_for_help(here, "Rosa García", reason="danger", urgent=True)

    assert "NOBODY ALERTED" in here("requests", "list").out
    (row,) = here("requests", "list", "--format", "json").json()
    assert (row["urgent"], row["alerted"]) == (True, False)


def test_photos_are_listed_and_without_their_provider_that_is_said(here: Sobremesa, folder: Path):
    request = calls_for_help(here, "Rosa García")
    (row,) = here("requests", "media", request, "--format", "json").json()
    assert (row["number"], row["kind"], row["type"], row["saved"]) == (1, "photo", "image/jpeg", None)

    done = here("requests", "media", request, "--save", folder / "photos")
    assert done.code == 1
    assert "the provider of sms is not set up here" in done.err


async def test_photos_are_saved_for_their_owner_alone(on_sqlite: Sobremesa, sheet: Path, folder: Path):
    async def photo(request: web.Request) -> web.Response:
        return web.Response(body=b"photo", content_type="image/png")

    app = web.Application()
    app.router.add_get("/1", photo)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        await asyncio.to_thread(on_sqlite, "families", "import", sheet, "--yes")
        request = await asyncio.to_thread(calls_for_help, on_sqlite, "Rosa García", photo=f"{base}/1")
        env = {
            "SOBREMESA_DATABASE_URL": on_sqlite.url,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_FROM": "+15125550100",
            "TWILIO_API_BASE_URL": base,
            "SOBREMESA_PUBLIC_URL": "https://texts.example.org",
        }
        words = ("requests", "media", str(request), "--save", "photos", "--format", "json")
        done = await (await start(folder, *words, env=env)).done()

    (row,) = done.json()
    saved = folder / "photos" / f"request-{request}-1.png"
    assert row["saved"] == f"photos/{saved.name}"
    assert (saved.read_bytes(), saved.stat().st_mode & 0o777) == (b"photo", 0o600)


async def test_a_voice_note_of_telegram_is_saved_without_a_word_of_our_token(on_sqlite: Sobremesa, folder: Path):
    def ask() -> int:
        done = on_sqlite("families", "import", folder / "chats.csv", "--yes")
        assert done.code == 0, done.err
        return calls_for_help(on_sqlite, "Ana Paz", photo="telegram-file:voice:AwAC7", channel="telegram")

    (folder / "chats.csv").write_text("name,phone,language,permission\nAna Paz,telegram:5550101,es,yes\n")
    async with TelegramWire() as telegram:
        request = await asyncio.to_thread(ask)
        env = {
            "SOBREMESA_DATABASE_URL": on_sqlite.url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE_URL": telegram.base_url,
        }
        words = ("requests", "media", str(request), "--save", "notes", "--format", "json")
        done = await (await start(folder, *words, env=env)).done()
        telegram.next(error(400, "Bad Request: file is too big"), method="getFile")
        again = await (await start(folder, *words[:-2], env=env)).done()

    assert done.json()[0]["saved"] == f"notes/request-{request}-1.jpg"
    assert (folder / "notes" / f"request-{request}-1.jpg").read_bytes() == FILE
    assert again.code == 1
    assert "larger than 20 MB" in again.err
    assert telegram.token.partition(":")[2] not in done.err + again.err


def test_a_request_of_another_school_is_not_found(here: Sobremesa):
    request = calls_for_help(here, "Rosa García")
    add_school(here, "Washington", "+15125550190")
    done = here("requests", "show", request, "--school", "Washington")

    assert done.code == 1
    assert f"Washington has no request {request}" in done.err
    assert here("requests", "list", "--school", "Washington", "--format", "json").json() == []


def test_a_number_that_left_its_family_is_still_on_the_list(known: Sobremesa):
    calls_for_help(known, "Rosa García", ago=timedelta(days=3))
    change(known, "Rosa García", household_id=None)

    async def read(db: Any) -> Any:
        (school,) = await schools.all_schools(db)
        return await help_desk.calls(db, school)

    (call,) = known.read(read)
    assert call.household is None
    (row,) = known("requests", "list", "--format", "json").json()
    assert (row["family"], row["waiting"]) == ("Rosa García", "3 days")


@pytest.mark.parametrize(
    ("address", "fields", "called"),
    [
        ("sms:+15125550188", {}, "(512) 555-0188"),
        ("telegram:7001", {"app_name": "Rosa"}, "Rosa"),
        ("telegram:7001", {"introduced_at": datetime(2026, 11, 22, 18, tzinfo=UTC)}, "Telegram, since Nov 22"),
        ("telegram:7001", {}, "Telegram"),
    ],
)
def test_families_without_a_name_are_told_apart(
    on_sqlite: Sobremesa, address: str, fields: dict[str, Any], called: str
):
    async def ask(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        await families.meet(db, [(school.id, address, "sms:+15125550100")], NOW)
        (contact,) = await families.by_addresses(db, [(school.id, address)])
        await families.save_contacts(db, [replace(contact, **fields)])
        await help_requests.save(db, [HelpRequest(0, school.id, contact.id, "help", NOW)])

    on_sqlite.read(ask)
    (row,) = on_sqlite("requests", "list", "--format", "json").json()
    assert row["family"] == called
    assert called in on_sqlite("requests", "list").out


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"stopped_at": NOW}, "The family was not asked: it has stopped all texts."),
        ({"wrong_number_at": NOW}, "Nobody was asked: it is a wrong number."),
    ],
)
def test_a_thread_of_a_family_that_cannot_be_asked_is_closed_and_that_is_said(
    here: Sobremesa, fields: dict[str, Any], why: str
):
    request = calls_for_help(here, "Rosa García")
    change(here, "Rosa García", **fields)
    done = here("requests", "close", request)

    assert done.code == 0
    assert f"Request {request} is closed. {why}" in done.err
    assert here("requests", "list", "--format", "json").json() == []


@pytest.mark.parametrize(
    ("channel", "shown"), [("telegram", "[a link, a shared number or a sticker]"), ("sms", "[no words]")]
)
def test_a_text_without_words_is_no_empty_row(here: Sobremesa, channel: str, shown: str):
    request = calls_for_help(here, "Rosa García")

    async def write(db: Any) -> None:
        contact = await contact_named(db, "Rosa García")
        (id_,) = await ids.reserve(db, 1)
        row = LoggedMessage(id_, contact.school_id, contact.id, False, channel, "", contact.address, "", NOW)
        await messages.add(db, [row])

    here.read(write)
    texts = [line["text"] for line in here("requests", "show", request, "--format", "json").json()["messages"]]
    assert texts[-1] == shown
