"""Which language a first text is in, by the words that only one of the school's languages knows."""

from __future__ import annotations

from bot.voice import Voice


def guess(text: str, voice: Voice) -> str | None:
    """The language with the most words of its own in ``text``; None where two are level or none has any."""
    known = {code: voice.reply(text, code, alone=True).known() for code in voice.school.languages}
    own = {code: len(tokens - _others(known, code)) for code, tokens in known.items()}
    best = max(own, key=lambda code: own[code])
    if own[best] == 0 or list(own.values()).count(own[best]) > 1:
        return None
    return best


def _others(known: dict[str, frozenset[int]], code: str) -> frozenset[int]:
    return frozenset[int]().union(*(tokens for other, tokens in known.items() if other != code))
