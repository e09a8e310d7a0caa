"""Who may import whom: a text travels one way through the code, and nothing reaches back up the road.

A module without a row of its own follows the row of its package, so a new one is covered as it comes.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for package in ("bot", "flows") for path in (ROOT / package).rglob("*.py"))

# Plain data and errors: what crosses borders, known on both sides.
BORDERS = {"bot.errors", "bot.family", "bot.hall", "bot.messages", "bot.records", "flows.core.text", "flows.facts"}
LANGUAGE = {"flows", "bot.language", "bot.language.voice"}
# What decides one text. The router says what it is, and knows nothing of what is done about it.
DECIDING = {
    *("bot.turn", "bot.turn.naming", "bot.turn.router", "bot.turn.routes", "bot.turn.situation"),
    "bot.turn.wish_words",
}
# What the modules of bot/ without a row may know: what families and staff can do, and the loops around it.
DOMAIN = {*BORDERS, *LANGUAGE, *DECIDING, "bot.store", "bot.channels.base", "bot.channels.segments"}
# These put the parts together, and nobody else imports them.
EVERYTHING = {*DOMAIN, "bot", "bot.channels", "bot.console", "bot.hooks", "bot.polling", "bot.settings"}
MAY_IMPORT: dict[str, set[str]] = {
    "flows": {"flows.core.text", "flows.facts"},
    "flows.core.text": {"flows"},
    "flows.facts": {"flows", "flows.core.text"},
    "bot": DOMAIN,
    "bot.app": EVERYTHING,
    "bot.channels": {*BORDERS, "bot.channels.base", "bot.channels.segments"},
    "bot.channels.base": BORDERS,
    "bot.channels.segments": {"bot.channels"},
    "bot.cli": {*EVERYTHING, "bot.app", "bot.commands"},
    "bot.commands": {*EVERYTHING, "bot.app", "bot.demo", "bot.transcripts"},
    "bot.console": {*BORDERS, *LANGUAGE, "bot"},
    "bot.demo": {*EVERYTHING, "bot.app"},
    "bot.errors": set(),
    "bot.family": {*BORDERS, "flows"},
    "bot.hall": {*BORDERS, "flows"},
    "bot.hooks": {*DOMAIN, "bot", "bot.channels"},
    "bot.language": {*BORDERS, *LANGUAGE},
    "bot.messages": {*BORDERS, "flows"},
    "bot.polling": {*DOMAIN, "bot", "bot.channels"},
    "bot.records": {*BORDERS, "flows"},
    "bot.setting_values": set(),
    "bot.settings": {"bot.errors", "bot.setting_values"},
    "bot.store": BORDERS,
    "bot.transcripts": {*EVERYTHING, "bot.app"},
    "bot.language.voice": {*BORDERS, *LANGUAGE},
    **{name: {*BORDERS, *LANGUAGE, *DECIDING} for name in DECIDING},
    "bot.turn.router": {*BORDERS, *LANGUAGE, "bot.turn.routes", "bot.turn.situation", "bot.turn.wish_words"},
}
TABLES = "bot.store.tables"

# What is decided here has to come out the same at every replay, at any hour, whoever listens.
PURE = {"flows", "bot.language.voice", *BORDERS, *DECIDING}
IMPURE = {
    *("aiogram", "aiohttp", "twilio"),
    *("aiosqlite", "asyncpg", "sqlalchemy", "sqlite3"),
    *("asyncio", "socket", "subprocess", "threading"),
    *("os", "pathlib", "shutil", "tempfile"),
    *("random", "secrets", "time", "uuid"),
}
# Time is an argument, and settings enter once.
KEPT_BY = {
    "datetime.now": {"bot.app", "bot.cli"},
    "datetime.utcnow": set[str](),
    "date.today": set[str](),
    "time.time": {"bot.app", "bot.cli"},
    "os.environ": {"bot.settings"},
    "os.getenv": {"bot.settings"},
}


def name_of(path: Path) -> str:
    """The name under which Python imports a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str) -> Iterator[str]:
    """Every name that a source imports, anywhere in it, also for its types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "names are imported in full: from bot.errors import …"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def touched(source: str) -> Iterator[str]:
    """Every attribute that a source takes, with the name before it, such as ``datetime.now``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:])


