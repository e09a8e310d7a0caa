"""``sobremesa announce``: written, approved by name, looked at, sent, stopped, and what became of it."""

import asyncio
import csv
import io
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import insert

from bot.announcements import JOB
from bot.announcements.announcement_results import DROPPED
from bot.app import App
from bot.channels.twilio import Twilio
from bot.commands.announcement_rows import missed
from bot.records import ConsentChange
from bot.store import announcements, audit, delivery, families, ids, jobs, schools
from bot.store.database import Database
from bot.store.tables import messages
from flows.facts import Contact, Permission
from tests.commands.conftest import DAY, NEXT_DAY, Done, Sobremesa, add_event, add_school, start
from tests.commands.keyboard import typed
from tests.home import CHICAGO, catalogs
from tests.wire.translators import DeepLWire, Fault, LibreTranslateWire
from tests.wire.twilio import TwilioWire, error

EN, ES = "No school on Friday.", "El viernes no hay clases."
SIGNED_EN, SIGNED_ES = f"Escuela Lincoln: {EN}", f"Escuela Lincoln: {ES}"
BOTH = ("--text", f"en={EN}", "--text", f"es={ES}")
ROSA, LUIS, ANN = "+15125550101", "+15125550102", "+15125550104"
LONG_ENOUGH = 20


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


def draft(command: Sobremesa, *words: object, approved: str = "") -> int:
    """An announcement, in both languages unless it is said otherwise; its number."""
    texts = () if "--text" in words else BOTH
    number = int(command("announce", "draft", *texts, *words, "--format", "json").json()["id"])
    for language in approved.split():
        done = command("announce", "approve", number, language, "--yes")
        assert done.code == 0, done.err
    return number


def shown(command: Sobremesa, number: int) -> Any:
    return command("announce", "show", number, "--format", "json").json()


def approved(command: Sobremesa, number: int) -> dict[str, str | None]:
    """Who approved the text of each language."""
    return {text["language"]: text["approved_by"] for text in shown(command, number)["texts"]}


def jobs_of(command: Sobremesa, number: int) -> list[Any]:
    return command.read(lambda db: jobs.still_to_do(db, JOB, number))


def words_of(shown: str) -> str:
    """What stood on a screen, without colours and the ends of its lines."""
    return " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split())


# Written


def test_nothing_is_announced_at_first(here: Sobremesa):
    assert here("announce", "list", "--format", "json").json() == []
    assert "Nothing was announced yet: sobremesa announce draft" in here("announce", "list").err


def test_a_draft_says_what_is_left_to_do(known: Sobremesa):
    done = known("announce", "draft", "--text", f"en={EN}")

    assert done.code == 0
    number = re.search(r"^id +(\d+)", done.out, re.MULTILINE)
    assert number is not None
    assert f'There is no text in es yet: sobremesa announce write {number[1]} --text es="…"' in done.err
    assert f"Nobody has approved the text in en yet: sobremesa announce approve {number[1]} en" in done.err
    found = shown(known, int(number[1]))
    assert (found["state"], found["topic"], found["audience"], found["made_by"]) == (
        *("draft", "events", "all"),
        "Sra. Ortiz",
    )
    assert found["approved"] == {"en": "not yet (written by hand)", "es": "no text yet"}
    assert (found["recipients"], found["results"]) == (None, [])


def test_texts_may_come_from_standard_input_with_their_lines(here: Sobremesa):
    number = here("announce", "draft", "--format", "json", stdin=f"en={EN}\n\nThe gym = open.\nes={ES}\n").json()["id"]

    assert {text["language"]: text["text"] for text in shown(here, number)["texts"]} == {
        "en": f"{EN}\n\nThe gym = open.",
        "es": ES,
    }
    assert f"    {SIGNED_EN}\n\n    The gym = open.\n" in here("announce", "preview", number).out


def test_an_option_keeps_the_lines_of_its_text(here: Sobremesa):
    number = draft(here, "--text", f"en={EN}\nThe gym is open.")

    assert shown(here, number)["texts"][0]["text"] == f"{EN}\nThe gym is open."


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--to", "everyone"), "“everyone” is nobody that can be written to. Write one of: all; invited:EVENT"),
        (("--to", "all:7"), "“all” takes nothing after the colon."),
        (("--to", "invited"), "Write its number, like invited:12."),
        (("--to", "coming:dinner"), "Write its number, like coming:12."),
        (("--to", "unanswered:77"), "has no event 77"),
        (("--to", "answered:77"), "has no pulse 77"),
        (("--to", "role"), "Which role is meant?"),
        (("--to", "list"), "Write its name, like list:parents.txt."),
        (("--to", "list:nothing.txt"), "nothing.txt: no such file or directory."),
        (("--to", "list:strangers.txt"), "knows nobody by the lines 3, 5 of this list"),
        (("--to", "list:picture.png"), "a list is plain text in UTF-8"),
        (("--only", "fr"), "does not write in fr"),
        (("--text", "fr=Pas d'école"), "does not write in fr; it writes in en, es"),
        (("--text", f"en={'a' * 1601}"), "longer than 1,600 characters"),
        (("--as", "ruiz@lincoln.example"), "Nobody at Escuela Lincoln has the email"),
        (("--school", "Roosevelt"), "Roosevelt"),
    ],
)
def test_an_announcement_that_cannot_be_is_refused(here: Sobremesa, words: tuple[str, ...], problem: str):
    Path("strangers.txt").write_text("\n(512) 555-0101\n(512) 555-0199\n\n(512) 555-0198\n")
    Path("picture.png").write_bytes(b"\x89PNG\xff")
    texts = () if "--text" in words else BOTH
    done = here("announce", "draft", *texts, *words)

    assert done.code == 1
    assert problem in done.err
    assert here("announce", "list", "--format", "json").json() == []


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "There is no text."),
        ("No school on Friday.\n", "A text begins with its language"),
        ("en=\n", "There is nothing in this text."),
        (f"en={EN}\nes={ES}\nen=No.\n", "There are two texts in en."),
    ],
)
def test_texts_that_cannot_be_read_are_refused(here: Sobremesa, typed: str, problem: str):
    done = here("announce", "draft", stdin=typed)

    assert (done.code, problem in done.err) == (1, True)


