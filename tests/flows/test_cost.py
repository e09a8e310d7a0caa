"""What texts to families cost by SMS: in each language two segments at most, so that a school can afford to write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.segments import count, fold_for_sms
from flows import event_news, replies
from flows.core.text import ByLanguage, Text
from flows.facts import Closed, Room
from flows.help import answers_here
from flows.pulse import told_before
from tests.flows.chat import DINNER, SCHOOL, Chat, catalogs

MOST = 2
OPEN = replace(SCHOOL, hours=ByLanguage(en="Monday to Friday from 8 to 3", es="de lunes a viernes de 8 a 3"))
WAS = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
UNTIL = datetime(2026, 3, 4, 16, 15, tzinfo=UTC)
OLD_PLACE = ByLanguage(en="library", es="biblioteca")
OLD_TITLE = ByLanguage(en="Family night", es="Noche de familias")


def told() -> Iterator[Text]:
    """What is said outside of a conversation."""
    for kind in ("self-harm", "abuse", "violence", "weapon", "medical"):
        yield replies.danger(kind)
    yield replies.stopped(SCHOOL)
    yield replies.no_more_news(SCHOOL)
    yield replies.started(SCHOOL)
    yield replies.about(SCHOOL)
    yield replies.wrong_number(SCHOOL)
    yield told_before(SCHOOL)
    yield answers_here(OPEN, None)
    for days in (0, 1, 3):
        yield answers_here(SCHOOL, Closed(UNTIL, days))
    yield event_news.reminder(SCHOOL, DINNER)
    yield event_news.reminder_today(SCHOOL, DINNER)
    yield event_news.moved(SCHOOL, DINNER, WAS)
    yield event_news.moved_elsewhere(SCHOOL, DINNER, WAS, OLD_PLACE)
    yield event_news.elsewhere(SCHOOL, DINNER, OLD_PLACE)
    yield event_news.renamed(SCHOOL, DINNER, OLD_TITLE)
    yield event_news.no_child_care(SCHOOL, DINNER)
    yield event_news.cancelled(SCHOOL, DINNER, WAS)


def asked(language: str) -> Iterator[str]:
    """What is asked of a party that does not fit, and how a family was received."""
    rooms = (Room(0), Room(1), Room(2), Room(2, 2), Room(1, 1), Room(4, asks_for=4, listed=True, kept_until=UNTIL))
    for room in (*rooms, Room(0, asks_for=4, listed=True, passed_at=UNTIL)):
        chat = Chat("rsvp", language, event=replace(DINNER, places=40, child_care=False, food=False), room=room)
        chat.opens()
        yield chat.says("4 adultos 0 niños")
        yield chat.says("sí")
    for score in ("1", "4"):
        chat = Chat("pulse", language, pulse=None)
        yield chat.opens()
        yield chat.says(score)
        yield chat.says("no")
    for school in (SCHOOL, OPEN):
        yield Chat("call", language, school=school).opens()
    chat = Chat("settled", language)
    yield chat.opens()
    yield chat.says("sí")


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_text_to_a_family_takes_more_than_two_segments(language: str) -> None:
    said = [catalogs().render(text, language, SCHOOL.timezone) for text in told()] + [*asked(language)]

    assert len(said) > 40
    assert [
        (count(fold_for_sms(body)).segments, body) for body in said if count(fold_for_sms(body)).segments > MOST
    ] == []
