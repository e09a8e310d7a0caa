"""A new flow, question, language or channel costs one file and its line; here the forgotten line is named."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import flows.questions
from bot.channels.base import Channel
from bot.language.catalogs import Catalogs
from bot.language.pofile import locales_folder
from bot.turn.router import THIS_LANGUAGE
from bot.turn.turn import Turn
from flows import FLOWS
from flows.core.flow import Flow
from flows.core.question import Question
from flows.core.words import Reply
from tests.home import ANA, DINNER, NOW, Home

ROOT = Path(__file__).parent.parent
NO_FLOWS = {"event_news", "facts", "outcomes", "places", "replies"}
"""Modules beside the flows that hold what flows are told, come to, and what is said outside of them."""
FLOW_MODULES = sorted(path.stem for path in (ROOT / "flows").glob("[a-z]*.py") if path.stem not in NO_FLOWS)
LANGUAGES = sorted(folder.name for folder in locales_folder().iterdir() if folder.is_dir())
CHANNELS = sorted(path.stem for path in (ROOT / "bot/channels").glob("[a-z]*.py"))
SENDERS = {"twilio": "Twilio", "telegram": "Telegram", "phone": "Phone", "terminal": "Terminal"}
"""The channels, by their module; the other modules there serve them."""
SERVING_CHANNELS = {
    *("base", "downloads", "graphemes", "segments"),
    *("telegram_calls", "telegram_codes", "telegram_files", "telegram_layout", "telegram_media", "telegram_messages"),
    *("telegram_updates", "telegram_uploads"),
    *("twilio_calls", "twilio_codes", "twilio_media", "twilio_signature"),
}


@pytest.mark.parametrize("module", FLOW_MODULES)
def test_every_file_of_a_flow_has_its_line_in_the_list(module: str) -> None:
    assert module in FLOWS, f"flows/{module}.py has no line in flows/__init__.py"
    assert FLOWS[module].run.__module__ == f"flows.{module}"


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_flow_asks_for_facts_that_the_turn_knows(flow: Flow) -> None:
    home = Home()
    turn = Turn(home.family, ANA.id, NOW, home.voice)
    turn.start((ANA.id, flow.name, DINNER.id))().close()


def test_every_kind_of_question_is_exported() -> None:
    modules = [path.stem for path in (ROOT / "flows/questions").glob("[a-z]*.py")]
    found = {
        name
        for module in modules
        for name, kind in inspect.getmembers(importlib.import_module(f"flows.questions.{module}"), inspect.isclass)
        if issubclass(kind, Question) and kind.__module__.startswith("flows.questions")
    }
    assert found <= set(flows.questions.__all__)


def test_no_two_kinds_of_question_are_kept_under_one_name() -> None:
    kinds = [getattr(flows.questions, name) for name in flows.questions.__all__]
    names = [kind.name for kind in kinds if inspect.isclass(kind) and issubclass(kind, Question)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_loads_alone(language: str) -> None:
    catalog = Catalogs.load((language,))[language]
    assert catalog.language == language
    assert catalog.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_asked_for_by_the_name_that_stands_on_its_button(language: str) -> None:
    catalog = Catalogs.load((language,))[language]
    reply = Reply(catalog.name, (catalog.lexicon,))

    assert (found := reply.find(THIS_LANGUAGE)), f'"this language" lacks {catalog.name}'
    assert reply.is_only(*found)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_text_is_translated(language: str) -> None:
    translated = Catalogs.load((language,))[language]
    with (ROOT / "locales/sobremesa.pot").open("rb") as file:
        msgids = [entry.id for entry in read_po(file) if entry.id and entry.context != "words"]
    known = translated.texts.keys() | translated.counted.keys()
    missing = [msgid for msgid in msgids if (msgid[0] if isinstance(msgid, tuple) else msgid) not in known]
    assert missing == [], f"locales/{language} has no words for these"


def test_every_module_among_the_channels_is_a_channel_or_serves_one() -> None:
    assert set(CHANNELS) == SENDERS.keys() | SERVING_CHANNELS


@pytest.mark.parametrize(("module", "name"), SENDERS.items())
def test_every_channel_has_the_same_shape(module: str, name: str) -> None:
    channel = getattr(importlib.import_module(f"bot.channels.{module}"), name)
    wanted = {member for member in vars(Channel) if not member.startswith("_")}
    assert wanted <= set(dir(channel)) | {"prefixes"}
    assert inspect.iscoroutinefunction(channel.send)


@pytest.mark.parametrize("flow", [flow for flow in FLOWS.values() if flow.on_menu], ids=lambda flow: flow.name)
def test_what_is_on_the_menu_has_a_label(flow: Flow) -> None:
    assert flow.label is not None
