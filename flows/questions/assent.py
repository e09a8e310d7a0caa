"""Where a word of yes or no stands, and so whether it answers."""

from __future__ import annotations

from flows.core.words import FILLER, JOINERS, Reply, Span, Words
from flows.questions.vocabulary import CORRECTION, NO, NO_ALONE, YES, YES_ALONE

AFFIRMED = (YES, YES_ALONE)
DENIED = (NO, NO_ALONE)


def said(reply: Reply, found: tuple[Span, ...], lists: tuple[Words, Words]) -> tuple[Span, ...]:
    """Those of ``found`` that answer with a word of ``lists``: one for any place, one for alone.

    They begin their clause, which is no question. "Gracias, no" answers with its no; "la niña no come
    cacahuate" and "no come cacahuate" say no to nothing that was asked.
    """
    anywhere, alone = lists
    keys = {anywhere.key, alone.key}
    if reply.is_letter:
        return ()
    leading = (span for span in found if span.key in keys and _leads(reply, span, *lists))
    return tuple(span for span in leading if span.key == anywhere.key or is_complete(reply, span, found))


def is_complete(reply: Reply, span: Span, known: tuple[Span, ...]) -> bool:
    """True when after ``span`` its clause ends, or goes on with words that are ``known`` or only courtesy."""
    if span.end == reply.clause(span).end:
        return True
    return any(other.start == span.end for other in (*known, *reply.find(FILLER, JOINERS, CORRECTION)))


def stray(reply: Reply, found: tuple[Span, ...], opposite: tuple[Words, ...], answer: tuple[Span, ...]) -> bool:
    """True when an ``opposite`` word puts the ``answer`` in doubt: "sí, pero mi esposo no"."""
    keys = {words.key for words in opposite}
    return any(_same_clause(reply, span, answer) or _ends(reply, span) for span in found if span.key in keys)


def _leads(reply: Reply, span: Span, *own: Words) -> bool:
    start = reply.clause(span).start
    return not reply.asks(span) and reply.holds_only(start, span.start, FILLER, JOINERS, CORRECTION, *AFFIRMED, *own)


def _ends(reply: Reply, span: Span) -> bool:
    return reply.holds_only(span.end, reply.clause(span).end, FILLER)


def _same_clause(reply: Reply, span: Span, others: tuple[Span, ...]) -> bool:
    clause = reply.clause(span)
    return any(clause.start <= other.start < clause.end for other in others)
