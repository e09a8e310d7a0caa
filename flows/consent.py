"""Permission for event news, asked once, in the terms that carriers require."""

from __future__ import annotations

from flows.core import Text, _, ask, tell
from flows.facts import School
from flows.outcomes import Permitted
from flows.questions import YesNo, accept_or_no


async def consent(school: School) -> Permitted:
    """Whether this contact wants event news by text."""
    given = await ask("given", YesNo(), terms(school))
    if given:
        await tell(
            "thanks",
            _(
                "Thank you! {school} will text you about events, about 4 messages a month. Message and "
                "data rates may "
                "apply. Reply HELP for help, STOP to stop.",
                school=school.name,
            ),
        )
    else:
        await tell("refused", _("All right, no event news. You can write to us at any time."))
    return Permitted(given)


def terms(school: School) -> Text:
    """What the family agrees to: who writes, what, how often, what it may cost, how to stop."""
    return _(
        "May {school} text you about events, about 4 messages a month? Message and data rates may apply. "
        "STOP to stop, "
        "HELP for help. {how}",
        school=school.name,
        how=accept_or_no(),
    )
