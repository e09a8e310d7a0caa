"""What the desk says of announcements, in the language of each member of staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.announcements.announcement_results import Counts
from bot.announcements.broadcasting import Progress
from bot.announcements.planning import Plan
from bot.desk.words import some
from flows.core.text import ByLanguage, Text, _, plural
from flows.facts import Event


def write_the_text(language: ByLanguage) -> Text:
    """Asks for the words in the first language."""
    return _("Write the text in {language}, just as families will read it.", language=language)


def write_in(language: ByLanguage) -> Text:
    """Asks for the words in one more language."""
    return _("Write the same text in {language}. Nobody gets it in a language that nobody approved.", language=language)


def about_what() -> Text:
    """Asks for the topic."""
    return _(
        "What is it about? Event news goes to families who want it, by day. An urgent message goes to everyone at any "
        "hour: only for a closure or a danger."
    )


def for_whom() -> Text:
    """Asks for the audience."""
    return _("Who is it for?")


def approved(language: ByLanguage) -> Text:
    """A language whose words may go out."""
    return _("{language}: approved", language=language)


def not_approved(language: ByLanguage) -> Text:
    """A language whose words nobody has approved."""
    return _("{language}: not approved yet", language=language)


def missing(language: ByLanguage) -> Text:
    """A language without words."""
    return _("{language}: no text yet", language=language)


def as_families_read_it(language: ByLanguage, body: str) -> Text:
    """The words of one language."""
    return _("In {language}:\n{body}", language=language, body=body)


def recipients(plan: Plan, names: Mapping[str, ByLanguage]) -> Text:
    """Who gets it: how many by language and channel."""
    shares = plan.reach.by_language_and_channel
    return _(
        "It goes to {people}: {shares}.",
        people=plural("{n} person", "{n} people", n=plan.reach.total),
        shares=tuple(
            _share(names.get(language, language), prefix, n) for (language, prefix), n in sorted(shares.items())
        ),
    )


def how_many(people: int) -> Text:
    """The same of those whom nobody is to learn: who answered a pulse."""
    return plural(
        "It goes to {n} person, and nobody is to learn who.",
        "It goes to {n} people, and nobody is to learn who.",
        n=people,
    )


def had_enough(people: int, until: datetime) -> Text:
    """How many of those get it only when a week is over."""
    return plural(
        "{n} of them has had enough event news this week, and gets it by {until:day} at {until:time}.",
        "{n} of them have had enough event news this week, and get it by {until:day} at {until:time}.",
        n=people,
        until=until,
    )


def so_many_get_nothing(people: int) -> Text:
    """How many of those get nothing, without saying why."""
    return plural("{n} person gets nothing.", "{n} people get nothing.", n=people)


def gets_nothing(language: ByLanguage) -> Text:
    """A language of theirs has no approved text."""
    return _("Who reads {language} gets nothing.", language=language)


def _share(language: ByLanguage | str, prefix: str, count: int) -> Text:
    channel = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}.get(prefix, prefix)
    return _("{count} in {language} by {channel}", count=count, language=language, channel=channel)


def nobody_gets_it() -> Text:
    """The audience is empty."""
    return _("Nobody would get it.")


def left_out(reason: str, count: int) -> Text:
    """How many of the audience get nothing, and why."""
    match reason:
        case "stopped":
            return plural("{n} has stopped all texts", "{n} have stopped all texts", n=count)
        case "wrong-number":
            return plural("{n} wrong number", "{n} wrong numbers", n=count)
        case "no-permission":
            return plural("{n} gave no permission for event news", "{n} gave no permission for event news", n=count)
        case "left-news":
            return plural("{n} left event news or said no to it", "{n} left event news or said no to it", n=count)
        case "weekly-cap":
            return plural(
                "{n} has had enough event news this week, and would get it too late",
                "{n} have had enough event news this week, and would get it too late",
                n=count,
            )
        case "not-approved":
            return plural(
                "{n} reads a language without an approved text",
                "{n} read a language without an approved text",
                n=count,
            )
        case _:
            return plural("{n} cannot be reached", "{n} cannot be reached", n=count)


def left_out_are(listed: tuple[Text, ...]) -> Text:
    """Who gets nothing."""
    return _("They get nothing: {listed}.", listed=listed)


def segments(count: int, dollars: float) -> Text:
    """What the school pays for; without a price where none is set."""
    if not dollars:
        return _("It costs {n} SMS.", n=count)
    return _("It costs {n} SMS, about ${dollars}.", n=count, dollars=f"{dollars:,.2f}")


def through_at(at: datetime, now: datetime) -> Text:
    """When the last one has it."""
    if (at - now).total_seconds() < 60:
        return _("It is through in less than a minute.")
    return _("It is through on {at:day} at {at:time}.", at=at)


def really(people: int) -> Text:
    """The confirmation before it goes."""
    return plural("Send it to {n} person now?", "Send it to {n} people now?", n=people)


def really_urgent(people: int) -> Text:
    """The second confirmation of an urgent one."""
    return plural(
        "This is urgent: it wakes {n} person even at night. Send it?",
        "This is urgent: it wakes {n} people even at night. Send it?",
        n=people,
    )


def on_its_way(first: datetime, now: datetime) -> Text:
    """It goes out now, or when the night is over, or there is room in somebody's week."""
    if first > now:
        return _("It goes out on {at:day} at {at:time}.", at=first)
    return _("It is on its way.")