@pytest.mark.parametrize("text", ["No school", "en=", "=No school"])
def test_a_text_without_its_language_is_wrong_usage(here: Sobremesa, text: str):
    assert here("announce", "draft", "--text", text).code == 2


def test_who_may_not_announce_is_told_so_at_every_step(here: Sobremesa):
    number = draft(here, approved="en es")
    here("staff", "add", "kim@lincoln.example", "--name", "Kim")
    kim = ("--as", "kim@lincoln.example")
    steps: list[tuple[object, ...]] = [
        ("draft", *BOTH),
        ("write", number, "--text", "en=Hello"),
        ("approve", number, "es", "--yes"),
        ("unapprove", number, "es", "--yes"),
        ("send", number, "--yes"),
        ("stop", number, "--yes"),
    ]
    for step in steps:
        done = here("announce", *step, *kim)
        assert (done.code, "yours is helper" in done.err) == (1, True), step
    assert "Say who you are: --as EMAIL" in here("announce", "send", number, "--yes").err
    assert shown(here, number)["state"] == "draft"
    assert approved(here, number) == {"en": "Sra. Ortiz", "es": "Sra. Ortiz"}


def test_a_long_text_is_said_to_be_long(here: Sobremesa):
    done = here("announce", "draft", "--text", f"en={'A long story. ' * 60}")

    assert (done.code, "en: This text takes 6 SMS segments for each family" in done.err) == (0, True)


def test_an_audience_of_nobody_is_pointed_out(here: Sobremesa):
    done = here("announce", "draft", *BOTH, "--to", "role:grandparent")

    assert "nobody belongs to “role:grandparent” as it is now." in done.err


def test_an_audience_may_be_an_event_a_role_a_list_or_a_language(known: Sobremesa):
    event = add_event(known)
    known("events", "invite", event, "--yes")
    Path("two.txt").write_text("(512) 555-0101\n+15125550104\n")
    reached = {
        to: known("announce", "preview", draft(known, "--to", to, *more, approved="en es"), "--format", "json").json()
        for to, more in {
            "all": (),
            f"invited:{event}": (),
            f"coming:{event}": (),
            "role:parent": ("--only", "es"),
            "list:two.txt": (),
        }.items()
    }

    assert [(to, row["recipients"], row["by_language_and_channel"]) for to, row in reached.items()] == [
        ("all", 3, {"en sms": 2, "es sms": 1}),
        (f"invited:{event}", 3, {"en sms": 2, "es sms": 1}),
        (f"coming:{event}", 0, {}),
        ("role:parent", 1, {"es sms": 1}),
        ("list:two.txt", 2, {"en sms": 1, "es sms": 1}),
    ]


def test_new_words_are_approved_anew_and_the_same_words_are_not(known: Sobremesa):
    number = draft(known, approved="en es")
    done = known("announce", "write", number, "--text", f"en={EN}", "--text", "es=El lunes no hay clases.")

    assert "en: the same words as before, approved by Sra. Ortiz." in done.err
    assert "es: kept. Sra. Ortiz had approved other words." in done.err
    assert f"sobremesa announce approve {number} es" in done.err
    assert approved(known, number) == {"en": "Sra. Ortiz", "es": None}


def test_new_words_of_the_original_take_the_other_approvals_back_and_say_so(known: Sobremesa):
    number = draft(known, approved="en es")
    done = known("announce", "write", number, "--text", "en=No school on Monday.")

    assert "en: kept. Sra. Ortiz had approved other words." in done.err
    assert "es: Sra. Ortiz had approved it beside the words before, so that is taken back." in done.err
    assert f"sobremesa announce approve {number} es" in done.err
    assert approved(known, number) == {"en": None, "es": None}
    assert "No text of it is approved yet" in known("announce", "send", number, "--yes").err


def test_texts_come_back_from_a_translator_in_a_sheet(known: Sobremesa):
    number = draft(known, "--text", f"en={EN}")
    # As an Excel of old saves it, with a text of two lines.
    sheet = f'Text;Language;Note\r\n"{ES}\r\nEl gimnasio está abierto.";es;new\r\n'
    Path("texts.csv").write_bytes(sheet.encode("cp1252"))
    done = known("announce", "import", number, "texts.csv")

    assert (done.code, "es: kept." in done.err) == (0, True)
    said = shown(known, number)["texts"][1]
    assert (said["text"], said["origin"], said["approved_by"]) == (f"{ES}\nEl gimnasio está abierto.", "imported", None)


@pytest.mark.parametrize(
    ("sheet", "problem"),
    [
        ("idioma,texto\nes,Hola\n", "the first line names two columns, language and text"),
        ("", "the first line names two columns, language and text"),
        ("language,text\n", "there is no text below the first line"),
        (f"language,text\nen,{EN}\nes,\n", "line 3: a language and its text belong here"),
        (f"language,text\nes,{ES}\nes,Otra cosa\n", "There are two texts in es."),
        (f"language,text\nes,{ES}\nfr,Pas d'école\n", "does not write in fr"),
        ('language,text\nes,"El viernes\n', "never closed"),
    ],
)
def test_a_sheet_that_cannot_be_read_changes_nothing(here: Sobremesa, sheet: str, problem: str):
    number = draft(here, "--text", "en=Hello")
    Path("texts.csv").write_text(sheet, "utf-8")
    done = here("announce", "import", number, "texts.csv")

    assert (done.code, problem in done.err) == (1, True), done.err
    assert [text["text"] for text in shown(here, number)["texts"]] == ["Hello"]


# Translated


@pytest.fixture(params=["libretranslate", "deepl"])
def machine(request: pytest.FixtureRequest) -> LibreTranslateWire | DeepLWire:
    return LibreTranslateWire() if request.param == "libretranslate" else DeepLWire()


