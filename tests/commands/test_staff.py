"""``sobremesa staff``."""

from dataclasses import replace
from typing import Any

import pytest

from bot.staff import usual_language
from bot.store import schools, staff
from tests.commands.conftest import Sobremesa, add_school


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
        (
            ("ana@lincoln.example", "--name", "Ana", "--language", "xx"),
            "Escuela Lincoln does not write in xx; its languages are en, es.",
        ),
    ],
)
def test_who_cannot_be_added_is_told_why(sobremesa: Sobremesa, words: tuple[str, ...], problem: str):
    done = sobremesa("staff", "add", *words)

    assert done.code == 1
    assert problem in done.err
    assert len(sobremesa("staff", "list", "--format", "json").json()) == 1


def test_a_language_that_the_school_does_not_write_is_not_set(sobremesa: Sobremesa):
    done = sobremesa("staff", "set", "ortiz@lincoln.example", "--language", "fr")

    assert (done.code, "does not write in fr" in done.err) == (1, True)
    assert sobremesa("staff", "list", "--format", "json").json()[0]["language"] == "en"


def test_who_reads_a_language_that_is_no_longer_offered_can_be_changed(on_sqlite: Sobremesa):
    async def keep_french(db: Any) -> None:
        (school,) = await schools.all_schools(db)
        (ortiz,) = await staff.of_school(db, school.id)
        await staff.save(db, replace(ortiz, language="fr"))

    on_sqlite.read(keep_french)
    done = on_sqlite("staff", "set", "ortiz@lincoln.example", "--phone", "+15125550180", "--format", "json")

    assert done.json()["language"] == "fr"


def test_nobody_who_is_not_asked_reads_what_the_school_does_not_write():
    assert (usual_language(["es", "en"]), usual_language(["es", "vi"])) == ("en", "es")


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


def add(sobremesa: Sobremesa, email: str, name: str, role: str = "helper", *more: str):
    return sobremesa("staff", "add", email, "--name", name, "--role", role, *more, "--format", "json").json()


def test_who_leaves_is_listed_only_among_all(sobremesa: Sobremesa):
    bell = add(sobremesa, "bell@lincoln.example", "Mr. Bell")
    left = sobremesa("staff", "leave", "BELL@lincoln.example", "--format", "json")

    assert (left.json()["id"], left.json()["here"], left.json()["alerted"]) == (bell["id"], False, False)
    assert "Mr. Bell has left the school." in left.err
    for form in ("table", "json", "csv"):
        here = sobremesa("staff", "list", "--format", form).out
        everyone = sobremesa("staff", "list", "--all", "--format", form).out
        assert "Mr. Bell" not in here, form
        assert "Mr. Bell" in everyone, form
        assert "Sra. Ortiz" in everyone, form
    (row,) = [one for one in sobremesa("staff", "list", "--all", "--format", "json").json() if not one["here"]]
    assert row["left"] is not None
    again = sobremesa("staff", "leave", "bell@lincoln.example")
    assert again.code == 1
    assert "Nobody at Escuela Lincoln has the email" in again.err


def test_who_left_acts_no_more_and_comes_back_as_the_same_person(sobremesa: Sobremesa):
    bell = add(sobremesa, "bell@lincoln.example", "Mr. Bell", "editor")
    assert sobremesa("staff", "leave", "bell@lincoln.example").code == 0
    for words in (("staff", "link", "bell@lincoln.example", "--bot", "b"), ("staff", "set", "bell@lincoln.example")):
        assert sobremesa(*words).code == 1, words

    back = add(sobremesa, "Bell@Lincoln.example", "Mr. B. Bell", "helper", "--phone", "512-555-0114")
    assert (back["id"], back["here"], back["left"]) == (bell["id"], True, None)
    assert (back["name"], back["role"], back["phone"]) == ("Mr. B. Bell", "helper", "+15125550114")


def test_the_last_admin_cannot_leave_nor_become_less(sobremesa: Sobremesa):
    add(sobremesa, "bell@lincoln.example", "Mr. Bell")
    for words in (("leave", "ortiz@lincoln.example"), ("set", "ortiz@lincoln.example", "--role", "helper")):
        done = sobremesa("staff", *words)
        assert done.code == 1, words
        assert "Sra. Ortiz is the last admin of Escuela Lincoln." in done.err
        assert "Mr. Bell (bell@lincoln.example)" in done.err

    assert sobremesa("staff", "set", "bell@lincoln.example", "--role", "admin").code == 0
    assert sobremesa("staff", "leave", "ortiz@lincoln.example").code == 0


def test_the_last_adult_who_is_alerted_may_leave_and_it_is_said(on_sqlite: Sobremesa):
    alerted = ("--phone", "512-555-0114", "--alerted")
    add(on_sqlite, "bell@lincoln.example", "Mr. Bell", "helper", *alerted)
    add(on_sqlite, "kim@lincoln.example", "Ms. Kim", "helper", *alerted)
    assert "No adult is named" not in on_sqlite("staff", "leave", "kim@lincoln.example").err
    assert "No adult is named any more" in on_sqlite("staff", "leave", "bell@lincoln.example").err


def test_a_school_is_named_where_there_are_several(on_sqlite: Sobremesa):
    add_school(on_sqlite, "Washington", "+15125550101")
    add(on_sqlite, "bell@lincoln.example", "Mr. Bell", "admin", "--school", "Washington")
    assert on_sqlite("staff", "leave", "ortiz@lincoln.example").code == 1
    assert on_sqlite("staff", "leave", "ortiz@lincoln.example", "--school", "Washington").code == 0
    listed = on_sqlite("staff", "list", "--school", "Escuela Lincoln", "--format", "json").json()
    assert [row["name"] for row in listed] == ["Sra. Ortiz"]


def test_the_name_of_who_left_stands_under_what_they_did(sobremesa: Sobremesa):
    add(sobremesa, "bell@lincoln.example", "Mr. Bell", "editor")
    words = ("--text", "en=No school on Friday", "--as", "bell@lincoln.example", "--format", "json")
    number = sobremesa("announce", "draft", *words).json()["id"]
    assert sobremesa("announce", "approve", number, "en", "--as", "bell@lincoln.example", "--yes").code == 0
    assert sobremesa("staff", "leave", "bell@lincoln.example").code == 0

    shown = sobremesa("announce", "show", number, "--format", "json").json()
    assert shown["made_by"] == "Mr. Bell"
    assert shown["texts"][0]["approved_by"] == "Mr. Bell"
