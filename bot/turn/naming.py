"""Whether a text names an event, and what it says beside the name: "to the workshop, 2 adults".

A word of the title is enough, in any language, where the titles of the family's other events do not hold it. Words that
count people or stand in many titles name nothing: "our family" is not the family dinner.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from flows.core.tokens import BREAKS, Token, cut
from flows.core.words import Reply, words
from flows.facts import Event
from flows.questions.assent import AFFIRMED, DENIED
from flows.questions.coming import COMES, STAYS
from flows.questions.vocabulary import ADULTS, CHILDREN, CORRECTION, DOUBTFUL, MAYBE, NONE, PEOPLE, WE_ARE, WITHOUT

# Translators: words in the titles of events by which nobody can tell which event is meant, since they stand in many
# titles or families use them of other things: "family", "school", "night"; and small words: "for", "the", "with".
COMMON = words("common in titles")

_COUNTED = (ADULTS, CHILDREN, PEOPLE)
_ANSWERS = (
    *(*AFFIRMED, *DENIED, *COMES, *STAYS, *_COUNTED),
    *(MAYBE, DOUBTFUL, NONE, WE_ARE, WITHOUT, CORRECTION),
)
SHORTEST = 3
"""Letters of a word that can name an event."""
LEADING = 4
"""Letters of a word that may lead up to a name and is not known: "to the", "para el"."""


def named(reply: Reply, events: Iterable[Event]) -> list[int]:
    """The ids of those of these events that the text names; the one that it names in more words, where it fits two."""
    found: dict[int, frozenset[str]] = {}
    stems = frozenset(_stem(token) for token in reply.tokens)
    for event in events:
        if said := stems & _words(reply, event):
            found[event.id] = said
    return [id_ for id_, said in found.items() if not any(said < other for other in found.values())]


def beside(reply: Reply, event: Event) -> str:
    """The text without the name of this event and the small words before it; the text itself where it has no name."""
    title = _words(reply, event)
    if not title:
        return reply.text
    parts = frozenset(stem for text in event.title.values() for stem in _stems(text))
    spans = (*reply.find(*_ANSWERS), *(number.span for number in reply.numbers()))
    answering = {n for span in spans for n in range(span.start, span.end)}
    text, n = reply.text, len(reply.tokens)
    while n > 0:
        n -= 1
        if _stem(reply.tokens[n]) not in title or n in answering:
            continue
        end = _end(reply, n, parts, answering)
        start = _start(reply, n, parts, answering)
        text = f"{text[: reply.tokens[start].start].rstrip()} {text[reply.tokens[end].end :]}".strip()
        n = start
    return text


def _end(reply: Reply, n: int, parts: frozenset[str], answering: set[int]) -> int:
    while n + 1 < len(reply.tokens) and _stem(reply.tokens[n + 1]) in parts and n + 1 not in answering:
        n += 1
    return n


def _start(reply: Reply, n: int, parts: frozenset[str], answering: set[int]) -> int:
    """Where the name begins, with what leads up to it."""
    common = {span.start for span in reply.find(COMMON)}
    while n > 0 and n - 1 not in answering and reply.tokens[n - 1].folded not in BREAKS:
        before = reply.tokens[n - 1]
        short = len(before.folded) <= LEADING and before.folded.isalpha()
        if not (short or n - 1 in common or _stem(before) in parts):
            break
        n -= 1
    return n


def _words(reply: Reply, event: Event) -> frozenset[str]:
    """The words of an event's title that can name it; of a text that holds none of its words, none."""
    stems = {_stem(token) for token in reply.tokens}
    said = [text for text in event.title.values() if not stems.isdisjoint(_stems(text))]
    return frozenset(word for text in said for word in _telling(Reply(text, reply.lexicons)))


@lru_cache(maxsize=1_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(token) for token in cut(text))


def _telling(title: Reply) -> Iterable[str]:
    common = {n for span in title.find(COMMON, *_COUNTED) for n in range(span.start, span.end)}
    for n, token in enumerate(title.tokens):
        if n not in common and len(token.folded) >= SHORTEST and token.folded.isalpha():
            yield _stem(token)


def _stem(token: Token) -> str:
    return token.folded.removesuffix("s")