def translate(
    command: Sobremesa, wire: LibreTranslateWire | DeepLWire, *words: object, say: str | None = None, url: str = ""
) -> Done:
    """``announce translate`` as a process, with this translator set up; ``say`` is its Spanish."""

    async def translated() -> Done:
        async with wire:
            for language in ("es", "ES-419", "ES"):
                wire.words = {EN: say} if say else {EN: f"[{language}] {EN}"}
            env = {
                "SOBREMESA_DATABASE_URL": command.url,
                "SOBREMESA_TRANSLATOR": "deepl" if isinstance(wire, DeepLWire) else "libretranslate",
                "SOBREMESA_TRANSLATOR_URL": url or wire.base_url,
                "SOBREMESA_TRANSLATOR_KEY": wire.key or "",
            }
            process = await start(Path.cwd(), "announce", "translate", *map(str, words), env=env)
            return await process.done()

    return asyncio.run(translated())


def test_a_machine_drafts_what_has_no_text_and_nobody_gets_the_draft(
    known: Sobremesa, machine: LibreTranslateWire | DeepLWire
):
    number = draft(known, "--text", f"en={EN}", approved="en")
    done = translate(known, machine, number, say="El viernes 5 no hay clases.")

    assert done.code == 0, done.err
    assert done.lines == ["en:", f"    {EN}", "es, a draft by machine:", "    El viernes 5 no hay clases."]
    assert "Look at this: 5 stands in the draft, and not in the original." in done.err
    assert f"sobremesa announce approve {number} es" in done.err
    assert machine.asked[-1].lines == [EN]
    assert shown(known, number)["approved"]["es"] == "not yet (a draft by machine)"
    preview = known("announce", "preview", number)
    assert "In es (1 segment, NOT APPROVED: a draft by machine):" in preview.lines
    assert "  1 reads es, and nobody has approved that text" in preview.lines
    assert known("announce", "send", number, "--yes").code == 1
    assert jobs_of(known, number) == []


def test_a_draft_by_machine_is_approved_by_name_with_the_original_beside_it(here: Sobremesa):
    number = draft(here, "--text", f"en={EN}", approved="en")
    translate(here, LibreTranslateWire(), number, say="El viernes 5 no hay clases.")
    done = here("announce", "approve", number, "es", "--yes")

    assert done.lines == ["en:", f"    {EN}", "es, a draft by machine:", "    El viernes 5 no hay clases."]
    assert "Look at this: 5 stands in the draft" in done.err
    assert "Approved in es by Sra. Ortiz." in done.err
    assert approved(here, number) == {"en": "Sra. Ortiz", "es": "Sra. Ortiz"}


def test_the_words_of_a_person_are_not_lost_to_a_machine_unasked(here: Sobremesa):
    number = draft(here, approved="es")
    wire = LibreTranslateWire()
    assert "Every language of the school has a text" in translate(here, wire, number).err
    refused = translate(here, wire, number, "--to", "es")
    assert (refused.code, "add --yes" in refused.err, wire.calls) == (1, True, 0)
    assert approved(here, number)["es"] == "Sra. Ortiz"

    assert translate(here, wire, number, "--to", "es", "--yes", say="Viernes libre.").code == 0
    assert (shown(here, number)["texts"][1]["text"], approved(here, number)["es"]) == ("Viernes libre.", None)


@pytest.mark.parametrize(
    ("to", "problem"), [("en", "It was written in en"), ("fr", "does not write in fr; it writes in en, es")]
)
def test_no_machine_is_asked_for_what_makes_no_sense(here: Sobremesa, to: str, problem: str):
    number, wire = draft(here, "--text", f"en={EN}"), LibreTranslateWire()
    done = translate(here, wire, number, "--to", to)

    assert (done.code, problem in done.err, wire.calls) == (1, True, 0)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(500), "LibreTranslate has a fault of its own; try again later (HTTP 500)"),
        (Fault(200, "<html>"), "what answers at http://127.0.0.1:"),
    ],
)
def test_a_machine_that_fails_is_a_sentence_and_changes_nothing(here: Sobremesa, fault: Fault, problem: str):
    number, wire = draft(here, "--text", f"en={EN}"), LibreTranslateWire()
    wire.next(fault)
    done = translate(here, wire, number)

    assert done.code == 1
    assert problem.lower() in done.err.lower()
    assert "Traceback" not in done.err
    assert approved(here, number) == {"en": None}


def test_without_a_translator_it_is_said_how_to_get_one(here: Sobremesa):
    done = here("announce", "translate", draft(here, "--text", f"en={EN}"))

    assert done.code == 1
    assert "SOBREMESA_TRANSLATOR names one. By hand: sobremesa announce write" in done.err


# Approved


def test_the_words_are_read_before_somebody_answers_for_them(known: Sobremesa):
    number = draft(known)
    unasked = known("announce", "approve", number, "es")
    assert (unasked.code, "add --yes" in unasked.err) == (1, True)
    assert approved(known, number) == {"en": None, "es": None}

    done = known("announce", "approve", number, "es", "--yes")
    assert done.lines == ["en:", f"    {EN}", "es:", f"    {ES}"]
    assert approved(known, number) == {"en": None, "es": "Sra. Ortiz"}
    (school,) = known.read(schools.all_schools)
    line = known.read(lambda db: audit.last(db, school.id, 1))[0]
    assert (line.action, line.subject) == ("announcement text approved", f"announcement {number}")
    assert "viernes" not in str(line)


def test_a_second_approval_says_who_gave_the_first(here: Sobremesa):
    number = draft(here, approved="es")
    here("staff", "add", "ruiz@lincoln.example", "--name", "Sr. Ruiz", "--role", "editor")
    done = here("announce", "approve", number, "es", "--yes", "--as", "ruiz@lincoln.example")

    assert (done.code, "Sra. Ortiz has approved these words already." in done.err) == (0, True)
    assert approved(here, number)["es"] == "Sra. Ortiz"


