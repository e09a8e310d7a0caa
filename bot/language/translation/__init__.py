"""Drafts of a text in another language, by machine; a person reads each one before it goes out.

texts ── draft ──▶ [Draft]                      the words, and what the person who approves should look at
           └─▶ Translator ── HTTP ──▶ LibreTranslate, DeepL

The providers are imported where they are made (``bot.app.translator``), since aiohttp is not small.
"""

from bot.language.translation.draft import Draft, draft
from bot.language.translation.port import Translator

__all__ = ["Draft", "Translator", "draft"]
