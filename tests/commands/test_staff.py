"""``sobremesa staff``."""

import pytest

from tests.commands.conftest import Sobremesa


def test_a_person_of_the_school_is_added_and_listed(sobremesa: Sobremesa):
    words = ("Ana@Lincoln.example", "--name", " Ana  Ruiz ", "--role", "editor", "--language", "es")
    added = sobremesa("staff", "add", *words, "--format", "json").json()
    assert (added["name"], added["email"], added["role"]) == ("Ana Ruiz", "ana@lincoln.example", "editor")

    found = sobremesa("staff", "list", "--format", "json").json()
    assert [(row["name"], row["role"], row["here"]) for row in found] == [
        ("Ana Ruiz", "editor", True),
        ("Sra. Ortiz", "admin", True),
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("ORTIZ@lincoln.example", "--name", "Another"), "belongs to Escuela Lincoln already"),
        (("not an email", "--name", "Ana"), "This is not an email address"),
        (("ana@lincoln.example", "--name", " "), "needs a name"),
    ],
)
def test_who_cannot_be_added_is_told_why(sobremesa: Sobremesa, words: tuple[str, ...], problem: str):
    done = sobremesa("staff", "add", *words)

    assert done.code == 1
    assert problem in done.err
    assert len(sobremesa("staff", "list", "--format", "json").json()) == 1


def test_an_unknown_role_is_wrong_usage(on_sqlite: Sobremesa):
    assert on_sqlite("staff", "add", "ana@lincoln.example", "--name", "Ana", "--role", "king").code == 2


def test_a_phone_for_alerts_is_kept_and_taken_away(sobremesa: Sobremesa):
    words = ("staff", "set", "ortiz@lincoln.example")
    named = sobremesa(*words, "--phone", "(512) 555-0111", "--alerted", "--format", "json").json()
    assert (named["phone"], named["alerted"], named["role"]) == ("+15125550111", True, "admin")

    refused = sobremesa(*words, "--phone", "")
    assert refused.code == 1
    assert "Alerts need a phone" in refused.err
    gone = sobremesa(*words, "--phone", "", "--not-alerted", "--format", "json").json()
    assert (gone["phone"], gone["alerted"]) == (None, False)


def test_a_new_person_may_be_alerted_at_once(on_sqlite: Sobremesa):
    words = ("staff", "add", "bell@lincoln.example", "--name", "Mr. Bell", "--alerted")
    assert "Alerts need a phone" in on_sqlite(*words).err
    assert on_sqlite(*words, "--phone", "12").code == 1
    assert on_sqlite(*words, "--phone", "512-555-0114", "--format", "json").json()["alerted"] is True
