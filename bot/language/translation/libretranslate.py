"""LibreTranslate, free software on a server of one's own: https://docs.libretranslate.com/guides/api_usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from bot.errors import NotTranslated
from bot.language.translation.calls import Calls
from bot.language.translation.port import by_line

MOST_LINES = 25
MOST_BYTES = 2000
"""What the public server takes in one request; a server of one's own may take more, and loses little."""
ALIASES = {"pt_BR": ("pb",), "zh_Hans": ("zh",), "zh_Hant": ("zt",)}
"""Codes that some releases have for a language of ours."""

Offer: TypeAlias = Mapping[str, frozenset[str]]
"""The languages of a server: a code, and the codes that it translates into from there."""


class LibreTranslate:
    """A translator on a LibreTranslate server; one's own mostly wants no key."""

    def __init__(self, base_url: str, key: str | None = None, calls: Calls | None = None) -> None:
        self._key = key
        self._calls = calls or Calls("LibreTranslate", base_url, {})
        self._offer: Offer | None = None

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the language ``target``, in order. Raises NotTranslated."""
        codes = _pair(await self._languages(), source, target)
        return await by_line(texts, partial(self._ask, *codes), MOST_LINES, MOST_BYTES)

    async def close(self) -> None:
        """Let go of connections."""
        await self._calls.close()

    async def _languages(self) -> Offer:
        """What the server offers, asked once: its refusals are sentences in any language, and cannot be read."""
        if self._offer is None:
            status, answer = await self._calls.call("GET", "/languages")
            if status != 200:
                raise self._calls.refused(status)
            try:
                self._offer = {each["code"]: frozenset(each["targets"]) for each in answer}
            except (KeyError, TypeError) as error:
                raise self._calls.not_it() from error
        return self._offer

    async def _ask(self, source: str, target: str, lines: list[str]) -> list[str]:
        body: dict[str, object] = {"q": lines, "source": source, "target": target, "format": "text"}
        if self._key is not None:
            body["api_key"] = self._key
        status, answer = await self._calls.call("POST", "/translate", body)
        if status != 200:
            raise self._failure(status, answer)
        translated = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(translated, list) or [*map(type, translated)] != [str] * len(lines):
            raise self._calls.not_it()
        return translated

    def _failure(self, status: int, answer: Any) -> NotTranslated:
        if not isinstance(answer, dict):
            return self._calls.refused(status)
        if status in (401, 403):
            known = "does not accept SOBREMESA_TRANSLATOR_KEY" if self._key else "wants SOBREMESA_TRANSLATOR_KEY"
            return NotTranslated(f"LibreTranslate {known}, or has shut this computer out for a while", status)
        # The languages were looked up before: what is left is a server that wants a key, or takes less at once.
        if status == 400 and self._key is None and "API key" in str(answer.get("error")):
            return NotTranslated("LibreTranslate wants SOBREMESA_TRANSLATOR_KEY", status)
        if status == 400:
            return NotTranslated("the text is too long for this LibreTranslate server", status)
        return self._calls.refused(status)


def _pair(offer: Offer, source: str, target: str) -> tuple[str, str]:
    """The server's codes for the two languages. Raises NotTranslated."""
    begins = [code for code in _codes(source) if code in offer]
    if not begins:
        raise NotTranslated(f"this LibreTranslate server does not offer the language {source}")
    for begin in begins:
        for end in _codes(target):
            if end in offer[begin]:
                return begin, end
    raise NotTranslated(f"this LibreTranslate server does not translate {source} to {target}")


def _codes(language: str) -> Iterator[str]:
    """How a server may call a language of ours, the closest first: pt-BR, pb, pt."""
    yield language.replace("_", "-")
    yield from ALIASES.get(language, ())
    yield language.partition("_")[0]
