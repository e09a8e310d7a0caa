"""docs/going-live.md is held true: its samples are what the bot says, and its commands can be given, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.segments import count, fold_for_sms
from bot.settings import Settings
from flows import replies
from flows.consent import terms
from flows.core.text import ByLanguage
from tests.commands.conftest import Sobremesa
from tests.home import DINNER, LUIS, SCHOOL, Home
from tests.test_documents import ROOT, blocks, lines, segments

PAGE = (ROOT / "docs/going-live.md").read_text("utf-8")
COMMANDS = [words for words in lines(PAGE) if words[:1] == ["sobremesa"]]
LINCOLN = replace(SCHOOL, contact="(512) 555-0115")
DINNER_IN_BRACKETS = replace(
    DINNER,
    title=ByLanguage(en="[Family dinner]", es="[Cena de familias]"),
    place=ByLanguage(en="[gym]", es="[gimnasio]"),
)
SERVE = {"run", "demo"}
"""Commands that go on until they are stopped."""
ASK = (["families", "import"], ["events", "invite"])
"""Commands that want a yes at the keyboard."""


def section(heading: str) -> str:
    """What stands under a heading, up to the next one that is not below it."""
    level = heading.count("#")
    _before, _heading, rest = PAGE.partition(f"{heading}\n")
    assert rest, heading
    return re.split(rf"^#{{2,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def samples() -> Iterator[tuple[str, list[str]]]:
    """What the bot says today, by the title that it has on the page."""
    home = Home(events=(DINNER_IN_BRACKETS,))
    spanish, english = home.invite(DINNER_IN_BRACKETS)
    home.texts("2 adults 3 children", LUIS)
    home.texts("yes", LUIS)
    (confirmation,) = home.texts("no peanuts", LUIS)
    say = home.voice.say
    both = ("en", "es")
    yield "Sample 1", [say(replies.introduction(LINCOLN, "[Ana]", ("es", "en")), "es")]
    yield "Sample 2", [english]
    yield "Sample 3", [spanish]
    yield "Sample 4", [say(terms(LINCOLN, LUIS), language) for language in both]
    yield "Sample 5", [confirmation.replace("no peanuts", "[no peanuts]")]
    yield "Opt-in message", [say(replies.started(LINCOLN), language) for language in both]
    yield "Help message", [say(replies.about(LINCOLN), language) for language in both]
    yield "Opt-out message", [say(replies.stopped(LINCOLN), language) for language in both]


def shown() -> dict[str, list[str]]:
    """The samples of the page, by their title."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in section("### The texts to paste").splitlines():
        if line.startswith("> "):
            found[title].append(line.removeprefix("> "))
        elif named := re.match(r"(Sample \d|\S+ message),", line):
            title = named[1]
            found[title] = []
    return found


def test_the_samples_of_the_registration_are_what_the_bot_says():
    assert shown() == dict(samples())


def test_the_samples_are_as_long_as_twilio_takes_them():
    for title, texts in shown().items():
        most = 1024 if title.startswith("Sample") else 320
        assert all(20 <= len(text) <= most for text in texts), title


def test_a_sample_says_who_writes_and_how_to_stop():
    texts = [text for title, texts in shown().items() if title.startswith("Sample") for text in texts]

    assert all("Lincoln School" in text or "See you at" in text for text in texts)
    assert sum("STOP" in text or "ALTO" in text for text in texts) >= 2


def test_the_description_and_the_message_flow_are_as_long_as_twilio_takes_them():
    description, flow = blocks(section("### The campaign"), "text")

    assert 40 <= len(description.strip()) <= 4096
    assert 40 <= len(flow.strip()) <= 2048
    for words in ("Message and data rates may apply", "STOP", "HELP", "about 4 messages a month", "not sold"):
        assert words.lower() in flow.lower()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_asks_in_the_terms_that_the_bot_asks_in(language: str):
    heading = {"en": "**English**", "es": "**Español**"}[language]
    form = PAGE.partition(heading)[2].partition("**")[2].partition("\n\n**")[0].replace("\n> ", " ")
    asked = Home().voice.say(terms(LINCOLN, LUIS), language)

    shared = {
        "en": ("about 4 messages a month", "message and data rates may apply", "stop to stop", "help for help"),
        "es": ("unos 4 mensajes al mes", "pueden aplicarse cargos por mensajes y datos", "alto para terminar"),
    }[language]
    for words in shared:
        assert words in asked.lower()
        assert words in form.lower()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_explains_itself(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    named = [word for word in words[1:3] if re.fullmatch("[a-z-]+", word) and not word.startswith("-")]
    done = Sobremesa("")(*named, "--help")

    assert done.code == 0, done.err
    for option in (word for word in words if word.startswith("--")):
        assert option in done.out


def test_the_commands_of_the_page_work_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    # The dinner of the page is ahead, whatever day it is today.
    monkeypatch.setattr("bot.app.clock", lambda: datetime(2027, 3, 1, 16, tzinfo=UTC))
    (families,) = blocks(PAGE, "csv")
    Path("families.csv").write_text(families, "utf-8")
    command, event = Sobremesa(f"sqlite:///{tmp_path}/data/sobremesa.db"), "50"
    given = [words[1:] for block in blocks(PAGE, "sh") for words in lines(f"```sh\n{block}```") if words]
    for words in given:
        if words[0] in SERVE:
            continue
        yes = ["--yes"] if words[:2] in ASK and "--dry-run" not in words else []
        done = command(*(event if word == "50" else word for word in words), *yes)
        # Before the number is bought, check says so.
        assert done.code == 0 or "no number yet" in done.out, (words, done.err)
        if words[:2] == ["events", "add"]:
            (event,) = re.findall(r"\d+", done.out + done.err)[:1]
    assert len(given) > 10
    assert "invited" in command("events", "show", event).out.lower()


def test_the_settings_and_addresses_that_the_page_names_are_there():
    named = set(re.findall(r"\b(?:SOBREMESA|TWILIO|TELEGRAM)_[A-Z_]+\b", PAGE))
    assert named <= {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert "SOBREMESA_PUBLIC_URL" in named
    assert set(re.findall(r"example\.org(/[a-z/]+)", PAGE)) <= {
        *("/about", "/about/en"),
        *("/hooks/twilio", "/hooks/telegram"),
    }


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https://)([^)]+)\)", PAGE))))
def test_what_the_page_links_to_is_there(link: str):
    path, _hash, anchor = link.partition("#")
    file = ROOT / "docs" / path if path else ROOT / "docs/going-live.md"
    assert file.exists()
    if anchor:
        headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_costs_of_the_page_follow_from_its_prices():
    least, most = 0.0083 + 0.0025, 0.0083 + 0.0062
    spanish, english = (sum(segments(code, "an-invitation-in-one-text", "Ana")) for code in ("es", "en"))
    introduction, invitation = segments("en", "the-school-writes-first", "Ana")[:2]
    (first,), (asked,) = dict(samples())["Sample 1"], dict(samples())["Sample 2"]

    assert (introduction, invitation) == (count(fold_for_sms(first)).segments, count(fold_for_sms(asked)).segments)
    for row in (
        f"| {introduction} each, {introduction * 600:,} in all | {introduction * 600 * least:.0f} to "
        f"{introduction * 600 * most:.0f} |",
        f"| {invitation} each, {invitation * 600} in all | {invitation * 600 * least:.0f} to "
        f"{invitation * 600 * most:.0f} |",
        f"| {english} in English, {spanish} in Spanish | {english * least:.2f} to {spanish * most:.2f},",
    ):
        assert row in PAGE
