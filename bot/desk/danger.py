"""Words of danger that a member of staff writes of themselves, or of what happens at the school this minute.

They count only where a text is on its way to nobody: it replies to no family, it is no command, and the desk did not
ask for it. Whoever answers a family has to write of danger: "the 988 line is there day and night, also for thoughts of
suicide" must reach that family, and must not call the colleagues of who wrote it. What goes nowhere else loses nothing
by being taken seriously: the numbers that help come at once, as to a family, and the adults who are named for a danger
hear of it. Who only forgot to reply to a family is told so beside it.

From there on it is a request like a family's, with an owner and a clock, which the colleagues answer in this chat.
"""

from __future__ import annotations

from dataclasses import replace

from bot import help_desk, staff
from bot.desk import words
from bot.desk.visit import Visit
from bot.family import Family
from bot.gather import gather
from bot.help_desk import Call, alerts
from bot.language.voice import Voice
from bot.records import HelpRequest
from bot.store import messages
from bot.turn import router
from bot.turn.turn import Turn
from bot.write import write
from flows import replies


def kind_of(text: str, voice: Voice, language: str | None = None) -> str | None:
    """The danger that a text speaks of, by the words of every language of the school; None where it does not."""
    heard = {span.key for span in voice.reply(text, language).find(*router.DANGER.values())}
    return next((kind for kind, phrases in router.DANGER.items() if phrases.key in heard), None)


async def meet(visit: Visit, kind: str) -> None:
    """Answer with the numbers that help now, and alert the adults of the school."""
    taken = Turn(await _family(visit), visit.contact.id, visit.now, visit.voice)
    taken.words, taken.media = visit.words, visit.text.media
    taken.fetch_person("danger", urgent=True)
    request = await _write(visit, taken)
    said = (replies.danger(kind), words.went_to_no_family())
    visit.say("\n\n".join(map(visit.in_words, said)), request_id=request.id if request else None)


async def own_thread(visit: Visit) -> Call | None:
    """The request that this person is in themselves, where the last message of this chat was about it."""
    last = await messages.last_sent_to(visit.db, visit.contact.id)
    if last is None or last.request_id is None:
        return None
    call = await help_desk.find(visit.db, visit.school, last.request_id)
    return call if is_own(visit, call) and call.request.closed_at is None else None


def is_own(visit: Visit, call: Call) -> bool:
    """Whether a request is that of who writes: nobody is answered by themselves."""
    return call.contact.id == visit.contact.id


async def write_on(visit: Visit, call: Call) -> None:
    """What somebody writes in their own request goes to the colleagues who look after them."""
    kind = kind_of(visit.words, visit.voice, visit.member.language)
    if kind is not None:
        await meet(visit, kind)
        return
    if call.request.closed_at is not None:
        visit.say(words.closed_already())
        return
    taken = Turn(await _family(visit), visit.contact.id, visit.now, visit.voice)
    taken.words, taken.media = visit.words, visit.text.media
    taken.pass_on(call.request)
    await _write(visit, taken)
    visit.say(words.colleagues_have_it(), request_id=call.request.id)


async def _family(visit: Visit) -> Family:
    """Who writes, with their own phone, so that whoever is alerted can call."""
    family = (await gather(visit.db, [visit.contact], visit.now))[visit.contact.id]
    reached = await staff.staff_contacts(visit.db, visit.school, [visit.member], visit.now)
    return replace(family, contacts={one.id: one for one in reached[visit.member.id]} | family.contacts)


async def _write(visit: Visit, taken: Turn) -> HelpRequest | None:
    """Write it, and pass it on; the request that it is in."""
    changes = taken.finish()
    await write(visit.db, changes, [], dict.fromkeys(taken.family.contacts, taken.family), visit.now)
    (one,) = changes.passed_on
    request = await alerts.pass_on_of_staff(visit.db, visit.voice, one, taken.family, visit.now)
    if request is not None:
        await visit.file(request.id)
    return request
