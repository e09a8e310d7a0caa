"""From nothing to a school: ``init``, ``migrate``, and the numbers of a school."""

from pathlib import Path

import pytest

from bot.store import audit, migrate, schools, staff
from tests.commands.conftest import Sobremesa, add_school

LINCOLN = ("--school", "Escuela Lincoln", "--admin", "Ortiz@Lincoln.example")
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "a-token",
    "SOBREMESA_PUBLIC_URL": "https://school.example",
}


def test_init_makes_the_tables_the_school_its_numbers_and_its_admin(fresh: Sobremesa):
    words = ("--name", "Sra. Ortiz", "--timezone", "America/Denver", "--contact", "(512) 555-0100")
    done = fresh("init", *LINCOLN, *words, "--number", "+1 (512) 555-0100", "--number", "whatsapp:+15125550100")

    assert done.code == 0, done.err
    assert "Escuela Lincoln is ready" in done.err
    school = fresh.read(lambda db: schools.by_name(db, "Escuela Lincoln"))
    assert school is not None
    assert (school.timezone.key, school.languages, school.contact) == ("America/Denver", ("en", "es"), "(512) 555-0100")
    assert set(fresh.read(lambda db: schools.accounts_of(db, school.id))) == {
        "sms:+15125550100",
        "whatsapp:+15125550100",
    }
    (admin,) = fresh.read(lambda db: staff.of_school(db, school.id))
    assert (admin.name, admin.email, admin.role) == ("Sra. Ortiz", "ortiz@lincoln.example", "admin")
    actions = {line.action for line in fresh.read(lambda db: audit.last(db, school.id, 10))}
    assert actions == {"school added", "numbers added", "staff added"}


def test_init_keeps_the_office_hours_in_each_language(fresh: Sobremesa):
    fresh("init", *LINCOLN, "--hours", "en=Monday to Friday", "--hours", "es=de lunes a viernes")

    school = fresh.read(lambda db: schools.by_name(db, "Escuela Lincoln"))
    assert school is not None
    assert school.hours == {"en": "Monday to Friday", "es": "de lunes a viernes"}


def test_init_twice_says_that_the_school_exists_and_changes_nothing(fresh: Sobremesa):
    fresh("init", *LINCOLN, "--number", "+15125550100")
    again = fresh("init", *LINCOLN, "--number", "+15125550190", "--name", "Another")

    assert again.code == 1
    assert "There is a school named Escuela Lincoln already; nothing was changed." in again.err
    (school,) = fresh.read(schools.all_schools)
    assert fresh.read(lambda db: schools.accounts_of(db, school.id)) == ["sms:+15125550100"]
    assert len(fresh.read(lambda db: staff.of_school(db, school.id))) == 1


def test_init_takes_the_numbers_of_the_settings(fresh: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    for name, value in (TWILIO | {"TWILIO_FROM": "+15125550100,whatsapp:+15125550105"}).items():
        monkeypatch.setenv(name, value)
    assert fresh("init", *LINCOLN).code == 0

    (school,) = fresh.read(schools.all_schools)
    found = set(fresh.read(lambda db: schools.accounts_of(db, school.id)))
    assert found == {"sms:+15125550100", "whatsapp:+15125550105"}


def test_a_second_school_does_not_take_the_numbers_of_the_first(fresh: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    for name, value in (TWILIO | {"TWILIO_FROM": "+15125550100"}).items():
        monkeypatch.setenv(name, value)
    fresh("init", *LINCOLN)
    second = fresh("init", "--school", "Washington", "--admin", "ann@washington.example")
    assert second.code == 0
    assert "It has no number yet." in second.err

    taken = fresh("schools", "add-number", "+15125550100", "--school", "Washington")
    assert taken.code == 1
    assert "sms:+15125550100 belongs to Escuela Lincoln already." in taken.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--timezone", "America/Austin"), "There is no timezone America/Austin."),
        (("--timezone", "../etc"), "There is no timezone ../etc."),
        (("--number", "5550100"), "5550100 is not a number with + and country code"),
        (("--hours", "fr=lundi"), "SOBREMESA_LANGUAGES does not name fr"),
        (("--admin", "nobody"), "This is not an email address"),
        (("--school", "  "), "A school needs a name."),
    ],
)
def test_what_is_wrong_is_told_before_a_school_is_made(fresh: Sobremesa, words: tuple[str, str], problem: str):
    done = fresh("init", *LINCOLN, *words)

    assert done.code == 1
    assert problem in done.err
    assert migrate.current(fresh.url) is None or fresh.read(schools.all_schools) == []


def test_hours_without_a_language_are_wrong_usage(fresh: Sobremesa):
    assert fresh("init", *LINCOLN, "--hours", "Monday").code == 2
    assert fresh("init", *LINCOLN, "--hours", "en=Monday", "--hours", "en=Tuesday").code == 2


def test_migrate_makes_the_tables_and_says_so_when_they_are_there(fresh: Sobremesa):
    first, second = fresh("migrate"), fresh("migrate")

    assert (first.code, second.code) == (0, 0)
    assert f"at version {migrate.head()} now" in first.err
    assert "there is nothing to do" in second.err


def test_tables_without_a_school_point_to_init(fresh: Sobremesa):
    fresh("migrate")
    done = fresh("events", "list")

    assert done.code == 1
    assert "There is no school here yet. Begin with: sobremesa init" in done.err


def test_the_folder_of_a_sqlite_database_is_made(folder: Path):
    assert Sobremesa("")("init", *LINCOLN).code == 0
    assert (folder / "data" / "sobremesa.db").exists()


def test_a_school_gets_a_number_later(sobremesa: Sobremesa):
    assert sobremesa("schools", "add-number", "+15125550191", "whatsapp:+15125550191").code == 0

    (row,) = sobremesa("schools", "list", "--format", "json").json()
    assert row["name"] == "Escuela Lincoln"
    assert set(row["numbers"]) == {"sms:+15125550100", "sms:+15125550191", "whatsapp:+15125550191"}


def test_a_district_lists_its_schools(sobremesa: Sobremesa):
    add_school(sobremesa, "Washington", "+15125550190")

    assert [row["name"] for row in sobremesa("schools", "list", "--format", "json").json()] == [
        "Escuela Lincoln",
        "Washington",
    ]
