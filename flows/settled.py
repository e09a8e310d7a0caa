"""Whether a request is settled: only the family can say so."""

from __future__ import annotations

from flows.core import _, ask, tell, words
from flows.facts import Closed, School
from flows.help import answers_here
from flows.outcomes import Settled
from flows.questions import YesNo
from flows.questions.yes_no import yes_or_no

# Translators: what says no to "is your question settled?", as a whole message: "not yet", "still waiting".
NOT_SETTLED = words("not settled")


async def settled(school: School, closed: Closed | None) -> Settled:
    """The family's yes ends the request; with a no it goes on, and is asked again another time."""
    yes = await ask(
        "settled",
        YesNo(NOT_SETTLED),
        _("{school}: is your question settled? {how}", school=school.name, how=yes_or_no()),
    )
    if yes:
        await tell("ended", _("We are glad. If anything else comes up, just write here."))
    else:
        await tell("goes-on", answers_here(school, closed))
    return Settled(yes)
