"""Sheets as schools have them: their headings, their cells, their mistakes. All people are invented."""

from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.families import Remark, Sheet, cells, read
from bot.families.sheet import Row
from flows.facts import Permission

FIXTURES = Path(__file__).parent.parent / "fixtures" / "families"
HEADINGS = "household,name,phone,language,role,permission,stopped"
GIVEN, REFUSED = Permission.GIVEN, Permission.REFUSED


def sheet(*lines: str, headings: str = HEADINGS) -> Sheet:
    return read("\n".join([headings, *lines]).encode())


def only(cell: str, column: str) -> Row:
    """What is read of one cell beside a phone."""
    found = read(f'phone,{column}\n512 555 0101,"{cell}"\n'.encode())
    assert found.problems == ()
    return found.rows[0]


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_the_same_families_are_read_from_every_kind_of_file(path: Path):
    found = read(path.read_bytes())

    said = ["paper form 2026-08-20", "yes", "no", ""]
    assert found.problems == ()
    assert [(row.household, row.name, row.address, row.language, row.role) for row in found.rows] == [
        ("García Ñandú", "María José Íñiguez", "sms:+15125550101", "es", "parent"),
        ("García Ñandú", "Ángel García", "sms:+15125550102", "en", "parent"),
        ("Pérez, Núñez", "Óscar", "sms:+15125550103", "es", "teacher"),
        ("O'Neil", "Ann", "sms:+15125550104", "en", "neighbour"),
    ]
    assert [row.permission for row in found.rows] == [GIVEN, GIVEN, REFUSED, None]
    assert [row.permission_words.lower().replace("sí", "yes") for row in found.rows] == said
    assert found.columns == ("household", "name", "phone", "language", "role", "permission")


# Headings


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        *[(heading, "household") for heading in ("Household", "FAMILY", "familia", " Hogar ", "Family name")],
        *[(heading, "name") for heading in ("Name", "nombre", "Parent/Guardian", "Full_Name", "Name / Nombre")],
        *[(heading, "language") for heading in ("Language", "IDIOMA", "Home language", "Lengua", "Idioma (casa)")],
        *[(heading, "role") for heading in ("Role", "rol", "Relationship", "Relación")],
        *[(heading, "permission") for heading in ("Permission", "Consent?", "Permiso", "Opt-in", "OK to text")],
        *[(heading, "stopped") for heading in ("stopped", "Baja", "opt-out")],
    ],
)
def test_a_heading_is_known_in_english_and_spanish_in_any_case(heading: str, column: str):
    assert read(f"phone,{heading}\n".encode()).columns == ("phone", column)


@pytest.mark.parametrize(
    "heading", ["Phone", "TELÉFONO", "telefono", "Cell", "Celular", "Cell Phone #", "Tel.", "Móvil", "Phone/Teléfono"]
)
def test_the_phone_has_many_names(heading: str):
    assert read(f"name,{heading}\nAnn,512 555 0101\n".encode()).rows[0].address == "sms:+15125550101"


def test_headings_that_are_not_known_are_named_and_their_cells_left_aside():
    found = read(b"Grade,Phone,,Bus\n4,512 555 0101,x,12\n")

    assert found.unused == ("Grade", "Bus")
    assert found.rows[0].address == "sms:+15125550101"


def test_first_and_last_name_become_one():
    assert only("Ana", "first name,last name").name == "Ana"
    assert read(b"nombre,apellidos,tel\nAna,Paz,512 555 0101\n").rows[0].name == "Ana Paz"


def test_without_a_phone_column_the_columns_expected_and_found_are_named():
    with pytest.raises(Refusal, match=r"household, name, phone.*Spanish.*line 2: “Family”, “Contact no”"):
        read(b"Lincoln\nFamily,Contact no\nGarcia,1\n")


def test_a_file_without_headings_is_refused_without_a_word_of_its_families():
    with pytest.raises(Refusal, match="names the columns") as refusal:
        read("García,Ana,512 555 0101\n".encode())

    assert "Ana" not in repr(refusal.value)
    assert "0101" not in repr(refusal.value)


def test_an_empty_file_is_refused():
    with pytest.raises(Refusal, match="empty"):
        read(b"")


def test_two_columns_of_one_kind_are_refused_by_their_headings():
    with pytest.raises(Refusal, match="Line 1: “Cell” and “Phone” are both a phone"):
        read(b"Name,Cell,Phone\n")


def test_a_missing_household_column_is_noted():
    found = read(b"name,phone\nAnn,512 555 0101\n")

    assert found.notes == (
        Remark(1, "household", "There is no household column, so each new person is a household of their own."),
    )