def progress(at: Progress) -> Text:
    """How far it is."""
    match at.state:
        case "sent":
            counts = some(_sent(at.sent), _failed(at.failed), _("not sent any more {n}", n=at.dropped))
            return _("All through: {counts}.", counts=counts) if counts else _("All through.")
        case "stopped":
            return _(
                "Stopped. Already sent: {sent}. Not sent any more: {dropped}.",
                sent=at.sent,
                dropped=at.dropped + at.waiting,
            )
        case _:
            sent = _("sent {n} of {recipients}", n=at.sent, recipients=at.recipients)
            counts = some(_failed(at.failed), _("waiting {n}", n=at.waiting + at.under_way))
            return _("On its way: {counts}.", counts=(sent, *counts))


def results(language: ByLanguage, counts: Counts) -> Text | None:
    """What became of it in one language, until now; None where nothing did."""
    told = some(
        _sent(counts.delivered + counts.accepted + counts.unknown),
        _failed(counts.failed),
        _("wrote back {n}", n=counts.replied),
        _("stopped {n}", n=counts.stopped),
    )
    return _("{language}: {counts}.", language=language, counts=told) if told else None


def _sent(count: int) -> Text:
    return _("sent {n}", n=count)


def _failed(count: int) -> Text:
    return _("not delivered {n}", n=count)


def gone() -> Text:
    """A button of an announcement that went out, or is none of this school's."""
    return _("This announcement cannot be changed any more.")


def nothing_approved() -> Text:
    """No language is approved."""
    return _("No text is approved yet. Approve one first: nobody gets words that nobody approved.")


def write_label(language: ByLanguage) -> Text:
    """Button: write the words of a language."""
    return _("Write in {language}", language=language)


def approve_label(language: ByLanguage) -> Text:
    """Button: approve the words of a language."""
    return _("Approve {language}", language=language)


def invited_label(event: Event) -> Text:
    """Button: those invited who have not answered."""
    return _("Not answered: {event}", event=event.title)


def coming_label(event: Event) -> Text:
    """Button: those who come."""
    return _("Coming: {event}", event=event.title)


EVENT_NEWS = _("Event news")
URGENT = _("Urgent")
ALL = _("All families")
PREVIEW = _("See who gets it")
SEND_NOW = _("Send now")
SEND_WITHOUT = _("Send without them")
YES_SEND = _("Yes, send it")
HOW_FAR = _("How far is it?")
STOP = _("Stop it")
