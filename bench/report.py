"""What came out: the table on the screen and docs/performance.md, ratios first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from rich import box
from rich.table import Table

from bench.contestants import BARE, IN_MEMORY, ON_REDIS, OURS
from bench.machine import Machine
from bench.rounds import Score, Size

BUSY = "The machine was busy with other work: measure again when it is quiet."
GOALS = {IN_MEMORY: 2.0, ON_REDIS: 4.0, BARE: 0.5}
"""How many times the other's rate ours is to be, at least."""

Cells = tuple[str, ...]

RATIO_HEADS: Cells = ("turns a second, Sobremesa ÷", "median", "least to most", "by CPU", "goal")
SCORE_HEADS: Cells = ("", "turns/s", "least to most", "usual wait", "1 in 100 waits", "CPU a turn")


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run showed; ``missing`` says why a contestant was not measured."""

    machine: Machine
    size: Size
    scores: dict[str, Score]
    missing: dict[str, str]


def table(found: Findings) -> Table:
    """Both tables, one over the other, for a terminal."""
    whole = Table.grid(padding=(1, 0))
    whole.add_row(_terminal_table(RATIO_HEADS, ratio_rows(found)))
    whole.add_row(_terminal_table(SCORE_HEADS, score_rows(found)))
    if found.machine.busy:
        whole.add_row(f"{BUSY} Its load was {found.machine.load:.1f}.")
    return whole


def document(found: Findings) -> str:
    """The page docs/performance.md."""
    machine, size = found.machine, found.size
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    return PAGE.format(
        ratios=_markdown_table(RATIO_HEADS, ratio_rows(found)),
        scores=_markdown_table(SCORE_HEADS, score_rows(found)),
        day=machine.day.isoformat(),
        system=machine.system,
        cores=machine.cores,
        pinned="the server on one core, the load on another" if machine.pinned else "no process kept on a core",
        sync=_milliseconds(machine.sync_seconds),
        versions=versions,
        load=f"{machine.load:.1f}",
        busy=f"\n**{BUSY}**\n" if machine.busy else "",
        rounds=size.rounds,
        seconds=f"{size.seconds:g}",
        connections=size.connections,
    )


def ratio_rows(found: Findings) -> Iterator[Cells]:
    """Ours over each other, round by round."""
    for name, goal in GOALS.items():
        if name in found.missing:
            yield (name, f"not measured: {found.missing[name]}", "", "", f"≥ {goal:g}")
            continue
        pairs = zip(found.scores[OURS].rates, found.scores[name].rates, strict=True)
        ratios = [ours / other for ours, other in pairs]
        verdict = "" if found.machine.busy else ", met" if median(ratios) >= goal else ", not met"
        by_cpu = _cpu_ratio(found.scores[OURS], found.scores[name])
        yield (name, f"{median(ratios):.2f}", _span(ratios, "{:.2f}"), by_cpu, f"≥ {goal:g}{verdict}")


def score_rows(found: Findings) -> Iterator[Cells]:
    """Each contestant's own figures."""
    for name, score in found.scores.items():
        cpu = score.cpu_seconds_a_turn
        yield (
            name,
            f"{median(score.rates):,.0f}",
            _span(score.rates, "{:,.0f}"),
            _milliseconds(score.wait),
            _milliseconds(score.p99),
            f"{mean(cpu) * 1e6:,.0f} µs" if cpu else "",
        )
    for name, why in found.missing.items():
        yield (name, f"not measured: {why}", "", "", "", "")


def _cpu_ratio(ours: Score, other: Score) -> str:
    """What the ratio would be if the servers only computed; waiting for the disk and for others is left out."""
    if not (ours.cpu_seconds_a_turn and other.cpu_seconds_a_turn):
        return ""
    return f"{mean(other.cpu_seconds_a_turn) / mean(ours.cpu_seconds_a_turn):.2f}"


def _span(numbers: Sequence[float], form: str) -> str:
    return f"{form.format(min(numbers))}–{form.format(max(numbers))}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _terminal_table(heads: Cells, rows: Iterator[Cells]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD)
    for number, head in enumerate(heads):
        shown.add_column(head, justify="left" if number == 0 else "right")
    for row in rows:
        shown.add_row(*row)
    return shown


def _markdown_table(heads: Cells, rows: Iterator[Cells]) -> str:
    rule = ("---", *("---:" for _ in heads[1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


PAGE = """\
# How fast it is

Written by `make bench`, which anyone can run; it takes a few minutes and changes only this page.
Compare the ratios: they hold on other machines better than the rates do.
{busy}
## Turns

A family answers an invitation in five texts: "si", "2" adults, "3" children, "si" to child care, "no" to
allergies. A turn is one of those texts: read, understood, answered, kept. It counts when its 200 arrives.

{ratios}

{scores}

- **Sobremesa**: signed Twilio webhooks into one process, with `sobremesa`'s own server on a new SQLite file,
  `synchronous=FULL`. Before each 200 the text, the conversation, the RSVP and the reply in the outbox are
  committed. Its sender rests meanwhile: the replies wait in the outbox.
- **aiogram**: its own webhook on aiohttp with the secret header, its FSM as its documentation teaches it,
  every update with an id of its own. It is favoured: only the state is written, no text, reply or RSVP; its
  replies are in one language and travel in the webhook's answer, so that it calls nobody; its texts are not
  kept in order by a lock. In memory nothing outlives the process. Redis has `appendonly yes` and
  `appendfsync always`, and works on the core of the load.
- **The limit**: a bare aiohttp webhook that checks Twilio's signature as Sobremesa does and writes one row
  with the `sqlite3` module, `synchronous=FULL`; rows that arrive during a commit share the next one.

All servers run on uvloop, each in a process of its own, and are measured in turn: {rounds} rounds of
{seconds} s each after a warm-up, {connections} connections that are kept, on each of which four families
take turns; a family sends its next text after the 200 for its last. Requests are made and signed before a
round begins. "Least to most" is over the rounds; a ratio is taken within its round. The CPU is that of the
server's process; "by CPU" is the ratio of what a turn costs there, without waiting for the disk or for
other work on the machine. At the end every conversation that was begun is counted: all came to their right end.

Measured on {day}: {system}, {cores} cores, {pinned}; the disk takes {sync} to make a page safe; load
before: {load}. {versions}.
"""
