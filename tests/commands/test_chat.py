"""``sobremesa chat``: a phone in the terminal, also for scripts."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.messages import Kind, State
from bot.records import LoggedMessage
from bot.store import families, ids, messages, schools
from bot.store.serving import serving
from tests.commands.conftest import Done, Sobremesa, add_event, start
from tests.commands.keyboard import typed

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


async def chatted(command: Sobremesa | None, said: str, *words: str) -> Done:
    env = {"SOBREMESA_DATABASE_URL": command.url} if command else {}
    return await (await start(Path.cwd(), "chat", *words, env=env)).done(said.encode())


async def thread_of(db: Any, address: str) -> Any:
    (school,) = await schools.all_schools(db)
    (contact,) = await families.by_addresses(db, [(school.id, address)])
    return await messages.thread_of(db, contact.id, 50)


@pytest.fixture
def invited(sobremesa: Sobremesa, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> Sobremesa:
    """The school, whose families are invited to a dinner."""
    sobremesa("families", "import", sheet, "--yes")
    sobremesa("events", "invite", add_event(sobremesa, "--food"), "--yes")
    return sobremesa


async def test_each_line_is_a_text_and_each_answer_stands_below(invited: Sobremesa):
    done = await chatted(invited, "si vamos 2 grandes y 3 niños\nno\nHELP", "--as", "(512) 555-0101")

    assert done.code == 0, done.err
    asked, confirmed, *help_ = [line for line in done.lines if line.startswith("school> ")][-3:]
    assert "Alergias" in asked
    assert "2 adultos, 3 niños" in confirmed
    assert "ALTO" in help_[0]
    assert "You text Escuela Lincoln from +15125550101." in done.err


def test_what_was_said_in_the_terminal_is_what_the_school_knows(invited: Sobremesa):
    asyncio.run(chatted(invited, "si vamos 2 grandes y 3 niños\nno\n", "--as", "+15125550101"))

    rows = invited("events", "list", "--format", "json").json()
    assert (rows[0]["yes"], rows[0]["people"]) == (1, 5)


def test_what_is_for_another_phone_is_left_for_the_process_that_serves(invited: Sobremesa):
    # An answer, which is due at any hour; the invitations may wait for the morning.
    async def answer(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        (ann,) = await families.by_addresses(db, [(school.id, "sms:+15125550104")])
        (id_,) = await ids.reserve(db, 1)
        reply: dict[str, Any] = {"kind": Kind.REPLY, "state": State.READY, "due_at": NOON}
        await messages.add(
            db, [LoggedMessage(id_, school.id, ann.id, True, "sms", "", ann.address, "Yes", NOON, **reply)]
        )

    invited.read(answer)
    done = asyncio.run(chatted(invited, "hola\n", "--as", "+15125550101"))

    assert "Yes" not in done.out
    others = invited.read(lambda db: thread_of(db, "sms:+15125550104"))
    assert "Yes" in {message.body for message in others}
    assert {message.state for message in others} == {State.READY}


def test_without_a_database_it_is_a_sample_school_that_leaves_nothing(folder: Path):
    done = asyncio.run(chatted(None, "Hola\n"))

    assert done.code == 0, done.err
    assert "There is no database yet, so this is a sample school." in done.err
    assert done.out.startswith("school> Escuela Lincoln: ")
    assert [*folder.iterdir()] == []


async def test_it_does_not_run_beside_a_process_that_serves(on_sqlite: Sobremesa):
    with serving(on_sqlite.url):
        done = await chatted(on_sqlite, "Hola\n")

    assert (done.code, done.out) == (1, "")
    assert "Another process serves this database, perhaps `sobremesa run`." in done.err


async def test_an_odd_address_is_refused(on_sqlite: Sobremesa):
    done = await chatted(on_sqlite, "Hola\n", "--as", "Rosa")

    assert done.code == 1
    assert "There is no phone number here." in done.err


async def test_empty_lines_and_broken_characters_do_no_harm(on_sqlite: Sobremesa):
    env = {"SOBREMESA_DATABASE_URL": on_sqlite.url}
    done = await (await start(Path.cwd(), "chat", env=env)).done(b"\n  \nni\xf1o \x00\x1b[2J\n")

    assert done.code == 0, done.err
    assert done.out.startswith("school> Escuela Lincoln: ")
    assert "\x1b" not in done.out


def test_at_a_keyboard_answers_are_wrapped_and_ctrl_d_ends(on_sqlite: Sobremesa):
    screen, code = typed(["chat"], [("you> ", "Hola\n"), ("school> ", ""), ("you> ", "\x04")])

    assert code == 0, screen
    lines = screen.splitlines()
    first = next(i for i, line in enumerate(lines) if "school> " in line)
    assert all(len(line.removeprefix("you> ")) <= 80 for line in lines[first:])
    assert lines[first + 1].startswith("        ")


def test_ctrl_c_ends_it_as_well(on_sqlite: Sobremesa):
    screen, code = typed(["chat"], [("you> ", "\x03")])

    assert code == 130
    assert "Traceback" not in screen
