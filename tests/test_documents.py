"""What README, CONTRIBUTING, CHANGELOG and docs/ say is held true here: commands, links, costs, conversations."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from typer.main import get_command

import bot
from bot import families, transcripts
from bot.cli import app
from bot.help_desk.closing import SILENCE
from bot.settings import Settings
from tests.commands.conftest import Sobremesa
from tests.commands.test_requests import calls_for_help
from tests.home import SCHOOL

ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")))
}
README = DOCUMENTS["README.md"]
LANGUAGES = sorted(path.parent.parent.name for path in ROOT.glob("locales/*/LC_MESSAGES/sobremesa.po"))

# What comes to be when somebody does as the documents say.
MADE_BY_THE_READER = {
    "data/",
    *("flows/volunteer.py", "tests/flows/test_volunteer.py", "bot/channels/pigeon.py"),
    *("bot/morning.py", "tests/test_morning.py"),
    *("locales/pt/LC_MESSAGES", "locales/pt/LC_MESSAGES/sobremesa.po", "docs/journeys/pt", "docs/transcripts/pt"),
}
# Paths that begin in one of our folders, wherever they stand, and whatever looks like one inside a sentence.
PATHS = re.compile(r"(?<![\w/.])((?:bench|bot|docs|flows|locales|tests|\.ci)/[\w/.-]*[\w/])|`([\w.-]+/[\w/.-]*)`")
LEFT_OUT = {"__pycache__", "build", "data", "dist"}
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|opt|mnt|Users)/\w")
MESSAGE = re.compile(
    r"^\*\*(?P<by>\w+):\*\* .*$|^> .*\n(?:> .+\n)*>\n> <sub>to (?P<to>\w+), (?P<segments>\d+) SMS</sub>$", re.MULTILINE
)
INDEX = re.compile(r"\b(?:pypi|pythonhosted|npmjs|artifactory|devpi)\.\w|https?://[^\s\"'`)]+/simple\b", re.IGNORECASE)


def blocks(text: str, kind: str) -> list[str]:
    """The code blocks of this kind, also those that stand further in."""
    return [
        dedent(code) for _indent, code in re.findall(rf"^( *)```{kind}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    ]


def lines(text: str) -> Iterator[list[str]]:
    """Each command line that a document shows, in words: those of its blocks, and those inside a sentence."""
    shown = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    for line in [*shown, *re.findall(r"`((?:\.venv/bin/)?(?:sobremesa|make) [^`]+)`", text)]:
        yield shlex.split(line.strip().removeprefix(".venv/bin/"), comments=True)


SERVE = {"run", "chat"}
"""Commands that go on until they are stopped."""
AT_THE_DOOR = (["events", "check-in"], ["events", "walk-in"])
"""What is done on the day of the event."""
ASK = (
    *(["families", "import"], ["events", "invite"], ["events", "move"]),
    *(["announce", "approve"], ["announce", "send"]),
)
"""Commands that want a yes at the keyboard."""
COMMANDS = [words for text in DOCUMENTS.values() for words in lines(text) if words[:1] == ["sobremesa"]]
TARGETS = {words[1] for text in DOCUMENTS.values() for words in lines(text) if words[:1] == ["make"]}


def thread(language: str, journey: str) -> list[tuple[str, str, int]]:
    """A transcript: on whose phone each message is, its first line, its segments (none for the family's own)."""
    text = (ROOT / "docs/transcripts" / language / f"{journey}.md").read_text("utf-8")
    found = MESSAGE.finditer(text)
    return [(one["by"] or one["to"], one[0].splitlines()[0], int(one["segments"] or 0)) for one in found]


def segments(language: str, journey: str, name: str) -> list[int]:
    """What each message to one parent costs."""
    return [n for to, _line, n in thread(language, journey) if to == name and n]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_that_a_document_shows_can_be_given(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("families.csv").touch()
    command: Any = get_command(app)
    rest = words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]

    assert not hasattr(command, "commands"), "a group alone does nothing"
    if rest:  # else it is named in a sentence, without what it is given
        command.make_context(" ".join(words), rest)


def test_the_documents_show_commands_at_all():
    assert len(COMMANDS) > 20


def test_every_make_target_that_a_document_names_is_there():
    assert TARGETS
    assert set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_links_to_is_there(name: str):
    for link in re.findall(r"\]\((?!https://)([^)]+)\)", DOCUMENTS[name]):
        path, _hash, anchor = link.partition("#")
        there = (ROOT / name).parent / path if path else ROOT / name
        assert there.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name: str):
    named = {ours or other for ours, other in PATHS.findall(DOCUMENTS[name])}

    assert [path for path in named - MADE_BY_THE_READER if not (ROOT / path).exists()] == []


def test_the_settings_that_the_documents_name_are_settings():
    named = set(re.findall(r"\b(?:SOBREMESA|TWILIO|TELEGRAM)_[A-Z_]+\b", "\n".join(DOCUMENTS.values())))

    assert "SOBREMESA_PUBLIC_URL" in named
    assert named <= {str(field.validation_alias) for field in Settings.model_fields.values()}


def test_the_wheel_has_the_name_that_the_readme_gives_it():
    assert set(re.findall(r"sobremesa-([\w.]+)-py3-none-any\.whl", README)) == {bot.__version__}


