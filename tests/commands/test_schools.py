"""``sobremesa schools``: what families are told of a school, and when it writes to them."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Sobremesa


def test_a_school_is_changed_and_shown(sobremesa: Sobremesa):
    words = (
        "--office",
        "mon-thu 8-15, fri 8-12",
        "--quiet",
        "20-7",
        "--weekly-cap",
        "2",
        "--contact",
        "(512) 555-0115",
    )
    changed = sobremesa("schools", "set", *words, "--hours", "es=de 8 a 3", "--format", "json").json()

    assert changed == sobremesa("schools", "show", "--format", "json").json()
    assert changed["office"] == "mon-thu 8:00-15:00, fri 8:00-12:00"
    assert (changed["quiet"], changed["weekly_cap"], changed["contact"]) == ("20-7", 2, "(512) 555-0115")
    assert changed["hours"] == {"en": "Monday to Friday, 8 to 3", "es": "de 8 a 3"}
    (row,) = sobremesa("schools", "list", "--format", "json").json()
    assert row == changed


def test_what_is_not_named_stays_as_it_is(on_sqlite: Sobremesa):
    on_sqlite("schools", "set", "--office", "mon 8-15")
    changed = on_sqlite("schools", "set", "--quiet", "0-0", "--format", "json").json()
    assert (changed["office"], changed["quiet"]) == ("mon 8:00-15:00", None)
    assert on_sqlite("schools", "set", "--office", "", "--format", "json").json()["office"] is None


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("--office", "weekdays"), 1, "is no office hours"),
        (("--quiet", "21-25"), 1, "no pair of hours"),
        (("--weekly-cap", "0"), 2, ""),
        (("--hours", "fr=de 8 à 3"), 1, "does not write in fr"),
        ((), 2, ""),
    ],
)
def test_what_cannot_be_is_refused_in_words(on_sqlite: Sobremesa, words: tuple[str, ...], code: int, problem: str):
    done = on_sqlite("schools", "set", *words)
    assert done.code == code
    assert problem in done.err
