"""The wheel: everything that the bot needs where it is installed, and nothing else."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Mapping
from email.message import Message
from email.parser import Parser
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

import bot

ROOT = Path(__file__).parent.parent
# Without the `site` module no path of the checkout is added; with -P none of the folder that we are in.
ALONE = (sys.executable, "-S", "-P")
LONG_ENOUGH = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel, built out of the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (built,) = folder.iterdir()
    return ZipFile(built)


@pytest.fixture(scope="module")
def metadata(wheel: ZipFile) -> Message:
    """What the package index shows."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


@pytest.fixture(scope="module")
def installed(wheel: ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed in it, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(folder)]
    subprocess.run([*install, str(wheel.filename)], check=True, capture_output=True, text=True)
    return folder


def environment_of(installed: Path) -> dict[str, str]:
    """The environment in which Python finds what is installed there, and the libraries of this one."""
    places = dict.fromkeys((str(installed), *(sysconfig.get_path(name) for name in ("purelib", "platlib"))))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


def files_of(folder: str, inside: str) -> set[str]:
    """Every file of a folder of the checkout, by the name it should have in the wheel."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = (path for path in files if "__pycache__" not in path.parts and path.name != ".DS_Store")
    return {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in kept}


def test_the_wheel_holds_the_code_the_catalogs_and_the_migrations(wheel: ZipFile):
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert packed == files_of("bot", "bot") | files_of("flows", "flows") | files_of("locales", "bot/locales")
    assert "bot/locales/es/LC_MESSAGES/sobremesa.po" in packed
    assert any(name.startswith("bot/store/migrations/versions/") for name in packed)


def test_the_wheel_leaves_tests_and_documents_behind(wheel: ZipFile):
    assert {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" not in name} == {"bot", "flows"}


def test_the_wheel_carries_its_licence(wheel: ZipFile):
    (name,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))

    text = wheel.read(name).decode()
    assert "Apache License" in text
    assert "The Sobremesa authors" in text


def test_the_wheel_is_of_this_version(metadata: Message):
    assert metadata["Name"] == "sobremesa"
    assert metadata["Version"] == bot.__version__
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_wheel_asks_for_postgresql_only_where_it_is_wanted(metadata: Message):
    asyncpg = [line for line in metadata.get_all("Requires-Dist", []) if line.startswith("asyncpg")]

    assert asyncpg
    assert all("extra == 'postgres'" in line for line in asyncpg)


def test_the_command_is_there(wheel: ZipFile):
    (name,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "sobremesa = bot.cli:main" in wheel.read(name).decode()

    assert callable(EntryPoint("sobremesa", "bot.cli:main", "console_scripts").load())


def test_the_wheel_is_shown_with_the_readme(metadata: Message):
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_wheel_installed_somewhere_else_runs_the_demo(installed: Path, tmp_path: Path):
    environment = environment_of(installed)
    where = "import bot, flows; print(bot.__file__, flows.__file__)"
    told = subprocess.run(
        [*ALONE, "-c", where], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == [str(installed / package / "__init__.py") for package in ("bot", "flows")]

    assert "Escuela Lincoln" in first_page(installed / "bin/sobremesa", environment, tmp_path)
    assert (tmp_path / "data/demo.db").is_file()


def first_page(command: Path, environment: Mapping[str, str], folder: Path) -> str:
    """What a browser gets from the demo, which is begun for it and ended afterwards; it must end well."""
    port = free_port()
    demo = [*ALONE, str(command), "demo", "--port", str(port)]
    with subprocess.Popen(
        demo, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        try:
            page = fetched(f"http://127.0.0.1:{port}/phone", running)
        finally:
            running.terminate()
            said, _none = running.communicate(timeout=LONG_ENOUGH)
    assert running.returncode == 0, said.decode()
    return page


def fetched(url: str, server: subprocess.Popen[bytes]) -> str:
    """A page, as soon as the server answers."""
    give_up = time.monotonic() + LONG_ENOUGH
    while True:
        try:
            with urlopen(url, timeout=LONG_ENOUGH) as answer:
                return str(answer.read().decode())
        except URLError:
            assert server.poll() is None, "the demo ended by itself"
            assert time.monotonic() < give_up, "the demo does not answer"
            time.sleep(0.1)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_the_lock_holds_versions_and_hashes_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    requirements = lock.replace("\\\n", "").splitlines()
    requirements = [line for line in requirements if not line.startswith("#")]
    assert requirements
    assert all("==" in line and "--hash=sha256:" in line for line in requirements)
    for elsewhere in ("://", "index-url", "find-links", " @ ", "file:"):
        assert elsewhere not in lock


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    optional = project["project"]["optional-dependencies"]["postgres"]
    wanted = [*project["project"]["dependencies"], *optional, *project["dependency-groups"]["dev"]]
    for requirement in wanted:
        name = requirement.split(">=")[0].split("[")[0]
        assert f"\n{name}==" in lock
