"""``sobremesa events door``, ``check-in``, ``walk-in``, ``attendance`` and ``calendar``: the evening itself."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from bot.store import events
from tests.commands.conftest import Sobremesa, add_event, add_school
from tests.commands.test_events import answer


@pytest.fixture
def dinner(on_sqlite: Sobremesa, sheet: Path) -> int:
    """A dinner to which two families come, one of them with a wish that a spreadsheet would run."""
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite)
    answer(on_sqlite, event, "Miller", coming="yes", adults=2, children=1, food="=1+1", child_care=True)
    answer(on_sqlite, event, "García López", coming="yes", adults=1, children=0, interpreter="es")
    answer(on_sqlite, event, "Castillo", coming="waiting", adults=4)
    return event


@pytest.fixture
def tonight(on_sqlite: Sobremesa, dinner: int) -> int:
    """The same dinner, an hour after it began."""

    async def begin(db: Any) -> None:
        event = (await events.by_ids(db, [dinner]))[dinner]
        starts = datetime.now(UTC) - timedelta(hours=1)
        await events.save(db, replace(event, starts=starts, ends=starts + timedelta(hours=3)))

    on_sqlite.read(begin)
    return dinner


def test_nobody_is_checked_in_before_the_day(on_sqlite: Sobremesa, dinner: int):
    done = on_sqlite("events", "check-in", dinner, "mill")
    assert (done.code, "nobody is checked in before that day" in done.err) == (1, True)


def test_the_list_for_the_door_has_what_the_door_needs(on_sqlite: Sobremesa, dinner: int):
    rows = on_sqlite("events", "door", dinner, "--format", "json").json()

    assert [row["family"] for row in rows] == ["García López", "Miller"]
    assert {name: rows[1][name] for name in ("adults", "children", "child_care", "food", "here")} == {
        "adults": 2,
        "children": 1,
        "child_care": True,
        "food": "=1+1",
        "here": None,
    }
    assert (rows[0]["interpreter"], rows[0]["language"]) == ("es", ["es", "en"])
    last = list(csv.DictReader(io.StringIO(on_sqlite("events", "door", dinner, "--format", "csv").out)))[-1]
    assert last["food"] == "'=1+1"
    assert "Miller" in on_sqlite("events", "door", dinner).out


def test_families_are_checked_in_by_name_or_number(on_sqlite: Sobremesa, tonight: int):
    number = on_sqlite("events", "door", tonight, "--format", "json").json()[0]["number"]
    assert (
        "Miller is here: 2 adults, 3 children." in on_sqlite("events", "check-in", tonight, "mill", "--children", 3).err
    )
    assert "García López is here: 1 adult, 0 children." in on_sqlite("events", "check-in", tonight, number).err
    walked = on_sqlite("events", "walk-in", tonight, "Okafor", "--adults", 1)
    assert "Okafor is here: 1 adult, 0 children; a new family." in walked.err
    known = on_sqlite("events", "walk-in", tonight, "nunez rivera", "--adults", 1)
    assert "the family that the school knows" in known.err

    rows = on_sqlite("events", "attendance", tonight, "--format", "json").json()
    assert [(row["family"], row["adults"], row["children"], row["source"]) for row in rows] == [
        ("García López", 1, 0, "door"),
        ("Miller", 2, 3, "door"),
        ("Núñez Rivera", 1, 0, "walk-in"),
        ("Okafor", 1, 0, "walk-in"),
    ]
    assert "4 families: 5 adults, 3 children." in on_sqlite("events", "attendance", tonight).err
    shown = on_sqlite("events", "show", tonight, "--format", "json").json()
    assert (shown["families_attended"], shown["people_attended"], shown["families_waiting"]) == (4, 8, 1)
    (line,) = on_sqlite("events", "list", "--format", "json").json()
    assert (line["attended"], line["waiting"]) == (4, 1)
    assert "waiting" in on_sqlite("events", "list").out


def test_a_check_in_is_undone(on_sqlite: Sobremesa, tonight: int):
    on_sqlite("events", "check-in", tonight, "Miller")
    assert "Miller is not checked in any more." in on_sqlite("events", "check-in", tonight, "Miller", "--undo").err
    assert on_sqlite("events", "attendance", tonight, "--format", "json").json() == []
    assert "Nobody is checked in." in on_sqlite("events", "attendance", tonight).err
    assert on_sqlite("events", "check-in", tonight, "Miller", "--undo").code == 1
    assert on_sqlite("events", "check-in", tonight, "Miller", "--undo", "--adults", 1).code == 2


def test_a_name_that_nobody_has_is_answered_with_what_to_do(on_sqlite: Sobremesa, dinner: int):
    done = on_sqlite("events", "check-in", dinner, "Smith")
    assert done.code == 1
    assert "sobremesa events walk-in" in done.err


@pytest.mark.parametrize(
    "words", [("door",), ("check-in", "Miller"), ("walk-in", "Okafor"), ("attendance",), ("calendar",)]
)
def test_an_event_of_another_school_is_not_found(on_sqlite: Sobremesa, words: tuple[str, ...]):
    event = add_event(on_sqlite)
    add_school(on_sqlite, "Washington", "+15125550190")
    command, *more = words
    done = on_sqlite("events", command, event, *more, "--school", "Washington")

    assert done.code == 1
    assert f"Washington has no event {event}." in done.err


def test_an_event_becomes_a_calendar_file(on_sqlite: Sobremesa, folder: Path):
    event, other = add_event(on_sqlite), add_event(on_sqlite)
    on_sqlite("events", "cancel", other, "--yes")
    one = on_sqlite("events", "calendar", event, "--language", "en")
    assert one.code == 0, one.err
    (entry,) = icalendar.Calendar.from_ical(one.out).walk("VEVENT")
    assert str(entry["summary"]) == "Family dinner"

    done = on_sqlite("events", "calendar", "--all", "all.ics", "--language", "es")
    assert done.code == 0, done.err
    assert "Written: all.ics" in done.err
    entries = icalendar.Calendar.from_ical((folder / "all.ics").read_bytes()).walk("VEVENT")
    assert {str(entry["summary"]) for entry in entries} == {"Cena de familias"}
    assert [str(entry["status"]) for entry in entries] == ["CONFIRMED", "CANCELLED"]
    on_sqlite("events", "calendar", event, "one.ics")
    assert (folder / "one.ics").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("dinner",), 2),
        (("1", "a.ics", "--all"), 2),
        (("--all", "--language", "fr"), 1),
        (("--all", "no/a.ics"), 1),
    ],
)
def test_a_calendar_that_cannot_be_written_is_said(on_sqlite: Sobremesa, words: tuple[str, ...], code: int):
    add_event(on_sqlite)
    assert on_sqlite("events", "calendar", *words).code == code
