"""A photo or voice note without words."""

from __future__ import annotations

from flows.core import Text, _, ask, tell
from flows.facts import School
from flows.questions import FreeText
from flows.replies import a_person_will_look


def arrived(school: School) -> Text:
    """The same beside a question that is open, which it does not answer."""
    return _("Thank you, it arrived. A person at {school} will look at it.", school=school.name)


async def media(school: School) -> None:
    """A person sees what came; the family may say what it is about."""
    await ask(
        "words",
        FreeText(optional=False),
        _("Thank you, it arrived. A person at {school} will look at it. What is it about?", school=school.name),
    )
    await tell("passed-on", a_person_will_look(school))
