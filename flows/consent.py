"""Permission for event news, asked once, in the terms that carriers require."""

from __future__ import annotations

from flows.core import Text, _, ask, tell
from flows.facts import Contact, School
from flows.outcomes import Permitted
from flows.questions import YesNo, accept_or_no


async def consent(school: School, contact: Contact) -> Permitted:
    """Whether this contact wants event news."""
    given = await ask("given", YesNo(), terms(school, contact))
    if given:
        await tell("thanks", _thanks(school, contact))
    else:
        await tell("refused", _("All right, no event news. You can write to us at any time."))
    return Permitted(given)


def terms(school: School, contact: Contact) -> Text:
    """What the family agrees to: who writes, what, how often, what it may cost, how to stop.

    A phone company takes nothing for a message in an app, and carriers have no say in one.
    """
    if contact.taps:
        return _(
            "May {school} write to you here about events, about 4 messages a month? STOP to stop, HELP for help. {how}",
            school=school.name,
            how=accept_or_no(),
        )
    return _(
        "May {school} text you about events, about 4 messages a month? Message and data rates may apply. "
        "STOP to stop, "
        "HELP for help. {how}",
        school=school.name,
        how=accept_or_no(),
    )


def _thanks(school: School, contact: Contact) -> Text:
    """The confirmation, in the same terms."""
    if contact.taps:
        return _(
            "Thank you! {school} will write to you here about events, about 4 messages a month. "
            "Reply HELP for help, STOP to stop.",
            school=school.name,
        )
    return _(
        "Thank you! {school} will text you about events, about 4 messages a month. Message and "
        "data rates may "
        "apply. Reply HELP for help, STOP to stop.",
        school=school.name,
    )