# Cells


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *[(cell, "es") for cell in ("es", "ES", "Spanish", "español", "ESPANOL", "Castellano", "spa", "es-MX")],
        *[(cell, "es") for cell in ("Spanish/English", "Español e inglés", "Spanish (Mexico)", "es_US", " Esp ")],
        *[(cell, "en") for cell in ("en", "English", "Inglés", "ingles", "eng", "en-US", "English; Spanish")],
        *[("Portuguese", "pt"), ("portugués", "pt"), ("Tiếng Việt", "vi"), ("Haitian Creole", "ht")],
        *[("中文", "zh"), ("Mandarin", "zh"), ("العربية", "ar"), ("K'iche'", "quc")],
    ],
)
def test_a_language_is_known_by_its_code_and_its_names(cell: str, code: str):
    assert only(cell, "language").language == code


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        *[(cell, "parent") for cell in ("parent", "Mother", "MAMÁ", "papá", "Abuela", "guardian", "tutor/a")],
        *[("Student", "student"), ("alumna", "student"), ("Staff", "teacher"), ("Maestra (2.º)", "teacher")],
        *[("neighbor", "neighbour"), ("Neighbour", "neighbour"), ("vecino", "neighbour")],
    ],
)
def test_a_role_is_known_in_english_and_spanish(cell: str, role: str):
    assert only(cell, "role").role == role


@pytest.mark.parametrize(
    ("cell", "permission"),
    [
        *[(cell, GIVEN) for cell in ("yes", "Sí", "SI", "x", "✓", "TRUE", "paper form 2026-08-20", "8/20/2026")],
        *[(cell, GIVEN) for cell in ("signed form", "por teléfono", "Formulario de papel", "Sí, en la oficina")],
        *[(cell, REFUSED) for cell in ("no", "NO.", "refused", "opted out", "do not text", "FALSE", "Rechazó")],
        *[(cell, None) for cell in ("", "pending", "not yet", "?", "N/A", "pendiente", "todavía no")],
    ],
)
def test_permission_is_read_where_it_is_certain(cell: str, permission: Permission | None):
    assert only(cell, "permission").permission is permission


@pytest.mark.parametrize(
    "cell", ["no form", "form not returned", "did not sign", "sin firma", "maybe", "Ann", "yes but not now", "2"]
)
def test_permission_is_never_guessed(cell: str):
    (problem,) = sheet(f"García,Ana,512 555 0101,es,parent,{cell}").problems

    assert (problem.line, problem.column) == (2, "permission")


def test_how_permission_was_given_is_kept():
    assert only("paper form 2026-08-20", "permission").permission_words == "paper form 2026-08-20"


@pytest.mark.parametrize(
    ("cell", "stopped"), [("yes", True), ("sí", True), ("5/1/2026", True), ("no", False), ("", None)]
)
def test_who_has_stopped_is_read(cell: str, stopped: bool | None):
    assert only(cell, "stopped").stopped is stopped


def test_a_formula_is_read_as_the_text_that_it_was():
    assert only("'=1+1", "household").household == "=1+1"
    assert only("=1+1", "household").household == "=1+1"


# Mistakes


def test_every_mistake_is_reported_by_its_line_and_column():
    found = sheet(
        "García,Ana,555-0101,Spanglish,boss,perhaps,soon",
        "García,Luis,512 555 0102,es",
        "Peña,Ana,512 555 0103,es,parent,yes,,García",
        f"{'x' * 201},Ana,512 555 0104",
    )

    assert [(problem.line, problem.column) for problem in found.problems] == [
        *[(2, column) for column in ("phone", "language", "role", "permission", "stopped")],
        (4, None),
        (5, "household"),
    ]
    assert [row.line for row in found.rows] == [3]
    assert all(problem.sentence.endswith((".", "?")) for problem in found.problems)


def test_a_line_without_a_phone_is_left_out_and_noted():
    found = sheet("García,Ana,", ",,,,,", "Total: 1")

    assert found.rows == ()
    assert found.problems == ()
    assert [note.line for note in found.notes] == [2, 4]


def test_no_name_number_or_word_shows_when_a_sheet_is_printed():
    shown = repr(sheet("García,Ana,512 555 0101,es,parent,paper form", "Peña,Luis,(512) 555 01"))

    assert not any(word in shown for word in ("García", "Ana", "0101", "paper", "Peña", "Luis", "555 01"))


def test_a_role_that_is_not_known_is_answered_with_words_that_are():
    with pytest.raises(Refusal) as refused:
        cells.role("plumber")

    said = str(refused.value)
    assert "neighbour (or volunteer, guest, community member)" in said
    listed = said.partition("one of: ")[2].rstrip(".")
    for part in listed.split("; "):
        role, _, others = part.rstrip(")").partition(" (or ")
        assert {cells.role(word) for word in (role, *filter(None, others.split(", ")))} == {role}
