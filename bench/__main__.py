"""`make bench`: measure, print the table, write docs/performance.md."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench import report
from bench.contestants import CONTESTANTS, Place, Running
from bench.machine import Machine
from bench.processes import Cores, Missing
from bench.rounds import Score, Size, measure

FULL = Size(rounds=6, seconds=3, warm_up_families=600, connections=64)
QUICK = Size(rounds=2, seconds=0.5, warm_up_families=40, connections=8)
REPORT = Path("docs/performance.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all contestants that can run here."""
    asked = _parser().parse_args(arguments)
    size = QUICK if asked.quick else FULL
    # Not in the system's temporary folder, which may be memory, where a commit costs nothing.
    data = Path("data")
    data.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=data) as folder:
        place = Place(Path(folder).absolute(), Cores.here(), size.families)
        machine = Machine.here(place)
        scores, missing = _measure(place, size)
    found = report.Findings(machine, size, scores, missing)
    Console().print(report.table(found))
    target = asked.write or (None if asked.quick else REPORT)
    if target is not None:
        target.write_text(report.document(found), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds, to see that it runs")
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"instead of {REPORT}; --quick writes none")
    return parser


def _measure(place: Place, size: Size) -> tuple[dict[str, Score], dict[str, str]]:
    with ExitStack() as stack, _progress() as progress:
        steps = progress.add_task("starting", total=len(CONTESTANTS) * (size.rounds + 2))

        def tell(doing: str) -> None:
            progress.update(steps, description=doing, advance=1)

        running: dict[str, Running] = {}
        missing: dict[str, str] = {}
        for contestant in CONTESTANTS:
            tell(f"starting: {contestant.name}")
            try:
                running[contestant.name] = stack.enter_context(contestant.start(place))
            except Missing as what:
                missing[contestant.name] = str(what)
        return measure(running, size, place.cores.load, tell), missing


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


if __name__ == "__main__":
    main()
