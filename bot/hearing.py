"""Whether families are heard on a channel that has to be asked, or that calls us once it is told where.

Kept for whoever watches the bot: ``/health/ready`` and ``sobremesa check`` tell it, the log says it loudly, once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)

IN_A_ROW = 3
"""After so many failures it is no hiccup any more."""


@dataclass(slots=True)
class Hearing:
    """How it goes with one channel. ``trouble`` is why nobody is heard there, in words; empty while all is well."""

    channel: str
    trouble: str = ""
    failures: int = 0
    """In a row."""

    def failed(self, reason: str) -> None:
        """One more call in vain."""
        self.failures += 1
        if self.failures < IN_A_ROW:
            return
        if not self.trouble:
            log.error("families may not be heard", extra={"channel": self.channel, "reason": reason})
        self.trouble = reason

    def went_well(self) -> None:
        """A call that brought what it should, or nobody waits for one any more."""
        if self.trouble:
            log.warning("families are heard again", extra={"channel": self.channel})
        self.trouble, self.failures = "", 0
