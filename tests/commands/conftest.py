"""The command line in a folder of its own, on a database of each kind in turn."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.store.database import Database
from tests import databases
from tests.databases import Postgres

T = TypeVar("T")

WIDE = {"COLUMNS": "200"}
SPEAKING = ("--hours", "en=Monday to Friday, 8 to 3", "--hours", "es=de lunes a viernes de 8 a 3")

TODAY = datetime.now(ZoneInfo("America/Chicago")).date()
DAY = next(day for year in (TODAY.year, TODAY.year + 1) if (day := date(year, 5, 12)) > TODAY + timedelta(days=20))
"""A day in May, when clocks have gone forward: ahead, and near enough that anything may be planned for it."""
NEXT_DAY = DAY + timedelta(days=1)
WEEK_LATER = DAY + timedelta(days=7)

FAMILIES = """household,name,phone,language,role,permission
García López,Rosa García,(512) 555-0101,Spanish,parent,yes
García López,Luis López,(512) 555-0102,English,parent,yes
Miller,Ann Miller,(512) 555-0104,English,parent,yes
Castillo,Ramón Castillo,(512) 555-0114,Spanish,parent,no
Núñez Rivera,Lucía Núñez,(512) 555-0109,Spanish,parent,
"""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Sobremesa:
    """The command ``sobremesa``, called in this process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: object, stdin: str | bytes | None = None) -> Done:
        result = CliRunner().invoke(app, [str(word) for word in words], input=stdin, env=WIDE)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def read(self, ask: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        """What the store answers to a question."""

        async def asked() -> T:
            database = Database.open(self.url)
            try:
                async with database.write() as db:
                    return await ask(db)
            finally:
                await database.close()

        return asyncio.run(asked())


@dataclass(frozen=True)
class Running:
    """A command as a process of its own."""

    process: asyncio.subprocess.Process

    async def line_with(self, words: str) -> str:
        """The first line on stderr that holds these words."""
        assert self.process.stderr is not None
        async with asyncio.timeout(30):
            while words not in (line := (await self.process.stderr.readline()).decode()):
                assert line, f"it ended before it said: {words}"
        return line

    async def done(self, stdin: bytes = b"") -> Done:
        """Its end."""
        async with asyncio.timeout(30):
            out, err = await self.process.communicate(stdin)
        assert self.process.returncode is not None
        return Done(self.process.returncode, out.decode(), err.decode())

    async def stop(self) -> Done:
        """Its end after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return await self.done()


async def start(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Running:
    """A command in ``folder``, without any setting but those of ``env``."""
    ours = ("SOBREMESA_", "TWILIO_", "TELEGRAM_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", *words),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(Path(__file__).parents[2])} | dict(env or {}),
    )
    return Running(process)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without a .env."""
    place = tmp_path / "school"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def fresh(folder: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Sobremesa:
    """The command before anything was set up."""
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", empty_database_url)
    return Sobremesa(empty_database_url)


@pytest.fixture
def sobremesa(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Sobremesa:
    """The command with one school, Escuela Lincoln, whose admin is Sra. Ortiz."""
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", database_url)
    command = Sobremesa(database_url)
    add_school(command, "Escuela Lincoln", "+15125550100")
    return command


@pytest.fixture
def on_sqlite(folder: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Sobremesa:
    """The same on SQLite only, for what the database has no part in."""
    url = databases.copied(sqlite_template, folder / "sobremesa.db")
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", url)
    command = Sobremesa(url)
    add_school(command, "Escuela Lincoln", "+15125550100")
    return command


@pytest.fixture
def on_postgres(
    folder: Path, postgres: Postgres, postgres_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sobremesa]:
    """The same on PostgreSQL only."""
    with postgres.database(postgres_template) as url:
        monkeypatch.setenv("SOBREMESA_DATABASE_URL", url)
        command = Sobremesa(url)
        add_school(command, "Escuela Lincoln", "+15125550100")
        yield command


@pytest.fixture
def sheet(folder: Path) -> Path:
    """Four families: three people may be written to, of whom two live together."""
    path = folder / "families.csv"
    path.write_text(FAMILIES, encoding="utf-8")
    return path


def add_school(command: Sobremesa, name: str, number: str) -> None:
    """One more school."""
    words = ("--school", name, "--admin", "ortiz@lincoln.example", "--name", "Sra. Ortiz", "--number", number)
    done = command("init", *words, *SPEAKING)
    assert done.code == 0, done.err


def add_event(command: Sobremesa, *more: str) -> int:
    """A dinner next spring; its id."""
    words = (
        "--title",
        "en=Family dinner",
        "--title",
        "es=Cena de familias",
        "--place",
        "en=Gym",
        "--place",
        "es=Gimnasio",
    )
    done = command("events", "add", *words, "--starts", f"{DAY} 18:00", *more, "--format", "json")
    return int(done.json()["id"])
