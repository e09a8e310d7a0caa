"""What holds of the invitation whatever a family texts, read with the words of the real catalogs."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.outcomes import Rsvp
from flows.questions import PartySize
from tests.flows.chat import DINNER, HOUSEHOLD, Chat

PIECES = (
    "sí|si vamos|no|no podemos ir|ya no|tal vez|ok|gracias|perdón|al final|somos|2|3|15|400|dos|2 adultos|3 niños|"
    "sin niños|solo yo|4 personas|en total|y|,|.|?|¿a qué hora es|la niña no come cacahuate|1 niño es alérgico|🙏|👍|"
    "yes|we are|actually|kids|nobody|hola|٣|6:00"
)
TEXTS = st.lists(st.sampled_from(PIECES.split("|")), max_size=5).map(" ".join)
ANYTHING = st.one_of(TEXTS, TEXTS, TEXTS, st.text(max_size=40))
FACTS = st.sampled_from(
    [
        {},
        {"household": replace(HOUSEHOLD, name=None)},
        {"event": replace(DINNER, languages=("en",), food=False)},
    ]
)
ANSWERS = {
    "coming": "no podemos ir",
    "coming-after-all": "no podemos ir",
    "party": "2 adultos 3 niños",
    "name": "no",
    "child-care": "no",
    "food": "no",
    "interpreter": "no",
}


def chat_about(facts: dict[str, object]) -> Chat:
    chat = Chat("rsvp", "es", **facts)
    chat.opens()
    return chat


@settings(max_examples=150)
@given(FACTS, st.lists(ANYTHING, max_size=7))
def test_another_text_always_continues_to_an_end(facts: dict[str, object], texts: list[str]):
    chat = chat_about(facts)
    for text in texts:
        chat.says(text)
    for _attempt in range(len(ANSWERS)):
        chat.says(ANSWERS.get(chat.asked or "", ""))

    assert chat.done
    assert isinstance(chat.outcome, Rsvp)


@settings(max_examples=150)
@given(FACTS, st.lists(ANYTHING, max_size=7))
def test_what_the_school_knows_is_always_possible(facts: dict[str, object], texts: list[str]):
    chat = chat_about(facts)
    for text in texts:
        chat.says(text)

        match chat.outcome:
            case Rsvp("yes", int(adults), int(children)):
                assert 1 <= adults + children <= 30
                assert PartySize.of(adults, children) is not None
            case Rsvp("no" | "maybe", adults, children):
                assert (adults, children) == (None, None)
            case other:
                assert other is None


@settings(max_examples=150)
@given(FACTS, st.lists(ANYTHING, max_size=7))
def test_the_same_text_again_does_not_change_what_is_known(facts: dict[str, object], texts: list[str]):
    chat = chat_about(facts)
    for text in texts:
        chat.says(text)
    known, memory = chat.outcome, chat.memory
    chat.opens()

    assert (chat.outcome, chat.memory) == (known, memory)
