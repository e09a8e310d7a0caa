"""What is said outside of a conversation: after STOP, HELP, a language, a wrong number, a word of danger."""

from __future__ import annotations

from flows.core import Text, _, said_in
from flows.facts import Event, School


def introduction(school: School, name: str | None, languages: tuple[str, ...]) -> Text:
    """Who writes, why, and how to stop: said once, in all languages, before the school's first message."""
    if name:
        text = _(
            "Hello, {name}! {school} will text you here about events, about 4 messages a month. Message "
            "and data rates "
            "may apply. STOP to stop, HELP for help.",
            name=name,
            school=school.name,
        )
    else:
        text = _(
            "Hello! {school} will text you here about events, about 4 messages a month. Message and data "
            "rates may "
            "apply. STOP to stop, HELP for help.",
            school=school.name,
        )
    return said_in(text, *languages)


def stopped(school: School) -> Text:
    """The one confirmation of a stop."""
    return _("{school}: we will not text you any more. To start again, reply START.", school=school.name)


def started(school: School) -> Text:
    """The confirmation of an opt-in, in the terms that carriers require."""
    return _(
        "{school}: welcome back! We text you about events, about 4 messages a month. Message and data "
        "rates may apply. "
        "Reply HELP for help, STOP to stop.",
        school=school.name,
    )


def about(school: School) -> Text:
    """The answer to HELP: who sends, what for, how often, what it may cost, how to stop, who to reach."""
    if school.contact:
        return _(
            "{school}: we text families about events and answer questions, about 4 messages a month. "
            "Message and data "
            "rates may apply. Reply STOP to stop, PERSON to talk to a person. {contact}",
            school=school.name,
            contact=school.contact,
        )
    return _(
        "{school}: we text families about events and answer questions, about 4 messages a month. Message "
        "and data rates "
        "may apply. Reply STOP to stop, PERSON to talk to a person.",
        school=school.name,
    )


def speaks() -> Text:
    """The confirmation of a language where no question is open to be asked again in it."""
    # Translators: say that you write in your own language from now on.
    return _("Of course, we will write to you in English.")


def wrong_number(school: School) -> Text:
    """The last message to a number that is not this family's."""
    return _("We are sorry for the trouble. {school} will not write to this number again.", school=school.name)


def danger(kind: str) -> Text:
    """The numbers that help now, for "self-harm", "abuse", "violence", "weapon" or "medical"."""
    if kind == "self-harm":
        return _(
            "You are not alone. Call or text 988 now, at any hour, it is free. If there is danger, call 911. "
            "A person at the school is being told right now."
        )
    if kind == "abuse":
        return _(
            "Your safety comes first. In danger, call 911. Free help at any hour: 1-800-799-7233. "
            "A person at the school is being told right now."
        )
    return _("If there is danger, call 911 now. A person at the school is being told right now.")


def media_received(school: School) -> Text:
    """After a photo or voice note without words."""
    return _("Thank you, it arrived. A person at {school} will look at it. What is it about?", school=school.name)


def a_person_will_look(school: School) -> Text:
    """After three texts that were not understood, or a fault of ours."""
    return _("Thank you. A person at {school} will read your message and answer you here.", school=school.name)


def changed(before: Text | str, now: Text | str) -> Text:
    """A corrected answer, old and new."""
    return _("Changed. Before: {before}. Now: {now}.", before=before, now=now)


def answered_for_household(name: str | None, answer: Text) -> Text:
    """To the other adults of a household, when one of them answered for all."""
    if name:
        return _(
            "{name} answered for your family. {answer}. To change anything, just write.",
            name=name,
            answer=answer,
        )
    return _("Your family answered. {answer}. To change anything, just write.", answer=answer)


def answered_before() -> Text:
    """After a tap on a button of a question that is not open any more."""
    return _("That question is answered already. To change anything, just write.")


def tap_or_write() -> Text:
    """The first time that a reply to a question with buttons is not understood."""
    return _("Please tap one of these buttons, or say it in other words.")


def event_label(event: Event) -> Text:
    """An event in a list to choose from."""
    return _("{event}, {starts:day}", event=event.title, starts=event.starts)
