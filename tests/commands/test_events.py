"""``sobremesa events``: planned, invited to, answered, cancelled."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.records import LoggedMessage, Rsvp
from bot.store import audit, events, families, ids, messages, rsvps, schools
from flows.facts import Household
from tests.commands.conftest import DAY, Sobremesa, add_event, add_school
from tests.commands.keyboard import typed

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
DINNER = (
    "--title",
    "en=Family dinner",
    "--title",
    "es=Cena de familias",
    "--place",
    "en=Gym",
    "--place",
    "es=Gimnasio",
)


@pytest.fixture
def invited(sobremesa: Sobremesa, sheet: Path) -> int:
    """A dinner to which the two families that can be reached are invited."""
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa, "--child-care", "--food")
    done = sobremesa("events", "invite", event, "--yes")
    assert done.code == 0, done.err
    return event


async def everyone(db: Any) -> list[Any]:
    (school,) = await schools.all_schools(db)
    return [pair async for pair in families.all_families(db, school.id)]


async def queued(db: Any) -> dict[str | None, list[LoggedMessage]]:
    contacts = [contact for _home, living in await everyone(db) for contact in living]
    return {contact.name: await messages.thread_of(db, contact.id, 50) for contact in contacts}


def answer(command: Sobremesa, event: int, name: str, **said: Any) -> None:
    async def save(db: Any) -> None:
        (home,) = [home for home, _living in await everyone(db) if home.name == name]
        await rsvps.save(db, [Rsvp(home.school_id, event, home.id, answered_at=NOON, **said)])

    command.read(save)


def test_an_event_is_added_in_the_time_of_the_school(sobremesa: Sobremesa):
    words = ("--starts", f"{DAY} 18:00", "--hours", "2.5", "--child-care", "--places", "120", "--spoken", "en")
    row = sobremesa("events", "add", *DINNER, *words, "--format", "json").json()

    assert row["title"] == {"en": "Family dinner", "es": "Cena de familias"}
    assert row["place"] == {"en": "Gym", "es": "Gimnasio"}
    assert (row["starts"], row["ends"]) == (f"{DAY}T18:00:00-05:00", f"{DAY}T20:30:00-05:00")
    assert (row["child_care"], row["food"], row["places"], row["spoken"]) == (True, False, 120, ["en"])
    assert sobremesa("events", "show", row["id"], "--format", "json").json()["title"] == row["title"]
    (school,) = sobremesa.read(schools.all_schools)
    assert sobremesa.read(lambda db: audit.last(db, school.id, 1))[0].action == "event added"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((*DINNER[:2], *DINNER[4:6], "--starts", f"{DAY} 18:00"), "in every language of the school: es"),
        ((*DINNER, "--title", "fr=Dîner", "--starts", f"{DAY} 18:00"), "does not write in fr"),
        ((*DINNER, "--starts", "2020-03-12 18:00"), "starts in the past"),
        ((*DINNER, "--starts", f"{DAY} 18:00", "--ends", "17:00"), "ends before it starts"),
        ((*DINNER, "--starts", "3026-03-12 18:00"), "more than 400 days ahead; is the year right?"),
        ((*DINNER, "--starts", f"{DAY} 18:00", "--ends", "3026-03-12 20:00"), "more than 400 days ahead"),
        ((*DINNER, "--starts", "next Friday"), "write them like 2027-03-12 18:00"),
    ],
)
def test_an_event_that_cannot_be_is_refused(on_sqlite: Sobremesa, words: tuple[str, ...], problem: str):
    done = on_sqlite("events", "add", *words)

    assert done.code == 1
    assert problem in done.err
    assert on_sqlite("events", "list", "--all", "--format", "json").json() == []


@pytest.mark.parametrize(
    "words",
    [
        ("--title", "Family dinner", "--place", "en=Gym", "--starts", f"{DAY} 18:00"),
        (*DINNER, "--starts", f"{DAY} 18:00", "--hours", "2", "--ends", "20:00"),
        (*DINNER, "--starts", f"{DAY} 18:00", "--places", "0"),
        DINNER,
    ],
)
def test_words_that_do_not_fit_together_are_wrong_usage(on_sqlite: Sobremesa, words: tuple[str, ...]):
    assert on_sqlite("events", "add", *words).code == 2


def test_each_contact_gets_the_invitation_in_its_language(sobremesa: Sobremesa, invited: int):
    said = {name: [line.body for line in thread] for name, thread in sobremesa.read(queued).items()}

    assert "Cena de familias" in said["Rosa García"][-1]
    assert "Family dinner" in said["Luis López"][-1]
    assert "Family dinner" in said["Ann Miller"][-1]
    assert said["Ramón Castillo"] == said["Lucía Núñez"] == []


def test_the_preview_tells_texts_segments_and_who_is_not_reached(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite)
    done = on_sqlite("events", "invite", event, "--dry-run")

    assert done.code == 0
    assert done.lines[0] == "Family dinner: 2 families to invite, 3 contacts."
    assert any(line.startswith("  es: 2 texts, ") and "SMS segments" in line for line in done.lines)
    assert any(line.startswith("    Escuela Lincoln: Cena de familias") for line in done.lines)
    assert done.lines[-3:] == [
        "Not reached: 2 families.",
        "  has not given permission yet: Núñez Rivera",
        "  said no to event news: Castillo",
    ]
    assert not any(thread for thread in on_sqlite.read(queued).values())


def test_the_preview_is_what_goes_out(sobremesa: Sobremesa, sheet: Path):
    from bot.channels.segments import count, fold_for_sms

    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa)
    foretold = "\n".join(sobremesa("events", "invite", event, "--dry-run").lines)
    sobremesa("events", "invite", event, "--yes")

    sent = [line.body for thread in sobremesa.read(queued).values() for line in thread]
    in_spanish = [line.body for line in sobremesa.read(queued)["Rosa García"]]
    cost = sum(count(fold_for_sms(body)).segments for body in in_spanish)
    assert f"es: {len(in_spanish)} texts, {cost} SMS segments" in foretold
    assert f"en: {len(sent) - len(in_spanish)} texts" in foretold
    assert all(body in foretold for body in in_spanish)


def test_inviting_again_invites_nobody_twice(sobremesa: Sobremesa, invited: int):
    before = sobremesa.read(queued)
    again = sobremesa("events", "invite", invited, "--yes")

    assert again.code == 0
    assert "Invited before, and not again: 2 families." in again.lines
    assert "There is nobody to invite." in again.err
    assert sobremesa.read(queued) == before


def test_the_summary_tells_who_was_not_reached_and_why(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    done = on_sqlite("events", "invite", add_event(on_sqlite), "--yes")

    assert "Invited: 2 families, 3 contacts." in done.err
    assert "Not reached: 2 families (1 said no to event news, 1 has not given permission yet)." in done.err


def test_both_counts_of_who_is_not_reached_are_the_same(on_sqlite: Sobremesa, sheet: Path):
    """One of them walked in at the door once and has no number; one was invited to this, and has stopped since."""
    sheet.write_text(sheet.read_text() + "Vega,Eva Vega,(512) 555-0110,Spanish,parent,\n")
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite)

    async def since(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        (id_,) = await ids.reserve(db, 1)
        await families.add_households(db, [Household(id_, school.id, "Okafor")], NOON)
        (dinner,) = await events.of_school(db, school.id)
        (home, living) = next(pair for pair in await everyone(db) if pair[0].name == "Miller")
        await rsvps.invite(db, dinner, [home.id], NOON)
        await families.save_contacts(db, [replace(one, stopped_at=NOON) for one in living])

    on_sqlite.read(since)
    done = on_sqlite("events", "invite", event, "--yes")

    assert done.lines[-4:] == [
        "Not reached: 4 families.",
        "  has no phone number: Okafor",
        "  have not given permission yet: Núñez Rivera, Vega",
        "  said no to event news: Castillo",
    ]
    (told,) = [line for line in done.err.splitlines() if line.startswith("Not reached: 4 families (")]
    reasons = {"1 has no phone number", "2 have not given permission yet", "1 said no to event news"}
    assert set(told.removeprefix("Not reached: 4 families (").removesuffix(").").split(", ")) == reasons


def test_a_family_that_has_said_nothing_is_told_from_one_that_said_maybe(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite)
    on_sqlite("events", "invite", event, "--yes")
    answer(on_sqlite, event, "Miller", coming="maybe")

    lines = {line.split()[0]: line for line in on_sqlite("events", "rsvps", event).lines}
    assert "no answer" in lines["García"]
    assert "no answer" not in lines["Miller"]
    assert [row["coming"] for row in on_sqlite("events", "rsvps", event, "--format", "json").json()] == ["maybe", None]


def test_what_is_needed_first_stands_first_in_the_help(on_sqlite: Sobremesa):
    shown = on_sqlite("events", "--help").out
    order = [shown.index(f" {name} ") for name in ("add", "list", "show", "rsvps", "invite", "move", "calendar")]
    assert order == sorted(order)


def test_nobody_is_invited_without_being_asked(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    done = on_sqlite("events", "invite", add_event(on_sqlite))

    assert done.code == 1
    assert "add --yes" in done.err
    assert not any(thread for thread in on_sqlite.read(queued).values())


@pytest.mark.parametrize(("key", "families"), [("y", 2), ("n", 0)])
def test_a_person_at_the_keyboard_is_asked(on_sqlite: Sobremesa, sheet: Path, key: str, families: int):
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite)
    screen, code = typed(["events", "invite", str(event)], [("Invite them?", f"{key}\n")])

    assert code == (0 if families else 1), screen
    (row,) = on_sqlite("events", "list", "--format", "json").json()
    assert row["invited"] == families


def test_who_comes_is_counted_in_people(sobremesa: Sobremesa, invited: int):
    answer(sobremesa, invited, "García López", coming="yes", adults=2, children=3, child_care=True, food="cacahuate")
    row = sobremesa("events", "show", invited, "--format", "json").json()

    assert (row["families_invited"], row["families_yes"], row["families_not_answered"]) == (2, 1, 1)
    assert (row["adults_coming"], row["children_coming"], row["children_in_child_care"]) == (2, 3, 3)
    (line,) = sobremesa("events", "list", "--format", "json").json()
    assert (line["people"], line["yes"], line["not_answered"]) == (5, 1, 1)


def test_each_family_has_a_line_whether_it_answered_or_not(sobremesa: Sobremesa, invited: int):
    answer(sobremesa, invited, "García López", coming="yes", adults=2, children=3, food="=nuts")
    rows = sobremesa("events", "rsvps", invited, "--format", "json").json()
    assert [(row["family"], row["coming"], row["adults"]) for row in rows] == [
        ("García López", "yes", 2),
        ("Miller", None, None),
    ]

    first = next(csv.DictReader(io.StringIO(sobremesa("events", "rsvps", invited, "--format", "csv").out)))
    assert first["food"] == "'=nuts"


def test_a_cancelled_event_is_asked_about_no_more(sobremesa: Sobremesa, invited: int):
    answer(sobremesa, invited, "García López", coming="yes", adults=2, children=3)
    unasked = sobremesa("events", "cancel", invited)
    assert unasked.code == 1
    assert "1 family said yes" in unasked.err

    assert sobremesa("events", "cancel", invited, "--yes").code == 0
    (row,) = sobremesa("events", "list", "--format", "json").json()
    assert row["cancelled"] is True
    assert "Family dinner (cancelled)" in sobremesa("events", "list").out
    again = sobremesa("events", "cancel", invited, "--yes")
    assert again.code == 1
    assert "cancelled before" in again.err
    refused = sobremesa("events", "invite", invited, "--yes")
    assert refused.code == 1
    assert "nobody is invited to it" in refused.err


@pytest.mark.parametrize("words", [("show",), ("rsvps",), ("invite", "--yes"), ("cancel", "--yes")])
def test_an_event_of_another_school_is_not_found(on_sqlite: Sobremesa, words: Iterable[str]):
    event = add_event(on_sqlite)
    add_school(on_sqlite, "Washington", "+15125550190")
    command, *options = words
    done = on_sqlite("events", command, event, "--school", "Washington", *options)

    assert done.code == 1
    assert f"Washington has no event {event}." in done.err
