"""What the public page about a school's messages says: who writes, how often, what it costs, how to stop, privacy.

Carriers read this page before they let a school text, and families afterwards. Each sentence is true of what the bot
does; whoever changes that, changes it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import phones
from flows.core import Text, _, plural
from flows.facts import School


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences; ``name`` is how a link finds it."""

    name: str
    title: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a school writes to its families: by text message (SMS, WhatsApp), from ``numbers`` where they are known; and
    on ``telegram``, as ``bot`` where its name leads to this school alone."""

    by_text: bool = True
    numbers: tuple[str, ...] = ()
    telegram: bool = False
    bot: str = ""


def title(school: School) -> Text:
    """What the page is called."""
    return _("Messages from {school}", school=school.name)


def greeting(school: School, ways: Ways) -> Text:
    """What stands at the top."""
    if ways.telegram and ways.by_text:
        return _(
            "{school} writes to its families by text message and on Telegram, in their language. Here is who writes, "
            "how often, what it costs, how to stop, and what happens with what you write.",
            school=school.name,
        )
    if ways.telegram:
        return _(
            "{school} writes to its families on Telegram, in their language. Here is who writes, how often, "
            "what it costs, how to stop, and what happens with what you write.",
            school=school.name,
        )
    return _(
        "{school} writes to its families by text message, in their language. Here is who writes, how often, "
        "what it costs, how to stop, and what happens with what you write.",
        school=school.name,
    )


def choose() -> Text:
    """Over the list of schools, where there are several."""
    return _("Messages from your school: which school is yours?")


def languages() -> Text:
    """What the links to the other languages are called, for those who do not see them."""
    return _("Languages")


def skip() -> Text:
    """The first link of the page, for those who use a keyboard."""
    return _("Skip to the content")


def sections(school: School, ways: Ways, kept_for: Mapping[str, int] | None) -> list[Section]:
    """The whole page, in order. ``kept_for`` is how many days each kind of data is kept, None where nobody promises
    that."""
    return [
        Section("who", _("Who writes to you"), tuple(_who(school, ways))),
        Section("how-often", _("How often, and what it costs"), tuple(_how_often(school))),
        Section("agree", _("You decide"), tuple(_agreeing(school))),
        Section("stop", _("How to stop"), tuple(_stopping())),
        Section("privacy", _("Privacy"), tuple(_privacy(school, ways, kept_for))),
        Section("contact", _("Contact"), tuple(_contact(school))),
    ]


def numbers(addresses: list[str]) -> tuple[str, ...]:
    """The phone numbers among the addresses of a school, as its families write them."""
    found = (address.partition(":")[2] for address in addresses if address.startswith(("sms:", "whatsapp:")))
    return tuple(dict.fromkeys(map(phones.readable, found)))


def _who(school: School, ways: Ways) -> Iterator[Text]:
    yield _(
        "{school} does: invitations to events, reminders, news, and answers to what you ask. You can answer in your "
        "own words, in your language. You need no app and no account.",
        school=school.name,
    )
    if ways.numbers:
        yield _("The messages come from {numbers}.", numbers=ways.numbers)
    if ways.telegram and ways.bot:
        yield _(
            "On Telegram they come from {bot}. To open the chat, tap that name, or search for it in Telegram.",
            bot=f"@{ways.bot}",
        )
    elif ways.telegram:
        yield _("On Telegram, open the chat with the link or the code that {school} gave you.", school=school.name)
    yield _(
        "A computer reads your message first. When it does not understand, or when you ask for a person, "
        "a person of the school reads it and answers."
    )


def _how_often(school: School) -> Iterator[Text]:
    yield _("About 4 messages a month, and an answer whenever you write to us.")
    if school.quiet_from != school.quiet_to:
        begin, end = (
            datetime(2027, 1, 1, hour, tzinfo=school.timezone) for hour in (school.quiet_from, school.quiet_to)
        )
        yield _(
            "From {begin:time} to {end:time} we begin no conversation, except when something is urgent.",
            begin=begin,
            end=end,
        )
    yield _(
        "The school asks nothing for it. Message and data rates may apply: what your phone company takes for a "
        "message depends on your plan."
    )
    yield _("A message may arrive late or not at all. Mobile carriers are not liable for that.")


def _agreeing(school: School) -> Iterator[Text]:
    yield _(
        "You get news of events when you agree: on a form of the school, or by answering our question in a message. "
        "Nobody has to agree; your child has the same place at {school} without it.",
        school=school.name,
    )
    yield _("If you gave the school your number, it may also tell you of a closure or a danger.")


def _stopping() -> Iterator[Text]:
    yield _("Reply STOP to any message. You get one answer that says so, and then nothing more.")
    yield _("To get messages again, reply START. For help, reply HELP. To talk to a person, reply PERSON.")
    yield _("You can also say it in your own words, or tell the school.")


def _privacy(school: School, ways: Ways, kept_for: Mapping[str, int] | None) -> Iterator[Text]:
    yield _(
        "We keep your phone number, your name, your language, what you agreed to, your messages with the school, and "
        "your answers: whether you come, how many of you, child care, allergies or special food."
    )
    if ways.telegram:
        yield _(
            "On Telegram we keep the number of your chat and your first name there. From Telegram we learn your phone "
            "number only if you share it."
        )
    yield _(
        "When we ask how you were received, we keep your answer without your name. If you write of a danger, a person "
        "reads it with your name, to help you."
    )
    yield from _keeping(kept_for)
    yield _("You can ask the school at any time what it has about you, and have it corrected or deleted.")
    yield _("Only the people of {school} who organize events and answer families see it.", school=school.name)
    # The words that carriers look for: Twilio refuses a registration without them (errors 30932 and 30848).
    yield _(
        "We do not sell your phone number or anything about you. Mobile information is not shared with third parties "
        "or affiliates for marketing or promotional purposes. Your opt-in data and consent to get text messages are "
        "not shared with any third parties."
    )
    yield _(
        "The companies that carry the messages, such as {companies}, only get what it takes to deliver them.",
        companies=_carriers(ways),
    )


def _carriers(ways: Ways) -> Text | str:
    if not ways.telegram:
        return "Twilio"
    return _("Twilio and Telegram") if ways.by_text else "Telegram"


def _keeping(kept_for: Mapping[str, int] | None) -> Iterator[Text]:
    if kept_for is None:
        yield _("We keep it while your family belongs to the school.")
        return
    texts, food, answers, requests, pulses = (
        plural("{n} day", "{n} days", n=kept_for[kind]) for kind in ("texts", "food", "answers", "requests", "pulses")
    )
    yield _(
        "We keep your number, your name, your language and what you agreed to while your family belongs to the "
        "school. We delete your messages after {texts}, allergies and special food {food} after the event, and your "
        "other answers {answers} after it.",
        texts=texts,
        food=food,
        answers=answers,
    )
    yield _(
        "When you ask for a person, we keep who answered you, and the school's notes about it, for {requests} after it "
        "is settled. Then we delete them.",
        requests=requests,
    )
    yield _(
        "The list of who was asked how they were received is deleted {pulses} after the last day to answer.",
        pulses=pulses,
    )


def _contact(school: School) -> Iterator[Text]:
    if school.contact:
        yield _("{school}: {contact}", school=school.name, contact=school.contact)
    if school.hours:
        yield _("People answer {hours}.", hours=school.hours)
    yield _("You can also just write to us, and ask for a person.")
    yield _("Nobody reads messages at every hour. In an emergency, call 911.")
