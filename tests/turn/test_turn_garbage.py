"""What a turn leaves behind. Circles of objects wait for the garbage collector, which costs more than the turn."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.home import Home


@pytest.fixture
def collector_at_rest() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector_at_rest")
@pytest.mark.parametrize(
    "texts",
    [
        ("si", "2", "3", "si", "no"),
        ("somos 5, 3 son niños", "al final somos 6", "no"),
        ("¿qué?", "MENU", "ayuda", "STOP", "START"),
    ],
)
def test_a_turn_leaves_nothing_for_the_garbage_collector(texts: tuple[str, ...]) -> None:
    home = Home()
    home.invite()
    for text in texts:
        home.texts(text)

    assert gc.collect() == 0
