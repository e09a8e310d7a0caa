"""What every test may ask for: databases, a browser; and the rule that no test is left out in silence."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import make_url

from tests import browsers, databases
from tests.databases import Postgres

# A machine with other work to do is slow now and then; that is no mistake of ours.
hypothesis.settings.register_profile("sobremesa", deadline=None)
hypothesis.settings.load_profile("sobremesa")

SERVER_OF_ONES_OWN = os.environ.get("SOBREMESA_TEST_POSTGRES_URL")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person at the keyboard, and so their Twilio account, stay out of the tests."""
    for name in os.environ:
        if name.startswith(("SOBREMESA_", "TWILIO_", "TELEGRAM_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The PostgreSQL server of this run, or the one that SOBREMESA_TEST_POSTGRES_URL names."""
    if SERVER_OF_ONES_OWN:
        yield Postgres(make_url(SERVER_OF_ONES_OWN))
        return
    temporary = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        temporary = temporary.parent  # which all workers of a run share
    with databases.postgres_server(databases.postgres_folder(temporary)) as address:
        yield Postgres(address)


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables."""
    with postgres.migrated_template() as name:
        yield name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables."""
    return databases.migrated_file(tmp_path_factory.mktemp("sqlite") / "template.db")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all tables and no rows, one of each kind in turn."""
    if request.param == "sqlite":
        yield databases.copied(request.getfixturevalue("sqlite_template"), tmp_path / "sobremesa.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table, one of each kind in turn."""
    if request.param == "sqlite":
        yield databases.sqlite_url(tmp_path / "empty.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium without a window; where there is none, the test is skipped and says how to get one."""
    async with async_playwright() as playwright:
        path = browsers.find_browser(playwright)
        if path is None:
            pytest.skip(browsers.HOW_TO_GET_ONE)
        chromium = await playwright.chromium.launch(executable_path=path, args=browsers.arguments())
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A new page with nothing remembered; a script that fails on it fails the test."""
    failures: list[str] = []
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
    assert not failures


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With REQUIRE_ALL=1 a test that did not run is a failure."""
    if os.environ.get("REQUIRE_ALL") == "1" and _not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many did not run; the list above it names them."""
    if count := _not_run(config):
        required = os.environ.get("REQUIRE_ALL") == "1"
        verdict = "and REQUIRE_ALL=1 counts that as a failure" if required else "so they are not proved"
        terminalreporter.section(f"Tests that did not run: {count}, {verdict}", red=required, yellow=not required)


def _not_run(config: pytest.Config) -> int:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:  # a worker: its parent counts
        return 0
    return sum(len(reporter.stats.get(kind, ())) for kind in ("skipped", "xfailed"))
