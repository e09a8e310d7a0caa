"""The kinds of question that flows ask."""

from flows.questions.choice import Choice, by_number, numbered
from flows.questions.coming import Coming, no_or_how_many
from flows.questions.count import Count
from flows.questions.free_text import FreeText
from flows.questions.party import Party
from flows.questions.party_size import PartySize
from flows.questions.place import Place
from flows.questions.scale import Scale
from flows.questions.yes_no import YesNo, accept_or_no, yes_or_no

__all__ = [
    "Choice",
    "Coming",
    "Count",
    "FreeText",
    "Party",
    "PartySize",
    "Place",
    "Scale",
    "YesNo",
    "accept_or_no",
    "by_number",
    "no_or_how_many",
    "numbered",
    "yes_or_no",
]
