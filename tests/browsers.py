"""Finding a Chromium for the tests that look at pages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
HOW_TO_GET_ONE = "no browser: install Chromium (Debian: apt install chromium) or name one in CHROMIUM"


def find_browser(playwright: Playwright) -> str | None:
    """The path of a Chromium that is there, or that Playwright could fetch; None without one."""
    return _installed() or _fetched(Path(playwright.chromium.executable_path))


def arguments() -> list[str]:
    """What Chromium has to be told here: as root it starts only without its sandbox."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def _installed() -> str | None:
    if named := os.environ.get("CHROMIUM"):
        return named
    on_path = (shutil.which(name) for name in NAMES)
    on_a_mac = (str(path) for path in ON_A_MAC if path.exists())
    return next(filter(None, (*on_path, *on_a_mac)), None)


def _fetched(path: Path) -> str | None:
    if not path.exists():
        fetch = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(fetch, check=False, capture_output=True, timeout=600)
    return str(path) if path.exists() else None
