"""What every translator has in common, and how texts are cut for one: line by line, so many at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

Ask: TypeAlias = Callable[[list[str]], Awaitable[list[str]]]
"""One call: lines that have words in them, and the same lines translated, in order."""


class Translator(Protocol):
    """A machine that translates."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the language ``target``, in order, their lines broken where they were. Raises NotTranslated."""

    async def close(self) -> None:
        """Let go of connections. A later ``translate`` opens them again."""


async def by_line(texts: Sequence[str], ask: Ask, most: int, size: int) -> list[str]:
    """``texts`` as ``ask`` translates their lines, at most ``most`` of them or ``size`` bytes in one call.

    A line goes alone, so that no machine can join or part lines; one without a letter in it stays as it is.
    """
    lines = [text.split("\n") for text in texts]
    wanted = [line.strip() for text in lines for line in text if _has_words(line)]
    translated = iter([answer.strip() for batch in batches(wanted, most, size) for answer in await ask(batch)])
    return ["\n".join(_again(line, next(translated)) if _has_words(line) else line for line in text) for text in lines]


def batches(lines: Sequence[str], most: int, size: int) -> Iterator[list[str]]:
    """The lines in order, at most ``most`` together and ``size`` bytes; a longer line is a batch of its own."""
    batch: list[str] = []
    room = size
    for line in lines:
        length = len(line.encode())
        if batch and (len(batch) == most or length > room):
            yield batch
            batch, room = [], size
        batch.append(line)
        room -= length
    if batch:
        yield batch


def _has_words(line: str) -> bool:
    return any(map(str.isalpha, line))


def _again(line: str, translated: str) -> str:
    """``translated`` with the blanks that stood around ``line``; a machine may drop or add some."""
    words = line.strip()
    begin = line.index(words)
    return line[:begin] + " ".join(translated.split("\n")) + line[begin + len(words) :]