def test_a_language_without_a_text_cannot_be_approved(here: Sobremesa):
    done = here("announce", "approve", draft(here, "--text", f"en={EN}"), "es", "--yes")

    assert (done.code, "has no text in es yet; it has one in en." in done.err) == (1, True)


def test_the_question_names_who_answers_and_a_no_changes_nothing(here: Sobremesa):
    number = draft(here)
    question = "Sra. Ortiz, do you answer for these words in es?"
    screen, code = typed(["announce", "approve", str(number), "es"], [(question, "n\n")])

    assert (code, "Nothing was changed." in screen) == (1, True)
    assert approved(here, number)["es"] is None
    assert typed(["announce", "approve", str(number), "es"], [(question, "y\n")])[1] == 0
    assert approved(here, number)["es"] == "Sra. Ortiz"


def test_words_that_change_while_they_are_read_are_not_approved(here: Sobremesa):
    number = draft(here)

    def meanwhile() -> str:
        assert here("announce", "write", number, "--text", "es=El lunes no hay clases.").code == 0
        return "y\n"

    screen, code = typed(["announce", "approve", str(number), "es"], [("answer for these words in es?", meanwhile)])

    assert code == 1
    assert "Somebody has just changed this text; please read it again." in words_of(screen)
    assert approved(here, number)["es"] is None


def test_an_approval_is_taken_back(known: Sobremesa):
    number = draft(known, approved="en es")

    assert known("announce", "unapprove", number, "es").code == 0
    assert approved(known, number) == {"en": "Sra. Ortiz", "es": None}
    assert "Nobody has approved the text in es" in known("announce", "unapprove", number, "es").err


# Looked at


def test_the_preview_tells_who_gets_it_in_which_words_and_what_it_costs(known: Sobremesa):
    number = draft(known, approved="en")
    done = known("announce", "preview", number, "--at", f"{DAY} 09:00")

    assert done.lines[:10] == [
        f"Announcement {number}, event news, for all.",
        "2 people get it:",
        "  2 in en by SMS; 2 of them first a text that says who writes",
        "3 people get nothing:",
        "  1 has left event news, or said no to it",
        "  1 has given no permission for event news",
        "  1 reads es, and nobody has approved that text",
        "  To send it without those whose text is not approved: --without-unapproved",
        "It takes 8 SMS segments, 6 of them to say who writes: about $0.12.",
        f"Sending takes less than a minute; the last one goes on {DAY:%A}, {DAY} at 09:00.",
    ]
    assert done.lines[10:14] == [
        *("In en (1 segment):", f"    {SIGNED_EN}"),
        *("In es (1 segment, NOT APPROVED: written by hand):", f"    {SIGNED_ES}"),
    ]
    assert done.lines[14] == "And before it, to whom the school never wrote, in en:"
    assert "Hello, [name]! Escuela Lincoln will text you here" in done.lines[15]


