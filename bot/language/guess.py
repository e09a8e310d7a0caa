"""Which language a first text is in, by the words that only one of the school's languages knows."""

from __future__ import annotations

from bot.language.voice import Voice


def guess(text: str, voice: Voice) -> str | None:
    """The language with the most words of its own in ``text``; None where two are level or none has any."""
    known = {code: voice.reply(text, code, alone=True).known() for code in voice.school.languages}
    own = {code: len(tokens - _others(known, code)) for code, tokens in known.items()}
    best = max(own, key=lambda code: own[code])
    if own[best] == 0 or list(own.values()).count(own[best]) > 1:
        return None
    return best


def is_surely_another(text: str, own: str | None, voice: Voice) -> str | None:
    """The language of ``text``, where that is clearly not ``own`` but another of the school's; else None.

    Clearly: it has none of the words of ``own``, and several of the other's, or nothing but one.
    """
    found = guess(text, voice)
    if own not in voice.school.languages or found is None or found == own:
        return None
    known = {code: voice.reply(text, code, alone=True).known() for code in voice.school.languages}
    theirs = known[found] - _others(known, found)
    whole = len(voice.reply(text, found, alone=True).tokens) == len(theirs)
    mixed = known[own] - _others(known, own)
    return found if (len(theirs) > 1 or whole) and not mixed else None


def _others(known: dict[str, frozenset[int]], code: str) -> frozenset[int]:
    return frozenset[int]().union(*(tokens for other, tokens in known.items() if other != code))
