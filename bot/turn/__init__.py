"""One text taken to its end: answers, messages, calls for a person. Pure; nothing here waits or writes.

The router says what a text is (``bot.turn.router``); here that is carried out on a draft of the family. What a flow
comes to is saved by ``bot.turn.outcomes``. Two doors lead in: ``take`` for a text, ``wake`` for a time that came; and a
third, ``begin``, for staff who start a conversation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.family import Family, Key
from bot.language.guess import guess
from bot.language.voice import Voice
from bot.messages import Inbound, Kind
from bot.records import Stage
from bot.turn import outcomes, router, unsigned
from bot.turn.situation import Situation
from bot.turn.steps import carry_out, meet_danger, show_to_staff
from bot.turn.turn import Turn
from flows import FLOWS, replies
from flows.core.replay import Memory
from flows.facts import Contact, Household


def take(
    family: Family,
    contact_id: int,
    inbound: Inbound,
    now: datetime,
    voice: Voice,
    quoted: Key | None,
    was_logged: bool | None = None,
) -> Turn:
    """The turn of one text; its ``finish`` gives the changes. Raises whatever a flow raises.

    Of a text that was changed, ``was_logged`` says whether it is in the log; None where that is not known.
    """
    turn = Turn(family, contact_id, now, voice)
    turn.words, turn.media = inbound.text, inbound.media
    turn.source, turn.edited = inbound.source, inbound.edited
    turn.text_key = (inbound.channel, inbound.account, inbound.provider_id)
    arrive(turn, inbound)
    situation = Situation(turn.family, contact_id, inbound, now, voice, turn.start, quoted, was_logged)
    kind = router.danger(situation)
    if kind is not None:
        meet_danger(turn, kind)
    carry_out(turn, situation, router.route(situation), in_danger=kind is not None)
    show_to_staff(turn, situation)
    seen = replace(turn.contact, last_inbound_at=now)
    turn.draft.save_contact(seen)
    return turn


def fail(family: Family, contact_id: int, inbound: Inbound, now: datetime, voice: Voice) -> Turn:
    """The turn of a text whose own turn raised: it is kept, a person is called, and the family is told so."""
    turn = Turn(family, contact_id, now, voice)
    turn.words, turn.media = inbound.text, inbound.media
    arrive(turn, inbound)
    kind = router.danger(Situation(turn.family, contact_id, inbound, now, voice, turn.start))
    if kind is not None:
        meet_danger(turn, kind)
    else:
        turn.say(replies.a_person_will_look(family.school))
    turn.fetch_person("failure")
    turn.draft.save_contact(replace(turn.contact, last_inbound_at=now))
    return turn


def fail_to_wake(family: Family, contact_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn of a time whose own turn raised: the family hears nothing, and a person is called."""
    turn = Turn(family, contact_id, now, voice, Kind.EVENT)
    turn.fetch_person("failure")
    return turn


def wake(family: Family, key: Key, timer: str, now: datetime, voice: Voice) -> Turn:
    """The turn of a time that came: a question that waited for it is asked, a rest is over."""
    turn = Turn(family, key[0], now, voice, Kind.EVENT)
    if timer == unsigned.RUN_OUT:
        unsigned.run_out(turn, key)
        return turn
    conversation = turn.family.conversations.get(key)
    about = FLOWS[key[1]].about
    event = turn.family.events.get(key[2]) if about == "event" else None
    over = key[2] and not (event.is_ahead(now) if event else turn.family.still_open(about, key[2], now))
    if conversation is None or conversation.stage is not Stage.WAITING or over:
        return turn
    memory = Memory.load(conversation.record)
    came_to = turn.replay(key, memory)
    if came_to.waiting is not None and came_to.waiting[0] == timer:
        came_to = turn.replay(key, memory.rested(timer))
    turn.keep(key, came_to)
    return turn


def resume(family: Family, contact_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn after a person settled a request: the question that waited for it is said again, if it still counts."""
    turn = Turn(family, contact_id, now, voice, Kind.NOTICE)
    outcomes.ask_what_waited(turn)
    return turn


def ask_settled(family: Family, contact_id: int, request_id: int, now: datetime, voice: Voice) -> Turn:
    """The turn in which a family is asked whether its request is settled."""
    turn = Turn(family, contact_id, now, voice, Kind.NOTICE)
    for request in [request for request in family.requests if request.id == request_id]:
        turn.draft.move_request(replace(request, asked_at=now))
        turn.begin("settled", request_id, Memory())
    return turn


def begin(
    family: Family,
    contact_id: int,
    flow: str,
    subject_id: int,
    now: datetime,
    voice: Voice,
    kind: Kind = Kind.EVENT,
) -> Turn:
    """The turn in which the school begins a conversation; a contact that it never wrote to is told who writes."""
    turn = Turn(family, contact_id, now, voice, kind)
    introduce(turn)
    turn.begin(flow, subject_id)
    return turn


def introduce(turn: Turn) -> None:
    """Tell a contact that the school never wrote to who writes, in a message of its own."""
    contact = turn.contact
    if contact.introduced_at is None:
        languages = _languages_for(contact, turn.family)
        turn.say(replies.introduction(turn.family.school, contact.first_name, languages))
        turn.next_message()
        turn.draft.save_contact(replace(contact, introduced_at=turn.now))


def _languages_for(contact: Contact, family: Family) -> tuple[str, ...]:
    """The contact's own language first, then the school's others."""
    own = contact.language or family.school.languages[0]
    return (own, *(code for code in family.school.languages if code != own))


def arrive(turn: Turn, inbound: Inbound) -> None:
    """What every text changes before it is understood: the account, a household, a first language, a name in an app."""
    contact = turn.contact
    if contact.household_id is None:
        household = Household(-contact.id, contact.school_id)
        turn.draft.save_household(household)
        contact = replace(contact, household_id=household.id, wrong_number_at=None, introduced_at=None)
    if contact.language is None:
        contact = replace(contact, language=guess(inbound.text, turn.voice) or _hinted(turn, inbound))
    if contact.account != inbound.account:
        contact = replace(contact, account=inbound.account)
    if inbound.name and contact.app_name != inbound.name:
        contact = replace(contact, app_name=inbound.name)
    turn.draft.save_contact(contact)


def _hinted(turn: Turn, inbound: Inbound) -> str | None:
    """The language of the app, where the school speaks it; held lightly like a guess."""
    return inbound.language_hint if inbound.language_hint in turn.family.school.languages else None
