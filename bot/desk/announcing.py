"""An announcement from the chat: words, topic, audience, an approval a language, a preview, a confirmation.

announce ─text─> topic ─> audience ─> languages ──preview──> confirm (an urgent one twice) ──> on its way
                                        ^   │ write, approve                                     │ how far, stop
                                        └───┘                                                    v
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps

from bot import announcements, staff
from bot.announcements import Announcement, Audience, announcement_results, broadcasting, planning
from bot.announcements.planning import Plan, as_read
from bot.desk import announcing_preview as preview
from bot.desk import announcing_words as said
from bot.desk import words
from bot.desk.announcing_preview import called
from bot.desk.visit import Button, Step, Visit
from bot.errors import Refusal
from bot.store import announcements as stored
from bot.store import events
from flows.core.text import Text
from flows.facts import Event

CONFIRMATIONS = {"events": 1, "urgent": 2}
FOR_AN_EVENT = ("unanswered", "coming")
OFFERED = 2
"""For how many of the next events their families are offered as an audience."""


def _for_announcers(step: Step) -> Step:
    """The step, for those whose role allows it at this moment."""

    @wraps(step)
    async def checked(visit: Visit, args: list[str]) -> None:
        if staff.may(visit.member, "announce"):
            await step(visit, args)
        else:
            visit.memory = {}
            visit.say(words.not_your_role())

    return checked


@_for_announcers
async def begin(visit: Visit, _args: list[str]) -> None:
    """Ask for the words, in the language of who writes where the school speaks it."""
    languages = visit.school.languages
    language = visit.member.language if visit.member.language in languages else languages[0]
    visit.memory = {"do": "announce", "language": language}
    visit.say(said.write_the_text(called(visit, language)), ("drop", words.NOT_NOW))


async def _take_text(visit: Visit, _args: list[str]) -> None:
    if (why := _why_not(visit)) is not None:
        visit.say(why)
        return
    visit.memory = {**visit.memory, "do": "topic", "text": visit.words}
    visit.say(
        said.about_what(), ("topic:events", said.EVENT_NEWS), ("topic:urgent", said.URGENT), ("drop", words.NOT_NOW)
    )


async def _take_topic(visit: Visit, args: list[str]) -> None:
    if visit.memory.get("do") != "topic" or args[:1] not in (["events"], ["urgent"]):
        visit.say(words.old_button())
        return
    visit.memory = {**visit.memory, "do": "audience", "topic": args[0]}
    buttons: list[Button] = [("for:all", said.ALL)]
    for event in await _ahead(visit):
        buttons.append((f"for:unanswered:{event.id}", said.invited_label(event)))
        buttons.append((f"for:coming:{event.id}", said.coming_label(event)))
    visit.say(said.for_whom(), *buttons, ("drop", words.NOT_NOW))


async def _take_audience(visit: Visit, args: list[str]) -> None:
    memory = visit.memory
    event = next((one for one in await _ahead(visit) if args[1:] == [str(one.id)]), None)
    offered = args == ["all"] or (event is not None and args[0] in FOR_AN_EVENT)
    if memory.get("do") != "audience" or not offered:
        visit.say(words.old_button())
        return
    visit.memory = {}
    made = await announcements.draft(
        visit.db,
        visit.school,
        visit.member,
        memory["language"],
        memory["text"],
        memory["topic"],
        Audience(args[0], event.id if event else 0),
        visit.now,
    )
    _show_languages(visit, made)


async def _show(visit: Visit, args: list[str]) -> None:
    if (found := await _draft(visit, args)) is not None:
        _show_languages(visit, found)


def _show_languages(visit: Visit, found: Announcement) -> None:
    """The words of each language as they stand, and what is left to do."""
    lines, buttons = [], list[Button]()
    for language in visit.school.languages:
        first, name = called(visit, language, first=True), called(visit, language)
        text = found.texts.get(language)
        if text is None:
            lines.append(said.missing(first))
            buttons.append((f"write:{found.id}:{language}", said.write_label(name)))
        elif not text.is_approved:
            visit.say(said.as_families_read_it(name, text.body))
            lines.append(said.not_approved(first))
            buttons.append((f"approve:{found.id}:{language}", said.approve_label(name)))
        else:
            lines.append(said.approved(first))
    if found.approved:
        buttons.append((f"preview:{found.id}", said.PREVIEW))
    visit.say("\n".join(map(visit.in_words, lines)), *buttons)


async def _ask_for_words(visit: Visit, args: list[str]) -> None:
    found = await _draft(visit, args)
    if found is not None and args[1:] and args[1] in visit.school.languages:
        visit.memory = {"do": "words", "announcement": found.id, "language": args[1]}
        visit.say(said.write_in(called(visit, args[1])), ("drop", words.NOT_NOW))


async def _take_words(visit: Visit, _args: list[str]) -> None:
    memory = visit.memory
    if (why := _why_not(visit)) is not None:
        visit.say(why)
        return
    id_, language = memory["announcement"], memory["language"]
    visit.memory = {}
    if await _draft(visit, [str(id_)], held=True) is None:
        return
    await announcements.write_text(
        visit.db, visit.school, id_, language, visit.words, "written", visit.member, visit.now
    )
    await _show(visit, [str(id_)])


async def _approve(visit: Visit, args: list[str]) -> None:
    found = await _draft(visit, args, held=True)
    if found is not None and args[1:] and args[1] in found.texts:
        await announcements.approve(visit.db, visit.school, found.id, args[1], visit.member, visit.now)
        await _show(visit, args)


async def _preview(visit: Visit, args: list[str]) -> None:
    """The words as each will read them, who gets them, who does not and why, what it takes and until when."""
    found = await _draft(visit, args)
    if found is None:
        return
    if not found.approved:
        visit.say(said.nothing_approved())
        return
    plan = await _plan(visit, found)
    for language in sorted(found.approved):
        visit.say(said.as_families_read_it(called(visit, language), as_read(plan.reach, visit.school, found, language)))
    lines = preview.lines(visit, plan, secret=found.audience.is_secret)
    label = said.SEND_WITHOUT if plan.reach.languages_without_text else said.SEND_NOW
    send = [(f"send:{found.id}", label)] if plan.reach.total else []
    visit.say("\n".join(map(visit.in_words, lines)), *send, (f"texts:{found.id}", words.TEXTS), ("drop", words.NOT_NOW))


async def _confirm(visit: Visit, args: list[str]) -> None:
    """Ask once more before it goes; an urgent one twice."""
    found = await _draft(visit, args, held=True)
    if found is None:
        return
    plan = await _plan(visit, found) if found.approved else None
    if plan is None or not (people := plan.reach.total):
        visit.say(said.nobody_gets_it() if found.approved else said.nothing_approved())
        return
    given = visit.memory.get("confirmed", 0) + 1 if visit.memory.get("confirming") == found.id else 0
    confirmed = given if args[1:] == [str(given)] else 0  # a tap on the same button again confirms nothing more
    if confirmed == CONFIRMATIONS[found.topic]:
        await _send(visit, found, plan)
        return
    visit.memory = {"confirming": found.id, "confirmed": confirmed}
    question = said.really_urgent(people) if confirmed else said.really(people)
    visit.say(question, (f"send:{found.id}:{confirmed + 1}", said.YES_SEND), ("drop", words.NOT_NOW))


async def _send(visit: Visit, found: Announcement, plan: Plan) -> None:
    visit.memory = {}
    await announcements.send_now(
        visit.db,
        visit.school,
        found.id,
        visit.member,
        visit.now,
        confirmed_twice=found.topic == "urgent",
        without_unapproved=True,
    )
    visit.say(said.on_its_way(plan.begin_at, visit.now), *_under_way(found))


async def _show_progress(visit: Visit, args: list[str]) -> None:
    found = await _find(visit, args)
    if found is not None:
        at = await broadcasting.progress(visit.db, visit.school, found, visit.now)
        results = (await announcement_results.results(visit.db, found)).by_language
        each = (said.results(called(visit, code, first=True), counts) for code, counts in results.items())
        visit.say(
            "\n".join(visit.in_words(line) for line in (said.progress(at), *each) if line is not None),
            *(_under_way(found) if found.state in ("scheduled", "sending") else ()),
        )


async def _stop(visit: Visit, args: list[str]) -> None:
    found = await _find(visit, args, held=True)
    if found is not None and found.state in ("scheduled", "sending"):
        await announcements.halt(visit.db, visit.school, found.id, visit.member, visit.now)
        while await stored.take_back(visit.db, found.id, visit.now, announcements.AT_ONCE):
            pass
    await _show_progress(visit, args)


def _under_way(found: Announcement) -> tuple[Button, ...]:
    return (f"progress:{found.id}", said.HOW_FAR), (f"halt:{found.id}", said.STOP)


async def _plan(visit: Visit, found: Announcement) -> Plan:
    return await planning.plan(visit.db, visit.voice.catalogs, visit.school, found, visit.terms.per_second, visit.now)


async def _find(visit: Visit, args: list[str], *, held: bool = False) -> Announcement | None:
    """The announcement of a button; None, and said so, where this school has no such one.

    One that is ``held`` is changed by nobody else until this visit is over.
    """
    try:
        if held:
            await stored.hold(visit.db, int(args[0]))
        return await announcements.find(visit.db, visit.school, int(args[0]))
    except (Refusal, ValueError, IndexError):
        visit.say(words.old_button())
        return None


async def _draft(visit: Visit, args: list[str], *, held: bool = False) -> Announcement | None:
    """The same, as long as it can be changed."""
    found = await _find(visit, args, held=held)
    if found is None or found.state in announcements.CHANGEABLE:
        return found
    visit.say(said.gone())
    return None


async def _ahead(visit: Visit) -> list[Event]:
    found = await events.coming_up(visit.db, [visit.school.id], visit.now)
    return [event for event in found if event.is_ahead(visit.now)][:OFFERED]


def _why_not(visit: Visit) -> Text | None:
    """Why a text cannot be taken for an announcement."""
    if visit.text.media or not visit.words:
        return words.words_only()
    most = announcements.LONGEST
    return words.too_long(most) if len(visit.words) > most else None


BUTTONS: Mapping[str, Step] = {
    verb: _for_announcers(step)
    for verb, step in {
        "topic": _take_topic,
        "for": _take_audience,
        "texts": _show,
        "write": _ask_for_words,
        "approve": _approve,
        "preview": _preview,
        "send": _confirm,
        "progress": _show_progress,
        "halt": _stop,
    }.items()
}

WAITING: Mapping[str, Step] = {"announce": _for_announcers(_take_text), "words": _for_announcers(_take_words)}
"""What comes as words; a topic and an audience are tapped."""
