"""``sobremesa families``: a sheet in, with a preview; a sheet out."""

import json
import stat
from pathlib import Path

import pytest

from bot.store import audit, schools
from tests.commands.conftest import FAMILIES, Sobremesa
from tests.commands.keyboard import typed


def exported(command: Sobremesa) -> list[dict[str, str]]:
    found: list[dict[str, str]] = command("families", "export", "--format", "json").json()
    return found


def test_a_sheet_is_imported_and_comes_out_again(sobremesa: Sobremesa, sheet: Path):
    done = sobremesa("families", "import", sheet, "--yes")

    assert done.code == 0, done.err
    assert "To do: 4 new households, 5 new people." in done.out
    assert "Imported into Escuela Lincoln: 4 new households, 5 new people." in done.err
    assert [row["name"] for row in exported(sobremesa)] == [
        "Rosa García",
        "Luis López",
        "Ann Miller",
        "Ramón Castillo",
        "Lucía Núñez",
    ]
    (school,) = sobremesa.read(schools.all_schools)
    (line,) = [one for one in sobremesa.read(lambda db: audit.last(db, school.id, 9)) if one.subject == "families"]
    assert line.actor.endswith(", command line")


def test_importing_again_finds_nothing_to_do(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    again = sobremesa("families", "import", sheet)

    assert again.code == 0
    assert "there is nothing to do" in again.err


def test_a_dry_run_shows_the_changes_and_makes_none(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    before = exported(on_sqlite)
    sheet.write_text(FAMILIES.replace("Luis López,(512) 555-0102,English", "Luis López,(512) 555-0102,Spanish"))
    done = on_sqlite("families", "import", sheet, "--dry-run")

    assert done.code == 0
    assert "To do: 1 person changed, 4 unchanged." in done.out
    assert "  line 3, Luis López: language en → es" in done.lines
    assert exported(on_sqlite) == before


def test_without_a_person_to_ask_nothing_is_changed(on_sqlite: Sobremesa, sheet: Path):
    done = on_sqlite("families", "import", sheet)

    assert done.code == 1
    assert "add --yes" in done.err
    assert exported(on_sqlite) == []


def test_problems_are_named_by_line_and_nothing_is_imported(on_sqlite: Sobremesa, sheet: Path):
    sheet.write_text(FAMILIES + "Peña,Ángel Peña,555-0110,Martian,parent,yes\n", encoding="utf-8")
    done = on_sqlite("families", "import", sheet, "--yes")

    assert done.code == 1
    assert "  line 7, phone: " in done.out
    assert "  line 7, language: " in done.out
    assert "Nothing was imported." in done.err
    assert exported(on_sqlite) == []


def test_a_file_that_is_not_there_is_wrong_usage_and_a_workbook_is_refused(on_sqlite: Sobremesa, folder: Path):
    assert on_sqlite("families", "import", "nowhere.csv").code == 2
    (folder / "book.csv").write_bytes(b"PK\x03\x04workbook")
    refused = on_sqlite("families", "import", "book.csv")

    assert refused.code == 1
    assert "This is not a CSV file." in refused.err


def test_a_name_with_codes_in_it_does_not_steer_the_terminal(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    sheet.write_text(FAMILIES.replace("Ann Miller", "Ann\x1b[2J [bold]Miller"), encoding="utf-8")
    done = on_sqlite("families", "import", sheet, "--dry-run")

    assert "[bold]Miller" in done.out
    assert "\x1b" not in done.out


def test_an_export_to_a_file_opens_in_excel_is_private_and_overwrites_nothing(on_sqlite: Sobremesa, sheet: Path):
    on_sqlite("families", "import", sheet, "--yes")
    out = sheet.with_name("out.csv")
    assert on_sqlite("families", "export", "--output", out).code == 0

    assert out.read_bytes().startswith(b"\xef\xbb\xbfhousehold,name,phone")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "nothing to do" in on_sqlite("families", "import", out).err
    again = on_sqlite("families", "export", "--output", out)
    assert again.code == 1
    assert f"{out} exists already" in again.err


def test_an_export_guards_its_cells_and_leaves_phones_as_they_are(on_sqlite: Sobremesa, sheet: Path):
    sheet.write_text(FAMILIES.replace("Ann Miller", "=1+1"), encoding="utf-8")
    on_sqlite("families", "import", sheet, "--yes")

    assert "Miller,'=1+1,+15125550104,en,parent,yes," in on_sqlite("families", "export").lines


def test_output_goes_with_csv_only(on_sqlite: Sobremesa):
    assert on_sqlite("families", "export", "--output", "x.json", "--format", "json").code == 2


@pytest.mark.parametrize(("answer", "code", "people"), [("y", 0, 5), ("n", 1, 0)])
def test_a_person_at_the_keyboard_is_asked(on_sqlite: Sobremesa, sheet: Path, answer: str, code: int, people: int):
    screen, ended = typed(["families", "import", str(sheet)], [("Import this?", f"{answer}\n")])

    assert ended == code, screen
    assert len(json.loads(on_sqlite("families", "export", "--format", "json").out)) == people
