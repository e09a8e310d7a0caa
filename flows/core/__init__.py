"""The vocabulary that flows are written in."""

from flows.core.question import Mode, Question, Taken, Unsure
from flows.core.replay import ask, fetch_person, keep, record, tell, wait
from flows.core.text import ByLanguage, Text, _, offering, plural, said_in, typed
from flows.core.words import Reply, Words, words

__all__ = [
    "ByLanguage",
    "Mode",
    "Question",
    "Reply",
    "Taken",
    "Text",
    "Unsure",
    "Words",
    "_",
    "ask",
    "fetch_person",
    "keep",
    "offering",
    "plural",
    "record",
    "said_in",
    "tell",
    "typed",
    "wait",
    "words",
]
