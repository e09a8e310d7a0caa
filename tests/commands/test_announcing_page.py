"""docs/announcing.md is held true: its commands work in order, and what it promises is what the bot does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import announcements
from bot.announcements import audiences
from bot.announcements.announcement_results import DROPPED
from bot.channels import telegram_codes, twilio_codes
from bot.commands.announcing import KINDS
from tests.commands.conftest import DAY, FAMILIES, Sobremesa, add_event
from tests.home import SCHOOL
from tests.test_documents import ROOT, blocks, lines

PAGE = (ROOT / "docs/announcing.md").read_text("utf-8")
COMMANDS = [words for words in lines(PAGE) if words[:1] == ["sobremesa"]]
ASK = ("approve", "send", "stop")
"""Commands that want a yes at the keyboard."""
WORDS = " ".join(PAGE.split())


def rows(heading: str) -> dict[str, str]:
    """The table whose first line has these columns: what stands left, and right."""
    table = PAGE.partition(f"{heading}\n")[2].partition("\n\n")[0].splitlines()
    pairs = (line.strip("|").split("|") for line in table[1:])
    return {left.strip(" `"): right.strip() for left, right in pairs}


def test_the_commands_of_the_page_work_one_after_the_other(on_sqlite: Sobremesa):
    Path("families.csv").write_text(FAMILIES.replace(",no\n", ",yes\n"), "utf-8")
    on_sqlite("families", "import", "families.csv", "--yes")
    event = add_event(on_sqlite)
    on_sqlite("events", "invite", event, "--yes")
    named: list[str] = []
    given = [words[1:] for block in blocks(PAGE, "sh") for words in lines(f"```sh\n{block}```") if words]
    for words in given:
        real = [part.replace("50", str(event)) if part.startswith("unanswered:") else part for part in words]
        # The first announcement of the page is number 31, and the last one 32.
        real = [{"31": named[0], "32": named[-1]}.get(part, part) if named else part for part in real]
        real = [f"{DAY} 09:00" if part == "2027-03-12 09:00" else part for part in real]
        more = ["--yes"] if words[1] in ASK else []
        done = on_sqlite(*real, *more, *(["--really"] if words[1:] == ["send", "32"] else []))
        assert done.code == 0, (words, done.err)
        if words[1] == "draft":
            named.append(re.findall(r"^id +(\d+)", done.out, re.MULTILINE)[0])

    states = {row["id"]: row["state"] for row in on_sqlite("announce", "list", "--format", "json").json()}
    assert [states[int(number)] for number in named] == ["stopped", "draft", "scheduled"]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_explains_itself(words: list[str], on_sqlite: Sobremesa):
    named = [word for word in words[1:3] if re.fullmatch("[a-z-]+", word) and not word.startswith("-")]
    done = on_sqlite(*named, "--help")

    assert done.code == 0, done.err
    for option in (word for word in words if word.startswith("--")):
        assert option in done.out


def test_every_audience_stands_on_the_page():
    assert {to.partition(":")[0] for to in rows("| `--to` | who |")} - {"---"} == {*KINDS}


def test_the_reasons_on_the_page_are_those_that_staff_read():
    twilio = [meaning.words for meaning in twilio_codes.CODES.values()]
    known = [*twilio, *(meaning.words for meaning in telegram_codes.WORDS.values()), *DROPPED.values()]
    for reason in rows("| it says | what you do |"):
        first = reason.partition(";")[0]
        assert reason.startswith("-") or any(words.startswith(first) for words in known), reason


def test_the_figures_of_the_page_are_those_of_a_school():
    numbers = {1: "one", 3: "three", 5: "five"}

    assert f"at most {numbers[SCHOOL.weekly_cap]} pieces of event news in a week" in WORDS
    assert f"After {numbers[announcements.GOOD_FOR.days]} days what has not left is dropped" in WORDS
    assert f"from {numbers[audiences.LEAST_ANSWERED]} answers on" in WORDS
    assert f"from {SCHOOL.quiet_from - 12} in the evening to {SCHOOL.quiet_to} in the morning" in WORDS
    assert f"more than {announcements.FURTHEST.days} days ahead, is refused" in WORDS
    assert f"takes the role {' or '.join(sorted(announcements.APPROVERS, reverse=True))}." in WORDS


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https://)([^)]+)\)", PAGE))))
def test_what_the_page_links_to_is_there(link: str):
    assert (ROOT / "docs" / link).exists()
