"""How requests of families are shown at the desk: who waits, one with its thread, the buttons under each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot import help_desk
from bot import staff as people
from bot.desk import danger, words
from bot.desk.visit import Button, Visit
from bot.errors import Refusal
from bot.help_desk import Call, alert_words, alerts
from bot.records import LoggedMessage
from bot.store import staff
from flows.core.text import Text

MOST_LISTED = 8
MOST_LINES = 12
"""Messages of a thread that are shown, the newest."""
MOST_OF_A_LINE = 300


async def show_all(visit: Visit, _args: list[str]) -> None:
    """The open requests, what waits longest first, with a button to open each."""
    calls = await _theirs_to_know(visit, await help_desk.calls(visit.db, visit.school))
    if not calls:
        visit.say(words.nobody_waits())
        return
    lines = [words.open_requests(len(calls)), *lines_of(calls, visit.now)]
    visit.say("\n".join(map(visit.in_words, lines)), *to_open(calls))


async def ask_which(visit: Visit) -> None:
    """Words for a family, but for which?"""
    calls = await _theirs_to_know(visit, await help_desk.calls(visit.db, visit.school))
    visit.say(words.to_answer() if calls else words.nothing_to_answer(), *to_open(calls))


async def show(visit: Visit, args: list[str]) -> None:
    """One request with its thread; a reply to it answers the family."""
    call = await find(visit, args)
    if call is None:
        return
    thread = (await help_desk.thread(visit.db, call))[-MOST_LINES:]
    names = {member.id: member.name for member in await staff.of_school(visit.db, visit.school.id)}
    language = visit.voice.catalogs.called(call.contact.language or visit.school.languages[0])
    about = alert_words.reason(call.request.reason)
    lines = [words.request_heading(family(call), language, about, _waits(call, visit.now))]
    if call.owner is not None and call.is_taken:
        lines.append(words.has_it(call.owner.name))
    lines += [_said(visit, call, message, names.values()) for message in thread]
    for note in await help_desk.notes(visit.db, call):
        lines.append(words.noted(names.get(note.staff_id, ""), alert_words.short(note.body, MOST_OF_A_LINE)))
    body = "\n".join(visit.in_words(line) for line in lines)
    visit.say(body, *_buttons(visit, call), request_id=call.request.id)


async def find(visit: Visit, args: list[str], *, held: bool = False, own: bool = False) -> Call | None:
    """The request of a button or reply; None, and said so, where this school has no such request for who writes.

    That of a colleague in danger is there for few, and for that colleague only where it is asked for as their ``own``.
    One that is ``held`` is changed by nobody else until this visit is over: what is looked at here still holds when
    it is acted on, so that whoever comes second reads why in their own language.
    """
    look = help_desk.hold if held else help_desk.find
    try:
        call = await look(visit.db, visit.school, int(args[0]))
    except (Refusal, ValueError, IndexError):
        call = None
    if call is not None and ((own and danger.is_own(visit, call)) or await _theirs_to_know(visit, [call])):
        return call
    visit.say(words.no_such_request())
    return None


async def _theirs_to_know(visit: Visit, calls: Sequence[Call]) -> Sequence[Call]:
    """Those of these requests that are the business of who writes."""
    if not any(call.began_at_desk for call in calls):
        return calls
    team = await alerts.team(visit.db, visit.voice, visit.now)
    return [call for call in calls if team.may_know(visit.member, call)]


def lines_of(calls: Sequence[Call], now: datetime) -> list[Text]:
    """A line for each of the first of these requests."""
    return [
        words.request_line(number, family(call), alert_words.reason(call.request.reason), _waits(call, now))
        for number, call in enumerate(calls[:MOST_LISTED], 1)
    ]


def to_open(calls: Sequence[Call]) -> list[Button]:
    """The button that opens each of them."""
    return [
        (f"open:{call.request.id}", words.open_label(number, family(call)))
        for number, call in enumerate(calls[:MOST_LISTED], 1)
    ]


def to_end(visit: Visit, call: Call) -> list[Button]:
    """The button that ends a request, for who may; also one that cannot be answered in words any more."""
    label = alert_words.DONE if needs_no_question(call) else alert_words.close(call.request)
    return [(f"close:{call.request.id}", label)] if label is not None and may_end(visit, call) else []


def may_end(visit: Visit, call: Call) -> bool:
    """Whether who writes may end a request: their own, or any by their role."""
    mine = call.owner is not None and call.owner.id == visit.member.id
    return mine or people.may(visit.member, "settle")


def needs_no_question(call: Call) -> bool:
    """Whether nobody can be asked if it is settled: nothing may be sent to the family, or it is one of the staff."""
    return call.contact.stopped_at is not None or call.contact.wrong_number_at is not None or call.of_staff


def family(call: Call) -> Text:
    """Whose request it is."""
    return alert_words.family(call.household, call.contact.name, call.contact)


def _waits(call: Call, now: datetime) -> Text:
    if call.request.closed_at is not None:
        return words.is_closed()
    since = call.waits_since
    return words.answered() if since is None else words.waits(since, now)


def _buttons(visit: Visit, call: Call) -> list[Button]:
    id_ = call.request.id
    if call.request.closed_at is not None:
        return [(f"note:{id_}", words.NOTE)]
    buttons: list[Button] = [] if call.is_taken else [(f"claim:{id_}", alert_words.claim())]
    return [*buttons, (f"answer:{id_}", words.ANSWER), (f"note:{id_}", words.NOTE), *to_end(visit, call)]


def _said(visit: Visit, call: Call, message: LoggedMessage, names: Iterable[str]) -> Text:
    said = alert_words.short(message.body, MOST_OF_A_LINE)
    if not (said or message.media):
        said = visit.in_words(words.without_words())
    if message.media:
        said = f"{said} {visit.in_words(words.with_a_picture())}".strip()
    if not message.outgoing and call.of_staff and call.contact.name:
        return words.signed(message.created_at, f"{call.contact.name}: {said}")
    if not message.outgoing:
        return words.said_by_family(message.created_at, said)
    if said.startswith(tuple(f"{name}: " for name in names)):
        return words.signed(message.created_at, said)
    return words.said_by_school(message.created_at, said)
