"""CSV in the forms in which spreadsheets save it. All people are invented."""

import contextlib
import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import spreadsheets
from bot.errors import Refusal

SHEET = 'household,name,phone\n"Ñandú, José",María Íñiguez,(512) 555-0101\nPeña,Ángel,(512) 555-0102\n'
CELLS = [
    ("household", "name", "phone"),
    ("Ñandú, José", "María Íñiguez", "(512) 555-0101"),
    ("Peña", "Ángel", "(512) 555-0102"),
]
OLD = ("cp1252", "mac_roman", "cp850")


def cells(data: bytes) -> list[tuple[str, ...]]:
    return [line.cells for line in spreadsheets.read(data)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", *OLD])
def test_accents_are_read_in_every_encoding_that_excel_saves(encoding: str):
    assert cells(SHEET.encode(encoding)) == CELLS


def test_a_big_endian_file_with_its_mark_is_read():
    assert cells(b"\xfe\xff" + SHEET.encode("utf-16-be")) == CELLS


SPANISH = ["García", "Muñoz", "José", "Ángel", "ÁLVAREZ", "Óscar", "MARÍA JOSÉ", "Güell", "NÚÑEZ", "Téllez"]
OTHER = ["Íñigo", "Úrsula", "François", "Zoë", "Jürgen", "Inês"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *[(name, encoding) for name in SPANISH for encoding in OLD],
        *[(name, encoding) for name in OTHER for encoding in ("cp1252", "mac_roman")],
        *[(name, "cp1252") for name in ("João", "Conceição", "CONCEIÇÃO", "O’Brien", "Ana – Luis")],
    ],
)
def test_one_accented_name_is_enough_to_know_an_old_encoding(name: str, encoding: str):
    assert cells(f"household,name\nSmith,{name}\n".encode(encoding))[1] == ("Smith", name)


def test_accents_that_make_no_sense_are_refused_with_what_to_do():
    with pytest.raises(Refusal, match="CSV UTF-8"):
        spreadsheets.read("household,name\nשלום,עולם\n".encode("cp1255"))


@pytest.mark.parametrize("beginning", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-1.7"])
def test_a_workbook_is_refused_with_how_to_save_it(beginning: bytes):
    with pytest.raises(Refusal, match=r"Save As.*CSV UTF-8"):
        spreadsheets.read(beginning + bytes(100))


@pytest.mark.parametrize("separator", list(spreadsheets.SEPARATORS))
def test_the_separator_is_the_one_between_most_cells(separator: str):
    text = separator.join(["household", "name", "phone"]) + "\n" + separator.join(["García", "Ana", "1"]) + "\n"

    assert cells(text.encode()) == [("household", "name", "phone"), ("García", "Ana", "1")]


def test_commas_in_names_do_not_hide_a_semicolon():
    assert cells(b"name;phone\nDoe, Ann;1\nDoe, Bob;2\n")[1] == ("Doe, Ann", "1")


def test_semicolons_in_a_name_do_not_hide_a_comma():
    assert cells(b"name,phone\nAnn; Bob; Zoe; Kim,1\n")[1] == ("Ann; Bob; Zoe; Kim", "1")


def test_the_line_that_names_the_separator_is_obeyed_and_not_counted():
    lines = spreadsheets.read(b"sep=|\r\nname|phone\r\nDoe, Ann; Bob|1\r\n")

    assert [(line.number, line.cells) for line in lines] == [
        (1, ("name", "phone")),
        (2, ("Doe, Ann; Bob", "1")),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_machine_and_blank_ones_are_counted_but_left_out(end: str):
    text = end.join(["name,phone", "", " , ", "Ann,1", ",,", 'Bob,"2"'])

    lines = spreadsheets.read(text.encode())

    assert [(line.number, line.cells) for line in lines] == [
        (1, ("name", "phone")),
        (4, ("Ann", "1")),
        (6, ("Bob", "2")),
    ]


def test_a_cell_of_two_lines_is_one_line_with_a_space():
    assert [line.number for line in spreadsheets.read(b'a,b\n"x\ny",1\nz,2\n')] == [1, 2, 3]
    assert cells(b'a,b\n"x\r\ny",1\n')[1] == ("x y", "1")


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_quotation_mark_that_is_never_closed_is_named_by_its_line(size: int):
    with pytest.raises(Refusal, match="Line 3: a quotation mark"):
        spreadsheets.read(b'name,phone\nAnn,1\n"Bob,2\n' + b"Zoe,3\n" * size)


def test_quotation_marks_in_the_middle_of_a_cell_are_taken_as_they_come():
    assert cells(b'name,phone\nAnn "Annie" Doe,1\n"Bob" Doe,2\n')[1:] == [
        ('Ann "Annie" Doe', "1"),
        ("Bob Doe", "2"),
    ]


def test_marks_that_could_act_in_a_terminal_are_taken_out():
    assert cells("name,phone\nA\x1b[31mnn\u202e\x00,\ufeff1\u00a0\n".encode())[1] == ("A [31mnn", "1")


def test_letters_made_of_two_characters_become_one():
    assert cells("name\nJose\u0301\n".encode())[1] == ("José",)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"sep=;"])
def test_an_empty_file_has_no_lines(data: bytes):
    assert spreadsheets.read(data) == []


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes):
    with contextlib.suppress(Refusal):
        spreadsheets.read(data)


def test_the_cells_of_a_family_do_not_show_when_a_line_is_printed():
    assert "Ann" not in repr(spreadsheets.read(b"name\nAnn\n"))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\rx", "'=1", "''=1", "＝1+1"])
def test_a_formula_is_written_as_text_and_read_back(cell: str):
    assert spreadsheets.as_text(cell) == f"'{cell}"
    assert spreadsheets.from_text(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["", "Ann", "O'Brien", "'Ohana", "a=b", "1-2"])
def test_what_is_no_formula_stays_as_it_is(cell: str):
    assert spreadsheets.as_text(cell) == spreadsheets.from_text(cell) == cell


@given(st.text())
def test_every_cell_comes_back_as_it_went(cell: str):
    assert spreadsheets.from_text(spreadsheets.as_text(cell)) == cell


def test_what_is_written_is_read_by_a_plain_csv_reader():
    rows = [("household", "name"), ('Ñandú, "Pepe"', "María\nJosé"), ("", "x;y")]

    assert [tuple(row) for row in csv.reader("".join(spreadsheets.write(rows)).splitlines(keepends=True))] == rows
