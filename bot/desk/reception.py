"""What a text at the desk is: a button, a reply to a family, a command, or what the desk waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot import staff
from bot.desk import announcing, danger, events, request_views, requests, words
from bot.desk.visit import Button, Step, Visit
from bot.store import families
from bot.turn import router
from flows.core.words import Words


async def receive(visit: Visit) -> None:
    """Do what the text asks for. Raises Refusal, and whatever else goes wrong: then nothing of it was done."""
    command = _command(visit)
    if visit.text.edited:
        visit.say(words.edits_are_not_sent())
    elif visit.text.button is not None:
        await _press(visit, visit.text.button)
    elif command or visit.text.start is not None:
        visit.memory = {}
        await COMMANDS[command or "help"](visit, [])
    elif visit.text.command:
        await _refuse_command(visit)
    elif visit.quoted is not None and visit.quoted.request_id is not None and visit.memory.get("do") != "note":
        await requests.answer(visit, visit.quoted.request_id)
    elif visit.memory.get("do") in WAITING:
        await WAITING[visit.memory["do"]](visit, [])
    elif visit.words or visit.text.media:
        await _take_words_for_nobody(visit)
    else:
        await _help(visit, [])


async def _refuse_command(visit: Visit) -> None:
    """A command that there is not goes to nobody, whatever the desk waited for: it was no answer to a family."""
    visit.memory = {}
    kind = danger.kind_of(visit.words, visit.voice, visit.member.language)
    if kind is not None:
        await danger.meet(visit, kind)
    else:
        visit.say(words.no_such_command(staff.may(visit.member, "announce")))


async def _take_words_for_nobody(visit: Visit) -> None:
    """Words on their way to no family: perhaps of danger, perhaps to the colleagues in one's own, else for whom?"""
    kind = danger.kind_of(visit.words, visit.voice, visit.member.language)
    if kind is not None:
        await danger.meet(visit, kind)
    elif (own := await danger.own_thread(visit)) is not None:
        await danger.write_on(visit, own)
    elif visit.text.media:
        visit.say(words.words_only())
    else:
        await request_views.ask_which(visit)


def _command(visit: Visit) -> str:
    """The command that the text is, in the words of this person's language as well; empty where it is none."""
    reply = visit.voice.reply(visit.words, visit.member.language)
    for name, phrases in SPOKEN.items():
        if (found := reply.find(phrases)) and reply.is_only(*found):
            return name
    first, _space, rest = visit.words.lower().partition(" ")
    return first if first in COMMANDS and (visit.text.command or not rest) else ""


def show_help(visit: Visit) -> None:
    """What this person can do here, with buttons for it."""
    may_announce = staff.may(visit.member, "announce")
    buttons: list[Button] = [("requests", words.OPEN_REQUESTS), ("events", words.EVENTS)]
    if may_announce:
        buttons.append(("announce", words.ANNOUNCE))
    visit.say(words.what_you_can_do(may_announce), *buttons)


async def _help(visit: Visit, _args: list[str]) -> None:
    show_help(visit)


async def _pause(visit: Visit, _args: list[str]) -> None:
    await families.save_contacts(visit.db, [replace(visit.contact, stopped_at=visit.now)])
    visit.say(words.paused())


async def _press(visit: Visit, button: str) -> None:
    verb, *args = button.split(":")
    step = BUTTONS.get(verb) or COMMANDS.get(verb)
    if step is None:
        visit.say(words.old_button())
    else:
        await step(visit, args)


COMMANDS: Mapping[str, Step] = {
    "requests": request_views.show_all,
    "events": events.show_all,
    "announce": announcing.begin,
    "help": _help,
    "menu": _help,
    "stop": _pause,
}
"""As Telegram's own commands, without their slash, which the channel takes off."""

SPOKEN: Mapping[str, Words] = {
    "help": router.HELP,
    "menu": router.MENU,
    "events": router.EVENTS,
    "stop": router.STOP,
}

BUTTONS: Mapping[str, Step] = {**requests.BUTTONS, **announcing.BUTTONS}

WAITING: Mapping[str, Step] = {**requests.WAITING, **announcing.WAITING}
"""What the desk may wait for, by what it remembers."""
