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
    others = {code: name.msgid for code, name in languages if code != contact.language}
    question = Choice(options, beside=tuple(others.values()))
    picked = await ask("picked", question, _menu(hello, options, tuple(others)))
    return GoTo(picked)


def _menu(hello: Text, options: tuple[tuple[str, Text], ...], others: tuple[str, ...]) -> Text:
    """What there is to pick from, and the ``others`` of the school's languages; both are said only without buttons."""
    if not others:
        return _("{hello} {how}", hello=hello, how=by_number(options))
    # Translators: in your own language, for families who read it: "Español: responda ESPAÑOL".
    speak = _("English: reply ENGLISH")
    told = tuple(said_in(speak, code) for code in others)
    return typed(_("{hello} {how} ({others})", hello=hello, how=by_number(options), others=told), tapped=hello)


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
