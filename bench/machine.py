"""What the figures were measured on, without anybody's name."""

import os
import platform
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.contestants import Place

PACKAGES = ("sobremesa", "aiohttp", "uvloop", "aiogram", "twilio", "SQLAlchemy", "aiosqlite")

BUSY = 0.5


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and what is installed on it; ``versions`` by name."""

    cores: int
    pinned: bool
    system: str
    sync_seconds: float
    """How long the disk takes to say that a page is safe."""
    load: float
    """How many processes wanted a core in the minute before."""
    versions: dict[str, str]
    day: date

    @classmethod
    def here(cls, place: Place) -> "Machine":
        """This one, today, with the disk that the place's folder is on."""
        return cls(
            cores=os.cpu_count() or 1,
            pinned=place.cores.servers is not None and place.cores.servers != place.cores.load,
            system=f"{platform.system()}, {platform.machine()}",
            sync_seconds=_sync_seconds(place.folder),
            load=os.getloadavg()[0],
            versions=_versions(),
            day=datetime.now(UTC).date(),
        )

    @property
    def busy(self) -> bool:
        """Whether others were at work, so that the figures say as much about them."""
        return self.load > BUSY


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found |= {name: version(name) for name in PACKAGES}
    if redis := shutil.which("redis-server"):
        said = subprocess.run([redis, "--version"], capture_output=True, text=True, check=True).stdout
        found["Redis"] = said.partition("v=")[2].partition(" ")[0]
    return found


def _sync_seconds(folder: Path) -> float:
    path = folder / "page"
    with path.open("wb", buffering=0) as file:
        waits = []
        for _ in range(50):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            waits.append(time.perf_counter() - began)
    path.unlink()
    return median(waits)
