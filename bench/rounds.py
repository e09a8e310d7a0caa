"""Rounds that take turns: ABC ABC, so that a slow moment of the machine meets all alike."""

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

from bench import load
from bench.contestants import Running
from bench.conversation import FAMILIES, TEXTS
from bench.load import Plan, Round
from bench.processes import cpu_seconds, keep_on

MOST_A_SECOND = 10_000
"""So many texts are made ready; where more are answered, a round ends sooner."""


WARM_UP_SECONDS = 20
"""At most; its families are usually heard sooner."""


class Incomplete(Exception):
    """Conversations did not come to their right end, so that the rates mean nothing."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: after a warm-up, rounds of so many seconds."""

    rounds: int
    seconds: float
    warm_up_families: int
    connections: int

    @property
    def families_a_round(self) -> int:
        """How many families are ready to text in a round."""
        return int(self.seconds * MOST_A_SECOND / len(TEXTS))

    @property
    def families(self) -> int:
        """How many families may text one contestant in the whole run."""
        return min(self.warm_up_families + self.rounds * self.families_a_round, FAMILIES)


@dataclass(slots=True)
class Score:
    """What one contestant has shown so far."""

    rounds: list[Round]
    cpu_seconds_a_turn: list[float]
    families: int = 0

    @property
    def rates(self) -> list[float]:
        """Turns a second, a number for each round."""
        return [each.rate for each in self.rounds]

    @property
    def wait(self) -> float:
        """The usual wait for a 200, in seconds."""
        return median(each.median for each in self.rounds)

    @property
    def p99(self) -> float:
        """The wait of one text in a hundred, in seconds."""
        return median(each.p99 for each in self.rounds)


def measure(
    running: Mapping[str, Running], size: Size, load_core: int | None, tell: Callable[[str], None]
) -> dict[str, Score]:
    """The scores by name, each with as many rounds; ``tell`` is told before each what is being done.

    Raises Incomplete when a contestant lost a conversation or took it wrongly.
    """
    scores = {name: Score([], []) for name in running}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, keep_on, (load_core,)) as family_phones:
        for name, contestant in running.items():
            tell(f"warming up: {name}")
            _warm_up(family_phones, contestant, scores[name], size)
        for number in range(size.rounds):
            for name, contestant in running.items():
                tell(f"round {number + 1} of {size.rounds}: {name}")
                _measured_round(family_phones, contestant, scores[name], size)
    for name, contestant in running.items():
        _check(name, contestant, scores[name])
    return scores


def _warm_up(family_phones: Executor, contestant: Running, score: Score, size: Size) -> None:
    _text(family_phones, contestant, score, size, size.warm_up_families, WARM_UP_SECONDS)


def _measured_round(family_phones: Executor, contestant: Running, score: Score, size: Size) -> None:
    families = min(size.families_a_round, size.families - score.families)
    before = cpu_seconds(contestant.pid)
    shown = _text(family_phones, contestant, score, size, families, size.seconds)
    after = cpu_seconds(contestant.pid)
    score.rounds.append(shown)
    if before is not None and after is not None:
        score.cpu_seconds_a_turn.append((after - before) / (shown.families * len(TEXTS)))


def _text(family_phones: Executor, contestant: Running, score: Score, size: Size, most: int, seconds: float) -> Round:
    plan = Plan(contestant.port, contestant.requests, score.families, most, seconds, size.connections)
    shown = family_phones.submit(load.run, plan).result()
    score.families += shown.families
    return shown


def _check(name: str, contestant: Running, score: Score) -> None:
    completed = contestant.completed()
    if completed != score.families:
        raise Incomplete(f"{name}: {score.families} families answered, {completed} conversations are complete")
