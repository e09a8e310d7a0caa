"""Requests of families at the desk: who waits, one with its thread, an answer, a note, an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot import help_desk
from bot import staff as people
from bot.desk import words
from bot.desk.visit import Button, Step, Visit
from bot.errors import NotTheirLanguage, Refusal
from bot.help_desk import Call, alert_words
from bot.help_desk.answering import LONGEST, WHATSAPP_WINDOW
from bot.help_desk.owning import LONGEST as LONGEST_NOTE
from bot.records import LoggedMessage
from bot.store import messages, staff
from flows.core.text import Text

MOST_LISTED = 8
MOST_LINES = 12
"""Messages of a thread that are shown, the newest."""
MOST_OF_A_LINE = 300


async def show_all(visit: Visit, _args: list[str]) -> None:
    """The open requests, what waits longest first, with a button to open each."""
    calls = await help_desk.calls(visit.db, visit.school)
    if not calls:
        visit.say(words.nobody_waits())
        return
    listed = calls[:MOST_LISTED]
    lines = [visit.in_words(words.open_requests(len(calls)))]
    lines += [visit.in_words(_line(visit, number, call)) for number, call in enumerate(listed, 1)]
    visit.say("\n".join(lines), *(_to_open(number, call) for number, call in enumerate(listed, 1)))


async def ask_which(visit: Visit) -> None:
    """Words for a family, but for which?"""
    calls = (await help_desk.calls(visit.db, visit.school))[:MOST_LISTED]
    asked = words.to_answer() if calls else words.nothing_to_answer()
    visit.say(asked, *(_to_open(number, call) for number, call in enumerate(calls, 1)))


async def show(visit: Visit, args: list[str]) -> None:
    """One request with its thread; a reply to it answers the family."""
    call = await _call(visit, args)
    if call is None:
        return
    thread = (await help_desk.thread(visit.db, call))[-MOST_LINES:]
    names = {member.id: member.name for member in await staff.of_school(visit.db, visit.school.id)}
    language = visit.voice.catalogs.called(call.contact.language or visit.school.languages[0])
    about = words.reason(call.request.reason)
    lines = [words.request_heading(_family(call), language, about, _waits(visit, call))]
    if call.owner is not None:
        lines.append(words.has_it(call.owner.name))
    lines += [_said(visit, message, names.values()) for message in thread]
    for note in await help_desk.notes(visit.db, call):
        lines.append(words.noted(names.get(note.staff_id, ""), note.body[:MOST_OF_A_LINE]))
    body = "\n".join(visit.in_words(line) for line in lines)
    visit.say(body, *_buttons(visit, call), request_id=call.request.id)


async def answer(visit: Visit, request_id: int, *, anyway: bool = False) -> None:
    """Send the words to the family; it is asked first where the family does not read their language."""
    call = await _call(visit, [str(request_id)])
    if call is None:
        return
    written = visit.memory.get("text", "") if anyway else visit.words
    if visit.text.media or not written:
        visit.say(words.words_only(), request_id=request_id)
        return
    visit.memory = {}
    if (why := _why_not(visit, call, written)) is not None:
        visit.say(why)
        return
    try:
        await help_desk.reply(visit.db, visit.voice, request_id, written, visit.member, visit.now, anyway=anyway)
    except NotTheirLanguage as warning:
        visit.memory = {"do": "anyway", "request": request_id, "text": written}
        buttons = ((f"anyway:{request_id}", words.SEND_ANYWAY), ("drop", words.DROP))
        reads, wrote = (visit.voice.catalogs.called(code) for code in (warning.reads, warning.written))
        visit.say(words.another_language(reads, wrote), *buttons, request_id=request_id)
        return
    answered = await help_desk.find(visit.db, visit.school, request_id)
    visit.say(words.sent_to(_family(call)), *_to_end(visit, answered), request_id=request_id)


async def _send_anyway(visit: Visit, args: list[str]) -> None:
    waiting = visit.memory.get("do") == "anyway" and str(visit.memory.get("request")) == args[0]
    if waiting:
        await answer(visit, int(args[0]), anyway=True)
    else:
        visit.say(words.old_button())


async def _drop(visit: Visit, _args: list[str]) -> None:
    visit.memory = {}
    visit.say(words.left_alone())


async def _claim(visit: Visit, args: list[str]) -> None:
    call = await _call(visit, args)
    if call is None:
        return
    owner = call.owner
    if call.request.closed_at is not None:
        visit.say(words.closed_already())
    elif owner is not None and owner.left_at is None and owner.id != visit.member.id:
        visit.say(words.theirs(owner.name), request_id=call.request.id)
    else:
        await help_desk.claim(visit.db, visit.school, call.request.id, visit.member, visit.now)
        visit.say(words.claimed(_family(call)), request_id=call.request.id)


async def _end(visit: Visit, args: list[str]) -> None:
    """Ask the family whether it is settled; what needs no question is closed."""
    call = await _call(visit, args)
    if call is None:
        return
    silent = _is_silent(call)
    if (why := _why_not_end(visit, call, silent=silent)) is not None:
        visit.say(why)
        return
    at = await help_desk.close(visit.db, visit.voice, call.request.id, visit.member, visit.now, at_once=silent)
    visit.say(words.closed() if at is None else words.asked_if_settled(at, visit.now))


async def _ask_for_answer(visit: Visit, args: list[str]) -> None:
    call = await _call(visit, args)
    if call is not None:
        visit.memory = {"do": "answer", "request": call.request.id}
        visit.say(words.write_the_answer(_family(call)), ("drop", words.DROP), request_id=call.request.id)


async def _take_answer(visit: Visit, _args: list[str]) -> None:
    request_id = int(visit.memory["request"])
    last = await messages.last_sent_to(visit.db, visit.contact.id)
    if last is not None and last.request_id not in (None, request_id):
        # Another family came in between, and these words may be for that one.
        visit.memory = {}
        await ask_which(visit)
    else:
        await answer(visit, request_id)


async def _ask_for_note(visit: Visit, args: list[str]) -> None:
    call = await _call(visit, args)
    if call is not None:
        visit.memory = {"do": "note", "request": call.request.id}
        visit.say(words.write_the_note(), ("drop", words.NOT_NOW))


async def _take_note(visit: Visit, _args: list[str]) -> None:
    if visit.text.media or not visit.words:
        visit.say(words.words_only())
        return
    if len(visit.words) > LONGEST_NOTE:
        visit.say(words.too_long(LONGEST_NOTE))
        return
    request_id = int(visit.memory["request"])
    visit.memory = {}
    await help_desk.note(visit.db, visit.school, request_id, visit.member, visit.words, visit.now)
    visit.say(words.note_kept(), request_id=request_id)


async def _call(visit: Visit, args: list[str]) -> Call | None:
    """The request of a button or reply; None, and said so, where this school has no such request."""
    try:
        return await help_desk.find(visit.db, visit.school, int(args[0]))
    except (Refusal, ValueError, IndexError):
        visit.say(words.no_such_request())
        return None


def _why_not(visit: Visit, call: Call, written: str) -> Text | None:
    """Why an answer cannot go to this family, in the language of who gives it."""
    contact = call.contact
    if call.request.closed_at is not None:
        return words.closed_already()
    if contact.wrong_number_at is not None or contact.stopped_at is not None:
        return words.cannot_be_reached(contact.wrong_number_at is None)
    since = contact.last_inbound_at
    if contact.prefix == "whatsapp" and (since is None or visit.now - since >= WHATSAPP_WINDOW):
        return words.whatsapp_is_over()
    most = LONGEST - len(visit.member.name) - len(": ")
    return words.too_long(most) if len(written) > most else None


def _why_not_end(visit: Visit, call: Call, *, silent: bool) -> Text | None:
    """Why this person cannot end a request: it is over, a colleague's, or of a family that WhatsApp keeps from us."""
    if not _may_end(visit, call):
        return words.not_yours()
    if silent or not call.request.is_thread:
        return words.closed_already() if call.request.closed_at is not None else None
    return _why_not(visit, call, "")