def test_the_list_of_families_in_the_readme_can_be_imported():
    (example,) = blocks(README, "csv")
    sheet = families.read(example.encode())

    assert (sheet.problems, sheet.notes, sheet.unused) == ((), (), ())
    assert [row.permission is not None for row in sheet.rows] == [True, True, False]


def all_commands() -> dict[str, set[str]]:
    """Each group of the command line with its parts; those without a group are under ""."""
    command: Any = get_command(app)
    groups: dict[str, set[str]] = {"": set()}
    for name, one in command.commands.items():
        if parts := getattr(one, "commands", {}):
            groups[name] = set(parts)
        else:
            groups[""].add(name)
    return groups


def test_the_table_of_the_readme_names_every_command_and_no_other():
    table = section("All commands")
    shown: dict[str, set[str]] = {}
    for group, _what, parts in re.findall(r"^\| *(?:`([a-z]+)`)? *\|([^|]+)\|([^|]+)\|$", table, re.MULTILINE):
        if named := set(re.findall(r"`([a-z-]+)`", parts)):
            shown[group] = shown.get(group, set()) | named

    assert shown == all_commands()


def test_the_commands_of_the_readme_work_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    # Before the dates that the document names.
    monkeypatch.setattr("bot.app.clock", lambda: datetime(2027, 3, 1, 16, tzinfo=UTC))
    (sheet,) = blocks(README, "csv")
    Path("families.csv").write_text(sheet, "utf-8")
    command = Sobremesa(f"sqlite:///{tmp_path}/data/sobremesa.db")
    shell = [block for heading in ("Setting it up", "What staff do") for block in blocks(section(heading), "sh")]
    numbers: dict[str, str] = {}
    for words in lines("".join(f"```sh\n{block}```\n" for block in shell)):
        if words[:1] == ["sobremesa"] and words[1] not in SERVE:
            if words[1:3] == ["requests", "reply"]:
                numbers["109"] = str(calls_for_help(command, "Rosa García"))
            yes = ["--yes"] if words[1:3] in ASK else []
            with monkeypatch.context() as that_day:
                if words[1:3] in AT_THE_DOOR:
                    that_day.setattr("bot.app.clock", lambda: datetime(2027, 3, 19, 23, 30, tzinfo=UTC))
                done = command(*(numbers.get(word, word) for word in words[1:]), *yes)
            assert done.code == 0, (words, done.err)
            for example, made in (("50", ["events", "add"]), ("61", ["announce", "draft"])):
                if words[1:3] == made:
                    (numbers[example],) = re.findall(r"^id +(\d+)$", done.out, re.MULTILINE)

    assert numbers.keys() == {"50", "61", "109"}


def test_the_times_that_the_readme_names_are_those_of_the_bot():
    said = " ".join(README.split())

    assert SCHOOL.quiet_to == 8
    assert "waits until eight in the morning" in said
    assert SILENCE.days == 7
    assert "or a week of silence" in said


def section(heading: str) -> str:
    """What stands in the README under a heading, up to the next one."""
    _before, found, rest = README.partition(f"## {heading}\n")
    assert found, heading
    return rest.partition("\n## ")[0]


def test_the_conversation_in_the_readme_is_the_one_that_the_bot_has():
    lived = section("What a family lives through")
    shown = [line for line in lived.splitlines() if line.startswith(("> ", "**Ana:**"))]

    assert shown == [line for name, line, _n in thread("es", "an-invitation-in-one-text") if name == "Ana"]


def test_the_desk_in_the_readme_is_the_one_that_the_bot_has():
    said = re.compile(r"> .|\*\*\w+[^*]*:\*\* ")
    shown = [line for line in section("What staff do").splitlines() if said.match(line)]
    happened = iter((ROOT / "docs/transcripts/en/a-person-answers.md").read_text("utf-8").splitlines())

    assert len(shown) > 6
    assert [line for line in shown if line not in happened] == [], "these lines, in this order"


def test_an_rsvp_costs_what_the_readme_says():
    said = " ".join(README.split())
    english, spanish = (sum(segments(language, "an-invitation-in-one-text", "Ana")) for language in ("en", "es"))
    assert f"is {english} segments in English and {spanish} in Spanish" in said

    for language in ("en", "es"):
        other = sum(segments(language, "an-invitation-in-one-text", "Luis"))
        assert f"and is told the answer: {other} segments" in said
        introduction = segments(language, "the-school-writes-first", "Ana")[0]
        assert f"who writes and how to stop: {introduction} segments" in said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_transcripts_are_what_the_bot_says_today(language: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)

    assert await transcripts.write(language, check=True) == [], "run: make transcripts"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_journey_is_there_in_every_language(language: str):
    every = {path.stem for path in ROOT.glob("docs/journeys/*/*.txt")}

    assert {path.stem for path in ROOT.glob(f"docs/journeys/{language}/*.txt")} == every


def files() -> Iterator[Path]:
    """The text files of the project: what is neither made by a command nor somebody's own."""
    for folder, inside, names in os.walk(ROOT):
        hidden = {name for name in inside if name.startswith(".") and name != ".ci"}
        inside[:] = [name for name in inside if name not in LEFT_OUT | hidden]
        yield from (Path(folder, name) for name in names if name != ".env")


def test_no_file_names_a_place_on_somebodys_machine_or_a_package_index():
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture; or a sheet as an old Excel saves it
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in (*MACHINE.finditer(text), *INDEX.finditer(text))]

    assert found == []
