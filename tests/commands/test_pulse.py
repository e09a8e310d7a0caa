"""``sobremesa pulse``: asked, counted, read and answered from the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import clock
from bot.records import PulseAnswer
from bot.store import families, pulses, schools
from flows.facts import Contact
from tests.commands.conftest import Sobremesa, add_event

A_DAY = timedelta(days=1)


def closed_pulse(sobremesa: Sobremesa, answers: Sequence[tuple[str, int, str]], days: int = 2) -> int:
    """A pulse of the school that closed so many days ago, with these answers of language, score and words."""

    async def make(db: Any) -> int:
        school = (await schools.all_schools(db))[0]
        now = clock()
        pulse = await pulses.add(db, school.id, None, now - 16 * A_DAY, now - days * A_DAY, now - 16 * A_DAY)
        new = [Contact(5_000_000 + n, school.id, None, f"telegram:{n}") for n in range(len(answers))]
        await families.add_contacts(db, new, now)
        said = [
            PulseAnswer(school.id, pulse.id, contact.id, *answer) for contact, answer in zip(new, answers, strict=True)
        ]
        await pulses.save_answers(db, said, now)
        return pulse.id

    return sobremesa.read(make)


TWELVE = [("en", 5, f"en {n}") for n in range(9)] + [("es", 1, f"es {n}") for n in range(3)]


def test_a_school_that_asked_nobody_is_told_how_to(sobremesa: Sobremesa) -> None:
    assert "sobremesa pulse start" in sobremesa("pulse").err


def test_pulses_are_listed_with_what_may_be_shown(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, TWELVE)
    (row,) = sobremesa("pulse", "list", "--format", "json").json()

    closes = row.pop("closes")
    assert closes
    assert row == {"id": id_, "about": "the school", "asked": 12, "answered": 12, "average": "4.0", "result": None}


def test_the_bare_word_lists_them_too(sobremesa: Sobremesa) -> None:
    closed_pulse(sobremesa, TWELVE)
    assert sobremesa("pulse", "--format", "json").json() == sobremesa("pulse", "list", "--format", "json").json()


def test_results_hide_a_small_language_and_what_would_tell_of_it(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, TWELVE)
    shown = sobremesa("pulse", "show", id_)

    assert shown.code == 0
    assert any(line.split()[:3] == ["the", "school", "12"] for line in shown.lines)
    assert any(line.split() == ["es", "fewer", "than", "5"] for line in shown.lines)
    assert any(line.startswith("en ") and line.endswith("it would tell of fewer than 5") for line in shown.lines)


def test_results_of_all_pulses_stand_by_pulse_and_language(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, [("en", 4, "")] * 5 + [("es", 2, "")] * 5)
    rows = sobremesa("pulse", "show", "--format", "json").json()

    assert [(row["group"], row["answers"], row["average"]) for row in rows] == [
        ("all", 10, "3.0"),
        (f"{id_} the school", 10, "3.0"),
        ("en", 5, "4.0"),
        ("es", 5, "2.0"),
    ]
    assert rows[2]["gave_4"] == 5


def test_csv_has_a_line_for_each_group(sobremesa: Sobremesa) -> None:
    closed_pulse(sobremesa, [("en", 4, "")] * 5)
    lines = sobremesa("pulse", "show", "--format", "csv").lines

    assert lines[0] == "group,answers,average,gave_1,gave_2,gave_3,gave_4,gave_5,result"
    assert lines[1] == "all,5,4.0,0,0,0,5,0,"


def test_words_of_an_open_pulse_are_not_shown(sobremesa: Sobremesa) -> None:
    closed_pulse(sobremesa, TWELVE, days=0)

    assert "no words that may be shown" in sobremesa("pulse", "words").err
    assert "not closed yet" in sobremesa("pulse", "list").out


def test_words_are_read_without_a_language_where_one_is_hidden(sobremesa: Sobremesa) -> None:
    closed_pulse(sobremesa, TWELVE)
    rows = sobremesa("pulse", "words", "--format", "json").json()

    assert {row["language"] for row in rows} == {None}
    assert sorted(row["words"] for row in rows) == sorted(words for _language, _score, words in TWELVE)


def test_words_steer_no_terminal_and_are_no_formula(sobremesa: Sobremesa) -> None:
    closed_pulse(sobremesa, [("en", 3, "\x1b[31m=HYPERLINK(1)")] * 5)

    assert "\x1b" not in sobremesa("pulse", "words").out
    assert ",=HYPERLINK" not in sobremesa("pulse", "words", "--format", "csv").out


def test_families_are_asked_after_a_look_at_how_many(sobremesa: Sobremesa, sheet: Path) -> None:
    assert sobremesa("families", "import", sheet, "--yes").code == 0
    assert sobremesa("pulse", "start").code == 1
    done = sobremesa("pulse", "start", "--yes")

    assert (done.code, "2 people" in done.err) == (0, True)
    (row,) = json.loads(sobremesa("pulse", "list", "--format", "json").out)
    assert (row["asked"], row["answered"], row["result"]) == (2, 0, "not closed yet")


def test_nobody_is_asked_to_confirm_what_cannot_be(sobremesa: Sobremesa, sheet: Path) -> None:
    nobody = sobremesa("pulse", "start")
    assert (nobody.code, "There is nobody to ask." in nobody.err, "is asked:" in nobody.err) == (1, True, False)

    assert sobremesa("families", "import", sheet, "--yes").code == 0
    early = sobremesa("pulse", "start", "--attended", add_event(sobremesa))
    assert (early.code, "The event is not over" in early.err, "is asked:" in early.err) == (1, True, False)


def test_a_language_narrows_whom_is_asked(sobremesa: Sobremesa, sheet: Path) -> None:
    assert sobremesa("families", "import", sheet, "--yes").code == 0

    assert "1 person." in sobremesa("pulse", "start", "--language", "es", "--yes").err
    assert "does not write in fr" in sobremesa("pulse", "start", "--language", "fr", "--yes").err


def test_what_was_done_is_drafted_for_those_who_answered(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, TWELVE)
    done = sobremesa("pulse", "tell", id_, "You said: the door was shut. We did: there is a bell.", "--language", "en")

    assert (done.code, "is a draft" in done.err) == (0, True)


def test_fewer_than_five_are_told_nothing(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, TWELVE[:4])
    done = sobremesa("pulse", "tell", id_, "You said … We did …", "--language", "en")

    assert (done.code, "Fewer than 5" in done.err) == (1, True)


def test_a_pulse_of_another_school_is_none(sobremesa: Sobremesa) -> None:
    assert "has no pulse 77" in sobremesa("pulse", "show", 77).err


def told(sobremesa: Sobremesa) -> str:
    """The number of an announcement to twelve families who answered."""
    id_ = closed_pulse(sobremesa, TWELVE)
    done = sobremesa("pulse", "tell", id_, "You said … We did …", "--language", "en")
    return done.err.split()[1]


def test_who_answered_is_named_nowhere_also_where_it_did_not_arrive(sobremesa: Sobremesa) -> None:
    done = sobremesa("announce", "missed", told(sobremesa))

    assert (done.code, "Nobody is to learn who answered" in done.err) == (1, True)


def test_those_who_answered_are_counted_only_all_together(sobremesa: Sobremesa) -> None:
    seen = sobremesa("announce", "preview", told(sobremesa), "--format", "json").json()

    assert (seen["by_language_and_channel"], seen["first_texts"]) == ({}, {})
    assert {*seen["excluded"]} <= {"all"}


def test_a_part_of_those_who_answered_is_no_audience(sobremesa: Sobremesa) -> None:
    id_ = closed_pulse(sobremesa, TWELVE)
    done = sobremesa("announce", "draft", "--to", f"answered:{id_}", "--only", "es", "--text", "es=Gracias")

    assert (done.code, "a part of them could be guessed" in done.err) == (1, True)
