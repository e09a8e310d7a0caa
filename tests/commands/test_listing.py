"""Results as a table, as JSON and as CSV, whatever families wrote."""

import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.commands import listing, terminal
from bot.commands.listing import Format

AUSTIN = ZoneInfo("America/Chicago")
EVIL = "Ana\x1b[31m\x9b2J\u202e[red]García[/red]\x07"
ROWS = [
    {"id": 7, "name": EVIL, "at": datetime(2026, 3, 10, 17, 0, tzinfo=UTC), "here": True, "languages": ["es", "en"]}
]


def shown(capsys: pytest.CaptureFixture[str], form: Format, rows: list[dict[str, object]] = ROWS) -> str:
    listing.show(("id", "name", "at", "here", "languages"), rows, form, nothing="Nobody.", timezone=AUSTIN)  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_a_table_shows_the_time_of_the_school_and_no_code_for_the_terminal(capsys: pytest.CaptureFixture[str]):
    head, row = shown(capsys, Format.TABLE).splitlines()

    assert head.split() == ["id", "name", "at", "here", "languages"]
    assert "2026-03-10 12:00" in row
    assert "[red]García[/red]" in row
    assert row.isprintable()


def test_json_keeps_what_was_written_and_is_safe_to_look_at(capsys: pytest.CaptureFixture[str]):
    said = shown(capsys, Format.JSON)

    (row,) = json.loads(said)
    assert row == {
        "id": 7,
        "name": EVIL,
        "at": "2026-03-10T12:00:00-05:00",
        "here": True,
        "languages": ["es", "en"],
    }
    assert not {"\x1b", "\x9b", "\x07"} & {*said}


def test_csv_runs_no_formula(capsys: pytest.CaptureFixture[str]):
    said = shown(capsys, Format.CSV, [ROWS[0] | {"name": '=HYPERLINK("http://example.org")'}])

    _, row = csv.reader(io.StringIO(said))
    assert row == ["7", '\'=HYPERLINK("http://example.org")', "2026-03-10 12:00", "yes", "es, en"]


def test_no_rows_are_a_sentence_an_empty_list_and_a_line_of_headings(capsys: pytest.CaptureFixture[str]):
    listing.show(("id",), [], Format.TABLE, nothing="Nobody.")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Nobody.\n")

    listing.show(("id",), [], Format.JSON)
    assert json.loads(capsys.readouterr().out) == []

    listing.show(("id", "name"), [], Format.CSV)
    assert capsys.readouterr().out == "id,name\n"


def test_one_thing_has_a_line_for_each_column_that_holds_something(capsys: pytest.CaptureFixture[str]):
    listing.show_one({"title": {"en": "Dinner", "es": "Cena"}, "places": None, "free": 0}, Format.TABLE)

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["title", "en:", "Dinner"],
        ["es:", "Cena"],
        ["free", "0"],
    ]


def test_a_long_text_is_not_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]):
    listing.show(("text",), [{"text": "palabra " * 100}], Format.TABLE)

    assert capsys.readouterr().out.count("palabra") == 100


def test_messages_keep_their_lines_and_how_far_in_they_stand(capsys: pytest.CaptureFixture[str]):
    terminal.say("Problems:\n  line 3: \x1b[2Jno phone")

    assert capsys.readouterr().err == "Problems:\n  line 3:  [2Jno phone\n"
