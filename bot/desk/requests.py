"""What is done about requests of families at the desk: an answer, a claim, a note, an end."""

from __future__ import annotations

from collections.abc import Mapping

from bot import help_desk
from bot.desk import danger, words
from bot.desk.request_views import ask_which, family, find, may_end, needs_no_question, show, to_end
from bot.desk.visit import Step, Visit
from bot.errors import NotTheirLanguage
from bot.help_desk import Call
from bot.help_desk.answering import LONGEST, WHATSAPP_WINDOW
from bot.help_desk.owning import LONGEST as LONGEST_NOTE
from bot.store import families, messages
from flows.core.text import Text


async def answer(visit: Visit, request_id: int, *, anyway: bool = False) -> None:
    """Send the words to the family; it is asked first where the family does not read their language."""
    call = await find(visit, [str(request_id)], held=True, own=True)
    if call is None:
        visit.memory = {}
        return
    if call.began_at_desk:
        await visit.file(request_id)
    written = visit.memory.get("text", "") if anyway else visit.words
    if visit.text.media or not written:
        visit.say(words.words_only(), request_id=request_id)
        return
    visit.memory = {}
    if danger.is_own(visit, call):
        await danger.write_on(visit, call)
        return
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
    visit.say(words.sent_to(family(call)), *to_end(visit, answered), request_id=request_id)


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
    call = await find(visit, args, held=True)
    if call is None:
        return
    if call.request.closed_at is not None:
        visit.say(words.closed_already())
    elif call.owner is not None and call.is_taken and call.owner.id != visit.member.id:
        visit.say(words.theirs(call.owner.name), request_id=call.request.id)
    else:
        claimed = await help_desk.claim(visit.db, visit.school, call.request.id, visit.member, visit.now)
        visit.say(words.claimed(family(call)), *to_end(visit, claimed), request_id=call.request.id)


async def _end(visit: Visit, args: list[str]) -> None:
    """Ask the family whether it is settled; what needs no question is closed."""
    call = await find(visit, args, held=True)
    if call is None:
        return
    silent = needs_no_question(call)
    if (why := _why_not_end(visit, call, silent=silent)) is not None:
        visit.say(why)
        return
    at = await help_desk.close(visit.db, visit.voice, call.request.id, visit.member, visit.now, at_once=silent)
    if at is not None:
        visit.say(words.asked_if_settled(at, visit.now))
    elif silent and call.request.is_thread and not call.of_staff:
        visit.say(words.closed_unasked(wrong_number=call.contact.wrong_number_at is not None))
    else:
        visit.say(words.closed())


async def _ask_for_answer(visit: Visit, args: list[str]) -> None:
    call = await find(visit, args)
    if call is not None:
        visit.memory = {"do": "answer", "request": call.request.id}
        visit.say(words.write_the_answer(family(call)), ("drop", words.DROP), request_id=call.request.id)


async def _take_answer(visit: Visit, _args: list[str]) -> None:
    request_id = int(visit.memory["request"])
    if await _another_came_between(visit, request_id):
        visit.memory = {}
        await ask_which(visit)
    else:
        await answer(visit, request_id)


async def _another_came_between(visit: Visit, request_id: int) -> bool:
    """Whether the chat was told of another family since: then words that name none may be for that one.

    One bot speaks for all schools of an installation, and who works at two of them reads both in one chat: whatever
    another school wrote there since counts as well.
    """
    last = await messages.last_sent_to(visit.db, visit.contact.id)
    if last is not None and last.request_id not in (None, request_id):
        return True
    here = await families.everywhere(visit.db, [visit.contact.address])
    elsewhere = [await messages.newest_to(visit.db, one.id) for one in here if one.id != visit.contact.id]
    return max(elsewhere, default=0) > await messages.newest_to(visit.db, visit.contact.id)


async def _ask_for_note(visit: Visit, args: list[str]) -> None:
    call = await find(visit, args)
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
    call = await find(visit, [str(visit.memory["request"])])
    visit.memory = {}
    if call is not None:
        if call.began_at_desk:
            await visit.file(call.request.id)
        await help_desk.note(visit.db, visit.school, call.request.id, visit.member, visit.words, visit.now)
        visit.say(words.note_kept(), request_id=call.request.id)


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
    if not may_end(visit, call):
        return words.not_yours()
    if silent or not call.request.is_thread:
        return words.closed_already() if call.request.closed_at is not None else None
    return _why_not(visit, call, "")


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
