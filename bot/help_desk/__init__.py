"""Calls for a person of the school: which are open, who has them, an answer, an end."""

from bot.help_desk.answering import JOB, reply
from bot.help_desk.calls import Call, calls, find, hold, thread
from bot.help_desk.closing import ask_settled, close, closing_question
from bot.help_desk.owning import claim, give_back, hand_over, note, notes, owned
from bot.help_desk.pictures import Picture, pictures

__all__ = [
    "JOB",
    "Call",
    "Picture",
    "ask_settled",
    "calls",
    "claim",
    "close",
    "closing_question",
    "find",
    "give_back",
    "hand_over",
    "hold",
    "note",
    "notes",
    "owned",
    "pictures",
    "reply",
    "thread",
]