def got_news(command: Sobremesa, days_ago: int) -> None:
    """Everybody got three pieces of event news so many days ago."""
    numbers = [draft(command) for _ in range(3)]
    at = datetime.now(UTC) - timedelta(days=days_ago)

    async def save(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        async for _home, living in families.all_families(db, school.id):
            for one in living:
                rows = [news(id_, one, about, at) for id_, about in zip(await ids.reserve(db, 3), numbers, strict=True)]
                await db.execute(insert(messages), rows)

    command.read(save)


def news(id_: int, to: Contact, about: int, at: datetime) -> dict[str, Any]:
    whose = {"id": id_, "school_id": to.school_id, "contact_id": to.id, "announcement_id": about, "language": "es"}
    sent = {"outgoing": True, "channel": "sms", "account": "", "address": to.address, "body": "", "kind": "event"}
    return whose | sent | {"state": "delivered", "created_at": at, "sent_at": at}


@pytest.mark.parametrize(("days_ago", "waits"), [(2, False), (5, True)])
def test_who_has_had_enough_news_this_week_is_told_before_it_goes(known: Sobremesa, days_ago: int, waits: bool):
    got_news(known, days_ago)
    number = draft(known, "--only", "es", approved="es")
    done = known("announce", "preview", number)

    room = datetime.now(CHICAGO) + timedelta(days=7 - days_ago)
    enough = "1 of them has had as much event news this week as one person gets, and waits for it, until"
    never = "  1 has had as much event news this week as one person gets, and would get it too late"
    assert any(line.startswith(f"  {enough} {room:%A}") for line in done.lines) == waits
    assert (never in done.lines) != waits
    assert ("  To let it wait until they get news again: --until" in done.lines) != waits
    sent = known("announce", "send", number, "--yes")
    assert (sent.code, "goes out now" in sent.err) == (0 if waits else 1, False)
    assert ("Nobody would get it." in sent.err) != waits


def test_where_it_is_night_for_a_number_it_goes_later(here: Sobremesa):
    Path("west.csv").write_text("household,name,phone,language,permission\nLee,Bo Lee,+12135550101,English,yes\n")
    here("families", "import", "west.csv", "--yes")
    Path("both.txt").write_text("+12135550101\n+15125550101\n")
    done = here("announce", "preview", draft(here, "--to", "list:both.txt", approved="en es"), "--at", f"{DAY} 08:30")

    assert f"It is night then where 1 number is at home: it gets it from {DAY:%A}, {DAY} at 10:00 on." in done.lines
    assert f"Sending takes less than a minute; the last one goes on {DAY:%A}, {DAY} at 10:00." in done.lines


def test_a_text_that_names_the_school_is_sent_as_it_is(here: Sobremesa):
    named = ("--text", "en=escuela LINCOLN is closed on Friday.", "--text", f"es={ES}")
    done = here("announce", "preview", draft(here, *named, approved="en es"))

    assert "    escuela LINCOLN is closed on Friday." in done.lines
    assert f"    {SIGNED_ES}" in done.lines


def test_on_telegram_the_name_stands_over_the_chat(here: Sobremesa):
    (school,) = here.read(schools.all_schools)
    here.read(lambda db: schools.add_account(db, school.id, "telegram:4711", datetime.now(UTC)))
    Path("chats.csv").write_text("household,name,phone,language,permission\nLee,Bo Lee,telegram:17,English,yes\n")
    here("families", "import", "chats.csv", "--yes")
    done = here("announce", "preview", draft(here, approved="en es"))

    assert "  1 in en by Telegram; 1 of them first a text that says who writes" in done.lines
    place = done.lines.index(f"    {SIGNED_EN}")
    said = "  By Telegram without “Escuela Lincoln:”, because the sender's name stands over the chat."
    assert (done.lines[place + 1], done.lines.count(said)) == (said, 1)


def test_one_person_is_told_of_in_the_singular(here: Sobremesa):
    done = here("announce", "preview", draft(here, "--only", "es", approved="es"))

    assert done.lines[1:4] == [
        "1 person gets it:",
        "  1 in es by SMS; 1 of them first a text that says who writes",
        "2 people get nothing:",
    ]
    Path("one.txt").write_text("(512) 555-0114\n")
    done = here("announce", "preview", draft(here, "--to", "list:one.txt", approved="es"))
    assert done.lines[0].endswith("event news, for a list of 1 person.")
    assert done.lines[1:4] == [
        *("Nobody gets it.", "1 person gets nothing:", "  1 has left event news, or said no to it")
    ]
    assert "segments" not in done.lines[4]


def test_a_preview_for_the_night_says_when_the_morning_is(here: Sobremesa):
    done = here("announce", "preview", draft(here, approved="en es"), "--at", f"{DAY} 23:00")

    assert (
        f"That is a time of night at Escuela Lincoln: the first one goes on {NEXT_DAY:%A}, {NEXT_DAY} at 08:00."
        in done.lines
    )


def test_what_would_not_be_through_in_time_is_pointed_out(here: Sobremesa):
    number = draft(here, approved="en es")
    when = ("--at", f"{DAY} 23:00", "--until", f"{NEXT_DAY} 07:00")

    assert any(
        line.startswith(f"What has not gone on {NEXT_DAY:%A}, {NEXT_DAY} at 07:00")
        for line in here("announce", "preview", number, *when).lines
    )
    assert not any("never goes" in line for line in here("announce", "preview", number, *when[:2]).lines)


def test_an_urgent_one_reaches_who_gave_no_permission_at_night(here: Sobremesa):
    done = here("announce", "preview", draft(here, "--urgent", approved="en es"), "--at", f"{DAY} 23:00")

    assert done.lines[0].endswith("urgent, for all.")
    assert done.lines[1:3] == [
        *("It is urgent: it goes out at any hour, also to those who left event news.", "5 people get it:")
    ]
    assert f"the last one goes on {DAY:%A}, {DAY} at 23:00" in done.out


def test_a_preview_for_programs(here: Sobremesa):
    number = draft(here, approved="en")
    row = here("announce", "preview", number, "--at", f"{DAY} 09:00", "--format", "json").json()

    assert row == {
        "id": number,
        "topic": "events",
        "audience": "all",
        "recipients": 2,
        "waiting_for_their_week": 0,
        "by_language_and_channel": {"en sms": 2},
        "first_texts": {"en sms": 2},
        "excluded": {"left-news": 1, "no-permission": 1, "not-approved": 1},
        "languages_without_text": ["es"],
        "segments_each": {"en": 1, "es": 1},
        "segments": 8,
        "dollars": "0.12",
        "seconds": 0,
        "begins_at": f"{DAY}T09:00:00-05:00",
        "through_at": f"{DAY}T09:00:00-05:00",
        "approved": ["en"],
        "texts": {"en": SIGNED_EN, "es": SIGNED_ES},
    }
    (line,) = csv.DictReader(io.StringIO(here("announce", "preview", number, "--format", "csv").out))
    assert (line["recipients"], line["excluded"]) == ("2", "left-news: 1, no-permission: 1, not-approved: 1")


def test_the_speed_and_the_price_are_those_of_the_settings(here: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    number = draft(here, approved="en es")
    given = {
        "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_FROM": "+15125550100",
        "TWILIO_SEGMENTS_PER_SECOND": "0.1",
        "TWILIO_SEGMENT_PRICE": "0.5",
        "SOBREMESA_PUBLIC_URL": "https://school.example",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    done = here("announce", "preview", number, "--at", f"{DAY} 09:00")

    assert "It takes 12 SMS segments, 9 of them to say who writes: about $6.00." in done.lines
    assert f"Sending takes 2 minutes; the last one goes on {DAY:%A}, {DAY} at 09:02." in done.lines


def test_the_list_shows_the_newest_first(known: Sobremesa):
    old = draft(known, "--text", f"en={EN} {'Bring a coat. ' * 5}")
    new = draft(known, "--urgent", "--only", "es")
    rows = known("announce", "list", "--format", "json").json()

    assert [(row["id"], row["topic"], row["audience"]) for row in rows] == [
        (new, "urgent", "all, only es"),
        (old, "events", "all"),
    ]
    assert rows[1]["text"] == f"{EN} {'Bring a coat. ' * 5}".strip()
    lines = known("announce", "list").lines
    assert lines[0].split() == ["id", "state", "audience", "sent", "failed", "dropped", "text"]
    assert lines[1].split()[:3] == [str(new), "draft,", "urgent"]
    assert lines[2].endswith(f"{EN} Bring a coat. Brin…")
    header, first, _second = csv.reader(io.StringIO(known("announce", "list", "--format", "csv").out))
    assert (header[0], first[0]) == ("id", str(new))


def test_another_school_has_none_of_it(sobremesa: Sobremesa, sheet: Path):
    add_school(sobremesa, "Roosevelt", "+15125550110")
    lincoln, roosevelt = ("--school", "Escuela Lincoln"), ("--school", "Roosevelt")
    sobremesa("families", "import", sheet, "--yes", *lincoln)
    number = draft(sobremesa, *lincoln)

    assert "--school" in sobremesa("announce", "list").err
    assert sobremesa("announce", "list", *roosevelt, "--format", "json").json() == []
    for command in (("show",), ("preview",), ("missed",), ("results",), ("send", "--yes"), ("stop", "--yes")):
        done = sobremesa("announce", command[0], number, *command[1:], *roosevelt)
        assert (done.code, f"Roosevelt has no announcement {number}" in done.err) == (1, True), command
    assert "5 people" in sobremesa("announce", "preview", number, *lincoln).out


# Sent


def test_it_is_sent_after_the_preview_and_a_yes(known: Sobremesa):
    number = draft(known, approved="en es")
    unasked = known("announce", "send", number)
    assert (unasked.code, "3 people get it:" in unasked.out, "add --yes" in unasked.err) == (1, True, True)
    assert jobs_of(known, number) == []

    before = datetime.now(UTC)
    done = known("announce", "send", number, "--yes")
    assert (done.code, "goes out now, while `sobremesa run` serves" in done.err) == (0, True)
    (job,) = jobs_of(known, number)
    assert before <= job.due_at <= datetime.now(UTC)
    (row,) = known("announce", "list", "--format", "json").json()
    assert (row["state"], row["recipients"], row["sent"], row["waiting"]) == ("scheduled", 3, 0, 3)
    assert known("announce", "list").lines[1].split()[1:6] == ["scheduled", "all", "0", "of", "3"]


def test_it_is_sent_at_a_time_of_the_school(known: Sobremesa):
    number = draft(known, approved="en es")
    done = known("announce", "send", number, "--at", f"{DAY} 09:00", "--until", f"{DAY} 12:00", "--yes")

    assert f"Announcement {number} goes out at {DAY} 09:00; `sobremesa run` has to serve then." in done.err
    (job,) = jobs_of(known, number)
    assert job.due_at == datetime.combine(DAY, time(9), CHICAGO)
    found = shown(known, number)
    assert (found["send_at"], found["until"]) == (f"{DAY}T09:00:00-05:00", f"{DAY}T12:00:00-05:00")
    assert f"It is set to go out on {DAY:%A}, {DAY} at 09:00." in known("announce", "preview", number).lines
    changed = known("announce", "write", number, "--text", "es=Otra cosa.")
    assert f"It goes out at {DAY} 09:00, to nobody in a language that is not approved by then." in changed.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--at", "yesterday"), "“yesterday” is not a day and an hour"),
        (("--at", "2020-03-12 09:00"), "This time is over already."),
        (("--at", "2126-03-12 09:00"), "This is more than 400 days ahead; is the year right?"),
        (("--until", "2126-03-12 09:00"), "This is more than 400 days ahead; is the year right?"),
        (("--at", "2099-03-08 02:30"), "the clocks go forward that night"),
        (("--at", f"{DAY} 09:00", "--until", f"{DAY} 08:00"), "It would be too late before it begins."),
    ],
)
def test_a_time_that_cannot_be_is_refused_before_anybody_is_asked(
    here: Sobremesa, words: tuple[str, ...], problem: str
):
    number = draft(here, approved="en es")
    for command in ("preview", "send"):
        done = here("announce", command, number, *words)

        assert (done.code, problem in done.err, done.out) == (1, True, ""), "nothing is shown of what cannot be"
        assert "--yes" not in done.err
    assert shown(here, number)["state"] == "draft"


def test_without_an_approved_text_nobody_is_asked_and_nothing_goes(here: Sobremesa):
    number = draft(here)
    assert "nobody gets words that nobody approved" in here("announce", "send", number, "--yes").err
    here("announce", "approve", number, "en", "--yes")
    done = here("announce", "send", number, "--yes")
    assert (done.code, "1 of them would get nothing: no text is approved in es." in done.err) == (1, True)

    assert here("announce", "send", number, "--without-unapproved", "--yes").code == 0
    assert shown(here, number)["recipients"] == 2


def test_an_urgent_one_asks_twice(known: Sobremesa):
    number = draft(known, "--urgent", approved="en es")
    once = known("announce", "send", number, "--yes")
    assert (once.code, "needs a second yes. Add --really." in once.err) == (1, True)
    assert known("announce", "send", number, "--really").code == 1
    assert shown(known, number)["state"] == "draft"

    assert known("announce", "send", number, "--yes", "--really").code == 0
    assert shown(known, number)["recipients"] == 5


def test_at_a_keyboard_an_urgent_one_asks_twice_too(here: Sobremesa):
    number = draft(here, "--urgent", approved="en es")
    first, second = "Send it to 5 people?", "It is urgent and may wake 5 people. Is it a closure or a danger?"
    screen, code = typed(["announce", "send", str(number)], [(first, "y\n"), (second[:40], "n\n")])
    assert (code, second in words_of(screen), "Nothing was changed." in screen) == (1, True, True)
    assert shown(here, number)["state"] == "draft"

    screen, code = typed(["announce", "send", str(number)], [(first, "y\n"), (second[:40], "y\n")])
    assert code == 0
    assert words_of(screen).index("5 people get it:") < words_of(screen).index(first)


def test_who_sends_what_somebody_else_has_just_sent_is_told_so(here: Sobremesa):
    number = draft(here, approved="en es")

    def meanwhile() -> str:
        assert here("announce", "send", number, "--yes").code == 0
        return "y\n"

    screen, code = typed(["announce", "send", str(number)], [("Send it to 3 people?", meanwhile)])

    assert code == 1
    assert f"somebody else has just sent announcement {number}" in words_of(screen)
    assert "goes out now" not in words_of(screen)
    again = here("announce", "send", number, "--yes")
    assert (again.code, "has begun to go out; draft a new one" in again.err) == (1, True)


def test_at_night_it_is_said_when_it_goes(here: Sobremesa):
    """The school is quiet from this hour to four hours later."""
    hour = datetime.now(CHICAGO).hour
    assert here("schools", "set", "--quiet", f"{hour}-{(hour + 4) % 24}").code == 0
    done = here("announce", "send", draft(here, approved="en es"), "--yes")

    assert "goes out now" not in done.err
    assert re.search(rf"goes out at [0-9-]+ {(hour + 4) % 24:02}:00; `sobremesa run` has to serve then.", done.err)


def test_what_goes_out_is_what_was_shown(here: Sobremesa):
    number = draft(here, approved="en es")

    def meanwhile() -> str:
        here("announce", "write", number, "--text", "es=El lunes no hay clases.")
        here("announce", "approve", number, "es", "--yes")
        return "y\n"

    screen, code = typed(["announce", "send", str(number)], [("Send it to 3 people?", meanwhile)])

    assert code == 1
    assert "somebody has just changed a text or its approval" in words_of(screen)
    assert shown(here, number)["state"] == "draft"


def test_a_scheduled_one_is_stopped_and_stays_stopped(known: Sobremesa):
    number = draft(known, approved="en es")
    nothing = known("announce", "stop", number)
    assert (nothing.code, "is not on its way; there is nothing to stop" in nothing.err) == (1, True)
    known("announce", "send", number, "--at", f"{DAY} 09:00", "--yes")
    assert "add --yes" in known("announce", "stop", number).err

    assert "Stopped before it went to anybody." in known("announce", "stop", number, "--yes").err
    assert shown(known, number)["state"] == "stopped"
    assert known("announce", "stop", number, "--yes").code == 1
    again = known("announce", "send", number, "--yes")
    assert (again.code, "draft a new one" in again.err) == (1, True)


# What became of it


def noon() -> datetime:
    """The next noon at the school, at least an hour ahead: at night nothing would go."""
    local = datetime.now(CHICAGO) + timedelta(hours=1)
    return (local.replace(hour=12, minute=0) + timedelta(days=local.hour >= 12)).astimezone(UTC)


def introduced(command: Sobremesa) -> None:
    """The school has written to all of them before."""

    async def save(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        async for _home, living in families.all_families(db, school.id):
            await families.save_contacts(db, [replace(one, introduced_at=datetime.now(UTC)) for one in living])

    command.read(save)


Play = Callable[["Serving"], Coroutine[Any, Any, None]]


@dataclass
class Serving:
    """`sobremesa run`, with Twilio on loopback; ``now`` is moved by the test."""

    twilio: TwilioWire
    app: App
    http: ClientSession
    server: TestServer
    now: datetime

    async def reports(self, status: str, code: int | None, numbers: Iterable[str]) -> None:
        """Twilio says what became of the last text to each of these numbers."""
        for number in numbers:
            sent = [one for one in self.twilio.sent if one.to == number][-1]
            await self.posts(self.twilio.status(sent, status, code))

    async def posts(self, post: Any) -> None:
        url = self.server.make_url(post.url)
        async with self.http.post(url, data=post.body, headers=post.headers) as response:
            assert response.status < 300

    async def settled(self, until: Callable[[delivery.Waiting], bool] = lambda it: not it.ready) -> None:
        """Wait until nothing is left to send."""
        async with asyncio.timeout(LONG_ENOUGH):
            while True:
                async with self.app.database.read() as db:
                    waiting = await delivery.waiting(db)
                if self.twilio.calls and not waiting.sending and until(waiting):
                    return
                await asyncio.sleep(0.02)


def serve(command: Sobremesa, twilio: TwilioWire, play: Play, now: datetime | None = None) -> None:
    """Serve the database of a command, from a noon, for as long as ``play`` takes."""

    async def served() -> None:
        async with twilio, ClientSession() as http:
            channel = Twilio(
                account_sid=twilio.account_sid,
                auth_token=twilio.auth_token,
                public_url=twilio.public_url,
                api_base_url=twilio.base_url,
            )
            database = Database.open(command.url)
            app = App(database, catalogs(), [channel], lambda: serving.now)
            serving = Serving(twilio, app, http, TestServer(app.web()), now or noon())
            try:
                async with app.running(), serving.server:
                    await play(serving)
            finally:
                await database.close()

    asyncio.run(served())


def test_results_say_what_became_of_it_and_why(known: Sobremesa):
    """One number is dead, one a landline, and one stopped its texts with its carrier."""
    introduced(known)
    number = draft(known, "--urgent", approved="en es")
    known("announce", "send", number, "--yes", "--really")
    twilio = TwilioWire()
    twilio.opted_out.add("+15125550109")

    async def play(at: Serving) -> None:
        await at.settled()
        await at.reports("undelivered", 30005, [ROSA])
        await at.reports("failed", 30006, [ANN])
        await at.reports("delivered", None, [LUIS])
        at.now += timedelta(minutes=5)
        await at.posts(twilio.inbound(LUIS, "Thank you!"))
        await at.settled()

    serve(known, twilio, play)

    found = shown(known, number)
    assert (found["sent"], found["failed"], found["recipients"]) == (2, 3, 5)
    assert found["why_failed"] == {
        "The family has stopped texts from the school, with its carrier (21610)": 1,
        "The number is not in use any more (30005)": 1,
        "The number is a landline, or its carrier takes no texts (30006)": 1,
    }
    results = known("announce", "results", number, "--format", "json").json()
    assert found["results"] == results
    assert [(row["language"], row["channel"], row["recipients"]) for row in results] == [
        ("en", "sms", 2),
        ("es", "sms", 3),
        ("all", "all", 5),
    ]
    assert (results[0]["delivered"], results[0]["failed"], results[0]["replied"]) == (1, 1, 1)
    assert (results[2]["delivered"], results[2]["accepted"], results[2]["stopped"]) == (1, 1, 1)

    people = known("announce", "missed", number, "--format", "json").json()
    assert [(one["family"], one["name"], one["result"], one["why"][-7:]) for one in people] == [
        ("García López", "Rosa García", "failed", "(30005)"),
        ("Miller", "Ann Miller", "failed", "(30006)"),
        ("Núñez Rivera", "Lucía Núñez", "failed", "(21610)"),
    ]
    assert people[0]["address"] == f"sms:{ROSA}"
    assert "The number is not in use any more (30005)" in known("announce", "missed", number).out
    assert known("announce", "missed", number, "--format", "csv").lines[0] == "family,name,address,language,result,why"
    table = known("announce", "show", number).out
    assert re.search(r"^why failed +\w", table, re.MULTILINE)
    assert "The number is not in use any more (30005): 1\n" in table
    header = table.splitlines()[-4].split()
    assert header == [*("language", "channel", "recipients", "delivered", "accepted", "failed", "replied", "stopped")]


@pytest.mark.parametrize(
    ("code", "words"), [(21614, "This number cannot receive texts"), (21211, "This is not a phone number that exists")]
)
@pytest.mark.parametrize("met", [True, False])
def test_a_number_that_takes_no_texts_is_seen_with_its_code(here: Sobremesa, code: int, words: str, met: bool):
    """Also where it was the text before it, which says who writes, that Twilio refused."""
    if met:
        introduced(here)
    number = draft(here, "--only", "es", approved="es")
    here("announce", "send", number, "--yes")
    twilio = TwilioWire()
    twilio.next(error(400, code))
    serve(here, twilio, Serving.settled)

    (one,) = here("announce", "missed", number, "--format", "json").json()
    assert (one["name"], one["result"]) == ("Rosa García", "failed")
    assert one["why"] == f"{words} ({code})"
    nobody = here("announce", "preview", draft(here, "--only", "es", approved="es"))
    assert "  1 cannot be reached: the number takes no texts" in nobody.lines


def test_a_dead_number_is_left_out_of_the_next_announcement_and_shown(known: Sobremesa):
    introduced(known)
    first = draft(known, "--urgent", approved="en es")
    known("announce", "send", first, "--yes", "--really")
    twilio = TwilioWire()

    async def play(at: Serving) -> None:
        await at.settled()
        await at.reports("undelivered", 30005, [ROSA])
        await at.reports("undelivered", 30003, [ANN])

    serve(known, twilio, play)
    second = draft(known, "--urgent", approved="en es")
    preview = known("announce", "preview", second)
    assert "  1 cannot be reached: the number takes no texts" in preview.lines
    known("announce", "send", second, "--yes", "--really")
    twilio = TwilioWire()
    serve(known, twilio, Serving.settled, now=noon() + timedelta(days=1))

    assert ROSA not in {sent.to for sent in twilio.sent}
    assert ANN in {sent.to for sent in twilio.sent}, "a phone that was off is tried again"
    (one,) = known("announce", "missed", second, "--format", "json").json()
    assert (one["family"], one["name"], one["result"]) == ("García López", "Rosa García", "not sent")
    assert one["why"] == "The number is not in use any more (30005)"


@pytest.mark.parametrize(
    ("channel", "ended", "stop", "result", "why"),
    [
        *(
            ("telegram", ("failed", words, 403), None, "failed", words)
            for words in ("The family has blocked the school's bot", "This Telegram account does not exist any more")
        ),
        (
            "telegram",
            ("dropped", "stopped", None),
            ("carrier", "403"),
            "not sent",
            "The bot may not write to this chat",
        ),
        ("sms", ("dropped", "stopped", None), ("reply", "ALTO"), "not sent", DROPPED["stopped"]),
        (
            "sms",
            ("dropped", "dead-number", None),
            ("number", "30006"),
            "not sent",
            "The number is a landline, or its carrier takes no texts (30006)",
        ),
        ("sms", ("dropped", "dead-number", None), None, "not sent", DROPPED["dead-number"]),
        ("sms", ("dropped", "expired", None), None, "not sent", "it had become too late"),
        ("sms", ("failed", "gave-up", 20429), None, "failed", "Twilio asks us to send more slowly (20429)"),
        ("telegram", ("failed", "gave-up", None), None, "failed", "It was tried again and again, and never taken"),
        ("sms", ("failed", "not-delivered", None), None, "failed", "It did not arrive, and no reason was given"),
        ("sms", ("unknown", "lease-ran-out", None), None, "nobody knows", "The server stopped while it was being sent"),
    ],
)
def test_each_end_has_its_words(
    channel: str, ended: tuple[str, str, int | None], stop: tuple[str, str] | None, result: str, why: str
):
    one = announcements.Missed(1, "Rojas", "Ana", f"{channel}:1", "es", channel, *ended)
    history = [ConsentChange(1, 1, "all", Permission.REFUSED, noon(), stop[0], words=stop[1])] if stop else []
    row = missed(one, history)

    assert (row["result"], row["why"]) == (result, why)


def test_what_waits_says_for_what(known: Sobremesa):
    introduced(known)
    number = draft(known, "--only", "es", approved="es")
    known("announce", "send", number, "--yes")
    twilio = TwilioWire()
    twilio.next(error(429, 20429, retry_after=600))

    serve(known, twilio, partial(Serving.settled, until=lambda it: bool(it.ready)))

    found = shown(known, number)
    assert (found["state"], found["waiting"], found["results"][0]["waiting"]) == ("sending", 1, 1)
    assert found["why_waiting"] == {"Twilio asks us to send more slowly": 1}


def test_what_is_held_for_the_morning_says_so_and_is_stopped_midway(known: Sobremesa):
    number = draft(known, approved="en es")
    known("announce", "send", number, "--yes")
    night = noon() + timedelta(hours=11)

    async def play(at: Serving) -> None:
        async with asyncio.timeout(LONG_ENOUGH):
            while True:
                async with at.app.database.read() as db:
                    found = [one for one in await announcements.outcomes(db, number) if one.reason]
                if sum(one.messages for one in found) == 3:
                    return
                await asyncio.sleep(0.02)

    serve(known, TwilioWire(), play, now=night)

    assert shown(known, number)["why_waiting"] == {"They wait for the morning": 3}
    assert "Stopped before it went to anybody." in known("announce", "stop", number, "--yes").err
    found = shown(known, number)
    assert (found["state"], found["dropped"], found["waiting"]) == ("stopped", 3, 0)
    assert found["why_dropped"] == {"the announcement was stopped before": 3}
    assert {one["result"] for one in known("announce", "missed", number, "--format", "json").json()} == {"not sent"}
