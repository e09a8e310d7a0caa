"""``sobremesa events move``, ``change`` and ``cancel``: what they say first, and what families then hear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.channels.segments import count, fold_for_sms
from tests.commands.conftest import DAY, NEXT_DAY, WEEK_LATER, Sobremesa, add_event, add_school
from tests.commands.keyboard import typed
from tests.commands.test_events import answer, queued


@pytest.fixture
def dinner(on_sqlite: Sobremesa, sheet: Path) -> int:
    """A dinner to which two families are invited; one of them comes."""
    on_sqlite("families", "import", sheet, "--yes")
    event = add_event(on_sqlite, "--child-care")
    assert on_sqlite("events", "invite", event, "--yes").code == 0
    answer(on_sqlite, event, "Miller", coming="yes", adults=2, children=1)
    on_sqlite.read(all_sent)
    return event


async def all_sent(db: Any) -> None:
    await db.execute(text("UPDATE messages SET state = 'delivered' WHERE outgoing"))


def heard(command: Sobremesa, name: str) -> list[str]:
    return [line.body for line in command.read(queued)[name]]


def test_an_event_that_moves_tells_families_after_saying_what_it_costs(on_sqlite: Sobremesa, dinner: int):
    before = on_sqlite.read(queued)
    words = ("events", "move", dinner, "--starts", f"{WEEK_LATER} 18:30")
    unasked = on_sqlite(*words)
    assert unasked.code == 1
    assert "add --yes" in unasked.err
    assert on_sqlite.read(queued) == before

    done = on_sqlite(*words, "--yes")
    assert done.code == 0, done.err
    assert done.lines[0] == "To be told: 2 families, 3 contacts."
    new = {name: lines[len(before[name]) :] for name, lines in on_sqlite.read(queued).items()}
    bodies = {name: [line.body for line in lines] for name, lines in new.items()}
    (told,) = bodies["Ann Miller"]
    assert f"Now: {WEEK_LATER:%A, %B %-d}, 6:30 PM, Gym. Before: {DAY:%A, %B %-d}, 6:00 PM." in told
    assert len(bodies["Rosa García"]) == len(bodies["Luis López"]) == 1
    in_english = bodies["Ann Miller"] + bodies["Luis López"]
    segments = sum(count(fold_for_sms(body)).segments for body in in_english)
    assert any(line.startswith(f"  en: 2 texts, {segments} SMS segments") for line in done.lines)
    row = on_sqlite("events", "show", dinner, "--format", "json").json()
    assert (row["starts"], row["ends"]) == (f"{WEEK_LATER}T18:30:00-05:00", f"{WEEK_LATER}T20:30:00-05:00")


def test_quietly_nobody_is_told(on_sqlite: Sobremesa, dinner: int):
    before = on_sqlite.read(queued)
    done = on_sqlite(
        "events", "move", dinner, "--starts", f"{WEEK_LATER} 18:00", "--ends", "21:00", "--quietly", "--yes"
    )

    assert done.code == 0, done.err
    assert "Nobody is told of it." in done.err
    assert on_sqlite("events", "show", dinner, "--format", "json").json()["ends"] == f"{WEEK_LATER}T21:00:00-05:00"
    after = on_sqlite.read(queued)
    assert {name: len(lines) for name, lines in after.items()} == {name: len(lines) for name, lines in before.items()}


def test_title_place_and_offers_are_changed_where_they_are_named(on_sqlite: Sobremesa, dinner: int):
    words = ("--place", "en=Cafeteria", "--no-child-care", "--food", "--places", "3")
    done = on_sqlite("events", "change", dinner, *words, "--yes")

    assert done.code == 0, done.err
    row = on_sqlite("events", "show", dinner, "--format", "json").json()
    assert row["place"] == {"en": "Cafeteria", "es": "Gimnasio"}
    assert row["title"] == {"en": "Family dinner", "es": "Cena de familias"}
    assert (row["child_care"], row["food"], row["places"]) == (False, True, 3)
    assert "Now: Cafeteria. Before: Gym." in heard(on_sqlite, "Ann Miller")[-1]
    on_sqlite("events", "change", dinner, "--places", "0", "--yes")
    assert on_sqlite("events", "show", dinner, "--format", "json").json()["places"] is None


def test_what_families_were_not_told_is_changed_in_silence(on_sqlite: Sobremesa, dinner: int):
    before = on_sqlite.read(queued)
    done = on_sqlite("events", "change", dinner, "--food", "--yes")

    assert done.code == 0
    assert "Nobody is told of it." in done.err
    assert on_sqlite.read(queued) == before


def test_a_cancelled_event_is_told_to_those_it_concerns(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa)
    sobremesa("events", "invite", event, "--yes")
    answer(sobremesa, event, "Miller", coming="no")
    before = heard(sobremesa, "Ann Miller")
    done = sobremesa("events", "cancel", event, "--yes")

    assert done.code == 0, done.err
    assert done.lines[0] == "To be told: 1 family, 2 contacts."
    assert "The texts go out while `sobremesa run` serves." in done.err
    # The invitation itself had not gone out yet: it is taken back, and there is nothing to call off.
    states = [line.state.value for line in sobremesa.read(queued)["Luis López"] if line.state]
    assert states == ["ready", "dropped"]
    assert heard(sobremesa, "Ann Miller") == before


@pytest.mark.parametrize(("key", "cancelled"), [("y", True), ("n", False)])
def test_a_person_at_the_keyboard_is_asked(on_sqlite: Sobremesa, dinner: int, key: str, cancelled: bool):
    screen, code = typed(["events", "cancel", str(dinner)], [("Cancel it?", f"{key}\n")])

    assert code == (0 if cancelled else 1), screen
    assert "1 family said yes" in screen
    (row,) = on_sqlite("events", "list", "--format", "json").json()
    assert row["cancelled"] is cancelled


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("move", "--starts", "2020-01-01 18:00"), "in the past"),
        (("move", "--starts", f"{DAY} 18:00"), "so already"),
        (("move", "--starts", "2126-03-12 18:00"), "more than 400 days ahead; is the year right?"),
        (("move", "--starts", f"{DAY} 19:00", "--ends", "18:00"), "ends before it starts"),
        (("change", "--title", "fr=Dîner"), "does not write in fr"),
        (("change",), "so already"),
    ],
)
def test_what_cannot_be_is_refused(on_sqlite: Sobremesa, words: tuple[str, ...], problem: str):
    event = add_event(on_sqlite)
    command, *options = words
    done = on_sqlite("events", command, event, *options, "--yes")

    assert done.code == 1
    assert problem in done.err


@pytest.mark.parametrize("words", [("move", "--starts", f"{NEXT_DAY} 18:00"), ("change", "--food"), ("cancel",)])
def test_an_event_of_another_school_is_not_found(on_sqlite: Sobremesa, words: tuple[str, ...]):
    event = add_event(on_sqlite)
    add_school(on_sqlite, "Washington", "+15125550190")
    command, *options = words
    done = on_sqlite("events", command, event, "--school", "Washington", "--yes", *options)

    assert done.code == 1
    assert f"Washington has no event {event}." in done.err
