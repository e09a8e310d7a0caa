"""What a family may wish at any moment, whatever it is being asked: stop, start, help, a language, to be left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.family import Key
from bot.messages import Inbound, OptOut
from bot.turn import outcomes, router, routes
from bot.turn.situation import Situation
from flows import replies
from flows.core.text import Text
from flows.facts import Permission

if TYPE_CHECKING:
    from bot.turn.turn import Turn


def grant(turn: Turn, at: Situation, route: routes.Route) -> None:
    """What a family may wish at any moment, whatever it is being asked."""
    match route:
        case routes.Stop():
            _stop(turn, at.inbound)
        case routes.LeaveNews():
            _leave_news(turn)
        case routes.Restart():
            _restart(turn, at)
        case routes.Help():
            _help(turn, at)
        case routes.Speak(language):
            _speak(turn, language)
        case routes.NotThem():
            _leave(turn)


def _help(turn: Turn, at: Situation) -> None:
    """Who writes, and how to stop. Of somebody who just wrote of a danger, "help" is no question about the bot."""
    if at.thread is not None and at.thread.urgent:
        turn.pass_on(at.thread)
    if not at.inbound.keyword_answered:
        turn.say(replies.about(turn.family.school))


def _stop(turn: Turn, inbound: Inbound) -> None:
    already = turn.contact.stopped_at is not None
    turn.speaks_anyway = not already and not inbound.keyword_answered
    turn.draft.save_contact(replace(turn.contact, stopped_at=turn.contact.stopped_at or turn.now))
    if already:
        return
    turn.consent(Permission.REFUSED, "all", "carrier" if inbound.opt_out is OptOut.STOP else "reply")
    turn.say(replies.stopped(turn.family.school))


def _leave_news(turn: Turn) -> None:
    """No more event news; what is urgent still comes."""
    shown = replies.no_more_news(turn.family.school)
    turn.draft.save_contact(replace(turn.contact, permission=Permission.REFUSED))
    turn.consent(Permission.REFUSED, "events", "reply", shown)
    turn.say(shown)


def _restart(turn: Turn, at: Situation) -> None:
    """Write again; a YES that the carrier took for a START answers the open question as well."""
    marked = at.inbound.opt_out is OptOut.START
    shown = come_back(turn, "carrier" if marked else "reply")
    answered = None if at.is_whole(router.START) else router.newest(at) or router.exact(at)
    if isinstance(answered, routes.Answer) and answered.heard.exact:
        turn.keep(answered.key, answered.heard.replayed)
        return
    if not at.inbound.keyword_answered:
        turn.say(shown)
    asked = outcomes.newest_question(turn)
    if asked is not None:  # it was perhaps never heard
        turn.next_message()
        turn.ask_again(asked)


def come_back(turn: Turn, source: str) -> Text:
    """Write again to somebody who had stopped; the terms to show."""
    shown = replies.started(turn.family.school)
    turn.draft.save_contact(
        replace(
            turn.contact,
            stopped_at=None,
            permission=Permission.GIVEN,
            introduced_at=turn.contact.introduced_at or turn.now,
        )
    )
    turn.consent(Permission.GIVEN, "all", source, shown)
    return shown


def _speak(turn: Turn, language: str) -> None:
    """Change the language and say the open question again in it."""
    greeted = turn.contact.introduced_at is not None
    turn.draft.save_contact(
        replace(
            turn.contact,
            language=language,
            language_chosen=True,
            introduced_at=turn.contact.introduced_at or turn.now,
        )
    )
    asked = outcomes.newest_question(turn)
    if asked is not None:
        turn.ask_again(asked)
    elif greeted:
        turn.say(replies.speaks())
    else:
        turn.begin("first_contact")


def _leave(turn: Turn) -> None:
    """The number is not this family's: it leaves the household, hears so once, and nothing more."""
    turn.say(replies.wrong_number(turn.family.school))
    turn.consent(Permission.REFUSED, "all", "reply")
    turn.fetch_person("wrong-number")
    _close_all(turn, turn.family.conversations)
    turn.draft.save_contact(
        replace(
            turn.contact,
            household_id=None,
            wrong_number_at=turn.now,
            permission=Permission.REFUSED,
            name=None,
        )
    )


def _close_all(turn: Turn, keys: Iterable[Key]) -> None:
    for key in [key for key in keys if key[0] == turn.contact_id]:
        turn.draft.close(key)
