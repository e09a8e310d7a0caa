"""What the desk says to staff, in the language of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.core.text import ByLanguage, Text, _, plural
from flows.facts import School


def linked(name: str, school: School) -> Text:
    """The chat was linked a moment ago."""
    return _(
        "Hello, {name}! From now on you can help families of {school} from this chat.", name=name, school=school.name
    )


def unlinked(school: School) -> Text:
    """The last message to a chat that is no desk any more."""
    return _("This chat is not linked to {school} any more.", school=school.name)


def link_used() -> Text:
    """A link for staff was opened a second time, or too late."""
    return _("This link was used before or is too old. Please ask for a new one.")


def what_you_can_do(may_announce: bool) -> Text:
    """What the desk is for."""
    if may_announce:
        return _(
            "When a family asks for a person, its message comes here. Reply to that message, and your answer goes to "
            "the family under your name. /requests shows who waits, /events who comes, /announce writes to families."
        )
    return _(
        "When a family asks for a person, its message comes here. Reply to that message, and your answer goes to the "
        "family under your name. /requests shows who waits, /events who comes."
    )


def no_such_command(may_announce: bool) -> Text:
    """A slash and a word that stands for nothing."""
    if may_announce:
        return _(
            "There is no such command, and nothing was sent. /requests shows who waits, /events who comes, /announce "
            "writes to families, /help says more."
        )
    return _(
        "There is no such command, and nothing was sent. /requests shows who waits, /events who comes, /help says more."
    )


def to_answer() -> Text:
    """Somebody wrote words without saying which family they are for."""
    return _("Which family is this for? Reply to the family's own message, or choose a request here.")


def went_to_no_family() -> Text:
    """After the numbers that help in a danger: who reads the words, and that they were no answer."""
    return _(
        "Only the adults at the school who help in a danger read this. If it was meant for a family, it did not get "
        "there: please reply to the family's own message."
    )


def colleagues_have_it() -> Text:
    """More words of somebody whom colleagues look after."""
    return _("Your colleagues have it, and answer you here.")


def nothing_to_answer() -> Text:
    """The same, while no request is open."""
    return _("Nobody waits for an answer. /help shows what you can do.")


def did_not_work() -> Text:
    """Something of ours failed; nothing was done."""
    return _("That did not work, and nothing was sent. Please try again in a moment.")


def not_possible() -> Text:
    """Something was refused that was possible a moment ago; nothing was done."""
    return _(
        "That is not possible any more, and nothing was sent. Somebody has just changed something; please look again."
    )


def not_your_role() -> Text:
    """Something that this person's role does not allow."""
    return _("Your role at the school does not include this. Please ask an admin.")


def not_yours() -> Text:
    """Ending a request that a colleague has."""
    return _("Only who has this request, an admin or an editor can close it.")


def paused() -> Text:
    """Somebody of the school stopped the messages to this chat."""
    return _("All right. You get nothing here until you write again.")


def old_button() -> Text:
    """A button whose matter is over."""
    return _("This button is out of date. /help shows what you can do.")


def edits_are_not_sent() -> Text:
    """A text was changed after it was sent."""
    return _("A change of a message that you sent reaches nobody. Please write it anew.")


def words_only() -> Text:
    """A photo or voice note for a family."""
    return _("Only words can be sent to a family from here. Nothing was sent.")


def left_alone() -> Text:
    """What was under way was dropped, as asked."""
    return _("All right, nothing was sent.")


# Requests


def nobody_waits() -> Text:
    """There is no open request."""
    return _("Nobody waits for an answer.")


def open_requests(count: int) -> Text:
    """Over the list of open requests."""
    return plural("{n} open request:", "{n} open requests, the one that waits longest first:", n=count)


def request_line(number: int, family: Text, about: Text, waits: Text) -> Text:
    """One request of the list."""
    return _("{number}. {family}: {about}. {waits}.", number=number, family=family, about=about, waits=waits)


def request_heading(family: Text, language: ByLanguage, about: Text, waits: Text) -> Text:
    """Over the thread of a request."""
    return _("{family} ({language}): {about}. {waits}.", family=family, language=language, about=about, waits=waits)


def left_behind(name: str, count: int) -> Text:
    """Over the list of requests of a colleague who left."""
    return plural(
        "{name} has left the school, and {n} request has nobody now:",
        "{name} has left the school, and {n} requests have nobody now:",
        name=name,
        n=count,
    )


def open_label(number: int, family: Text) -> Text:
    """On the button that opens a request."""
    return _("{number} {family}", number=number, family=family)


def has_it(name: str) -> Text:
    """Who of the school answers a request."""
    return _("{name} has this request.", name=name)


