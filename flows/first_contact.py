"""Somebody writes for the first time: who we are, in the family's language, and what we can do."""

from __future__ import annotations

from flows.core import Text, _, ask, said_in, typed
from flows.facts import Contact, School
from flows.outcomes import GoTo, Speaks
from flows.questions import Choice, by_number, numbered


async def first_contact(
    school: School,
    contact: Contact,
    options: tuple[tuple[str, Text], ...],
    languages: tuple[tuple[str, Text], ...],
) -> GoTo | Speaks:
    """Greet and offer the menu; ask for the language first where the words did not tell it.

    ``options`` are the flows of the menu with their labels, ``languages`` the school's with their own names.
    """
    if contact.language is None:
        return Speaks(await _language(school, languages))

    hello = (
        _("{school}: hello, {name}!", school=school.name, name=contact.first_name)
        if contact.first_name
        else _("{school}: thank you for writing!", school=school.name)
    )
    # Translators: in your own language, for families who read it: "Español: responda ESPAÑOL".
    speak = _("English: reply ENGLISH")
    others = tuple(said_in(speak, code) for code, _name in languages if code != contact.language)
    picked = await ask(
        "picked",
        Choice(options),
        _(
            "{hello} {how} ({others})",
            hello=hello,
            how=by_number(options),
            others=others,
        )
        if others
        else _("{hello} {how}", hello=hello, how=by_number(options)),
    )
    return GoTo(picked)


async def _language(school: School, languages: tuple[tuple[str, Text], ...]) -> str:
    thanks = said_in(_("Thank you for writing! Choose your language:"), *(code for code, _name in languages))
    choices = typed(_("{choices}", choices=numbered(languages)))
    return await ask(
        "language",
        Choice(languages),
        _(
            "{school}: {thanks} {choices}",
            school=school.name,
            thanks=thanks,
            choices=choices,
        ),
    )
