"""A SQLite database has one server; a second one is told so, and a killed one leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import AlreadyServing
from bot.store.serving import serving

SERVE = """
import sys, time
from bot.store.serving import serving
with serving(sys.argv[1]):
    print("up", flush=True)
    time.sleep(60)
"""


def test_a_second_process_does_not_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/served.db"
    with subprocess.Popen([sys.executable, "-c", SERVE, url], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "up\n"
        with pytest.raises(AlreadyServing, match="another process"), serving(url):
            pytest.fail("two serve at once")
        first.kill()

    with serving(url):
        pass


def test_one_that_stopped_lets_the_next_one_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/served.db"
    for _ in range(2):
        with serving(url):
            pass


def test_two_databases_do_not_meet(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/one.db"), serving(f"sqlite:///{tmp_path}/other.db"):
        pass


def test_postgres_is_served_by_as_many_as_one_wants() -> None:
    with serving("postgresql://localhost/s"), serving("postgresql://localhost/s"):
        pass