def is_closed() -> Text:
    """In a list, of a request that came to its end."""
    return _("Closed")


def answered() -> Text:
    """In a list, of a request in which the school wrote last."""
    return _("Answered")


def waits(since: datetime, now: datetime) -> Text:
    """How long a family has waited, in the largest unit that says enough."""
    minutes = max(1, (now - since) // timedelta(minutes=1))
    if minutes < 60:
        return plural("Waits for {n} minute", "Waits for {n} minutes", n=minutes)
    if minutes < 48 * 60:
        return plural("Waits for {n} hour", "Waits for {n} hours", n=minutes // 60)
    return plural("Waits for {n} day", "Waits for {n} days", n=minutes // (24 * 60))


def said_by_family(at: datetime, words: str) -> Text:
    """A line of a thread."""
    return _("{at:day}, {at:time}, family: {words}", at=at, words=words)


def said_by_school(at: datetime, words: str) -> Text:
    """A line of a thread."""
    return _("{at:day}, {at:time}, school: {words}", at=at, words=words)


def signed(at: datetime, words: str) -> Text:
    """A line of a thread that begins with the name of who wrote it."""
    return _("{at:day}, {at:time}, {words}", at=at, words=words)


def noted(name: str, words: str) -> Text:
    """A note of a colleague."""
    return _("Note by {name}: {words}", name=name, words=words)


def with_a_picture() -> Text:
    """In a thread, for a photo or voice note."""
    return _("(a photo or voice note)")


def without_words() -> Text:
    """In a thread, for a link that was opened, a number that was shared, a sticker."""
    return _("(no words)")


def sent_to(family: Text) -> Text:
    """An answer is on its way."""
    return _("Sent. {family} gets your answer now.", family=family)


def another_language(reads: ByLanguage, written: ByLanguage) -> Text:
    """The family does not read the language of an answer."""
    return _(
        "The family reads {reads}, and this looks like {written}. Nothing was sent yet.", reads=reads, written=written
    )


def claimed(family: Text) -> Text:
    """This person has the request now."""
    return _("{family} is yours now. Reply to this message to answer.", family=family)


def theirs(name: str) -> Text:
    """A colleague has the request."""
    return _("{name} has this request already.", name=name)


def closed_already() -> Text:
    """The request came to its end before."""
    return _("This request is closed already.")


def no_such_request() -> Text:
    """There is no such request in this school."""
    return _("This request does not exist any more.")


def asked_if_settled(at: datetime, now: datetime) -> Text:
    """The family is asked whether its request came to a good end."""
    if at <= now:
        return _("The family is asked whether this is settled. Its yes closes the request.")
    return _("The family is asked on {at:day} at {at:time} whether this is settled. Its yes closes the request.", at=at)


def closed() -> Text:
    """A request that needs no question was closed."""
    return _("The request is closed.")


def closed_unasked(*, wrong_number: bool) -> Text:
    """A request was closed whose family cannot be asked whether it is settled."""
    if wrong_number:
        return _("The request is closed. Nobody was asked: it is a wrong number.")
    return _("The request is closed. The family was not asked: it has stopped all texts from the school.")


def write_the_note() -> Text:
    """Asks for a note."""
    return _("Write the note. Only your colleagues read it.")


def note_kept() -> Text:
    """A note was kept."""
    return _("The note is kept.")


def write_the_answer(family: Text) -> Text:
    """Asks for an answer."""
    return _("{family}: write your answer.", family=family)


def cannot_be_reached(contact_stopped: bool) -> Text:
    """Nothing may be sent to a family."""
    if contact_stopped:
        return _("This person has stopped all texts from the school. Please call instead.")
    return _("This is a wrong number, as its owner told us. Nothing is sent to it.")


def whatsapp_is_over() -> Text:
    """WhatsApp takes no answer any more."""
    return _("WhatsApp takes answers for 24 hours after a family's last text. They are over; please call.")


def too_long(most: int) -> Text:
    """An answer is longer than a text may be."""
    return _("This is longer than {most} characters. Please send it in parts.", most=most)


def some(*counts: Text) -> tuple[Text, ...]:
    """These counts without those of zero."""
    return tuple(count for count in counts if count.gaps["n"])


# Events


def no_events() -> Text:
    """No event is coming up."""
    return _("No events are planned.")


# Buttons

OPEN_REQUESTS = _("Open requests")
EVENTS = _("Events")
ANNOUNCE = _("Write to families")
ANSWER = _("Answer")
NOTE = _("Note")
SEND_ANYWAY = _("Send anyway")
DROP = _("Do not send")
NOT_NOW = _("Not now")
TEXTS = _("The texts")
