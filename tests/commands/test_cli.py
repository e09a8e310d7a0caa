"""How every command answers: at once, in words, with the right exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.commands.opening import location
from bot.commands.terminal import safe
from bot.errors import Refusal, WrongSettings
from tests.commands.conftest import Sobremesa, add_school

HEAVY = ("aiogram", "aiohttp", "twilio", "sqlalchemy", "bot.settings", "babel", "phonenumbers", "jinja2")
COMMANDS = (
    *("demo", "init", "check", "run", "migrate", "chat", "segments", "transcripts"),
    *("families", "events", "requests", "staff", "schools"),
)
LISTINGS = (
    ("events", "list"),
    ("requests", "list"),
    ("staff", "list"),
    ("schools", "list"),
    ("families", "export"),
)


@pytest.mark.parametrize("words", [["--help"], ["events", "add", "--help"], ["segments"]], ids=" ".join)
def test_it_answers_without_loading_anything_heavy(words: list[str]):
    code = (
        "import sys; from bot.cli import app; app(sys.argv[1:], standalone_mode=False);"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], input="Hola\n", capture_output=True, text=True, check=True
    )

    assert ran.stdout
    assert ran.stderr.strip() == "[]"


def test_help_names_every_command(on_sqlite: Sobremesa):
    said = on_sqlite("--help").out

    assert all(f" {command} " in said for command in COMMANDS)


def test_the_version_is_told(on_sqlite: Sobremesa):
    from bot import __version__

    assert on_sqlite("--version").out == f"sobremesa {__version__}\n"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["events"], ["events", "show"], ["events", "show", "x"], ["run", "--role", "king"]]
)
def test_wrong_usage_is_told_apart_from_failure(on_sqlite: Sobremesa, words: list[str]):
    done = on_sqlite(*words)

    assert done.code == 2
    assert "Traceback" not in done.err


def test_wrong_settings_are_all_named_together(on_sqlite: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOBREMESA_PORT", "0")
    monkeypatch.setenv("TWILIO_KEYWORDS", "some")
    done = on_sqlite("events", "list")

    assert done.code == 1
    assert "SOBREMESA_PORT must be" in done.err
    assert "TWILIO_KEYWORDS must be" in done.err


def test_without_a_database_it_says_how_to_begin(folder: Path, monkeypatch: pytest.MonkeyPatch):
    done = Sobremesa("")("events", "list")

    assert done.code == 1
    assert "There is no database yet (SQLite, data/sobremesa.db)." in done.err
    assert "sobremesa init" in done.err
    assert not (folder / "data").exists()


def test_a_database_that_cannot_be_reached_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch):
    url = "postgresql://anna:secret@127.0.0.1:9/school?sslkey=hidden"
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", url)
    done = Sobremesa("")("events", "list")

    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    for private in ("secret", "anna", "hidden"):
        assert private not in done.err


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite+aiosqlite:///data/school.db?timeout=5", "SQLite, data/school.db"),
        ("postgresql+asyncpg://anna:secret@db.example:5433/school", "PostgreSQL, postgresql://db.example:5433/school"),
        (
            "postgresql+asyncpg://db.example/school?user=anna&password=secret",
            "PostgreSQL, postgresql://db.example/school",
        ),
    ],
)
def test_a_database_is_shown_without_who_opens_it_and_how(url: str, shown: str):
    assert location(url) == shown


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\ufeff", "\U000e0041", "\u202e"])
def test_marks_that_nobody_sees_are_not_shown(unseen: str):
    assert safe(f"  Ro{unseen}sa\n👨\u200d👩\u200d👧") == "  Rosa\n👨\u200d👩\u200d👧"


def test_a_file_that_is_no_database_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "photo.db").write_bytes(b"\x89PNG" * 4000)
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", "sqlite:///photo.db")
    done = Sobremesa("")("events", "list")

    assert done.code == 1
    assert "The database cannot be opened (SQLite, photo.db): file is not a database." in done.err


def test_with_several_schools_the_one_that_is_meant_has_to_be_named(sobremesa: Sobremesa):
    add_school(sobremesa, "Washington", "+15125550190")

    refused = sobremesa("staff", "list")
    assert refused.code == 1
    assert "There are several schools here: Escuela Lincoln, Washington." in refused.err
    assert '--school "NAME"' in refused.err

    assert sobremesa("staff", "list", "--school", "washington").code == 0
    unknown = sobremesa("staff", "list", "--school", "Jefferson")
    assert unknown.code == 1
    assert "There is no school named Jefferson here." in unknown.err


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_every_listing_comes_in_three_forms(on_sqlite: Sobremesa, sheet: Path, words: tuple[str, ...]):
    on_sqlite("families", "import", sheet, "--yes")

    assert isinstance(on_sqlite(*words, "--format", "json").json(), list)
    assert "," in on_sqlite(*words, "--format", "csv").lines[0]
    assert on_sqlite(*words, "--format", "table").code == 0
    assert on_sqlite(*words, "--format", "xml").code == 2


def test_a_reader_that_has_seen_enough_ends_a_command_in_silence(on_sqlite: Sobremesa, folder: Path):
    pipe = f"{sys.executable} -c 'from bot.cli import main; main()' segments < many.txt | head -n 1"
    (folder / "many.txt").write_text("Hola\n" * 50_000)
    ran = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, check=True)

    assert "segments" in ran.stdout.splitlines()[0]
    assert "Traceback" not in ran.stderr


def test_an_error_that_nobody_foresaw_shows_its_place_and_none_of_its_words():
    try:
        raise KeyError("Rosa García, (512) 555-0101")
    except KeyError as error:
        said = cli.words(error)

    assert "KeyError at commands/test_cli.py:" in said
    assert "Rosa" not in said


def test_an_error_inside_a_group_of_tasks_is_told_as_itself():
    group = ExceptionGroup("unhandled", [ExceptionGroup("unhandled", [Refusal("not today")])])

    assert cli.words(group) == "Not today."
    assert cli.words(WrongSettings(["A is.", "B is."])).splitlines()[1:] == ["  A is.", "  B is."]
