"""What is said outside of a conversation: after STOP, HELP, a language, a wrong number, a word of danger."""

from __future__ import annotations

from flows.core import Text, _, said_in
from flows.core.listen import Corrected
from flows.facts import Event, School
from flows.outcomes import Rsvp


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


def no_more_news(school: School) -> Text:
    """After a family left event news and keeps what is urgent."""
    return _(
        "{school}: no more event news. We still write if something is urgent. For event news again, reply START.",
        school=school.name,
    )


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


def danger_has_a_name() -> Text:
    """After the numbers that help, where the family was asked something that is read without its name."""
    return _("That person sees your name, to be able to help you.")


def a_person_will_look(school: School) -> Text:
    """After words that no question asked for, three texts that were not understood, or a fault of ours."""
    return _("Thank you. A person at {school} will read your message and answer you here.", school=school.name)


def no_groups() -> Text:
    """On Telegram, to those who put the bot into a group, before it leaves."""
    # Translators: said in a group, in all languages of the school.
    return _("I write to each family by itself, so I am leaving this group. Please write to me directly.")


def commands() -> dict[str, Text]:
    """What each command does that Telegram's apps offer; every one of them can be said in words as well."""
    return {
        # Translators: beside /menu, in a list of commands; as short as you can.
        "menu": _("What you can do here"),
        # Translators: beside /help, in a list of commands; as short as you can.
        "help": _("Who writes here, and how to stop it"),
        # Translators: beside /stop, in a list of commands; as short as you can.
        "stop": _("No more messages"),
    }


def changed(corrected: Corrected) -> tuple[Text, ...]:
    """A corrected answer, old and new; nothing where they are the same, or where what follows says it: a refusal."""
    before, now, outcome = corrected.before, corrected.now, corrected.replayed.outcome
    refused = isinstance(outcome, Rsvp) and outcome.coming == "no"
    if before is None or now is None or before == now or refused:
        return ()
    return (_("Changed. Before: {before}. Now: {now}.", before=before, now=now),)


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


def pulse_label(event: Event) -> Text:
    """How a family was received at an event, in a list to choose from."""
    return _("{event}: how were you received?", event=event.title)


def joined_by_link(school: School, household: str | None) -> Text:
    """A family opened the chat by the link of its letter."""
    if household:
        return _(
            "{school}: hello, {household} family! From now on we write to you here. If you need anything, just write.",
            school=school.name,
            household=household,
        )
    return _("{school}: hello! From now on we write to you here. If you need anything, just write.", school=school.name)


def joined_by_number(school: School, household: str | None) -> Text:
    """A family shared the number from which it texts the school."""
    if household:
        return _(
            "{school}: thank you, now we know you, {household} family! From now on we write to you here.",
            school=school.name,
            household=household,
        )
    return _("{school}: thank you, now we know you! From now on we write to you here.", school=school.name)


def number_not_known(school: School) -> Text:
    """A family shared a number that the school does not have."""
    return _(
        "Thank you! {school} does not have this number yet. Just write, and we answer you here.", school=school.name
    )


def why_share_number(school: School) -> Text:
    """Why a family may want to share its number, beside the button that does."""
    return _(
        "Does {school} have your phone number? If you share it here, the school knows which family you are.",
        school=school.name,
    )


def share_number() -> Text:
    """On the button that shares the family's own number."""
    return _("Share my number")


def old_link() -> Text:
    """The chat was opened by a code that does not work, or not any more."""
    return _("This link is old and does not work any more, but you are welcome here.")


def choose_a_language() -> Text:
    """Above the buttons of the school's languages, said in all of them."""
    return _("Choose your language:")


def number_of_another(school: School) -> Text:
    """A family shared the number of somebody else, which is not theirs to give."""
    return _(
        "Thank you! This way we can only take your own number. If a person at {school} should have this one, "
        "please write it here and say whose it is.",
        school=school.name,
    )


def which_school() -> Text:
    """To a chat that opened the bot of several schools without the link of one."""
    return _("Please open the link or scan the code that your school gave you, so that we know which school it is.")
