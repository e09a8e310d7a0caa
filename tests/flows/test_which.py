"""A text that fits two conversations: which one is meant?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.core.text import ByLanguage
from flows.outcomes import Meant
from flows.replies import event_label
from tests.flows.chat import DINNER, Chat

FAIR = replace(DINNER, id=8, title=ByLanguage(en="Science fair", es="Feria"), starts=DINNER.starts + timedelta(days=7))
BETWEEN = (("rsvp/7", event_label(DINNER)), ("rsvp/8", event_label(FAIR)))


def test_each_conversation_is_named_and_picked_by_its_number():
    chat = Chat("which", "en", between=BETWEEN)

    assert chat.opens() == (
        "Which one do you mean? Reply with the number: "
        "1 Family dinner, Thursday, March 12, 2 Science fair, Thursday, March 19."
    )
    chat.says("2")
    assert chat.outcome == Meant("rsvp", 8)


@pytest.mark.parametrize("text", ["3", "both", "yes", "2 adults"])
def test_nothing_is_guessed(text: str):
    chat = Chat("which", "en", between=BETWEEN)
    chat.opens()

    assert chat.says(text) == "Please reply with the number of your choice, for example 1."
    assert chat.outcome is None
