"""A chat that opens: by a link of the school, of a household or of an event, or by the number that the family shared.

Who opens a link by hand wants to be answered, also after a stop. Permission for event news is asked as of everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot import turn
from bot.family import Family, Said
from bot.language.voice import Voice
from bot.messages import Inbound
from bot.turn import outcomes, wishes
from bot.turn.turn import Turn
from flows import replies
from flows.core.text import Text, said_in

SHARE_PHONE = "share-phone"
"""The button by which a channel that knows its people's numbers hands one over."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a chat was opened by.

    ``kind`` is "school", also without a code; "old", by a code that does not work; "household" or "number", which
    joined the chat to a household; "nobody", by a number that the school does not know; "another", by the number of
    another person; or "event".
    ``event_id`` is the invitation to begin with, 0 for none.
    """

    kind: str
    event_id: int = 0


def take(family: Family, contact_id: int, inbound: Inbound, opening: Opening, now: datetime, voice: Voice) -> Turn:
    """The turn of a chat that was opened; its ``finish`` gives the changes. Raises whatever a flow raises."""
    taken = Turn(family, contact_id, now, voice)
    turn.arrive(taken, inbound)
    _learn_language(taken)
    if taken.contact.stopped_at is not None:
        taken.say(wishes.come_back(taken, "reply"))
    _greet(taken, opening)
    taken.draft.save_contact(
        replace(taken.contact, last_inbound_at=now, introduced_at=taken.contact.introduced_at or now)
    )
    return taken


def _learn_language(taken: Turn) -> None:
    """The language of the others at home, where the chat did not tell one; held as lightly."""
    spoken = {contact.language for contact in taken.family.contacts.values() if contact.language}
    if taken.contact.language is None and len(spoken) == 1:
        taken.draft.save_contact(replace(taken.contact, language=spoken.pop()))


def _greet(taken: Turn, opening: Opening) -> None:
    school, household = taken.family.school, taken.family.household
    name = household.bare_name if household else None
    match opening.kind:
        case "household":
            _speak(taken, replies.joined_by_link(school, name))
        case "number":
            _speak(taken, replies.joined_by_number(school, name))
        case "nobody":
            taken.say(replies.number_not_known(school))
            return
        case "another":
            taken.say(replies.number_of_another(school))
            return
        case "old":
            taken.say(replies.old_link())
    if opening.event_id in taken.family.events:
        _invite(taken, opening)
    elif opening.kind in ("household", "number"):
        outcomes.ask_permission_once(taken)
    else:
        _welcome(taken)


def _invite(taken: Turn, opening: Opening) -> None:
    """Ask to the event; after a greeting, in a message of its own."""
    if opening.kind != "event":
        taken.next_message()
    elif taken.contact.introduced_at is None:
        _speak(taken)
    taken.begin("rsvp", opening.event_id)


def _welcome(taken: Turn) -> None:
    """The first contact; for somebody who knows us the open question, else the menu."""
    asked = outcomes.newest_question(taken)
    if taken.contact.introduced_at is None:
        taken.begin("first_contact")
        _offer_to_share_number(taken)
    elif asked is not None:
        taken.ask_again(asked)
    else:
        taken.begin("menu")


def _speak(taken: Turn, text: Text | None = None) -> None:
    """Say it; to somebody whose language is not known in all of the school's, with buttons that choose one."""
    languages = taken.voice.language_names()
    if taken.contact.language is None and len(languages) > 1:
        asked = said_in(text or replies.choose_a_language(), *(code for code, _name in languages))
        _offer(taken, asked, *((name.msgid, name) for _code, name in languages))
    elif text is not None:
        taken.say(text)


def _offer_to_share_number(taken: Turn) -> None:
    """A button by which somebody of whom we know nothing but a chat can say which family it is."""
    contact, household = taken.contact, taken.family.household
    known = contact.name or (household and household.name) or len(taken.family.contacts) > 1
    if known or not contact.taps or contact.language is None:
        return
    _offer(taken, replies.why_share_number(taken.family.school), (SHARE_PHONE, replies.share_number()))


def _offer(taken: Turn, text: Text, *buttons: tuple[str, Text]) -> None:
    """A message of its own, with buttons that answer no question."""
    taken.next_message()
    say = partial(taken.voice.say, language=taken.contact.language)
    shown = tuple((reply, say(label)) for reply, label in buttons)
    taken.draft.changes.said.append(Said(taken.contact_id, say(text), taken.kind, taken.now, None, shown))