def _may_end(visit: Visit, call: Call) -> bool:
    mine = call.owner is not None and call.owner.id == visit.member.id
    return mine or people.may(visit.member, "settle")


def _is_silent(call: Call) -> bool:
    """Whether nothing may be sent to the family, so that it cannot be asked."""
    return call.contact.stopped_at is not None or call.contact.wrong_number_at is not None


def _line(visit: Visit, number: int, call: Call) -> Text:
    return words.request_line(number, _family(call), words.reason(call.request.reason), _waits(visit, call))


def _waits(visit: Visit, call: Call) -> Text:
    if call.request.closed_at is not None:
        return words.is_closed()
    since = call.waits_since
    return words.answered() if since is None else words.waits(since, visit.now)


def _family(call: Call) -> Text:
    return alert_words.family(call.household, call.contact.name)


def _to_open(number: int, call: Call) -> Button:
    return f"open:{call.request.id}", words.open_label(number, _family(call))


def _buttons(visit: Visit, call: Call) -> list[Button]:
    id_ = call.request.id
    if call.request.closed_at is not None:
        return [(f"note:{id_}", words.NOTE)]
    buttons: list[Button] = [] if call.owner is not None else [(f"claim:{id_}", alert_words.claim())]
    return [*buttons, (f"answer:{id_}", words.ANSWER), (f"note:{id_}", words.NOTE), *_to_end(visit, call)]


def _to_end(visit: Visit, call: Call) -> list[Button]:
    """The button that ends a request, for who may; also one that cannot be answered in words any more."""
    label = alert_words.DONE if _is_silent(call) else alert_words.close(call.request)
    return [(f"close:{call.request.id}", label)] if label is not None and _may_end(visit, call) else []


def _said(visit: Visit, message: LoggedMessage, names: Iterable[str]) -> Text:
    said = message.body[:MOST_OF_A_LINE]
    if message.media:
        said = f"{said} {visit.in_words(words.with_a_picture())}".strip()
    if not message.outgoing:
        return words.said_by_family(message.created_at, said)
    if said.startswith(tuple(f"{name}: " for name in names)):
        return words.signed(message.created_at, said)
    return words.said_by_school(message.created_at, said)


BUTTONS: Mapping[str, Step] = {
    "open": show,
    "claim": _claim,
    "answer": _ask_for_answer,
    "note": _ask_for_note,
    "close": _end,
    "anyway": _send_anyway,
    "drop": _drop,
}

WAITING: Mapping[str, Step] = {"answer": _take_answer, "note": _take_note}
