"""``sobremesa segments``: one text a line in, one JSON object a line out."""

import json

import pytest

from tests.commands.conftest import Done, Sobremesa


@pytest.fixture
def command() -> Sobremesa:
    return Sobremesa("")


def counted(done: Done) -> list[tuple[str, int, int]]:
    assert done.code == 0, done.err
    found = [json.loads(line) for line in done.lines]
    return [(one["encoding"], one["units"], one["segments"]) for one in found]


def test_each_line_is_counted_as_a_text(command: Sobremesa):
    done = command("segments", stdin="Hola\n¿Viene su familia?\nSí\n\n" + "a" * 161)

    assert counted(done) == [
        ("GSM-7", 4, 1),
        ("GSM-7", 18, 1),
        ("UCS-2", 2, 1),
        ("GSM-7", 0, 1),
        ("GSM-7", 161, 2),
    ]


def test_nothing_in_is_nothing_out(command: Sobremesa):
    done = command("segments", stdin="")

    assert (done.code, done.out) == (0, "")


def test_an_end_of_line_of_windows_is_no_part_of_the_text_and_a_return_inside_is(command: Sobremesa):
    assert counted(command("segments", stdin=b"Hola\r\na\rb\r\n")) == [("GSM-7", 4, 1), ("GSM-7", 3, 1)]


def test_json_strings_may_hold_line_breaks_and_halves_of_characters(command: Sobremesa):
    done = command("segments", "--json", stdin='"a\\r\\nb"\n"\\ud83d"\n"🙏"\n')

    assert counted(done) == [("GSM-7", 4, 1), ("UCS-2", 1, 1), ("UCS-2", 2, 1)]


@pytest.mark.parametrize("line", ["Hola", '{"text": "Hola"}', "5", '"Hola', ""])
def test_a_line_that_is_no_json_string_is_named(command: Sobremesa, line: str):
    done = command("segments", "--json", stdin=f'"fine"\n{line}\n')

    assert done.code == 1
    assert len(done.lines) == 1
    assert "Line 2 is not a JSON string" in done.err


def test_a_line_that_is_not_utf_8_is_named(command: Sobremesa):
    done = command("segments", stdin=b"Hola\nni\xf1o\n")

    assert done.code == 1
    assert "Line 2 is not UTF-8." in done.err
