"""What sending an announcement would mean, for who decides in the chat; the command's preview says the same."""

from __future__ import annotations

from bot.announcements.planning import Plan
from bot.desk import announcing_words as said
from bot.desk.visit import Visit
from flows.core.text import ByLanguage, Text


def lines(visit: Visit, plan: Plan, *, secret: bool) -> list[Text]:
    """How many get it, what it costs, when it is through, and who gets nothing.

    Of a ``secret`` audience, those who said how they were received, no more is told than how many it is.
    """
    if not plan.reach.total:
        return [said.nobody_gets_it(), *_left_out(visit, plan, secret=secret)]
    names = {language: called(visit, language) for language in visit.school.languages}
    counted = [said.how_many(plan.reach.total) if secret else said.recipients(plan, names)]
    if plan.waiting_until is not None and not secret:
        counted.append(said.had_enough(plan.waiting, plan.waiting_until))
    if plan.sms_segments:
        counted.append(said.segments(plan.sms_segments, plan.sms_segments * visit.terms.segment_price))
    return [*counted, said.through_at(plan.finish_at, visit.now), *_left_out(visit, plan, secret=secret)]


def _left_out(visit: Visit, plan: Plan, *, secret: bool) -> list[Text]:
    """Who gets nothing, and why; of those whom nobody is to learn only how many, and the languages without a text."""
    excluded = plan.reach.excluded
    if secret and excluded:
        missing = sorted(plan.reach.languages_without_text)
        nothing = [said.gets_nothing(called(visit, language)) for language in missing]
        return [said.so_many_get_nothing(excluded.total()), *nothing]
    # Who sends it knows that the school itself is no family.
    why = [reason for reason in sorted(excluded) if reason not in ("staff", "no-family")]
    return [said.left_out_are(tuple(said.left_out(reason, excluded[reason]) for reason in why))] if why else []


def called(visit: Visit, language: str, *, first: bool = False) -> ByLanguage:
    """The name of a language, by which each reader calls it; ``first`` in a sentence."""
    return visit.voice.catalogs.called(language, first=first)