def part_of(name: str) -> str:
    """The row that a module follows: the longest one that holds it."""
    return max((part for part in MAY_IMPORT if f"{name}.".startswith(f"{part}.")), key=len)


def wrong_imports(module: str, source: str) -> list[str]:
    """What of our own a module imports and should not."""
    part = part_of(module)
    ours = [name for name in imported(source) if name.split(".")[0] in ("bot", "flows")]
    tables = [name for name in ours if f"{name}.".startswith(f"{TABLES}.") and part != "bot.store"]
    foreign = [name for name in ours if part_of(name) not in {part, *MAY_IMPORT[part]}]
    return [name for name in {*tables, *foreign} if name != "bot.__version__"]


def impurities(module: str, source: str) -> list[str]:
    """What a module imports or touches that only other parts of the road may."""
    part = part_of(module)
    imports = [name for name in imported(source) if part in PURE and name.split(".")[0] in IMPURE]
    return imports + [name for name in touched(source) if part not in KEPT_BY.get(name, {part})]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_lies_behind_it_on_the_road(path: Path):
    assert wrong_imports(name_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_asks_the_world_only_where_it_may(path: Path):
    assert impurities(name_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("flows.rsvp", "import bot"),
        ("flows.core.replay", "from bot.messages import Inbound"),
        ("bot.channels.twilio", "from bot.store.outbox import due"),
        ("bot.store.families", "from bot.families import find"),
        ("bot.store.families", "from bot import families"),
        ("bot.turn", "from bot.store import contacts"),
        ("bot.turn.router", "from bot.turn import take"),
        ("bot.events", "from bot.channels import twilio"),
        ("bot.events", "from bot.store.tables import events"),
        ("bot.inbox", "from bot.settings import Settings"),
        ("bot.outbox", "from bot.app import run"),
        ("bot.a_new_one", "def late():\n    from bot.cli import main"),
        ("bot.console.door", "from bot.store.events import guests"),
        ("bot.console.door", "import bot.store.tables"),
        ("bot.app", "from bot.cli import main"),
        ("bot.app", "from bot.store.tables import events"),
        ("bot.cli", "from bot.store import tables"),
        ("bot.app", "from bot.commands.serving import run"),
        ("bot.commands.events", "from bot.store import tables"),
        ("bot.commands.events", "from bot.cli import app"),
    ],
)
def test_an_import_against_the_direction_is_found(module: str, source: str):
    assert len(wrong_imports(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("flows.rsvp", "from flows.core import ask"),
        ("bot.channels.twilio", "from bot.channels.base import Channel\nfrom bot.errors import TryLater"),
        ("bot.store.outbox", "from bot.store.tables import messages"),
        ("bot.turn", "import flows\nfrom bot.language.render import words\nfrom bot.turn.router import place"),
        ("bot.inbox", "from bot.turn import take\nfrom bot.store import contacts\nfrom bot import consent"),
        ("bot.console.door", "from bot import __version__, events"),
        ("bot.cli", "from bot.commands import events\nfrom bot.settings import load"),
        (
            "bot.commands.serving",
            "from bot.app import serve\nfrom bot.settings import load\nfrom bot.store import engines",
        ),
    ],
)
def test_an_import_in_the_direction_is_let_through(module: str, source: str):
    assert wrong_imports(module, source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("flows.rsvp", "import asyncio"),
        ("flows.questions.count", "from time import time"),
        ("bot.turn", "from sqlalchemy.ext.asyncio import AsyncConnection"),
        ("bot.turn", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        ("bot.inbox", "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        ("bot.outbox", "import os\nport = os.environ['PORT']"),
    ],
)
def test_a_look_at_the_world_from_the_wrong_place_is_found(module: str, source: str):
    assert len(impurities(module, source)) == 1
