"""What the sample school's phones remember by themselves: texts that the school does not keep, as on any phone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from bot.messages import Inbound, Kind, Outgoing
from bot.records import LoggedMessage


class Pocket:
    """The words that were answered without a name, and the replies to them; gone when the process ends."""

    def __init__(self) -> None:
        self._texts: defaultdict[int, list[LoggedMessage]] = defaultdict(list)
        self._private: dict[int, str] = {}
        self._numbers = count(-1, -1)

    def empty(self) -> None:
        """Forget everything."""
        self._texts.clear()
        self._private.clear()

    def hear(self, message: Outgoing) -> None:
        """A message arrived on some phone."""
        if message.kind is Kind.PRIVATE:
            self._private[message.id] = message.body

    def typed(self, contact_id: int, school_id: int, text: Inbound) -> None:
        """A text was typed that the school did not keep."""
        self._texts[contact_id].append(
            LoggedMessage(
                id=next(self._numbers),
                school_id=school_id,
                contact_id=contact_id,
                outgoing=False,
                channel="sms",
                account=text.account,
                address=text.address,
                body=text.text,
                created_at=text.received_at,
            )
        )

    def whole(self, contact_id: int, thread: Sequence[LoggedMessage]) -> list[LoggedMessage]:
        """The thread as it stands on the phone: with what the school forgot."""
        lines = [replace(line, body=self._private.get(line.id, line.body)) for line in thread]
        typed = self._texts.get(contact_id)
        return sorted([*lines, *typed], key=lambda line: (line.created_at, line.outgoing)) if typed else lines
