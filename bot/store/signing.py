"""Who writes, before the words of an announcement."""

from __future__ import annotations


def signed(school: str, body: str, channel: str) -> str:
    """The words of an announcement as they are read on a channel ("sms"): an SMS says which school writes.

    One whose words name the school already stays as it is. On Telegram and WhatsApp the name of the bot, or of the
    sender, stands over the chat.
    """
    return f"{school}: {body}" if channel == "sms" and not _names(body, school) else body


def _names(body: str, school: str) -> bool:
    return _plain(school) in _plain(body)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
