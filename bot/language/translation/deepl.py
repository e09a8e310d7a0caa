"""DeepL, by its HTTP API: https://developers.deepl.com/api-reference/translate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.errors import NotTranslated
from bot.language.translation.calls import Calls
from bot.language.translation.port import by_line

MOST_LINES = 50
MOST_BYTES = 24 * 1024
"""A request may have 128 KiB; its context takes as much as its texts, and quotes take two bytes in JSON."""
QUOTA = 456
TARGETS = {"en": "EN-US", "pt": "PT-BR"}
"""As a target DeepL wants to know which English and which Portuguese; our families read those of the Americas."""


class DeepL:
    """A translator with an account at DeepL, the free or the paid one."""

    def __init__(self, base_url: str, key: str, calls: Calls | None = None) -> None:
        headers = {"Authorization": f"DeepL-Auth-Key {key}"}
        self._calls = calls or Calls("DeepL", base_url, headers)

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the language ``target``, in order. Raises NotTranslated."""
        return await by_line(texts, partial(self._ask, source, target), MOST_LINES, MOST_BYTES)

    async def close(self) -> None:
        """Let go of connections."""
        await self._calls.close()

    async def _ask(self, source: str, target: str, lines: list[str]) -> list[str]:
        status, answer = await self._calls.call("POST", "/v2/translate", _body(source, target, lines))
        if status != 200:
            raise self._failure(status, answer, source, target)
        try:
            translated = [each["text"] for each in answer["translations"]]
        except (KeyError, TypeError):
            translated = []
        if len(translated) != len(lines) or not all(isinstance(text, str) for text in translated):
            raise self._calls.not_it()
        return translated

    def _failure(self, status: int, answer: Any, source: str, target: str) -> NotTranslated:
        if status == 403:
            return NotTranslated("DeepL does not accept SOBREMESA_TRANSLATOR_KEY", status)
        if status == QUOTA:
            return NotTranslated("the characters of this month at DeepL are used up; translate by hand", status)
        # Which of the two languages it is, only its message says; it holds nothing of the texts.
        said = str(answer.get("message", "")) if isinstance(answer, dict) else ""
        for name, language in (("target_lang", target), ("source_lang", source)):
            if status == 400 and name in said:
                return NotTranslated(f"DeepL does not offer the language {language}", status)
        return self._calls.refused(status)


def _body(source: str, target: str, lines: list[str]) -> dict[str, object]:
    return {
        "text": lines,
        # Lines are translated one by one; all of them together tell what each is about, and are not charged.
        "context": "\n".join(lines),
        "source_lang": source.partition("_")[0].upper(),
        "target_lang": TARGETS.get(target, target.replace("_", "-").upper()),
        "split_sentences": "nonewlines",
        "formality": "prefer_more",  # "usted", where a language knows the difference
    }
